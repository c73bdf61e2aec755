// Parties and their tables, read and locked. They are written in write-party.ts.
import type { Deposit, OpenOrder, Party } from '../../domain/bookings/party.ts'
import type { Existing } from '../../domain/bookings/visit.ts'
import { notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage, type Condition } from '../database/keyset.ts'
import type { Row } from '../database/row.ts'
import { isOpenSql } from '../orders/order-sql.ts'

const columns = `p.party_id, p.version, p.dojo_party_id, p.name, p.covers, p.status, p.start_time, p.expected_end_time, p.end_time,
  p.host_notes, p.guest_requests, p.reservation_id, p.deposit_total_minor, p.deposit_description, p.deposit_payment_intent_ids,
  p.created_at,
  ARRAY(SELECT s.table_id FROM party_tables s WHERE s.location_id = $1 AND s.party_id = p.party_id
    ORDER BY s.position) AS table_ids`

type PartyRow = Row<
  'Party',
  | 'partyId'
  | 'version'
  | 'dojoPartyId'
  | 'name'
  | 'covers'
  | 'status'
  | 'startTime'
  | 'expectedEndTime'
  | 'endTime'
  | 'hostNotes'
  | 'guestRequests'
  | 'reservationId'
  | 'depositTotalMinor'
  | 'depositDescription'
  | 'depositPaymentIntentIds'
  | 'createdAt'
> & { table_ids: string[] }

function partyOf(row: PartyRow): Party {
  const deposit: Deposit | undefined =
    row.deposit_total_minor === null
      ? undefined
      : {
          totalMinor: row.deposit_total_minor,
          description: row.deposit_description ?? undefined,
          paymentIntentIds: row.deposit_payment_intent_ids,
        }
  return {
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
    deposit,
  }
}

// --- read

const readOne: Statement = {
  name: 'readParty',
  text: `SELECT ${columns}, clock_timestamp()::timestamptz(3) AS now FROM parties p WHERE p.location_id = $1 AND p.party_id = $2`,
}

/** @throws Refusal NotFound */
export async function readParty(
  database: Queryable,
  locationId: string,
  partyId: string,
): Promise<Party> {
  const [row] = await database.rows<PartyNowRow>(readOne, [locationId, partyId])
  return partyNowOf(row, partyId).party
}

export interface PartyFilter {
  tableId?: string
  completedOnly?: boolean
}

/** Newest first: the seated ones, or those that have left. */
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
      sql: 'EXISTS (SELECT 1 FROM party_tables x WHERE x.location_id = $1 AND x.party_id = p.party_id AND x.table_id = ?)',
      value: tableId,
    })
  }
  return await readPage<PartyRow, Party>(
    database,
    {
      name: 'parties',
      columns,
      source: 'FROM parties p',
      conditions,
      order: { at: 'p.created_at', id: 'p.party_id', descending: true, atType: 'timestamptz' },
    },
    page,
    { keyOf: (row) => ({ at: row.created_at.getTime(), id: row.party_id }), resultOf: partyOf },
  )
}

// --- read for update

const lockContent: Statement = {
  name: 'lockParty',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2 FOR NO KEY UPDATE',
}

/** The party, and the database's time when it was read. */
export interface PartyNow {
  party: Party
  nowMs: number
}

/** Locked until the transaction ends. @throws Refusal NotFound */
export async function readPartyForUpdate(
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<PartyNow> {
  // Sent together and run in turn: the read sees what was committed while the lock waited.
  const [, [row]] = await Promise.all([
    tx.rows(lockContent, [locationId, partyId]),
    tx.rows<PartyNowRow>(readOne, [locationId, partyId]),
  ])
  return partyNowOf(row, partyId)
}

type PartyNowRow = PartyRow & { now: Date }

function partyNowOf(row: PartyNowRow | undefined, partyId: string): PartyNow {
  if (row === undefined) throw notFound('party', partyId)
  return { party: partyOf(row), nowMs: row.now.getTime() }
}

const findByIds: Statement = {
  name: 'findPartyByIds',
  text: `SELECT party_id AS id, creation_hash AS "creationHash" FROM parties
    WHERE location_id = $1 AND (dojo_party_id = $2 OR party_id = $3)`,
}

/** The party that has one of these ids already. */
export async function findExistingParty(
  tx: Transaction,
  locationId: string,
  { dojoPartyId, partyId }: { dojoPartyId?: string | undefined; partyId?: string | undefined },
): Promise<Existing | undefined> {
  return (await tx.rows<Existing>(findByIds, [locationId, dojoPartyId, partyId]))[0]
}

const findSeated: Statement = {
  name: 'findSeatedParty',
  text: 'SELECT party_id FROM parties WHERE location_id = $1 AND reservation_id = $2 AND end_time IS NULL LIMIT 1',
}

/** The id of the seated party that the guests of a reservation are. */
export async function findSeatedParty(
  tx: Transaction,
  locationId: string,
  reservationId: string,
): Promise<string | undefined> {
  const [row] = await tx.rows<Row<'Party', 'partyId'>>(findSeated, [locationId, reservationId])
  return row?.party_id
}

// --- its orders

const isOpen = isOpenSql('o')

const findLeftBehind: Statement = {
  name: 'findOrdersLeftBehind',
  text: `SELECT o.order_id FROM orders o
    JOIN party_tables s ON s.location_id = o.location_id AND s.party_id = o.party_id AND s.table_id = o.table_id
    WHERE o.location_id = $1 AND o.party_id = $2 AND o.table_id <> ALL($3::text[]) AND ${isOpen} ORDER BY o.order_id`,
}

/** The open orders of a party at those of its tables that are not among these. */
export async function findOrdersLeftBehind(
  tx: Transaction,
  locationId: string,
  partyId: string,
  tableIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.rows<OrderIdRow>(findLeftBehind, [locationId, partyId, tableIds])
  return rows.map(({ order_id: orderId }) => orderId)
}

type OrderIdRow = Row<'Order', 'orderId'>

const lockOpenOrders: Statement = {
  name: 'lockOpenOrdersOfParty',
  text: `SELECT o.order_id AS "orderId", o.total_minor - o.paid_minor AS "balanceMinor"
    FROM orders o WHERE o.location_id = $1 AND o.party_id = $2 AND ${isOpen} ORDER BY o.order_id FOR NO KEY UPDATE`,
}

/** The party and its open orders, all locked. @throws Refusal NotFound */
export async function readPartyAndOrdersForUpdate(
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<PartyNow & { orders: OpenOrder[] }> {
  const key = [locationId, partyId]
  const [, orders, [row]] = await Promise.all([
    tx.rows(lockContent, key),
    tx.rows<OpenOrder>(lockOpenOrders, key),
    tx.rows<PartyNowRow>(readOne, key),
  ])
  return { ...partyNowOf(row, partyId), orders }
}

const lockToDelete: Statement = {
  name: 'lockPartyToDelete',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2 FOR UPDATE',
}
const findOrders: Statement = {
  name: 'findOrdersOfParty',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND party_id = $2 ORDER BY order_id',
}

/**
 * The ids of the party's orders. It is locked so that no order can be linked to it meanwhile.
 * @throws Refusal NotFound
 */
export async function lockPartyToRemove(
  tx: Transaction,
  locationId: string,
  partyId: string,
): Promise<string[]> {
  const [found, orders] = await Promise.all([
    tx.rows(lockToDelete, [locationId, partyId]),
    tx.rows<OrderIdRow>(findOrders, [locationId, partyId]),
  ])
  if (found.length === 0) throw notFound('party', partyId)
  return orders.map(({ order_id: orderId }) => orderId)
}
