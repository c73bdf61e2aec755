// Payments held against Dojo's payment intents while Dojo waits for the answer, in a venue that
// asks for it.
import type { Caller } from '../../domain/caller.ts'
import { conflict } from '../../domain/errors.ts'
import { differenceOf, unpaidReason } from '../../domain/payments/intent.ts'
import type { PaymentRequest } from '../../domain/payments/payment.ts'
import { readOrderNamed } from '../../store/payments/intents.ts'
import type { Deps } from './handler.ts'

/**
 * Asks Dojo for the intent of each payment.
 * @param orderId by which an intent may name the order: Dojo's own of one that is not there yet
 * @throws Refusal Conflict: Dojo does not know the intent, or its amount without the tip, its
 *   currency, its status or its order are not the payment's. Unavailable: Dojo cannot be asked, so
 *   that nothing is recorded that is not known to be paid
 */
export async function mustAgreeWithDojo(
  { askForIntent, store: { database } }: Deps,
  { locationId, currency }: Caller,
  payments: readonly PaymentRequest[],
  orderId: string,
): Promise<void> {
  for (const { paymentIntentId, amountMinor } of payments) {
    const facts = await askForIntent(locationId, paymentIntentId)
    if (facts === undefined) {
      throw conflict(
        'unverified',
        `Dojo does not know the payment intent ${paymentIntentId} with the key of this venue; it cannot be recorded as paid.`,
      )
    }
    const externalId =
      facts.externalId === undefined
        ? undefined
        : ((await readOrderNamed(database, locationId, facts.externalId)) ?? facts.externalId)
    const reason =
      differenceOf({ ...facts, externalId }, { amountMinor, orderId, currency }) ??
      unpaidReason(facts)
    if (reason !== undefined) throw conflict('unverified', `${reason} It cannot be recorded.`)
  }
}
