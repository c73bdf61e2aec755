// fromTime and toTime overlap the reservation's own time, half open. Newest first. Refusals:
// InvalidRequest for a page out of range, a cursor that this venue did not give, or times that are
// none.
import { pageRequest } from '../../domain/page.ts'
import { optionalIsoTime } from '../../domain/time.ts'
import { searchReservations as search } from '../../store/bookings/reservations.ts'
import type { Handler } from './handler.ts'
import { pageView } from './page-view.ts'
import { reservationView } from './reservation-view.ts'

export const searchReservations: Handler<'SearchReservations'> = async (
  { store },
  { locationId, cursorKey },
  { tableId, fromTime, toTime, cursor },
) => {
  const page = pageRequest('reservations', cursorKey, cursor)
  const filter = {
    tableId,
    fromTime: optionalIsoTime(fromTime, 'fromTime'),
    toTime: optionalIsoTime(toTime, 'toTime'),
  }
  return pageView(
    'reservations',
    cursorKey,
    await search(store.database, locationId, filter, page),
    reservationView,
  )
}
