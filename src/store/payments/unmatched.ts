// The list of money that fits no bill, and what staff did with what was on it. Payments go onto it
// and off it by themselves as well, see writeUnmatched.
import { notFound } from '../../domain/errors.ts'
import type { UnmatchedIntent, UnmatchedRefund } from '../../domain/payments/unmatched.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'

// --- reading

export interface UnmatchedPayment {
  paymentIntentId: string
  since: Date
  reason: string
  status: string | null
  amountMinor: number | null
  tipsMinor: number | null
  refundedMinor: number
  externalId: string | null
  /** The order that has its payment, or that it names, where the venue has it. */
  orderId: string | null
  refund: UnmatchedRefund | null
}

const selectUnmatched: Statement = {
  name: 'intent_unmatched',
  text: `SELECT payment_intent_id AS "paymentIntentId", unmatched_at AS since, unmatched_reason AS reason, dojo_status AS status,
      amount_minor AS "amountMinor", tips_minor AS "tipsMinor", external_id AS "externalId", refunded_minor AS "refundedMinor", refund,
      coalesce((SELECT p.order_id FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = i.payment_intent_id),
        (SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.order_id = i.external_id)) AS "orderId"
    FROM payment_intents i WHERE location_id = $1 AND unmatched_at IS NOT NULL AND dismissed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM parties y WHERE y.location_id = $1 AND i.payment_intent_id = ANY (y.deposit_payment_intent_ids))
    ORDER BY unmatched_at, payment_intent_id`,
}

/**
 * Money at Dojo and payments here that do not match, oldest first. A deposit is not among them,
 * even where its party was created after it, nor is what somebody has dismissed.
 */
export async function readUnmatchedPayments(
  database: Queryable,
  locationId: string,
): Promise<UnmatchedPayment[]> {
  return await database.rows(selectUnmatched, [locationId])
}

const selectUnmatchedOne: Statement = {
  name: 'intent_unmatched_one',
  text: `SELECT payment_intent_id AS "paymentIntentId", dojo_status AS status, amount_minor AS "amountMinor",
      tips_minor AS "tipsMinor", external_id AS "externalId", refunded_minor AS "refundedMinor", refund
    FROM payment_intents WHERE location_id = $1 AND payment_intent_id = $2 AND unmatched_at IS NOT NULL AND dismissed_at IS NULL`,
}

/** @throws Refusal NotFound: it is not on the list */
export async function readUnmatchedPayment(
  database: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<UnmatchedIntent> {
  const [row] = await database.rows<UnmatchedIntent>(selectUnmatchedOne, [
    locationId,
    paymentIntentId,
  ])
  if (row === undefined) throw notFound('unmatched payment', paymentIntentId)
  return row
}

export interface DismissedPayment {
  paymentIntentId: string
  dismissedAt: Date
  dismissedReason: string
  dismissedBy: string | null
  /** Why it was on the list. */
  reason: string
}

const selectDismissed: Statement = {
  name: 'intent_dismissed',
  text: `SELECT payment_intent_id AS "paymentIntentId", dismissed_at AS "dismissedAt", dismissed_reason AS "dismissedReason",
      dismissed_by AS "dismissedBy", unmatched_reason AS reason
    FROM payment_intents WHERE location_id = $1 AND dismissed_at IS NOT NULL ORDER BY dismissed_at, payment_intent_id`,
}

/** What was taken off the unmatched list by hand and has not matched since, oldest first. */
export async function readDismissedPayments(
  database: Queryable,
  locationId: string,
): Promise<DismissedPayment[]> {
  return await database.rows(selectDismissed, [locationId])
}

// --- writing

const updateDismissed: Statement = {
  name: 'intent_dismiss',
  text: `UPDATE payment_intents SET dismissed_at = statement_timestamp(), dismissed_reason = $3, dismissed_by = $4
    WHERE location_id = $1 AND payment_intent_id = $2 AND unmatched_at IS NOT NULL AND dismissed_at IS NULL
    RETURNING unmatched_reason AS "unmatchedReason"`,
}

export interface Dismissal {
  paymentIntentId: string
  reason: string
  /** The till or waiter; undefined for an operator's command. */
  by: string | undefined
}

/**
 * Takes an intent off the unmatched list, whatever Dojo shows.
 * @returns why it was on the list
 * @throws Refusal NotFound: it is not on the list
 */
export async function writeDismissed(
  tx: Transaction,
  locationId: string,
  { paymentIntentId, reason, by }: Dismissal,
): Promise<string> {
  const [row] = await tx.rows<{ unmatchedReason: string }>(updateDismissed, [
    locationId,
    paymentIntentId,
    reason,
    by,
  ])
  if (row === undefined) throw notFound('unmatched payment', paymentIntentId)
  return row.unmatchedReason
}

const updateRefund: Statement = {
  name: 'intent_update_refund',
  text: 'UPDATE payment_intents SET refund = $3::jsonb WHERE location_id = $1 AND payment_intent_id = $2',
}

/** The refund that a manager asked for while it was on no bill. */
export function writeUnmatchedRefund(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  refund: UnmatchedRefund,
): void {
  tx.send(updateRefund, [locationId, paymentIntentId, JSON.stringify(refund)])
}

const selectRefund: Statement = {
  name: 'intent_refund',
  text: `SELECT refund, unmatched_at IS NOT NULL AND dismissed_at IS NULL AS "isListed"
    FROM payment_intents WHERE location_id = $1 AND payment_intent_id = $2`,
}

/**
 * The newest refund that was asked for while the intent was on no bill.
 * @throws Refusal NotFound: the intent is not on the list, and never was refunded from it
 */
export async function readUnmatchedRefund(
  database: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<UnmatchedRefund | undefined> {
  const [row] = await database.rows<{ refund: UnmatchedRefund | null; isListed: boolean }>(
    selectRefund,
    [locationId, paymentIntentId],
  )
  if (row === undefined || (row.refund === null && !row.isListed)) {
    throw notFound('unmatched payment', paymentIntentId)
  }
  return row.refund ?? undefined
}
