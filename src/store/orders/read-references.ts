// What a new order names of its venue: a table, a waiter, a party, a reservation.
import type { KnownReferences, References } from '../../domain/orders/details.ts'
import type { Queryable, Statement } from '../database/database.ts'

/** What is named is not retired until the transaction ends. */
function referencesText(asked: (parameter: string) => string): string {
  const [table, party, reservation, waiter] = ['$2', '$3', '$4', '$5'].map(asked)
  const isThere = (rows: string, condition: string): string =>
    `EXISTS (SELECT 1 FROM ${rows} WHERE location_id = $1 AND ${condition})`
  const isNotRetired = 'retired_at IS NULL FOR KEY SHARE'
  return `SELECT clock_timestamp()::timestamptz(3) AS now,
    ${table} IS NULL OR ${isThere('tables', `table_id = ${table} AND ${isNotRetired}`)} AS "tableId",
    ${party} IS NULL OR ${isThere('parties', `party_id = ${party}`)} AS "partyId",
    ${reservation} IS NULL OR ${isThere('reservations', `reservation_id = ${reservation}`)} AS "reservationId",
    ${waiter} IS NULL OR ${isThere('waiters', `waiter_id = ${waiter} AND ${isNotRetired}`)} AS "waiterId",
    (SELECT json_strip_nulls(json_build_object('covers', p.covers, 'tableId', (
        SELECT s.table_id FROM party_tables s WHERE s.location_id = $1 AND s.party_id = ${party}
        ORDER BY s.position LIMIT 1)))
      FROM parties p WHERE p.location_id = $1 AND p.party_id = ${party}) AS party`
}

// A planner that saw which of them are null would plan anew for every order.
const selectReferences: Statement = {
  name: 'order_references',
  text: referencesText((parameter) => `(SELECT ${parameter}::text)`),
  distributed: referencesText((parameter) => `${parameter}::text`),
}

export interface ReferencesRead {
  /** The database's time. */
  nowMs: number
  known: KnownReferences
  /** What an order takes over from its party. */
  party: { covers?: number; tableId?: string }
}

/** Which of its references the venue has. */
export async function readReferences(
  tx: Queryable,
  locationId: string,
  { tableId, partyId, reservationId, waiterId }: References,
): Promise<ReferencesRead> {
  const [row] = await tx.rows<
    KnownReferences & { now: Date; party: ReferencesRead['party'] | null }
  >(selectReferences, [locationId, tableId, partyId, reservationId, waiterId])
  const { now, party, ...known } = row!
  return { nowMs: now.getTime(), known, party: party ?? {} }
}
