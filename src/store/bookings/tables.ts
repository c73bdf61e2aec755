// The tables that parties and reservations ask for: whether they exist, who has them, and the
// venue's rules about sharing them. The rules are applied in domain/bookings/occupancy.ts.
import type { ReservedTable, TakenTable, WantedTables } from '../../domain/bookings/occupancy.ts'
import type { Queryable, Statement } from '../database/database.ts'

/** Tables that are found here cannot be retired before the transaction ends. */
const readTables: Statement = {
  name: 'readWantedTables',
  text: `SELECT l.one_party_per_table AS "onePartyPerTable", l.refuse_overlapping_reservations AS "refuseOverlappingReservations",
      clock_timestamp()::timestamptz(3) AS now,
      (SELECT array_agg(wanted.id) FROM unnest($2::text[]) AS wanted(id)
        WHERE NOT EXISTS (SELECT 1 FROM tables t WHERE t.location_id = $1 AND t.table_id = wanted.id AND t.retired_at IS NULL
          FOR KEY SHARE)) AS "unknownIds"
    FROM locations l WHERE l.location_id = $1`,
}

export async function readWantedTables(
  tx: Queryable,
  locationId: string,
  tableIds: readonly string[],
): Promise<WantedTables & { nowMs: number }> {
  const [row] = await tx.rows<{
    onePartyPerTable: boolean
    refuseOverlappingReservations: boolean
    unknownIds: string[] | null
    now: Date
  }>(readTables, [locationId, tableIds])
  const { unknownIds, now, ...rules } = row!
  return { rules, unknownIds: unknownIds ?? [], nowMs: now.getTime() }
}

// --- locks

const lockWhere = (name: string, rule: string): Statement => ({
  name,
  text: `SELECT 1 FROM tables WHERE location_id = $1 AND table_id = ANY($2::text[]) AND (
      SELECT ${rule} FROM locations WHERE location_id = $1)
    ORDER BY table_id FOR NO KEY UPDATE`,
})
const lockToSeat = lockWhere('lockTablesToSeat', 'one_party_per_table')
const lockToReserve = lockWhere('lockTablesToReserve', 'refuse_overlapping_reservations')

/**
 * Where tables are not shared, two requests for the same tables take turns. They lock in one order,
 * whichever order they name them in: the constraints alone would end them as a deadlock.
 */
export async function lockTables(
  tx: Queryable,
  purpose: 'seat' | 'reserve',
  locationId: string,
  tableIds: readonly string[],
): Promise<void> {
  await tx.rows(purpose === 'seat' ? lockToSeat : lockToReserve, [locationId, tableIds])
}

// --- who has them

const findTaken: Statement = {
  name: 'findTakenTable',
  text: `SELECT coalesce(t.name, s.table_id) AS "tableName", s.party_id AS "partyId"
    FROM party_tables s JOIN parties p ON p.location_id = s.location_id AND p.party_id = s.party_id
    LEFT JOIN tables t ON t.location_id = s.location_id AND t.table_id = s.table_id
    WHERE s.location_id = $1 AND s.table_id = ANY($2::text[]) AND p.end_time IS NULL AND s.party_id <> $3 LIMIT 1`,
}

/** One of these tables at which a party other than this one sits. */
export async function findTakenTable(
  tx: Queryable,
  locationId: string,
  tableIds: readonly string[],
  partyId: string,
): Promise<TakenTable | undefined> {
  return (await tx.rows<TakenTable>(findTaken, [locationId, tableIds, partyId]))[0]
}

const findReserved: Statement = {
  name: 'findReservedTable',
  text: `SELECT coalesce(t.name, s.table_id) AS "tableName", s.reservation_id AS "reservationId"
    FROM reservation_tables s LEFT JOIN tables t ON t.location_id = s.location_id AND t.table_id = s.table_id
    WHERE s.location_id = $1 AND s.table_id = ANY($2::text[]) AND s.reservation_id <> $3 AND s.start_time < $5::timestamptz
      AND s.end_time > $4::timestamptz LIMIT 1`,
}

/** One of these tables that a reservation other than this one has at an overlapping time. */
export async function findReservedTable(
  tx: Queryable,
  locationId: string,
  {
    reservationId,
    tableIds,
    startTime,
    endTime,
  }: { reservationId: string; tableIds: readonly string[]; startTime: string; endTime: string },
): Promise<ReservedTable | undefined> {
  const values = [locationId, tableIds, reservationId, startTime, endTime]
  return (await tx.rows<ReservedTable>(findReserved, values))[0]
}
