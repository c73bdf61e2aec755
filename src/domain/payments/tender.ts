// Money that the venue takes by itself: cash, vouchers, whatever else it accepts. Dojo's payments
// are in domain/payment.ts.
import { conflict, invalid } from '../errors.ts'
import { exact, spoken } from '../money.ts'
import {
  balanceMinor,
  isFinal,
  refusedAsFinal,
  type OrderState,
  type Payment,
} from '../orders/order.ts'
import { inTheWay, isHeldBy, isLive } from '../orders/order-lock.ts'
import { voidPayment, withMore, type Sums } from './payment.ts'

export interface TenderRequest {
  tender: Exclude<Payment['tender'], 'Dojo'>
  /** Left out: what is owed, or as much of it as was handed over. */
  amountMinor?: number
  tipsMinor?: number
  /** What the guest handed over; the rest of it is change. */
  tenderedMinor?: number
}

/** @throws Refusal Conflict: Dojo locked the order, or another till holds it */
export function mustNotBeInTheWay(order: OrderState, nowMs: number, holder: string): void {
  const { lock } = order
  if (lock !== undefined && isLive(lock, nowMs) && !isHeldBy(lock, holder)) {
    throw inTheWay(order, lock, nowMs)
  }
}

/**
 * @param holder the till's name
 * @throws Refusal Conflict: final; locked by Dojo or held by another till; nothing owed, or less
 *   than the amount. InvalidRequest: less handed over than amount and tip, or anything but cash
 *   handed over
 */
export function takeTender(
  order: OrderState,
  nowMs: number,
  { tender, amountMinor, tipsMinor = 0, tenderedMinor }: TenderRequest,
  holder: string,
  currency: string,
): Sums & { amountMinor: number; tipsMinor: number } {
  // Change comes out of the drawer with the cash, whatever was handed over.
  if (tender !== 'Cash' && tenderedMinor !== undefined) {
    throw invalid('The field tenderedMinor goes with cash only; of a voucher, send the amount.')
  }
  if (isFinal(order.status)) throw refusedAsFinal(order)
  mustNotBeInTheWay(order, nowMs, holder)
  const balance = balanceMinor(order)
  const amount =
    amountMinor ??
    Math.min(
      balance,
      tenderedMinor === undefined ? balance : Math.max(0, tenderedMinor - tipsMinor),
    )
  if (amount > balance || balance === 0) {
    throw conflict(
      'overpaid',
      `The payment of ${spoken(amount, currency)} is more than the balance of ${spoken(balance, currency)} on the order ${order.orderId}.`,
      { balanceMinor: balance },
    )
  }
  const dueMinor = exact(amount + tipsMinor, 'The payment')
  if (tenderedMinor !== undefined && tenderedMinor < dueMinor) {
    throw invalid(
      `The field tenderedMinor is ${tenderedMinor}, less than the payment and its tip, which are ${dueMinor}.`,
    )
  }
  if (dueMinor === 0) throw invalid('A payment is of something.')
  return { ...withMore(order, amount, tipsMinor), amountMinor: amount, tipsMinor }
}

/**
 * What becomes of an order when money that the venue took goes back.
 * @throws Refusal Conflict: Dojo took it (it is refunded instead); locked or held
 */
export function voidTender(
  order: OrderState,
  nowMs: number,
  payment: Payment,
  holder: string,
): Sums {
  if (payment.tender === 'Dojo') {
    throw conflict('paid-by-dojo', `Dojo took the payment ${payment.paymentId}; refund it instead.`)
  }
  mustNotBeInTheWay(order, nowMs, holder)
  return voidPayment(order, payment)
}
