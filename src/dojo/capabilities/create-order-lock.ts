// One live lock per order; the same lockId again moves its expiry. Refusals in order:
// InvalidRequest for a lockId that no URL could release, or an expiry that is no time; NotFound;
// then as `takeLock` in domain/orders/order-lock.ts lists them.
import { lockOrder } from '../../actions/orders/lock-order.ts'
import { invalid } from '../../domain/errors.ts'
import { foreignId } from '../../domain/ids.ts'
import { timeMs } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import { noticeNotTakenOver } from './after-waiting.ts'
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
  const locked = await lockOrder({
    database: deps.store.database,
    change: deps.change,
    caller,
    orderId,
    lock: { lockId, expiresAtMs: timeMs(expiry, 'expiry') },
    notTakenOver: (error) => {
      noticeNotTakenOver(deps, caller, { orderId, error })
    },
  })
  return orderView(locked, caller.currency)
}
