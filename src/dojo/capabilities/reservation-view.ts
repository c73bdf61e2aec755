// A reservation in Dojo's terms.
import type { Schemas } from '../../contract/capabilities.ts'
import type { Reservation, ReservationContent } from '../../domain/bookings/reservation.ts'
import { foreignIds } from '../../domain/ids.ts'
import { visibleName } from '../../domain/names.ts'
import { isoTime } from '../../domain/time.ts'

export function reservationView({
  reservationId: id,
  name,
  covers,
  tableIds,
  startTime,
  endTime,
  hostNotes,
  guestRequests,
}: Reservation): Schemas['Reservation'] {
  return { id, name, covers, tableIds, startTime, endTime, hostNotes, guestRequests }
}

/** @throws Refusal InvalidRequest naming the field */
export function reservationContentOf(
  request: Schemas['CreateReservationRequest'] | Schemas['UpdateReservationRequest'],
): ReservationContent {
  const { name, covers, tableIds, hostNotes, guestRequests } = request
  return {
    name: visibleName(name, 'name'),
    covers,
    tableIds: foreignIds(tableIds, 'tableIds'),
    startTime: isoTime(request.startTime, 'startTime'),
    endTime: isoTime(request.endTime, 'endTime'),
    hostNotes,
    guestRequests,
  }
}
