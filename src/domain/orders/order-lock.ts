// Who may keep others from an order, and for how long. Dojo locks an order while somebody pays; a
// till holds it while it edits. There is one lock at a time. Times are the database's, so that
// several servers agree when a lock has expired.
import { limits } from '../../limits.ts'
import type { Origin } from '../caller.ts'
import { conflict, invalid, notFound, type Refusal } from '../errors.ts'
import { mustBeOpen, type Order, type OrderChange, type OrderLock } from './order.ts'

export function isLive(lock: Pick<OrderLock, 'expiresAtMs'>, nowMs: number): boolean {
  return lock.expiresAtMs > nowMs
}

function isHeldBy(lock: OrderLock, holder: string): boolean {
  return lock.kind === 'TillHold' && lock.holder === holder
}

function liveLock({ lock }: Pick<Order, 'lock'>, nowMs: number): OrderLock | undefined {
  return lock !== undefined && isLive(lock, nowMs) ? lock : undefined
}

// --- who may change the order

/**
 * The lock that keeps a caller from paying or cancelling: a live one, and neither its id nor its
 * device is the caller's.
 * @param lockId the lock that the caller says is its own
 */
export function blockedBy(
  order: Pick<Order, 'lock'>,
  nowMs: number,
  caller: Origin,
  lockId?: string,
): OrderLock | undefined {
  const lock = liveLock(order, nowMs)
  if (lock === undefined || lock.kind === 'TillHold') return lock
  const isOwn =
    lockId !== undefined
      ? lock.lockId === lockId
      : caller.deviceId !== undefined && lock.origin.deviceId === caller.deviceId
  return isOwn ? undefined : lock
}

/**
 * Items and totals are frozen while Dojo holds its lock.
 * @throws Refusal Conflict: the order is final, or locked by Dojo
 */
export function mustBeChangeable(order: Order, nowMs: number): void {
  mustBeOpen(order)
  mustNotBeLockedByDojo(order, nowMs)
}

/** @throws Refusal Conflict: Dojo locked the order, and until when */
export function mustNotBeLockedByDojo(order: Order, nowMs: number): void {
  const lock = liveLock(order, nowMs)
  if (lock?.kind === 'DojoLock') throw inTheWay(order, lock, nowMs)
}

/** @throws Refusal Conflict: Dojo locked the order, or another till holds it */
export function mustNotBeBlocked(order: Order, nowMs: number, holder: string): void {
  const lock = liveLock(order, nowMs)
  if (lock !== undefined && !isHeldBy(lock, holder)) throw inTheWay(order, lock, nowMs)
}

// --- Dojo's locks

export interface LockRequest {
  lockId: string
  expiresAtMs: number
}

/**
 * Whether the order carries Dojo's lock of that id, live or expired. Dojo does not touch a till's
 * hold.
 */
function carries({ lock }: Pick<Order, 'lock'>, lockId: string): boolean {
  return lock?.kind === 'DojoLock' && lock.lockId === lockId
}

/**
 * CreateOrderLock. Refusals in order: expiry in the past (InvalidRequest); order not open; another
 * live lock or a hold. An expired lock never blocks; an expiry beyond `limits.maxLockSeconds` is
 * capped.
 */
export function takeLock(
  order: Order,
  nowMs: number,
  { lockId, expiresAtMs: wantedMs }: LockRequest,
  { waiterId, product, deviceId, deviceType }: Origin,
): OrderChange {
  const expiresAtMs = lockExpiry(wantedMs, nowMs)
  mustBeOpen(order)
  if (carries(order, lockId)) return extended(order, expiresAtMs)
  const lock = liveLock(order, nowMs)
  if (lock !== undefined) throw refusedAsLocked(order, lock)
  const origin = { waiterId, product, deviceId, deviceType }
  return {
    action: 'Locked',
    detail: { lockId, expiresAt: iso(expiresAtMs) },
    order: { ...order, lock: { lockId, kind: 'DojoLock', expiresAtMs, origin } },
    quiet: true,
  }
}

/**
 * ExtendOrderLock. Refusals in order: expiry in the past (InvalidRequest); no such lock ever
 * (NotFound); another lock took its place, or it was released (Conflict).
 * @param isKnown whether this order ever had a lock of that id
 */
export function extendLock(
  order: Order,
  nowMs: number,
  { lockId, expiresAtMs: wantedMs }: LockRequest,
  isKnown: boolean,
): OrderChange {
  const expiresAtMs = lockExpiry(wantedMs, nowMs)
  if (carries(order, lockId)) return extended(order, expiresAtMs)
  if (!isKnown) throw notFound('lock', lockId)
  const lock = liveLock(order, nowMs)
  if (lock !== undefined) throw refusedAsLocked(order, lock)
  throw conflict('lock-released', `The lock ${lockId} has been released; create a new one.`)
}

