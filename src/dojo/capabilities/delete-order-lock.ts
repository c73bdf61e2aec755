// Released before, or expired, is a success: Dojo repeats itself. Refusals in order: NotFound for
// the order; Conflict for another's live lock, which stays.
import { releaseLock } from '../../domain/orders/order-lock.ts'
import { changeOrder } from '../../store/orders/orders.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const deleteOrderLock: Handler<'DeleteOrderLock'> = async (
  { store },
  caller,
  { orderId, lockId },
) => {
  const released = await changeOrder(
    store.database,
    caller,
    orderId,
    { lockId },
    (order, nowMs, { lockKnown }) =>
      releaseLock(order, nowMs, lockId, lockKnown) ? { kind: 'release-lock', lockId } : undefined,
  )
  return orderView(released, caller.currency)
}
