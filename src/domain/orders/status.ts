// What moves an order along its statuses: staff, the last payment, a cancellation.
import type { Caller } from '../caller.ts'
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import { blockedBy, mustBeChangeable, refusedAsLocked } from './order-lock.ts'
import {
  balanceMinor,
  canBecome,
  isFinal,
  mustBeOpen,
  type Order,
  type OrderChange,
  type OrderStatus,
} from './order.ts'

/** Remembers the open status of an order that becomes Finalized, in case it opens again. */
export function withStatus(order: Order, status: OrderStatus): Order {
  if (status === order.status) return order
  return { ...order, status, statusBeforeFinal: status === 'Finalized' ? order.status : undefined }
}

/**
 * The status of an order whose balance has just become zero. A dine-in order is done when it is
 * paid; food to collect goes on being prepared unless it is ready to hand over.
 */
export function statusWhenPaid(order: Pick<Order, 'status' | 'orderType'>): OrderStatus {
  return order.orderType === 'DineIn' || order.status === 'Ready' ? 'Finalized' : order.status
}

/**
 * A change of the total that leaves nothing to pay of what was partly paid settles the order as the
 * last payment would have.
 */
export function settledByTotal(before: Order, after: Order): Order {
  const settles =
    !isFinal(after.status) &&
    after.totalMinor !== before.totalMinor &&
    after.paidMinor > 0 &&
    after.paidMinor === after.totalMinor
  return settles ? withStatus(after, statusWhenPaid(after)) : after
}

/**
 * A step along the statuses. Only an order that owes nothing may be Finalized.
 * @throws Refusal Conflict: final; locked by Dojo, where it would be Finalized; no such step;
 *   something is owed
 */
export function moveTo(
  order: Order,
  status: OrderStatus,
  { nowMs, currency }: { nowMs: number; currency: string },
): OrderChange | undefined {
  if (status === order.status) return undefined
  if (status === 'Finalized') mustBeChangeable(order, nowMs)
  else mustBeOpen(order)
  if (!canBecome(order.status, status)) {
    throw conflict(
      'transition',
      `The order ${order.orderId} is ${order.status}; it cannot become ${status}.`,
    )
  }
  const balance = balanceMinor(order)
  if (status === 'Finalized' && balance > 0) {
    throw conflict('unpaid', `The order ${order.orderId} owes ${spoken(balance, currency)}.`, {
      balanceMinor: balance,
    })
  }
  return {
    action: 'StatusChanged',
    detail: { status, statusBefore: order.status },
    order: withStatus(order, status),
  }
}

/**
 * CancelOrderById. An order that is Canceled already stays so.
 * @throws Refusal Conflict, in this order: Finalized or Failed; has payments; locked by another
 */
export function cancelByDojo(order: Order, nowMs: number, caller: Caller): OrderChange | undefined {
  return canceled(order, caller.currency, undefined, () => {
    const lock = blockedBy(order, nowMs, caller)
    if (lock !== undefined) throw refusedAsLocked(order, lock)
  })
}

/** @throws Refusal Conflict, in this order: Finalized or Failed; has payments; locked by Dojo */
export function cancelByTill(
  order: Order,
  { nowMs, currency, reason }: { nowMs: number; currency: string; reason: string },
): OrderChange | undefined {
  return canceled(order, currency, reason, () => {
    mustBeChangeable(order, nowMs)
  })
}

function canceled(
  order: Order,
  currency: string,
  reason: string | undefined,
  mustNotBeLocked: () => void,
): OrderChange | undefined {
  if (order.status === 'Canceled') return undefined
  mustBeOpen(order)
  if (order.payments.some(({ voidedAt }) => voidedAt === undefined)) {
    throw conflict(
      'paid',
      `The order ${order.orderId} has payments of ${spoken(order.paidMinor, currency)}; ` +
        'give them back before you cancel it.',
      { giveBackMinor: order.paidMinor },
    )
  }
  mustNotBeLocked()
  return {
    action: 'Canceled',
    detail: { reason, statusBefore: order.status },
    order: withStatus(order, 'Canceled'),
  }
}

/** @throws Refusal Conflict: the order is not Finalized */
export function reopen(order: Order, reason: string): OrderChange {
  if (order.status !== 'Finalized') {
    throw conflict(
      'not-final',
      `The order ${order.orderId} is ${order.status}; only a Finalized one can be reopened.`,
    )
  }
  return {
    action: 'Reopened',
    detail: { reason },
    order: { ...order, status: order.statusBeforeFinal ?? 'Ready', statusBeforeFinal: undefined },
  }
}
