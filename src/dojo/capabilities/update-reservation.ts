// Replaces all that the request can carry. Refusals in order: InvalidRequest for times; NotFound;
// Conflict for another reservation's dojoReservationId; InvalidRequest for tables that the venue
// does not have; Conflict for an overlap.
import { foreignId } from '../../domain/ids.ts'
import { updateReservation as update } from '../../store/bookings/reservations.ts'
import type { Handler } from './handler.ts'
import { reservationContentOf, reservationView } from './reservation-view.ts'

export const updateReservation: Handler<'UpdateReservation'> = async ({ store }, caller, input) => {
  const reservation = await update(
    store.database,
    caller,
    input.reservationId,
    foreignId(input.dojoReservationId, 'dojoReservationId'),
    reservationContentOf(input),
  )
  return reservationView(reservation)
}
