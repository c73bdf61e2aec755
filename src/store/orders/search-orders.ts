// Lists of orders, newest first, by whatever filters are given. Payable orders have indexes of
// their own, so a card machine's list costs the same however many orders the venue has served.
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { readPage, type Condition, type Listing } from '../database/keyset.ts'
import { wholeOrder, type OrderRow } from './order-columns.ts'
import { isOpenSql } from './order-sql.ts'
import { orderOutline } from './order-outline.ts'
import type { OrderNow, OutlineNow } from './read-order.ts'

export interface OrderFilter {
  tableId?: string
  waiterId?: string
  partyId?: string
  reservationId?: string
  openOnly?: boolean
  payableOnly?: boolean
  /** Only orders that this waiter serves (by table or area) or has opened. */
  servedBy?: string
}

/** The same rule as `isPayable` in the domain. The indexes `orders_payable*` have the column. */
const payable = `o.payable
  AND NOT EXISTS (SELECT 1 FROM order_locks h WHERE h.location_id = $1 AND h.order_id = o.order_id
                    AND h.ended_at IS NULL AND h.kind = 'TillHold' AND h.expires_at > clock_timestamp())`

const served = `(o.waiter_id = ? OR o.caller_waiter_id = ?
  OR EXISTS (SELECT 1 FROM waiter_tables w WHERE w.location_id = $1 AND w.waiter_id = ? AND w.table_id = o.table_id)
  OR EXISTS (SELECT 1 FROM waiter_areas w WHERE w.location_id = $1 AND w.waiter_id = ? AND w.area_id = t.area_id))`

const byValue = {
  tableId: { tag: 't', sql: 'o.table_id = ?' },
  waiterId: { tag: 'w', sql: 'o.waiter_id = ?' },
  partyId: { tag: 'p', sql: 'o.party_id = ?' },
  reservationId: { tag: 'r', sql: 'o.reservation_id = ?' },
  servedBy: { tag: 's', sql: served },
} as const satisfies Partial<Record<keyof OrderFilter, Condition>>

function conditionsOf(locationId: string, filter: OrderFilter): Condition[] {
  const conditions: Condition[] = [{ tag: 'v', sql: 'o.location_id = ?', value: locationId }]
  for (const field of Object.keys(byValue) as (keyof typeof byValue)[]) {
    const value = filter[field]
    if (value !== undefined) conditions.push({ ...byValue[field], value })
  }
  if (filter.openOnly === true) conditions.push({ tag: 'open', sql: isOpenSql('o') })
  if (filter.payableOnly === true) conditions.push({ tag: 'payable', sql: payable })
  return conditions
}

const newestFirst: Listing['order'] = {
  at: 'o.created_at',
  id: 'o.order_id',
  descending: true,
  atType: 'timestamptz',
}

/** Whole orders. */
export async function searchOrders(
  database: Queryable,
  locationId: string,
  filter: OrderFilter,
  page: PageRequest,
): Promise<Page<OrderNow>> {
  const { columns, source, orderOf } = wholeOrder
  const conditions = conditionsOf(locationId, filter)
  return await readPage<OrderRow, OrderNow>(
    database,
    { name: 'orders', columns, source, conditions, order: newestFirst },
    page,
    { keyOf, resultOf: (row) => ({ order: orderOf(row), nowMs: row.now.getTime() }) },
  )
}

/** What Dojo is shown of orders. */
export async function searchOutlines(
  database: Queryable,
  locationId: string,
  filter: OrderFilter,
  page: PageRequest,
): Promise<Page<OutlineNow>> {
  return await readPage<OrderRow, OutlineNow>(database, outlineListing(locationId, filter), page, {
    keyOf,
    resultOf: (row) => ({ order: orderOutline.orderOf(row), nowMs: row.now.getTime() }),
  })
}

export function outlineListing(locationId: string, filter: OrderFilter): Listing {
  const { columns, source } = orderOutline
  const conditions = conditionsOf(locationId, filter)
  return { name: 'order_outlines', columns, source, conditions, order: newestFirst, isShared: true }
}

function keyOf(row: OrderRow): { at: number; id: string } {
  return { at: row.createdAt.getTime(), id: row.orderId }
}

const selectWaiterAccess: Statement = {
  name: 'waiter_access',
  text: `SELECT l.waiter_access,
           EXISTS (SELECT 1 FROM waiters w WHERE w.location_id = $1 AND w.waiter_id = $2 AND w.retired_at IS NULL) AS known
         FROM locations l WHERE l.location_id = $1`,
}

/** Whether the venue limits waiters to the orders they serve, and whether it has this waiter. */
export async function readWaiterAccess(
  database: Queryable,
  locationId: string,
  waiterId: string,
): Promise<{ limited: boolean; known: boolean }> {
  const [row] = await database.rows<{ waiter_access: boolean; known: boolean }>(
    selectWaiterAccess,
    [locationId, waiterId],
  )
  return { limited: row?.waiter_access === true, known: row?.known === true }
}
