// Changes a reservation: Dojo replaces all of it, the venue changes what it says.
import {
  addedTables,
  checkRebooked,
  describeReservation,
  replaceReservation,
  type Reservation,
  type ReservationContent,
  type ReservationDetails,
} from '../../domain/bookings/reservation.ts'
import { checkTimesAndCovers } from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import { mustMatch } from '../../domain/version.ts'
import {
  findExistingReservation,
  lockDojoReservation,
  readReservationForUpdate,
} from '../../store/bookings/reservations.ts'
import { findReservedTable, lockTables, readWantedTables } from '../../store/bookings/tables.ts'
import { linkWaitingParties } from '../../store/bookings/write-party.ts'
import { writeReservation } from '../../store/bookings/write-reservation.ts'
import type { Transaction } from '../../store/database/database.ts'

/**
 * Dojo's update.
 * @throws Refusal InvalidRequest: times or covers. NotFound. What domain/bookings/reservation.ts
 *   refuses
 */
export async function updateReservation(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
  update: { dojoReservationId: string; content: ReservationContent },
): Promise<Reservation> {
  const { locationId } = caller
  const { dojoReservationId, content } = update
  checkTimesAndCovers(content)
  const [, before, owner, tables, , reserved] = await Promise.all([
    lockDojoReservation(tx, locationId, dojoReservationId),
    readReservationForUpdate(tx, locationId, reservationId),
    findExistingReservation(tx, locationId, { dojoReservationId }),
    readWantedTables(tx, locationId, content.tableIds),
    lockTables(tx, 'reserve', locationId, content.tableIds),
    findReservedTable(tx, locationId, { reservationId, ...content }),
  ])
  const after = replaceReservation(before, update, { tables, reserved, owner })
  const { refuseOverlappingReservations: alone } = tables.rules
  if (before.dojoReservationId === undefined) {
    await linkWaitingParties(tx, caller, { reservationId, dojoReservationId })
  }
  return writeReservation(tx, caller, [before, after], alone)
}

/** The venue's change. @throws Refusal NotFound; Conflict `stale`; as updateReservation */
export async function changeReservation(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
  { details, ifMatch }: { details: ReservationDetails; ifMatch: number | undefined },
): Promise<Reservation> {
  const { locationId } = caller
  const before = await readReservationForUpdate(tx, locationId, reservationId)
  mustMatch(ifMatch, before.version, 'reservation')
  const after = describeReservation(before, details)
  const [tables, , reserved] = await Promise.all([
    readWantedTables(tx, locationId, addedTables(before, after)),
    lockTables(tx, 'reserve', locationId, after.tableIds),
    findReservedTable(tx, locationId, after),
  ])
  checkRebooked(before, after, { tables, reserved })
  const { refuseOverlappingReservations: alone } = tables.rules
  return writeReservation(tx, caller, [before, after], alone)
}
