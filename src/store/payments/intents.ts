// What is known of Dojo's payment intents: the newest word of each, whether the answer to its
// payment may have been lost, and whether somebody has to look into it.
import type { Caller } from '../../domain/caller.ts'
import type { Payment } from '../../domain/orders/order.ts'
import { paymentOf, voidPayment } from '../../domain/payments/payment.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import { lockIntentRow, type OrderNow } from '../orders/read-order.ts'
import { writeOrder } from '../orders/write-order.ts'

// --- holding

/**
 * An intent whose row this transaction holds, and before it the row of the order, where there is
 * one.
 */
export interface LockedIntent {
  held: OrderNow | undefined
  /** The payment of this intent on that order, standing or void. */
  payment: Payment | undefined
  known: { status: string; atMs: number } | undefined
  /** As Dojo has shown them so far; they never become less. */
  refundedMinor: number
  replyLostSeconds: number | undefined
}

interface IntentRow {
  dojo_status: string | null
  dojo_status_at: Date | null
  refunded_minor: number
  reply_lost_seconds: number | null
}

const ORDER_OF_INTENT: Statement = {
  name: 'intent_order',
  text: 'SELECT order_id FROM payments WHERE location_id = $1 AND payment_intent_id = $2',
}

export async function orderOfIntent(
  tx: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<string | undefined> {
  const [row] = await tx.rows<{ order_id: string }>(ORDER_OF_INTENT, [locationId, paymentIntentId])
  return row?.order_id
}

const ORDER_NAMED: Statement = {
  name: 'intent_order_named',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND (order_id = $2 OR dojo_order_id = $2)',
}

/** The order that an intent names; one that Dojo made may be named by Dojo's own id of it. */
export async function orderNamed(
  tx: Queryable,
  locationId: string,
  externalId: string,
): Promise<string | undefined> {
  const [row] = await tx.rows<{ order_id: string }>(ORDER_NAMED, [locationId, externalId])
  return row?.order_id
}

/**
 * A payment of the intent was recorded while this waited for it: whoever meets it starts again and
 * holds that order first.
 */
export class RecordedMeanwhile extends Error {}

/** Runs `work` again from its start when the payment of its intent was recorded meanwhile. */
export async function retryWhenRecordedMeanwhile<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await database.transaction(work)
    } catch (error) {
      if (!(error instanceof RecordedMeanwhile)) throw error
    }
  }
}

/** Holds the row of an intent until the transaction ends. */
export async function lockIntent(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
): Promise<void> {
  await tx.rows(lockIntentRow, [locationId, paymentIntentId])
}

/**
 * @param held the order of the intent, which this transaction holds already
 * @throws RecordedMeanwhile
 */
export async function readIntentForUpdate(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  held: OrderNow | undefined,
): Promise<LockedIntent> {
  const [[row], orderId] = await Promise.all([
    tx.rows<IntentRow>(lockIntentRow, [locationId, paymentIntentId]),
    orderOfIntent(tx, locationId, paymentIntentId),
  ])
  if (orderId !== undefined && orderId !== held?.order.orderId) throw new RecordedMeanwhile()
  const {
    dojo_status: status,
    dojo_status_at: at,
    refunded_minor: refundedMinor,
    reply_lost_seconds: replyLostSeconds,
  } = row!
  return {
    held,
    payment: held === undefined ? undefined : paymentOf(held.order, paymentIntentId),
    known: status === null || at === null ? undefined : { status, atMs: at.getTime() },
    refundedMinor,
    replyLostSeconds: replyLostSeconds ?? undefined,
  }
}

// --- what Dojo said

const SET_WORD: Statement = {
  name: 'intent_set_word',
  text: 'UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4 WHERE location_id = $1 AND payment_intent_id = $2',
}

const SET_UNMATCHED: Statement = {
  name: 'intent_set_unmatched',
  text: `UPDATE payment_intents SET unmatched_at = CASE WHEN $3::text IS NULL THEN NULL ELSE coalesce(unmatched_at, clock_timestamp()) END, unmatched_reason = $3
    WHERE location_id = $1 AND payment_intent_id = $2 AND unmatched_reason IS DISTINCT FROM $3`,
}

export async function setReportedStatus(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  { status, atMs }: { status: string; atMs: number },
): Promise<void> {
  await tx.rows(SET_WORD, [locationId, paymentIntentId, status, new Date(atMs)])
}

/** @param reason why somebody has to look into it; undefined when nobody has */
export async function setUnmatched(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  reason: string | undefined,
): Promise<void> {
  await tx.rows(SET_UNMATCHED, [locationId, paymentIntentId, reason])
}

export function voidBecause(
  tx: Transaction,
  caller: Caller,
  now: OrderNow,
  payment: Payment,
  reason: string,
  more: object,
): OrderNow {
  const { paymentIntentId, amountMinor } = payment
  const detail = { paymentIntentId, amountMinor, ...more }
  const change = voidPayment(now.order, payment, { nowMs: now.nowMs, reason, detail })
  return writeOrder(tx, caller, now, change)
}

// --- for staff

export interface UnmatchedPayment {
  paymentIntentId: string
  since: Date
  reason: string
  status: string | null
  amountMinor: number | null
  tipsMinor: number | null
  externalId: string | null
  /** That has its payment, or that it names, where it is here. */ orderId: string | null
}

const UNMATCHED: Statement = {
  name: 'intent_unmatched',
  text: `SELECT payment_intent_id AS "paymentIntentId", unmatched_at AS since, unmatched_reason AS reason, dojo_status AS status, amount_minor AS "amountMinor", tips_minor AS "tipsMinor", external_id AS "externalId",
      coalesce((SELECT p.order_id FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = i.payment_intent_id), (SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.order_id = i.external_id)) AS "orderId"
    FROM payment_intents i WHERE location_id = $1 AND unmatched_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM parties y WHERE y.location_id = $1 AND i.payment_intent_id = ANY (y.deposit_payment_intent_ids))
    ORDER BY unmatched_at, payment_intent_id`,
}

/**
 * Money at Dojo and payments here that do not go together: for somebody to look into, oldest first.
 * A deposit is none, also where its party came after it.
 */
export const readUnmatchedPayments = async (
  database: Queryable,
  locationId: string,
): Promise<UnmatchedPayment[]> => await database.rows(UNMATCHED, [locationId])
