// Refusals: NotFound.
import { readReservation } from '../../store/bookings/reservations.ts'
import type { Handler } from './handler.ts'
import { reservationView } from './reservation-view.ts'

export const getReservationById: Handler<'GetReservationById'> = async (
  { store },
  { locationId },
  { reservationId },
) => reservationView(await readReservation(store.database, locationId, reservationId))
