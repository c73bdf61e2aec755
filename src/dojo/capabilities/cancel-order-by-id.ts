// Refusals in order: NotFound; already Canceled is a success; Conflict for an order that is
// Finalized or Failed, that has a payment that stands, or that another has locked.
import { conflict } from '../../domain/errors.ts'
import { spoken } from '../../domain/money.ts'
import { isFinal, refusedAsFinal } from '../../domain/orders/order.ts'
import { blockedBy, refusedAsLocked } from '../../domain/orders/order-lock.ts'
import { changeOrder } from '../../store/orders/orders.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const cancelOrderById: Handler<'CancelOrderById'> = async (
  { store },
  caller,
  { orderId },
) => {
  const canceled = await changeOrder(store.database, caller, orderId, {}, (order, nowMs) => {
    if (order.status === 'Canceled') return undefined
    if (isFinal(order.status)) throw refusedAsFinal(order)
    if (order.payments.some((payment) => payment.stands)) {
      throw conflict(
        'paid',
        `The order ${orderId} has payments of ${spoken(order.paidMinor, caller.currency)}; it cannot be canceled while they stand.`,
      )
    }
    const lock = blockedBy(order, nowMs, caller)
    if (lock !== undefined) throw refusedAsLocked(order, lock)
    return { kind: 'cancel' }
  })
  return orderView(canceled, caller.currency)
}
