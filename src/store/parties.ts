// Parties, and the tables they sit at.
import type { Caller } from '../domain/caller.ts'
import { conflict, invalid, notFound } from '../domain/errors.ts'
import type { Page, PageRequest } from '../domain/page.ts'
import { isSeated, type Party, type PartyContent } from '../domain/visit.ts'
import type { Database, Queryable, Statement, Transaction } from './database.ts'
import { readPage, type Condition } from './keyset.ts'
import { holdOrder, writeChange } from './orders.ts'
import { checkSameContent, checkTables, distinct, holdTables, type Created } from './visits.ts'

const COLUMNS = `p.party_id, p.dojo_party_id, p.name, p.covers, p.status, p.start_time, p.expected_end_time, p.end_time, p.host_notes, p.guest_requests,
  p.reservation_id, p.deposit_total_minor, p.deposit_description, p.deposit_payment_intent_ids, p.created_at,
  ARRAY(SELECT s.table_id FROM party_tables s WHERE s.location_id = p.location_id AND s.party_id = p.party_id ORDER BY s.position) AS table_ids`

interface PartyRow {
  party_id: string
  dojo_party_id: string | null
  name: string | null
  covers: number | null
  status: string
  start_time: Date
  expected_end_time: Date | null
  end_time: Date | null
  host_notes: string | null
  guest_requests: string | null
  reservation_id: string | null
  deposit_total_minor: number | null
  deposit_description: string | null
  deposit_payment_intent_ids: string[]
  created_at: Date
  table_ids: string[]
}

const partyOf = (row: PartyRow): Party => ({
  partyId: row.party_id,
  dojoPartyId: row.dojo_party_id ?? undefined,
  name: row.name ?? undefined,
  covers: row.covers ?? undefined,
  tableIds: row.table_ids,
  status: row.status,
  startTime: row.start_time.toISOString(),
  expectedEndTime: row.expected_end_time?.toISOString(),
  endTime: row.end_time?.toISOString(),
  hostNotes: row.host_notes ?? undefined,
  guestRequests: row.guest_requests ?? undefined,
  reservationId: row.reservation_id ?? undefined,
  deposit: row.deposit_total_minor === null
    ? undefined
    : { totalMinor: row.deposit_total_minor, description: row.deposit_description ?? undefined, paymentIntentIds: row.deposit_payment_intent_ids },
})

