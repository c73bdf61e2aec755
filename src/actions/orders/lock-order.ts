// Dojo locks an order. What the venue's own till said under an earlier lock takes effect first, in
// the same transaction, so that the guest pays what is owed now.
import type { Caller } from '../../domain/caller.ts'
import { Refusal } from '../../domain/errors.ts'
import { isDue } from '../../domain/orders/mirror-waiting.ts'
import { takeLock, type LockRequest } from '../../domain/orders/order-lock.ts'
import type { Order, OrderChange } from '../../domain/orders/order.ts'
import type { Database } from '../../store/database/database.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import { applyWaitingIn } from './apply-waiting.ts'
import { applyChange, type ChangeOrder } from './change-order.ts'

type Take = (order: Order, nowMs: number) => OrderChange

interface Locking {
  database: Database
  change: ChangeOrder
  caller: Caller
  orderId: string
  lock: LockRequest
  /** Called with a till's change that could not be applied; the order is locked anyway. */
  notTakenOver: (error: Error) => void
}

/**
 * @throws Refusal NotFound, or as `takeLock` lists them; what waited has been applied all the same
 */
export async function lockOrder({
  database,
  change,
  caller,
  orderId,
  lock,
  notTakenOver,
}: Locking): Promise<OrderNow> {
  const take: Take = (order, nowMs) => takeLock(order, nowMs, lock, caller)
  const now = await change({
    caller,
    orderId,
    decide: (order, nowMs) => (isDue(order, nowMs) ? undefined : take(order, nowMs)),
  })
  if (!isDue(now.order, now.nowMs)) return now
  const locked = await lockAfterWaiting(database, { caller, orderId, take }).catch(
    async (error: Error) => {
      notTakenOver(error)
      return await change({ caller, orderId, decide: take })
    },
  )
  if (locked instanceof Refusal) throw locked
  return locked
}

/** @returns why the order is not locked, where it is not: what waited is written with either. */
async function lockAfterWaiting(
  database: Database,
  { caller, orderId, take }: Pick<Locking, 'caller' | 'orderId'> & { take: Take },
): Promise<OrderNow | Refusal> {
  return await database.transaction(async (tx) => {
    const now = await applyWaitingIn(tx, caller, orderId)
    try {
      return applyChange(tx, caller, now, take(now.order, now.nowMs))
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
  })
}
