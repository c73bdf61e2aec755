// What the audit of a day reads of the venue, its report, and the days that are due.
import type { DayComparison, NamedOrder, RecordedPayment } from '../../domain/payments/audit.ts'
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import type { Prisma } from '../database/prisma.ts'
import type { Row } from '../database/row.ts'

const selectVenue: Statement = {
  name: 'audit_venue',
  text: 'SELECT name, currency, time_zone, clock_timestamp() AS now FROM locations WHERE location_id = $1',
}

export interface AuditedVenue {
  name: string
  currency: string
  timeZone: string
  nowMs: number
}

/** The venue exists: the caller has read it before. */
export async function readAuditedVenue(
  database: Database,
  locationId: string,
): Promise<AuditedVenue> {
  const [row] = await database.rows<{
    name: string
    currency: string
    time_zone: string
    now: Date
  }>(selectVenue, [locationId])
  return {
    name: row!.name,
    currency: row!.currency,
    timeZone: row!.time_zone,
    nowMs: row!.now.getTime(),
  }
}

/** The parts of an order's display name, in one JSON column. */
const ORDER_NAME = `json_build_object(
      'orderId', o.order_id, 'displayName', o.display_name, 'tableName', t.name, 'reference', o.reference
    ) AS order_name`
const ORDERS_WITH_TABLES =
  'orders o LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id'

interface OrderNameRow {
  order_name: {
    orderId: string
    displayName: string | null
    tableName: string | null
    reference: string | null
  }
}

function namedOrder({
  order_name: { orderId, displayName, tableName, reference },
}: OrderNameRow): NamedOrder {
  return {
    orderId,
    displayName: displayName ?? undefined,
    tableName: tableName ?? undefined,
    reference: reference ?? undefined,
  }
}

const selectPayments: Statement = {
  name: 'audit_payments',
  text: `SELECT p.payment_intent_id, p.amount_minor, coalesce(p.tips_minor, 0) AS tips_minor, p.refunded_minor, p.refunded_tips_minor,
    p.voided_at IS NOT NULL AS voided,
      coalesce(p.caller_waiter_id, o.waiter_id) AS waiter_id, w.name AS waiter_name, ${ORDER_NAME}
    FROM payments p JOIN (${ORDERS_WITH_TABLES}) ON o.location_id = p.location_id AND o.order_id = p.order_id
      LEFT JOIN waiters w ON w.location_id = p.location_id AND w.waiter_id = coalesce(p.caller_waiter_id, o.waiter_id)
    WHERE p.location_id = $1 AND p.tender = 'Dojo' AND p.recorded_at >= $2 AND p.recorded_at < $3
      AND NOT EXISTS (SELECT 1 FROM socket_payments s WHERE s.location_id = $1 AND s.payment_id = p.payment_intent_id)
    ORDER BY p.recorded_at, p.payment_id`,
}

interface PaymentRow
  extends OrderNameRow, Row<'Payment', 'amountMinor' | 'refundedMinor' | 'refundedTipsMinor'> {
  payment_intent_id: string
  tips_minor: number
  voided: boolean
  waiter_id: string | null
  waiter_name: string | null
}

/**
 * Payments through Dojo recorded from one time up to another, void ones included, oldest first.
 * Those of the socket for the counter are not among them: Dojo reports each, and keeps no intent.
 */
export async function readRecordedPayments(
  database: Database,
  locationId: string,
  fromMs: number,
  untilMs: number,
): Promise<(Omit<RecordedPayment, 'orderId' | 'orderName'> & { order: NamedOrder })[]> {
  const rows = await database.rows<PaymentRow>(selectPayments, [
    locationId,
    new Date(fromMs),
    new Date(untilMs),
  ])
  return rows.map((row) => ({
    paymentIntentId: row.payment_intent_id,
    order: namedOrder(row),
    amountMinor: row.amount_minor,
    tipsMinor: row.tips_minor,
    refundedMinor: row.refunded_minor,
    refundedTipsMinor: row.refunded_tips_minor,
    voided: row.voided,
    waiterId: row.waiter_id ?? undefined,
    waiterName: row.waiter_name ?? undefined,
  }))
}

