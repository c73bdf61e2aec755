// A payment that a till starts on a card machine, and what is known of it at any time. The facts
// come in any order: Dojo's answers, its events and webhooks, and the sessions on the machine.
//
// | newest status of the intent | sessions                     | status            | charge again |
// | --------------------------- | ---------------------------- | ----------------- | ------------ |
// | any                         | waiting for a signature      | SignatureRequired | notSafe      |
// | Captured, Authorized        | any, once Dojo's API shows it| as the intent     | notSafe      |
// | Refunded, Reversed          | any                          | see `goneBack`    | safe         |
// | Canceled                    | over                         | as the last one   | safe         |
// | Created or not known        | none, or one that goes on    | Waiting, Prompting| notSafe      |
// |                             | Captured or Authorized       | Waiting           | notSafe      |
// |                             | Declined, or never started   | Declined, Canceled| safe         |
// |                             | Canceled or Expired          | the same          | unknown      |
// |                             | an answer of Dojo's was lost | Unknown           | unknown      |
//
// A session that is Canceled or Expired proves nothing: its capture may be reported minutes later.
// Two things prove that no card was charged: Dojo cancels the intent, after which nothing can be
// captured on it; or it still shows the intent as Created when `unknownUntil` has passed.
import { limits } from '../../limits.ts'
import type { ReportedStatus } from './intent.ts'

export const cardPaymentStatuses = [
  'Waiting',
  'Prompting',
  'SignatureRequired',
  'Authorized',
  'Captured',
  'Declined',
  'Canceled',
  'Expired',
  'Unknown',
  'Refunded',
] as const
export type CardPaymentStatus = (typeof cardPaymentStatuses)[number]

export const chargeAgainAnswers = ['safe', 'notSafe', 'unknown'] as const
export type ChargeAgain = (typeof chargeAgainAnswers)[number]

/** One try on a card machine. Times are the database's. */
export interface Attempt {
  terminalId: string
  /** Written before Dojo is asked for the session. */
  askedAtMs?: number
  sessionId?: string
  /** The session's status as Dojo last showed it. */
  status?: string
  /** Why Dojo did not start the session; it certainly did not. */
  refused?: string
  /** What the machine shows the guest, such as PresentCard. */
  prompt?: string
  expiresAtMs?: number
  signatureSinceMs?: number
  /** What the cashier said of the signature, and when Dojo heard of it. */
  signature?: 'accepted' | 'rejected'
  signatureSentAtMs?: number
  cancelSentAtMs?: number
  /** When it was found to be over. */
  overAtMs?: number
}

export const cardPaymentKinds = ['Sale', 'MatchedRefund', 'UnlinkedRefund'] as const

export interface CardPayment {
  cardPaymentId: string
  /** Undefined for an UnlinkedRefund, which belongs to no order. */
  orderId: string | undefined
  kind: (typeof cardPaymentKinds)[number]
  /** The refund that is given on the machine, and whether its money went back, as Dojo shows it. */
  refund?: { refundId: string; isDone: boolean }
  /** Parts of a bill that are paid at the same time have different shares. */
  share: string
  /** What it pays of the bill, service charge included and tip excluded. */
  amountMinor: number
  tipsMinor: number
  serviceChargeMinor: number
  /** Cash that the guest gets out of the drawer. The card pays it besides the amount. */
  cashbackMinor: number
  captureMode: 'Auto' | 'Manual'
  cardNotPresent: boolean
  waiterId?: string
  tillName?: string
  startedAtMs: number
  /** Written before Dojo is asked for the intent. */
  intentAskedAtMs?: number
  paymentIntentId?: string
  /**
   * Made before Dojo is asked, where Dojo is asked through its socket for the counter: the id of
   * the newest try there, and for a sale of its intent. Undefined over REST.
   */
  socketPaymentId?: string
  /** The newest status of a sale's intent, from Dojo's API or an event. */
  intent?: ReportedStatus
  /** When Dojo's API last showed the intent, and as what. */
  intentReadAtMs?: number
  intentReadStatus?: string
  attempts: readonly Attempt[]
  cancelWantedAtMs?: number
  /** Somebody saw the machine's approval, and had it recorded although Dojo does not show it. */
  byHand?: ByHand
  /** What the till wants done with an authorised amount. */
  wanted?: WantedOfAuthorized
  /** Nothing of it is under way any more. */
  endedAtMs?: number
  /** What went wrong last, for the cashier. */
  problem?: string
  /** Why an UnlinkedRefund is given, and since when its money is known to be with the guest. */
  reason?: string
  givenAtMs?: number
}

export interface ByHand {
  atMs: number
  by?: string | undefined
  reason: string
  /** For a refund: whether the card machine shows that it gave the money. */
  given?: boolean
}

export interface WantedOfAuthorized {
  what: 'amount' | 'capture' | 'release'
  /** The new amount, or what is captured of the bill. */
  amountMinor: number
  tipsMinor: number
  atMs: number
  /** Written before Dojo is asked. */
  askedAtMs?: number
}

