// Money of a payment that goes back through Dojo because a till asks for it. One refund of a
// payment is open at a time: while it is not known whether money went back, no more of it is sent
// after, and what Dojo shows as gone back can be told to be this one's.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import type { Order, OrderChange, Payment } from '../orders/order.ts'
import { inTheWay, isLive } from '../orders/order-lock.ts'
import {
  isVoid,
  refundPayment,
  remainingMinor,
  remainingTipsMinor,
  voidPayment,
} from './payment.ts'

/**
 * Asked: it is not known yet whether Dojo did it. Done: the money went back. Owed: only a terminal
 * can give it back, and has not yet. Refused: it will not go back by this refund.
 */
export const refundStatuses = ['Pending', 'Done', 'CardRequired', 'Refused'] as const
export type RefundStatus = (typeof refundStatuses)[number]

export interface Refund {
  refundId: string
  paymentId: string
  paymentIntentId: string
  orderId: string
  /** Of the amount and the tip together. */
  amountMinor: number
  /** What had gone back of the payment when this was asked for, amount and tip together. */
  refundedBeforeMinor: number
  reason: string
  status: RefundStatus
  /** Why it is not done, in the words of Dojo or of whoever withdrew it. */
  problem?: string
  dojoRefundId?: string
  waiterId?: string
  tillName?: string
  requestedAt: string
  resolvedAt?: string
}

/**
 * What came of asking Dojo. `card-must-be-present`: the card was read by a terminal, so only a
 * terminal can give the money back.
 */
export type RefundOutcome =
  | { outcome: 'done'; dojoRefundId: string }
  | { outcome: 'card-must-be-present'; problem: string }
  | { outcome: 'refused'; problem: string }
  | { outcome: 'unknown'; problem: string }

export const isOpenRefund = ({ status }: Pick<Refund, 'status'>): boolean =>
  status === 'Pending' || status === 'CardRequired'

/** What is known to have gone back of a payment, once this refund is done. */
export const goneBackWith = ({
  refundedBeforeMinor,
  amountMinor,
}: Pick<Refund, 'refundedBeforeMinor' | 'amountMinor'>): number => refundedBeforeMinor + amountMinor

/**
 * How much goes back: what is wanted, or all that stands with its tip. Refusals in order, all
 * Conflict: the payment is void; Dojo holds its lock on the order; another refund of the payment is
 * open; more than stands.
 */
export function amountToRefund(
  order: Order,
  payment: Payment,
  nowMs: number,
  {
    wantedMinor,
    open,
    currency,
  }: { wantedMinor: number | undefined; open: Refund | undefined; currency: string },
): number {
  if (isVoid(payment)) {
    throw conflict(
      'void',
      `The payment ${payment.paymentId} is void: nothing of it can be given back.`,
    )
  }
  const { lock } = order
  if (lock?.kind === 'DojoLock' && isLive(lock, nowMs)) throw inTheWay(order, lock, nowMs)
  if (open !== undefined) throw refusedAsOpen(open, currency)
  const standsMinor = remainingMinor(payment) + remainingTipsMinor(payment)
  const amountMinor = wantedMinor ?? standsMinor
  if (amountMinor > standsMinor || amountMinor === 0) {
    throw conflict(
      'more-than-stands',
      `Of the payment ${payment.paymentId} there stand ${spoken(standsMinor, currency)} with the tip, which is less than can be given back by this.`,
      { standsMinor },
    )
  }
  return amountMinor
}

function refusedAsOpen({ refundId, paymentId, amountMinor, status }: Refund, currency: string) {
  const facts = { refundId, amountMinor }
  if (status === 'CardRequired') {
    return conflict(
      'card-must-be-present',
      `A refund of ${spoken(amountMinor, currency)} of the payment ${paymentId} is owed already: give it on a terminal, or withdraw it, before another.`,
      facts,
    )
  }
  return conflict(
    'refund-unknown',
    `It is not known yet whether a refund of ${spoken(amountMinor, currency)} of the payment ${paymentId} was done: ask for that one again, with the id ${refundId}, before another.`,
    facts,
  )
}

/**
 * The change of an order when so much of a payment has gone back, amount and tip together; undefined
 * where that is known already.
 */
export function takeBack(
  order: Order,
  payment: Payment,
  goneBackMinor: number,
  { nowMs, detail = {} }: { nowMs: number; detail?: object },
): OrderChange | undefined {
  if (isVoid(payment)) return undefined
  const { amountMinor, tipsMinor = 0 } = payment
  if (goneBackMinor < amountMinor + tipsMinor) {
    return refundPayment(order, payment, goneBackMinor, detail)
  }
  const reason = 'Dojo: Refunded'
  return voidPayment(order, payment, { nowMs, reason, detail: { amountMinor, ...detail } })
}
