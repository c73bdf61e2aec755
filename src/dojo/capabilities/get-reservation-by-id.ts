// Refusals: NotFound.
import { notFound } from '../../domain/errors.ts'
import { readReservation } from '../../store/bookings/reservations.ts'
import type { Handler } from './handler.ts'
import { reservationView } from './reservation-view.ts'

export const getReservationById: Handler<'GetReservationById'> = async (
  { store },
  { locationId },
  { reservationId },
) => {
  const reservation = await readReservation(store.database, locationId, reservationId)
  if (reservation === undefined) throw notFound('reservation', reservationId)
  return reservationView(reservation)
}
