// Money at Dojo that is on no bill, which somebody records on the order that it belongs to.
import { conflict } from '../errors.ts'
import type { Order } from '../orders/order.ts'
import { meansPaid } from './intent.ts'
import type { PaymentRequest } from './payment.ts'

/** The intent as it was last shown or reported. */
export interface UnmatchedIntent {
  paymentIntentId: string
  status: string | null
  amountMinor: number | null
  tipsMinor: number | null
  /** The order that it names at Dojo. */
  externalId: string | null
}

/**
 * The payment as it will be recorded on the order.
 * @throws Refusal `not-captured`: Dojo has not reported it as paid; `amount-unknown`: Dojo has
 *   not shown how much it is; `other-order`: it names another order at Dojo, so that the next
 *   check would void it
 */
export function requestFor(
  { paymentIntentId, status, amountMinor, tipsMinor, externalId }: UnmatchedIntent,
  { orderId, dojoOrderId }: Pick<Order, 'orderId' | 'dojoOrderId'>,
): PaymentRequest {
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
      `How much the payment ${paymentIntentId} is has not been seen at Dojo. Give the venue its ` +
        'Dojo API key, and check the payment.',
    )
  }
  if (externalId !== null && externalId !== orderId && externalId !== dojoOrderId) {
    throw conflict(
      'other-order',
      `At Dojo the payment ${paymentIntentId} is for the order ${externalId}. Refund it at Dojo, ` +
        'or dismiss it with a reason.',
    )
  }
  return { paymentIntentId, amountMinor, tipsMinor: tipsMinor ?? undefined }
}
