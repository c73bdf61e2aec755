// The orders and parties that came of it stay and lose the link to it. Refusals: NotFound.
import { deleteReservation } from '../../store/bookings/reservations.ts'
import type { Handler } from './handler.ts'

export const deleteReservationById: Handler<'DeleteReservationById'> = async (
  { store },
  caller,
  { reservationId },
) => {
  await deleteReservation(store.database, caller, reservationId)
  return undefined
}
