// Refunds that a till asks Dojo for. A refund is written before Dojo is asked, so that it outlives
// the process that asks; whoever learns first that its money went back, by Dojo's answer or by what
// Dojo shows, writes that to the bill, and nobody a second time.
import { queueJob } from '../jobs/jobs.ts'
import type { Caller } from '../../domain/caller.ts'
import { conflict, notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import {
  amountToRefund,
  goneBackWith,
  isOpenRefund,
  takeBack,
  type Refund,
  type RefundOutcome,
  type RefundStatus,
} from '../../domain/payments/refund.ts'
import type { Payment } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import { keyReused } from '../../domain/idempotency.ts'
import {
  readIntentForUpdate,
  RecordedMeanwhile,
  setReportedStatus,
  retryWhenRecordedMeanwhile,
  type LockedIntent,
} from './intents.ts'
import { readPage } from '../database/keyset.ts'
import { readOrderForUpdate, type OrderNow } from '../orders/read-order.ts'
import { writeOrder } from '../orders/write-order.ts'

// --- reading

const COLUMNS = `r.refund_id, r.payment_id, p.payment_intent_id, p.order_id, r.amount_minor, r.refunded_before_minor, r.reason, r.request_hash, r.status, r.problem,
  r.dojo_refund_id, r.waiter_id, r.till_name, r.requested_at, r.resolved_at`
const SOURCE =
  'FROM refunds r JOIN payments p ON p.location_id = r.location_id AND p.payment_id = r.payment_id'

interface RefundRow {
  refund_id: string
  payment_id: string
  payment_intent_id: string
  order_id: string
  amount_minor: number
  refunded_before_minor: number
  reason: string
  request_hash: Buffer
  status: RefundStatus
  problem: string | null
  dojo_refund_id: string | null
  waiter_id: string | null
  till_name: string | null
  requested_at: Date
  resolved_at: Date | null
}

const refundOf = (row: RefundRow): Refund => ({
  refundId: row.refund_id,
  paymentId: row.payment_id,
  paymentIntentId: row.payment_intent_id,
  orderId: row.order_id,
  amountMinor: row.amount_minor,
  refundedBeforeMinor: row.refunded_before_minor,
  reason: row.reason,
  status: row.status,
  requestedAt: row.requested_at.toISOString(),
  ...(row.problem === null ? {} : { problem: row.problem }),
  ...(row.dojo_refund_id === null ? {} : { dojoRefundId: row.dojo_refund_id }),
  ...(row.waiter_id === null ? {} : { waiterId: row.waiter_id }),
  ...(row.till_name === null ? {} : { tillName: row.till_name }),
  ...(row.resolved_at === null ? {} : { resolvedAt: row.resolved_at.toISOString() }),
})

const READ: Statement = {
  name: 'refund_read',
  text: `SELECT ${COLUMNS} ${SOURCE} WHERE r.location_id = $1 AND r.refund_id = $2`,
}
const OF_PAYMENT: Statement = {
  name: 'refund_of_payment',
  text: `SELECT ${COLUMNS} ${SOURCE} WHERE r.location_id = $1 AND r.payment_id = $2 ORDER BY r.requested_at, r.refund_id`,
}

/** @throws Refusal NotFound */
export async function readRefund(
  database: Queryable,
  locationId: string,
  refundId: string,
): Promise<Refund> {
  const [row] = await database.rows<RefundRow>(READ, [locationId, refundId])
  if (row === undefined) throw notFound('refund', refundId)
  return refundOf(row)
}

/** Of one payment, oldest first. @throws Refusal NotFound */
export async function readRefundsOf(
  database: Queryable,
  locationId: string,
  paymentId: string,
): Promise<Refund[]> {
  const [rows] = await Promise.all([
    database.rows<RefundRow>(OF_PAYMENT, [locationId, paymentId]),
    paymentNamed(database, locationId, paymentId),
  ])
  return rows.map(refundOf)
}

/** Oldest first: whoever has waited longest is served next. */
export async function searchRefunds(
  database: Queryable,
  locationId: string,
  status: RefundStatus,
  page: PageRequest,
): Promise<Page<Refund>> {
  return await readPage<RefundRow, Refund>(
    database,
    {
      name: 'refunds',
      columns: COLUMNS,
      source: SOURCE,
      conditions: [
        { tag: 'v', sql: 'r.location_id = ?', value: locationId },
        { tag: 's', sql: 'r.status = ?::refund_status', value: status },
      ],
      order: { at: 'r.requested_at', id: 'r.refund_id', descending: false, atType: 'timestamptz' },
    },
    page,
    (row) => ({ at: row.requested_at.getTime(), id: row.refund_id }),
    refundOf,
  )
}

const PAYMENT: Statement = {
  name: 'refund_payment',
  text: 'SELECT order_id, payment_intent_id FROM payments WHERE location_id = $1 AND payment_id = $2',
}

interface NamedPayment {
  orderId: string
  paymentIntentId: string
}

/** Undefined where Dojo did not take it. @throws Refusal NotFound */
async function paymentNamed(
  database: Queryable,
  locationId: string,
  paymentId: string,
): Promise<NamedPayment | undefined> {
  const [row] = await database.rows<{ order_id: string; payment_intent_id: string | null }>(
    PAYMENT,
    [locationId, paymentId],
  )
  if (row === undefined) throw notFound('payment', paymentId)
  return row.payment_intent_id === null
    ? undefined
    : { orderId: row.order_id, paymentIntentId: row.payment_intent_id }
}

/** @throws Refusal NotFound; Conflict: Dojo did not take it */
async function paymentByDojo(
  database: Queryable,
  locationId: string,
  paymentId: string,
): Promise<NamedPayment> {
  const named = await paymentNamed(database, locationId, paymentId)
  if (named === undefined) {
    throw conflict(
      'not-by-dojo',
      `The payment ${paymentId} was not taken by Dojo: void it, and give the money back as it was paid.`,
    )
  }
  return named
}

// --- asking

export interface RefundRequest {
  refundId: string
  paymentId: string
  /** All that stands with its tip, when left out. */
  amountMinor: number | undefined
  reason: string
  /** Of what it was asked for with. */
  hash: Buffer
  /** The Idempotency-Key that its id is made of, where it is. */
  key: string | undefined
}

/**
 * The refund of this id, if it is there already; else the intent of a payment that can be asked
 * about.
 * @throws Refusal NotFound: no such payment; Conflict: other content under this id or key, Dojo did
 *   not take the payment
 */
export async function findRefund(
  database: Queryable,
  locationId: string,
  request: RefundRequest,
): Promise<{ known: Refund | undefined; paymentIntentId: string }> {
  const { paymentIntentId } = await paymentByDojo(database, locationId, request.paymentId)
  return { known: await repeated(database, locationId, request), paymentIntentId }
}

async function repeated(
  database: Queryable,
  locationId: string,
  { refundId, hash, key }: RefundRequest,
): Promise<Refund | undefined> {
  const [row] = await database.rows<RefundRow>(READ, [locationId, refundId])
  if (row === undefined) return undefined
  if (row.request_hash.equals(hash)) return refundOf(row)
  if (key !== undefined) throw keyReused(key)
  throw conflict(
    'content-differs',
    `The id ${refundId} already names a refund that was asked for with other content.`,
  )
}

const ASK: Statement = {
  name: 'refund_ask',
  text: `INSERT INTO refunds (location_id, refund_id, payment_id, amount_minor, refunded_before_minor, reason, request_hash, status, waiter_id, till_name, requested_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'Pending', $8, $9, $10::timestamptz) ON CONFLICT (location_id, refund_id) DO NOTHING RETURNING 1`,
}

export interface RefundCaller extends Caller {
  tillName?: string | undefined
}

/**
 * Writes down that Dojo is about to be asked, and has the payment checked in case this process does
 * not live to hear the answer. The same again is the refund as it is now.
 * @throws Refusal what `findRefund` and `amountToRefund` throw
 */
export async function askRefund(
  database: Database,
  caller: RefundCaller,
  request: RefundRequest,
): Promise<Refund> {
  const { locationId, currency, waiterId, tillName } = caller
  const { refundId, paymentId, reason, hash } = request
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const { order, nowMs, payment, intent, paymentIntentId } = await holdPayment(
      tx,
      locationId,
      paymentId,
    )
    const known = await repeated(tx, locationId, request)
    if (known !== undefined) return known
    const open = (await tx.rows<RefundRow>(OF_PAYMENT, [locationId, paymentId]))
      .map(refundOf)
      .find(isOpenRefund)
    const amountMinor = amountToRefund(order, payment, nowMs, {
      wantedMinor: request.amountMinor,
      open,
      currency,
    })
    const refundedBeforeMinor = goneBackMinor(payment, intent)
    const requestedAt = new Date(nowMs)
    const asked = await tx.rows(ASK, [
      locationId,
      refundId,
      paymentId,
      amountMinor,
      refundedBeforeMinor,
      reason,
      hash,
      waiterId,
      tillName,
      requestedAt,
    ])
    // Somebody has just taken the id for a refund of another payment.
    if (asked.length === 0) throw new RecordedMeanwhile()
    queueJob(tx, {
      locationId,
      kind: 'PaymentCheck',
      entityId: paymentIntentId,
      afterSeconds: limits.refundCheckSeconds,
    })
    return {
      refundId,
      paymentId,
      paymentIntentId,
      orderId: order.orderId,
      amountMinor,
      refundedBeforeMinor,
      reason,
      status: 'Pending',
      requestedAt: requestedAt.toISOString(),
      ...(waiterId === undefined ? {} : { waiterId }),
      ...(tillName === undefined ? {} : { tillName }),
    }
  })
}

