// A lock that was released before, or has expired, is a success: Dojo repeats itself. Refusals in
// order: NotFound for the order; Conflict for another live lock, which stays. What the venue's own
// till said while the lock lasted takes effect with its end, and is in the answer.
import { releaseLock } from '../../domain/orders/order-lock.ts'
import { isDue } from '../../domain/orders/mirror-waiting.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'
import { afterWaiting } from './after-waiting.ts'

export const deleteOrderLock: Handler<'DeleteOrderLock'> = async (
  deps,
  caller,
  { orderId, lockId },
) => {
  const released = await deps.change({
    caller,
    orderId,
    question: { lockId },
    decide: (order, nowMs, { isLockKnown }) => releaseLock(order, nowMs, lockId, isLockKnown),
  })
  const isOver = isDue(released.order, released.nowMs)
  return orderView(
    isOver ? ((await afterWaiting(deps, caller, orderId)) ?? released) : released,
    caller.currency,
  )
}
