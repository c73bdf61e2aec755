// A payment against an order. It counts until its money goes back; then it is void, and the bill is
// open again.
import type { Caller, Origin } from '../caller.ts'
import type { VerifyPayments } from '../venue/venue.ts'
import { conflict } from '../errors.ts'
import { limits } from '../../limits.ts'
import { exact, spoken } from '../money.ts'
import {
  balanceMinor,
  mustBeOpen,
  type Order,
  type OrderChange,
  type OrderStatus,
  type Payment,
} from '../orders/order.ts'
import { blockedBy, refusedAsLocked } from '../orders/order-lock.ts'
import { statusWhenPaid, withStatus } from '../orders/status.ts'
import { meansNotPaid, refundOf } from './intent.ts'

export interface PaymentRequest {
  paymentIntentId: string
  amountMinor: number
  tipsMinor?: number
  lockId?: string
}

/** What is known of the intent besides the order's own payments. */
export interface IntentKnowledge {
  /** The order that carries a payment of this intent, if any does. */
  recordedOn?: string
  /** The payment as it was recorded on this order, where it moved to another one since. */
  moved?: { amountMinor: number; tipsMinor: number }
  /** The newest status that Dojo reported. */
  dojoStatus?: string
}

export interface Recording {
  paymentId: string
  nowMs: number
  caller: Origin & Pick<Caller, 'currency'>
  intent: IntentKnowledge
  /** Added to the history. */
  detail?: object
}

/**
 * RecordOrderPaymentById. Undefined for the same intent with the same content, whatever has
 * happened since. Refusals in order, all Conflict: the intent with other content or on another
 * order; order final; another's live lock, or a till's hold; more than the balance; Dojo has
 * already reported that this intent's money went back.
 */
export function recordPayment(
  order: Order,
  request: PaymentRequest,
  { paymentId, nowMs, caller, intent, detail }: Recording,
): OrderChange | undefined {
  const { paymentIntentId, amountMinor, tipsMinor, lockId } = request
  if (isRecorded(order, request, intent, caller.currency)) return undefined
  mustTake(order, request, { nowMs, caller })
  if (intent.dojoStatus !== undefined && meansNotPaid(intent.dojoStatus)) {
    throw conflict(
      'intent-not-paid',
      `Dojo has reported the payment intent ${paymentIntentId} as ${intent.dojoStatus}; ` +
        'it cannot be recorded as paid.',
    )
  }
  const payment: Payment = { ...newPayment(paymentId, request, nowMs), ...originOf(caller), lockId }
  return {
    action: 'PaymentRecorded',
    ...withPayment(order, payment, { paymentIntentId, amountMinor, tipsMinor, ...detail }),
  }
}

/**
 * A payment that comes with a new order, whose status was decided by all of its payments together.
 */
export function recordOnArrival(
  order: Order,
  request: PaymentRequest,
  recording: Recording,
): OrderChange | undefined {
  const { status, statusBeforeFinal } = order
  const change = recordPayment(order, request, recording)
  if (change === undefined) return undefined
  const { status: _, statusBefore: __, ...detail } = change.detail as Record<string, unknown>
  return { ...change, detail, order: { ...change.order, status, statusBeforeFinal } }
}

/** A payment through Dojo that nothing has happened to yet. */
export function newPayment(
  paymentId: string,
  { paymentIntentId, amountMinor, tipsMinor }: PaymentRequest,
  nowMs: number,
): Payment {
  return {
    paymentId,
    tender: 'Dojo',
    paymentIntentId,
    amountMinor,
    tipsMinor,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: new Date(nowMs).toISOString(),
  }
}

export function originOf({ waiterId, product, deviceId, deviceType }: Origin): Origin {
  return { waiterId, product, deviceId, deviceType }
}

/** @throws Refusal Conflict: recorded with other amounts, or on another order */
function isRecorded(
  order: Order,
  request: PaymentRequest,
  { moved, recordedOn }: IntentKnowledge,
  currency: string,
): boolean {
  const { paymentIntentId, amountMinor, tipsMinor = 0 } = request
  const known = paymentOf(order, paymentIntentId) ?? moved
  if (known !== undefined) {
    const knownTipsMinor = known.tipsMinor ?? 0
    if (known.amountMinor === amountMinor && knownTipsMinor === tipsMinor) return true
    throw conflict(
      'content-differs',
      `The payment intent ${paymentIntentId} is already recorded on this order with ` +
        `${spoken(known.amountMinor, currency)} and a tip of ` +
        `${spoken(knownTipsMinor, currency)}; it cannot be recorded again with other amounts.`,
    )
  }
  if (recordedOn !== undefined) {
    throw conflict(
      'intent-elsewhere',
      `The payment intent ${paymentIntentId} is already recorded on another order.`,
    )
  }
  return false
}

/** @throws Refusal Conflict: final, locked, overpaid, in this order */
function mustTake(
  order: Order,
  { amountMinor, lockId }: Pick<PaymentRequest, 'amountMinor' | 'lockId'>,
  { nowMs, caller }: Pick<Recording, 'nowMs' | 'caller'>,
): void {
  mustBeOpen(order)
  const lock = blockedBy(order, nowMs, caller, lockId)
  if (lock !== undefined) throw refusedAsLocked(order, lock)
  const balance = balanceMinor(order)
  if (amountMinor > balance) {
    throw conflict(
      'overpaid',
      `The payment of ${spoken(amountMinor, caller.currency)} is more than the balance of ` +
        `${spoken(balance, caller.currency)} (${balance} minor units) on the order ` +
        `${order.orderId}.`,
    )
  }
}

