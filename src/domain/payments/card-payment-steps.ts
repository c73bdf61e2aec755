// What is to be done next for a card payment. Every process that takes one up, for the first time
// or after another died, reads the facts and asks here.
import { limits } from '../../limits.ts'
import {
  awaitsSignature,
  isLive,
  isLost,
  isOver,
  isReadForGood,
  judge,
  lastAttempt,
  latestEndMs,
  type Attempt,
  type CardPayment,
} from './card-payment.ts'

export type CardStep =
  /** Written down first, so that the answer can be looked for if it gets lost. */
  | 'ask-for-intent'
  | 'find-intent'
  | 'ask-for-session'
  | 'read-session'
  | 'find-session'
  | 'cancel-session'
  | 'answer-signature'
  | 'read-intent'
  | 'cancel-intent'
  | 'set-amount'
  | 'capture'
  | 'release'
  /** Dojo was asked for nothing, and need not be. */
  | 'end'

export interface NextStep {
  step: CardStep
  /** How long to wait before it. */
  afterMs: number
}

/** Undefined when nothing is left to do. */
export function nextStep(payment: CardPayment, nowMs: number): NextStep | undefined {
  const last = lastAttempt(payment)
  if (payment.kind === 'UnlinkedRefund') return stepOfUnlinked(payment, last!, nowMs)
  if (payment.kind === 'MatchedRefund') return stepOfRefund(payment, last!, nowMs)
  const { status = 'Created' } = payment.intent ?? {}
  const isDecided = status !== 'Created'
  if (last !== undefined && isLive(last) && !(isDecided && isLost(last))) {
    return stepOfLive(payment, last, nowMs)
  }
  if (payment.paymentIntentId === undefined) return stepWithoutIntent(payment)
  if (isDecided) return stepOfDecided(payment, status, nowMs)
  if (last === undefined || last.askedAtMs === undefined) return stepUnasked(payment)
  return stepAfter(payment, last, nowMs)
}

function at(step: CardStep, afterMs = 0): NextStep {
  return { step, afterMs }
}

function stepWithoutIntent(payment: CardPayment): NextStep | undefined {
  if (payment.endedAtMs !== undefined) return undefined
  if (payment.intentAskedAtMs !== undefined) return at('find-intent', limits.sessionPollMs)
  return at(payment.cancelWantedAtMs === undefined ? 'ask-for-intent' : 'end')
}

/** Over the socket the id of the intent is made here, and Dojo knows nothing of it yet. */
function stepUnasked(payment: CardPayment): NextStep | undefined {
  if (payment.cancelWantedAtMs === undefined) return at('ask-for-session')
  if (payment.socketPaymentId === undefined) return at('cancel-intent')
  return payment.endedAtMs === undefined ? at('end') : undefined
}

/** Its intent is there, and is neither made nor canceled for it. */
function stepOfRefund(payment: CardPayment, last: Attempt, nowMs: number): NextStep | undefined {
  if (payment.refund?.isDone === true) {
    // An event may say so before the session is over: the machine is free for others then.
    return payment.endedAtMs === undefined ? at('end') : undefined
  }
  if (last.askedAtMs === undefined) {
    if (payment.endedAtMs !== undefined) return undefined
    return at(payment.cancelWantedAtMs === undefined ? 'ask-for-session' : 'end')
  }
  if (isLive(last)) {
    const live = stepOfLive(payment, last, nowMs)
    return live.step === 'cancel-intent' ? at('find-session', live.afterMs) : live
  }
  const sinceMs = nowMs - (last.overAtMs ?? nowMs)
  const hasRead = (payment.intentReadAtMs ?? 0) > (last.overAtMs ?? 0)
  // What somebody has seen is compared with Dojo for as long as it may still change.
  const isFinal = payment.byHand === undefined || isReadForGood(payment, nowMs)
  if (hasRead && isFinal && judge(payment, nowMs).chargeAgain === 'safe') return undefined
  return at('read-intent', hasRead || sinceMs > limits.sessionLagMs ? pauseMs(sinceMs) : 0)
}

/** It has no intent that could show more than its session. */
function stepOfUnlinked(payment: CardPayment, last: Attempt, nowMs: number): NextStep | undefined {
  if (payment.byHand !== undefined) return undefined
  if (last.askedAtMs === undefined) {
    if (payment.endedAtMs !== undefined) return undefined
    return at(payment.cancelWantedAtMs === undefined ? 'ask-for-session' : 'end')
  }
  if (!isLive(last)) return undefined
  const live = stepOfLive(payment, last, nowMs)
  if (live.step !== 'cancel-intent') return live
  return at(isLost(last) ? 'find-session' : 'read-session', live.afterMs)
}

function stepOfLive(payment: CardPayment, last: Attempt, nowMs: number): NextStep {
  const isWanted = payment.cancelWantedAtMs !== undefined
  const lateMs = nowMs - latestEndMs(last)
  if (lateMs > limits.checkUncertainSeconds * 1000) return at('cancel-intent', pauseMs(lateMs))
  if (isLost(last)) return at(isWanted ? 'cancel-intent' : 'find-session', limits.sessionPollMs)
  if (isWanted && last.cancelSentAtMs === undefined && !isTooEarly(payment, last)) {
    return at('cancel-session')
  }
  if (last.signature !== undefined && last.signatureSentAtMs === undefined) {
    return at('answer-signature')
  }
  return at('read-session', pauseMs(lateMs))
}

