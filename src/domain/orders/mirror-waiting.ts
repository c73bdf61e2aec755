// What a till with orders of its own says while somebody pays: where the venue wants it so, it
// waits until Dojo's lock has ended, and takes effect on the order as the payments have left it.
//
// 1. While the lock lasts, nothing that the guest sees changes.
// 2. The till's newest word waits, whole, and replaces what waited before it.
// 3. What would be refused without the lock is refused at once.
// 4. What cannot take effect any more goes on waiting, with the reason, until the till sends
//    something else or the order changes; it is then tried again.
import type { Caller, Origin } from '../caller.ts'
import { Refusal, type RefusalReason, type RefusalType } from '../errors.ts'
import { originOf } from '../payments/payment.ts'
import type { MirroredOrder } from './mirror.ts'
import type { MirroredPayment } from './mirror-payments.ts'
import { isLive } from './order-lock.ts'
import type { Order, OrderChange } from './order.ts'

/** A till's order, and the payments that it took itself. */
export interface MirrorRequest {
  content: MirroredOrder
  /** Undefined where the till does not say; they stay as they are. */
  payments?: readonly MirroredPayment[] | undefined
}

export interface MirrorWaiting {
  version: number
  /** Absent where the till's list of open orders no longer has it. */
  hash?: string
  totalMinor?: number
  /** Absent where the order is to be closed. */
  request?: MirrorRequest
  /** The till's name, and who was at it. */
  holder: string
  origin: Origin
  since: string
  /** Why it cannot take effect, tried on this version of the order. */
  problem?: WaitingProblem
}

/** A refusal, as it is kept. */
export interface WaitingProblem {
  type: RefusalType
  reason: RefusalReason
  message: string
  facts: object
  orderVersion: number
}

/** Who says it, and when. */
export interface MirrorSpeaker {
  caller: Caller
  holder: string
  nowMs: number
}

/**
 * What is decided, or that it waits where Dojo's lock alone is in the way.
 * @throws Refusal as `decide`, of the order as it is and of the order without the lock
 */
export function orWaits<T>(
  order: Order,
  { lockedThen }: { lockedThen: 'refuse' | 'wait' },
  { decide, wait }: { decide: (order: Order) => T; wait: () => T },
): T {
  try {
    return decide(order)
  } catch (error) {
    const isLocked = error instanceof Refusal && error.reason === 'locked'
    if (!isLocked || lockedThen === 'refuse') throw error
    decide({ ...order, lock: undefined })
    return wait()
  }
}

/** The till's order waits. */
export function waitingPut(
  order: Order,
  request: MirrorRequest,
  speaker: MirrorSpeaker,
): OrderChange {
  const { version, hash, totalMinor } = request.content
  return kept(order, { version, hash, totalMinor, request, ...spokenBy(speaker) })
}

/** The order is to be closed. Undefined where that waits already. */
export function waitingEnd(order: Order, speaker: MirrorSpeaker): OrderChange | undefined {
  const { mirrorWaiting: waiting, mirrorVersion = 0 } = order
  const isWaiting = waiting !== undefined && waiting.request === undefined
  if (isWaiting && waiting.problem === undefined) return undefined
  return kept(order, { version: waiting?.version ?? mirrorVersion, ...spokenBy(speaker) })
}

function spokenBy({ caller, holder, nowMs }: MirrorSpeaker) {
  return { holder, origin: originOf(caller), since: new Date(nowMs).toISOString() }
}

function kept(order: Order, mirrorWaiting: MirrorWaiting): OrderChange {
  const { version: mirrorVersion, totalMinor } = mirrorWaiting
  return {
    action: 'MirrorWaits',
    detail: { mirrorVersion, totalMinor },
    order: { ...order, mirrorWaiting },
    quiet: true,
  }
}

/** Whether what waits is to take effect: nobody pays or edits, and it was not tried like this. */
export function isDue({ mirrorWaiting: waiting, lock, version }: Order, nowMs: number): boolean {
  if (waiting === undefined || (lock !== undefined && isLive(lock, nowMs))) return false
  return waiting.problem?.orderVersion !== version
}

/** It cannot take effect, and the till hears why. */
export function notApplied(order: Order, { type, reason, message, facts }: Refusal): OrderChange {
  const waiting = order.mirrorWaiting!
  const problem = { type, reason, message, facts, orderVersion: order.version }
  return {
    action: 'MirrorNotApplied',
    detail: { mirrorVersion: waiting.version, code: reason, message, ...facts },
    order: { ...order, mirrorWaiting: { ...waiting, problem } },
    quiet: true,
  }
}

/** What the log says of a till's word that cannot take effect after the lock, and is kept. */
export const STILL_WAITS =
  "a till's change of an order could not be taken over after Dojo's lock; it waits"
