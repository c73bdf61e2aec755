// A reservation between Dojo's terms and the domain's.
import type { Schemas } from '../../contract/capabilities.ts'
import { isoTime } from '../../domain/time.ts'
import {
  checkVisit,
  type Reservation,
  type ReservationContent,
} from '../../domain/bookings/visit.ts'

export const reservationView = ({
  reservationId: id,
  name,
  covers,
  tableIds,
  startTime,
  endTime,
  hostNotes,
  guestRequests,
}: Reservation): Schemas['Reservation'] => ({
  id,
  name,
  covers,
  tableIds,
  startTime,
  endTime,
  hostNotes,
  guestRequests,
})

/** @throws Refusal InvalidRequest naming the field */
export function reservationContentOf(
  request: Schemas['CreateReservationRequest'] | Schemas['UpdateReservationRequest'],
): ReservationContent {
  const { name, covers, tableIds, hostNotes, guestRequests } = request
  const content = {
    name,
    covers,
    tableIds,
    startTime: isoTime(request.startTime, 'startTime'),
    endTime: isoTime(request.endTime, 'endTime'),
    hostNotes,
    guestRequests,
  }
  checkVisit(content)
  return content
}
