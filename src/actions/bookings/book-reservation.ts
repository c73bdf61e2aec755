// Makes a reservation, Dojo's or the venue's own.
import {
  bookReservation as decide,
  type NewReservation,
  type Reservation,
} from '../../domain/bookings/reservation.ts'
import {
  checkSameContent,
  checkTimesAndCovers,
  type Existing,
} from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import {
  findExistingReservation,
  lockDojoReservation,
  readReservation,
} from '../../store/bookings/reservations.ts'
import { findReservedTable, lockTables, readWantedTables } from '../../store/bookings/tables.ts'
import { hasHistory } from '../../store/bookings/visit-history.ts'
import { linkWaitingParties } from '../../store/bookings/write-party.ts'
import { insertReservation } from '../../store/bookings/write-reservation.ts'
import type { Transaction } from '../../store/database/database.ts'

export interface Booked {
  reservation: Reservation
  isNew: boolean
}

/**
 * The same id again with the same content answers the reservation as it now is. A party of Dojo's
 * that named it before the venue had it is linked.
 * @throws Refusal InvalidRequest: times or covers. Conflict: the id came with other content. What
 *   domain/bookings/reservation.ts refuses
 */
export async function bookReservation(
  tx: Transaction,
  caller: Caller,
  wanted: NewReservation,
): Promise<Booked> {
  const { locationId } = caller
  const { reservationId, dojoReservationId, content } = wanted
  const { tableIds } = content
  checkTimesAndCovers(content)
  // Sent together and run in turn: a caller that waited for a table sees who came first, even if
  // that was the same reservation.
  const [, , existing, wasDeleted, tables, reserved] = await Promise.all([
    dojoReservationId && lockDojoReservation(tx, locationId, dojoReservationId),
    lockTables(tx, 'reserve', locationId, tableIds),
    findExistingReservation(tx, locationId, wanted),
    dojoReservationId === undefined && hasHistory(tx, locationId, 'Reservation', reservationId),
    readWantedTables(tx, locationId, tableIds),
    findReservedTable(tx, locationId, { reservationId, ...content }),
  ])
  if (existing !== undefined) return await repeated(tx, caller, wanted, existing)
  const reservation = decide(wanted, { tables, reserved, wasDeleted })
  const { creationHash } = wanted
  const { refuseOverlappingReservations: alone } = tables.rules
  if (await insertReservation(tx, caller, reservation, { creationHash, alone })) {
    if (dojoReservationId !== undefined) {
      await linkWaitingParties(tx, caller, { reservationId, dojoReservationId })
    }
    return { reservation, isNew: true }
  }
  const winner = await findExistingReservation(tx, locationId, wanted)
  return await repeated(tx, caller, wanted, winner!)
}

async function repeated(
  tx: Transaction,
  { locationId }: Caller,
  { dojoReservationId, reservationId, creationHash }: NewReservation,
  existing: Existing,
): Promise<Booked> {
  const id =
    dojoReservationId === undefined
      ? ({ field: 'id', value: reservationId } as const)
      : ({ field: 'dojoReservationId', value: dojoReservationId } as const)
  checkSameContent('Reservation', id, existing, creationHash)
  return { reservation: await readReservation(tx, locationId, existing.id), isNew: false }
}
