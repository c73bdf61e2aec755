// A payment against an order. It stands until its money goes back; then it is void, and the bill is
// open again.
import { conflict } from '../errors.ts'
import type { Origin } from '../caller.ts'
import { meansNotPaid, refundOf } from './intent.ts'
import { exact, spoken } from '../money.ts'
import {
  balanceMinor,
  isFinal,
  refusedAsFinal,
  statusWhenPaid,
  type Order,
  type OrderState,
  type OrderStatus,
  type Payment,
} from '../orders/order.ts'
import { blockedBy, refusedAsLocked } from '../orders/order-lock.ts'

export interface PaymentRequest {
  paymentIntentId: string
  amountMinor: number
  tipsMinor?: number
  lockId?: string
}

/** A payment of Dojo's that nothing has happened to yet. */
export const newPayment = (
  paymentId: string,
  { paymentIntentId, amountMinor, tipsMinor }: PaymentRequest,
): Payment & { paymentIntentId: string } => ({
  paymentId,
  tender: 'Dojo',
  paymentIntentId,
  amountMinor,
  tipsMinor,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  stands: true,
})

/** What is known of the intent besides the order's own payments. */
export interface IntentKnowledge {
  /** The order that carries a payment of this intent, if any does. */
  recordedOn: string | undefined
  /**
   * As it was recorded on this order, where it went to another with everything that was on this
   * one.
   */
  moved?: { amountMinor: number; tipsMinor: number } | undefined
  /** Dojo's newest word, if it spoke of this intent. */
  dojoStatus: string | undefined
}

export type PaymentDecision = { repeated: true } | ({ repeated: false } & Sums)

/**
 * RecordOrderPaymentById. The same intent with the same content is a repetition, whatever has
 * happened since. Refusals in order, all Conflict: the intent with other content or on another
 * order; order final; another's live lock, or a till's hold; more than the balance; Dojo has
 * already said that this intent's money went back.
 */
export function recordPayment(
  order: OrderState,
  nowMs: number,
  request: PaymentRequest,
  intent: IntentKnowledge,
  caller: Origin,
  currency: string,
): PaymentDecision {
  const known = paymentOf(order, request.paymentIntentId) ?? intent.moved
  if (known !== undefined) {
    if (
      known.amountMinor === request.amountMinor &&
      (known.tipsMinor ?? 0) === (request.tipsMinor ?? 0)
    ) {
      return { repeated: true }
    }
    throw conflict(
      'content-differs',
      `The payment intent ${request.paymentIntentId} is already recorded on this order with ${spoken(known.amountMinor, currency)} and a tip of ${spoken(known.tipsMinor ?? 0, currency)}; it cannot be recorded again with other amounts.`,
    )
  }
  if (intent.recordedOn !== undefined) {
    throw conflict(
      'intent-elsewhere',
      `The payment intent ${request.paymentIntentId} is already recorded on another order.`,
    )
  }
  mustTake(order, nowMs, request, caller, currency)
  if (intent.dojoStatus !== undefined && meansNotPaid(intent.dojoStatus)) {
    throw conflict(
      'intent-not-paid',
      `Dojo has reported the payment intent ${request.paymentIntentId} as ${intent.dojoStatus}; it cannot be recorded as paid.`,
    )
  }
  return { repeated: false, ...withMore(order, request.amountMinor, request.tipsMinor ?? 0) }
}

/** @throws Refusal Conflict: final, locked, overpaid, in this order */
function mustTake(
  order: OrderState,
  nowMs: number,
  { amountMinor, lockId }: Pick<PaymentRequest, 'amountMinor' | 'lockId'>,
  caller: Origin,
  currency: string,
): void {
  if (isFinal(order.status)) throw refusedAsFinal(order)
  const lock = blockedBy(order, nowMs, caller, lockId)
  if (lock !== undefined) throw refusedAsLocked(order, lock)
  const balance = balanceMinor(order)
  if (amountMinor > balance) {
    throw conflict(
      'overpaid',
      `The payment of ${spoken(amountMinor, currency)} is more than the balance of ${spoken(balance, currency)} (${balance} minor units) on the order ${order.orderId}.`,
    )
  }
}

/** The sums of an order, and what it becomes by them. */
export interface Sums {
  paidMinor: number
  tipsMinor: number
  status: OrderStatus
}

export function withMore(order: OrderState, amountMinor: number, tipsMinor: number): Sums {
  const paidMinor = order.paidMinor + amountMinor
  return {
    paidMinor,
    tipsMinor: exact(order.tipsMinor + tipsMinor, 'The sum of the tips'),
    status:
      paidMinor === order.totalMinor && amountMinor > 0 ? statusWhenPaid(order) : order.status,
  }
}

/** The balance opens, and a Finalized order returns to where it was before it was settled. */
const withLess = (order: OrderState, amountMinor: number, tipsMinor: number): Sums => ({
  paidMinor: order.paidMinor - amountMinor,
  tipsMinor: order.tipsMinor - tipsMinor,
  status:
    order.status === 'Finalized' && amountMinor > 0
      ? (order.statusBeforeFinal ?? 'Ready')
      : order.status,
})

export const paymentOf = (
  { payments }: Pick<Order, 'payments'>,
  paymentIntentId: string,
): Payment | undefined => payments.find((payment) => payment.paymentIntentId === paymentIntentId)

/** What still stands of a payment after refunds of parts of it. */
export const standingMinor = ({ amountMinor, refundedMinor }: Payment): number =>
  amountMinor - refundedMinor
export const standingTipsMinor = ({ tipsMinor = 0, refundedTipsMinor }: Payment): number =>
  tipsMinor - refundedTipsMinor

/** What becomes of an order when a payment that stood no longer does. */
export const voidPayment = (order: OrderState, payment: Payment): Sums =>
  withLess(order, standingMinor(payment), standingTipsMinor(payment))

/**
 * What becomes of an order when a payment that was void stands after all, less what was refunded of
 * it.
 * @throws Refusal Conflict: final, locked, overpaid, in this order
 */
export function restorePayment(
  order: OrderState,
  nowMs: number,
  payment: Payment,
  caller: Origin,
  currency: string,
): Sums {
  const amountMinor = standingMinor(payment)
  mustTake(order, nowMs, { amountMinor }, caller, currency)
  return withMore(order, amountMinor, standingTipsMinor(payment))
}

/**
 * What becomes of an order when more of a standing payment was refunded, in all `refundedMinor` of
 * amount and tip. Undefined when no more was than is known.
 */
export function refundPayment(
  order: OrderState,
  payment: Payment,
  refundedMinor: number,
): (Sums & Pick<Payment, 'refundedMinor' | 'refundedTipsMinor'>) | undefined {
  const now = refundOf(payment, refundedMinor)
  const more = now.refundedMinor - payment.refundedMinor
  const moreTips = now.refundedTipsMinor - payment.refundedTipsMinor
  if (more <= 0 && moreTips <= 0) return undefined
  return { ...now, ...withLess(order, more, moreTips) }
}