export interface Judgement {
  status: CardPaymentStatus
  chargeAgain: ChargeAgain
  unknownUntilMs?: number
  /** Whether its amount counts as taken, because it may still be. */
  isUnderWay: boolean
}

const OVER: ReadonlySet<string> = new Set([
  'Authorized',
  'Captured',
  'Canceled',
  'SignatureVerificationRejected',
  'Expired',
  'Declined',
])
const TAKEN: ReadonlySet<string> = new Set(['Authorized', 'Captured'])
/** No money moves by such an attempt, and that is certain. */
export const declinedStatuses = ['Declined', 'SignatureVerificationRejected'] as const
const DECLINED: ReadonlySet<string> = new Set(declinedStatuses)
const PROVES_NOTHING_FOR_MS = limits.checkUncertainSeconds * 1000

export function isOver({ refused, status, overAtMs }: Attempt): boolean {
  return (
    refused !== undefined || overAtMs !== undefined || (status !== undefined && OVER.has(status))
  )
}

/** The card machine works on it, as far as anybody knows. */
export function isLive(attempt: Attempt): boolean {
  return attempt.askedAtMs !== undefined && !isOver(attempt)
}

/** Dojo was asked to start a session and nobody heard the answer. */
export function isLost({ askedAtMs, sessionId, refused }: Attempt): boolean {
  return askedAtMs !== undefined && sessionId === undefined && refused === undefined
}

export function lastAttempt({ attempts }: Pick<CardPayment, 'attempts'>): Attempt | undefined {
  return attempts.at(-1)
}

export function judge(payment: CardPayment, nowMs: number): Judgement {
  if (payment.kind === 'UnlinkedRefund') return judgeUnlinked(payment, nowMs)
  if (payment.kind === 'MatchedRefund') return judgeRefund(payment, nowMs)
  const last = lastAttempt(payment)
  const intent = payment.intent?.status
  if (last !== undefined && awaitsSignature(last, nowMs)) {
    return { status: 'SignatureRequired', chargeAgain: 'notSafe', isUnderWay: true }
  }
  const isTaken = intent === 'Captured' || intent === 'Authorized'
  if (isTaken && payment.intentReadStatus !== intent) {
    return { status: 'Waiting', chargeAgain: 'notSafe', isUnderWay: true }
  }
  if (intent === 'Captured') {
    return { status: intent, chargeAgain: 'notSafe', isUnderWay: false }
  }
  if (intent === 'Authorized') {
    // The amount is only held on the card; it is taken from the bill when it is captured.
    const isUnderWay = payment.wanted?.what === 'capture'
    return { status: intent, chargeAgain: 'notSafe', isUnderWay }
  }
  if (intent === 'Refunded' || intent === 'Reversed') return goneBack(last, intent)
  if (payment.attempts.some(({ status }) => status !== undefined && TAKEN.has(status))) {
    return { status: 'Waiting', chargeAgain: 'notSafe', isUnderWay: true }
  }
  if (intent === 'Canceled') return closed(last)
  return judgeUnpaid(payment, nowMs)
}

/** The payment, which ends when nothing of it is under way any more, and may begin again. */
export function withEnd(payment: CardPayment, nowMs: number): CardPayment {
  const { isUnderWay } = judge(payment, nowMs)
  return { ...payment, endedAtMs: isUnderWay ? undefined : (payment.endedAtMs ?? nowMs) }
}

/**
 * For a refund, `chargeAgain` says whether it may be given again. Nothing at Dojo can prove that it
 * was not given but time.
 */
function judgeRefund(payment: CardPayment, nowMs: number): Judgement {
  const last = lastAttempt(payment)
  if (payment.refund?.isDone === true) {
    return { status: 'Refunded', chargeAgain: 'notSafe', isUnderWay: false }
  }
  if (last !== undefined && awaitsSignature(last, nowMs)) {
    return { status: 'SignatureRequired', chargeAgain: 'notSafe', isUnderWay: true }
  }
  if (payment.attempts.some(({ status }) => status === 'Captured')) {
    return { status: 'Waiting', chargeAgain: 'notSafe', isUnderWay: true }
  }
  if (payment.byHand?.given === false) return closed(last)
  return judgeUnpaid(payment, nowMs)
}

/**
 * Dojo keeps no intent of a refund without a payment. Its session says that the money was given;
 * where it cannot, only somebody who looks at the machine knows.
 */
function judgeUnlinked(payment: CardPayment, nowMs: number): Judgement {
  const last = lastAttempt(payment)
  if (isGiven(payment)) return { status: 'Refunded', chargeAgain: 'notSafe', isUnderWay: false }
  if (last !== undefined && awaitsSignature(last, nowMs)) {
    return { status: 'SignatureRequired', chargeAgain: 'notSafe', isUnderWay: true }
  }
  if (payment.byHand !== undefined) return closed(last)
  const judgement = judgeUnpaid(payment, nowMs)
  const { chargeAgain, unknownUntilMs = 0 } = judgement
  if (chargeAgain !== 'unknown') return judgement
  const isUnderWay = last !== undefined && isLive(last)
  if (last?.status !== 'Canceled') return { ...judgement, unknownUntilMs: undefined, isUnderWay }
  return nowMs >= unknownUntilMs ? closed(last) : { ...judgement, isUnderWay }
}

