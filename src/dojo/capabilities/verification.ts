// Checks payments against Dojo's payment intents while Dojo waits for the answer, in a venue that
// is set up so.
import type { Caller } from '../../domain/caller.ts'
import { conflict } from '../../domain/errors.ts'
import { differenceOf, unpaidReason } from '../../domain/payments/intent.ts'
import type { PaymentRequest } from '../../domain/payments/payment.ts'
import { readOrderNamed } from '../../store/payments/intents.ts'
import type { Deps } from './handler.ts'

/**
 * Asks Dojo for the intent of each payment.
 * @param orderId the id by which an intent may name the order: Dojo's own for a new order
 * @throws Refusal Conflict: Dojo does not know the intent, or it differs from the payment in amount
 *   without tip, currency, status or order. Unavailable: Dojo cannot be asked, so it is not certain
 *   that the payment was made
 */
export async function mustAgreeWithDojo(
  { askForIntent, store: { database } }: Deps,
  { locationId, currency }: Caller,
  { payments, orderId }: { payments: readonly PaymentRequest[]; orderId: string },
): Promise<void> {
  for (const { paymentIntentId, amountMinor } of payments) {
    const facts = await askForIntent(locationId, paymentIntentId)
    if (facts === undefined) {
      throw conflict(
        'unverified',
        `Dojo does not know the payment intent ${paymentIntentId} with the key of this venue; ` +
          'it cannot be recorded as paid.',
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
