// Another try of a card payment: with another card, or on another machine.
import { conflict } from '../errors.ts'
import type { Order } from '../orders/order.ts'
import { isLive, judge, lastAttempt, type CardPayment } from './card-payment.ts'
import { amountToTake, mustBeFree, mustTakeCards, type AtTheTill } from './card-payment-requests.ts'

/**
 * Another try, on the same intent: Dojo captures an intent once, so the guest cannot pay it twice.
 * Refusals in order, all Conflict: it is under way, or paid; it is over for good; what became of
 * the last try is unknown and nobody confirmed that the machine shows no approval; those of
 * `startCardPayment`.
 */
export function tryAgain(
  payment: CardPayment,
  order: Order,
  { terminalId, isConfirmed, ...till }: AtTheTill & { terminalId: string; isConfirmed: boolean },
): CardPayment {
  const { nowMs } = till
  const { status, chargeAgain, unknownUntilMs } = judge(payment, nowMs)
  const facts = { cardPaymentId: payment.cardPaymentId, cardPaymentStatus: status, chargeAgain }
  const isUnderWay = conflict(
    'card-under-way',
    `The card payment is ${status}; it cannot be retried.`,
    facts,
  )
  if (chargeAgain === 'notSafe') throw isUnderWay
  if (payment.kind === 'Sale' && isIntentOver(payment)) {
    throw conflict(
      'card-payment-over',
      `The card payment ${payment.cardPaymentId} is ${status}: start a new one.`,
      facts,
    )
  }
  const last = lastAttempt(payment)
  if (last !== undefined && isLive(last)) throw isUnderWay
  if (chargeAgain === 'unknown' && !isConfirmed) {
    throw conflict(
      'charge-unknown',
      'It is not known whether the card was charged. Look at the card machine or its receipt: ' +
        'if it shows no approval, send the request again with "noApprovalSeen": true.',
      { ...facts, unknownUntil: unknownUntilMs && new Date(unknownUntilMs).toISOString() },
    )
  }
  if (payment.kind === 'Sale') {
    mustTakeCards(order, payment.share, till)
    if (payment.captureMode === 'Auto') amountToTake(order, payment.amountMinor, till)
  }
  mustBeFree(terminalId, till)
  return {
    ...payment,
    attempts: [...payment.attempts, { terminalId }],
    cancelWantedAtMs: undefined,
    endedAtMs: undefined,
    problem: undefined,
  }
}

/**
 * Whether `tryAgain` takes it, once somebody has looked at the machine if need be. A refund without
 * a payment has no other try: it is given anew.
 */
export function canTryAgain(payment: CardPayment, nowMs: number): boolean {
  if (payment.kind === 'UnlinkedRefund') return false
  if (payment.kind === 'Sale' && isIntentOver(payment)) return false
  const last = lastAttempt(payment)
  return judge(payment, nowMs).chargeAgain !== 'notSafe' && !(last !== undefined && isLive(last))
}

const OVER: ReadonlySet<string> = new Set(['Canceled', 'Reversed', 'Refunded'])

/**
 * No card can pay it any more. Dojo reverses an intent whose signature was rejected, and may show
 * it a little later than the session.
 */
function isIntentOver({ paymentIntentId, intent, attempts, ...read }: CardPayment): boolean {
  if (paymentIntentId === undefined) return true
  if (intent !== undefined && OVER.has(intent.status)) return true
  const { intentReadAtMs = 0, intentReadStatus } = read
  return attempts.some(
    ({ status, overAtMs = 0 }) =>
      status === 'SignatureVerificationRejected' &&
      !(intentReadStatus === 'Created' && intentReadAtMs > overAtMs),
  )
}
