// Idempotent by dojoReservationId. Refusals in order: InvalidRequest for times; Conflict for the
// same dojoReservationId with other content; InvalidRequest for tables that the venue does not
// have; Conflict for a table that is reserved then, where the venue refuses overlaps.
import { bookReservation } from '../../actions/bookings/book-reservation.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { foreignId } from '../../domain/ids.ts'
import type { Handler } from './handler.ts'
import { reservationContentOf, reservationView } from './reservation-view.ts'

export const createReservation: Handler<'CreateReservation'> = async (
  { store, newId },
  caller,
  input,
) => {
  const content = reservationContentOf(input)
  const wanted = {
    reservationId: newId('rsv'),
    dojoReservationId: foreignId(input.dojoReservationId, 'dojoReservationId'),
    creationHash: contentHash(content),
    content,
  }
  const { reservation } = await store.database.transaction(
    async (tx) => await bookReservation(tx, caller, wanted),
  )
  return reservationView(reservation)
}
