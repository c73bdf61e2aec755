// Reservations, and the tables they keep.
import type { Caller } from '../../domain/caller.ts'
import { conflict, notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import {
  changesOf,
  type Reservation,
  type ReservationContent,
  type SeatedReservation,
} from '../../domain/bookings/visit.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import { holdOrder, writeChange } from '../orders/orders.ts'
import {
  checkSameContent,
  distinct,
  holdTables,
  mustHaveTables,
  noteVisit,
  readTableRules,
  refusedAsDeleted,
  RULE,
  wasThere,
  type Created,
} from './visits.ts'

const COLUMNS = `r.reservation_id, r.version, r.dojo_reservation_id, r.name, r.covers, r.start_time, r.end_time, r.host_notes, r.guest_requests, r.created_at,
  ARRAY(SELECT s.table_id FROM reservation_tables s WHERE s.location_id = r.location_id AND s.reservation_id = r.reservation_id ORDER BY s.position) AS table_ids`

interface ReservationRow {
  reservation_id: string
  version: number
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
  version: row.version,
  dojoReservationId: row.dojo_reservation_id ?? undefined,
  name: row.name,
  covers: row.covers,
  tableIds: row.table_ids,
  startTime: row.start_time.toISOString(),
  endTime: row.end_time.toISOString(),
  hostNotes: row.host_notes ?? undefined,
  guestRequests: row.guest_requests ?? undefined,
})

/** With the parties that it became. */
const SEATED_COLUMNS = `${COLUMNS}, clock_timestamp()::timestamptz(3) AS now,
  ARRAY(SELECT jsonb_build_array(p.party_id, extract(epoch FROM p.start_time) * 1000, extract(epoch FROM p.end_time) * 1000)
    FROM parties p WHERE p.location_id = r.location_id AND p.reservation_id = r.reservation_id ORDER BY p.start_time, p.party_id) AS parties`

interface SeatedRow extends ReservationRow {
  now: Date
  parties: [partyId: string, startMs: number, endMs: number | null][]
}

const seatedOf = (row: SeatedRow): SeatedReservation => ({
  ...reservationOf(row),
  parties: row.parties.map(([id, startMs, endMs]) => ({
    id,
    startTime: new Date(startMs).toISOString(),
    ...(endMs === null ? {} : { endTime: new Date(endMs).toISOString() }),
  })),
})

const READ: Statement = {
  name: 'reservation_read',
  text: `SELECT ${COLUMNS} FROM reservations r WHERE r.location_id = $1 AND r.reservation_id = $2`,
}
const READ_SEATED: Statement = {
  name: 'reservation_read_seated',
  text: `SELECT ${SEATED_COLUMNS} FROM reservations r WHERE r.location_id = $1 AND r.reservation_id = $2`,
}
/** Also keeps orders and parties from naming it meanwhile. */
const HOLD: Statement = {
  name: 'reservation_hold',
  text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2 FOR UPDATE',
}
const HOLD_CONTENT: Statement = {
  name: 'reservation_hold_content',
  text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2 FOR NO KEY UPDATE',
}
const EXISTING: Statement = {
  name: 'reservation_existing',
  text: 'SELECT reservation_id AS id, creation_hash AS "creationHash" FROM reservations WHERE location_id = $1 AND (dojo_reservation_id = $2 OR reservation_id = $3)',
}
const ORDERS: Statement = {
  name: 'reservation_orders',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND reservation_id = $2 ORDER BY order_id',
}
const HOLD_PARTIES: Statement = {
  name: 'reservation_hold_parties',
  text: 'SELECT party_id FROM parties WHERE location_id = $1 AND reservation_id = $2 ORDER BY party_id FOR NO KEY UPDATE',
}
const UNLINK_PARTIES: Statement = {
  name: 'reservation_unlink_parties',
  text: 'UPDATE parties SET reservation_id = NULL, version = version + 1, updated_at = clock_timestamp() WHERE location_id = $1 AND reservation_id = $2',
}
const DELETE: Statement = {
  name: 'reservation_delete',
  text: 'DELETE FROM reservations WHERE location_id = $1 AND reservation_id = $2',
}
const CLEAR_TABLES: Statement = {
  name: 'reservation_clear_tables',
  text: 'DELETE FROM reservation_tables WHERE location_id = $1 AND reservation_id = $2',
}

