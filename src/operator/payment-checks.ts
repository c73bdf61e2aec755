// Payments that Dojo is asked about once more because an operator wants it, or has set right whose
// events count. The server that runs asks, as it does by itself.
import { recheckKeptEvents } from '../actions/payments/recheck-kept-events.ts'
import { queueJob } from '../store/jobs/jobs.ts'
import type { Store } from '../store/index.ts'
import { dojoOf, type DojoDeps } from './dojo.ts'
import { changeSettings, showLocation } from './locations.ts'

/**
 * Queues that Dojo is asked how a payment stands there.
 * @returns when Dojo refused the venue's key, which it is then not asked with for a while;
 *   undefined where it takes it
 * @throws Refusal: SOFTWARE_HOUSE_ID missing, an unknown venue, no Dojo key or none of Dojo's.
 *   Error: SECRETS_KEY is another one
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
 * Sets whose events have an effect, and has the payments looked at of which events of it told
 * without one.
 * @returns how many payments those are
 * @throws Refusal NotFound
 */
export async function setDojoAccount(
  { prisma, database }: Store,
  locationId: string,
  dojoAccountId: string,
): Promise<number> {
  await changeSettings(prisma, locationId, { dojoAccountId })
  return await recheckKeptEvents(database, locationId, dojoAccountId)
}
