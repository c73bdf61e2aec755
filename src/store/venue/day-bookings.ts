// The orders that a business day books: final, and not yet booked by any day as they are now.
import type { Booked, Booking, BookingFacts } from '../../domain/venue/order-booking.ts'
import type { Order } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import {
  unhurried,
  type Queryable,
  type Statement,
  type Transaction,
} from '../database/database.ts'
import { wholeOrder, type OrderRow } from '../orders/order-columns.ts'
import { isFinalSql } from '../orders/order-sql.ts'

/** SQL, for `o` in the venue `$1`. */
const isUnbooked = `o.location_id = $1 AND o.to_book AND o.booked_version IS DISTINCT FROM o.version AND ${isFinalSql('o')}`

const readUnbooked: Statement = unhurried({
  name: 'readOrdersToBook',
  text: `SELECT ${wholeOrder.columns}, o.booked_minor, a.area_id, a.name AS area_name, o.waiter_id,
      coalesce(w.name, o.waiter_id) AS waiter_name,
      CASE WHEN o.status = 'Canceled' THEN (SELECT h.detail->>'reason' FROM order_history h
        WHERE h.location_id = $1 AND h.order_id = o.order_id AND h.action = 'Canceled'
          ORDER BY h.sequence DESC LIMIT 1) END AS cancel_reason,
      CASE WHEN o.booked_version IS NOT NULL THEN (SELECT b.booking->'now' FROM order_bookings b
        JOIN business_days d ON d.location_id = b.location_id AND d.day_id = b.day_id
        WHERE b.location_id = $1 AND b.order_id = o.order_id ORDER BY d.opened_at DESC LIMIT 1) END AS before
    ${wholeOrder.source}
      LEFT JOIN areas a ON a.location_id = t.location_id AND a.area_id = t.area_id
      LEFT JOIN waiters w ON w.location_id = o.location_id AND w.waiter_id = o.waiter_id
    WHERE ${isUnbooked} AND o.order_id > $2 ORDER BY o.order_id LIMIT $3`,
})

interface UnbookedRow extends OrderRow {
  booked_minor: number
  area_id: string | null
  area_name: string | null
  waiter_id: string | null
  waiter_name: string | null
  cancel_reason: string | null
  before: Booking | null
}

/** An order to be booked, with what its booking needs besides. */
export interface OrderToBook {
  order: Order
  facts: Omit<BookingFacts, 'categories'>
  /** Its total as booked before, and the booking; 0 and undefined before the first. */
  bookedMinor: number
  before: Booking | undefined
}

function toBookOf(row: UnbookedRow): OrderToBook {
  const { area_id: areaId, waiter_id: waiterId } = row
  return {
    order: wholeOrder.orderOf(row),
    facts: {
      area: areaId === null ? undefined : { id: areaId, name: row.area_name! },
      waiter: waiterId === null ? undefined : { id: waiterId, name: row.waiter_name! },
      cancelReason: row.cancel_reason ?? undefined,
    },
    bookedMinor: row.booked_minor,
    before: row.before ?? undefined,
  }
}

/** In batches, so that no statement takes long. */
export async function* ordersToBook(
  database: Queryable,
  locationId: string,
): AsyncGenerator<OrderToBook[]> {
  for (let after = ''; ;) {
    const values = [locationId, after, limits.dayBatchOrders]
    const rows = await database.rows<UnbookedRow>(readUnbooked, values)
    yield rows.map(toBookOf)
    if (rows.length < limits.dayBatchOrders) return
    after = rows.at(-1)!.orderId
  }
}

const readCategoriesOf: Statement = {
  name: 'readMenuCategories',
  text: 'SELECT plu, category FROM menu_items WHERE location_id = $1 AND category IS NOT NULL',
}

/** By PLU. */
export async function readCategories(
  database: Queryable,
  locationId: string,
): Promise<Map<string, string>> {
  const rows = await database.rows<{ plu: string; category: string }>(readCategoriesOf, [
    locationId,
  ])
  return new Map(rows.map(({ plu, category }) => [plu, category]))
}

// --- booked

/**
 * Locked from here to the commit, in one order, the orders cannot change while the day counts them.
 * One that has changed since it was read is left to the next day. An order that is booked for the
 * second time on one day keeps the booking that it had before that day.
 */
