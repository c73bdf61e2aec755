// Business days: opened, counted, closed. A day that closes claims what no day has counted: the
// money that moved, and the tabs that are settled. Whatever is committed a moment too late is left
// to the next day, so that everything is counted in exactly one.
import {
  addBooked,
  bookingOf,
  dayReport,
  noSales,
  type Booked,
  type Booking,
  type Count,
  type DayFacts,
  type DayReport,
  type Moved,
  type OpenTabs,
  type RefundOwed,
  type RefundShown,
  type Sales,
} from '../../domain/venue/day-report.ts'
import { conflict, notFound } from '../../domain/errors.ts'
import { displayNameOf } from '../../domain/orders/order.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import { defined } from '../../domain/orders/tab.ts'
import { limits } from '../../limits.ts'
import {
  unhurried,
  type Database,
  type Queryable,
  type Statement,
  type Transaction,
} from '../database/database.ts'
import { readUnmatchedPayments } from '../payments/intents.ts'
import { readPage } from '../database/keyset.ts'
import { TAB_COLUMNS, TAB_SOURCE, tabOf, type TabRow } from '../orders/tab-rows.ts'

export interface BusinessDay {
  dayId: string
  day: string
  openedAt: string
  openedBy: string | undefined
  floatMinor: number
  count: Count | undefined
  closedAt: string | undefined
  closedBy: string | undefined
  /** What was paid on tabs that were not counted yet, when it closed. */
  unsettledMinor: number | undefined
  /** As it was when it closed. */
  report: DayReport | undefined
  version: number
}

interface DayRow {
  day_id: string
  day: string
  opened_at: Date
  opened_by: string | null
  float_minor: number
  counted: Count | null
  closed_at: Date | null
  closed_by: string | null
  unsettled_minor: number | null
  report: DayReport | null
  version: number
}

const DAY_COLUMNS =
  "d.day_id, to_char(d.day, 'YYYY-MM-DD') AS day, d.opened_at, d.opened_by, d.float_minor, d.counted, d.closed_at, d.closed_by, d.unsettled_minor, d.report, d.version"

const dayOf = (row: DayRow): BusinessDay => ({
  dayId: row.day_id,
  day: row.day,
  openedAt: row.opened_at.toISOString(),
  openedBy: row.opened_by ?? undefined,
  floatMinor: row.float_minor,
  count: row.counted ?? undefined,
  closedAt: row.closed_at?.toISOString(),
  closedBy: row.closed_by ?? undefined,
  unsettledMinor: row.unsettled_minor ?? undefined,
  report: row.report ?? undefined,
  version: row.version,
})

// --- the day itself

export const isClosed = ({ closedAt }: Pick<BusinessDay, 'closedAt'>): boolean =>
  closedAt !== undefined

const NOW: Statement = { name: 'day_now', text: 'SELECT clock_timestamp() AS now' }

/** The database's time, in milliseconds since 1970. */
export const readNowMs = async (database: Queryable): Promise<number> =>
  (await database.rows<{ now: Date }>(NOW, []))[0]!.now.getTime()

const OPEN: Statement = {
  name: 'day_open',
  text: `INSERT INTO business_days AS d (location_id, day_id, day, opened_at, opened_by, float_minor) VALUES ($1, $2, $3::date, clock_timestamp(), $4, $5)
    ON CONFLICT DO NOTHING RETURNING ${DAY_COLUMNS}`,
}
const READ: Statement = {
  name: 'day_read',
  text: `SELECT ${DAY_COLUMNS} FROM business_days d WHERE d.location_id = $1 AND d.day_id = $2`,
}
const READ_OPEN: Statement = {
  name: 'day_read_open',
  text: `SELECT ${DAY_COLUMNS} FROM business_days d WHERE d.location_id = $1 AND d.closed_at IS NULL`,
}
const HOLD: Statement = { name: 'day_hold', text: `${READ.text} FOR NO KEY UPDATE` }

async function findDay(
  database: Queryable,
  statement: Statement,
  ...values: string[]
): Promise<BusinessDay | undefined> {
  const [row] = await database.rows<DayRow>(statement, values)
  return row === undefined ? undefined : dayOf(row)
}

export const findOpenDay = async (
  database: Queryable,
  locationId: string,
): Promise<BusinessDay | undefined> => await findDay(database, READ_OPEN, locationId)

/** @throws Refusal NotFound */
export async function readDay(
  database: Queryable,
  locationId: string,
  dayId: string,
): Promise<BusinessDay> {
  return (await findDay(database, READ, locationId, dayId)) ?? fail(notFound('business day', dayId))
}

