// Payments that Dojo is asked about once more because an operator wants it. The server that runs asks, as it does by itself.
import { dojoOf, type DojoDeps } from './dojo.ts'
import { showLocation } from './locations.ts'

/**
 * Queues that Dojo is asked how a payment stands there.
 * @returns when Dojo refused the venue's key, which it is then not asked with for a while; undefined where it takes it
 * @throws Refusal: SOFTWARE_HOUSE_ID missing, an unknown venue, no Dojo key or none of Dojo's. Error: SECRETS_KEY is another one
 */
export async function checkPayment (deps: DojoDeps, locationId: string, paymentIntentId: string): Promise<Date | undefined> {
  const { store: { prisma, database } } = deps
  await dojoOf(deps, locationId)
  await database.transaction(async (tx) => { tx.queue(locationId, 'PaymentCheck', paymentIntentId) })
  return (await showLocation(prisma, locationId)).dojoKeyRefusedAt
}
