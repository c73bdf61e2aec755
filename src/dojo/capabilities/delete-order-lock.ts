// A lock that was released before, or has expired, is a success: Dojo repeats itself. Refusals in
// order: NotFound for the order; Conflict for another live lock, which stays.
import { releaseLock } from '../../domain/orders/order-lock.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const deleteOrderLock: Handler<'DeleteOrderLock'> = async (
  { change },
  caller,
  { orderId, lockId },
) => {
  const released = await change({
    caller,
    orderId,
    question: { lockId },
    decide: (order, nowMs, { isLockKnown }) => releaseLock(order, nowMs, lockId, isLockKnown),
  })
  return orderView(released, caller.currency)
}
