// The refund of money that is on no bill: no order has a payment that it could belong to, so it is
// kept with the intent. All that is left goes back, and one refund of an intent is open at a time.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import type { Order } from '../orders/order.ts'
import { meansNotPaid } from './intent.ts'
import { isVoid, paymentOf } from './payment.ts'
import { goneBackWith, type RefundOutcome } from './refund.ts'
import { mustBeTaken, type UnmatchedIntent, type UnmatchedRefund } from './unmatched.ts'

/** All went back: the same request is answered with it. Any other asks Dojo again. */
export function isDone(refund: UnmatchedRefund | undefined): refund is UnmatchedRefund {
  return refund?.status === 'Done'
}

type Asked = Pick<UnmatchedRefund, 'refundId' | 'reason' | 'waiterId' | 'tillName'>

/**
 * The refund to ask Dojo for. One that Dojo has not confirmed is asked for again, as it was.
 * @throws Refusal Conflict: not-captured, amount-unknown, see `mustBeTaken`;
 *   more-than-refundable: nothing of it is left
 */
export function refundFor(intent: UnmatchedIntent, asked: Asked, nowMs: number): UnmatchedRefund {
  const { paymentIntentId, refund, refundedMinor, tipsMinor } = intent
  if (refund?.status === 'Pending') return refund
  const amountMinor = mustBeTaken(intent) + (tipsMinor ?? 0) - refundedMinor
  if (amountMinor <= 0) {
    throw conflict(
      'more-than-refundable',
      `All of the payment ${paymentIntentId} went back already. Dismiss it with a reason.`,
      { refundableMinor: 0 },
    )
  }
  return {
    ...asked,
    amountMinor,
    refundedBeforeMinor: refundedMinor,
    status: 'Pending',
    requestedAt: new Date(nowMs).toISOString(),
  }
}

/** What the refund becomes by what Dojo answered. What is certain stays as it is. */
export function resolveUnmatchedRefund(
  refund: UnmatchedRefund,
  answer: RefundOutcome,
): UnmatchedRefund {
  if (refund.status !== 'Pending') return refund
  switch (answer.outcome) {
    case 'done':
      return { ...refund, status: 'Done', problem: undefined, dojoRefundId: answer.dojoRefundId }
    case 'unknown':
      return { ...refund, problem: answer.problem }
    default:
      return { ...refund, status: 'Refused', problem: answer.problem }
  }
}

/** @throws Refusal Conflict `dojo-refused`: Dojo did not do it */
export function mustNotBeRefused(
  { status, refundId, amountMinor, problem }: UnmatchedRefund,
  currency: string,
): void {
  if (status !== 'Refused') return
  throw conflict(
    'dojo-refused',
    `The refund of ${spoken(amountMinor, currency)} was not done. ${problem} If a card machine ` +
      'must give it, give a refund without a payment, and dismiss this one with the reason.',
    { refundId, amountMinor },
  )
}

/** @throws Refusal Conflict `on-a-bill`: the order's payment of this intent is not void */
export function mustCountNowhere(order: Order, paymentIntentId: string): void {
  const payment = paymentOf(order, paymentIntentId)
  if (payment === undefined || isVoid(payment)) return
  throw conflict(
    'on-a-bill',
    `The payment ${payment.paymentId} of the order ${order.orderId} counts on its bill: ` +
      'refund that one.',
    { paymentId: payment.paymentId, orderId: order.orderId },
  )
}

/**
 * An open refund of which Dojo shows by now that its money went back; undefined for any other.
 * @param shown the intent's newest status, and what went back of it
 */
export function doneByWhatIsShown(
  refund: UnmatchedRefund | undefined,
  { status, refundedMinor }: { status: string | undefined; refundedMinor: number },
): UnmatchedRefund | undefined {
  if (refund?.status !== 'Pending') return undefined
  const isGone = status !== undefined && meansNotPaid(status)
  if (!isGone && refundedMinor < goneBackWith(refund)) return undefined
  return { ...refund, status: 'Done', problem: undefined }
}

/**
 * What went back of the intent in all, where an answer has just made it certain that the refund is
 * done; undefined where that is not certain, or was before.
 */
export function newlyGoneBackMinor(was: UnmatchedRefund, is: UnmatchedRefund): number | undefined {
  return is.status === 'Done' && was.status !== 'Done' ? goneBackWith(is) : undefined
}
