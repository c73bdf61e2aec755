// Idempotent by dojoReservationId. Refusals in order: InvalidRequest for times; Conflict for the
// same dojoReservationId with other content; InvalidRequest for tables that the venue does not
// have; Conflict for an overlapping reservation of a table, where the venue refuses these.
import { contentHash } from '../../domain/content-hash.ts'
import { foreignId } from '../../domain/ids.ts'
import { createReservation as create } from '../../store/bookings/reservations.ts'
import type { Handler } from './handler.ts'
import { reservationContentOf, reservationView } from './reservation-view.ts'

export const createReservation: Handler<'CreateReservation'> = async (
  { store, newId },
  caller,
  input,
) => {
  const content = reservationContentOf(input)
  const dojoReservationId = foreignId(input.dojoReservationId, 'dojoReservationId')
  const reservation = await create(store.database, caller, {
    reservationId: newId('rsv'),
    dojoReservationId,
    creationHash: contentHash(content),
    content,
  })
  return reservationView(reservation)
}
