// Replaces everything that the request can carry. Refusals in order: InvalidRequest for times;
// NotFound; Conflict for another reservation's dojoReservationId; InvalidRequest for tables that
// the venue does not have; Conflict for a table that is reserved then.
import { updateReservation as update } from '../../actions/bookings/update-reservation.ts'
import { foreignId } from '../../domain/ids.ts'
import type { Handler } from './handler.ts'
import { reservationContentOf, reservationView } from './reservation-view.ts'

export const updateReservation: Handler<'UpdateReservation'> = async ({ store }, caller, input) => {
  const dojoReservationId = foreignId(input.dojoReservationId, 'dojoReservationId')
  const content = reservationContentOf(input)
  const reservation = await store.database.transaction(
    async (tx) => await update(tx, caller, input.reservationId, { dojoReservationId, content }),
  )
  return reservationView(reservation)
}
