// One live lock per order; the same lockId again moves its expiry. Refusals in order:
// InvalidRequest for a lockId that no URL could release, or an expiry that is no time; NotFound;
// then as `takeLock` in domain/orders/order-lock.ts lists them.
import { invalid } from '../../domain/errors.ts'
import { foreignId } from '../../domain/ids.ts'
import { takeLock } from '../../domain/orders/order-lock.ts'
import { timeMs } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const createOrderLock: Handler<'CreateOrderLock'> = async (
  { change },
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
  const locked = await change({
    caller,
    orderId,
    decide: (order, nowMs) => takeLock(order, nowMs, request, caller),
  })
  return orderView(locked, caller.currency)
}
