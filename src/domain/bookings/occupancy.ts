// Who may have a table. What a party gets at a taken table, and a reservation at a reserved one, is
// the venue's choice: by default tables are shared, and either rule below makes it a Conflict.
import { conflict, invalid } from '../errors.ts'

export interface TableRules {
  onePartyPerTable: boolean
  refuseOverlappingReservations: boolean
}

/** What is known of the tables that a party or reservation asks for. */
export interface WantedTables {
  rules: TableRules
  /** The ids that the venue does not have, or has retired. */
  unknownIds: readonly string[]
}

/** One of the wanted tables, at which another party sits now. */
export interface TakenTable {
  tableName: string
  partyId: string
}

/** One of the wanted tables, which another reservation has at an overlapping time. */
export interface ReservedTable {
  tableName: string
  reservationId: string
}

/** @throws Refusal InvalidRequest */
export function checkTablesExist({ unknownIds }: WantedTables): void {
  if (unknownIds.length === 0) return
  throw invalid(
    `The field tableIds names ${unknownIds.join(', ')}, but this venue has no such table.`,
    'unknown-reference',
  )
}

/**
 * A party at a taken table sits down beside the one that is there, unless the venue seats one party
 * at a table.
 * @throws Refusal Conflict `occupied`
 */
export function checkSeatFree(rules: TableRules, taken: TakenTable | undefined): void {
  if (taken === undefined || !rules.onePartyPerTable) return
  const { tableName, partyId } = taken
  throw conflict(
    'occupied',
    `The table ${tableName} is taken by the party ${partyId}, and this venue seats one party at ` +
      'a table. Choose another table, or finish that party first.',
    { partyId },
  )
}

/**
 * Reservations of a table may overlap, unless the venue refuses that.
 * @throws Refusal Conflict `overlapping`
 */
export function checkNotReserved(rules: TableRules, reserved: ReservedTable | undefined): void {
  if (reserved === undefined || !rules.refuseOverlappingReservations) return
  const { tableName, reservationId } = reserved
  throw conflict(
    'overlapping',
    `The table ${tableName} is reserved at that time (reservation ${reservationId}), and this ` +
      'venue refuses overlapping reservations. Choose another table or time.',
    { reservationId },
  )
}

// --- the floor at a glance

export type TableStatus = 'free' | 'reserved' | 'seated'

/** An open order means that somebody sits there, whether or not they were seated as a party. */
export function tableStatus(
  {
    parties,
    orders,
    reservation,
  }: {
    parties: readonly unknown[]
    orders: readonly unknown[]
    reservation?: { startTime: string }
  },
  atMs: number,
): TableStatus {
  if (parties.length > 0 || orders.length > 0) return 'seated'
  const hasBegun = reservation !== undefined && Date.parse(reservation.startTime) <= atMs
  return hasBegun ? 'reserved' : 'free'
}
