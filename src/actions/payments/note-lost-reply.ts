import { reasonOfLostReply } from '../../domain/payments/lost-reply.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { lockIntent } from '../../store/payments/intents.ts'
import { listRepliesLost, markRepliesLost } from '../../store/payments/lost-replies.ts'
import { readDojoAccount } from '../../store/venue/dojo-account.ts'

/**
 * Dojo may not have received the answer to these payments, and may take them back: they are checked
 * until that is certain. Without a key Dojo cannot be asked, so staff see them on their list.
 */
export async function noteLostReply(
  database: Database,
  locationId: string,
  paymentIntentIds: readonly string[],
): Promise<void> {
  await database.transaction(async (tx) => {
    // In one order, so that two of these never wait for each other. A payment that is still being
    // written holds its intent: taking the lock waits for it.
    const ids = [...new Set(paymentIntentIds)].sort()
    for (const id of ids) await lockIntent(tx, locationId, id)
    const recorded = await markRepliesLost(tx, locationId, ids)
    const reason = reasonOfLostReply((await readDojoAccount(tx, locationId)).canAskDojo)
    if (reason !== undefined) listRepliesLost(tx, locationId, recorded, reason)
    for (const id of recorded) {
      queueJob(tx, {
        locationId,
        kind: 'PaymentCheck',
        entityId: id,
        afterSeconds: limits.replyLostCheckSeconds,
      })
    }
  })
}