interface HeldPayment extends OrderNow {
  payment: Payment
  intent: LockedIntent
  paymentIntentId: string
}

/**
 * The order before the intent, as whoever records a payment.
 * @throws RecordedMeanwhile: the payment went to another order
 */
async function holdPayment(
  tx: Transaction,
  locationId: string,
  paymentId: string,
): Promise<HeldPayment> {
  const { orderId, paymentIntentId } = await paymentByDojo(tx, locationId, paymentId)
  const held = await readOrderForUpdate(tx, locationId, orderId)
  const intent = await readIntentForUpdate(tx, locationId, paymentIntentId, held)
  return { order: held.order, nowMs: held.nowMs, payment: intent.payment!, intent, paymentIntentId }
}

/** By what Dojo has shown or answered so far, amount and tip together. */
const goneBackMinor = (
  { refundedMinor, refundedTipsMinor }: Payment,
  intent: LockedIntent,
): number => Math.max(intent.refundedMinor, refundedMinor + refundedTipsMinor)

// --- settling

const SETTLE: Statement = {
  name: 'refund_settle',
  text: `UPDATE refunds SET status = $3::refund_status, problem = $4, dojo_refund_id = coalesce($5, dojo_refund_id),
      resolved_at = CASE WHEN $3 = 'Pending' THEN NULL ELSE coalesce(resolved_at, clock_timestamp()) END
    WHERE location_id = $1 AND refund_id = $2`,
}
const SET_REFUNDED: Statement = {
  name: 'refund_set_refunded',
  text: 'UPDATE payment_intents SET refunded_minor = greatest(refunded_minor, $3) WHERE location_id = $1 AND payment_intent_id = $2',
}

