// The outcome of a payment or refund that a card machine was asked for over Dojo's socket for the
// counter, and what it means for a card payment. The id of such a payment is made here, and is that
// of its intent as well.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import { withFinding, type SessionShown } from './card-payment-findings.ts'
import type { CardPayment } from './card-payment.ts'
import type { IntentFacts } from './intent.ts'
import type { RefundOutcome } from './refund.ts'
import { limits } from '../../limits.ts'

/** Unknown: the machine lost touch, and Dojo cannot say. Reversed: released without a capture. */
export type CounterOutcome =
  'Captured' | 'Authorized' | 'Declined' | 'Canceled' | 'Unknown' | 'Reversed'

export interface CounterRecord {
  paymentId: string
  outcome: CounterOutcome
  currency: string
  amountMinor: number
  tipsMinor: number
  cashbackMinor: number | undefined
  /** How it was paid, to find it at the bank. */
  kept: Readonly<Record<string, string>>
}

/** A machine that lost touch is what Dojo's REST API calls an expired session. */
const SESSION_STATUS: Readonly<Record<CounterOutcome, string>> = {
  Captured: 'Captured',
  Authorized: 'Authorized',
  Declined: 'Declined',
  Canceled: 'Canceled',
  Unknown: 'Expired',
  Reversed: 'Authorized',
}

/** A declined or canceled payment is over for good: its id takes nothing any more. */
const INTENT_STATUS: Readonly<Record<CounterOutcome, string>> = {
  Captured: 'Captured',
  Authorized: 'Authorized',
  Declined: 'Canceled',
  Canceled: 'Canceled',
  Unknown: 'Created',
  Reversed: 'Reversed',
}

function sessionOf({ paymentId, outcome }: CounterRecord): SessionShown {
  return { sessionId: paymentId, status: SESSION_STATUS[outcome], lastsMs: 0 }
}

/** A machine at work, of which Dojo says only what it shows. */
export function sessionAtWork(
  paymentId: string,
  { prompt, asksForSignature }: { prompt: string | undefined; asksForSignature: boolean },
): SessionShown {
  return {
    sessionId: paymentId,
    status: asksForSignature ? 'SignatureVerificationRequired' : 'Initiated',
    prompt,
    lastsMs: limits.sessionMostSeconds * 1000,
  }
}

/** The payment as an intent of Dojo's REST API would show it. */
export function factsOf(
  record: Pick<
    CounterRecord,
    'paymentId' | 'outcome' | 'currency' | 'amountMinor' | 'tipsMinor' | 'cashbackMinor'
  >,
  { orderId, cardPaymentId, startedAtMs }: CardPayment,
  nowMs: number,
): IntentFacts {
  return {
    paymentIntentId: record.paymentId,
    status: INTENT_STATUS[record.outcome],
    atMs: nowMs,
    createdAtMs: startedAtMs,
    amountMinor: record.amountMinor,
    tipsMinor: record.tipsMinor,
    cashbackMinor: record.cashbackMinor,
    currency: record.currency,
    cardPaymentId,
    refundedMinor: 0,
    externalId: orderId,
  }
}

/** What Dojo shows of a payment that it has not finished, or does not know. */
export function factsUnfinished(
  payment: CardPayment,
  outcome: 'Unknown' | 'Canceled',
  { currency, nowMs }: { currency: string; nowMs: number },
): IntentFacts {
  const { amountMinor, tipsMinor, cashbackMinor } = payment
  const paymentId = payment.socketPaymentId!
  const record = { paymentId, outcome, currency, amountMinor, tipsMinor, cashbackMinor }
  return factsOf(record, payment, nowMs)
}

/**
 * The payment, or its next try, under an id that Dojo has not seen.
 * @throws Refusal Conflict `not-allowed`: what the socket has no message for
 */
export function overSocket(payment: CardPayment, socketPaymentId: string): CardPayment {
  if (payment.cardNotPresent) {
    throw conflict(
      'not-allowed',
      "cardNotPresent is true, but this venue's card machines are reached over Dojo's socket, " +
        'which has no message for a card that is not there: take it with the card, or online.',
    )
  }
  if (payment.kind !== 'Sale') return { ...payment, socketPaymentId }
  return {
    ...payment,
    socketPaymentId,
    paymentIntentId: socketPaymentId,
    intent: undefined,
    intentReadAtMs: undefined,
    intentReadStatus: undefined,
  }
}

// --- what a record is for

export interface RecordPlan {
  /** Dojo had pushed the same before. */
  wasKnown: boolean
  /** Keep: it is written down. Take: its card payment, bill or refund follows it as well. */
  what: 'nothing' | 'keep' | 'take' | 'stray'
}

/**
 * What a record asks for. The same outcome again changes nothing, but one that is not known is
 * looked at again and again.
 * @param known what was recorded of the payment before, and the card payment that it is of
 * @param isPushed Dojo sent it unasked; otherwise it answers a question
 */
export function planOfRecord(
  known: { outcome: string | undefined; wasPushed: boolean; cardPaymentId?: string } | undefined,
  outcome: CounterOutcome,
  isPushed: boolean,
): RecordPlan {
  const isSame = known?.outcome === outcome
  const wasKnown = isSame && known.wasPushed
  if (isSame && outcome !== 'Unknown') {
    return { wasKnown, what: isPushed && !wasKnown ? 'keep' : 'nothing' }
  }
  return { wasKnown, what: known?.cardPaymentId === undefined ? 'stray' : 'take' }
}

/**
 * What the record makes of its card payment. An earlier try that was paid after all is settled by
 * itself; what is under way in its place is stopped, if it still can be.
 */
export function afterRecord(
  payment: CardPayment,
  record: CounterRecord,
  nowMs: number,
): CardPayment {
  if (record.paymentId === payment.socketPaymentId) {
    return withFinding(payment, { found: 'session', session: sessionOf(record) }, nowMs)
  }
  if (record.outcome !== 'Captured' || payment.endedAtMs !== undefined) return payment
  return { ...payment, cancelWantedAtMs: payment.cancelWantedAtMs ?? nowMs }
}

/** A sale is settled whatever came of it; of a refund with a row, only that it is done. */
export function followsRecord(
  { kind, refund }: Pick<CardPayment, 'kind' | 'refund'>,
  { outcome, paymentId }: Pick<CounterRecord, 'outcome' | 'paymentId'>,
): { what: 'settle' } | { what: 'refund'; refundId: string; done: RefundOutcome } | undefined {
  if (kind === 'Sale') return { what: 'settle' }
  if (refund === undefined || outcome !== 'Captured') return undefined
  const done = { outcome: 'done', dojoRefundId: paymentId } as const
  return { what: 'refund', refundId: refund.refundId, done }
}

/** Why staff have to know of a payment that no till here started; undefined where nobody paid. */
export function strayReason({
  outcome,
  amountMinor,
  tipsMinor,
  currency,
}: Pick<CounterRecord, 'outcome' | 'amountMinor' | 'tipsMinor' | 'currency'>): string | undefined {
  if (outcome === 'Declined' || outcome === 'Canceled') return undefined
  const amount = spoken(amountMinor + tipsMinor, currency)
  return (
    `Dojo recorded a card payment of ${amount} as ${outcome}, ` +
    'which no till of this venue started here.'
  )
}