/** After which delay a recorded payment is compared with Dojo's intent; undefined for never. */
export function secondsUntilCheck(verify: VerifyPayments): number | undefined {
  if (verify === 'off') return undefined
  // One that was verified before it was recorded is only watched for its reversal.
  return verify === 'before' ? limits.unheardCheckSeconds[0] : 0
}

// --- what payments make of an order

interface Moved {
  detail: object
  order: Order
}

/** The order with one more payment, which settles it where it leaves nothing to pay. */
export function withPayment(order: Order, payment: Payment, detail: object): Moved {
  const paid = withMore({ ...order, payments: [...order.payments, payment] }, payment)
  return moved(order, paid, detail)
}

/** A payment counts again. */
function withMore(order: Order, payment: Payment): Order {
  const amountMinor = remainingMinor(payment)
  const paidMinor = order.paidMinor + amountMinor
  const tipsMinor = exact(order.tipsMinor + remainingTipsMinor(payment), 'The sum of the tips')
  const isSettled = paidMinor === order.totalMinor && amountMinor > 0
  const status = isSettled ? statusWhenPaid(order) : order.status
  return { ...withStatus(order, status), paidMinor, tipsMinor }
}

/** The balance opens, and a Finalized order returns to where it was before it was settled. */
function withLess(order: Order, amountMinor: number, tipsMinor: number): Order {
  const opens = order.status === 'Finalized' && amountMinor > 0
  return {
    ...(opens ? withStatus(order, order.statusBeforeFinal ?? 'Ready') : order),
    paidMinor: order.paidMinor - amountMinor,
    tipsMinor: order.tipsMinor - tipsMinor,
  }
}

function moved(before: Order, order: Order, detail: object): Moved {
  const { paidMinor, status } = order
  const statuses: { status?: OrderStatus; statusBefore?: OrderStatus } =
    status === before.status ? {} : { status, statusBefore: before.status }
  return { detail: { ...detail, paidMinor, ...statuses }, order }
}

function replaced(order: Order, payment: Payment): Order {
  const payments = order.payments.map((each) =>
    each.paymentId === payment.paymentId ? payment : each,
  )
  return { ...order, payments }
}

export function paymentOf<Shown extends Pick<Payment, 'paymentIntentId'>>(
  { payments }: { payments: readonly Shown[] },
  paymentIntentId: string,
): Shown | undefined {
  return payments.find((payment) => payment.paymentIntentId === paymentIntentId)
}

export function isVoid({ voidedAt }: Pick<Payment, 'voidedAt'>): boolean {
  return voidedAt !== undefined
}

/** Dojo took it, and has not given it back. */
export function isHeldByDojo({ tender, voidedAt }: Pick<Payment, 'tender' | 'voidedAt'>): boolean {
  return tender === 'Dojo' && !isVoid({ voidedAt })
}

/** What is left of a payment after refunds of parts of it. */
export function remainingMinor({
  amountMinor,
  refundedMinor,
}: Pick<Payment, 'amountMinor' | 'refundedMinor'>): number {
  return amountMinor - refundedMinor
}

export function remainingTipsMinor({
  tipsMinor = 0,
  refundedTipsMinor,
}: Pick<Payment, 'tipsMinor' | 'refundedTipsMinor'>): number {
  return tipsMinor - refundedTipsMinor
}

/** All that is left of a payment goes back. */
export function voidPayment(
  order: Order,
  payment: Payment,
  { nowMs, reason, detail = {} }: { nowMs: number; reason: string; detail?: object },
): OrderChange {
  const voided = { ...payment, voidedAt: new Date(nowMs).toISOString(), voidReason: reason }
  const less = withLess(
    replaced(order, voided),
    remainingMinor(payment),
    remainingTipsMinor(payment),
  )
  return { action: 'PaymentVoided', ...moved(order, less, { ...detail, reason }) }
}

/**
 * A void payment counts after all, less what was refunded of it.
 * @throws Refusal Conflict: final, locked, overpaid, in this order
 */
export function restorePayment(
  order: Order,
  payment: Payment,
  { nowMs, caller, detail = {} }: Pick<Recording, 'nowMs' | 'caller' | 'detail'>,
): OrderChange {
  mustTake(order, { amountMinor: remainingMinor(payment) }, { nowMs, caller })
  const restored = { ...payment, voidedAt: undefined, voidReason: undefined }
  const more = withMore(replaced(order, restored), restored)
  return { action: 'PaymentRestored', ...moved(order, more, detail) }
}

/**
 * More of a payment went back, in all `goneBackMinor` of amount and tip. Undefined when that is
 * known already.
 */
export function refundPayment(
  order: Order,
  payment: Payment,
  goneBackMinor: number,
  detail: object = {},
): OrderChange | undefined {
  const { refundedMinor, refundedTipsMinor } = refundOf(payment, goneBackMinor)
  const more = refundedMinor - payment.refundedMinor
  const moreTips = refundedTipsMinor - payment.refundedTipsMinor
  if (more <= 0 && moreTips <= 0) return undefined
  const refunded = replaced(order, { ...payment, refundedMinor, refundedTipsMinor })
  return {
    action: 'PaymentRefunded',
    ...moved(order, withLess(refunded, more, moreTips), {
      ...detail,
      refundedMinor,
      refundedTipsMinor,
    }),
  }
}
