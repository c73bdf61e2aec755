// What a new order names of its venue: a table, a waiter, a party, a reservation.
import type { KnownReferences, References } from '../../domain/orders/details.ts'
import type { Queryable, Statement } from '../database/database.ts'

/** What is named is not retired until the transaction ends. */
function referencesText(asked: (parameter: string) => string): string {
  return `SELECT clock_timestamp()::timestamptz(3) AS now,
    ${asked('$2')} IS NULL OR EXISTS (SELECT 1 FROM tables WHERE location_id = $1 AND table_id = ${asked('$2')} AND retired_at IS NULL
      FOR KEY SHARE) AS "tableId",
    ${asked('$3')} IS NULL OR EXISTS (SELECT 1 FROM parties WHERE location_id = $1 AND party_id = ${asked('$3')}) AS "partyId",
    ${asked('$4')} IS NULL OR EXISTS (SELECT 1 FROM reservations WHERE location_id = $1 AND reservation_id = ${asked('$4')})
      AS "reservationId",
    ${asked('$5')} IS NULL OR EXISTS (SELECT 1 FROM waiters WHERE location_id = $1 AND waiter_id = ${asked('$5')} AND retired_at IS NULL
      FOR KEY SHARE) AS "waiterId",
    (SELECT json_strip_nulls(json_build_object('covers', p.covers, 'tableId', (
        SELECT s.table_id FROM party_tables s WHERE s.location_id = $1 AND s.party_id = ${asked('$3')} ORDER BY s.position LIMIT 1)))
      FROM parties p WHERE p.location_id = $1 AND p.party_id = ${asked('$3')}) AS party`
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
