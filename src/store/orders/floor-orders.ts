// The orders that people look at on the floor: the open ones, and the paid ones whose guests are
// still there.
import { takesOffBill } from '../../domain/orders/exceptions.ts'
import type { OrderLock, OrderStatus } from '../../domain/orders/order.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { iso, listOf, object } from '../database/json-sql.ts'
import { lockJson } from './order-columns.ts'
import { isOpenSql } from './order-sql.ts'

export interface FloorOrder {
  id: string
  status: OrderStatus
  tableId?: string
  partyId?: string
  waiterId?: string
  displayName?: string
  reference?: string
  covers?: number
  totalMinor: number
  paidMinor: number
  tipsMinor: number
  createdAt: string
  updatedAt: string
  /** It may have expired. */
  lock?: OrderLock
  lastPaidAt?: string
  billPrintedAt?: string
  /** The newest change after that which takes something off the bill. */
  takenOffAt?: string
}

const newest = (what: string): string =>
  `(SELECT max(h.at) FROM order_history h
      WHERE h.location_id = $1 AND h.order_id = o.order_id AND ${what})`

const orderObject = object({
  id: 'o.order_id',
  status: 'o.status',
  tableId: 'o.table_id',
  partyId: 'o.party_id',
  waiterId: 'o.waiter_id',
  displayName: 'o.display_name',
  reference: 'o.reference',
  covers: 'o.covers',
  totalMinor: 'o.total_minor',
  paidMinor: 'o.paid_minor',
  tipsMinor: 'o.tips_minor',
  createdAt: iso('o.created_at'),
  updatedAt: iso('o.updated_at'),
  lock: lockJson(),
  lastPaidAt: iso(newest("h.action = 'PaymentRecorded'")),
  billPrintedAt: iso('b.at'),
  takenOffAt: iso(newest(`h.at > b.at AND h.action IN ${listOf(takesOffBill)}`)),
})

const readFloor: Statement = {
  name: 'floor_orders',
  text: `SELECT clock_timestamp()::timestamptz(3) AS now, coalesce((
      SELECT json_agg(json_strip_nulls(${orderObject}) ORDER BY o.created_at, o.order_id)
      FROM orders o CROSS JOIN LATERAL (SELECT ${newest("h.action = 'BillPrinted'")} AS at) b
      WHERE o.location_id = $1 AND (${isOpenSql('o')}
        OR (o.status = 'Finalized' AND o.party_id IN (
          SELECT p.party_id FROM parties p WHERE p.location_id = $1 AND p.end_time IS NULL)))), '[]') AS orders`,
}

/** One statement; also the database's time. */
export async function readFloorOrders(
  database: Queryable,
  locationId: string,
): Promise<{ nowMs: number; orders: FloorOrder[] }> {
  const [row] = await database.rows<{ now: Date; orders: FloorOrder[] }>(readFloor, [locationId])
  return { nowMs: row!.now.getTime(), orders: row!.orders }
}