/** Its session says so, or somebody who has seen the machine. */
export function isGiven({ attempts, byHand }: CardPayment): boolean {
  return byHand?.given === true || attempts.some(({ status }) => status === 'Captured')
}

/** A capture is not final while the cashier may still reject the signature. */
export function awaitsSignature(attempt: Attempt, nowMs: number): boolean {
  const { status, signatureSinceMs = 0 } = attempt
  return (
    status === 'SignatureVerificationRequired' &&
    nowMs < signatureSinceMs + limits.signatureSeconds * 1000 + limits.sessionLagMs
  )
}

function goneBack(last: Attempt | undefined, intent: 'Refunded' | 'Reversed'): Judgement {
  const isDeclined = last?.status !== undefined && DECLINED.has(last.status)
  const reversed = isDeclined ? 'Declined' : 'Canceled'
  const status = intent === 'Refunded' ? 'Refunded' : reversed
  return { status, chargeAgain: 'safe', isUnderWay: false }
}

/** No card was charged, and none will be. */
function closed(last: Attempt | undefined): Judgement {
  const status = last?.status === 'Expired' ? 'Expired' : 'Canceled'
  const isDeclined = last?.status !== undefined && DECLINED.has(last.status)
  return { status: isDeclined ? 'Declined' : status, chargeAgain: 'safe', isUnderWay: false }
}

function judgeUnpaid(payment: CardPayment, nowMs: number): Judgement {
  const last = lastAttempt(payment)
  const goesOn = { chargeAgain: 'notSafe', isUnderWay: true } as const
  if (last === undefined || last.askedAtMs === undefined) {
    return payment.endedAtMs === undefined ? { status: 'Waiting', ...goesOn } : closed(last)
  }
  const untilMs = unknownUntil(payment, nowMs)
  if (isLive(last) && !isOverdue(last, nowMs)) {
    return { status: last.prompt === undefined ? 'Waiting' : 'Prompting', ...goesOn }
  }
  const mayBeProven = payment.kind !== 'Sale' || payment.intent?.status === 'Created'
  if (untilMs === undefined || (mayBeProven && isReadSince(payment, untilMs))) return closed(last)
  const isByHand = payment.byHand !== undefined
  const status = isOver(last) && last.sessionId !== undefined ? closed(last).status : 'Unknown'
  const chargeAgain = isByHand ? 'notSafe' : 'unknown'
  // A sale is on its bill by then. A refund still is not, and no machine gives it meanwhile.
  const isUnderWay = !isByHand || payment.kind === 'MatchedRefund'
  return { status, chargeAgain, unknownUntilMs: untilMs, isUnderWay }
}

function isReadSince({ intentReadAtMs }: CardPayment, sinceMs: number): boolean {
  return intentReadAtMs !== undefined && intentReadAtMs >= sinceMs
}

/** Whether Dojo's word counts for all attempts: it was read after the last could be charged. */
export function isReadForGood(payment: CardPayment, nowMs: number): boolean {
  return isReadSince(payment, unknownUntil(payment, nowMs) ?? 0)
}

/** Nothing was heard of it for longer than a session lasts, or of its start. */
function isOverdue({ askedAtMs = 0, sessionId, expiresAtMs }: Attempt, nowMs: number): boolean {
  if (sessionId === undefined) return nowMs > askedAtMs + limits.sessionLagMs
  return expiresAtMs !== undefined && nowMs > expiresAtMs + limits.sessionLagMs
}

/** When a session whose end nobody saw was certainly over. */
export function latestEndMs({ askedAtMs = 0, expiresAtMs }: Attempt): number {
  return expiresAtMs ?? askedAtMs + limits.sessionMostSeconds * 1000
}

/** Why somebody has to look into it: Dojo has not shown for too long what became of the money. */
export function doubtOf(payment: CardPayment, nowMs: number): string | undefined {
  const last = lastAttempt(payment)
  if (last?.askedAtMs === undefined || payment.endedAtMs !== undefined) return undefined
  const sinceMs = last.overAtMs ?? (isOverdue(last, nowMs) ? latestEndMs(last) : nowMs)
  if (nowMs < sinceMs + PROVES_NOTHING_FOR_MS) return undefined
  return (
    `The card payment ${payment.cardPaymentId} is ${judge(payment, nowMs).status}: ` +
    'Dojo does not show whether a card was charged.'
  )
}

/** The time after which Dojo's word counts for all attempts; undefined when none is in doubt. */
function unknownUntil({ attempts }: CardPayment, nowMs: number): number | undefined {
  const times = attempts.flatMap((attempt) => {
    const { status = '', askedAtMs, refused, overAtMs } = attempt
    if (askedAtMs === undefined || refused !== undefined || DECLINED.has(status)) return []
    if (overAtMs !== undefined) return [overAtMs + PROVES_NOTHING_FOR_MS]
    return isOverdue(attempt, nowMs) ? [latestEndMs(attempt) + PROVES_NOTHING_FOR_MS] : []
  })
  return times.length === 0 ? undefined : Math.max(...times)
}
