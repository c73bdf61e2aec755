// What is to be written of a change: the difference that it makes, worked out here once, for the
// tables and for the history.
import type { VerifyPayments } from '../venue/venue.ts'
import {
  isVoid,
  remainingMinor,
  remainingTipsMinor,
  secondsUntilCheck,
} from '../payments/payment.ts'
import { deltaOf, keepsVersion, type OrderDelta } from './order-history.ts'
import type { Order, OrderChange, Payment } from './order.ts'

export interface OrderWrite {
  action: string
  detail: object
  delta: OrderDelta
  /** As it becomes, with its new version. */
  order: Order
  /** Whether nothing changes, or what is not counted, such as a lock. */
  keepsVersion: boolean
  /** The lock that ends by this: released, or expired and replaced by another. */
  endedLockId?: string
  payment?: PaymentWrite
  /** The payments that come over from another order. */
  takenOver: string[]
  /** Whether Dojo is sent an event. */
  isEvent: boolean
}

/** The one payment that a change records or changes, and the money that it moves. */
export interface PaymentWrite {
  isNew: boolean
  payment: Payment
  movement: {
    kind: 'Recorded' | 'Voided' | 'Restored' | 'Refunded'
    amountMinor: number
    tipsMinor: number
    roundingMinor: number
  }
  /** After how long it is compared with Dojo's intent; undefined for never. */
  checkAfterSeconds?: number
}

/** Undefined when the change leaves the order as it is. */
export function writeOf(
  before: Order,
  { action, detail, order, quiet, isNote }: OrderChange,
  { nowMs, verifyPayments }: { nowMs: number; verifyPayments: VerifyPayments },
): OrderWrite | undefined {
  const delta = deltaOf(before, order)
  const fields = Object.keys(delta)
  if (fields.length === 0 && isNote !== true) return undefined
  const isUncounted = keepsVersion(delta)
  const after = isUncounted
    ? order
    : { ...order, version: before.version + 1, updatedAt: new Date(nowMs).toISOString() }
  const { payment, takenOver } = paymentsOf(before, order, delta)
  const isTaken = payment?.isNew === true && payment.payment.paymentIntentId !== undefined
  return {
    action,
    detail,
    delta,
    order: after,
    keepsVersion: isUncounted,
    endedLockId: endedLockOf(before, delta),
    payment: payment && {
      ...payment,
      checkAfterSeconds: isTaken ? secondsUntilCheck(verifyPayments) : undefined,
    },
    takenOver,
    isEvent: quiet !== true,
  }
}

function endedLockOf({ lock }: Order, delta: OrderDelta): string | undefined {
  if (lock === undefined || delta.lock === undefined) return undefined
  return delta.lock?.lockId === lock.lockId ? undefined : lock.lockId
}

function paymentsOf(
  before: Order,
  order: Order,
  delta: OrderDelta,
): { payment?: PaymentWrite; takenOver: string[] } {
  if (delta.payments === undefined) return { takenOver: [] }
  const known = new Map(before.payments.map((payment) => [payment.paymentId, payment]))
  const differs = new Set(delta.payments.map(({ paymentId }) => paymentId))
  const payments = order.payments.filter(({ paymentId }) => differs.has(paymentId))
  if (payments.every(({ paymentId, recordedOn }) => !known.has(paymentId) && recordedOn)) {
    return { takenOver: payments.map(({ paymentId }) => paymentId) }
  }
  if (payments.length > 1) throw new Error('A change records or changes one payment, not several.')
  const [is] = payments as [Payment]
  const was = known.get(is.paymentId)
  return {
    payment: { isNew: was === undefined, payment: is, movement: movementOf(was, is) },
    takenOver: [],
  }
}

function movementOf(was: Payment | undefined, is: Payment): PaymentWrite['movement'] {
  const moved = (left: (payment: Payment) => number): number =>
    (isVoid(is) ? 0 : left(is)) - (was === undefined || isVoid(was) ? 0 : left(was))
  return {
    kind: movementKind(was, is),
    amountMinor: moved(remainingMinor),
    tipsMinor: moved(remainingTipsMinor),
    roundingMinor: moved(({ roundingMinor = 0 }) => roundingMinor),
  }
}

function movementKind(was: Payment | undefined, is: Payment): PaymentWrite['movement']['kind'] {
  if (was === undefined) return 'Recorded'
  if (isVoid(is) !== isVoid(was)) return isVoid(is) ? 'Voided' : 'Restored'
  return 'Refunded'
}
