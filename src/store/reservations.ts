// Reservations, and the tables they keep.
import type { Caller } from '../domain/caller.ts'
import { conflict, notFound } from '../domain/errors.ts'
import type { Page, PageRequest } from '../domain/page.ts'
import type { Reservation, ReservationContent } from '../domain/visit.ts'
import type { Database, Queryable, Statement, Transaction } from './database.ts'
import { readPage, type Condition } from './keyset.ts'
import { holdOrder, writeChange } from './orders.ts'
import { checkSameContent, checkTables, distinct, holdTables, type Created } from './visits.ts'

const COLUMNS = `r.reservation_id, r.dojo_reservation_id, r.name, r.covers, r.start_time, r.end_time, r.host_notes, r.guest_requests, r.created_at,
  ARRAY(SELECT s.table_id FROM reservation_tables s WHERE s.location_id = r.location_id AND s.reservation_id = r.reservation_id ORDER BY s.position) AS table_ids`

interface ReservationRow {
  reservation_id: string
  dojo_reservation_id: string | null
  name: string
  covers: number
  start_time: Date
  end_time: Date
  host_notes: string | null
  guest_requests: string | null
  created_at: Date
  table_ids: string[]
}

const reservationOf = (row: ReservationRow): Reservation => ({
  reservationId: row.reservation_id,
  dojoReservationId: row.dojo_reservation_id ?? undefined,
  name: row.name,
  covers: row.covers,
  tableIds: row.table_ids,
  startTime: row.start_time.toISOString(),
  endTime: row.end_time.toISOString(),
  hostNotes: row.host_notes ?? undefined,
  guestRequests: row.guest_requests ?? undefined,
})

const READ: Statement = { name: 'reservation_read', text: `SELECT ${COLUMNS} FROM reservations r WHERE r.location_id = $1 AND r.reservation_id = $2` }
const HOLD: Statement = { name: 'reservation_hold', text: 'SELECT dojo_reservation_id FROM reservations WHERE location_id = $1 AND reservation_id = $2 FOR UPDATE' }
const EXISTING: Statement = { name: 'reservation_by_dojo_id', text: 'SELECT reservation_id AS id, creation_hash AS "creationHash" FROM reservations WHERE location_id = $1 AND dojo_reservation_id = $2' }
const ORDERS: Statement = { name: 'reservation_orders', text: 'SELECT order_id FROM orders WHERE location_id = $1 AND reservation_id = $2 ORDER BY order_id' }
const UNLINK_PARTIES: Statement = { name: 'reservation_unlink_parties', text: 'UPDATE parties SET reservation_id = NULL, version = version + 1, updated_at = clock_timestamp() WHERE location_id = $1 AND reservation_id = $2 RETURNING party_id' }
const DELETE: Statement = { name: 'reservation_delete', text: 'DELETE FROM reservations WHERE location_id = $1 AND reservation_id = $2' }
const CLEAR_TABLES: Statement = { name: 'reservation_clear_tables', text: 'DELETE FROM reservation_tables WHERE location_id = $1 AND reservation_id = $2' }

const INSERT: Statement = {
  name: 'reservation_insert',
  text: `INSERT INTO reservations (location_id, reservation_id, dojo_reservation_id, creation_hash, name, covers, start_time, end_time, host_notes, guest_requests, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp(), clock_timestamp())
    ON CONFLICT (location_id, dojo_reservation_id) DO NOTHING RETURNING reservation_id`,
}

const UPDATE: Statement = {
  name: 'reservation_update',
  text: `UPDATE reservations SET dojo_reservation_id = $3, name = $4, covers = $5, start_time = $6, end_time = $7, host_notes = $8, guest_requests = $9,
      version = version + 1, updated_at = clock_timestamp()
    WHERE location_id = $1 AND reservation_id = $2`,
}