/** The day, held until the transaction ends. @throws Refusal NotFound */
export async function holdDay(
  tx: Transaction,
  locationId: string,
  dayId: string,
): Promise<BusinessDay> {
  return (await findDay(tx, HOLD, locationId, dayId)) ?? fail(notFound('business day', dayId))
}

function fail(error: Error): never {
  throw error
}

export interface NewDay {
  dayId: string
  day: string
  openedBy: string
  floatMinor: number
}

/**
 * The day, and whether it is new: the same id again answers what there is.
 * @throws Refusal Conflict `day-open`: another day is
 */
export async function openDay(
  tx: Transaction,
  locationId: string,
  { dayId, day, openedBy, floatMinor }: NewDay,
): Promise<{ day: BusinessDay; isNew: boolean }> {
  const [row] = await tx.rows<DayRow>(OPEN, [locationId, dayId, day, openedBy, floatMinor])
  if (row !== undefined) return { day: dayOf(row), isNew: true }
  const there = await findDay(tx, READ, locationId, dayId)
  if (there !== undefined) return { day: there, isNew: false }
  const open = await findOpenDay(tx, locationId)
  throw conflict(
    'day-open',
    open === undefined
      ? 'Another day was open; try again.'
      : `The day ${open.dayId} (${open.day}) is open; close it first.`,
    open && { dayId: open.dayId, day: open.day },
  )
}

const COUNT: Statement = {
  name: 'day_count',
  text: `UPDATE business_days d SET counted = $3::jsonb, version = version + 1 WHERE d.location_id = $1 AND d.day_id = $2 RETURNING ${DAY_COLUMNS}`,
}

/** Replaces what was counted before. The caller holds the day, and has seen that it is open. */
export async function countDay(
  tx: Transaction,
  locationId: string,
  dayId: string,
  count: Count,
): Promise<BusinessDay> {
  const [row] = await tx.rows<DayRow>(COUNT, [locationId, dayId, JSON.stringify(count)])
  return dayOf(row!)
}

/** Newest first. */
export async function listDays(
  database: Queryable,
  locationId: string,
  page: PageRequest,
): Promise<Page<BusinessDay>> {
  return await readPage<DayRow, BusinessDay>(
    database,
    {
      name: 'days',
      columns: DAY_COLUMNS,
      source: 'FROM business_days d',
      conditions: [{ tag: 'v', sql: 'd.location_id = ?', value: locationId }],
      order: { at: 'd.opened_at', id: 'd.day_id', descending: true, atType: 'timestamptz' },
    },
    page,
    (row) => ({ at: row.opened_at.getTime(), id: row.day_id }),
    dayOf,
  )
}

// --- tabs that no day has counted as they are

const FINAL = "('Finalized', 'Canceled', 'Failed')"
const TO_BOOK = `o.location_id = $1 AND o.booked_version IS DISTINCT FROM o.version AND o.status IN ${FINAL}`

const TABS_TO_BOOK: Statement = unhurried({
  name: 'day_tabs_to_book',
  text: `SELECT ${TAB_COLUMNS}, o.booked_minor, a.area_id, a.name AS area_name, o.waiter_id, coalesce(w.name, o.waiter_id) AS waiter_name,
      CASE WHEN o.status = 'Canceled' THEN (SELECT h.detail->>'reason' FROM order_history h
        WHERE h.location_id = o.location_id AND h.order_id = o.order_id AND h.action = 'Canceled' ORDER BY h.sequence DESC LIMIT 1) END AS cancel_reason,
      CASE WHEN o.booked_version IS NOT NULL THEN (SELECT b.booking->'now' FROM order_bookings b JOIN business_days d ON d.location_id = b.location_id AND d.day_id = b.day_id
        WHERE b.location_id = o.location_id AND b.order_id = o.order_id ORDER BY d.opened_at DESC LIMIT 1) END AS before
    ${TAB_SOURCE} LEFT JOIN areas a ON a.location_id = t.location_id AND a.area_id = t.area_id LEFT JOIN waiters w ON w.location_id = o.location_id AND w.waiter_id = o.waiter_id
    WHERE ${TO_BOOK} AND o.order_id > $2 ORDER BY o.order_id LIMIT $3`,
})

interface ToBookRow extends TabRow {
  booked_minor: number
  area_id: string | null
  area_name: string | null
  waiter_id: string | null
  waiter_name: string | null
  cancel_reason: string | null
  before: Booking | null
}

