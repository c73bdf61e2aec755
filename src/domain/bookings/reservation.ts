// Reservations: guests to come, and the tables kept for them.
import { conflict } from '../errors.ts'
import {
  checkNotReserved,
  checkTablesExist,
  type ReservedTable,
  type WantedTables,
} from './occupancy.ts'
import { checkTimesAndCovers, distinct, refusedAsDeleted, type Existing } from './visit.ts'

/** Times are ISO 8601 in UTC. */
export interface ReservationContent {
  name: string
  covers: number
  tableIds: string[]
  startTime: string
  endTime: string
  hostNotes?: string
  guestRequests?: string
}

export interface Reservation extends ReservationContent {
  reservationId: string
  version: number
  dojoReservationId?: string
  /** Those that its guests became, oldest first; the reservation stays as it is. */
  parties: { id: string; startTime: string; endTime?: string }[]
}

/** A reservation to be made. Without a `dojoReservationId` it is the venue's own. */
export interface NewReservation {
  reservationId: string
  dojoReservationId?: string
  creationHash: Buffer
  content: ReservationContent
}

export interface BookingFacts {
  tables: WantedTables
  reserved: ReservedTable | undefined
}

/**
 * @throws Refusal InvalidRequest: unknown tables. Conflict: its id was deleted; a table that is
 *   reserved then, where the venue refuses overlaps
 */
export function bookReservation(
  { reservationId, dojoReservationId, content }: NewReservation,
  { tables, reserved, wasDeleted }: BookingFacts & { wasDeleted: boolean },
): Reservation {
  if (wasDeleted) throw refusedAsDeleted('Reservation', reservationId)
  checkTablesExist(tables)
  checkNotReserved(tables.rules, reserved)
  return {
    reservationId,
    version: 1,
    dojoReservationId,
    ...content,
    tableIds: distinct(content.tableIds),
    parties: [],
  }
}

/**
 * Dojo's update: replaces all content.
 * @param owner the reservation that has this `dojoReservationId`, if any
 * @throws Refusal InvalidRequest: unknown tables. Conflict: the `dojoReservationId` is not that of
 *   this reservation; a table that is reserved then
 */
export function replaceReservation(
  before: Reservation,
  { dojoReservationId, content }: { dojoReservationId: string; content: ReservationContent },
  { tables, reserved, owner }: BookingFacts & { owner: Existing | undefined },
): Reservation {
  const { reservationId } = before
  const isOther =
    before.dojoReservationId !== undefined && before.dojoReservationId !== dojoReservationId
  if (isOther || (owner !== undefined && owner.id !== reservationId)) {
    throw conflict(
      'content-differs',
      `The dojoReservationId ${dojoReservationId} does not belong to the reservation ` +
        `${reservationId}.`,
    )
  }
  checkTablesExist(tables)
  checkNotReserved(tables.rules, reserved)
  const { version, parties } = before
  return {
    reservationId,
    version,
    dojoReservationId,
    ...content,
    tableIds: distinct(content.tableIds),
    parties,
  }
}

/** The venue's own change; the guests' requests stay theirs. Null clears the notes. */
export interface ReservationDetails {
  name?: string
  covers?: number
  tableIds?: string[]
  startTime?: string
  endTime?: string
  hostNotes?: string | null
}

/** @throws Refusal InvalidRequest: it would end before it starts */
export function describeReservation(before: Reservation, details: ReservationDetails): Reservation {
  const { hostNotes = before.hostNotes } = details
  const after = {
    ...before,
    name: details.name ?? before.name,
    covers: details.covers ?? before.covers,
    tableIds: distinct(details.tableIds ?? before.tableIds),
    startTime: details.startTime ?? before.startTime,
    endTime: details.endTime ?? before.endTime,
    hostNotes: hostNotes ?? undefined,
  }
  checkTimesAndCovers(after)
  return after
}

/** Only these have to exist: those that it has already may have been retired since. */
export const addedTables = (before: Reservation, { tableIds }: Reservation): string[] =>
  tableIds.filter((id) => !before.tableIds.includes(id))

/**
 * A change that asks for no other table or time is not held against an overlap that is there
 * already.
 * @throws Refusal InvalidRequest: unknown tables. Conflict: a table that is reserved then
 */
export function checkRebooked(
  before: Reservation,
  after: Reservation,
  { tables, reserved }: BookingFacts,
): void {
  checkTablesExist(tables)
  const isSameTime = after.startTime === before.startTime && after.endTime === before.endTime
  if (isSameTime && addedTables(before, after).length === 0) return
  checkNotReserved(tables.rules, reserved)
}
