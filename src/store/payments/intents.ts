// What is known of Dojo's payment intents: the newest status of each, what Dojo showed when it was
// asked, and whether somebody has to look into it.
import type { KeptFacts, ReportedStatus } from '../../domain/payments/intent.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { NOW } from '../database/statement.ts'
import { lockIntentRow } from '../orders/read-order.ts'

// --- reading for a change

export interface IntentForUpdate {
  /** The newest status that Dojo reported. */
  known: ReportedStatus | undefined
  /** As Dojo has shown it so far; it never becomes less. */
  refundedMinor: number
  /** Since when the answer to its payment may be lost. */
  replyLostSeconds: number | undefined
}

/**
 * A payment of the intent was recorded while this transaction waited for the intent: it starts
 * again, and locks that order first.
 */
class RecordedMeanwhile extends Error {}

/** Runs `work` from its start again when the payment of its intent was recorded meanwhile. */
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

/** For `retryWhenRecordedMeanwhile`: what this transaction has read is no longer so. */
export function startAgain(): never {
  throw new RecordedMeanwhile()
}

/** Locks the row of an intent until the transaction ends. */
export async function lockIntent(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
): Promise<void> {
  await tx.rows(lockIntentRow, [locationId, paymentIntentId])
}

type IntentRow = Row<
  'PaymentIntent',
  'dojoStatus' | 'dojoStatusAt' | 'refundedMinor' | 'replyLostAt'
>

const selectOrderAndTime: Statement = {
  name: 'intent_order_and_time',
  text: `SELECT clock_timestamp() AS now,
    (SELECT order_id FROM payments WHERE location_id = $1 AND payment_intent_id = $2) AS "orderId"`,
}

/**
 * The intent, whose row is locked until the transaction ends. Everybody locks the order first and
 * the intent second.
 * @param lockedOrderId the order of its payment, whose row this transaction has locked
 * @throws RecordedMeanwhile
 */
export async function readIntentForUpdate(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  lockedOrderId: string | undefined,
): Promise<IntentForUpdate> {
  const [[row], [known]] = await Promise.all([
    tx.rows<IntentRow>(lockIntentRow, [locationId, paymentIntentId]),
    tx.rows<{ now: Date; orderId: string | null }>(selectOrderAndTime, [
      locationId,
      paymentIntentId,
    ]),
  ])
  const { now, orderId } = known!
  if (orderId !== null && orderId !== lockedOrderId) startAgain()
  const { dojo_status: status, dojo_status_at: at, refunded_minor: refundedMinor } = row!
  const lostAt = row!.reply_lost_at
  return {
    known: status === null || at === null ? undefined : { status, atMs: at.getTime() },
    refundedMinor,
    replyLostSeconds: lostAt === null ? undefined : (now.getTime() - lostAt.getTime()) / 1000,
  }
}

const selectOrderOfIntent: Statement = {
  name: 'intent_order',
  text: 'SELECT order_id FROM payments WHERE location_id = $1 AND payment_intent_id = $2',
}