const insertBookings: Statement = unhurried({
  name: 'insertOrderBookings',
  text: `WITH given AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset($3::jsonb) AS x("orderId" text, version int, "totalMinor" bigint, booked jsonb)
    ), held AS MATERIALIZED (
      SELECT o.order_id FROM orders o WHERE o.location_id = $1 AND o.order_id IN (SELECT "orderId" FROM given)
        ORDER BY o.order_id FOR NO KEY UPDATE
    ), marked AS (
      UPDATE orders o SET booked_version = g.version, booked_minor = g."totalMinor" FROM given g JOIN held h ON h.order_id = g."orderId"
      WHERE o.location_id = $1 AND o.order_id = g."orderId" AND o.version = g.version RETURNING o.order_id
    )
    INSERT INTO order_bookings AS b (location_id, day_id, order_id, booking)
    SELECT $1, $2, g."orderId", g.booked FROM given g JOIN marked m ON m.order_id = g."orderId"
    ON CONFLICT (location_id, day_id, order_id) DO UPDATE SET booking = jsonb_set(b.booking, '{now}', EXCLUDED.booking->'now')`,
})

const lockToBook: Statement = {
  name: 'lockOrdersToBook',
  text: `SELECT order_id FROM orders WHERE location_id = $1 AND order_id = ANY ($2::text[])
    ORDER BY order_id FOR NO KEY UPDATE`,
}
const markBooked: Statement = {
  name: 'markOrderBooked',
  text: `UPDATE orders SET booked_version = $3, booked_minor = $4
    WHERE location_id = $1 AND order_id = $2 AND version = $3 RETURNING order_id`,
}
const insertBooking: Statement = {
  name: 'insertOrderBooking',
  text: `INSERT INTO order_bookings AS b (location_id, day_id, order_id, booking) VALUES ($1, $2, $3, $4::jsonb)
    ON CONFLICT (location_id, day_id, order_id) DO UPDATE SET booking = jsonb_set(b.booking, '{now}', EXCLUDED.booking->'now')`,
}

/** For a distributed database. */
async function writeApart(
  tx: Transaction,
  locationId: string,
  dayId: string,
  bookings: readonly OrderBooking[],
): Promise<void> {
  await tx.rows(lockToBook, [locationId, bookings.map(({ orderId }) => orderId)])
  await Promise.all(
    bookings.map(async ({ orderId, version, booked }) => {
      const values = [locationId, orderId, version, booked.now.totalMinor]
      const isAsRead = (await tx.rows(markBooked, values)).length > 0
      if (isAsRead) tx.send(insertBooking, [locationId, dayId, orderId, JSON.stringify(booked)])
    }),
  )
}

export interface OrderBooking {
  orderId: string
  version: number
  booked: Booked
}

export async function writeBookings(
  tx: Transaction,
  locationId: string,
  dayId: string,
  bookings: readonly OrderBooking[],
): Promise<void> {
  if (bookings.length === 0) return
  if (tx.isDistributed) {
    await writeApart(tx, locationId, dayId, bookings)
    return
  }
  const rows = bookings.map((each) => ({ ...each, totalMinor: each.booked.now.totalMinor }))
  await tx.rows(insertBookings, [locationId, dayId, JSON.stringify(rows)])
}

const readBookings: Statement = unhurried({
  name: 'readOrderBookings',
  text: 'SELECT order_id, booking FROM order_bookings WHERE location_id = $1 AND day_id = $2 AND order_id > $3 ORDER BY order_id LIMIT $4',
})

/** What the day has booked so far, in batches. */
export async function* bookingsOfDay(
  database: Queryable,
  locationId: string,
  dayId: string,
): AsyncGenerator<Booked[]> {
  for (let after = ''; ;) {
    const values = [locationId, dayId, after, limits.dayBatchOrders]
    const rows = await database.rows<{ order_id: string; booking: Booked }>(readBookings, values)
    yield rows.map(({ booking }) => booking)
    if (rows.length < limits.dayBatchOrders) return
    after = rows.at(-1)!.order_id
  }
}

// --- how much there is

const readBacklogOf: Statement = {
  name: 'readDayBacklog',
  text: `SELECT (SELECT count(*) FROM (SELECT 1 FROM orders o WHERE ${isUnbooked} LIMIT $2) AS x) = $2 AS orders,
    (SELECT count(*) FROM (SELECT 1 FROM payment_movements m
      WHERE m.location_id = $1 AND m.day_id IS NULL LIMIT $3) AS x) = $3 AS movements`,
}

/** Whether there is more than one batch of orders to book, and of movements to claim. */
export async function readBacklog(
  tx: Transaction,
  locationId: string,
): Promise<{ orders: boolean; movements: boolean }> {
  const values = [locationId, limits.dayBatchOrders, limits.dayBatchMovements]
  return (await tx.rows<{ orders: boolean; movements: boolean }>(readBacklogOf, values))[0]!
}
