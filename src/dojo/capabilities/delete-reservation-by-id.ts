// Its orders and parties stay and lose the link to it. Refusals: NotFound.
import { deleteReservation } from '../../actions/bookings/delete-reservation.ts'
import type { Handler } from './handler.ts'

export const deleteReservationById: Handler<'DeleteReservationById'> = async (
  { store },
  caller,
  { reservationId },
) => {
  await store.database.transaction(async (tx) => {
    await deleteReservation(tx, caller, reservationId)
  })
  return undefined
}