const STATUS_OF = {
  done: 'Done',
  'card-must-be-present': 'CardRequired',
  refused: 'Refused',
  unknown: 'Pending',
} as const satisfies Record<RefundOutcome['outcome'], RefundStatus>

/**
 * Writes what came of asking Dojo: to the bill, where the money went back and that is not known
 * yet. A refund that was settled meanwhile stays so, unless it turns out to be done.
 */
export async function settleRefund(
  database: Database,
  caller: Caller,
  { refundId, paymentId }: Refund,
  outcome: RefundOutcome,
): Promise<Refund> {
  const { locationId } = caller
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const held = await holdPayment(tx, locationId, paymentId)
    const refund = await readRefund(tx, locationId, refundId)
    const isDone = outcome.outcome === 'done'
    if (!isDone && refund.status !== 'Pending') return refund
    if (isDone && refund.status !== 'Done') await bookRefund(tx, caller, held, refund)
    const problem = isDone ? undefined : outcome.problem
    await tx.rows(SETTLE, [
      locationId,
      refundId,
      STATUS_OF[outcome.outcome],
      problem,
      isDone ? outcome.dojoRefundId : undefined,
    ])
    // What Dojo shows has the last word, also on a refusal.
    queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: held.paymentIntentId })
    return await readRefund(tx, locationId, refundId)
  })
}