const TABLE_ROWS =
  's.table_id, s.position, $4::timestamptz, $5::timestamptz, $6::boolean FROM unnest($3::text[]) WITH ORDINALITY AS s(table_id, position)'

/** `$3` to `$6` are of its tables. */
const INSERT: Statement = {
  name: 'reservation_insert',
  text: `WITH reservation AS (
      INSERT INTO reservations (location_id, reservation_id, start_time, end_time, dojo_reservation_id, creation_hash, name, covers, host_notes, guest_requests, created_at, updated_at)
      VALUES ($1, $2, $4::timestamptz, $5::timestamptz, $7, $8, $9, $10, $11, $12, clock_timestamp(), clock_timestamp())
      ON CONFLICT DO NOTHING RETURNING location_id, reservation_id
    ), kept AS (
      INSERT INTO reservation_tables (location_id, reservation_id, table_id, position, start_time, end_time, alone)
      SELECT reservation.location_id, reservation.reservation_id, x.* FROM reservation, LATERAL (SELECT ${TABLE_ROWS}) x
    )
    SELECT reservation_id FROM reservation`,
}

const UPDATE: Statement = {
  name: 'reservation_update',
  text: `UPDATE reservations SET dojo_reservation_id = $3, name = $4, covers = $5, start_time = $6, end_time = $7, host_notes = $8, guest_requests = $9,
      version = version + 1, updated_at = clock_timestamp()
    WHERE location_id = $1 AND reservation_id = $2`,
}

const INSERT_TABLES: Statement = {
  name: 'reservation_insert_tables',
  text: `INSERT INTO reservation_tables (location_id, reservation_id, table_id, position, start_time, end_time, alone) SELECT $1, $2, ${TABLE_ROWS}`,
}

const OVERLAPPING: Statement = {
  name: 'reservation_overlapping',
  text: `SELECT coalesce(t.name, s.table_id) AS table, s.reservation_id
    FROM reservation_tables s LEFT JOIN tables t ON t.location_id = s.location_id AND t.table_id = s.table_id
    WHERE s.location_id = $1 AND s.table_id = ANY($2::text[]) AND s.reservation_id <> $3 AND s.start_time < $5::timestamptz AND s.end_time > $4::timestamptz AND ${RULE.reservation} LIMIT 1`,
}

interface Overlapping {
  table: string
  reservation_id: string
}

export async function readReservation(
  database: Queryable,
  locationId: string,
  reservationId: string,
): Promise<Reservation | undefined> {
  const [row] = await database.rows<ReservationRow>(READ, [locationId, reservationId])
  return row === undefined ? undefined : reservationOf(row)
}

/** @throws Refusal NotFound */
export async function readSeatedReservation(
  database: Queryable,
  locationId: string,
  reservationId: string,
): Promise<SeatedReservation> {
  const [row] = await database.rows<SeatedRow>(READ_SEATED, [locationId, reservationId])
  if (row === undefined) throw notFound('reservation', reservationId)
  return seatedOf(row)
}

// --- booking

export interface NewReservation {
  reservationId: string
  /**
   * Of a reservation that Dojo made; one without it is the venue's own, whose id a till may have
   * chosen.
   */
  dojoReservationId?: string | undefined
  creationHash: Buffer
  content: ReservationContent
}

/** @throws Refusal as book */
export const createReservation = async (
  database: Database,
  caller: Caller,
  reservation: NewReservation,
): Promise<Reservation> =>
  await database.transaction(async (tx) => (await book(tx, caller, reservation)).reservation)

/**
 * Books; the same id with the same content answers the reservation as it now is.
 * @throws Refusal InvalidRequest: unknown tables. Conflict: other content; an overlapping
 *   reservation of a table, where the venue refuses these
 */