interface ToBook {
  orderId: string
  version: number
  bookedMinor: number
  booked: Booked
}

const CATEGORIES: Statement = {
  name: 'day_categories',
  text: 'SELECT plu, category FROM menu_items WHERE location_id = $1 AND category IS NOT NULL',
}

const readCategories = async (
  database: Queryable,
  locationId: string,
): Promise<Map<string, string>> =>
  new Map(
    (await database.rows<{ plu: string; category: string }>(CATEGORIES, [locationId])).map(
      ({ plu, category }) => [plu, category],
    ),
  )

function toBookOf(row: ToBookRow, categories: ReadonlyMap<string, string>): ToBook {
  const {
    area_id: areaId,
    area_name: areaName,
    waiter_id: waiterId,
    waiter_name: waiterName,
    cancel_reason: cancelReason,
    before,
  } = row
  const tab = tabOf(row)
  const now = bookingOf(tab, {
    area: areaId === null ? undefined : { id: areaId, name: areaName! },
    waiter: waiterId === null ? undefined : { id: waiterId, name: waiterName! },
    cancelReason: cancelReason ?? undefined,
    categories,
  })
  return {
    orderId: tab.orderId,
    version: tab.version,
    bookedMinor: row.booked_minor,
    booked: { now, ...(before === null ? {} : { before }) },
  }
}

/** In batches, so that no statement takes long. */
async function* tabsToBook(database: Queryable, locationId: string): AsyncGenerator<ToBook[]> {
  const categories = await readCategories(database, locationId)
  for (let after = ''; ;) {
    const rows = await database.rows<ToBookRow>(TABS_TO_BOOK, [
      locationId,
      after,
      limits.dayBatchTabs,
    ])
    yield rows.map((row) => toBookOf(row, categories))
    if (rows.length < limits.dayBatchTabs) return
    after = rows.at(-1)!.order_id
  }
}

/**
 * Held from here to the commit, in one order, the tabs cannot change while the day counts them. One
 * that has changed since it was read is left out; it is not settled for this day. A tab that is
 * booked for the second time on one day keeps what it was before.
 */
const BOOK: Statement = unhurried({
  name: 'day_book',
  text: `WITH given AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset($3::jsonb) AS x("orderId" text, version int, "totalMinor" bigint, booked jsonb)
    ), held AS MATERIALIZED (
      SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.order_id IN (SELECT "orderId" FROM given) ORDER BY o.order_id FOR NO KEY UPDATE
    ), marked AS (
      UPDATE orders o SET booked_version = g.version, booked_minor = g."totalMinor" FROM given g JOIN held h ON h.order_id = g."orderId"
      WHERE o.location_id = $1 AND o.order_id = g."orderId" AND o.version = g.version RETURNING o.order_id
    )
    INSERT INTO order_bookings AS b (location_id, day_id, order_id, booking)
    SELECT $1, $2, g."orderId", g.booked FROM given g JOIN marked m ON m.order_id = g."orderId"
    ON CONFLICT (location_id, day_id, order_id) DO UPDATE SET booking = jsonb_set(b.booking, '{now}', EXCLUDED.booking->'now')`,
})

async function book(
  tx: Transaction,
  locationId: string,
  dayId: string,
  tabs: readonly ToBook[],
): Promise<void> {
  if (tabs.length === 0) return
  await tx.rows(BOOK, [
    locationId,
    dayId,
    JSON.stringify(
      tabs.map(({ orderId, version, booked }) => ({
        orderId,
        version,
        totalMinor: booked.now.totalMinor,
        booked,
      })),
    ),
  ])
}

const BOOKINGS: Statement = unhurried({
  name: 'day_bookings',
  text: 'SELECT order_id, booking FROM order_bookings WHERE location_id = $1 AND day_id = $2 AND order_id > $3 ORDER BY order_id LIMIT $4',
})

/** What the day has booked so far. */
async function readSales(database: Queryable, locationId: string, dayId: string): Promise<Sales> {
  const sales = noSales()
  for (let after = ''; ;) {
    const rows = await database.rows<{ order_id: string; booking: Booked }>(BOOKINGS, [
      locationId,
      dayId,
      after,
      limits.dayBatchTabs,
    ])
    for (const { booking } of rows) addBooked(sales, booking)
    if (rows.length < limits.dayBatchTabs) return sales
    after = rows.at(-1)!.order_id
  }
}

// --- the money

