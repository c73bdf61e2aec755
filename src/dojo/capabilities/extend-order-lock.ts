// Refusals in order: InvalidRequest for an expiry that is no time; NotFound for the order; then as
// `extendLock` in domain/orders/order-lock.ts lists them.
import { extendLock } from '../../domain/orders/order-lock.ts'
import { timeMs } from '../../domain/time.ts'
import type { Handler } from './handler.ts'

export const extendOrderLock: Handler<'ExtendOrderLock'> = async (
  { change },
  caller,
  { orderId, lockId, expiry },
) => {
  const request = { lockId, expiresAtMs: timeMs(expiry, 'expiry') }
  await change({
    caller,
    orderId,
    question: { lockId },
    decide: (order, nowMs, { isLockKnown }) => extendLock(order, nowMs, request, isLockKnown),
  })
  return {}
}