const selectKnown: Statement = {
  name: 'audit_known',
  text: `SELECT asked.id, EXISTS (SELECT 1 FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = asked.id) AS recorded,
    deposits.id IS NOT NULL AS deposit
    FROM unnest($2::text[]) AS asked(id) LEFT JOIN (
      SELECT DISTINCT unnest(y.deposit_payment_intent_ids) AS id FROM parties y WHERE y.location_id = $1
        AND y.deposit_payment_intent_ids && $2::text[]
    ) AS deposits ON deposits.id = asked.id`,
}

/** Which of these intents are recorded, on any day, and which are deposits of a party. */
export async function readKnownIntents(
  database: Database,
  locationId: string,
  paymentIntentIds: readonly string[],
): Promise<{ recorded: Set<string>; deposits: Set<string> }> {
  const rows = await database.rows<{ id: string; recorded: boolean; deposit: boolean }>(
    selectKnown,
    [locationId, paymentIntentIds],
  )
  return {
    recorded: new Set(rows.flatMap(({ id, recorded }) => (recorded ? [id] : []))),
    deposits: new Set(rows.flatMap(({ id, deposit }) => (deposit ? [id] : []))),
  }
}

const selectNames: Statement = {
  name: 'audit_order_names',
  text: `SELECT ${ORDER_NAME} FROM ${ORDERS_WITH_TABLES} WHERE o.location_id = $1 AND o.order_id = ANY ($2::text[])`,
}

/** What orders are called. Ids that the venue does not have are left out. */
export async function readNamedOrders(
  database: Database,
  locationId: string,
  orderIds: readonly string[],
): Promise<NamedOrder[]> {
  const rows = await database.rows<OrderNameRow>(selectNames, [locationId, orderIds])
  return rows.map(namedOrder)
}

// --- what came of it

const writeReport: Statement = {
  name: 'audit_write',
  text: `INSERT INTO day_audits (location_id, day, audited_at, differences, report) VALUES ($1, $2::date, clock_timestamp(),
    $3, $4::jsonb)
    ON CONFLICT (location_id, day) DO UPDATE SET audited_at = EXCLUDED.audited_at, differences = EXCLUDED.differences,
      report = EXCLUDED.report`,
}

/** Replaces an earlier report of the day. */
export async function writeAudit(
  tx: Transaction,
  locationId: string,
  day: string,
  report: DayComparison,
): Promise<void> {
  await tx.rows(writeReport, [locationId, day, report.differences.length, JSON.stringify(report)])
}

const selectAudited: Statement = {
  name: 'audit_done',
  text: `SELECT 1 FROM day_audits WHERE location_id = $1 AND day = $2::date
    AND audited_at > clock_timestamp() - make_interval(secs => $3)`,
}

/** Whether a report of the day was written in the last seconds. */
export async function wasAudited(
  database: Database,
  locationId: string,
  day: string,
  withinSeconds: number,
): Promise<boolean> {
  return (await database.rows(selectAudited, [locationId, day, withinSeconds])).length === 1
}

// --- the days that are due

/**
 * The day before, for each venue whose clock has passed the hour, unless that day is audited or the
 * venue did not exist then. However many processes run this at once, each day is queued once. A
 * time zone that PostgreSQL does not know counts as the last on earth: its day is over when it is
 * over anywhere.
 */
const queueDue: Statement = {
  name: 'audit_queue_due',
  text: `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT v.location_id, 'DayAudit', to_char(v.local_now::date - 1, 'YYYY-MM-DD'), clock_timestamp(), clock_timestamp(),
      clock_timestamp()
    FROM (
      SELECT l.location_id, coalesce($2, clock_timestamp()) AT TIME ZONE coalesce(z.name, 'Etc/GMT+12') AS local_now,
        l.created_at AT TIME ZONE coalesce(z.name, 'Etc/GMT+12') AS local_created
      FROM locations l LEFT JOIN pg_timezone_names z ON lower(z.name) = lower(l.time_zone)
      WHERE l.dojo_key_sealed IS NOT NULL
    ) AS v
    WHERE extract(hour FROM v.local_now) >= $1 AND v.local_created < v.local_now::date
      AND NOT EXISTS (SELECT 1 FROM day_audits a WHERE a.location_id = v.location_id AND a.day = v.local_now::date - 1)
    ON CONFLICT (location_id, kind, entity_id) DO NOTHING RETURNING 1`,
}

