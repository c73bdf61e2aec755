// What a look at Dojo makes of a card payment. Looks may overlap and arrive late; none takes
// anything back that is known for certain.
import { isGiven, isOver, lastAttempt, type Attempt, type CardPayment } from './card-payment.ts'
import type { CardStep } from './card-payment-steps.ts'
import type { ReportedStatus } from './intent.ts'

/** A session as Dojo shows it. */
export interface SessionShown {
  sessionId: string
  status: string
  /** What the machine shows the guest, newest last. */
  prompt?: string | undefined
  /** How long it lasts from its last change, by Dojo's clock. */
  lastsMs: number
}

export type Finding =
  | { found: 'intent'; paymentIntentId: string }
  /** Dojo certainly did not make the intent. */
  | { found: 'intent-refused'; problem: string }
  | { found: 'session'; session: SessionShown }
  /** Dojo certainly did not start the session. */
  | { found: 'session-refused'; problem: string }
  /** The machine is free, and no session is found whose answer was lost. */
  | { found: 'machine-free' }
  | { found: 'cancel-sent'; problem?: string }
  | { found: 'signature-sent'; problem?: string }
  /** Dojo certainly did not do what was wanted of the authorised amount. */
  | { found: 'refused'; problem: string }
  /** Nothing new; why, where Dojo could not be asked. */
  | { found: 'nothing'; problem?: string }

/** What is written down before Dojo is asked for something that must not happen twice. */
export function markAsked(payment: CardPayment, step: CardStep, nowMs: number): CardPayment {
  switch (step) {
    case 'ask-for-intent':
      return { ...payment, intentAskedAtMs: nowMs }
    case 'ask-for-session':
      return withLast(payment, { askedAtMs: nowMs })
    case 'set-amount':
    case 'capture':
    case 'release':
      return { ...payment, wanted: payment.wanted && { ...payment.wanted, askedAtMs: nowMs } }
    default:
      return payment
  }
}

/**
 * The payment as Dojo's API shows its intent now.
 * @param intent the newest status, which an event may have reported
 */
export function withIntentRead(
  payment: CardPayment,
  intent: ReportedStatus,
  {
    status,
    amountMinor,
    cashbackMinor,
    nowMs,
  }: { status: string; amountMinor: number; cashbackMinor?: number | undefined; nowMs: number },
): CardPayment {
  const { wanted } = payment
  const isDone =
    intent.status !== 'Authorized' ||
    (wanted?.what === 'amount' && wanted.amountMinor === amountMinor)
  const isManual = payment.captureMode === 'Manual' && intent.status === 'Authorized'
  return {
    ...payment,
    intent,
    intentReadAtMs: nowMs,
    intentReadStatus: status,
    amountMinor: isManual ? amountMinor : payment.amountMinor,
    cashbackMinor: cashbackMinor ?? payment.cashbackMinor,
    wanted: isDone ? undefined : wanted,
  }
}

/** The payment with what was found of it. */
export function withFinding(payment: CardPayment, finding: Finding, nowMs: number): CardPayment {
  switch (finding.found) {
    case 'intent':
      return {
        ...payment,
        paymentIntentId: payment.paymentIntentId ?? finding.paymentIntentId,
        problem: undefined,
      }
    case 'intent-refused':
      return { ...payment, endedAtMs: nowMs, problem: finding.problem }
    case 'session':
      return withGiven(withSession(payment, finding.session, nowMs), nowMs)
    case 'session-refused':
      return {
        ...withLast(payment, { refused: finding.problem, overAtMs: nowMs }),
        problem: finding.problem,
      }
    case 'machine-free':
      return withLast(payment, { overAtMs: nowMs })
    case 'cancel-sent':
      return withProblem(withLast(payment, { cancelSentAtMs: nowMs }), finding.problem)
    case 'signature-sent':
      return withProblem(withLast(payment, { signatureSentAtMs: nowMs }), finding.problem)
    case 'refused':
      return { ...payment, wanted: undefined, problem: finding.problem }
    case 'nothing':
      return withProblem(payment, finding.problem)
  }
}

/** A refund without a payment counts from when it is known that the guest has the money. */
export function withGiven(payment: CardPayment, nowMs: number): CardPayment {
  if (payment.kind !== 'UnlinkedRefund' || !isGiven(payment)) return payment
  return { ...payment, givenAtMs: payment.givenAtMs ?? nowMs }
}

function withProblem(payment: CardPayment, problem: string | undefined): CardPayment {
  return problem === undefined ? payment : { ...payment, problem }
}

function withLast(payment: CardPayment, more: Partial<Attempt>): CardPayment {
  const last = lastAttempt(payment)!
  return { ...payment, attempts: [...payment.attempts.slice(0, -1), { ...last, ...more }] }
}

/** Money that was taken stays taken, and a session that is over does not begin again. */
function withSession(payment: CardPayment, shown: SessionShown, nowMs: number): CardPayment {
  const { sessionId, status, prompt, lastsMs } = shown
  const place = payment.attempts.findIndex((attempt) => attempt.sessionId === sessionId)
  const index = place === -1 ? payment.attempts.length - 1 : place
  const known = payment.attempts[index]!
  if (place === -1 && known.sessionId !== undefined) return payment
  const isTaken = status === 'Captured' || status === 'Authorized'
  if (known.status === 'Captured' || known.status === 'Authorized') return payment
  if (known.sessionId !== undefined && isOver(known) && !isTaken) return payment
  const attempt: Attempt = {
    ...known,
    sessionId,
    status,
    prompt,
    expiresAtMs: status === known.status ? known.expiresAtMs : nowMs + lastsMs,
  }
  if (status === 'SignatureVerificationRequired') attempt.signatureSinceMs ??= nowMs
  attempt.overAtMs = isOver({ ...attempt, overAtMs: undefined }) ? nowMs : undefined
  const attempts = payment.attempts.with(index, attempt)
  return { ...payment, attempts }
}
