// What an event about a payment intent means here. Events arrive in any order and more than once;
// only a report that is newer than what is known changes anything. Dojo's API lags its events, so
// what follows from an event is checked with Dojo a moment later.
//
// | report                     | payment here  | what happens                          |
// | -------------------------- | ------------- | ------------------------------------- |
// | not newer: money went back | counts        | checked with Dojo now                 |
// | not newer: other           | any           | nothing                               |
// | newer: money went back     | counts        | late reversal: void (see reversal.ts) |
// | newer: money went back     | void, or none | off the unmatched list                |
// | newer: Captured            | counts        | checked now: part may be refunded     |
// | newer: Captured            | void, or none | unmatched, and checked in a moment    |
// | newer: any other           | any           | the status is noted                   |
import { limits } from '../../limits.ts'
import type { Order, OrderChange } from '../orders/order.ts'
import { isNewerReport, meansNotPaid, type ReportedStatus } from './intent.ts'
import { isVoid, paymentOf } from './payment.ts'
import { reversePayment } from './reversal.ts'

export interface IntentReport {
  eventId: string
  paymentIntentId: string
  reported: ReportedStatus
  /** The newest status before this one. */
  known: ReportedStatus | undefined
  /** The order that carries the payment of the intent, and the database's time. */
  now: { order: Order; nowMs: number } | undefined
}

export interface EventDecision {
  outcome: 'superseded' | 'noted' | 'unmatched' | 'payment-voided'
  /** The report is the newest, and replaces what was known. */
  isNewest: boolean
  /** All money of the intent went back. */
  isReversed: boolean
  change?: OrderChange | undefined
  /** Puts the intent on the unmatched list. */
  reason?: string | undefined
  /** When to check the payment with Dojo; undefined for not at all. */
  checkAfterSeconds?: number | undefined
}

/** An event of an account that is not the venue's has no effect. Until it is known, any may be. */
export function isForeignEvent(accountId: string, ofVenue: string | null): boolean {
  return ofVenue !== null && ofVenue !== accountId
}

export function decideOnReport(report: IntentReport): EventDecision {
  const { eventId, paymentIntentId, reported, known, now } = report
  const { status } = reported
  const payment = now && paymentOf(now.order, paymentIntentId)
  const counts = payment !== undefined && !isVoid(payment)
  const isReversed = meansNotPaid(status)
  if (!isNewerReport(reported, known)) {
    // Dojo's clocks may differ from each other, so money that may have gone back is checked.
    const checkAfterSeconds = isReversed && counts ? 0 : undefined
    return { outcome: 'superseded', isNewest: false, isReversed: false, checkAfterSeconds }
  }
  const noted = { outcome: 'noted', isNewest: true, isReversed } as const
  if (isReversed && counts) {
    const detail = { eventId }
    return {
      ...noted,
      outcome: 'payment-voided',
      change: reversePayment(now!.order, payment, { status, nowMs: now!.nowMs, detail }),
      checkAfterSeconds: limits.unmatchedCheckSeconds,
    }
  }
  if (status !== 'Captured') return noted
  if (counts) return { ...noted, checkAfterSeconds: 0 }
  return {
    ...noted,
    outcome: 'unmatched',
    reason: 'Dojo captured it, but no order has it.',
    checkAfterSeconds: limits.unmatchedCheckSeconds,
  }
}
