// Parties, and the tables they sit at.
import type { Caller } from '../../domain/caller.ts'
import { conflict, invalid, notFound } from '../../domain/errors.ts'
import { isFinal } from '../../domain/orders/order.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import { changesOf, isSeated, type Party, type PartyContent } from '../../domain/bookings/visit.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import { holdOrder, writeChange } from '../orders/orders.ts'
import { changeTab, holdTab } from '../orders/tabs.ts'
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

const COLUMNS = `p.party_id, p.version, p.dojo_party_id, p.name, p.covers, p.status, p.start_time, p.expected_end_time, p.end_time, p.host_notes, p.guest_requests,
  p.reservation_id, p.deposit_total_minor, p.deposit_description, p.deposit_payment_intent_ids, p.created_at,
  ARRAY(SELECT s.table_id FROM party_tables s WHERE s.location_id = p.location_id AND s.party_id = p.party_id ORDER BY s.position) AS table_ids`

interface PartyRow {
  party_id: string
  version: number
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
  version: row.version,
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
  deposit:
    row.deposit_total_minor === null
      ? undefined
      : {
          totalMinor: row.deposit_total_minor,
          description: row.deposit_description ?? undefined,
          paymentIntentIds: row.deposit_payment_intent_ids,
        },
})

const READ: Statement = {
  name: 'party_read',
  text: `SELECT ${COLUMNS}, clock_timestamp()::timestamptz(3) AS now FROM parties p WHERE p.location_id = $1 AND p.party_id = $2`,
}
/** Also keeps orders from naming it meanwhile. */
const HOLD: Statement = {
  name: 'party_hold',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2 FOR UPDATE',
}
const HOLD_CONTENT: Statement = {
  name: 'party_hold_content',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2 FOR NO KEY UPDATE',
}
const EXISTING: Statement = {
  name: 'party_existing',
  text: 'SELECT party_id AS id, creation_hash AS "creationHash" FROM parties WHERE location_id = $1 AND (dojo_party_id = $2 OR party_id = $3)',
}
const HOLD_RESERVATION: Statement = {
  name: 'party_hold_reservation',
  text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2 FOR NO KEY UPDATE',
}
const SEATED_ALREADY: Statement = {
  name: 'party_seated_already',
  text: 'SELECT party_id FROM parties WHERE location_id = $1 AND reservation_id = $2 AND end_time IS NULL LIMIT 1',
}
const DELETE: Statement = {
  name: 'party_delete',
  text: 'DELETE FROM parties WHERE location_id = $1 AND party_id = $2',
}
const CLEAR_TABLES: Statement = {
  name: 'party_clear_tables',
  text: 'DELETE FROM party_tables WHERE location_id = $1 AND party_id = $2',
}
const ORDERS: Statement = {
  name: 'party_orders',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND party_id = $2 ORDER BY order_id',
}

const TABLE_ROWS =
  's.table_id, s.position, $4::boolean FROM unnest($3::text[]) WITH ORDINALITY AS s(table_id, position)'

/** `$3` and `$4` are of its tables. */
const INSERT: Statement = {
  name: 'party_insert',
  text: `WITH party AS (
      INSERT INTO parties (location_id, party_id, dojo_party_id, creation_hash, reservation_id, dojo_reservation_id, name, covers, status, start_time,
        expected_end_time, end_time, host_notes, guest_requests, deposit_total_minor, deposit_description, deposit_payment_intent_ids, created_at, updated_at)
      VALUES ($1, $2, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, clock_timestamp(), clock_timestamp())
      ON CONFLICT DO NOTHING RETURNING location_id, party_id
    ), seats AS (
      INSERT INTO party_tables (location_id, party_id, table_id, position, alone) SELECT party.location_id, party.party_id, x.* FROM party, LATERAL (SELECT ${TABLE_ROWS}) x
    )
    SELECT party_id FROM party`,
}

