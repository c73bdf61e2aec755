// A late reversal: Dojo reports that the money of a payment that counts here went back (Reversed,
// Refunded or Canceled), perhaps long after the bill was settled.
//
// The payment becomes void at once, so that the bill can be paid again: a bill that nobody can pay
// is worse than one that waits for a moment. Its order owes the amount again, and a Finalized order
// returns to the status that it had before. An open refund of the payment is done. Dojo is asked
// shortly afterwards. If it shows the payment as captured, with a newer status than the reversal,
// and the order can take it, the payment counts again. If Dojo's event and its API still contradict
// each other after a quarter of an hour, it stays void and is listed for staff (settlement.ts).
//
// It is seen in two places: an event (event.ts) and a check of the payment (settlement.ts).
import type { Order, OrderChange, Payment } from '../orders/order.ts'
import { voidPayment } from './payment.ts'

/** @param status as Dojo reports it */
export function reversePayment(
  order: Order,
  payment: Payment,
  { status, nowMs, detail }: { status: string; nowMs: number; detail?: object },
): OrderChange {
  return voidByDojo(order, payment, { reason: `Dojo: ${status}`, nowMs, detail })
}

/** The payment is not what Dojo shows, so it never was one. */
export function voidByDojo(
  order: Order,
  payment: Payment,
  { reason, nowMs, detail }: { reason: string; nowMs: number; detail?: object | undefined },
): OrderChange {
  const { paymentIntentId, amountMinor } = payment
  return voidPayment(order, payment, {
    nowMs,
    reason,
    detail: { paymentIntentId, amountMinor, ...detail },
  })
}
