// A payment intent as Dojo shows it, and what follows from it for the payment that was recorded
// here.
import { spoken } from '../money.ts'
import type { Payment } from '../orders/order.ts'

/** Times are Dojo's; amounts are of the minor unit. */
export interface IntentFacts {
  paymentIntentId: string
  status: string
  /** When it came to be as it is. */
  atMs: number
  createdAtMs: number
  /** Without the tip. */
  amountMinor: number
  tipsMinor: number
  currency: string
  /** Of the amount and the tip together. */
  refundedMinor: number
  /** The order that it names. */
  externalId: string | undefined
}

/** Dojo's words for money that went back, or never came. */
const notPaid: readonly string[] = ['Reversed', 'Refunded', 'Canceled']
export const meansNotPaid = (dojoStatus: string): boolean => notPaid.includes(dojoStatus)

/** Dojo's words for money that is there: taken, or promised until the order is. */
const paid: readonly string[] = ['Authorized', 'Captured']
export const meansPaid = (dojoStatus: string): boolean => paid.includes(dojoStatus)

/** How far an intent has come: it is created, paid, and may go back; never the other way round. */
const progressOf = (dojoStatus: string): number =>
  dojoStatus === 'Created' ? 0 : dojoStatus === 'Captured' ? 2 : meansNotPaid(dojoStatus) ? 3 : 1

/** Of two words of one instant, the one that is further on is the newer. */
export function isNewerReport(
  word: { status: string; atMs: number },
  known: { status: string; atMs: number } | undefined,
): boolean {
  if (known === undefined || word.atMs > known.atMs) return true
  return word.atMs === known.atMs && progressOf(word.status) > progressOf(known.status)
}

/**
 * How the intent differs from the payment that is said to be it, in words; undefined when they
 * agree. Looks at the amount without the tip, the currency, and the order where the intent names
 * one.
 */
export function differenceOf(
  facts: IntentFacts,
  amountMinor: number,
  orderId: string,
  currency: string,
): string | undefined {
  const { paymentIntentId } = facts
  if (facts.currency !== currency) {
    return `The payment intent ${paymentIntentId} is in ${facts.currency} at Dojo, and the payment in ${currency}.`
  }
  if (facts.amountMinor !== amountMinor) {
    return `The payment intent ${paymentIntentId} is of ${spoken(facts.amountMinor, currency)} at Dojo, and the payment of ${spoken(amountMinor, currency)}.`
  }
  if (facts.externalId !== undefined && facts.externalId !== orderId) {
    return `The payment intent ${paymentIntentId} is for the order ${facts.externalId} at Dojo, and the payment for the order ${orderId}.`
  }
  return undefined
}

/** Why an intent is no payment yet, in words; undefined when its money is there. */
export const unpaidReason = ({ paymentIntentId, status }: IntentFacts): string | undefined =>
  meansPaid(status)
    ? undefined
    : `The payment intent ${paymentIntentId} is ${status} at Dojo, which is not paid.`

/**
 * How much of a payment went back: of the amount first, then of the tip, and never more than was
 * paid.
 */
export function refundOf(
  { amountMinor, tipsMinor = 0 }: Pick<Payment, 'amountMinor' | 'tipsMinor'>,
  refundedMinor: number,
): { refundedMinor: number; refundedTipsMinor: number } {
  const ofAmount = Math.min(refundedMinor, amountMinor)
  return {
    refundedMinor: ofAmount,
    refundedTipsMinor: Math.min(refundedMinor - ofAmount, tipsMinor),
  }
}
