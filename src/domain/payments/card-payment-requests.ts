// What a till asks of a card payment: to start one, to try again, to cancel, to judge a signature.
// What cannot work is refused here, before Dojo is asked.
import { conflict, invalid, type Refusal } from '../errors.ts'
import { spoken } from '../money.ts'
import { balanceMinor, mustBeOpen, type Order } from '../orders/order.ts'
import { mustNotBeBlocked } from '../orders/order-lock.ts'
import { isCardHold } from './card-hold.ts'
import { mustAllowCashback, mustAllowTips, type CounterRules } from './counter-rules.ts'
import { awaitsSignature, isLive, judge, lastAttempt, type CardPayment } from './card-payment.ts'

export interface CardPaymentRequest {
  cardPaymentId: string
  share: string
  /** Left out: what is left to pay. */
  amountMinor?: number | undefined
  tipsMinor: number
  cashbackMinor: number
  terminalId: string
  captureMode: 'Auto' | 'Manual'
  cardNotPresent: boolean
}

/** What both a new card payment and another try need to know. */
export interface AtTheTill {
  nowMs: number
  /** The till, as it holds orders. */
  holder: string
  currency: string
  /** The other card payments under way, on the same order or the same machine. */
  underWay: readonly CardPayment[]
}

/** Who starts a card payment, and what the venue allows. */
export interface CardPaymentStarter {
  by: Pick<CardPayment, 'waiterId' | 'tillName'>
  rules: CounterRules
}

/**
 * A new card payment. Refusals in order, all Conflict: the venue does not allow the tip or the
 * cashback; the order is final, or blocked by Dojo's lock or another till; the same share is being
 * paid; more than is left to pay; the machine is busy.
 */
export function startCardPayment(
  order: Order,
  request: CardPaymentRequest,
  { by, rules, ...till }: AtTheTill & CardPaymentStarter,
): CardPayment {
  mustAllowTips(request, rules)
  mustAllowCashback(request, rules, till.currency)
  mustTakeCards(order, request.share, till)
  const amountMinor = amountOf(order, request, till)
  mustBeFree(request.terminalId, till)
  const paysAll = request.captureMode === 'Auto' && amountMinor === order.totalMinor
  return {
    cardPaymentId: request.cardPaymentId,
    orderId: order.orderId,
    kind: 'Sale',
    share: request.share,
    amountMinor,
    tipsMinor: request.tipsMinor,
    serviceChargeMinor: paysAll ? (order.serviceChargeMinor ?? 0) : 0,
    cashbackMinor: request.cashbackMinor,
    captureMode: request.captureMode,
    cardNotPresent: request.cardNotPresent,
    ...by,
    startedAtMs: till.nowMs,
    attempts: [{ terminalId: request.terminalId }],
  }
}

/** @throws Refusal InvalidRequest: nothing says how much to authorise; Conflict `overpaid` */
function amountOf(order: Order, request: CardPaymentRequest, till: AtTheTill): number {
  const { captureMode, amountMinor } = request
  if (captureMode === 'Auto') return amountToTake(order, amountMinor, till)
  if (amountMinor !== undefined) return amountMinor
  throw invalid('amountMinor is missing: say how much to authorise.')
}

/** @throws Refusal Conflict: the order is final or blocked, or the share is being paid */
export function mustTakeCards(order: Order, share: string, till: AtTheTill): void {
  mustBeOpen(order)
  if (!isCardHold(order.lock)) mustNotBeBlocked(order, till.nowMs, till.holder)
  const twin = onOrder(order, till).find((other) => other.share === share)
  if (twin !== undefined) throw refusedAsUnderWay(twin, till)
}

function onOrder({ orderId }: Order, { underWay }: AtTheTill): CardPayment[] {
  return underWay.filter((other) => other.orderId === orderId)
}

function refusedAsUnderWay(payment: CardPayment, { nowMs, currency }: AtTheTill): Refusal {
  const { cardPaymentId, amountMinor } = payment
  const { status, chargeAgain } = judge(payment, nowMs)
  return conflict(
    'card-under-way',
    `A card payment of ${spoken(amountMinor, currency)} on this order is ${status}: wait until it ` +
      'is over, cancel it, or give parts of the bill different shares.',
    {
      cardPaymentId,
      cardPaymentStatus: status,
      chargeAgain,
      terminalId: lastAttempt(payment)?.terminalId,
    },
  )
}

/**
 * What is left to pay, or the wanted part of it. What is under way counts as taken.
 * @throws Refusal Conflict `overpaid`
 */
export function amountToTake(
  order: Order,
  wantedMinor: number | undefined,
  till: AtTheTill,
): number {
  const { currency } = till
  let underWayMinor = 0
  for (const other of onOrder(order, till)) underWayMinor += takenBy(other)
  const leftMinor = balanceMinor(order) - underWayMinor
  const amountMinor = wantedMinor ?? leftMinor
  if (amountMinor > 0 && amountMinor <= leftMinor) return amountMinor
  const aside =
    underWayMinor === 0 ? '' : ` besides ${spoken(underWayMinor, currency)} on card machines`
  throw conflict(
    'overpaid',
    leftMinor <= 0
      ? `Nothing is left to pay on the order ${order.orderId}${aside}.`
      : `Only ${spoken(leftMinor, currency)} is left to pay on the order ${order.orderId}${aside}.`,
    { leftMinor, underWayMinor },
  )
}