function extended(order: Order, expiresAtMs: number): OrderChange {
  const lock = order.lock!
  return {
    action: 'LockExtended',
    detail: { lockId: lock.lockId, expiresAt: iso(expiresAtMs) },
    order: { ...order, lock: { ...lock, expiresAtMs } },
    quiet: true,
  }
}

/**
 * DeleteOrderLock. A lock that was released or has expired is a success; nothing changes then.
 * @param isKnown whether this order ever had a lock of that id
 * @throws Refusal Conflict: the order carries another live lock, and never had one of this id
 */
export function releaseLock(
  order: Order,
  nowMs: number,
  lockId: string,
  isKnown: boolean,
): OrderChange | undefined {
  if (carries(order, lockId)) {
    return { ...ended(order, 'Unlocked', { lockId }), quiet: true }
  }
  const lock = liveLock(order, nowMs)
  if (!isKnown && lock !== undefined) throw refusedAsLocked(order, lock)
  return undefined
}

function lockExpiry(expiresAtMs: number, nowMs: number): number {
  if (expiresAtMs <= nowMs) {
    throw invalid(
      `The field expiry is ${iso(expiresAtMs)}, which is not in the future ` +
        `(it is ${iso(nowMs)} here).`,
    )
  }
  return Math.min(expiresAtMs, nowMs + limits.maxLockSeconds * 1000)
}

// --- holds of tills

/**
 * A till holds the order while it edits it; nobody pays meanwhile. The same till again moves the
 * end of its hold.
 * @throws Refusal Conflict: final; Dojo holds its lock, or another till holds it
 */
export function takeHold(
  order: Order,
  nowMs: number,
  { holdId, holder, seconds }: { holdId: string; holder: string; seconds: number },
  { waiterId, product, deviceId, deviceType }: Origin,
): OrderChange {
  mustBeOpen(order)
  mustNotBeBlocked(order, nowMs, holder)
  const expiresAtMs = nowMs + Math.min(seconds, limits.maxHoldSeconds) * 1000
  if (liveLock(order, nowMs) !== undefined) return extended(order, expiresAtMs)
  const origin = { waiterId, product, deviceId, deviceType }
  return {
    action: 'Held',
    detail: { lockId: holdId, holder, expiresAt: iso(expiresAtMs) },
    order: { ...order, lock: { lockId: holdId, kind: 'TillHold', holder, expiresAtMs, origin } },
  }
}

/**
 * Undefined where no till holds the order.
 * @throws Refusal Conflict: another till holds it
 */
export function letGo(order: Order, nowMs: number, holder: string): OrderChange | undefined {
  const lock = liveLock(order, nowMs)
  if (lock?.kind !== 'TillHold') return undefined
  if (!isHeldBy(lock, holder)) throw inTheWay(order, lock, nowMs)
  return ended(order, 'LetGo', { lockId: lock.lockId })
}

/** Releases a lock or hold by force. @throws Refusal Conflict: not locked */
export function breakLock(order: Order, nowMs: number, reason: string): OrderChange {
  const lock = liveLock(order, nowMs)
  if (lock === undefined) throw conflict('not-locked', `The order ${order.orderId} is not locked.`)
  const { lockId, kind, holder, origin } = lock
  return ended(order, 'UnlockedByForce', { lockId, kind, of: holder ?? origin, reason })
}

function ended(order: Order, action: string, detail: object): OrderChange {
  return { action, detail, order: { ...order, lock: undefined } }
}

// --- in words

/** `locked by waiter 42 on terminal tm_7 until 20:14:05 UTC`. */
export function describeLock(lock: OrderLock): string {
  const until = `until ${iso(lock.expiresAtMs).slice(11, 19)} UTC`
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

export function refusedAsLocked(order: Pick<Order, 'orderId'>, lock: OrderLock): Refusal {
  return conflict(
    lock.kind === 'TillHold' ? 'held' : 'locked',
    `The order ${order.orderId} is ${describeLock(lock)}.`,
  )
}

/** For a till: who locked the order, and how long that lasts at most. */
export function inTheWay(order: Pick<Order, 'orderId'>, lock: OrderLock, nowMs: number): Refusal {
  const secondsLeft = Math.max(1, Math.ceil((lock.expiresAtMs - nowMs) / 1000))
  const { waiterId, deviceId, product } = lock.origin
  return conflict(
    lock.kind === 'TillHold' ? 'held' : 'locked',
    `The order ${order.orderId} is ${describeLock(lock)}, ` +
      `${secondsLeft} s from now at the latest.`,
    {
      lock: {
        kind: lock.kind,
        waiterId,
        deviceId,
        product,
        till: lock.holder,
        expiresAt: iso(lock.expiresAtMs),
        secondsLeft,
      },
    },
  )
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
