// The write path of a reservation: its row, its tables and its history together.
import type { NewReservation, Reservation } from '../../domain/bookings/reservation.ts'
import { changedFields } from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import type { Statement, Transaction } from '../database/database.ts'
import { recordVisit } from './visit-history.ts'

const insertOne: Statement = {
  name: 'insertReservation',
  text: `INSERT INTO reservations (location_id, reservation_id, start_time, end_time, dojo_reservation_id, creation_hash, name, covers,
        host_notes, guest_requests, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp(), clock_timestamp())
      ON CONFLICT DO NOTHING RETURNING reservation_id`,
}

/**
 * Inserts a reservation and begins its history.
 * @param alone whether nobody else may have its tables at that time
 * @returns false where another request has just used one of its ids
 */
export async function insertReservation(
  tx: Transaction,
  caller: Caller,
  reservation: Reservation,
  { creationHash, alone }: Pick<NewReservation, 'creationHash'> & { alone: boolean },
): Promise<boolean> {
  const { reservationId, dojoReservationId, name, covers, hostNotes, guestRequests } = reservation
  const inserted = await tx.rows(insertOne, [
    caller.locationId,
    reservationId,
    reservation.startTime,
    reservation.endTime,
    dojoReservationId,
    creationHash,
    name,
    covers,
    hostNotes,
    guestRequests,
  ])
  if (inserted.length === 0) return false
  keepTables(tx, caller.locationId, reservation, alone)
  recordVisit(tx, caller, {
    kind: 'Reservation',
    visitId: reservationId,
    action: 'Booked',
    detail: { set: changedFields<Reservation>({ reservationId }, reservation) },
  })
  return true
}

const updateOne: Statement = {
  name: 'updateReservation',
  text: `UPDATE reservations SET dojo_reservation_id = $3, name = $4, covers = $5, start_time = $6, end_time = $7,
      host_notes = $8, guest_requests = $9, version = version + 1, updated_at = statement_timestamp()
    WHERE location_id = $1 AND reservation_id = $2`,
}
const deleteTables: Statement = {
  name: 'deleteTablesOfReservation',
  text: 'DELETE FROM reservation_tables WHERE location_id = $1 AND reservation_id = $2',
}
const insertTable: Statement = {
  name: 'insertTableOfReservation',
  text: `INSERT INTO reservation_tables (location_id, reservation_id, start_time, end_time, alone, table_id, position)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
}

/**
 * Writes the difference between two states of a locked reservation, which may be none.
 * @param alone whether nobody else may have its tables at that time
 */
export function writeReservation(
  tx: Transaction,
  caller: Caller,
  [before, after]: readonly [before: Reservation, after: Reservation],
  alone: boolean,
): Reservation {
  const set = changedFields(before, after)
  if (Object.keys(set).length === 0) return before
  const { locationId } = caller
  const { reservationId } = after
  tx.send(updateOne, [
    locationId,
    reservationId,
    after.dojoReservationId,
    after.name,
    after.covers,
    after.startTime,
    after.endTime,
    after.hostNotes,
    after.guestRequests,
  ])
  tx.send(deleteTables, [locationId, reservationId])
  keepTables(tx, locationId, after, alone)
  recordVisit(tx, caller, {
    kind: 'Reservation',
    visitId: reservationId,
    action: 'Updated',
    detail: { set },
  })
  return { ...after, version: before.version + 1 }
}

function keepTables(
  tx: Transaction,
  locationId: string,
  { reservationId, tableIds, startTime, endTime }: Reservation,
  alone: boolean,
): void {
  for (const [index, tableId] of tableIds.entries()) {
    const values = [locationId, reservationId, startTime, endTime, alone, tableId, index + 1]
    tx.send(insertTable, values)
  }
}

const unlinkParties: Statement = {
  name: 'unlinkPartiesOfReservation',
  text: `UPDATE parties SET reservation_id = NULL, version = version + 1, updated_at = statement_timestamp()
    WHERE location_id = $1 AND reservation_id = $2`,
}
const deleteOne: Statement = {
  name: 'deleteReservation',
  text: 'DELETE FROM reservations WHERE location_id = $1 AND reservation_id = $2',
}

/** Deletes a locked reservation to which no order is linked any more; its parties lose the link. */
export function deleteReservation(
  tx: Transaction,
  caller: Caller,
  { reservationId, parties }: Reservation,
  { action, detail }: { action: 'Deleted' | 'Canceled'; detail: object },
): void {
  const key = [caller.locationId, reservationId]
  tx.send(unlinkParties, key)
  for (const { id: visitId } of parties) {
    recordVisit(tx, caller, {
      kind: 'Party',
      visitId,
      action: 'ReservationDeleted',
      detail: { reservationId, set: { reservationId: null } },
    })
  }
  tx.send(deleteOne, key)
  recordVisit(tx, caller, { kind: 'Reservation', visitId: reservationId, action, detail })
}
