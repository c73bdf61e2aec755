// The rows of refunds.
import { notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import {
  openRefundStatuses,
  type Refund,
  type RefundRequest,
  type RefundStatus,
  type Resolution,
} from '../../domain/payments/refund.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { listOf } from '../database/json-sql.ts'
import { readPage } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'

// --- reading

const COLUMNS = `r.refund_id, r.payment_id, p.payment_intent_id, p.order_id, r.amount_minor, r.refunded_before_minor, r.reason,
  r.request_hash, r.status, r.problem,
  r.dojo_refund_id, r.waiter_id, r.till_name, r.requested_at, r.resolved_at`
const SOURCE =
  'FROM refunds r JOIN payments p ON p.location_id = r.location_id AND p.payment_id = r.payment_id'

type RefundRow = Omit<Row<'Refund'>, 'location_id'> &
  Row<'Payment', 'orderId'> & { payment_intent_id: string }

function refundOf(row: RefundRow): Refund {
  return {
    refundId: row.refund_id,
    paymentId: row.payment_id,
    paymentIntentId: row.payment_intent_id,
    orderId: row.order_id,
    amountMinor: row.amount_minor,
    refundedBeforeMinor: row.refunded_before_minor,
    reason: row.reason,
    status: row.status,
    problem: row.problem ?? undefined,
    dojoRefundId: row.dojo_refund_id ?? undefined,
    waiterId: row.waiter_id ?? undefined,
    tillName: row.till_name ?? undefined,
    requestedAt: row.requested_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString(),
  }
}

const selectRefund: Statement = {
  name: 'refund_read',
  text: `SELECT ${COLUMNS} ${SOURCE} WHERE r.location_id = $1 AND r.refund_id = $2`,
}
const selectForUpdate: Statement = {
  name: 'refund_read_for_update',
  text: `SELECT ${COLUMNS}, clock_timestamp()::timestamptz(3) AS now ${SOURCE} WHERE r.location_id = $1 AND r.refund_id = $2
    FOR UPDATE OF r`,
}

/** @throws Refusal NotFound */
export async function readRefund(
  database: Queryable,
  locationId: string,
  refundId: string,
): Promise<Refund> {
  const [row] = await database.rows<RefundRow>(selectRefund, [locationId, refundId])
  if (row === undefined) throw notFound('refund', refundId)
  return refundOf(row)
}

/**
 * The refund, whose row is locked until the transaction ends, and the database's time.
 * @throws Refusal NotFound
 */
export async function readRefundForUpdate(
  tx: Transaction,
  locationId: string,
  refundId: string,
): Promise<{ refund: Refund; nowMs: number }> {
  const [row] = await tx.rows<RefundRow & { now: Date }>(selectForUpdate, [locationId, refundId])
  if (row === undefined) throw notFound('refund', refundId)
  return { refund: refundOf(row), nowMs: row.now.getTime() }
}

/** The refund of an id, if there is one, and the hash of what it was requested with. */
export async function findRefund(
  database: Queryable,
  locationId: string,
  refundId: string,
): Promise<{ refund: Refund; hash: Buffer } | undefined> {
  const [row] = await database.rows<RefundRow>(selectRefund, [locationId, refundId])
  return row && { refund: refundOf(row), hash: row.request_hash }
}

const selectOfPayment: Statement = {
  name: 'refund_of_payment',
  text: `SELECT ${COLUMNS} ${SOURCE} WHERE r.location_id = $1 AND r.payment_id = $2 ORDER BY r.requested_at, r.refund_id`,
}

/** The refunds of one payment, oldest first. @throws Refusal NotFound */
export async function readRefundsOf(
  database: Queryable,
  locationId: string,
  paymentId: string,
): Promise<Refund[]> {
  const [rows] = await Promise.all([
    database.rows<RefundRow>(selectOfPayment, [locationId, paymentId]),
    readPaymentRef(database, locationId, paymentId),
  ])
  return rows.map(refundOf)
}

const selectOpen: Statement = {
  name: 'refund_open',
  text: `SELECT ${COLUMNS} ${SOURCE} WHERE r.location_id = $1 AND p.location_id = $1 AND p.payment_intent_id = $2
    AND r.status IN ${listOf(openRefundStatuses)}`,
}

/** The open refund of the payment of an intent; there is at most one. */
export async function readOpenRefund(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
): Promise<Refund | undefined> {
  const [row] = await tx.rows<RefundRow>(selectOpen, [locationId, paymentIntentId])
  return row && refundOf(row)
}

/** Oldest first: who has waited longest is served next. */
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
    { keyOf: (row) => ({ at: row.requested_at.getTime(), id: row.refund_id }), resultOf: refundOf },
  )
}

const selectPaymentRef: Statement = {
  name: 'refund_payment_ref',
  text: 'SELECT order_id, payment_intent_id FROM payments WHERE location_id = $1 AND payment_id = $2',
}

/**
 * The order of a payment, and its intent; a payment that Dojo did not take has none.
 * @throws Refusal NotFound
 */
export async function readPaymentRef(
  database: Queryable,
  locationId: string,
  paymentId: string,
): Promise<{ orderId: string; paymentIntentId: string | undefined }> {
  const [row] = await database.rows<Row<'Payment', 'orderId' | 'paymentIntentId'>>(
    selectPaymentRef,
    [locationId, paymentId],
  )
  if (row === undefined) throw notFound('payment', paymentId)
  return { orderId: row.order_id, paymentIntentId: row.payment_intent_id ?? undefined }
}

// --- writing

const insert: Statement = {
  name: 'refund_insert',
  text: `INSERT INTO refunds (location_id, refund_id, payment_id, amount_minor, refunded_before_minor, reason, request_hash, status,
    waiter_id, till_name, requested_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'Pending', $8, $9, $10::timestamptz) ON CONFLICT (location_id, refund_id) DO NOTHING RETURNING 1`,
}

/** False when there is a refund of this id already. */
export async function insertRefund(
  tx: Transaction,
  locationId: string,
  refund: Refund,
  hash: RefundRequest['hash'],
): Promise<boolean> {
  const inserted = await tx.rows(insert, [
    locationId,
    refund.refundId,
    refund.paymentId,
    refund.amountMinor,
    refund.refundedBeforeMinor,
    refund.reason,
    hash,
    refund.waiterId,
    refund.tillName,
    refund.requestedAt,
  ])
  return inserted.length > 0
}

const update: Statement = {
  name: 'refund_resolve',
  text: `UPDATE refunds SET status = $3::refund_status, problem = $4, dojo_refund_id = coalesce($5, dojo_refund_id),
    resolved_at = $6::timestamptz
    WHERE location_id = $1 AND refund_id = $2`,
}

export function writeRefund(
  tx: Transaction,
  locationId: string,
  refundId: string,
  { status, problem, dojoRefundId, resolvedAt }: Resolution,
): void {
  tx.send(update, [locationId, refundId, status, problem, dojoRefundId, resolvedAt])
}
