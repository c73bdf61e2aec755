// Money at Dojo that is on no bill, which somebody records on the order that it belongs to, or
// refunds (unmatched-refund.ts).
import { conflict } from '../errors.ts'
import type { Order } from '../orders/order.ts'
import { meansPaid } from './intent.ts'
import type { PaymentRequest } from './payment.ts'
import type { Refund } from './refund.ts'

/** Pending: Dojo may or may not have done it. Refused: it was not done, and another may be. */
export const unmatchedRefundStatuses = ['Pending', 'Done', 'Refused'] as const

/** A refund that a manager asked for while the intent was on no bill. */
export interface UnmatchedRefund extends Pick<
  Refund,
  | 'refundId'
  | 'amountMinor'
  | 'refundedBeforeMinor'
  | 'reason'
  | 'problem'
  | 'dojoRefundId'
  | 'waiterId'
  | 'tillName'
  | 'requestedAt'
> {
  status: (typeof unmatchedRefundStatuses)[number]
}

/** The intent as it was last shown or reported. */
export interface UnmatchedIntent {
  paymentIntentId: string
  status: string | null
  amountMinor: number | null
  tipsMinor: number | null
  /** The order that it names at Dojo. */
  externalId: string | null
  /** What went back of it, amount and tip together. */
  refundedMinor: number
  /** The newest that was asked for here. */
  refund: UnmatchedRefund | null
}

/**
 * The payment as it will be recorded on the order.
 * @throws Refusal as `mustBeTaken`; `refund-unknown`: its refund was asked for, and may be done;
 *   `other-order`: it names another order at Dojo, so that the next check would void it
 */
export function requestFor(
  intent: UnmatchedIntent,
  { orderId, dojoOrderId }: Pick<Order, 'orderId' | 'dojoOrderId'>,
): PaymentRequest {
  const { paymentIntentId, tipsMinor, externalId, refund } = intent
  const amountMinor = mustBeTaken(intent)
  if (refund?.status === 'Pending') {
    throw conflict(
      'refund-unknown',
      `A refund of the payment ${paymentIntentId} was requested, and Dojo has not confirmed it ` +
        'yet: request it again before anything else.',
    )
  }
  if (externalId !== null && externalId !== orderId && externalId !== dojoOrderId) {
    throw conflict(
      'other-order',
      `At Dojo the payment ${paymentIntentId} is for the order ${externalId}. Refund it, ` +
        'or dismiss it with a reason.',
    )
  }
  return { paymentIntentId, amountMinor, tipsMinor: tipsMinor ?? undefined }
}

/**
 * How much Dojo took, without the tip.
 * @throws Refusal `not-captured`: Dojo has not reported it as paid; `amount-unknown`: Dojo has
 *   not shown how much it is
 */
export function mustBeTaken({ paymentIntentId, status, amountMinor }: UnmatchedIntent): number {
  if (status === null || !meansPaid(status)) {
    throw conflict(
      'not-captured',
      `Dojo shows the payment ${paymentIntentId} as ${status ?? 'unknown'}, which is not paid. ` +
        'Check it with Dojo first.',
    )
  }
  if (amountMinor === null) {
    throw conflict(
      'amount-unknown',
      `The amount of the payment ${paymentIntentId} is unknown: it was not seen at Dojo. Give the ` +
        'venue its Dojo API key, and check the payment.',
    )
  }
  return amountMinor
}

/**
 * What recording it changes of the order.
 * @throws Refusal Conflict `void`: nothing, since the order has it
 */
export function mustBeNew<Change>(change: Change | undefined, paymentIntentId: string): Change {
  if (change !== undefined) return change
  throw conflict('void', `The payment ${paymentIntentId} is on this order already.`)
}