/** The money went back for certain, on top of what had gone back before it was asked for. */
async function bookRefund(
  tx: Transaction,
  caller: Caller,
  { order, nowMs, payment, intent, paymentIntentId }: HeldPayment,
  refund: Refund,
): Promise<void> {
  const { locationId } = caller
  const { refundId, reason } = refund
  const totalMinor = Math.max(goneBackMinor(payment, intent), goneBackWith(refund))
  const detail = { paymentIntentId, refundId, refundReason: reason }
  const change = takeBack(order, payment, totalMinor, { nowMs, detail })
  await tx.rows(SET_REFUNDED, [locationId, paymentIntentId, totalMinor])
  if (change === undefined) return
  if (change.action === 'PaymentVoided') {
    // Not newer than what Dojo showed last, so that whatever it says next of this payment counts.
    await setReportedStatus(tx, locationId, paymentIntentId, {
      status: 'Refunded',
      atMs: intent.known?.atMs ?? nowMs,
    })
  }
  writeOrder(tx, caller, { order, nowMs }, change)
}

const SETTLE_SHOWN: Statement = {
  name: 'refund_settle_shown',
  text: `UPDATE refunds SET status = 'Done', problem = NULL, resolved_at = clock_timestamp()
    WHERE location_id = $1 AND payment_id = $2 AND status IN ('Pending', 'CardRequired') AND ($3::bigint IS NULL OR refunded_before_minor + amount_minor <= $3)`,
}
const IS_ASKED: Statement = {
  name: 'refund_is_asked',
  text: "SELECT 1 FROM refunds WHERE location_id = $1 AND payment_id = $2 AND status = 'Pending'",
}

/**
 * Settles the open refund of a payment, whose order and intent are held, by what Dojo shows as gone
 * back.
 * @param shownMinor amount and tip together; undefined when all of it went back
 * @returns whether there is one that is not certain yet
 */
export async function settleRefundsShown(
  tx: Transaction,
  locationId: string,
  paymentId: string,
  shownMinor: number | undefined,
): Promise<boolean> {
  const [, asked] = await Promise.all([
    tx.rows(SETTLE_SHOWN, [locationId, paymentId, shownMinor]),
    tx.rows(IS_ASKED, [locationId, paymentId]),
  ])
  return asked.length > 0
}

const WITHDRAW: Statement = {
  name: 'refund_withdraw',
  text: "UPDATE refunds SET status = 'Refused', problem = $3, resolved_at = clock_timestamp() WHERE location_id = $1 AND refund_id = $2 AND status = 'CardRequired' RETURNING 1",
}

/**
 * An owed refund is not given after all. Undoes nothing: no money has moved, and none is booked.
 * @throws Refusal NotFound; Conflict: it is not known whether it was done, or it was
 */
export async function withdrawRefund(
  tx: Transaction,
  locationId: string,
  refundId: string,
  problem: string,
): Promise<Refund> {
  const withdrawn = (await tx.rows(WITHDRAW, [locationId, refundId, problem])).length > 0
  const refund = await readRefund(tx, locationId, refundId)
  if (withdrawn || refund.status === 'Refused') return refund
  if (refund.status === 'Pending') {
    throw conflict(
      'refund-unknown',
      `It is not known yet whether Dojo did the refund ${refundId}; ask for it again, and it will be.`,
      { refundId },
    )
  }
  throw conflict('final', `The refund ${refundId} is done; the money has gone back.`, { refundId })
}
