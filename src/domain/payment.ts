// A payment against an order. It stands until its money goes back; then it is void, and the bill is open again.
import { conflict } from './errors.ts'
import type { Origin } from './caller.ts'
import { exact, spoken } from './money.ts'
import { balanceMinor, isFinal, refusedAsFinal, statusWhenPaid, type Order, type OrderStatus, type Payment } from './order.ts'
import { blockedBy, refusedAsLocked } from './order-lock.ts'

export interface PaymentRequest {
  paymentIntentId: string
  amountMinor: number
  tipsMinor?: number
  lockId?: string
}

/** What is known of the intent besides the order's own payments. */
export interface IntentKnowledge {
  /** The order that carries a payment of this intent, if any does. */
  recordedOn: string | undefined
  /** Dojo's newest word, if it spoke of this intent. */
  dojoStatus: string | undefined
}

export type PaymentDecision = { repeated: true } | { repeated: false, paidMinor: number, tipsMinor: number, status: OrderStatus }

/** Dojo's words for money that went back, or never came. */
const notPaid: readonly string[] = ['Reversed', 'Refunded', 'Canceled']
export const meansNotPaid = (dojoStatus: string): boolean => notPaid.includes(dojoStatus)

/** Of two words of one instant, the one that says that the money went back is believed. */
export function isNewerWord (word: { status: string, atMs: number }, known: { status: string, atMs: number } | undefined): boolean {
  if (known === undefined || word.atMs > known.atMs) return true
  return word.atMs === known.atMs && meansNotPaid(word.status) && !meansNotPaid(known.status)
}

/**
 * RecordOrderPaymentById. The same intent with the same content is a repetition, whatever has happened since. Refusals in
 * order, all Conflict: the intent with other content or on another order; order final; another's live lock, or a till's
 * hold; more than the balance; Dojo has already said that this intent's money went back.
 */
export function recordPayment (order: Order, nowMs: number, request: PaymentRequest, intent: IntentKnowledge, caller: Origin, currency: string): PaymentDecision {
  const known = order.payments.find((payment) => payment.paymentIntentId === request.paymentIntentId)
  if (known !== undefined) {
    if (known.amountMinor === request.amountMinor && (known.tipsMinor ?? 0) === (request.tipsMinor ?? 0)) return { repeated: true }
    throw conflict('content-differs', `The payment intent ${request.paymentIntentId} is already recorded on this order with ${spoken(known.amountMinor, currency)} and a tip of ${spoken(known.tipsMinor ?? 0, currency)}; it cannot be recorded again with other amounts.`)
  }
  if (intent.recordedOn !== undefined) throw conflict('intent-elsewhere', `The payment intent ${request.paymentIntentId} is already recorded on another order.`)
  if (isFinal(order.status)) throw refusedAsFinal(order)
  const lock = blockedBy(order, nowMs, caller, request.lockId)
  if (lock !== undefined) throw refusedAsLocked(order, lock)
  const balance = balanceMinor(order)
  if (request.amountMinor > balance) {
    throw conflict('overpaid', `The payment of ${spoken(request.amountMinor, currency)} is more than the balance of ${spoken(balance, currency)} (${balance} minor units) on the order ${order.orderId}.`)
  }
  if (intent.dojoStatus !== undefined && meansNotPaid(intent.dojoStatus)) {
    throw conflict('intent-not-paid', `Dojo has reported the payment intent ${request.paymentIntentId} as ${intent.dojoStatus}; it cannot be recorded as paid.`)
  }
  const paidMinor = order.paidMinor + request.amountMinor
  return {
    repeated: false,
    paidMinor,
    tipsMinor: exact(order.tipsMinor + (request.tipsMinor ?? 0), 'The sum of the tips'),
    status: paidMinor === order.totalMinor && request.amountMinor > 0 ? statusWhenPaid(order) : order.status,
  }
}

/**
 * What becomes of an order when a payment that stood no longer does: the balance opens, and a Finalized order returns to
 * where it was before it was settled.
 */
export function voidPayment (order: Order, payment: Payment): { paidMinor: number, tipsMinor: number, status: OrderStatus } {
  return {
    paidMinor: order.paidMinor - payment.amountMinor,
    tipsMinor: order.tipsMinor - (payment.tipsMinor ?? 0),
    status: order.status === 'Finalized' && payment.amountMinor > 0 ? order.statusBeforeFinal ?? 'Ready' : order.status,
  }
}
