// Those that overlap the time from fromTime to toTime, half open; newest first. Refusals:
// InvalidRequest for a page out of range, a cursor that this venue did not issue, or invalid times.
import { wellFormedFilter } from '../../domain/ids.ts'
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
    ...wellFormedFilter({ tableId }),
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