/** The socket stops a machine only once it asks for a card. */
function isTooEarly({ socketPaymentId }: CardPayment, { prompt }: Attempt): boolean {
  return socketPaymentId !== undefined && prompt === undefined
}

/**
 * An event says what Dojo's API has to show before it is settled. The two may differ for a while,
 * and staff hear of it when they differ for good.
 */
function stepOfDecided(payment: CardPayment, status: string, nowMs: number): NextStep | undefined {
  const { overAtMs = payment.startedAtMs } = lastAttempt(payment) ?? {}
  const { intentReadAtMs = 0, intentReadStatus } = payment
  if (intentReadStatus === status && intentReadAtMs >= overAtMs) {
    return status === 'Authorized' ? stepOfAuthorized(payment, nowMs) : undefined
  }
  const sinceMs = nowMs - overAtMs
  if (sinceMs > limits.checkUncertainSeconds * 1000) return undefined
  return at('read-intent', intentReadAtMs < overAtMs ? 0 : pauseMs(sinceMs))
}

const STEP_OF = { amount: 'set-amount', capture: 'capture', release: 'release' } as const

/**
 * A capture and a release have no key at Dojo. One whose answer was lost is asked for again only
 * after Dojo has shown that the intent is still Authorized.
 */
function stepOfAuthorized(
  { wanted, intentReadAtMs = 0 }: CardPayment,
  nowMs: number,
): NextStep | undefined {
  if (wanted === undefined) return undefined
  const { askedAtMs } = wanted
  if (askedAtMs === undefined) return at(STEP_OF[wanted.what])
  const pause = pauseMs(nowMs - wanted.atMs)
  return intentReadAtMs > askedAtMs ? at(STEP_OF[wanted.what], pause) : at('read-intent', pause)
}

/** The machine is done, and Dojo has not shown what became of the money. */
function stepAfter(payment: CardPayment, last: Attempt, nowMs: number): NextStep {
  const { chargeAgain, unknownUntilMs = 0 } = judge(payment, nowMs)
  const sinceMs = nowMs - (last.overAtMs ?? last.askedAtMs ?? nowMs)
  const hasRead = (payment.intentReadAtMs ?? 0) > (last.overAtMs ?? 0)
  if (!hasRead) return at('read-intent', sinceMs < limits.sessionLagMs ? 0 : pauseMs(sinceMs))
  if (chargeAgain === 'notSafe') return at('read-intent', pauseMs(sinceMs))
  const { cancelWantedAtMs } = payment
  if (cancelWantedAtMs !== undefined) {
    return cancelIntent(payment, Math.min(sinceMs, nowMs - cancelWantedAtMs))
  }
  if (chargeAgain === 'safe') {
    // A declined card keeps its intent for the next try, for a while.
    return at('cancel-intent', Math.max(0, limits.declinedKeptSeconds * 1000 - sinceMs))
  }
  if (last.status !== 'Expired') return cancelIntent(payment, sinceMs)
  const afterMs = Math.min(pauseMs(sinceMs), Math.max(0, unknownUntilMs - nowMs))
  return at(nowMs >= unknownUntilMs ? 'cancel-intent' : 'read-intent', afterMs)
}

/**
 * At once, and where Dojo refuses it, as often as everything else. Over the socket nothing can be
 * closed: it is looked at again.
 */
function cancelIntent({ socketPaymentId }: CardPayment, sinceMs: number): NextStep {
  const isAtOnce = socketPaymentId === undefined && sinceMs < limits.sessionPollMs
  return at('cancel-intent', isAtOnce ? 0 : pauseMs(sinceMs))
}

/** Once a second while the cashier waits, then slower. */
function pauseMs(sinceMs: number): number {
  if (sinceMs < limits.cashierWaitsMs) return limits.sessionPollMs
  return Math.min(Math.max(sinceMs / 4, limits.sessionPollMs), limits.cardPaymentSlowPollMs)
}

/** Whether the cashier waits for it, so that it is followed closely. */
export function isWatchedClosely(payment: CardPayment, nowMs: number): boolean {
  const last = lastAttempt(payment)
  if (last === undefined) return true
  const { cancelWantedAtMs = 0, wanted } = payment
  if (wanted !== undefined) return nowMs - wanted.atMs < limits.cashierWaitsMs
  if (nowMs - cancelWantedAtMs < limits.cashierWaitsMs) return true
  if (isLive(last)) return nowMs - latestEndMs(last) < limits.cashierWaitsMs
  if (!isOver(last)) return true
  return nowMs - (last.overAtMs ?? nowMs) < limits.cashierWaitsMs
}

export function secondsToSign(attempt: Attempt, nowMs: number): number | undefined {
  if (!awaitsSignature(attempt, nowMs)) return undefined
  const untilMs = (attempt.signatureSinceMs ?? nowMs) + limits.signatureSeconds * 1000
  return Math.max(0, Math.ceil((untilMs - nowMs) / 1000))
}
