// Payments of the EPOS in memory, and the events that take them back.
import type { Schemas } from '../../../src/contract/capabilities.ts'
import {
  checkCurrency,
  checkOptionalText,
  checkText,
  conflict,
  EposRefusal,
  invalid,
  isObject,
  minorOf,
  timeOf,
} from './epos-checks.ts'
import { checkLock, isOpen, leaveGap } from './epos-locks.ts'
import { viewOrder } from './epos-order-view.ts'
import {
  orderOf,
  type Epos,
  type EposOrder,
  type EposPayment,
  type Handlers,
} from './epos-state.ts'

export type AskedPayment = Pick<EposPayment, 'paymentIntentId' | 'amountMinor' | 'tipsMinor'>

/** Dojo's words for money that went back, or never came. */
const NOT_PAID = ['Reversed', 'Refunded', 'Canceled']

export function eposPayment(
  epos: Epos,
  { paymentIntentId, paidAmount, tipsAmount }: Schemas['Payment'],
  field = '',
): AskedPayment {
  checkText(paymentIntentId, `${field}paymentIntentId`)
  const amountMinor = minorOf(paidAmount, `${field}paidAmount`)
  const tipsMinor = tipsAmount === undefined ? 0 : minorOf(tipsAmount, `${field}tipsAmount`)
  if (!epos.faults.has('other-currency-accepted')) {
    checkCurrency(paidAmount, epos.currency, `${field}paidAmount`)
    checkCurrency(tipsAmount, epos.currency, `${field}tipsAmount`)
  }
  return { paymentIntentId, amountMinor, tipsMinor }
}

/**
 * Whether there is nothing more to do for a payment, because this order has it.
 * @throws EposRefusal Conflict: another order has it, or this one with other amounts
 */
function isRepeated(
  { faults, paymentsOfIntent }: Epos,
  order: EposOrder,
  asked: AskedPayment,
): boolean {
  const known = paymentsOfIntent.get(asked.paymentIntentId)
  if (known === undefined) return false
  const own = known.find(({ orderId }) => orderId === order.id)
  if (own === undefined) {
    if (faults.has('intent-on-two-orders')) return false
    throw conflict(`The payment intent ${asked.paymentIntentId} is recorded on another order.`)
  }
  if (own.amountMinor !== asked.amountMinor || own.tipsMinor !== asked.tipsMinor) {
    if (faults.has('intent-with-other-amount-accepted')) return true
    throw conflict(`The payment intent ${asked.paymentIntentId} is recorded with other amounts.`)
  }
  if (faults.has('repeated-payment-refused')) {
    throw conflict(`The payment intent ${asked.paymentIntentId} is recorded already.`)
  }
  return !faults.has('payment-counted-twice')
}

/** @throws EposRefusal Conflict */
export function checkNotTakenBack({ words }: Epos, paymentIntentId: string): void {
  const word = words.get(paymentIntentId)
  if (word !== undefined && NOT_PAID.includes(word.status)) {
    throw conflict(`Dojo has said that the payment intent ${paymentIntentId} is ${word.status}.`)
  }
}

export function keepPayment(epos: Epos, order: EposOrder, asked: AskedPayment): void {
  const payment: EposPayment = { ...asked, orderId: order.id, stands: true }
  const known = epos.paymentsOfIntent.get(asked.paymentIntentId)
  if (known === undefined) epos.paymentsOfIntent.set(asked.paymentIntentId, [payment])
  else known.push(payment)
  order.payments.push(payment)
  order.paidMinor += takenOffBalance(epos, payment)
  order.tipsMinor += payment.tipsMinor
  order.updatedAt = new Date().toISOString()
}

const takenOffBalance = ({ faults }: Epos, { amountMinor, tipsMinor }: EposPayment): number =>
  faults.has('tips-counted-as-paid') ? amountMinor + tipsMinor : amountMinor

/** An order is closed by paying it. */
function closeIfPaid({ faults }: Epos, order: EposOrder): void {
  if (order.paidMinor < order.totalMinor || !isOpen(order) || faults.has('stays-open-when-paid')) {
    return
  }
  order.statusBeforeFinal = order.status
  order.status = 'Finalized'
}

