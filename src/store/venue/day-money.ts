// The money that a business day counts: movements that no day has claimed yet, and what is open.
import { displayNameOf } from '../../domain/orders/order.ts'
import type {
  DayFacts,
  Moved,
  OpenOrders,
  RefundOwed,
  RefundShown,
  UnmatchedShown,
} from '../../domain/venue/day-report.ts'
import { limits } from '../../limits.ts'
import {
  unhurried,
  type Queryable,
  type Statement,
  type Transaction,
} from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { isOpenSql } from '../orders/order-sql.ts'
import { readUnmatchedPayments } from '../payments/unmatched.ts'
import { readMovedAtDojo } from './day-at-dojo.ts'
import { isOfDay } from './day-movements.ts'
import { readPaidOut } from './day-paid-out.ts'

/**
 * By the waiter who took the payment, or else whose order it is. Each movement finds its payment,
 * and that its order, one by one: without statistics of a venue, a database would otherwise try
 * every movement with every order.
 */
const readMoved: Statement = unhurried({
  name: 'readDayMovements',
  text: `SELECT x.*, coalesce(w.name, x."waiterId") AS "waiterName" FROM (
      SELECT p.tender, m.kind, coalesce(p.caller_waiter_id, o.waiter_id) AS "waiterId", count(*) AS count,
        sum(m.amount_minor)::bigint AS "amountMinor", sum(m.tips_minor)::bigint AS "tipsMinor",
        sum(m.rounding_minor)::bigint AS "roundingMinor"
      FROM payment_movements m
        CROSS JOIN LATERAL (SELECT tender, order_id, caller_waiter_id FROM payments
          WHERE location_id = $1 AND payment_id = m.payment_id OFFSET 0) AS p
        CROSS JOIN LATERAL (SELECT waiter_id FROM orders WHERE location_id = $1 AND order_id = p.order_id OFFSET 0) AS o
      WHERE ${isOfDay} GROUP BY 1, 2, 3
    ) AS x LEFT JOIN waiters w ON w.location_id = $1 AND w.waiter_id = x."waiterId"`,
})

type MovedRow = Omit<Moved, 'waiterId' | 'waiterName'> & {
  waiterId: string | null
  waiterName: string | null
}

const movedOf = ({ waiterId, waiterName, ...row }: MovedRow): Moved => ({
  ...row,
  waiterId: waiterId ?? undefined,
  waiterName: waiterName ?? undefined,
})

const readRefunds: Statement = unhurried({
  name: 'readDayRefunds',
  text: `SELECT m.payment_id AS "paymentId", p.order_id AS "orderId", p.tender, -m.amount_minor AS "amountMinor",
      -m.tips_minor AS "tipsMinor", m.at
    FROM payment_movements m CROSS JOIN LATERAL (SELECT order_id, tender FROM payments
      WHERE location_id = $1 AND payment_id = m.payment_id OFFSET 0) AS p
    WHERE ${isOfDay} AND m.kind = 'Refunded' ORDER BY m.at, m.payment_id, m.sequence LIMIT $4`,
})

const readRefundsOwed: Statement = {
  name: 'readRefundsOwed',
  text: `SELECT r.refund_id AS "refundId", r.payment_id AS "paymentId", p.order_id AS "orderId", r.amount_minor AS "amountMinor",
      r.reason, r.requested_at AS "requestedAt"
    FROM refunds r JOIN payments p ON p.location_id = r.location_id AND p.payment_id = r.payment_id
    WHERE r.location_id = $1 AND r.status = 'CardRequired' ORDER BY r.requested_at, r.refund_id LIMIT $2`,
}

const readUnsettledBefore: Statement = {
  name: 'readUnsettledBefore',
  text: 'SELECT unsettled_minor FROM business_days WHERE location_id = $1 AND closed_at IS NOT NULL ORDER BY opened_at DESC LIMIT 1',
}

/** What the report says besides what was sold. */
export type MoneyFacts = Omit<DayFacts, 'floatMinor' | 'count' | 'sales' | 'unsettledEndMinor'>

/** @param alsoUnclaimed as if the day had claimed what no day has */
export async function readMoney(
  database: Queryable,
  locationId: string,
  dayId: string,
  alsoUnclaimed: boolean,
): Promise<MoneyFacts> {
  const most = limits.maxListedOfDay
  const [moved, movedAtDojo, refunds, owed, paidOut, unmatched, openOrders, [before]] =
    await Promise.all([
      database.rows<MovedRow>(readMoved, [locationId, dayId, alsoUnclaimed]),
      readMovedAtDojo(database, { locationId, dayId, alsoUnclaimed }),
      database.rows<Omit<RefundShown, 'at'> & { at: Date }>(readRefunds, [
        locationId,
        dayId,
        alsoUnclaimed,
        most,
      ]),
      database.rows<Omit<RefundOwed, 'requestedAt'> & { requestedAt: Date }>(readRefundsOwed, [
        locationId,
        most,
      ]),
      readPaidOut(database, locationId, dayId, alsoUnclaimed),
      readUnmatchedPayments(database, locationId),
      readOpenOrders(database, locationId),
      database.rows<{ unsettled_minor: number }>(readUnsettledBefore, [locationId]),
    ])
  return {
    moved: moved.map(movedOf),
    movedAtDojo,
    refunds: refunds.map((row) => ({ ...row, at: row.at.toISOString() })),
    refundsOwed: owed.map((row) => ({ ...row, requestedAt: row.requestedAt.toISOString() })),
    paidOut,
    unmatched: unmatched.slice(0, most).map(unmatchedOf),
    openOrders,
    unsettledStartMinor: before?.unsettled_minor ?? 0,
  }
}

