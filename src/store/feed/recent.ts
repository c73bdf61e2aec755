// The newest changes of a venue: what somebody sees first who then listens to the stream.
import type { Queryable, Statement } from '../database/database.ts'
import { NAME_OF_ORDER } from '../orders/order-sql.ts'
import type { Change } from './feed.ts'

export interface RecentChange extends Omit<Change, 'order' | 'id'> {
  entity: Change['entity']
  id: string
  /** Counts the changes of the entity, from 1. */
  sequence: number
  /** The table of the order, or its own name. */
  name: string | undefined
}

interface RecentRow {
  entity: Change['entity']
  id: string
  sequence: number
  at: Date
  action: string
  detail: object
  waiter_id: string | null
  device_id: string | null
  product: string | null
  name: string | null
}

const newestOf = (table: string, entity: string, id: string): string => `(
      SELECT ${entity} AS entity, h.${id} AS id, h.sequence, h.at, h.action, h.detail, h.caller_waiter_id AS waiter_id,
        h.caller_device_id AS device_id, h.caller_product AS product, h.location_id
      FROM ${table} h WHERE h.location_id = $1 ORDER BY h.transaction_id DESC LIMIT $2)`

const readNewest: Statement = {
  name: 'changes_newest',
  text: `SELECT c.*, CASE WHEN c.entity = 'Order' THEN (
        SELECT ${NAME_OF_ORDER} FROM orders o
          LEFT JOIN tables t ON t.location_id = $1 AND t.table_id = o.table_id
        WHERE o.location_id = $1 AND o.order_id = c.id) END AS name
    FROM (${newestOf('order_history', "'Order'", 'order_id')}
      UNION ALL ${newestOf('visit_history', 'h.kind::text', 'visit_id')}) c
    ORDER BY c.at DESC, c.sequence DESC LIMIT $2`,
}

/** Newest first. */
export async function readRecentChanges(
  database: Queryable,
  locationId: string,
  most: number,
): Promise<RecentChange[]> {
  const rows = await database.rows<RecentRow>(readNewest, [locationId, most])
  return rows.map(({ waiter_id: waiterId, device_id: deviceId, product, name, ...row }) => ({
    entity: row.entity,
    id: row.id,
    sequence: row.sequence,
    at: row.at,
    action: row.action,
    detail: row.detail,
    waiterId: waiterId ?? undefined,
    deviceId: deviceId ?? undefined,
    product: product ?? undefined,
    name: name ?? undefined,
  }))
}
