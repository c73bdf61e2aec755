// Another try of a card payment: with another card, or on another machine.
import { conflict, type Refusal } from '../errors.ts'
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
  const judged = judge(payment, till.nowMs)
  const hindrance = hindranceTo(payment, judged)
  if (hindrance !== undefined) throw refusalOf(hindrance, payment, judged)
  if (judged.chargeAgain === 'unknown' && !isConfirmed) {
    throw refusalOf('unconfirmed', payment, judged)
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
    // What somebody saw of a refund was about the try before.
    byHand: payment.kind === 'Sale' ? payment.byHand : undefined,
  }
}

/** Where it is tried again: at the same machine, unless another is wanted. */
export function terminalOfNextTry(
  { attempts }: Pick<CardPayment, 'attempts'>,
  wanted: string | undefined,
): string {
  return wanted ?? attempts.at(-1)!.terminalId
}

/**
 * Whether `tryAgain` takes it, once somebody has looked at the machine if need be. A refund without
 * a payment has no other try: it is given anew.
 */
export function canTryAgain(payment: CardPayment, nowMs: number): boolean {
  const isRepeatable = payment.kind !== 'UnlinkedRefund'
  return isRepeatable && hindranceTo(payment, judge(payment, nowMs)) === undefined
}

type Judged = ReturnType<typeof judge>
/** Unknown: over the socket another try is another payment, so that looking at it is not enough. */
type Hindrance = 'under way' | 'over' | 'unknown'

function hindranceTo(payment: CardPayment, { status, chargeAgain }: Judged): Hindrance | undefined {
  if (chargeAgain === 'notSafe') return 'under way'
  if (payment.kind === 'Sale' && isIntentOver(payment, status)) return 'over'
  const last = lastAttempt(payment)
  if (last !== undefined && isLive(last)) return 'under way'
  return chargeAgain === 'unknown' && payment.socketPaymentId !== undefined ? 'unknown' : undefined
}

function refusalOf(
  why: Hindrance | 'unconfirmed',
  { cardPaymentId }: CardPayment,
  { status, chargeAgain, unknownUntilMs }: Judged,
): Refusal {
  const facts = { cardPaymentId, cardPaymentStatus: status, chargeAgain }
  const until = { ...facts, unknownUntil: unknownUntilMs && new Date(unknownUntilMs).toISOString() }
  switch (why) {
    case 'under way':
      return conflict(
        'card-under-way',
        `The card payment is ${status}; it cannot be retried.`,
        facts,
      )
    case 'over':
      return conflict(
        'card-payment-over',
        `The card payment ${cardPaymentId} is ${status}: start a new one.`,
        facts,
      )
    case 'unknown':
      return conflict(
        'charge-unknown',
        "It is not known whether the card was charged, and over Dojo's socket another try is " +
          'another payment: wait until Dojo has reported it, or have a manager record what the ' +
          'machine shows.',
        until,
      )
    case 'unconfirmed':
      return conflict(
        'charge-unknown',
        'It is not known whether the card was charged. Look at the card machine or its receipt: ' +
          'if it shows no approval, send the request again with "noApprovalSeen": true.',
        until,
      )
  }
}

const OVER: ReadonlySet<string> = new Set(['Canceled', 'Reversed', 'Refunded'])

/**
 * No card can pay it any more. Dojo reverses an intent whose signature was rejected, and may show
 * it a little later than the session. Over the socket the next try of a declined card has an id of
 * its own.
 */
function isIntentOver(payment: CardPayment, status: string): boolean {
  const { paymentIntentId, socketPaymentId, intent, attempts, ...read } = payment
  if (paymentIntentId === undefined) return true
  if (socketPaymentId !== undefined && status === 'Declined') return false
  if (intent !== undefined && OVER.has(intent.status)) return true
  const { intentReadAtMs = 0, intentReadStatus } = read
  return attempts.some(
    ({ status: of, overAtMs = 0 }) =>
      of === 'SignatureVerificationRejected' &&
      !(intentReadStatus === 'Created' && intentReadAtMs > overAtMs),
  )
}
