// Reservations: taken by the venue beside those that Dojo brings, changed, and called off.
import { Type, type Static } from 'typebox'
import { contentHash } from '../../domain/content-hash.ts'
import { boundsOfDay } from '../../domain/venue/day.ts'
import { pageRequest } from '../../domain/page.ts'
import { isoTime } from '../../domain/time.ts'
import { checkVisit, type SeatedReservation } from '../../domain/bookings/visit.ts'
import {
  book,
  changeReservation,
  readBook,
  readSeatedReservation,
  removeReservation,
} from '../../store/bookings/reservations.ts'
import { EVERYBODY, mustMatch, operation, STAFF, type Answered } from '../kit/operation.ts'
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
  Version,
} from '../kit/shapes.ts'
import { answerHistory, VisitHistoryPage, VisitHistoryQuery } from './visit-history.ts'

const tag = 'Reservations'
const ReservationPath = Fields({ reservationId: Id })
const Text = Type.Optional(Type.String())

const ReservationShape = Fields(
  {
    id: Type.String(),
    version: Version,
    name: Type.String(),
    covers: Type.Integer(),
    tableIds: Type.Array(Type.String()),
    startTime: Time,
    endTime: Time,
    hostNotes: Text,
    guestRequests: Type.Optional(
      Type.String({ description: 'Written by the guests, and changed by nobody else.' }),
    ),
    dojoReservationId: Text,
    seated: Type.Boolean({ description: 'Its guests sit there, or have been.' }),
    parties: Type.Array(
      Fields({ id: Type.String(), startTime: Time, endTime: Type.Optional(Time) }),
      { description: 'What it became.' },
    ),
  },
  { title: 'Reservation' },
)

const reservationView = ({
  reservationId: id,
  version,
  name,
  covers,
  tableIds,
  startTime,
  endTime,
  hostNotes,
  guestRequests,
  dojoReservationId,
  parties,
}: SeatedReservation): object => ({
  id,
  version,
  name,
  covers,
  tableIds,
  startTime,
  endTime,
  hostNotes,
  guestRequests,
  dojoReservationId,
  seated: parties.length > 0,
  parties,
})

const answerReservation = (reservation: SeatedReservation, status = 200): Answered => ({
  body: reservationView(reservation),
  version: reservation.version,
  status,
})

const Booking = Fields({
  id: Type.Optional(Id),
  name: Name,
  covers: Covers,
  tableIds: TableIds,
  startTime: Time,
  endTime: Time,
  hostNotes: Type.Optional(Note),
})

const Details = Fields({
  name: Type.Optional(Name),
  covers: Type.Optional(Covers),
  tableIds: Type.Optional(TableIds),
  startTime: Type.Optional(Time),
  endTime: Type.Optional(Time),
  hostNotes: Type.Optional(Emptied(Note)),
})

/** @throws Refusal InvalidRequest: it would end before it starts, or a time is none */
function withDetails(
  reservation: SeatedReservation,
  { hostNotes, ...details }: Static<typeof Details>,
): SeatedReservation {
  const next = { ...reservation, ...details }
  if (hostNotes === null) delete next.hostNotes
  else if (hostNotes !== undefined) next.hostNotes = hostNotes
  const timed = {
    ...next,
    startTime: isoTime(next.startTime, 'startTime'),
    endTime: isoTime(next.endTime, 'endTime'),
  }
  checkVisit(timed)
  return timed
}

export const reservationOperations = [
  operation({
    id: 'bookReservation',
    does: 'write',
    method: 'POST',
    path: '/reservations',
    creates: true,
    summary: 'Takes a reservation',
    description:
      'With an id of your own, the same again answers the reservation as it is now, and the same id with other content is refused.',
    tag,
    roles: STAFF,
    body: Booking,
    answer: ReservationShape,
    run: async ({ tx, caller, deps, body }) => {
      const { id, ...given } = body
      const content = {
        ...given,
        startTime: isoTime(given.startTime, 'startTime'),
        endTime: isoTime(given.endTime, 'endTime'),
      }
      checkVisit(content)
      const { reservation, isNew } = await book(tx, caller, {
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
    summary: 'The book of a day, by when they start',
    description:
      'The reservations that start on that day by the clocks of the venue, with the parties that they became.',
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
    summary: 'A reservation',
    tag,
    roles: EVERYBODY,
    params: ReservationPath,
    answer: ReservationShape,
    run: async ({ database, caller, params }) =>
      answerReservation(
        await readSeatedReservation(database, caller.locationId, params.reservationId),
      ),
  }),

  operation({
    id: 'changeReservation',
    does: 'write',
    method: 'PATCH',
    path: '/reservations/{reservationId}',
    summary: 'Changes a reservation',
    description: 'The requests of the guests are not the venue’s to change.',
    tag,
    roles: STAFF,
    params: ReservationPath,
    body: Details,
    answer: ReservationShape,
    run: async ({ tx, caller, ifMatch, params, body }) =>
      answerReservation(
        await changeReservation(tx, caller, params.reservationId, (reservation) => {
          mustMatch(ifMatch, reservation.version, 'reservation')
          return withDetails(reservation, body)
        }),
      ),
  }),

  operation({
    id: 'cancelReservation',
    does: 'write',
    method: 'POST',
    path: '/reservations/{reservationId}/cancel',
    summary: 'Calls a reservation off',
    description:
      'Also one that Dojo brought: Dojo is told, does not find it any more and deletes it on its side. It is answered as it was. What came of it stays.',
    tag,
    roles: STAFF,
    params: ReservationPath,
    body: Fields({ reason: Reason }),
    answer: ReservationShape,
    run: async ({ tx, caller, ifMatch, params, body: { reason } }) => {
      const see = ({ version }: SeatedReservation): void => {
        mustMatch(ifMatch, version, 'reservation')
      }
      const gone = await removeReservation(tx, caller, params.reservationId, {
        action: 'Canceled',
        detail: { reason },
        see,
      })
      return { body: reservationView(gone) }
    },
  }),

  operation({
    id: 'readReservationHistory',
    does: 'read',
    method: 'GET',
    path: '/reservations/{reservationId}/history',
    summary: 'What happened to a reservation, oldest first',
    description: 'Also to one that is deleted.',
    tag,
    roles: EVERYBODY,
    params: ReservationPath,
    query: VisitHistoryQuery,
    answer: VisitHistoryPage,
    run: async (given) =>
      await answerHistory(given, 'Reservation', given.params.reservationId, given.query),
  }),
]