/** For a distributed database: the days first, then what there is of them, then what lacks. */
const readDays: Statement = {
  name: 'audit_days_due',
  text: `SELECT v.location_id AS "locationId", to_char(v.local_now::date - 1, 'YYYY-MM-DD') AS day FROM (
      SELECT l.location_id, coalesce($2, clock_timestamp()) AT TIME ZONE coalesce(z.name, 'Etc/GMT+12') AS local_now,
        l.created_at AT TIME ZONE coalesce(z.name, 'Etc/GMT+12') AS local_created
      FROM locations l LEFT JOIN pg_timezone_names z ON lower(z.name) = lower(l.time_zone)
      WHERE l.dojo_key_sealed IS NOT NULL
    ) AS v
    WHERE extract(hour FROM v.local_now) >= $1 AND v.local_created < v.local_now::date`,
}
const readAudited: Statement = {
  name: 'audit_days_done',
  text: `SELECT location_id AS "locationId", to_char(day, 'YYYY-MM-DD') AS day FROM day_audits WHERE day >= $1::date`,
}
const queueOne: Statement = {
  name: 'audit_queue_one',
  text: `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    VALUES ($1, 'DayAudit', $2, clock_timestamp(), clock_timestamp(), clock_timestamp())
    ON CONFLICT (location_id, kind, entity_id) DO NOTHING RETURNING entity_id`,
}

interface VenueDay {
  locationId: string
  day: string
}

async function queueApart(database: Database, at: Date | undefined): Promise<number> {
  const due = await database.rows<VenueDay>(readDays, [limits.auditHour, at])
  if (due.length === 0) return 0
  const earliest = due.map(({ day }) => day).sort()[0]!
  const audited = await database.rows<VenueDay>(readAudited, [earliest])
  const done = new Set(audited.map(({ locationId, day }) => `${locationId} ${day}`))
  let queued = 0
  for (const { locationId, day } of due) {
    if (done.has(`${locationId} ${day}`)) continue
    queued += (await database.rows(queueOne, [locationId, day])).length
  }
  return queued
}

/**
 * Queues the audits that are due.
 * @param at the database's clock unless given
 * @returns how many it queued
 */
export async function queueDueAudits(database: Database, at?: Date): Promise<number> {
  if (database.isDistributed) return await queueApart(database, at)
  return (await database.rows(queueDue, [limits.auditHour, at])).length
}

// --- refunds without a payment

const selectUnlinked: Statement = {
  name: 'audit_unlinked_refunds',
  text: `SELECT count(*) AS count, coalesce(sum(amount_minor), 0)::bigint AS "amountMinor" FROM card_payments
    WHERE location_id = $1 AND kind = 'UnlinkedRefund' AND given_at >= $2::timestamptz AND given_at < $3::timestamptz`,
}

/** Given between two times. */
export async function sumUnlinkedRefunds(
  database: Database,
  locationId: string,
  fromMs: number,
  untilMs: number,
): Promise<{ count: number; amountMinor: number }> {
  const values = [locationId, new Date(fromMs), new Date(untilMs)]
  const [sums] = await database.rows<{ count: number; amountMinor: number }>(selectUnlinked, values)
  return sums!
}

/** Newest first. */
export async function readAudits(
  prisma: Prisma,
  locationId: string,
  most: number,
): Promise<{ day: string; auditedAt: Date; differences: number }[]> {
  const rows = await prisma.dayAudit.findMany({
    where: { locationId },
    select: { day: true, auditedAt: true, differences: true },
    orderBy: { day: 'desc' },
    take: most,
  })
  return rows.map(({ day, ...audit }) => ({ day: day.toISOString().slice(0, 10), ...audit }))
}
