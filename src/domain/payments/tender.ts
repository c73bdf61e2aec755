// Money that the venue takes by itself: cash, vouchers, whatever else it accepts. Payments through
// Dojo are in payment.ts.
import type { Caller, Origin } from '../caller.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { exact, spoken } from '../money.ts'
import {
  balanceMinor,
  mustBeOpen,
  type Order,
  type OrderChange,
  type Payment,
} from '../orders/order.ts'
import { mustNotBeBlocked } from '../orders/order-lock.ts'
import { isVoid, originOf, voidPayment, withPayment } from './payment.ts'

export interface TenderRequest {
  /** An id of the till's own: the same again changes nothing. */
  id?: string
  tender: Exclude<Payment['tender'], 'Dojo'>
  /** Left out: what is owed, or as much of it as was handed over. */
  amountMinor?: number
  tipsMinor?: number
  /** What the guest handed over; the rest of it is change. */
  tenderedMinor?: number
  reference?: string
}

/**
 * Undefined where the order has the payment already.
 * @param holder the till's name
 * @throws Refusal Conflict: the same id with other content; final; locked by Dojo or held by
 *   another till; nothing owed, or less than the amount. InvalidRequest: less handed over than
 *   amount and tip, or something other than cash handed over; nothing paid
 */
export function takeTender(
  order: Order,
  request: TenderRequest,
  taking: {
    paymentId: string
    nowMs: number
    holder: string
    caller: Origin & Pick<Caller, 'currency'>
  },
): OrderChange | undefined {
  if (isTaken(order, request)) return undefined
  const { paymentId, nowMs, holder, caller } = taking
  const { tender, tipsMinor, tenderedMinor, reference } = request
  // Change comes out of the drawer with the cash, whatever was handed over.
  if (tender !== 'Cash' && tenderedMinor !== undefined) {
    throw invalid(
      'The field tenderedMinor goes with cash only; for another tender, send amountMinor.',
    )
  }
  mustBeOpen(order)
  mustNotBeBlocked(order, nowMs, holder)
  const amountMinor = amountOf(order, request, caller.currency)
  const payment: Payment = {
    paymentId,
    tender,
    amountMinor,
    tipsMinor,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: new Date(nowMs).toISOString(),
    ...originOf(caller),
    tenderedMinor,
    reference,
  }
  const detail = { amountMinor, tipsMinor, paymentId, tender, tenderedMinor, reference }
  return { action: 'PaymentRecorded', ...withPayment(order, payment, detail) }
}

/** @throws Refusal Conflict: the same id with other content */
function isTaken(
  { payments }: Order,
  { id, tender, amountMinor, tipsMinor = 0, tenderedMinor }: TenderRequest,
): boolean {
  const known = payments.find((payment) => payment.paymentId === id)
  if (known === undefined) return false
  const isSame =
    known.tender === tender &&
    (known.tipsMinor ?? 0) === tipsMinor &&
    known.tenderedMinor === tenderedMinor &&
    (amountMinor === undefined || known.amountMinor === amountMinor)
  if (isSame) return true
  throw conflict(
    'content-differs',
    `The payment ${id} is already on this order, with other content.`,
  )
}

/** What is paid without the tip. */
function amountOf(
  order: Order,
  { amountMinor, tipsMinor = 0, tenderedMinor }: TenderRequest,
  currency: string,
): number {
  const balance = balanceMinor(order)
  const handedOver = tenderedMinor === undefined ? balance : Math.max(0, tenderedMinor - tipsMinor)
  const amount = amountMinor ?? Math.min(balance, handedOver)
  if (amount > balance || balance === 0) {
    throw conflict(
      'overpaid',
      `The payment of ${spoken(amount, currency)} is more than the balance of ` +
        `${spoken(balance, currency)} on the order ${order.orderId}.`,
      { balanceMinor: balance },
    )
  }
  const dueMinor = exact(amount + tipsMinor, 'The payment')
  if (tenderedMinor !== undefined && tenderedMinor < dueMinor) {
    throw invalid(
      `The field tenderedMinor is ${tenderedMinor}, less than the payment and its tip, ` +
        `which are ${dueMinor}.`,
    )
  }
  if (dueMinor === 0) throw invalid('A payment cannot be zero.')
  return amount
}

/** @throws Refusal NotFound */
function paymentIn({ payments }: Pick<Order, 'payments'>, paymentId: string): Payment {
  const payment = payments.find((each) => each.paymentId === paymentId)
  if (payment === undefined) throw notFound('payment', paymentId)
  return payment
}

/**
 * Money that the venue took goes back. Undefined where the payment is void already.
 * @throws Refusal NotFound; Conflict: Dojo took it (it is refunded instead); locked or held
 */
export function voidTender(
  order: Order,
  paymentId: string,
  { nowMs, holder, reason }: { nowMs: number; holder: string; reason: string },
): OrderChange | undefined {
  const payment = paymentIn(order, paymentId)
  const { tender, amountMinor } = payment
  if (tender === 'Dojo') {
    throw conflict('paid-by-dojo', `Dojo took the payment ${paymentId}; refund it instead.`)
  }
  if (isVoid(payment)) return undefined
  mustNotBeBlocked(order, nowMs, holder)
  return voidPayment(order, payment, { nowMs, reason, detail: { paymentId, tender, amountMinor } })
}