function takeBack(epos: Epos, payment: EposPayment): void {
  const order = epos.orders.get(payment.orderId)
  if (order === undefined || !payment.stands) return
  payment.stands = false
  order.paidMinor -= takenOffBalance(epos, payment)
  order.tipsMinor -= payment.tipsMinor
  if (order.status === 'Finalized') order.status = order.statusBeforeFinal ?? 'Ready'
  order.updatedAt = new Date().toISOString()
}

function checkEvent({ id, accountId, event, data, createdAt }: Schemas['Event']): number {
  checkText(id, 'id')
  checkText(accountId, 'accountId')
  checkText(event, 'event')
  if (!isObject(data)) throw invalid('The field data must be an object.')
  if (event.startsWith('payment_intent.')) {
    checkText(data['paymentIntentId'], 'data.paymentIntentId')
    checkText(data['paymentStatus'], 'data.paymentStatus')
    checkText(data['captureMode'], 'data.captureMode')
  }
  return timeOf(createdAt, 'createdAt')
}

/** At the same instant, an event that gives the money back wins. */
function hearWord(
  { faults, words }: Epos,
  paymentIntentId: string,
  status: string,
  atMs: number,
): boolean {
  const known = words.get(paymentIntentId)
  const isLate =
    known !== undefined &&
    (atMs < known.atMs || (atMs === known.atMs && !NOT_PAID.includes(status)))
  if (isLate && !faults.has('late-event-wins')) return false
  words.set(paymentIntentId, { status, atMs })
  return true
}

export const paymentHandlers: Pick<Handlers, 'RecordOrderPaymentById' | 'HandleEvent'> = {
  RecordOrderPaymentById: async (epos, input, deviceId) => {
    const { faults } = epos
    const asked = eposPayment(epos, input)
    checkOptionalText(input.lockId, 'lockId')
    const order = orderOf(epos, input.orderId)
    if (isRepeated(epos, order, asked)) return viewOrder(epos, order)
    if (faults.has('parallel-repetition-counted-twice')) await leaveGap()
    if (
      !isOpen(order) &&
      !(order.status === 'Canceled' && faults.has('payment-on-canceled-order-accepted'))
    ) {
      throw conflict(`The order ${order.id} is ${order.status}.`)
    }
    if (!faults.has('payment-under-anothers-lock')) checkLock(epos, order, deviceId, input.lockId)
    const balanceMinor = order.totalMinor - order.paidMinor
    if (asked.amountMinor > balanceMinor && !faults.has('overpayment-accepted')) {
      throw conflict(`The payment is more than the balance of ${balanceMinor} minor units.`)
    }
    checkNotTakenBack(epos, asked.paymentIntentId)
    if (faults.has('parallel-payments-overpay')) {
      await leaveGap()
      if (isRepeated(epos, order, asked)) return viewOrder(epos, order)
    }
    const before = faults.has('stale-answer') ? viewOrder(epos, order) : undefined
    const kept = faults.has('payment-lost') ? structuredClone(order) : order
    keepPayment(epos, kept, asked)
    closeIfPaid(epos, kept)
    return before ?? viewOrder(epos, kept)
  },

  HandleEvent: (epos, event) => {
    const createdAtMs = checkEvent(event)
    if (epos.eventIds.has(event.id)) {
      if (epos.faults.has('reversal-twice-breaks')) {
        throw new EposRefusal('UnexpectedError', 'Duplicate entry for the key of events.')
      }
      return {}
    }
    epos.eventIds.add(event.id)
    if (!['payment_intent.created', 'payment_intent.status_updated'].includes(event.event)) {
      if (epos.faults.has('unknown-event-refused')) {
        throw invalid(`The event ${event.event} is unknown.`)
      }
      return {}
    }
    if (epos.accountId !== undefined && event.accountId !== epos.accountId) return {}
    const { paymentIntentId, paymentStatus } = event.data as Schemas['PaymentIntentEvent']
    if (!hearWord(epos, paymentIntentId, paymentStatus, createdAtMs)) return {}
    if (NOT_PAID.includes(paymentStatus) && !epos.faults.has('reversal-ignored')) {
      epos.paymentsOfIntent.get(paymentIntentId)?.forEach((payment) => {
        takeBack(epos, payment)
      })
    }
    return {}
  },
}