/** `$3`: also what no day has claimed. */
const OF_THE_DAY = 'm.location_id = $1 AND (m.day_id = $2 OR ($3 AND m.day_id IS NULL))'

/**
 * By whoever took the payment, else by whose table it is. Each movement finds its payment and that
 * its order, one by one: left to itself, a database that has no statistics of a venue yet tries
 * every movement with every order.
 */
const MOVED: Statement = unhurried({
  name: 'day_moved',
  text: `SELECT x.*, coalesce(w.name, x."waiterId") AS "waiterName" FROM (
      SELECT p.tender, m.kind, coalesce(p.caller_waiter_id, o.waiter_id) AS "waiterId", count(*) AS count, sum(m.amount_minor)::bigint AS "amountMinor", sum(m.tips_minor)::bigint AS "tipsMinor"
      FROM payment_movements m
        CROSS JOIN LATERAL (SELECT tender, order_id, caller_waiter_id FROM payments WHERE location_id = $1 AND payment_id = m.payment_id OFFSET 0) AS p
        CROSS JOIN LATERAL (SELECT waiter_id FROM orders WHERE location_id = $1 AND order_id = p.order_id OFFSET 0) AS o
      WHERE ${OF_THE_DAY} GROUP BY 1, 2, 3
    ) AS x LEFT JOIN waiters w ON w.location_id = $1 AND w.waiter_id = x."waiterId"`,
})

type MovedRow = Omit<Moved, 'waiterId' | 'waiterName'> & {
  waiterId: string | null
  waiterName: string | null
}

const REFUNDS: Statement = unhurried({
  name: 'day_refunds',
  text: `SELECT m.payment_id AS "paymentId", p.order_id AS "orderId", p.tender, -m.amount_minor AS "amountMinor", -m.tips_minor AS "tipsMinor", m.at
    FROM payment_movements m CROSS JOIN LATERAL (SELECT order_id, tender FROM payments WHERE location_id = $1 AND payment_id = m.payment_id OFFSET 0) AS p
    WHERE ${OF_THE_DAY} AND m.kind = 'Refunded' ORDER BY m.at, m.payment_id, m.sequence LIMIT $4`,
})

const REFUNDS_OWED: Statement = {
  name: 'day_refunds_owed',
  text: `SELECT r.refund_id AS "refundId", r.payment_id AS "paymentId", p.order_id AS "orderId", r.amount_minor AS "amountMinor", r.reason, r.requested_at AS "requestedAt"
    FROM refunds r JOIN payments p ON p.location_id = r.location_id AND p.payment_id = r.payment_id
    WHERE r.location_id = $1 AND r.status = 'CardRequired' ORDER BY r.requested_at, r.refund_id LIMIT $2`,
}

const UNSETTLED =
  'SELECT coalesce(sum(paid_minor - booked_minor), 0)::bigint FROM orders WHERE location_id = $1 AND paid_minor <> booked_minor'

/**
 * In one statement, and so of one moment: the movements that are claimed are those by which the
 * orders are paid.
 */
const CLAIM: Statement = unhurried({
  name: 'day_claim',
  text: `WITH claimed AS (UPDATE payment_movements SET day_id = $2 WHERE location_id = $1 AND day_id IS NULL)
    SELECT (${UNSETTLED}) AS unsettled`,
})
const READ_UNSETTLED: Statement = unhurried({
  name: 'day_unsettled',
  text: `SELECT (${UNSETTLED}) AS unsettled`,
})

const CLAIM_SOME: Statement = unhurried({
  name: 'day_claim_some',
  text: `WITH batch AS MATERIALIZED (SELECT payment_id, sequence FROM payment_movements WHERE location_id = $1 AND day_id IS NULL LIMIT $3)
    UPDATE payment_movements m SET day_id = $2 FROM batch b WHERE m.location_id = $1 AND m.payment_id = b.payment_id AND m.sequence = b.sequence`,
})

const UNSETTLED_BEFORE: Statement = {
  name: 'day_unsettled_before',
  text: 'SELECT unsettled_minor FROM business_days WHERE location_id = $1 AND closed_at IS NOT NULL ORDER BY opened_at DESC LIMIT 1',
}

const OPEN_TABS: Statement = unhurried({
  name: 'day_open_tabs',
  text: `SELECT o.order_id, o.display_name, t.name AS table_name, o.reference, o.total_minor, o.paid_minor,
      count(*) OVER () AS count, sum(o.total_minor) OVER ()::bigint AS all_total_minor, sum(o.paid_minor) OVER ()::bigint AS all_paid_minor
    FROM orders o LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id
    WHERE o.location_id = $1 AND o.booked_version IS DISTINCT FROM o.version AND o.status NOT IN ${FINAL} ORDER BY o.created_at, o.order_id LIMIT $2`,
})