const INSERT_TABLES: Statement = {
  name: 'reservation_insert_tables',
  text: `INSERT INTO reservation_tables (location_id, reservation_id, table_id, position, start_time, end_time, alone)
    SELECT $1, $2, s.table_id, s.position, $4::timestamptz, $5::timestamptz, $6 FROM unnest($3::text[]) WITH ORDINALITY AS s(table_id, position)`,
}

const OVERLAPPING: Statement = {
  name: 'reservation_overlapping',
  text: `SELECT coalesce(t.name, s.table_id) AS table, s.reservation_id
    FROM reservation_tables s LEFT JOIN tables t ON t.location_id = s.location_id AND t.table_id = s.table_id
    WHERE s.location_id = $1 AND s.table_id = ANY($2::text[]) AND s.reservation_id <> $3 AND s.start_time < $5::timestamptz AND s.end_time > $4::timestamptz LIMIT 1`,
}

export interface NewReservation {
  reservationId: string
  dojoReservationId: string
  creationHash: Buffer
  content: ReservationContent
}

export async function readReservation (database: Queryable, locationId: string, reservationId: string): Promise<Reservation | undefined> {
  const [row] = await database.rows<ReservationRow>(READ, [locationId, reservationId])
  return row === undefined ? undefined : reservationOf(row)
}

/**
 * Books; the same `dojoReservationId` with the same content answers the reservation as it now is.
 * @throws Refusal InvalidRequest: unknown tables. Conflict: other content; an overlapping reservation of a table, where the
 *   venue refuses these
 */
export async function createReservation (database: Database, locationId: string, reservation: NewReservation): Promise<Reservation> {
  return await database.transaction(async (tx) => {
    const repeated = await existingReservation(tx, locationId, reservation)
    if (repeated !== undefined) return repeated
    const { reservationId, dojoReservationId, creationHash, content } = reservation
    const { refuseOverlappingReservations } = await checkTables(tx, locationId, content.tableIds)
    const inserted = await tx.rows(INSERT, [locationId, reservationId, dojoReservationId, creationHash, ...contentValues(content)])
    if (inserted.length === 0) return (await existingReservation(tx, locationId, reservation))!
    await keepTables(tx, locationId, reservationId, content, refuseOverlappingReservations)
    tx.queue(locationId, 'ReservationUpdated', reservationId)
    return (await readReservation(tx, locationId, reservationId))!
  })
}

async function existingReservation (tx: Transaction, locationId: string, { dojoReservationId, creationHash }: NewReservation): Promise<Reservation | undefined> {
  const [existing] = await tx.rows<Created>(EXISTING, [locationId, dojoReservationId])
  if (existing === undefined) return undefined
  checkSameContent('dojoReservationId', dojoReservationId, 'reservation', existing, creationHash)
  return await readReservation(tx, locationId, existing.id)
}

/**
 * Replaces everything that an update can carry.
 * @throws Refusal NotFound; InvalidRequest: unknown tables; Conflict: the reservation, or another one, has another
 *   `dojoReservationId`; an overlapping reservation
 */
export async function updateReservation (database: Database, locationId: string, reservationId: string, dojoReservationId: string, content: ReservationContent): Promise<Reservation> {
  return await database.transaction(async (tx) => {
    const [held] = await tx.rows<{ dojo_reservation_id: string | null }>(HOLD, [locationId, reservationId])
    if (held === undefined) throw notFound('reservation', reservationId)
    const [named] = await tx.rows<Created>(EXISTING, [locationId, dojoReservationId])
    if ((held.dojo_reservation_id !== null && held.dojo_reservation_id !== dojoReservationId) || (named !== undefined && named.id !== reservationId)) {
      throw conflict('content-differs', `The dojoReservationId ${dojoReservationId} is not that of the reservation ${reservationId}.`)
    }
    const { refuseOverlappingReservations } = await checkTables(tx, locationId, content.tableIds)
    await tx.rows(UPDATE, [locationId, reservationId, dojoReservationId, ...contentValues(content)])
    await tx.rows(CLEAR_TABLES, [locationId, reservationId])
    await keepTables(tx, locationId, reservationId, content, refuseOverlappingReservations)
    tx.queue(locationId, 'ReservationUpdated', reservationId)
    return (await readReservation(tx, locationId, reservationId))!
  })
}

