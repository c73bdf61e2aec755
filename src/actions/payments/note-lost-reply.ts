import { queueJob } from '../../store/jobs/jobs.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { lockIntent } from '../../store/payments/intents.ts'
import { markRepliesLost } from '../../store/payments/lost-replies.ts'

/**
 * Dojo may not have received the answer to these payments, and may take them back: they are checked
 * until that is certain.
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
    for (const id of await markRepliesLost(tx, locationId, ids)) {
      queueJob(tx, {
        locationId,
        kind: 'PaymentCheck',
        entityId: id,
        afterSeconds: limits.replyLostCheckSeconds,
      })
    }
  })
}