const UPDATE: Statement = {
  name: 'party_update',
  text: `UPDATE parties SET dojo_party_id = $3, name = $4, covers = $5, status = $6, start_time = $7, expected_end_time = $8, end_time = $9, host_notes = $10,
      guest_requests = $11, deposit_total_minor = $12, deposit_description = $13, deposit_payment_intent_ids = $14, version = version + 1, updated_at = clock_timestamp()
    WHERE location_id = $1 AND party_id = $2`,
}

const INSERT_TABLES: Statement = {
  name: 'party_insert_tables',
  text: `INSERT INTO party_tables (location_id, party_id, table_id, position, alone) SELECT $1, $2, ${TABLE_ROWS}`,
}

const OCCUPIED: Statement = {
  name: 'party_occupied_tables',
  text: `SELECT coalesce(t.name, s.table_id) AS table, s.party_id
    FROM party_tables s JOIN parties p ON p.location_id = s.location_id AND p.party_id = s.party_id
    LEFT JOIN tables t ON t.location_id = s.location_id AND t.table_id = s.table_id
    WHERE s.location_id = $1 AND s.table_id = ANY($2::text[]) AND p.end_time IS NULL AND s.party_id <> $3 AND ${RULE.party} LIMIT 1`,
}

interface Occupied {
  table: string
  party_id: string
}

export async function readParty(
  database: Queryable,
  locationId: string,
  partyId: string,
): Promise<Party | undefined> {
  const [row] = await database.rows<PartyRow>(READ, [locationId, partyId])
  return row === undefined ? undefined : partyOf(row)
}

// --- seating

/** Dojo says when it was seated; a party that the venue seats is from now on. */
export interface NewParty {
  partyId: string
  /**
   * Of a party that Dojo made; one without it is the venue's own, whose id a till may have chosen.
   */
  dojoPartyId?: string | undefined
  creationHash: Buffer
  reservationId: string | undefined
  dojoReservationId: string | undefined
  content: Omit<PartyContent, 'startTime'> & { startTime?: string }
}

/** @throws Refusal as seatParty */
export const createParty = async (
  database: Database,
  caller: Caller,
  party: NewParty,
): Promise<Party> =>
  await database.transaction(async (tx) => (await seatParty(tx, caller, party)).party)

/**
 * Seats a party; the same id with the same content answers the party as it now is.
 * @throws Refusal InvalidRequest: unknown tables or reservation. Conflict: other content; a table
 *   that is taken, where the venue has one party per table; the venue's own: a reservation whose
 *   party sits there already
 */
export async function seatParty(
  tx: Transaction,
  caller: Caller,
  party: NewParty,
): Promise<{ party: Party; isNew: boolean }> {
  const { locationId } = caller
  const { partyId, dojoPartyId, creationHash, reservationId, dojoReservationId } = party
  const { tableIds } = party.content
  const ofVenue = dojoPartyId === undefined
  // Sent together, run one after the other: who waited for a table or a reservation sees who was
  // faster, be it the same party.
  const [known, , existing, deleted, rules, [occupied], [seated]] = await Promise.all([
    reservationId === undefined
      ? undefined
      : tx.rows(HOLD_RESERVATION, [locationId, reservationId]),
    holdTables(tx, 'party', locationId, tableIds),
    existingParty(tx, locationId, party),
    ofVenue && wasThere(tx, locationId, 'Party', partyId),
    readTableRules(tx, locationId, tableIds),
    tx.rows<Occupied>(OCCUPIED, [locationId, tableIds, partyId]),
    ofVenue && reservationId !== undefined
      ? tx.rows<{ party_id: string }>(SEATED_ALREADY, [locationId, reservationId])
      : [],
  ])
  if (existing !== undefined) {
    return { party: await repeatedParty(tx, locationId, party, existing), isNew: false }
  }
  if (deleted) throw refusedAsDeleted('party', partyId)
  mustHaveTables(rules)
  if (known?.length === 0) {
    throw invalid(
      `The field reservationId is ${reservationId}, which this venue does not have.`,
      'unknown-reference',
    )
  }
  if (seated !== undefined) {
    throw conflict(
      'in-use',
      `The guests of the reservation ${reservationId} are seated as the party ${seated.party_id}.`,
      { partyId: seated.party_id },
    )
  }
  mustBeFree(occupied)
  const content: PartyContent = {
    ...party.content,
    tableIds: distinct(tableIds),
    startTime: party.content.startTime ?? new Date(rules.nowMs).toISOString(),
  }
  const inserted = await tx.rows(INSERT, [
    locationId,
    partyId,
    content.tableIds,
    rules.onePartyPerTable,
    dojoPartyId,
    creationHash,
    reservationId,
    dojoReservationId,
    ...contentValues(content),
  ])
  if (inserted.length === 0) {
    return {
      party: await repeatedParty(
        tx,
        locationId,
        party,
        (await existingParty(tx, locationId, party))!,
      ),
      isNew: false,
    }
  }
  const after: Party = { partyId, version: 1, dojoPartyId, reservationId, ...content }
  noteVisit(tx, caller, 'Party', partyId, 'Seated', { set: changesOf({}, after) })
  return { party: after, isNew: true }
}

