// What parties and reservations share: the tables that they name, who made them, and what happened
// to them.
import type { Caller } from '../../domain/caller.ts'
import { conflict, invalid, notFound } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../domain/page.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { readPage } from '../database/keyset.ts'

// --- tables

/**
 * Names of the tables that the venue does not have, or has retired, and the venue's two rules about
 * tables. Those that it has are not retired until the transaction ends.
 */
const TABLES: Statement = {
  name: 'visit_tables',
  text: `SELECT l.one_party_per_table, l.refuse_overlapping_reservations, clock_timestamp()::timestamptz(3) AS now,
      (SELECT array_agg(wanted.id) FROM unnest($2::text[]) AS wanted(id)
        WHERE NOT EXISTS (SELECT 1 FROM tables t WHERE t.location_id = $1 AND t.table_id = wanted.id AND t.retired_at IS NULL FOR KEY SHARE)) AS unknown
    FROM locations l WHERE l.location_id = $1`,
}

export interface TableRules {
  onePartyPerTable: boolean
  refuseOverlappingReservations: boolean
  /** The tables that this venue does not have. */
  unknown: string[]
  /** The database's time. */
  nowMs: number
}

export async function readTableRules(
  tx: Queryable,
  locationId: string,
  tableIds: readonly string[],
): Promise<TableRules> {
  const [row] = await tx.rows<{
    one_party_per_table: boolean
    refuse_overlapping_reservations: boolean
    unknown: string[] | null
    now: Date
  }>(TABLES, [locationId, tableIds])
  const {
    one_party_per_table: onePartyPerTable,
    refuse_overlapping_reservations: refuseOverlappingReservations,
    unknown,
    now,
  } = row!
  return {
    onePartyPerTable,
    refuseOverlappingReservations,
    unknown: unknown ?? [],
    nowMs: now.getTime(),
  }
}

/** @throws Refusal InvalidRequest naming the tables that this venue does not have */
export function mustHaveTables({ unknown }: TableRules): void {
  if (unknown.length > 0) {
    throw invalid(
      `The field tableIds names ${unknown.join(', ')}, which this venue does not have.`,
      'unknown-reference',
    )
  }
}

/**
 * True where the venue has the rule; every statement about tables that are to be had by one at a
 * time asks it.
 */
export const RULE = {
  party: '(SELECT one_party_per_table FROM locations WHERE location_id = $1)',
  reservation: '(SELECT refuse_overlapping_reservations FROM locations WHERE location_id = $1)',
} as const

const holdTablesWhere = (kind: keyof typeof RULE): Statement => ({
  name: `${kind}_hold_tables`,
  text: `SELECT 1 FROM tables WHERE location_id = $1 AND table_id = ANY($2::text[]) AND ${RULE[kind]} ORDER BY table_id FOR NO KEY UPDATE`,
})
const HOLD_TABLES = { party: holdTablesWhere('party'), reservation: holdTablesWhere('reservation') }

/**
 * Holds tables, where they are to be had by one at a time, in one order whoever names them how:
 * left to the constraints alone, two who want the same ones would end as a deadlock.
 */
export async function holdTables(
  tx: Queryable,
  kind: keyof typeof RULE,
  locationId: string,
  tableIds: readonly string[],
): Promise<void> {
  await tx.rows(HOLD_TABLES[kind], [locationId, tableIds])
}

/** Each id once, in the order given. */
export const distinct = (ids: readonly string[]): string[] => [...new Set(ids)]

// --- who made it

/** A party or reservation that is there already, by Dojo's id of it or by its own. */
export interface Created {
  id: string
  creationHash: Buffer | null
}

/** @throws Refusal Conflict when the same id came with other content before */
export function checkSameContent(
  field: string,
  id: string,
  what: string,
  existing: Created,
  creationHash: Buffer,
): void {
  if (existing.creationHash === null || !creationHash.equals(existing.creationHash)) {
    throw conflict(
      'content-differs',
      `The ${field} ${id} already names the ${what} ${existing.id}, which was created with other content.`,
    )
  }
}

