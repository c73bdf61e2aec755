// A venue's feed of changes: the rows of its histories, read as they become visible. A reader's
// position is a snapshot of the database, and what is new to it are the rows whose transactions
// that snapshot did not see. So a transaction that commits late is not skipped, none waits for one
// that takes long, and nothing has to be numbered while money is written.
import type { OrderLock, OrderStatus } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { FeedKind } from '../bookings/visit-history.ts'
import { lockJson } from '../orders/order-columns.ts'

/**
 * Everything that was committed when the snapshot was taken, in PostgreSQL's text form:
 * `xmin:xmax:` and the transactions still running in between.
 */
export type Position = string

/** The order when the change is read, which may be later than the change. */
export interface OrderSummary {
  status: OrderStatus
  version: number
  totalMinor: number
  paidMinor: number
  tableId: string | undefined
  lock: OrderLock | undefined
}

export interface Change {
  entity: 'Order' | FeedKind
  id: string
  /** Counts the changes of the entity. */
  sequence: number
  action: string
  at: Date
  detail: object
  waiterId: string | undefined
  deviceId: string | undefined
  product: string | undefined
  /** For orders. */
  order: OrderSummary | undefined
}

/** What the reader of a venue has seen already, and where to stop: at a later position, or now. */
export interface Reader {
  locationId: string
  since: Position
  upTo?: Position
}

export interface NewChanges {
  /** Where the readers continue. */
  position: Position
  /** The database's time. */
  nowMs: number
  /**
   * For each reader, in the order of events; undefined where there are too many to read at once.
   */
  changes: (Change[] | undefined)[]
}

interface ChangeRow {
  position: Position
  now: Date
  /** Null when there is nothing new for any reader. */
  reader: number | null
  entity: Change['entity']
  id: string
  sequence: number
  action: string
  at: Date
  detail: object
  waiter_id: string | null
  device_id: string | null
  product: string | null
  summary: {
    status: OrderStatus
    version: number
    totalMinor: number
    paidMinor: number
    tableId?: string
    lock?: OrderLock
  } | null
}

/**
 * Reads from the index and in its order, so that only new rows of a long history are read.
 * Transaction numbers that the database has not reached come from another, of which it is a copy.
 */
const newIn = (table: string, entity: string, id: string): string => `(
      SELECT ${entity} AS entity, h.${id} AS id, h.sequence, h.at, h.action, h.detail,
        h.caller_waiter_id, h.caller_device_id, h.caller_product
      FROM ${table} h
      WHERE h.location_id = r.location_id
        AND h.transaction_id >= pg_snapshot_xmin(r.since)::text::bigint
        AND h.transaction_id < pg_snapshot_xmax(r.up_to)::text::bigint
        AND NOT pg_visible_in_snapshot(h.transaction_id::text::xid8, r.since)
        AND pg_visible_in_snapshot(h.transaction_id::text::xid8, r.up_to)
      ORDER BY h.transaction_id LIMIT ${limits.streamMostRows + 1})`

/** In the order of events, which for one order is the order in which its row was locked. */
const readNewChanges: Statement = {
  name: 'changes_read',
  text: `SELECT n.position, n.now, c.*
    FROM (SELECT pg_current_snapshot()::text AS position, clock_timestamp()::timestamptz(3) AS now) n LEFT JOIN (
      SELECT r.reader, e.entity, e.id, e.sequence, e.at, e.action, e.detail,
        e.caller_waiter_id AS waiter_id, e.caller_device_id AS device_id, e.caller_product AS product,
        CASE WHEN e.entity = 'Order' THEN (
          SELECT json_strip_nulls(json_build_object('status', o.status, 'version', o.version,
            'totalMinor', o.total_minor, 'paidMinor', o.paid_minor, 'tableId', o.table_id, 'lock', ${lockJson('o.location_id')}))
          FROM orders o WHERE o.location_id = r.location_id AND o.order_id = e.id) END AS summary
      FROM (
        SELECT g.location_id, g.since, coalesce(g.up_to, pg_current_snapshot()) AS up_to, g.reader::int AS reader
        FROM unnest($1::text[], $2::pg_snapshot[], $3::pg_snapshot[]) WITH ORDINALITY AS g(location_id, since, up_to, reader)
      ) r CROSS JOIN LATERAL (${newIn('order_history', "'Order'", 'order_id')}
        UNION ALL ${newIn('visit_history', 'h.kind::text', 'visit_id')}) e
    ) c ON true
    ORDER BY c.reader, c.at, c.id, c.sequence`,
}

/** What is new to each reader, in one statement. */
export async function readChanges(
  database: Queryable,
  readers: readonly Reader[],
): Promise<NewChanges> {
  const rows = await database.rows<ChangeRow>(readNewChanges, [
    readers.map(({ locationId }) => locationId),
    readers.map(({ since }) => since),
    readers.map(({ upTo }) => upTo),
  ])
  const { position, now } = rows[0]!
  const changes: Change[][] = readers.map(() => [])
  for (const row of rows) if (row.reader !== null) changes[row.reader - 1]!.push(changeOf(row))
  return {
    position,
    nowMs: now.getTime(),
    changes: changes.map((each) => (each.length > limits.streamMostRows ? undefined : each)),
  }
}

const changeOf = ({
  entity,
  id,
  sequence,
  action,
  at,
  detail,
  waiter_id: waiterId,
  device_id: deviceId,
  product,
  summary,
}: ChangeRow): Change => ({
  entity,
  id,
  sequence,
  action,
  at,
  detail,
  waiterId: waiterId ?? undefined,
  deviceId: deviceId ?? undefined,
  product: product ?? undefined,
  order:
    summary === null ? undefined : { ...summary, tableId: summary.tableId, lock: summary.lock },
})

const SNAPSHOT = /^(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)$/

/** Whether PostgreSQL would accept the text as a snapshot. */
export function isPosition(text: string): boolean {
  const [, xmin, xmax, running] = SNAPSHOT.exec(text) ?? []
  if (xmin === undefined || BigInt(xmin) < 1n || BigInt(xmin) > BigInt(xmax!)) return false
  const ids = running === '' ? [] : running!.split(',').map(BigInt)
  return ids.every(
    (id, index) => id >= (index === 0 ? BigInt(xmin) : ids[index - 1]!) && id < BigInt(xmax!),
  )
}

/**
 * Whether the database has not reached the position: it belongs to another database, or to this one
 * before a backup was restored.
 */
export function isAhead(position: Position, of: Position): boolean {
  return BigInt(position.split(':')[1]!) > BigInt(of.split(':')[1]!)
}
