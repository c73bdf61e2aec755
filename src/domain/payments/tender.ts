// Money that the venue takes by itself: cash, vouchers, whatever else it accepts. Payments through
// Dojo are in payment.ts.
import type { Caller, Origin } from '../caller.ts'
import { same } from '../../lib/same.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { exact, spoken } from '../money.ts'
import {
  balanceMinor,
  mustBeOpen,
  type Order,
  type OrderChange,
  type Payment,
} from '../orders/order.ts'
import { splitByItems } from '../orders/fair-split.ts'
import { mustNotBeBlocked } from '../orders/order-lock.ts'
import { isVoid, originOf, voidPayment, withPayment } from './payment.ts'

export interface TenderRequest {
  /** An id of the till's own: the same again changes nothing. */
  id?: string
  tender: Exclude<Payment['tender'], 'Dojo' | 'Deposit'>
  /** Left out: what is owed, for its items if it names them, or as much as was handed over. */
  amountMinor?: number
  tipsMinor?: number
  /** What the guest handed over; the rest of it is change. */
  tenderedMinor?: number
  reference?: string
  /** The items that it pays for. */
  lineIds?: readonly string[]
}

/** The venue's rule for cash. */
export interface CashRule {
  /** Cash that pays what is left of an order is rounded to this; undefined for none. */
  cashRoundingMinor?: number | undefined
}

/**
 * Undefined where the order has the payment already.
 * @param holder the till's name
 * @throws Refusal Conflict: the same id with other content; final; locked by Dojo or held by
 *   another till; nothing owed, or less than the amount; an item that is void. NotFound: an item.
 *   InvalidRequest: less handed over than amount and tip, or something other than cash handed over;
 *   nothing paid; a modifier or sub-item, or an item twice
 */
export function takeTender(
  order: Order,
  request: TenderRequest,
  taking: {
    paymentId: string
    nowMs: number
    holder: string
    caller: Origin & Pick<Caller, 'currency'> & CashRule
  },
): OrderChange | undefined {
  if (isTaken(order, request)) return undefined
  const { paymentId, nowMs, holder, caller } = taking
  const { tender, tipsMinor, tenderedMinor, reference, lineIds } = request
  // Change comes out of the drawer with the cash, whatever was handed over.
  if (tender !== 'Cash' && tenderedMinor !== undefined) {
    throw invalid(
      'The field tenderedMinor goes with cash only; for another tender, send amountMinor.',
    )
  }
  mustBeOpen(order)
  mustNotBeBlocked(order, nowMs, holder)
  const { amountMinor, roundingMinor } = amountOf(order, request, caller)
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
    roundingMinor,
    lineIds: lineIds && [...lineIds],
    reference,
  }
  const particulars = { paymentId, tender, tenderedMinor, roundingMinor, reference, lineIds }
  const detail = { amountMinor, tipsMinor, ...particulars }
  return { action: 'PaymentRecorded', ...withPayment(order, payment, detail) }
}

/** @throws Refusal Conflict: the same id with other content */
function isTaken(
  { payments }: Order,
  { id, tender, amountMinor, tipsMinor = 0, tenderedMinor, lineIds }: TenderRequest,
): boolean {
  const known = payments.find((payment) => payment.paymentId === id)
  if (known === undefined) return false
  const isSame =
    known.tender === tender &&
    (known.tipsMinor ?? 0) === tipsMinor &&
    known.tenderedMinor === tenderedMinor &&
    same(known.lineIds, lineIds) &&
    (amountMinor === undefined || known.amountMinor === amountMinor)
  if (isSame) return true
  throw conflict(
    'content-differs',
    `The payment ${id} is already on this order, with other content.`,
  )
}

interface Due {
  /** Without the tip. */
  amountMinor: number
  /** Undefined where nothing is rounded. */
  roundingMinor: number | undefined
}

function amountOf(
  order: Order,
  request: TenderRequest,
  { currency, cashRoundingMinor }: Pick<Caller, 'currency'> & CashRule,
): Due {
  const { tender, tipsMinor = 0, tenderedMinor, lineIds } = request
  const balance = balanceMinor(order)
  const owed = lineIds === undefined ? balance : splitByItems(order, [lineIds])[0]!.toPayMinor
  if (balance > 0 && owed === 0) {
    throw conflict('overpaid', `These items of the order ${order.orderId} are paid already.`, {
      balanceMinor: balance,
    })
  }
  const offMinor = tender === 'Cash' ? roundingOf(balance, cashRoundingMinor) : 0
  const handedOver = tenderedMinor === undefined ? owed : Math.max(0, tenderedMinor - tipsMinor)
  const paysAll = owed === balance && handedOver >= balance + offMinor
  const amountMinor = request.amountMinor ?? (paysAll ? balance : Math.min(owed, handedOver))
  if (amountMinor > balance || balance === 0) {
    throw conflict(
      'overpaid',
      `The payment of ${spoken(amountMinor, currency)} is more than the balance of ` +
        `${spoken(balance, currency)} on the order ${order.orderId}.`,
      { balanceMinor: balance },
    )
  }
  const exactMinor = exact(amountMinor + tipsMinor, 'The payment')
  if (exactMinor === 0) throw invalid('A payment cannot be zero.')
  // A guest who has the small coins may pay exactly what is owed.
  const isExact = tenderedMinor !== undefined && handedOver === amountMinor
  const roundingMinor = amountMinor === balance && !isExact ? offMinor : 0
  mustCover(tenderedMinor, exactMinor + roundingMinor)
  return { amountMinor, roundingMinor: roundingMinor === 0 ? undefined : roundingMinor }
}

/** What is to be added to an amount to round it to the nearest multiple. */
function roundingOf(amountMinor: number, multiple: number | undefined): number {
  if (multiple === undefined) return 0
  return Math.round(amountMinor / multiple) * multiple - amountMinor
}

/** @throws Refusal InvalidRequest: less handed over than is due */
function mustCover(tenderedMinor: number | undefined, dueMinor: number): void {
  if (tenderedMinor === undefined || tenderedMinor >= dueMinor) return
  throw invalid(
    `The field tenderedMinor is ${tenderedMinor}, less than the payment and its tip, ` +
      `which are ${dueMinor}.`,
  )
}

/** What goes back to the guest of the cash that they handed over; undefined where none was. */
export function changeMinor({
  amountMinor,
  tipsMinor = 0,
  tenderedMinor,
  roundingMinor = 0,
}: Pick<Payment, 'amountMinor' | 'tipsMinor' | 'tenderedMinor' | 'roundingMinor'>):
  number | undefined {
  if (tenderedMinor === undefined) return undefined
  return tenderedMinor - amountMinor - tipsMinor - roundingMinor
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