interface OpenTabRow {
  order_id: string
  display_name: string | null
  table_name: string | null
  reference: string | null
  total_minor: number
  paid_minor: number
  count: number
  all_total_minor: number
  all_paid_minor: number
}

async function readOpenTabs(database: Queryable, locationId: string): Promise<OpenTabs> {
  const rows = await database.rows<OpenTabRow>(OPEN_TABS, [locationId, limits.maxListedOfDay])
  const [first] = rows
  return {
    count: first?.count ?? 0,
    totalMinor: first?.all_total_minor ?? 0,
    paidMinor: first?.all_paid_minor ?? 0,
    tabs: rows.map(
      ({
        order_id: orderId,
        display_name: displayName,
        table_name: tableName,
        reference,
        total_minor: totalMinor,
        paid_minor: paidMinor,
      }) => ({
        orderId,
        displayName: displayNameOf({
          orderId,
          displayName: displayName ?? undefined,
          tableName: tableName ?? undefined,
          reference: reference ?? undefined,
        }),
        totalMinor,
        paidMinor,
      }),
    ),
  }
}

/**
 * What the report says besides what was sold: of the movements that the day has claimed, or
 * `alsoUnclaimed`.
 */
async function readMoney(
  database: Queryable,
  locationId: string,
  dayId: string,
  alsoUnclaimed: boolean,
): Promise<Omit<DayFacts, 'floatMinor' | 'count' | 'sales' | 'unsettledEndMinor'>> {
  const [moved, refunds, owed, unmatched, openTabs, [before]] = await Promise.all([
    database.rows<MovedRow>(MOVED, [locationId, dayId, alsoUnclaimed]),
    database.rows<Omit<RefundShown, 'at'> & { at: Date }>(REFUNDS, [
      locationId,
      dayId,
      alsoUnclaimed,
      limits.maxListedOfDay,
    ]),
    database.rows<Omit<RefundOwed, 'requestedAt'> & { requestedAt: Date }>(REFUNDS_OWED, [
      locationId,
      limits.maxListedOfDay,
    ]),
    readUnmatchedPayments(database, locationId),
    readOpenTabs(database, locationId),
    database.rows<{ unsettled_minor: number }>(UNSETTLED_BEFORE, [locationId]),
  ])
  return {
    moved: moved.map(({ waiterId, waiterName, ...row }) => ({
      ...row,
      ...(waiterId === null ? {} : { waiterId, waiterName: waiterName! }),
    })),
    refunds: refunds.map((row) => ({ ...row, at: row.at.toISOString() })),
    refundsOwed: owed.map((row) => ({ ...row, requestedAt: row.requestedAt.toISOString() })),
    unmatched: unmatched
      .slice(0, limits.maxListedOfDay)
      .map(({ paymentIntentId, since, reason, status, amountMinor, tipsMinor, externalId }) => ({
        paymentIntentId,
        since: since.toISOString(),
        reason,
        ...defined({
          status: status ?? undefined,
          amountMinor: amountMinor ?? undefined,
          tipsMinor: tipsMinor ?? undefined,
          orderId: externalId ?? undefined,
        }),
      })),
    openTabs,
    unsettledStartMinor: before?.unsettled_minor ?? 0,
  }
}

// --- the report as it would be now

/** All that follows in the transaction sees one moment. */
const ONE_MOMENT: Statement = {
  name: 'day_one_moment',
  text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
}

/**
 * An open day with its report as it would be now, a closed one with that of its close. Nothing is
 * claimed by it.
 * @param find undefined where there is none
 */
export async function readDayWithReport(
  database: Database,
  locationId: string,
  find: (tx: Queryable) => Promise<BusinessDay | undefined>,
): Promise<BusinessDay | undefined> {
  return await database.transaction(async (tx) => {
    const [, day] = await Promise.all([tx.rows(ONE_MOMENT, []), find(tx)])
    if (day === undefined || isClosed(day)) return day
    const { dayId, floatMinor, count } = day
    const [money, sales, [row]] = await Promise.all([
      readMoney(tx, locationId, dayId, true),
      readSales(tx, locationId, dayId),
      tx.rows<{ unsettled: number }>(READ_UNSETTLED, [locationId]),
    ])
    let unsettledEndMinor = row!.unsettled
    for await (const batch of tabsToBook(tx, locationId)) {
      for (const { booked, bookedMinor } of batch) {
        addBooked(sales, booked)
        unsettledEndMinor -= booked.now.totalMinor - bookedMinor
      }
    }
    return { ...day, report: dayReport({ ...money, floatMinor, count, sales, unsettledEndMinor }) }
  })
}