const contentValues = ({ name, covers, startTime, endTime, hostNotes, guestRequests }: ReservationContent) => [name, covers, startTime, endTime, hostNotes, guestRequests]

async function keepTables (tx: Transaction, locationId: string, reservationId: string, { tableIds, startTime, endTime }: ReservationContent, alone: boolean): Promise<void> {
  if (alone) {
    await holdTables(tx, locationId, tableIds)
    const [other] = await tx.rows<{ table: string, reservation_id: string }>(OVERLAPPING, [locationId, tableIds, reservationId, startTime, endTime])
    if (other !== undefined) throw conflict('overlapping', `The table ${other.table} is kept for the reservation ${other.reservation_id} at that time; this venue refuses overlapping reservations.`)
  }
  await tx.rows(INSERT_TABLES, [locationId, reservationId, distinct(tableIds), startTime, endTime, alone])
}

/**
 * Deletes a reservation; the orders and parties that came of it stay and lose the link to it.
 * @throws Refusal NotFound
 */
export async function deleteReservation (database: Database, caller: Caller, reservationId: string): Promise<void> {
  const { locationId } = caller
  await database.transaction(async (tx) => {
    // Holding it keeps new orders and parties from naming it meanwhile.
    if ((await tx.rows(HOLD, [locationId, reservationId])).length === 0) throw notFound('reservation', reservationId)
    // Its parties before its orders: the order in which whoever deletes a party holds them.
    for (const { party_id: partyId } of await tx.rows<{ party_id: string }>(UNLINK_PARTIES, [locationId, reservationId])) tx.queue(locationId, 'PartyUpdated', partyId)
    for (const { order_id: orderId } of await tx.rows<{ order_id: string }>(ORDERS, [locationId, reservationId])) {
      const { order, nowMs } = await holdOrder(tx, locationId, orderId, {})
      if (order.reservationId === reservationId) await writeChange(tx, caller, order, nowMs, { kind: 'lose-reservation', reservationId }, tx.rows)
    }
    await tx.rows(DELETE, [locationId, reservationId])
    tx.queue(locationId, 'ReservationUpdated', reservationId)
  })
}

export interface ReservationFilter { tableId?: string, fromTime?: string, toTime?: string }

/** Newest first. `fromTime` and `toTime` bound a half open time that the reservation's own, half open too, overlaps. */
export async function searchReservations (database: Database, locationId: string, { tableId, fromTime, toTime }: ReservationFilter, page: PageRequest): Promise<Page<Reservation>> {
  const conditions: Condition[] = [{ tag: 'v', sql: 'r.location_id = ?', value: locationId }]
  if (fromTime !== undefined) conditions.push({ tag: 'from', sql: 'r.end_time > ?::timestamptz', value: fromTime })
  if (toTime !== undefined) conditions.push({ tag: 'to', sql: 'r.start_time < ?::timestamptz', value: toTime })
  if (tableId !== undefined) {
    conditions.push({ tag: 't', sql: 'EXISTS (SELECT 1 FROM reservation_tables x WHERE x.location_id = r.location_id AND x.reservation_id = r.reservation_id AND x.table_id = ?)', value: tableId })
  }
  return await readPage<ReservationRow, Reservation>(
    database,
    { name: 'reservations', columns: COLUMNS, source: 'FROM reservations r', conditions, order: { at: 'r.created_at', id: 'r.reservation_id', descending: true, atType: 'timestamptz' } },
    page,
    (row) => ({ at: row.created_at.getTime(), id: row.reservation_id }),
    reservationOf)
}
