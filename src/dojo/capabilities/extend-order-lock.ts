// Refusals in order: InvalidRequest for an expiry that is no time; NotFound for the order; then as
// `extendLock` in domain/orders/order-lock.ts lists them.
import { changeOrder } from '../../actions/orders/change-order.ts'
import { extendLock } from '../../domain/orders/order-lock.ts'
import { timeMs } from '../../domain/time.ts'
import type { Handler } from './handler.ts'

export const extendOrderLock: Handler<'ExtendOrderLock'> = async (
  { store },
  caller,
  { orderId, lockId, expiry },
) => {
  const request = { lockId, expiresAtMs: timeMs(expiry, 'expiry') }
  await changeOrder(store.database, caller, orderId, { lockId }, (order, nowMs, { isLockKnown }) =>
    extendLock(order, nowMs, request, isLockKnown),
  )
  return {}
}