/** The order that has the payment of an intent, void or not. */
export async function readOrderOfIntent(
  tx: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<string | undefined> {
  const [row] = await tx.rows<Row<'Payment', 'orderId'>>(selectOrderOfIntent, [
    locationId,
    paymentIntentId,
  ])
  return row?.order_id
}

const selectOrderNamed: Statement = {
  name: 'intent_order_named',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND (order_id = $2 OR dojo_order_id = $2)',
}

/** The order that an intent names. Dojo may name an order that it created by its own id. */
export async function readOrderNamed(
  tx: Queryable,
  locationId: string,
  externalId: string,
): Promise<string | undefined> {
  const [row] = await tx.rows<Row<'Order', 'orderId'>>(selectOrderNamed, [locationId, externalId])
  return row?.order_id
}

const selectDeposit: Statement = {
  name: 'intent_deposit',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND $2 = ANY (deposit_payment_intent_ids)',
}

/** Whether an intent is the deposit of a party. */
export async function isDeposit(
  tx: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<boolean> {
  return (await tx.rows(selectDeposit, [locationId, paymentIntentId])).length > 0
}

// --- writing

const updateStatus: Statement = {
  name: 'intent_update_status',
  text: 'UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4 WHERE location_id = $1 AND payment_intent_id = $2',
}

export function writeReportedStatus(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  { status, atMs }: ReportedStatus,
): void {
  tx.send(updateStatus, [locationId, paymentIntentId, status, new Date(atMs)])
}

const updateFacts: Statement = {
  name: 'intent_update_facts',
  text: `UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4, amount_minor = $5, tips_minor = $6, refunded_minor = $7,
    external_id = $8
    WHERE location_id = $1 AND payment_intent_id = $2`,
}

export function writeFacts(
  tx: Transaction,
  locationId: string,
  { paymentIntentId, amountMinor, tipsMinor, refundedMinor, externalId }: KeptFacts,
  newest: ReportedStatus,
): void {
  tx.send(updateFacts, [
    ...[locationId, paymentIntentId, newest.status, new Date(newest.atMs)],
    ...[amountMinor, tipsMinor, refundedMinor, externalId],
  ])
}

const updateRefunded: Statement = {
  name: 'intent_update_refunded',
  text: 'UPDATE payment_intents SET refunded_minor = greatest(refunded_minor, $3) WHERE location_id = $1 AND payment_intent_id = $2',
}

export function writeRefunded(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  refundedMinor: number,
): void {
  tx.send(updateRefunded, [locationId, paymentIntentId, refundedMinor])
}

const updateUnmatched: Statement = {
  name: 'intent_update_unmatched',
  text: `UPDATE payment_intents SET unmatched_reason = $3,
      unmatched_at = CASE WHEN $3::text IS NULL THEN NULL ELSE coalesce(unmatched_at, ${NOW}) END,
      dismissed_at = NULL, dismissed_reason = NULL, dismissed_by = NULL
    WHERE location_id = $1 AND payment_intent_id = $2 AND unmatched_reason IS DISTINCT FROM $3`,
}

/**
 * @param reason puts the intent on the unmatched list; undefined takes it off. A dismissed intent
 *   comes back only with a reason that is new
 */
export function writeUnmatched(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
  reason: string | undefined,
): void {
  tx.send(updateUnmatched, [locationId, paymentIntentId, reason])
}

const updateAccount: Statement = {
  name: 'intent_learn_account',
  text: `UPDATE locations SET dojo_account_id = reported.account_id
    FROM (
      SELECT min(account_id) AS account_id FROM dojo_events
      WHERE location_id = $1 AND payment_intent_id = $2 HAVING count(DISTINCT account_id) = 1
    ) AS reported
    WHERE location_id = $1 AND dojo_account_id IS NULL`,
}

const readLacksAccount: Statement = {
  name: 'intent_lacks_account',
  text: 'SELECT dojo_account_id IS NULL AS "lacksAccount" FROM locations WHERE location_id = $1',
}
const readReporter: Statement = {
  name: 'intent_reporter',
  text: `SELECT min(account_id) AS "accountId" FROM dojo_events
    WHERE location_id = $1 AND payment_intent_id = $2 HAVING count(DISTINCT account_id) = 1`,
}
const setAccount: Statement = {
  name: 'intent_set_account',
  text: 'UPDATE locations SET dojo_account_id = $2 WHERE location_id = $1 AND dojo_account_id IS NULL',
}

/** The venue's key opens this intent, so the account that sent its events is the venue's. */
export function learnAccount(tx: Transaction, locationId: string, paymentIntentId: string): void {
  const values = [locationId, paymentIntentId]
  if (!tx.isDistributed) {
    tx.send(updateAccount, values)
    return
  }
  // A change of the venue waits for every node there, so it is sent only when there is one.
  tx.sendAtEnd({
    questions: [
      { statement: readLacksAccount, values: [locationId] },
      { statement: readReporter, values },
    ],
    write: ([venue, reporter]) => {
      if (venue?.['lacksAccount'] !== true || reporter === undefined) return
      tx.send(setAccount, [locationId, reporter['accountId'] as string])
    },
  })
}
