// The payments that a till with orders of its own took itself: cash, vouchers, whatever else.
import type { Caller } from '../caller.ts'
import { conflict } from '../errors.ts'
import { isVoid, restorePayment } from '../payments/payment.ts'
import { takeTender, type TenderRequest } from '../payments/tender.ts'
import type { Order, OrderChange } from './order.ts'

/** A payment that the till took itself, by its own id of it. */
export type MirroredPayment = TenderRequest & { id: string }

/**
 * Takes over a payment that the till took. Undefined where it is here already.
 * @throws Refusal Conflict: the same id with other content; locked or held; more than is owed, also
 *   because a guest has paid through Dojo meanwhile
 */
export function paidAtTill(
  order: Order,
  payment: MirroredPayment,
  taking: { nowMs: number; holder: string; caller: Caller },
): OrderChange | undefined {
  const id = paymentIdOf(order, payment.id)
  const known = order.payments.find(({ paymentId }) => paymentId === id)
  if (known === undefined && order.status === 'Finalized') {
    throw conflict(
      'overpaid',
      `The order ${order.mirrorId} is paid already; ` +
        `the payment ${payment.id} of the till would be too much.`,
      { balanceMinor: 0 },
    )
  }
  const request = { ...payment, id }
  // The till says what it took: nothing is rounded here.
  const caller = { ...taking.caller, cashRoundingMinor: undefined }
  const taken = takeTender(order, request, { ...taking, caller, paymentId: id })
  if (known === undefined || !isVoid(known)) return taken
  return restorePayment(order, known, { ...taking, detail: { paymentId: id } })
}

/** The payments of the till that it has no longer. */
export function paymentsGoneAtTill(order: Order, payments: readonly MirroredPayment[]): string[] {
  const kept = new Set(payments.map(({ id }) => paymentIdOf(order, id)))
  return order.payments
    .filter((payment) => payment.tender !== 'Dojo' && !isVoid(payment))
    .map(({ paymentId }) => paymentId)
    .filter((paymentId) => !kept.has(paymentId))
}

/** Tills number the payments of each order, so the order is a part of the id. */
function paymentIdOf({ orderId }: Order, id: string): string {
  return `${orderId}/${id}`
}
