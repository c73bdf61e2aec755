// A card payment whose result Dojo does not show, and that a manager has recorded because the card
// machine did. Dojo has the last word: what it still does not show as captured when the quarter of
// an hour is over was never taken, and the bill opens again.
import { conflict } from '../errors.ts'
import { judge, type CardPayment } from './card-payment.ts'

/**
 * @throws Refusal Conflict: it is a refund, what became of it is known, or it has been recorded by
 *   hand before
 */
export function recordByHand(
  payment: CardPayment,
  { nowMs, by, reason }: { nowMs: number; by: string | undefined; reason: string },
): CardPayment & { paymentIntentId: string } {
  const { status, chargeAgain } = judge(payment, nowMs)
  const { cardPaymentId, paymentIntentId } = payment
  if (payment.kind !== 'Sale') {
    throw conflict(
      'card-payment-over',
      `The card payment ${cardPaymentId} gives a refund, which is no payment to record: ` +
        'check the refund with Dojo (POST /refunds/{refundId}/check).',
      { cardPaymentId, cardPaymentStatus: status, chargeAgain },
    )
  }
  if (chargeAgain !== 'unknown' || paymentIntentId === undefined) {
    throw conflict(
      'card-payment-over',
      `The card payment ${cardPaymentId} is ${status}: only one whose result is unknown is ` +
        'recorded by hand.',
      { cardPaymentId, cardPaymentStatus: status, chargeAgain },
    )
  }
  return { ...payment, paymentIntentId, byHand: { atMs: nowMs, by, reason } }
}

/** Why somebody has to look into a payment by hand that Dojo does not show as captured. */
export function neverShown({ cardPaymentId, byHand }: CardPayment): string | undefined {
  if (byHand === undefined) return undefined
  return (
    `The card payment ${cardPaymentId} was recorded by hand (${byHand.reason}), ` +
    'but Dojo does not show it as captured.'
  )
}