export async function book(
  tx: Transaction,
  caller: Caller,
  reservation: NewReservation,
): Promise<{ reservation: SeatedReservation; isNew: boolean }> {
  const { locationId } = caller
  const { reservationId, dojoReservationId, creationHash } = reservation
  const { tableIds, startTime, endTime } = reservation.content
  // Sent together, run one after the other: who waited for a table sees who was faster, be it the
  // same reservation.
  const [, existing, deleted, rules, [overlapping]] = await Promise.all([
    holdTables(tx, 'reservation', locationId, tableIds),
    existingReservation(tx, locationId, reservation),
    dojoReservationId === undefined && wasThere(tx, locationId, 'Reservation', reservationId),
    readTableRules(tx, locationId, tableIds),
    tx.rows<Overlapping>(OVERLAPPING, [locationId, tableIds, reservationId, startTime, endTime]),
  ])
  if (existing !== undefined) {
    return {
      reservation: await repeatedReservation(tx, locationId, reservation, existing),
      isNew: false,
    }
  }
  if (deleted) throw refusedAsDeleted('reservation', reservationId)
  mustHaveTables(rules)
  mustNotOverlap(overlapping)
  const content = { ...reservation.content, tableIds: distinct(tableIds) }
  const { name, covers, hostNotes, guestRequests } = content
  const inserted = await tx.rows(INSERT, [
    ...tableValues(locationId, reservationId, content, rules.refuseOverlappingReservations),
    dojoReservationId,
    creationHash,
    name,
    covers,
    hostNotes,
    guestRequests,
  ])
  if (inserted.length === 0) {
    return {
      reservation: await repeatedReservation(
        tx,
        locationId,
        reservation,
        (await existingReservation(tx, locationId, reservation))!,
      ),
      isNew: false,
    }
  }
  const after: SeatedReservation = {
    reservationId,
    version: 1,
    dojoReservationId,
    ...content,
    parties: [],
  }
  noteVisit(tx, caller, 'Reservation', reservationId, 'Booked', {
    set: changesOf<Reservation>({ reservationId }, after),
  })
  return { reservation: after, isNew: true }
}

const existingReservation = async (
  tx: Transaction,
  locationId: string,
  { dojoReservationId, reservationId }: NewReservation,
): Promise<Created | undefined> =>
  (await tx.rows<Created>(EXISTING, [locationId, dojoReservationId, reservationId]))[0]

async function repeatedReservation(
  tx: Transaction,
  locationId: string,
  { dojoReservationId, reservationId, creationHash }: NewReservation,
  existing: Created,
): Promise<SeatedReservation> {
  checkSameContent(
    dojoReservationId === undefined ? 'id' : 'dojoReservationId',
    dojoReservationId ?? reservationId,
    'reservation',
    existing,
    creationHash,
  )
  return await readSeatedReservation(tx, locationId, existing.id)
}

function mustNotOverlap(overlapping: Overlapping | undefined): void {
  if (overlapping === undefined) return
  const { table, reservation_id: reservationId } = overlapping
  throw conflict(
    'overlapping',
    `The table ${table} is kept for the reservation ${reservationId} at that time; this venue refuses overlapping reservations.`,
    { reservationId },
  )
}

const tableValues = (
  locationId: string,
  reservationId: string,
  { tableIds, startTime, endTime }: ReservationContent,
  alone: boolean,
) => [locationId, reservationId, tableIds, startTime, endTime, alone]

// --- changing

/**
 * The reservation, held until the transaction ends, and the database's time; undefined when there
 * is none.
 */
export async function holdReservation(
  tx: Transaction,
  locationId: string,
  reservationId: string,
): Promise<{ reservation: SeatedReservation; nowMs: number } | undefined> {
  // Sent together, run one after the other: the second sees what was committed while the first
  // waited.
  const [, [row]] = await Promise.all([
    tx.rows(HOLD_CONTENT, [locationId, reservationId]),
    tx.rows<SeatedRow>(READ_SEATED, [locationId, reservationId]),
  ])
  return row === undefined ? undefined : { reservation: seatedOf(row), nowMs: row.now.getTime() }
}