// --- the close

export interface Close {
  dayId: string
  closedBy: string
  carryOpenTabs: boolean
  /** Called with the day as it is, held and open. @throws to leave it open */
  check: (day: BusinessDay) => void
}

const CLOSE: Statement = {
  name: 'day_close',
  text: `UPDATE business_days d SET closed_at = clock_timestamp(), closed_by = $3, unsettled_minor = $4, report = $5::jsonb, version = version + 1
    WHERE d.location_id = $1 AND d.day_id = $2 RETURNING ${DAY_COLUMNS}`,
}

/**
 * Counts all that no day has counted yet, and freezes the report. A day that is closed already is
 * answered as it is.
 * @throws Refusal NotFound; Conflict `open-tabs`, naming them, unless they are carried over; what
 *   `check` throws
 */
export async function closeDay(
  database: Database,
  locationId: string,
  { dayId, closedBy, carryOpenTabs, check }: Close,
): Promise<BusinessDay> {
  const holdToClose = async (tx: Transaction): Promise<BusinessDay> => {
    const day = await holdDay(tx, locationId, dayId)
    if (isClosed(day)) return day
    check(day)
    const openTabs = await readOpenTabs(tx, locationId)
    if (openTabs.count > 0 && !carryOpenTabs) throw refusedForOpenTabs(openTabs)
    return day
  }
  // However much there is, as on the first day of a venue that has long been open, no transaction
  // holds many tabs for long.
  while (
    await database.transaction(
      async (tx) => !isClosed(await holdToClose(tx)) && (await countSome(tx, locationId, dayId)),
    )
  );
  return await database.transaction(async (tx) => {
    const day = await holdToClose(tx)
    if (isClosed(day)) return day
    for await (const batch of tabsToBook(tx, locationId)) await book(tx, locationId, dayId, batch)
    const [claimed] = await tx.rows<{ unsettled: number }>(CLAIM, [locationId, dayId])
    const unsettledEndMinor = claimed!.unsettled
    const [money, sales] = await Promise.all([
      readMoney(tx, locationId, dayId, false),
      readSales(tx, locationId, dayId),
    ])
    const report = dayReport({
      ...money,
      floatMinor: day.floatMinor,
      count: day.count,
      sales,
      unsettledEndMinor,
    })
    const [closed] = await tx.rows<DayRow>(CLOSE, [
      locationId,
      dayId,
      closedBy,
      unsettledEndMinor,
      JSON.stringify(report),
    ])
    return dayOf(closed!)
  })
}

const BACKLOG: Statement = {
  name: 'day_backlog',
  text: `SELECT (SELECT count(*) FROM (SELECT 1 FROM orders o WHERE ${TO_BOOK} LIMIT $2) AS x) = $2 AS tabs,
    (SELECT count(*) FROM (SELECT 1 FROM payment_movements m WHERE m.location_id = $1 AND m.day_id IS NULL LIMIT $3) AS x) = $3 AS movements`,
}

/** Books and claims a batch where there is more than one of them. False where there is not. */
async function countSome(tx: Transaction, locationId: string, dayId: string): Promise<boolean> {
  const [more] = await tx.rows<{ tabs: boolean; movements: boolean }>(BACKLOG, [
    locationId,
    limits.dayBatchTabs,
    limits.dayBatchMovements,
  ])
  if (more!.tabs) {
    await book(tx, locationId, dayId, (await tabsToBook(tx, locationId).next()).value ?? [])
  }
  if (more!.movements) await tx.rows(CLAIM_SOME, [locationId, dayId, limits.dayBatchMovements])
  return more!.tabs || more!.movements
}

function refusedForOpenTabs({ count, tabs }: OpenTabs): Error {
  const named = tabs.slice(0, limits.maxListedFaults)
  return conflict(
    'open-tabs',
    `${count === 1 ? 'One tab is' : `${count} tabs are`} open: ${named.map(({ displayName }) => displayName).join(', ')}${count > named.length ? ' and more' : ''}. Settle or cancel them, or carry them over to the next day.`,
    { count, openTabs: named },
  )
}