const READ: Statement = { name: 'party_read', text: `SELECT ${COLUMNS} FROM parties p WHERE p.location_id = $1 AND p.party_id = $2` }
const HOLD: Statement = { name: 'party_hold', text: 'SELECT dojo_party_id FROM parties WHERE location_id = $1 AND party_id = $2 FOR UPDATE' }
const EXISTING: Statement = { name: 'party_by_dojo_id', text: 'SELECT party_id AS id, creation_hash AS "creationHash" FROM parties WHERE location_id = $1 AND dojo_party_id = $2' }
const RESERVATION: Statement = { name: 'party_reservation', text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2' }
const DELETE: Statement = { name: 'party_delete', text: 'DELETE FROM parties WHERE location_id = $1 AND party_id = $2' }
const CLEAR_TABLES: Statement = { name: 'party_clear_tables', text: 'DELETE FROM party_tables WHERE location_id = $1 AND party_id = $2' }
const ORDERS: Statement = { name: 'party_orders', text: 'SELECT order_id FROM orders WHERE location_id = $1 AND party_id = $2 ORDER BY order_id' }

const INSERT: Statement = {
  name: 'party_insert',
  text: `INSERT INTO parties (location_id, party_id, dojo_party_id, creation_hash, reservation_id, dojo_reservation_id, name, covers, status, start_time,
      expected_end_time, end_time, host_notes, guest_requests, deposit_total_minor, deposit_description, deposit_payment_intent_ids, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, clock_timestamp(), clock_timestamp())
    ON CONFLICT (location_id, dojo_party_id) DO NOTHING RETURNING party_id`,
}

const UPDATE: Statement = {
  name: 'party_update',
  text: `UPDATE parties SET dojo_party_id = $3, name = $4, covers = $5, status = $6, start_time = $7, expected_end_time = $8, end_time = $9, host_notes = $10,
      guest_requests = $11, deposit_total_minor = $12, deposit_description = $13, deposit_payment_intent_ids = $14, version = version + 1, updated_at = clock_timestamp()
    WHERE location_id = $1 AND party_id = $2`,
}

const INSERT_TABLES: Statement = {
  name: 'party_insert_tables',
  text: `INSERT INTO party_tables (location_id, party_id, table_id, position, alone)
    SELECT $1, $2, s.table_id, s.position, $4 FROM unnest($3::text[]) WITH ORDINALITY AS s(table_id, position)`,
}

const OCCUPIED: Statement = {
  name: 'party_occupied_tables',
  text: `SELECT coalesce(t.name, s.table_id) AS table, s.party_id
    FROM party_tables s JOIN parties p ON p.location_id = s.location_id AND p.party_id = s.party_id
    LEFT JOIN tables t ON t.location_id = s.location_id AND t.table_id = s.table_id
    WHERE s.location_id = $1 AND s.table_id = ANY($2::text[]) AND p.end_time IS NULL AND s.party_id <> $3 LIMIT 1`,
}

export interface NewParty {
  partyId: string
  dojoPartyId: string
  creationHash: Buffer
  reservationId: string | undefined
  dojoReservationId: string | undefined
  content: PartyContent
}

export async function readParty (database: Queryable, locationId: string, partyId: string): Promise<Party | undefined> {
  const [row] = await database.rows<PartyRow>(READ, [locationId, partyId])
  return row === undefined ? undefined : partyOf(row)
}

/**
 * Seats a party; the same `dojoPartyId` with the same content answers the party as it now is.
 * @throws Refusal InvalidRequest: unknown tables or reservation. Conflict: other content; a table that is taken, where the
 *   venue has one party per table
 */
export async function createParty (database: Database, locationId: string, party: NewParty): Promise<Party> {
  return await database.transaction(async (tx) => {
    const repeated = await existingParty(tx, locationId, party)
    if (repeated !== undefined) return repeated
    const { onePartyPerTable } = await checkTables(tx, locationId, party.content.tableIds)
    if (party.reservationId !== undefined && (await tx.rows(RESERVATION, [locationId, party.reservationId])).length === 0) {
      throw invalid(`The field reservationId is ${party.reservationId}, which this venue does not have.`, 'unknown-reference')
    }
    const { partyId, dojoPartyId, creationHash, reservationId, dojoReservationId, content } = party
    const inserted = await tx.rows(INSERT, [locationId, partyId, dojoPartyId, creationHash, reservationId, dojoReservationId, ...contentValues(content)])
    if (inserted.length === 0) return (await existingParty(tx, locationId, party))!
    await seat(tx, locationId, partyId, content, onePartyPerTable)
    tx.queue(locationId, 'PartyUpdated', partyId)
    return (await readParty(tx, locationId, partyId))!
  })
}

async function existingParty (tx: Transaction, locationId: string, { dojoPartyId, creationHash }: NewParty): Promise<Party | undefined> {
  const [existing] = await tx.rows<Created>(EXISTING, [locationId, dojoPartyId])
  if (existing === undefined) return undefined
  checkSameContent('dojoPartyId', dojoPartyId, 'party', existing, creationHash)
  return await readParty(tx, locationId, existing.id)
}

/**
 * Replaces everything that an update can carry; the link to the reservation stays.
 * @throws Refusal NotFound; InvalidRequest: unknown tables; Conflict: the party, or another one, has another `dojoPartyId`;
 *   a table that is taken
 */
export async function updateParty (database: Database, locationId: string, partyId: string, dojoPartyId: string, content: PartyContent): Promise<Party> {
  return await database.transaction(async (tx) => {
    const [held] = await tx.rows<{ dojo_party_id: string | null }>(HOLD, [locationId, partyId])
    if (held === undefined) throw notFound('party', partyId)
    const [named] = await tx.rows<Created>(EXISTING, [locationId, dojoPartyId])
    if ((held.dojo_party_id !== null && held.dojo_party_id !== dojoPartyId) || (named !== undefined && named.id !== partyId)) {
      throw conflict('content-differs', `The dojoPartyId ${dojoPartyId} is not that of the party ${partyId}.`)
    }
    const { onePartyPerTable } = await checkTables(tx, locationId, content.tableIds)
    await tx.rows(UPDATE, [locationId, partyId, dojoPartyId, ...contentValues(content)])
    await tx.rows(CLEAR_TABLES, [locationId, partyId])
    await seat(tx, locationId, partyId, content, onePartyPerTable)
    tx.queue(locationId, 'PartyUpdated', partyId)
    return (await readParty(tx, locationId, partyId))!
  })
}

const contentValues = ({ name, covers, status, startTime, expectedEndTime, endTime, hostNotes, guestRequests, deposit }: PartyContent) =>
  [name, covers, status, startTime, expectedEndTime, endTime, hostNotes, guestRequests, deposit?.totalMinor, deposit?.description, deposit?.paymentIntentIds ?? []]

async function seat (tx: Transaction, locationId: string, partyId: string, content: PartyContent, onePartyPerTable: boolean): Promise<void> {
  const alone = onePartyPerTable && isSeated(content)
  if (alone) {
    await holdTables(tx, locationId, content.tableIds)
    const [taken] = await tx.rows<{ table: string, party_id: string }>(OCCUPIED, [locationId, content.tableIds, partyId])
    if (taken !== undefined) throw conflict('occupied', `The table ${taken.table} is taken by the party ${taken.party_id}; this venue seats one party at a table.`)
  }
  await tx.rows(INSERT_TABLES, [locationId, partyId, distinct(content.tableIds), alone])
}

/**
 * Deletes a party; its orders stay and lose the link to it.
 * @throws Refusal NotFound
 */
export async function deleteParty (database: Database, caller: Caller, partyId: string): Promise<void> {
  const { locationId } = caller
  await database.transaction(async (tx) => {
    // Holding it keeps new orders from naming it meanwhile.
    if ((await tx.rows(HOLD, [locationId, partyId])).length === 0) throw notFound('party', partyId)
    for (const { order_id: orderId } of await tx.rows<{ order_id: string }>(ORDERS, [locationId, partyId])) {
      const { order, nowMs } = await holdOrder(tx, locationId, orderId, {})
      if (order.partyId === partyId) await writeChange(tx, caller, order, nowMs, { kind: 'lose-party', partyId }, tx.rows)
    }
    await tx.rows(DELETE, [locationId, partyId])
    tx.queue(locationId, 'PartyUpdated', partyId)
  })
}

export interface PartyFilter { tableId?: string, completedOnly?: boolean }

/** Newest first; those still seated, or those that have left. */
export async function searchParties (database: Database, locationId: string, { tableId, completedOnly = false }: PartyFilter, page: PageRequest): Promise<Page<Party>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 'p.location_id = ?', value: locationId },
    completedOnly ? { tag: 'left', sql: 'p.end_time IS NOT NULL' } : { tag: 'seated', sql: 'p.end_time IS NULL' },
  ]
  if (tableId !== undefined) {
    conditions.push({ tag: 't', sql: 'EXISTS (SELECT 1 FROM party_tables x WHERE x.location_id = p.location_id AND x.party_id = p.party_id AND x.table_id = ?)', value: tableId })
  }
  return await readPage<PartyRow, Party>(
    database,
    { name: 'parties', columns: COLUMNS, source: 'FROM parties p', conditions, order: { at: 'p.created_at', id: 'p.party_id', descending: true, atType: 'timestamptz' } },
    page,
    (row) => ({ at: row.created_at.getTime(), id: row.party_id }),
    partyOf)
}