/** An authorisation holds money on the card and takes none of the bill; its capture does. */
function takenBy({ kind, captureMode, amountMinor, wanted }: CardPayment): number {
  if (kind !== 'Sale') return 0
  if (captureMode === 'Auto') return amountMinor
  return wanted?.what === 'capture' ? wanted.amountMinor : 0
}

/** @throws Refusal Conflict `terminal-busy` */
export function mustBeFree(
  terminalId: string,
  { underWay, nowMs }: Pick<AtTheTill, 'underWay' | 'nowMs'>,
): void {
  const other = underWay.find((payment) => {
    const last = lastAttempt(payment)
    return last?.terminalId === terminalId && (last.askedAtMs === undefined || isLive(last))
  })
  if (other === undefined) return
  const { cardPaymentId, orderId } = other
  const work = orderId === undefined ? 'a refund' : `the order ${orderId}`
  throw conflict(
    'terminal-busy',
    `The card machine ${terminalId} is busy with ${work}: use another machine, or wait.`,
    { terminalId, cardPaymentId, orderId, cardPaymentStatus: judge(other, nowMs).status },
  )
}

/**
 * Undefined when that was asked for before.
 * @throws Refusal Conflict: the card was charged
 */
export function wantCancel(payment: CardPayment, nowMs: number): CardPayment | undefined {
  const { status } = judge(payment, nowMs)
  if (status === 'Captured' || status === 'Authorized' || status === 'Refunded') {
    const instead = status === 'Refunded' ? '' : ': refund or release it instead'
    throw conflict(
      'card-payment-over',
      `The card payment is ${status}, so it cannot be canceled${instead}.`,
      { cardPaymentId: payment.cardPaymentId, cardPaymentStatus: status },
    )
  }
  return payment.cancelWantedAtMs === undefined
    ? { ...payment, cancelWantedAtMs: nowMs }
    : undefined
}

/**
 * Undefined when the same was said before.
 * @throws Refusal Conflict: the machine is not waiting for a signature, or no longer
 */
export function answerSignature(
  payment: CardPayment,
  isAccepted: boolean,
  nowMs: number,
): CardPayment | undefined {
  const last = lastAttempt(payment)
  const answer = isAccepted ? 'accepted' : 'rejected'
  if (last?.signature === answer) return undefined
  if (last === undefined || last.signature !== undefined || !awaitsSignature(last, nowMs)) {
    throw conflict(
      'card-payment-over',
      `The card machine is not waiting for a signature: the card payment is ` +
        `${judge(payment, nowMs).status}. A signature that nobody judged in time counts as accepted.`,
      { cardPaymentId: payment.cardPaymentId },
    )
  }
  return {
    ...payment,
    attempts: [...payment.attempts.slice(0, -1), { ...last, signature: answer }],
  }
}

/** @throws Refusal InvalidRequest: no machine was named, and the venue has no preferred one */
export function terminalToUse(preferred: string | undefined): string {
  if (preferred !== undefined) return preferred
  throw invalid(
    'terminalId is missing, and the venue prefers no card machine: send one of GET /terminals.',
  )
}

/**
 * The answer to a till whose card payment no machine took.
 * @throws Refusal Conflict `dojo-refused`: Dojo did not make the intent, or start the session
 */
export function mustBeStarted(payment: CardPayment, nowMs: number): void {
  const refused = lastAttempt(payment)?.refused
  const isOver = payment.endedAtMs !== undefined && payment.paymentIntentId === undefined
  if (refused === undefined && !(isOver && payment.problem !== undefined)) return
  const { cardPaymentId } = payment
  const { status, chargeAgain } = judge(payment, nowMs)
  throw conflict('dojo-refused', refused ?? payment.problem ?? '', {
    cardPaymentId,
    cardPaymentStatus: status,
    chargeAgain,
    terminalId: lastAttempt(payment)?.terminalId,
  })
}

/** @throws Refusal Conflict `dojo-refused`: Dojo did not do it with the authorised amount */
export function mustBeAccepted({ cardPaymentId, wanted, problem, intent }: CardPayment): void {
  if (wanted !== undefined || problem === undefined || intent?.status !== 'Authorized') return
  throw conflict('dojo-refused', problem, { cardPaymentId, cardPaymentStatus: intent.status })
}

function noReceipt(cardPaymentId: string): Refusal {
  return conflict(
    'card-payment-over',
    `The card payment ${cardPaymentId} was taken over Dojo's socket, which gives no receipts: the ` +
      'card machine prints them.',
    { cardPaymentId },
  )
}

/**
 * The session and the intent of a card payment that has a receipt.
 * @throws Refusal Conflict: no card was charged or refunded
 */
export function mustHaveReceipt(payment: CardPayment): {
  sessionId: string
  /** Undefined for a refund without a payment. */
  paymentIntentId: string | undefined
} {
  const { cardPaymentId, paymentIntentId, attempts } = payment
  if (payment.socketPaymentId !== undefined) throw noReceipt(cardPaymentId)
  const taken = attempts.find(({ status }) => status === 'Captured' || status === 'Authorized')
  if (taken?.sessionId !== undefined) return { sessionId: taken.sessionId, paymentIntentId }
  throw conflict(
    'card-payment-over',
    `The card payment ${cardPaymentId} has no receipt: no card machine has finished it.`,
    { cardPaymentId },
  )
}

/** @throws Refusal Conflict `content-differs`: the id names a card payment of another content */
export function mustBeTheSame(cardPaymentId: string, known: Buffer, hash: Buffer): void {
  if (known.equals(hash)) return
  throw conflict('content-differs', `The id ${cardPaymentId} already names another card payment.`)
}
