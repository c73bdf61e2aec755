// SearchOrders: newest first, by whatever filters are given. Payable orders have indexes of their
// own, so a card machine's list costs the same however many orders the venue has served.
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Database, Statement } from '../database/database.ts'
import { readPage, type Condition, type Listing } from '../database/keyset.ts'
import { ORDER_COLUMNS, ORDER_SOURCE, orderOf, type OrderRow } from './order-rows.ts'
import type { OrderNow } from './orders.ts'

export interface OrderFilter {
  tableId?: string
  waiterId?: string
  partyId?: string
  reservationId?: string
  payableOnly?: boolean
  /** Only what this waiter serves (by table or area) or has opened. */
  servedBy?: string
}

/** As `isPayable` in domain/order.ts says, and as the indexes `orders_payable*` are made. */
const PAYABLE = `o.status NOT IN ('Finalized', 'Canceled', 'Failed') AND o.paid_minor < o.total_minor
  AND NOT EXISTS (SELECT 1 FROM order_locks h WHERE h.location_id = o.location_id AND h.order_id = o.order_id
                    AND h.ended_at IS NULL AND h.kind = 'TillHold' AND h.expires_at > clock_timestamp())`

const SERVED = `(o.waiter_id = ? OR o.caller_waiter_id = ?
  OR EXISTS (SELECT 1 FROM waiter_tables w WHERE w.location_id = o.location_id AND w.waiter_id = ? AND w.table_id = o.table_id)
  OR EXISTS (SELECT 1 FROM waiter_areas w WHERE w.location_id = o.location_id AND w.waiter_id = ? AND w.area_id = t.area_id))`

export async function searchOrders(
  database: Database,
  locationId: string,
  filter: OrderFilter,
  page: PageRequest,
): Promise<Page<OrderNow>> {
  return await readPage<OrderRow, OrderNow>(
    database,
    orderListing(locationId, filter),
    page,
    (row) => ({ at: row.created_at.getTime(), id: row.order_id }),
    (row) => ({ order: orderOf(row), nowMs: row.now.getTime() }),
  )
}

export function orderListing(locationId: string, filter: OrderFilter): Listing {
  const conditions: Condition[] = [{ tag: 'v', sql: 'o.location_id = ?', value: locationId }]
  if (filter.tableId !== undefined) {
    conditions.push({ tag: 't', sql: 'o.table_id = ?', value: filter.tableId })
  }
  if (filter.waiterId !== undefined) {
    conditions.push({ tag: 'w', sql: 'o.waiter_id = ?', value: filter.waiterId })
  }
  if (filter.partyId !== undefined) {
    conditions.push({ tag: 'p', sql: 'o.party_id = ?', value: filter.partyId })
  }
  if (filter.reservationId !== undefined) {
    conditions.push({ tag: 'r', sql: 'o.reservation_id = ?', value: filter.reservationId })
  }
  if (filter.servedBy !== undefined) {
    conditions.push({ tag: 's', sql: SERVED, value: filter.servedBy })
  }
  if (filter.payableOnly === true) conditions.push({ tag: 'payable', sql: PAYABLE })
  return {
    name: 'orders',
    columns: ORDER_COLUMNS,
    source: ORDER_SOURCE,
    conditions,
    order: { at: 'o.created_at', id: 'o.order_id', descending: true, atType: 'timestamptz' },
  }
}

const WAITER_ACCESS: Statement = {
  name: 'waiter_access',
  text: `SELECT l.waiter_access, EXISTS (SELECT 1 FROM waiters w WHERE w.location_id = $1 AND w.waiter_id = $2 AND w.retired_at IS NULL) AS known
         FROM locations l WHERE l.location_id = $1`,
}

/** Whether the venue limits waiters to what they serve, and whether it has this waiter. */
export async function readWaiterAccess(
  database: Database,
  locationId: string,
  waiterId: string,
): Promise<{ limited: boolean; known: boolean }> {
  const [row] = await database.rows<{ waiter_access: boolean; known: boolean }>(WAITER_ACCESS, [
    locationId,
    waiterId,
  ])
  return { limited: row?.waiter_access === true, known: row?.known === true }
}
