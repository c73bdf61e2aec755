// Refusals in order: InvalidRequest for an expiry that is no time; NotFound for the order; then as
// `extendLock` in domain/order-lock.ts lists them.
import { extendLock } from '../../domain/orders/order-lock.ts'
import { timeMs } from '../../domain/time.ts'
import { changeOrder } from '../../store/orders/orders.ts'
import type { Handler } from './handler.ts'

export const extendOrderLock: Handler<'ExtendOrderLock'> = async (
  { store },
  caller,
  { orderId, lockId, expiry },
) => {
  const request = { lockId, expiresAtMs: timeMs(expiry, 'expiry') }
  await changeOrder(store.database, caller, orderId, { lockId }, (order, nowMs, { lockKnown }) => ({
    kind: 'extend-lock',
    lockId,
    expiresAtMs: extendLock(order, nowMs, request, lockKnown).expiresAtMs,
  }))
  return {}
}
