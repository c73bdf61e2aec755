// What parties and reservations share: the tables that they name.
import { conflict, invalid } from '../domain/errors.ts'
import type { Queryable, Statement } from './database.ts'

/** Names of the tables that the venue does not have, or has retired, and the venue's two rules about tables. Those that it has are not retired until the transaction ends. */
const TABLES: Statement = {
  name: 'visit_tables',
  text: `SELECT l.one_party_per_table, l.refuse_overlapping_reservations,
      (SELECT array_agg(wanted.id) FROM unnest($2::text[]) AS wanted(id)
        WHERE NOT EXISTS (SELECT 1 FROM tables t WHERE t.location_id = $1 AND t.table_id = wanted.id AND t.retired_at IS NULL FOR KEY SHARE)) AS unknown
    FROM locations l WHERE l.location_id = $1`,
}

export interface TableRules { onePartyPerTable: boolean, refuseOverlappingReservations: boolean }

/** @throws Refusal InvalidRequest naming the tables that this venue does not have */
export async function checkTables (tx: Queryable, locationId: string, tableIds: string[]): Promise<TableRules> {
  const [row] = await tx.rows<{ one_party_per_table: boolean, refuse_overlapping_reservations: boolean, unknown: string[] | null }>(TABLES, [locationId, tableIds])
  if (row!.unknown !== null) throw invalid(`The field tableIds names ${row!.unknown.join(', ')}, which this venue does not have.`, 'unknown-reference')
  return { onePartyPerTable: row!.one_party_per_table, refuseOverlappingReservations: row!.refuse_overlapping_reservations }
}

const HOLD_TABLES: Statement = {
  name: 'visit_hold_tables',
  text: 'SELECT 1 FROM tables WHERE location_id = $1 AND table_id = ANY($2::text[]) ORDER BY table_id FOR NO KEY UPDATE',
}

/**
 * Holds tables that are to be had by one at a time, in one order whoever names them how: left to the constraints alone, two
 * who want the same ones would end as a deadlock.
 */
export async function holdTables (tx: Queryable, locationId: string, tableIds: string[]): Promise<void> {
  await tx.rows(HOLD_TABLES, [locationId, tableIds])
}

/** A party or reservation that Dojo created, by Dojo's id of it. */
export interface Created { id: string, creationHash: Buffer | null }

/** @throws Refusal Conflict when the same id of Dojo's came with other content before */
export function checkSameContent (field: string, dojoId: string, what: string, existing: Created, creationHash: Buffer): void {
  if (existing.creationHash === null || !creationHash.equals(existing.creationHash)) {
    throw conflict('content-differs', `The ${field} ${dojoId} already names the ${what} ${existing.id}, which was created with other content.`)
  }
}

/** Each id once, in the order given. */
export const distinct = (ids: readonly string[]): string[] => [...new Set(ids)]