const existingParty = async (
  tx: Transaction,
  locationId: string,
  { dojoPartyId, partyId }: Pick<NewParty, 'dojoPartyId' | 'partyId'>,
): Promise<Created | undefined> =>
  (await tx.rows<Created>(EXISTING, [locationId, dojoPartyId, partyId]))[0]

async function repeatedParty(
  tx: Transaction,
  locationId: string,
  { dojoPartyId, partyId, creationHash }: NewParty,
  existing: Created,
): Promise<Party> {
  checkSameContent(
    dojoPartyId === undefined ? 'id' : 'dojoPartyId',
    dojoPartyId ?? partyId,
    'party',
    existing,
    creationHash,
  )
  return (await readParty(tx, locationId, existing.id))!
}

function mustBeFree(occupied: Occupied | undefined): void {
  if (occupied === undefined) return
  throw conflict(
    'occupied',
    `The table ${occupied.table} is taken by the party ${occupied.party_id}; this venue seats one party at a table.`,
    { partyId: occupied.party_id },
  )
}

const contentValues = ({
  name,
  covers,
  status,
  startTime,
  expectedEndTime,
  endTime,
  hostNotes,
  guestRequests,
  deposit,
}: PartyContent) => [
  name,
  covers,
  status,
  startTime,
  expectedEndTime,
  endTime,
  hostNotes,
  guestRequests,
  deposit?.totalMinor,
  deposit?.description,
  deposit?.paymentIntentIds ?? [],
]

// --- changing

/** The party, and the database's time when it was read. */
export interface PartyNow {
  party: Party
  nowMs: number
}