/** Writes what is different of a reservation that is held, which may be nothing. */
function writeReservation<Kind extends Reservation>(
  tx: Transaction,
  caller: Caller,
  before: Kind,
  after: Kind,
  alone: boolean,
): Kind {
  const set = changesOf<Reservation>(before, after)
  if (Object.keys(set).length === 0) return before
  const { locationId } = caller
  const {
    reservationId,
    dojoReservationId,
    name,
    covers,
    startTime,
    endTime,
    hostNotes,
    guestRequests,
  } = after
  tx.send(UPDATE, [
    locationId,
    reservationId,
    dojoReservationId,
    name,
    covers,
    startTime,
    endTime,
    hostNotes,
    guestRequests,
  ])
  tx.send(CLEAR_TABLES, [locationId, reservationId])
  tx.send(INSERT_TABLES, tableValues(locationId, reservationId, after, alone))
  noteVisit(tx, caller, 'Reservation', reservationId, 'Updated', { set })
  return { ...after, version: before.version + 1 }
}

/**
 * Replaces everything that an update can carry.
 * @throws Refusal NotFound; InvalidRequest: unknown tables; Conflict: the reservation, or another
 *   one, has another `dojoReservationId`; an overlapping reservation
 */
export async function updateReservation(
  database: Database,
  caller: Caller,
  reservationId: string,
  dojoReservationId: string,
  content: ReservationContent,
): Promise<Reservation> {
  const { locationId } = caller
  const { tableIds, startTime, endTime } = content
  return await database.transaction(async (tx) => {
    const [, held, [named], rules, , [overlapping]] = await Promise.all([
      tx.rows(HOLD_CONTENT, [locationId, reservationId]),
      readReservation(tx, locationId, reservationId),
      tx.rows<Created>(EXISTING, [locationId, dojoReservationId, null]),
      readTableRules(tx, locationId, tableIds),
      holdTables(tx, 'reservation', locationId, tableIds),
      tx.rows<Overlapping>(OVERLAPPING, [locationId, tableIds, reservationId, startTime, endTime]),
    ])
    if (held === undefined) throw notFound('reservation', reservationId)
    if (
      (held.dojoReservationId !== undefined && held.dojoReservationId !== dojoReservationId) ||
      (named !== undefined && named.id !== reservationId)
    ) {
      throw conflict(
        'content-differs',
        `The dojoReservationId ${dojoReservationId} is not that of the reservation ${reservationId}.`,
      )
    }
    mustHaveTables(rules)
    mustNotOverlap(overlapping)
    const after: Reservation = {
      reservationId,
      version: held.version,
      dojoReservationId,
      ...content,
      tableIds: distinct(tableIds),
    }
    return writeReservation(tx, caller, held, after, rules.refuseOverlappingReservations)
  })
}

/**
 * Changes what `decide` says of a reservation; the tables that it has already may have been retired
 * since.
 * @throws Refusal what `decide` throws; NotFound; InvalidRequest: unknown tables; Conflict: an
 *   overlapping reservation
 */
export async function changeReservation(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
  decide: (reservation: SeatedReservation) => SeatedReservation,
): Promise<SeatedReservation> {
  const { locationId } = caller
  const held = await holdReservation(tx, locationId, reservationId)
  if (held === undefined) throw notFound('reservation', reservationId)
  const before = held.reservation
  const decided = decide(before)
  const after = { ...decided, tableIds: distinct(decided.tableIds) }
  const { tableIds, startTime, endTime } = after
  const [rules, , [overlapping]] = await Promise.all([
    readTableRules(
      tx,
      locationId,
      tableIds.filter((id) => !before.tableIds.includes(id)),
    ),
    holdTables(tx, 'reservation', locationId, tableIds),
    tx.rows<Overlapping>(OVERLAPPING, [locationId, tableIds, reservationId, startTime, endTime]),
  ])
  mustHaveTables(rules)
  const staysThere =
    tableIds.every((id) => before.tableIds.includes(id)) &&
    startTime === before.startTime &&
    endTime === before.endTime
  if (!staysThere) mustNotOverlap(overlapping)
  return writeReservation(tx, caller, before, after, rules.refuseOverlappingReservations)
}

