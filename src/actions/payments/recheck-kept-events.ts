import type { Database } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { readKeptIntents } from '../../store/payments/events.ts'

/**
 * Events of an account that was not the venue's had no effect. Now that the account is: queues a
 * check of the payments that they were about.
 * @returns how many payments
 */
export async function recheckKeptEvents(
  database: Database,
  locationId: string,
  accountId: string,
): Promise<number> {
  return await database.transaction(async (tx) => {
    const paymentIntentIds = await readKeptIntents(tx, locationId, accountId)
    for (const paymentIntentId of paymentIntentIds) {
      queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
    }
    return paymentIntentIds.length
  })
}
