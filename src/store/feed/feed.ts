// A venue's feed of changes: the rows of its histories, read as they become visible. A reader's
// position is a snapshot of the database, and what is new to it are the rows whose transactions
// that snapshot did not see. So a transaction that commits late is not skipped, none waits for one
// that takes long, and nothing has to be numbered while money is written.
//
// On a distributed database, rows have numbers of the venue's clock in place of transactions, and a
// position is the snapshot that saw the numbers so far: see position-clock.ts.
import type { OrderLock, OrderStatus } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { FeedKind } from '../bookings/visit-history.ts'
import { lockJson } from '../orders/order-columns.ts'
import { readPositions, type Position } from './position-clock.ts'

export type { Position } from './position-clock.ts'

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

/**
 * What the reader of a venue has seen already, and where to stop: at a later position, or now. A
 * reader without `since` only asks where to begin.
 */
export interface Reader {
  locationId: string
  since: Position | undefined
  upTo?: Position
}

export interface NewChanges {
  /** The database's time. */
  nowMs: number
  /** For each reader. */
  read: ReadVenue[]
}

export interface ReadVenue {
  /** Where the reader continues. */
  position: Position
  /** In the order of events; undefined where there are too many to read at once. */
  changes: Change[] | undefined
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
function newIn({ venue, since, upTo }: Record<'venue' | 'since' | 'upTo', string>): string {
  const from = (table: string, entity: string, id: string): string => `(
      SELECT ${entity} AS entity, h.${id} AS id, h.sequence, h.at, h.action, h.detail,
        h.caller_waiter_id, h.caller_device_id, h.caller_product
      FROM ${table} h
      WHERE h.location_id = ${venue}
        AND h.transaction_id >= pg_snapshot_xmin(${since})::text::bigint
        AND h.transaction_id < pg_snapshot_xmax(${upTo})::text::bigint
        AND NOT pg_visible_in_snapshot(h.transaction_id::text::xid8, ${since})
        AND pg_visible_in_snapshot(h.transaction_id::text::xid8, ${upTo})
      ORDER BY h.transaction_id LIMIT ${limits.streamMostRows + 1})`
  return `${from('order_history', "'Order'", 'order_id')}
        UNION ALL ${from('visit_history', 'h.kind::text', 'visit_id')}`
}

const entryColumns = `e.entity, e.id, e.sequence, e.at, e.action, e.detail,
        e.caller_waiter_id AS waiter_id, e.caller_device_id AS device_id, e.caller_product AS product`

function summaryIn(venue: string): string {
  return `CASE WHEN e.entity = 'Order' THEN (
          SELECT json_strip_nulls(json_build_object('status', o.status, 'version', o.version,
            'totalMinor', o.total_minor, 'paidMinor', o.paid_minor, 'tableId', o.table_id, 'lock', ${lockJson(venue)}))
          FROM orders o WHERE o.location_id = ${venue} AND o.order_id = e.id) END AS summary`
}

/** In the order of events, which for one order is the order in which its row was locked. */
const readNewChanges: Statement = {
  name: 'changes_read',
  text: `SELECT n.position, n.now, c.*
    FROM (SELECT pg_current_snapshot()::text AS position, clock_timestamp()::timestamptz(3) AS now) n LEFT JOIN (
      SELECT r.reader, ${entryColumns}, ${summaryIn('r.location_id')}
      FROM (
        SELECT g.location_id, g.since, coalesce(g.up_to, pg_current_snapshot()) AS up_to, g.reader::int AS reader
        FROM unnest($1::text[], $2::pg_snapshot[], $3::pg_snapshot[]) WITH ORDINALITY AS g(location_id, since, up_to, reader)
      ) r CROSS JOIN LATERAL (${newIn({ venue: 'r.location_id', since: 'r.since', upTo: 'r.up_to' })}) e
    ) c ON true
    ORDER BY c.reader, c.at, c.id, c.sequence`,
}

/** What is new to each reader. */
export async function readChanges(
  database: Queryable,
  readers: readonly Reader[],
): Promise<NewChanges> {
  if (database.isDistributed) return await readByClocks(database, readers)
  const known = readers.filter(({ since }) => since !== undefined)
  const rows = await database.rows<ChangeRow>(readNewChanges, [
    known.map(({ locationId }) => locationId),
    known.map(({ since }) => since),
    known.map(({ upTo }) => upTo),
  ])
  const { position, now } = rows[0]!
  const changes = new Map<Reader, Change[]>(readers.map((reader) => [reader, []]))
  for (const row of rows) {
    if (row.reader !== null) changes.get(known[row.reader - 1]!)!.push(changeOf(row))
  }
  const read = readers.map((reader) => ({ position, changes: atMost(changes.get(reader)!) }))
  return { nowMs: now.getTime(), read }
}

function atMost(changes: Change[]): Change[] | undefined {
  return changes.length > limits.streamMostRows ? undefined : changes
}

// --- on a distributed database

const readNow: Statement = {
  name: 'changes_now',
  text: 'SELECT clock_timestamp()::timestamptz(3) AS now',
}

const readNewOfVenue: Statement = {
  name: 'changes_read_of_venue',
  text: `SELECT ${entryColumns}, ${summaryIn('$1')}
    FROM (${newIn({ venue: '$1', since: '$2::pg_snapshot', upTo: '$3::pg_snapshot' })}) e
    ORDER BY e.at, e.id, e.sequence`,
}

/**
 * Where each venue's clock is, and what is new of those that have moved on. The clock is read
 * first: the numbers up to it are committed, so the entries can be read after it.
 */
async function readByClocks(database: Queryable, readers: readonly Reader[]): Promise<NewChanges> {
  const [[clock], positions] = await Promise.all([
    database.rows<{ now: Date }>(readNow, []),
    readPositions(database, [...new Set(readers.map(({ locationId }) => locationId))]),
  ])
  const read: ReadVenue[] = []
  // One venue after the other: few have something new at the same moment.
  for (const { locationId, since, upTo } of readers) {
    const position = positions.get(locationId)!
    const end = upTo ?? position
    const isBehind = since !== undefined && since !== end && !isAhead(since, end)
    const rows = isBehind
      ? await database.rows<ChangeRow>(readNewOfVenue, [locationId, since, end])
      : []
    read.push({ position, changes: atMost(rows.map(changeOf)) })
  }
  return { nowMs: clock!.now.getTime(), read }
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