/** @throws Refusal NotFound */
export const deleteReservation = async (
  database: Database,
  caller: Caller,
  reservationId: string,
): Promise<void> => {
  await database.transaction(async (tx) => {
    await removeReservation(tx, caller, reservationId, { action: 'Deleted', detail: {} })
  })
}

/**
 * Deletes a reservation; the orders and parties that came of it stay and lose the link to it.
 * @param see looks at the reservation before anything changes
 * @returns the reservation as it was
 * @throws Refusal NotFound; what `see` throws
 */
export async function removeReservation(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
  {
    action,
    detail,
    see,
  }: { action: string; detail: object; see?: (reservation: SeatedReservation) => void },
): Promise<SeatedReservation> {
  const { locationId } = caller
  const [, [row], parties, orders] = await Promise.all([
    tx.rows(HOLD, [locationId, reservationId]),
    tx.rows<SeatedRow>(READ_SEATED, [locationId, reservationId]),
    // Its parties before its orders: the order in which whoever deletes a party holds them.
    tx.rows<{ party_id: string }>(HOLD_PARTIES, [locationId, reservationId]),
    tx.rows<{ order_id: string }>(ORDERS, [locationId, reservationId]),
  ])
  if (row === undefined) throw notFound('reservation', reservationId)
  const reservation = seatedOf(row)
  see?.(reservation)
  tx.send(UNLINK_PARTIES, [locationId, reservationId])
  for (const { party_id: partyId } of parties) {
    noteVisit(tx, caller, 'Party', partyId, 'ReservationDeleted', {
      reservationId,
      set: { reservationId: null },
    })
  }
  for (const { order_id: orderId } of orders) {
    const { order, nowMs } = await holdOrder(tx, locationId, orderId, {})
    if (order.reservationId === reservationId) {
      await writeChange(
        tx,
        caller,
        order,
        nowMs,
        { kind: 'lose-reservation', reservationId },
        tx.rows,
      )
    }
  }
  tx.send(DELETE, [locationId, reservationId])
  noteVisit(tx, caller, 'Reservation', reservationId, action, detail)
  return reservation
}

// --- lists

const atTable = (tableId: string): Condition => ({
  tag: 't',
  sql: 'EXISTS (SELECT 1 FROM reservation_tables x WHERE x.location_id = r.location_id AND x.reservation_id = r.reservation_id AND x.table_id = ?)',
  value: tableId,
})

export interface ReservationFilter {
  tableId?: string
  fromTime?: string
  toTime?: string
}

/**
 * Newest first. `fromTime` and `toTime` bound a half open time that the reservation's own, half
 * open too, overlaps.
 */
export async function searchReservations(
  database: Database,
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
      columns: COLUMNS,
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
    (row) => ({ at: row.created_at.getTime(), id: row.reservation_id }),
    reservationOf,
  )
}

/** The book of a time, by when they start: those that start in it, half open. */
export async function readBook(
  database: Queryable,
  locationId: string,
  { startMs, endMs, tableId }: { startMs: number; endMs: number; tableId?: string | undefined },
  page: PageRequest,
): Promise<Page<SeatedReservation>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 'r.location_id = ?', value: locationId },
    { tag: 'from', sql: 'r.start_time >= ?::timestamptz', value: new Date(startMs) },
    { tag: 'to', sql: 'r.start_time < ?::timestamptz', value: new Date(endMs) },
    ...(tableId === undefined ? [] : [atTable(tableId)]),
  ]
  return await readPage<SeatedRow, SeatedReservation>(
    database,
    {
      name: 'book',
      columns: SEATED_COLUMNS,
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
    (row) => ({ at: row.start_time.getTime(), id: row.reservation_id }),
    seatedOf,
  )
}