const read = async (
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<PartyNow | undefined> => {
  const [row] = await tx.rows<PartyRow & { now: Date }>(READ, [locationId, partyId])
  return row === undefined ? undefined : { party: partyOf(row), nowMs: row.now.getTime() }
}

/** The party, held until the transaction ends. @throws Refusal NotFound */
export async function holdParty(
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<PartyNow> {
  // Sent together, run one after the other: the second sees what was committed while the first
  // waited.
  const [, held] = await Promise.all([
    tx.rows(HOLD_CONTENT, [locationId, partyId]),
    read(tx, locationId, partyId),
  ])
  if (held === undefined) throw notFound('party', partyId)
  return held
}

/**
 * What a change of a party is called in its history, with particulars, and whether it sits alone
 * now; absent where its tables stay.
 */
export interface PartyChange {
  action: string
  detail?: object
  alone?: boolean
}

/** Writes what is different of a party that is held, which may be nothing. */
export function writeParty(
  tx: Transaction,
  caller: Caller,
  before: Party,
  after: Party,
  { action, detail, alone }: PartyChange,
): Party {
  const set = changesOf(before, after)
  if (Object.keys(set).length === 0) return before
  const { locationId } = caller
  const { partyId, dojoPartyId, tableIds } = after
  tx.send(UPDATE, [locationId, partyId, dojoPartyId, ...contentValues(after)])
  if (alone !== undefined) {
    tx.send(CLEAR_TABLES, [locationId, partyId])
    tx.send(INSERT_TABLES, [locationId, partyId, tableIds, alone])
  }
  noteVisit(tx, caller, 'Party', partyId, action, { ...detail, set })
  return { ...after, version: before.version + 1 }
}

/**
 * Replaces everything that an update can carry; the link to the reservation stays.
 * @throws Refusal NotFound; InvalidRequest: unknown tables; Conflict: the party, or another one,
 *   has another `dojoPartyId`; a table that is taken
 */
export async function updateParty(
  database: Database,
  caller: Caller,
  partyId: string,
  dojoPartyId: string,
  content: PartyContent,
): Promise<Party> {
  const { locationId } = caller
  const { tableIds } = content
  return await database.transaction(async (tx) => {
    const seated = isSeated(content)
    const [, held, [named], rules, , [occupied]] = await Promise.all([
      tx.rows(HOLD_CONTENT, [locationId, partyId]),
      read(tx, locationId, partyId),
      tx.rows<Created>(EXISTING, [locationId, dojoPartyId, null]),
      readTableRules(tx, locationId, tableIds),
      seated && holdTables(tx, 'party', locationId, tableIds),
      seated ? tx.rows<Occupied>(OCCUPIED, [locationId, tableIds, partyId]) : [],
    ])
    if (held === undefined) throw notFound('party', partyId)
    const {
      party: { version, reservationId, dojoPartyId: before },
    } = held
    if (
      (before !== undefined && before !== dojoPartyId) ||
      (named !== undefined && named.id !== partyId)
    ) {
      throw conflict(
        'content-differs',
        `The dojoPartyId ${dojoPartyId} is not that of the party ${partyId}.`,
      )
    }
    mustHaveTables(rules)
    mustBeFree(occupied)
    const after: Party = {
      partyId,
      version,
      dojoPartyId,
      reservationId,
      ...content,
      tableIds: distinct(tableIds),
    }
    return writeParty(tx, caller, held.party, after, {
      action: 'Updated',
      alone: rules.onePartyPerTable && seated,
    })
  })
}

const OPEN = "o.status NOT IN ('Finalized', 'Canceled', 'Failed')"

/**
 * Of the orders of the party that are open, those at tables of the party that are not among `$3`.
 */
const LEFT_BEHIND: Statement = {
  name: 'party_orders_left_behind',
  text: `SELECT o.order_id FROM orders o JOIN party_tables s ON s.location_id = o.location_id AND s.party_id = o.party_id AND s.table_id = o.table_id
    WHERE o.location_id = $1 AND o.party_id = $2 AND o.table_id <> ALL($3::text[]) AND ${OPEN} ORDER BY o.order_id`,
}

/**
 * Moves a party to other tables, and its open tabs at those that it leaves to the first of these.
 * @param see looks at the party before anything of it changes
 * @throws Refusal NotFound; InvalidRequest: unknown tables; Conflict: it has left; a table that is
 *   taken
 */
export async function moveParty(
  tx: Transaction,
  caller: Caller,
  partyId: string,
  wanted: readonly string[],
  see: (party: Party) => void,
): Promise<Party> {
  const { locationId } = caller
  const tableIds = distinct(wanted)
  const [held, rules, , [occupied], orders] = await Promise.all([
    holdParty(tx, locationId, partyId),
    readTableRules(tx, locationId, tableIds),
    holdTables(tx, 'party', locationId, tableIds),
    tx.rows<Occupied>(OCCUPIED, [locationId, tableIds, partyId]),
    tx.rows<{ order_id: string }>(LEFT_BEHIND, [locationId, partyId, tableIds]),
  ])
  const { party } = held
  see(party)
  if (!isSeated(party)) {
    throw conflict('final', `The party ${partyId} has left, and cannot be moved.`)
  }
  mustHaveTables(rules)
  mustBeFree(occupied)
  // In the order of their ids, as everybody holds them.
  const tabs = await Promise.all(
    orders.map(async ({ order_id: orderId }) => await holdTab(tx, locationId, orderId)),
  )
  const [to] = tableIds
  const moved = tabs.filter(
    ({ tab }) =>
      tab.partyId === partyId &&
      !isFinal(tab.status) &&
      tab.tableId !== undefined &&
      party.tableIds.includes(tab.tableId),
  )
  for (const now of moved) {
    changeTab(tx, caller, now, (tab) => ({
      action: 'Moved',
      detail: { from: tab.tableId, to, partyId },
      tab: { ...tab, tableId: to! },
    }))
  }
  const detail = {
    from: party.tableIds,
    to: tableIds,
    orderIds: moved.map(({ tab }) => tab.orderId),
  }
  return writeParty(
    tx,
    caller,
    party,
    { ...party, tableIds },
    { action: 'Moved', detail, alone: rules.onePartyPerTable },
  )
}

const OPEN_TABS: Statement = {
  name: 'party_open_tabs',
  text: `SELECT o.order_id AS "orderId", o.total_minor - o.paid_minor AS "balanceMinor" FROM orders o WHERE o.location_id = $1 AND o.party_id = $2 AND ${OPEN} ORDER BY o.order_id FOR NO KEY UPDATE`,
}

export interface OpenTab {
  orderId: string
  balanceMinor: number
}

/** The party and its open tabs, all held until the transaction ends. @throws Refusal NotFound */
export async function holdPartyAndTabs(
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<PartyNow & { tabs: OpenTab[] }> {
  const [, tabs, held] = await Promise.all([
    tx.rows(HOLD_CONTENT, [locationId, partyId]),
    tx.rows<OpenTab>(OPEN_TABS, [locationId, partyId]),
    read(tx, locationId, partyId),
  ])
  if (held === undefined) throw notFound('party', partyId)
  return { ...held, tabs }
}

/**
 * Deletes a party; its orders stay and lose the link to it.
 * @throws Refusal NotFound
 */
export async function deleteParty(
  database: Database,
  caller: Caller,
  partyId: string,
): Promise<void> {
  const { locationId } = caller
  await database.transaction(async (tx) => {
    const [held, orders] = await Promise.all([
      tx.rows(HOLD, [locationId, partyId]),
      tx.rows<{ order_id: string }>(ORDERS, [locationId, partyId]),
    ])
    if (held.length === 0) throw notFound('party', partyId)
    for (const { order_id: orderId } of orders) {
      const { order, nowMs } = await holdOrder(tx, locationId, orderId, {})
      if (order.partyId === partyId) {
        await writeChange(tx, caller, order, nowMs, { kind: 'lose-party', partyId }, tx.rows)
      }
    }
    tx.send(DELETE, [locationId, partyId])
    noteVisit(tx, caller, 'Party', partyId, 'Deleted', {})
  })
}

export interface PartyFilter {
  tableId?: string
  completedOnly?: boolean
}

/** Newest first; those still seated, or those that have left. */
export async function searchParties(
  database: Queryable,
  locationId: string,
  { tableId, completedOnly = false }: PartyFilter,
  page: PageRequest,
): Promise<Page<Party>> {
  const conditions: Condition[] = [
    { tag: 'v', sql: 'p.location_id = ?', value: locationId },
    completedOnly
      ? { tag: 'left', sql: 'p.end_time IS NOT NULL' }
      : { tag: 'seated', sql: 'p.end_time IS NULL' },
  ]
  if (tableId !== undefined) {
    conditions.push({
      tag: 't',
      sql: 'EXISTS (SELECT 1 FROM party_tables x WHERE x.location_id = p.location_id AND x.party_id = p.party_id AND x.table_id = ?)',
      value: tableId,
    })
  }
  return await readPage<PartyRow, Party>(
    database,
    {
      name: 'parties',
      columns: COLUMNS,
      source: 'FROM parties p',
      conditions,
      order: { at: 'p.created_at', id: 'p.party_id', descending: true, atType: 'timestamptz' },
    },
    page,
    (row) => ({ at: row.created_at.getTime(), id: row.party_id }),
    partyOf,
  )
}
