// Reservations and their tables, read and locked. They are written in write-reservation.ts.
import type { Reservation } from '../../domain/bookings/reservation.ts'
import type { Existing } from '../../domain/bookings/visit.ts'
import { notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'

const columns = `r.reservation_id, r.version, r.dojo_reservation_id, r.name, r.covers, r.start_time, r.end_time, r.host_notes,
  r.guest_requests, r.created_at,
  ARRAY(SELECT s.table_id FROM reservation_tables s WHERE s.location_id = $1 AND s.reservation_id = r.reservation_id
    ORDER BY s.position) AS table_ids,
  ARRAY(SELECT jsonb_build_array(p.party_id, extract(epoch FROM p.start_time) * 1000, extract(epoch FROM p.end_time) * 1000)
    FROM parties p WHERE p.location_id = $1 AND p.reservation_id = r.reservation_id
      ORDER BY p.start_time, p.party_id) AS parties`

type ReservationRow = Row<
  'Reservation',
  | 'reservationId'
  | 'version'
  | 'dojoReservationId'
  | 'name'
  | 'covers'
  | 'startTime'
  | 'endTime'
  | 'hostNotes'
  | 'guestRequests'
  | 'createdAt'
> & { table_ids: string[]; parties: [partyId: string, startMs: number, endMs: number | null][] }

function reservationOf(row: ReservationRow): Reservation {
  return {
    reservationId: row.reservation_id,
    version: row.version,
    dojoReservationId: row.dojo_reservation_id ?? undefined,
    name: row.name,
    covers: row.covers,
    tableIds: row.table_ids,
    startTime: row.start_time.toISOString(),
    endTime: row.end_time.toISOString(),
    hostNotes: row.host_notes ?? undefined,
    guestRequests: row.guest_requests ?? undefined,
    parties: row.parties.map(([id, startMs, endMs]) => ({
      id,
      startTime: new Date(startMs).toISOString(),
      endTime: endMs === null ? undefined : new Date(endMs).toISOString(),
    })),
  }
}

// --- read

const readOne: Statement = {
  name: 'readReservation',
  text: `SELECT ${columns}, clock_timestamp()::timestamptz(3) AS now
    FROM reservations r WHERE r.location_id = $1 AND r.reservation_id = $2`,
}

/** @throws Refusal NotFound */
export async function readReservation(
  database: Queryable,
  locationId: string,
  reservationId: string,
): Promise<Reservation> {
  const [row] = await database.rows<ReservationRow>(readOne, [locationId, reservationId])
  if (row === undefined) throw notFound('reservation', reservationId)
  return reservationOf(row)
}

const atTable = (tableId: string): Condition => ({
  tag: 't',
  sql: `EXISTS (SELECT 1 FROM reservation_tables x
    WHERE x.location_id = $1 AND x.reservation_id = r.reservation_id AND x.table_id = ?)`,
  value: tableId,
})

export interface ReservationFilter {
  tableId?: string
  fromTime?: string
  toTime?: string
}

/**
 * Newest first. Those whose own time overlaps the one from `fromTime` to `toTime`, both half open.
 */
export async function searchReservations(
  database: Queryable,
  locationId: string,
  { tableId, fromTime, toTime }: ReservationFilter,
  page: PageRequest,
): Promise<Page<Reservation>> {
  const conditions: Condition[] = [{ tag: 'v', sql: 'r.location_id = ?', value: locationId }]
  if (fromTime !== undefined) {
    conditions.push({ tag: 'from', sql: 'r.end_time > ?::timestamptz', value: fromTime })
  }
  if (toTime !== undefined) {
    conditions.push({ tag: 'to', sql: 'r.start_time < ?::timestamptz', value: toTime })
  }
  if (tableId !== undefined) conditions.push(atTable(tableId))
  return await readPage<ReservationRow, Reservation>(
    database,
    {
      name: 'reservations',
      columns,
      source: 'FROM reservations r',
      conditions,
      order: {
        at: 'r.created_at',
        id: 'r.reservation_id',
        descending: true,
        atType: 'timestamptz',
      },
    },
    page,
    {
      keyOf: (row) => ({ at: row.created_at.getTime(), id: row.reservation_id }),
      resultOf: reservationOf,
    },
  )
}

/** Those that start from `startMs` until before `endMs`, in that order. */
export async function readBook(
  database: Queryable,
  locationId: string,
  { startMs, endMs, tableId }: { startMs: number; endMs: number; tableId?: string | undefined },
  page: PageRequest,
): Promise<Page<Reservation>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 'r.location_id = ?', value: locationId },
    { tag: 'from', sql: 'r.start_time >= ?::timestamptz', value: new Date(startMs) },
    { tag: 'to', sql: 'r.start_time < ?::timestamptz', value: new Date(endMs) },
    ...(tableId === undefined ? [] : [atTable(tableId)]),
  ]
  return await readPage<ReservationRow, Reservation>(
    database,
    {
      name: 'book',
      columns,
      source: 'FROM reservations r',
      conditions,
      order: {
        at: 'r.start_time',
        id: 'r.reservation_id',
        descending: false,
        atType: 'timestamptz',
      },
    },
    page,
    {
      keyOf: (row) => ({ at: row.start_time.getTime(), id: row.reservation_id }),
      resultOf: reservationOf,
    },
  )
}

