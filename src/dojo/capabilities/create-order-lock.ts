// One live lock per order; the same lockId again moves its expiry. Refusals in order:
// InvalidRequest for a lockId that no URL could release, or an expiry that is no time; NotFound;
// then as `takeLock` in domain/orders/order-lock.ts lists them. What the venue's own till said
// under an earlier lock comes first, so that the guest pays what is owed now.
import { invalid } from '../../domain/errors.ts'
import { foreignId } from '../../domain/ids.ts'
import { isDue } from '../../domain/orders/mirror-waiting.ts'
import { takeLock } from '../../domain/orders/order-lock.ts'
import type { Order } from '../../domain/orders/order.ts'
import { timeMs } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import { afterWaiting } from './after-waiting.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const createOrderLock: Handler<'CreateOrderLock'> = async (
  deps,
  caller,
  { orderId, lockId, expiry },
) => {
  if (encodeURIComponent(foreignId(lockId, 'lockId')).length > limits.maxPathParameterCharacters) {
    throw invalid(
      `The field lockId has ${lockId.length} characters; ` +
        'it must fit into the URL that releases the lock.',
    )
  }
  const request = { lockId, expiresAtMs: timeMs(expiry, 'expiry') }
  const lock = (isAfterWaiting: boolean) => (order: Order, nowMs: number) =>
    !isAfterWaiting && isDue(order, nowMs) ? undefined : takeLock(order, nowMs, request, caller)
  let locked = await deps.change({ caller, orderId, decide: lock(false) })
  if (isDue(locked.order, locked.nowMs)) {
    await afterWaiting(deps, caller, orderId)
    locked = await deps.change({ caller, orderId, decide: lock(true) })
  }
  return orderView(locked, caller.currency)
}
