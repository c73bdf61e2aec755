// Who excludes others from an order, and for how long. Dojo locks an order while somebody pays; a
// till holds it while it edits. There is one at a time. Time is the database's, passed in, so that
// several servers agree when one has expired.
import { limits } from '../../limits.ts'
import { conflict, invalid, notFound, type Refusal } from '../errors.ts'
import type { Origin } from '../caller.ts'
import { isOpen, refusedAsFinal, type Order, type OrderLock, type OrderState } from './order.ts'

export const isLive = (lock: Pick<OrderLock, 'expiresAtMs'>, nowMs: number): boolean =>
  lock.expiresAtMs > nowMs

/** `locked by waiter 42 on terminal tm_7 until 20:14:05 UTC`. */
export function describeLock(lock: OrderLock): string {
  const until = `until ${new Date(lock.expiresAtMs).toISOString().slice(11, 19)} UTC`
  if (lock.kind === 'TillHold') return `held for editing by ${lock.holder ?? 'a till'} ${until}`
  const { waiterId, deviceId, product } = lock.origin
  const who = [
    waiterId && `waiter ${waiterId}`,
    deviceId && `${waiterId ? 'on ' : ''}terminal ${deviceId}`,
  ]
    .filter(Boolean)
    .join(' ')
  return `locked by ${who || product || `lock ${lock.lockId}`} ${until}`
}

export const refusedAsLocked = (order: Pick<Order, 'orderId'>, lock: OrderLock): Refusal =>
  conflict(
    lock.kind === 'TillHold' ? 'held' : 'locked',
    `The order ${order.orderId} is ${describeLock(lock)}.`,
  )

/**
 * Whether a lock stands in the way of a caller: it is live, and neither its id nor its device is
 * the caller's.
 * @param lockId the lock that the caller says is its own
 */
export function blockedBy(
  order: Pick<Order, 'lock'>,
  nowMs: number,
  caller: Origin,
  lockId?: string,
): OrderLock | undefined {
  const { lock } = order
  if (lock === undefined || !isLive(lock, nowMs)) return undefined
  if (lock.kind === 'TillHold') return lock
  const own =
    lockId !== undefined
      ? lock.lockId === lockId
      : caller.deviceId !== undefined && lock.origin.deviceId === caller.deviceId
  return own ? undefined : lock
}

/**
 * Whether the order carries Dojo's lock of that id, live or expired; a till's hold is not Dojo's to
 * touch.
 */
const carries = ({ lock }: Pick<Order, 'lock'>, lockId: string): boolean =>
  lock?.kind === 'DojoLock' && lock.lockId === lockId

export type LockDecision =
  | { do: 'take'; expiresAtMs: number; endOther: OrderLock | undefined }
  | { do: 'extend'; expiresAtMs: number }

/**
 * CreateOrderLock. Refusals in order: expiry in the past (InvalidRequest), order not open,
 * another's live lock or a hold. An expired lock never blocks; an expiry beyond
 * `limits.maxLockSeconds` is capped.
 */
export function takeLock(
  order: OrderState,
  nowMs: number,
  request: { lockId: string; expiresAtMs: number },
): LockDecision {
  const expiresAtMs = lockExpiry(request.expiresAtMs, nowMs)
  if (!isOpen(order)) throw refusedAsFinal(order)
  if (carries(order, request.lockId)) return { do: 'extend', expiresAtMs }
  const { lock } = order
  if (lock !== undefined && isLive(lock, nowMs)) throw refusedAsLocked(order, lock)
  return { do: 'take', expiresAtMs, endOther: lock }
}

/**
 * ExtendOrderLock. Refusals in order: expiry in the past (InvalidRequest), lock never there
 * (NotFound), taken by another since or released (Conflict).
 * @param known whether this order ever had a lock of that id
 */
export function extendLock(
  order: OrderState,
  nowMs: number,
  request: { lockId: string; expiresAtMs: number },
  known: boolean,
): { do: 'extend'; expiresAtMs: number } {
  const expiresAtMs = lockExpiry(request.expiresAtMs, nowMs)
  if (carries(order, request.lockId)) return { do: 'extend', expiresAtMs }
  if (!known) throw notFound('lock', request.lockId)
  if (order.lock !== undefined && isLive(order.lock, nowMs)) {
    throw refusedAsLocked(order, order.lock)
  }
  throw conflict('lock-released', `The lock ${request.lockId} has been released; create a new one.`)
}

/**
 * DeleteOrderLock: whether there is something to release. A lock that was released or has expired
 * is no longer there to release, which is what was asked for.
 * @throws Refusal Conflict: the order carries another's live lock, and no lock of this id was ever
 *   there
 */
export function releaseLock(
  order: OrderState,
  nowMs: number,
  lockId: string,
  known: boolean,
): boolean {
  if (carries(order, lockId)) return true
  if (!known && order.lock !== undefined && isLive(order.lock, nowMs)) {
    throw refusedAsLocked(order, order.lock)
  }
  return false
}

/**
 * A till holds the order while it edits it: nobody pays meanwhile. The same till again moves the
 * end.
 * @throws Refusal Conflict: final; Dojo holds its lock, or another till holds it
 */
export function takeHold(
  order: OrderState,
  nowMs: number,
  { holder, seconds }: { holder: string; seconds: number },
): LockDecision {
  if (!isOpen(order)) throw refusedAsFinal(order)
  const expiresAtMs = nowMs + Math.min(seconds, limits.maxHoldSeconds) * 1000
  const { lock } = order
  if (lock === undefined || !isLive(lock, nowMs)) return { do: 'take', expiresAtMs, endOther: lock }
  if (isHeldBy(lock, holder)) return { do: 'extend', expiresAtMs }
  throw inTheWay(order, lock, nowMs)
}

export const isHeldBy = (lock: OrderLock, holder: string): boolean =>
  lock.kind === 'TillHold' && lock.holder === holder

/** Tells a till who locked the order, and how long that lasts at the most. */
export function inTheWay(order: Pick<Order, 'orderId'>, lock: OrderLock, nowMs: number): Refusal {
  const secondsLeft = Math.max(1, Math.ceil((lock.expiresAtMs - nowMs) / 1000))
  const { waiterId, deviceId, product } = lock.origin
  return conflict(
    lock.kind === 'TillHold' ? 'held' : 'locked',
    `The order ${order.orderId} is ${describeLock(lock)}, ${secondsLeft} s from now at the latest.`,
    {
      lock: {
        kind: lock.kind,
        waiterId,
        deviceId,
        product,
        till: lock.holder,
        expiresAt: new Date(lock.expiresAtMs).toISOString(),
        secondsLeft,
      },
    },
  )
}

function lockExpiry(expiresAtMs: number, nowMs: number): number {
  if (expiresAtMs <= nowMs) {
    throw invalid(
      `The field expiry is ${new Date(expiresAtMs).toISOString()}, which is not in the future (it is ${new Date(nowMs).toISOString()} here).`,
    )
  }
  return Math.min(expiresAtMs, nowMs + limits.maxLockSeconds * 1000)
}