// --- read for update

const lockContent: Statement = {
  name: 'lockReservation',
  text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2 FOR NO KEY UPDATE',
}

const lockNamed: Statement = {
  name: 'lockNamedReservation',
  text: `SELECT reservation_id AS id FROM reservations
    WHERE location_id = $1 AND (reservation_id = $2 OR dojo_reservation_id = $3)
    ORDER BY (reservation_id = $2) DESC NULLS LAST LIMIT 1 FOR NO KEY UPDATE`,
}

const lockName: Statement = {
  name: 'lockNameOfReservation',
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))",
}

/**
 * Dojo's party may come before its reservation. The caller that brings the second of them sees the
 * first, also when both come at once: they wait for each other by the id that both name.
 */
export async function lockDojoReservation(
  tx: Transaction,
  locationId: string,
  dojoReservationId: string,
): Promise<void> {
  await tx.rows(lockName, [locationId, dojoReservationId])
}

/** The id of a reservation by either of its ids, its own first; undefined if unknown. */
export async function lockNamedReservation(
  tx: Transaction,
  locationId: string,
  {
    reservationId,
    dojoReservationId,
  }: { reservationId: string | undefined; dojoReservationId: string | undefined },
): Promise<string | undefined> {
  const values = [locationId, reservationId, dojoReservationId]
  // Sent together and run in turn: the read sees what was committed while the lock waited.
  const [, [row]] = await Promise.all([
    dojoReservationId && lockDojoReservation(tx, locationId, dojoReservationId),
    tx.rows<{ id: string }>(lockNamed, values),
  ])
  return row?.id
}

/** The reservation, and the database's time when it was read. */
export interface ReservationNow {
  reservation: Reservation
  nowMs: number
}

/** Locked until the transaction ends; undefined if unknown. */
export async function findReservationForUpdate(
  tx: Transaction,
  locationId: string,
  reservationId: string,
): Promise<ReservationNow | undefined> {
  // Sent together and run in turn: the read sees what was committed while the lock waited.
  const [, [row]] = await Promise.all([
    tx.rows(lockContent, [locationId, reservationId]),
    tx.rows<ReservationRow & { now: Date }>(readOne, [locationId, reservationId]),
  ])
  return row && { reservation: reservationOf(row), nowMs: row.now.getTime() }
}

/** @throws Refusal NotFound */
export async function readReservationForUpdate(
  tx: Transaction,
  locationId: string,
  reservationId: string,
): Promise<Reservation> {
  const found = await findReservationForUpdate(tx, locationId, reservationId)
  if (found === undefined) throw notFound('reservation', reservationId)
  return found.reservation
}

const findByIds: Statement = {
  name: 'findReservationByIds',
  text: `SELECT reservation_id AS id, creation_hash AS "creationHash"
    FROM reservations WHERE location_id = $1 AND (dojo_reservation_id = $2 OR reservation_id = $3)`,
}

/** The reservation that has one of these ids already. */
export async function findExistingReservation(
  tx: Transaction,
  locationId: string,
  {
    dojoReservationId,
    reservationId,
  }: { dojoReservationId?: string | undefined; reservationId?: string | undefined },
): Promise<Existing | undefined> {
  const values = [locationId, dojoReservationId, reservationId]
  return (await tx.rows<Existing>(findByIds, values))[0]
}

const lockToDelete: Statement = {
  name: 'lockReservationToDelete',
  text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2 FOR UPDATE',
}
const lockParties: Statement = {
  name: 'lockPartiesOfReservation',
  text: 'SELECT party_id FROM parties WHERE location_id = $1 AND reservation_id = $2 ORDER BY party_id FOR NO KEY UPDATE',
}
const findOrders: Statement = {
  name: 'findOrdersOfReservation',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND reservation_id = $2 ORDER BY order_id',
}

/**
 * The reservation with the ids of its orders. It is locked so that no order or party can be linked
 * to it meanwhile, and its parties are locked too.
 * @throws Refusal NotFound
 */
export async function lockReservationToRemove(
  tx: Transaction,
  locationId: string,
  reservationId: string,
): Promise<{ reservation: Reservation; orderIds: string[] }> {
  const key = [locationId, reservationId]
  const [, , [row], orders] = await Promise.all([
    tx.rows(lockToDelete, key),
    // Parties before orders, as when a party is deleted.
    tx.rows(lockParties, key),
    tx.rows<ReservationRow>(readOne, key),
    tx.rows<Row<'Order', 'orderId'>>(findOrders, key),
  ])
  if (row === undefined) throw notFound('reservation', reservationId)
  return {
    reservation: reservationOf(row),
    orderIds: orders.map(({ order_id: orderId }) => orderId),
  }
}
