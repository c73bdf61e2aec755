// A card payment whose result Dojo does not show, and that a manager has recorded because the card
// machine did. Dojo has the last word: what it still does not show as captured when the quarter of
// an hour is over was never taken, and the bill opens again. A refund is recorded in the same way,
// but moves no money here: the bill follows once Dojo shows it.
import { conflict, invalid } from '../errors.ts'
import { judge, type CardPayment } from './card-payment.ts'

/** Who has looked at the machine, and what it shows. */
export interface SaidByHand {
  nowMs: number
  by: string | undefined
  reason: string
  /** For a refund: whether the machine shows that the money went back. */
  given: boolean | undefined
}

/**
 * @throws Refusal InvalidRequest: it says of a sale what is said of a refund. Conflict: what became
 *   of it is known, or it has been recorded by hand before
 */
export function recordByHand(
  payment: CardPayment,
  { nowMs, by, reason, given }: SaidByHand,
): CardPayment & { paymentIntentId: string } {
  if (given !== undefined) {
    throw invalid(
      'given is for refunds. Leave it out to record the payment as taken; if the machine shows ' +
        'no approval, send POST .../retry with "noApprovalSeen": true.',
    )
  }
  mustBeUnknown(payment, nowMs)
  const paymentIntentId = payment.paymentIntentId!
  return { ...payment, paymentIntentId, byHand: { atMs: nowMs, by, reason } }
}

/**
 * A refund that counts as given is given by no machine again until Dojo has shown it, or has not
 * shown it for a quarter of an hour. One that was not given can be given at once.
 * @throws Refusal InvalidRequest: nothing says whether it was given. Conflict: as `recordByHand`
 */
export function recordRefundByHand(
  payment: CardPayment,
  { nowMs, by, reason, given }: SaidByHand,
): CardPayment {
  if (given === undefined) {
    throw invalid('given is missing: say whether the card machine shows that the money went back.')
  }
  mustBeUnknown(payment, nowMs)
  return { ...payment, byHand: { atMs: nowMs, by, reason, given } }
}

function mustBeUnknown(payment: CardPayment, nowMs: number): void {
  const { status, chargeAgain } = judge(payment, nowMs)
  const { cardPaymentId, paymentIntentId } = payment
  if (chargeAgain === 'unknown' && paymentIntentId !== undefined) return
  throw conflict(
    'card-payment-over',
    `The card payment ${cardPaymentId} is ${status}: only one whose result is unknown is ` +
      'recorded by hand.',
    { cardPaymentId, cardPaymentStatus: status, chargeAgain },
  )
}

/** Why somebody has to look into a payment by hand that Dojo does not show as captured. */
export function neverShown({ cardPaymentId, byHand }: CardPayment): string | undefined {
  if (byHand === undefined) return undefined
  return (
    `The card payment ${cardPaymentId} was recorded by hand (${byHand.reason}), ` +
    'but Dojo does not show it as captured.'
  )
}

/** The same for a refund, once Dojo's word counts. */
export function refundNeverShown(payment: CardPayment, nowMs: number): string | undefined {
  const { refund, byHand } = payment
  const isOver = judge(payment, nowMs).chargeAgain === 'safe'
  if (refund === undefined || byHand?.given !== true || !isOver) return undefined
  return (
    `The refund ${refund.refundId} was recorded by hand as given (${byHand.reason}), but Dojo does ` +
    'not show it. Look at the receipt of the card machine before it is given again.'
  )
}
