// A payment intent as Dojo shows it, the statuses that Dojo reports, and how an intent is compared
// with the payment that was recorded for it.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import type { Payment } from '../orders/order.ts'

/** Times are Dojo's; amounts are minor units. */
export interface IntentFacts {
  paymentIntentId: string
  status: string
  /** When it took this status. */
  atMs: number
  createdAtMs: number
  /** Without the tip. */
  amountMinor: number
  tipsMinor: number
  /** Not part of the amount; the bill has it in its total. */
  serviceChargeMinor?: number
  /** Not part of the amount either; the guest has it in cash. */
  cashbackMinor?: number | undefined
  currency: string
  /** The card payment of a till that made it. */
  cardPaymentId?: string | undefined
  /** From the amount and the tip together. */
  refundedMinor: number
  /** The order that it names. */
  externalId: string | undefined
}

/** What is kept of an intent, beside its newest status, which need not be the one that is shown. */
export type KeptFacts = Pick<IntentFacts, 'paymentIntentId' | 'refundedMinor' | 'externalId'> &
  Partial<Pick<IntentFacts, 'amountMinor' | 'tipsMinor'>>

/** Only amounts in the venue's currency are kept: nobody may take others for its money. */
export function keptFacts(facts: IntentFacts, currency: string): KeptFacts {
  const { paymentIntentId, amountMinor, tipsMinor, refundedMinor, externalId } = facts
  const kept = { paymentIntentId, refundedMinor, externalId }
  return facts.currency === currency ? { ...kept, amountMinor, tipsMinor } : kept
}

/** A status as Dojo reported it, by an event or when it was asked. */
export interface ReportedStatus {
  status: string
  atMs: number
}

const notPaid: ReadonlySet<string> = new Set(['Reversed', 'Refunded', 'Canceled'])
const paid: ReadonlySet<string> = new Set(['Authorized', 'Captured'])

/** The money went back, or was never taken. */
export function meansNotPaid(status: string): boolean {
  return notPaid.has(status)
}

/** The money was taken, or is reserved until it is. */
export function meansPaid(status: string): boolean {
  return paid.has(status)
}

/** Between the two that are named: an intent goes from Created to paid, and from there back. */
const OTHER = 1
const progress: Readonly<Record<string, number>> = {
  Created: 0,
  Captured: 2,
  Reversed: 3,
  Refunded: 3,
  Canceled: 3,
}

/** When two reports have the same time, the one that is further on is the newer. */
export function isNewerReport(report: ReportedStatus, known: ReportedStatus | undefined): boolean {
  if (known === undefined || report.atMs > known.atMs) return true
  if (report.atMs < known.atMs) return false
  return (progress[report.status] ?? OTHER) > (progress[known.status] ?? OTHER)
}

/**
 * The newest status, once Dojo has been asked. Money that Dojo shows as gone back has gone back,
 * however old that is: no other status follows.
 */
export function newestStatus(
  shown: ReportedStatus,
  known: ReportedStatus | undefined,
): ReportedStatus {
  const { status, atMs } = shown
  if (known === undefined || isNewerReport(shown, known)) return { status, atMs }
  return meansNotPaid(status) && !meansNotPaid(known.status) ? { status, atMs: known.atMs } : known
}

/**
 * The status of an intent once all of it went back by a refund that was asked for here. It is dated
 * no later than what Dojo showed last, so that whatever it reports next counts.
 */
export function refundedHere({ atMs }: Pick<ReportedStatus, 'atMs'>): ReportedStatus {
  return { status: 'Refunded', atMs }
}

/**
 * How an intent differs from the payment that was recorded for it, in a sentence; undefined when
 * they agree. Compares the amount without the tip, the currency, and the order where the intent
 * names one.
 */
export function differenceOf(
  { paymentIntentId, ...facts }: IntentFacts,
  payment: { amountMinor: number; orderId: string; currency: string },
): string | undefined {
  const { amountMinor, orderId, currency } = payment
  const intent = `The payment intent ${paymentIntentId}`
  if (facts.currency !== currency) {
    return `${intent} is in ${facts.currency} at Dojo, but the payment is in ${currency}.`
  }
  if (facts.amountMinor !== amountMinor) {
    const shown = spoken(facts.amountMinor, currency)
    return `${intent} is ${shown} at Dojo, but the payment is ${spoken(amountMinor, currency)}.`
  }
  if (facts.externalId !== undefined && facts.externalId !== orderId) {
    return (
      `${intent} is for the order ${facts.externalId} at Dojo, ` +
      `but the payment is on the order ${orderId}.`
    )
  }
  return undefined
}

export function unknownToDojo(paymentIntentId: string): string {
  return `Dojo does not know the payment intent ${paymentIntentId} under this venue's API key.`
}

/** Why an intent is not paid, in a sentence; undefined when it is. */
export function unpaidReason({ paymentIntentId, status }: IntentFacts): string | undefined {
  if (meansPaid(status)) return undefined
  return `The payment intent ${paymentIntentId} is ${status} at Dojo, which is not paid.`
}

/**
 * Before a payment is recorded, where the venue wants that.
 * @param facts undefined for an intent that Dojo does not know
 * @throws Refusal Conflict `unverified`: Dojo does not know it, it is not paid, or it differs
 */
export function mustBeVerified(
  facts: IntentFacts | undefined,
  payment: { paymentIntentId: string; amountMinor: number; orderId: string; currency: string },
): asserts facts is IntentFacts {
  if (facts === undefined) {
    throw conflict(
      'unverified',
      `Dojo does not know the payment intent ${payment.paymentIntentId} with the key of this ` +
        'venue; it cannot be recorded as paid.',
    )
  }
  const reason = differenceOf(facts, payment) ?? unpaidReason(facts)
  if (reason !== undefined) throw conflict('unverified', `${reason} It cannot be recorded.`)
}

/** Splits what went back of a payment: from the amount first, then from the tip, never more. */
export function refundOf(
  { amountMinor, tipsMinor = 0 }: Pick<Payment, 'amountMinor' | 'tipsMinor'>,
  goneBackMinor: number,
): { refundedMinor: number; refundedTipsMinor: number } {
  const refundedMinor = Math.min(goneBackMinor, amountMinor)
  return { refundedMinor, refundedTipsMinor: Math.min(goneBackMinor - refundedMinor, tipsMinor) }
}
