// Payments that an operator has checked against Dojo once more. The running server makes the calls,
// as it does for its own checks.
import { recheckKeptEvents } from '../actions/payments/recheck-kept-events.ts'
import { queueJob } from '../store/jobs/jobs.ts'
import type { Store } from '../store/index.ts'
import { dojoOf, type DojoDeps } from './dojo.ts'
import { changeSettings } from './settings.ts'
import { showLocation } from './locations.ts'

/**
 * Queues a check of a payment.
 * @returns when Dojo rejected the venue's key, after which calls to Dojo pause for a while;
 *   undefined while it accepts the key
 * @throws as dojoOf
 */
export async function checkPayment(
  deps: DojoDeps,
  locationId: string,
  paymentIntentId: string,
): Promise<Date | undefined> {
  const {
    store: { prisma, database },
  } = deps
  await dojoOf(deps, locationId)
  await database.transaction(async (tx) => {
    queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
  })
  return (await showLocation(prisma, locationId)).dojoKeyRefusedAt
}

/**
 * Sets the account whose events count, and queues checks of the payments that this account's events
 * were about before they counted.
 * @returns how many payments that is
 * @throws Refusal NotFound
 */
export async function setDojoAccount(
  store: Store,
  locationId: string,
  dojoAccountId: string,
): Promise<number> {
  await changeSettings(store, locationId, { dojoAccountId })
  return await recheckKeptEvents(store.database, locationId, dojoAccountId)
}