function unmatchedOf(
  row: Awaited<ReturnType<typeof readUnmatchedPayments>>[number],
): UnmatchedShown {
  return {
    paymentIntentId: row.paymentIntentId,
    since: row.since.toISOString(),
    reason: row.reason,
    status: row.status ?? undefined,
    amountMinor: row.amountMinor ?? undefined,
    tipsMinor: row.tipsMinor ?? undefined,
    orderId: row.externalId ?? undefined,
  }
}

// --- open orders

const readOpen: Statement = unhurried({
  name: 'readOpenOrders',
  text: `SELECT o.order_id, o.display_name, t.name AS table_name, o.reference, o.total_minor, o.paid_minor,
      count(*) OVER () AS count, sum(o.total_minor) OVER ()::bigint AS all_total_minor, sum(o.paid_minor) OVER ()::bigint AS all_paid_minor
    FROM orders o LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id
    WHERE o.location_id = $1 AND o.to_book AND o.booked_version IS DISTINCT FROM o.version
      AND ${isOpenSql('o')}
      ORDER BY o.created_at, o.order_id LIMIT $2`,
})

type OpenOrderRow = Row<
  'Order',
  'orderId' | 'displayName' | 'reference' | 'totalMinor' | 'paidMinor'
> & { table_name: string | null; count: number; all_total_minor: number; all_paid_minor: number }

/** Open and not booked by a day as they are; listed up to a limit, summed over all. */
export async function readOpenOrders(database: Queryable, locationId: string): Promise<OpenOrders> {
  const rows = await database.rows<OpenOrderRow>(readOpen, [locationId, limits.maxListedOfDay])
  const [first] = rows
  return {
    count: first?.count ?? 0,
    totalMinor: first?.all_total_minor ?? 0,
    paidMinor: first?.all_paid_minor ?? 0,
    orders: rows.map((row) => ({
      orderId: row.order_id,
      displayName: displayNameOf({
        orderId: row.order_id,
        displayName: row.display_name ?? undefined,
        tableName: row.table_name ?? undefined,
        reference: row.reference ?? undefined,
      }),
      totalMinor: row.total_minor,
      paidMinor: row.paid_minor,
    })),
  }
}

// --- claimed

const unsettledSum =
  'SELECT coalesce(sum(paid_minor - booked_minor), 0)::bigint FROM orders WHERE location_id = $1 AND to_book AND paid_minor <> booked_minor'

/**
 * In one statement, and so of one moment: the claimed movements are those by which the orders are
 * paid.
 */
const claimAll: Statement = unhurried({
  name: 'claimMovements',
  text: `WITH claimed AS (UPDATE payment_movements SET day_id = $2 WHERE location_id = $1 AND day_id IS NULL)
    SELECT (${unsettledSum}) AS unsettled`,
})

/**
 * Claims for the day what no day has claimed.
 * @returns what is paid on orders that no day has counted
 */
export async function claimMovements(
  tx: Transaction,
  locationId: string,
  dayId: string,
): Promise<number> {
  return (await tx.rows<{ unsettled: number }>(claimAll, [locationId, dayId]))[0]!.unsettled
}

const readUnsettledNow: Statement = unhurried({
  name: 'readUnsettled',
  text: `SELECT (${unsettledSum}) AS unsettled`,
})

/** What is paid on orders that no day has counted. */
export async function readUnsettled(database: Queryable, locationId: string): Promise<number> {
  return (await database.rows<{ unsettled: number }>(readUnsettledNow, [locationId]))[0]!.unsettled
}

const claimBatch: Statement = unhurried({
  name: 'claimMovementBatch',
  text: `WITH batch AS MATERIALIZED (SELECT payment_id, sequence FROM payment_movements WHERE location_id = $1 AND day_id IS NULL LIMIT $3)
    UPDATE payment_movements m SET day_id = $2 FROM batch b
    WHERE m.location_id = $1 AND m.payment_id = b.payment_id AND m.sequence = b.sequence`,
})

export async function claimSomeMovements(
  tx: Transaction,
  locationId: string,
  dayId: string,
): Promise<void> {
  await tx.rows(claimBatch, [locationId, dayId, limits.dayBatchMovements])
}

// --- one moment

const setOneMoment: Statement = {
  name: 'setOneMoment',
  text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
}

/** The first statement of a transaction in which all that follows sees one moment. */
export async function seeOneMoment(tx: Transaction): Promise<void> {
  await tx.rows(setOneMoment, [])
}
