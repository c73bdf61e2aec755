// The orders of a till that keeps its own, as far as they have to be compared with what it sends.
import type { Caller } from '../../domain/caller.ts'
import type { MirrorState } from '../../domain/orders/mirror.ts'
import type { Order } from '../../domain/orders/order.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { VERIFICATION, verified, type VerificationRow } from '../venue/verification.ts'
import { isOpenSql } from './order-sql.ts'

/** Enough to say whether a till's order is here as it is, without reading all of it. */
export type MirrorOutline = MirrorState & Pick<Order, 'status' | 'totalMinor' | 'paidMinor'>

interface OutlineRow {
  order_id: string
  mirror_id: string | null
  mirror_version: number | null
  mirror_hash: string | null
  waiting: NonNullable<MirrorState['mirrorWaiting']> | null
  status: Order['status']
  total_minor: number
  paid_minor: number
}

const outline = `order_id, mirror_id, mirror_version, mirror_hash, mirror_waiting - 'request' AS waiting,
    status, total_minor, paid_minor`

const selectOutlines: Statement = {
  name: 'mirror_outlines',
  text: `SELECT ${outline} FROM orders WHERE location_id = $1 AND mirror_id = ANY($2::text[])
    UNION ALL SELECT ${outline} FROM orders WHERE location_id = $1 AND order_id = ANY($2::text[])
      AND (mirror_id IS NULL OR mirror_id <> order_id)`,
}

/**
 * By the ids that a till calls its orders. The one that Dojo made and the till has not taken over
 * yet is found by its own id.
 */
export async function readMirrorOutlines(
  database: Queryable,
  locationId: string,
  ids: readonly string[],
): Promise<Map<string, MirrorOutline>> {
  const rows = await database.rows<OutlineRow>(selectOutlines, [locationId, ids])
  const found = new Map<string, MirrorOutline>()
  for (const row of rows) {
    const id = row.mirror_id !== null && ids.includes(row.mirror_id) ? row.mirror_id : row.order_id
    if (!found.has(id)) found.set(id, outlineOf(row))
  }
  return found
}

function outlineOf(row: OutlineRow): MirrorOutline {
  return {
    orderId: row.order_id,
    mirrorId: row.mirror_id ?? undefined,
    mirrorVersion: row.mirror_version ?? undefined,
    mirrorHash: row.mirror_hash ?? undefined,
    mirrorWaiting: row.waiting ?? undefined,
    status: row.status,
    totalMinor: row.total_minor,
    paidMinor: row.paid_minor,
  }
}

const selectOpen: Statement = {
  name: 'mirror_open',
  text: `SELECT ${outline} FROM orders
    WHERE location_id = $1 AND mirror_id IS NOT NULL AND ${isOpenSql('orders')}
    ORDER BY mirror_id`,
}

/** The till's orders that are open here, by its ids of them. */
export async function readOpenMirrors(
  database: Queryable,
  locationId: string,
): Promise<Map<string, MirrorOutline>> {
  const rows = await database.rows<OutlineRow>(selectOpen, [locationId])
  return new Map(rows.map((row) => [row.mirror_id!, outlineOf(row)]))
}

const selectDue: Statement = {
  name: 'mirror_due',
  text: `SELECT o.location_id AS "locationId", o.order_id AS "orderId", l.currency,
      ${VERIFICATION}
    FROM orders o JOIN locations l ON l.location_id = o.location_id
    WHERE o.mirror_waiting IS NOT NULL
      AND (o.mirror_waiting#>>'{problem,orderVersion}')::int IS DISTINCT FROM o.version
      AND NOT EXISTS (SELECT 1 FROM order_locks k WHERE k.location_id = o.location_id AND k.order_id = o.order_id
        AND k.ended_at IS NULL AND k.expires_at > clock_timestamp())
    ORDER BY o.updated_at LIMIT $1`,
}

export type DueOrder = Pick<Caller, 'locationId' | 'currency' | 'verifyPayments'> & {
  orderId: string
}

/** Orders of any venue with something that is to take effect, as `isDue` has it. */
export async function readDueOrders(database: Queryable, rows: number): Promise<DueOrder[]> {
  const due = await database.rows<Omit<DueOrder, 'verifyPayments'> & VerificationRow>(selectDue, [
    rows,
  ])
  return due.map(verified)
}