// --- what happened to it

export type VisitKind = 'Party' | 'Reservation'

const WRITE_HISTORY: Statement = {
  name: 'visit_history_write',
  text: `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, caller_waiter_id, caller_product, caller_device_id, caller_device_type, action, detail)
    SELECT $1, $2::visit_kind, $3, coalesce(max(sequence), 0) + 1, clock_timestamp(), $4, $5, $6, $7, $8, $9::jsonb
    FROM visit_history WHERE location_id = $1 AND kind = $2::visit_kind AND visit_id = $3`,
}

/**
 * Writes down a change of what the transaction holds, and tells Dojo and the venue's stream of it.
 * The commit waits for it.
 */
export function noteVisit(
  tx: Transaction,
  { locationId, waiterId, product, deviceId, deviceType }: Caller,
  kind: VisitKind,
  visitId: string,
  action: string,
  detail: object,
): void {
  tx.send(WRITE_HISTORY, [
    locationId,
    kind,
    visitId,
    waiterId,
    product,
    deviceId,
    deviceType,
    action,
    JSON.stringify(detail),
  ])
  tx.queue(locationId, `${kind}Updated`, visitId)
  tx.streams(locationId)
}

const WAS_THERE: Statement = {
  name: 'visit_was_there',
  text: 'SELECT 1 FROM visit_history WHERE location_id = $1 AND kind = $2::visit_kind AND visit_id = $3 LIMIT 1',
}

/** Whether this id has ever been one of the kind, also of one that is deleted. */
export const wasThere = async (
  tx: Queryable,
  locationId: string,
  kind: VisitKind,
  visitId: string,
): Promise<boolean> => (await tx.rows(WAS_THERE, [locationId, kind, visitId])).length > 0

/** What was deleted is not made anew by a request that comes late. */
export const refusedAsDeleted = (what: string, id: string) =>
  conflict('content-differs', `The id ${id} was that of a ${what} that is deleted; take another.`)

export interface VisitHistoryRow {
  visit_id: string
  sequence: number
  at: Date
  action: string
  detail: object
  caller_waiter_id: string | null
  caller_product: string | null
  caller_device_id: string | null
  caller_device_type: string | null
}

const IS_THERE: Record<VisitKind, Statement> = {
  Party: {
    name: 'party_is_there',
    text: 'SELECT 1 FROM parties WHERE location_id = $1 AND party_id = $2',
  },
  Reservation: {
    name: 'reservation_is_there',
    text: 'SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = $2',
  },
}

/**
 * What happened to a party or reservation, oldest first; also to one that is deleted.
 * @throws Refusal NotFound: there never was one of this id
 */
export async function readVisitHistory(
  database: Queryable,
  locationId: string,
  kind: VisitKind,
  visitId: string,
  page: PageRequest,
): Promise<Page<VisitHistoryRow>> {
  const [known, there, found] = await Promise.all([
    wasThere(database, locationId, kind, visitId),
    database.rows(IS_THERE[kind], [locationId, visitId]),
    readPage<VisitHistoryRow, VisitHistoryRow>(
      database,
      {
        name: 'visit_history',
        columns:
          'h.visit_id, h.sequence, h.at, h.action, h.detail, h.caller_waiter_id, h.caller_product, h.caller_device_id, h.caller_device_type',
        source: 'FROM visit_history h',
        conditions: [
          { tag: 'v', sql: 'h.location_id = ?', value: locationId },
          { tag: 'k', sql: 'h.kind = ?::visit_kind', value: kind },
          { tag: 'i', sql: 'h.visit_id = ?', value: visitId },
        ],
        order: { at: 'h.sequence', id: 'h.visit_id', descending: false, atType: 'int' },
      },
      page,
      (row) => ({ at: row.sequence, id: row.visit_id }),
      (row) => row,
    ),
  ])
  if (!known && there.length === 0) {
    throw notFound(kind === 'Party' ? 'party' : 'reservation', visitId)
  }
  return found
}
