// Reservations: those that the venue takes itself, beside those that Dojo brings.
import { Type } from 'typebox'
import { bookReservation } from '../../actions/bookings/book-reservation.ts'
import { cancelReservation } from '../../actions/bookings/delete-reservation.ts'
import { changeReservation } from '../../actions/bookings/update-reservation.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { pageRequest } from '../../domain/page.ts'
import { isoTime, optionalIsoTime } from '../../domain/time.ts'
import { boundsOfDay } from '../../domain/venue/day.ts'
import { readBook, readReservation } from '../../store/bookings/reservations.ts'
import { EVERYBODY, operation, STAFF } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import {
  Covers,
  Cursor,
  Day,
  Emptied,
  Fields,
  Id,
  Name,
  Note,
  PageOf,
  Reason,
  TableIds,
  Time,
} from '../kit/shapes.ts'
import { answerReservation, ReservationShape, reservationView } from '../kit/reservation-view.ts'
import { answerHistory, VisitHistoryPage, VisitHistoryQuery } from './visit-history.ts'

const tag = 'Reservations'
const ReservationPath = Fields({ reservationId: Id })

const BookBody = Fields({
  id: Type.Optional(Id),
  name: Name,
  covers: Covers,
  tableIds: TableIds,
  startTime: Time,
  endTime: Time,
  hostNotes: Type.Optional(Note),
})

const DetailsBody = Fields({
  name: Type.Optional(Name),
  covers: Type.Optional(Covers),
  tableIds: Type.Optional(TableIds),
  startTime: Type.Optional(Time),
  endTime: Type.Optional(Time),
  hostNotes: Type.Optional(Emptied(Note)),
})

export const reservationOperations = [
  operation({
    id: 'bookReservation',
    does: 'write',
    method: 'POST',
    path: '/reservations',
    creates: true,
    summary: 'Takes a reservation',
    description:
      'With an id of your own, the same request again answers the reservation as it is now; the ' +
      'same id with other content is refused.',
    tag,
    roles: STAFF,
    body: BookBody,
    answer: ReservationShape,
    run: async ({ tx, caller, deps, body }) => {
      const { id, ...given } = body
      const content = {
        ...given,
        startTime: isoTime(given.startTime, 'startTime'),
        endTime: isoTime(given.endTime, 'endTime'),
      }
      const { reservation, isNew } = await bookReservation(tx, caller, {
        reservationId: id ?? deps.newId('rsv'),
        creationHash: contentHash({ id, ...content }),
        content,
      })
      return answerReservation(reservation, isNew ? 201 : 200)
    },
  }),

  operation({
    id: 'listReservations',
    does: 'read',
    method: 'GET',
    path: '/reservations',
    summary: 'The reservations of a day, by start time',
    description:
      'Those that start on that day in the venue’s time zone, with the parties that their guests ' +
      'were seated as.',
    tag,
    roles: EVERYBODY,
    query: Fields({ day: Day, tableId: Type.Optional(Id), ...Cursor }),
    answer: PageOf(ReservationShape),
    run: async ({
      database,
      caller: { locationId, cursorKey, timeZone },
      query: { day, tableId, ...cursor },
    }) => {
      const page = await readBook(
        database,
        locationId,
        { ...boundsOfDay(day, timeZone), tableId },
        pageRequest('book', cursorKey, cursor),
      )
      return { body: pageView(page, 'book', cursorKey, reservationView) }
    },
  }),

  operation({
    id: 'readReservation',
    does: 'read',
    method: 'GET',
    path: '/reservations/{reservationId}',
    summary: 'Reads a reservation',
    tag,
    roles: EVERYBODY,
    params: ReservationPath,
    answer: ReservationShape,
    run: async ({ database, caller, params }) =>
      answerReservation(await readReservation(database, caller.locationId, params.reservationId)),
  }),

  operation({
    id: 'changeReservation',
    does: 'write',
    method: 'PATCH',
    path: '/reservations/{reservationId}',
    summary: 'Changes a reservation',
    description: 'The venue cannot change the guests’ requests.',
    tag,
    roles: STAFF,
    params: ReservationPath,
    body: DetailsBody,
    answer: ReservationShape,
    run: async ({ tx, caller, ifMatch, params: { reservationId }, body }) => {
      const details = {
        ...body,
        startTime: optionalIsoTime(body.startTime, 'startTime'),
        endTime: optionalIsoTime(body.endTime, 'endTime'),
      }
      const change = { details, ifMatch }
      return answerReservation(await changeReservation(tx, caller, reservationId, change))
    },
  }),

  operation({
    id: 'cancelReservation',
    does: 'write',
    method: 'POST',
    path: '/reservations/{reservationId}/cancel',
    summary: 'Cancels a reservation',
    description:
      'Also one that Dojo brought: Dojo is notified, no longer finds it and deletes it on its ' +
      'side. The answer is the reservation as it was. Its orders and parties stay.',
    tag,
    roles: STAFF,
    params: ReservationPath,
    body: Fields({ reason: Reason }),
    answer: ReservationShape,
    run: async ({ tx, caller, ifMatch, params: { reservationId }, body: { reason } }) => {
      const canceled = await cancelReservation(tx, caller, reservationId, { reason, ifMatch })
      return { body: reservationView(canceled) }
    },
  }),

  operation({
    id: 'readReservationHistory',
    does: 'read',
    method: 'GET',
    path: '/reservations/{reservationId}/history',
    summary: 'What happened to a reservation, oldest first',
    description: 'A deleted reservation has a history too.',
    tag,
    roles: EVERYBODY,
    params: ReservationPath,
    query: VisitHistoryQuery,
    answer: VisitHistoryPage,
    run: async (given) =>
      await answerHistory(given, 'Reservation', given.params.reservationId, given.query),
  }),
]
