// Parties: seated, described, moved, and gone. What the guests asked for and their deposit come
// from Dojo; no till changes them.
import { Type } from 'typebox'
import { finishParty } from '../../actions/bookings/finish-party.ts'
import { moveParty } from '../../actions/bookings/move-party.ts'
import { seatGuests } from '../../actions/bookings/seat-party.ts'
import { describeParty } from '../../actions/bookings/update-party.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { pageRequest } from '../../domain/page.ts'
import { isoTime, optionalIsoTime } from '../../domain/time.ts'
import { readParty, searchParties } from '../../store/bookings/parties.ts'
import { EVERYBODY, operation, STAFF } from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import {
  Covers,
  Cursor,
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
import { answerParty, PartyShape, partyView } from '../kit/party-view.ts'
import { answerHistory, VisitHistoryPage, VisitHistoryQuery } from './visit-history.ts'

const tag = 'Parties'
const PartyPath = Fields({ partyId: Id })

const SeatBody = Fields({
  id: Type.Optional(Id),
  reservationId: Type.Optional(Id),
  tableIds: Type.Optional(TableIds),
  name: Type.Optional(Name),
  covers: Type.Optional(Covers),
  hostNotes: Type.Optional(Note),
  status: Type.Optional(Name),
  expectedEndTime: Type.Optional(Time),
})

const DetailsBody = Fields({
  name: Type.Optional(Emptied(Name)),
  covers: Type.Optional(Emptied(Covers)),
  status: Type.Optional(Name),
  hostNotes: Type.Optional(Emptied(Note)),
  expectedEndTime: Type.Optional(Emptied(Time)),
})

export const partyOperations = [
  operation({
    id: 'seatParty',
    does: 'write',
    method: 'POST',
    path: '/parties',
    creates: true,
    summary: 'Seats a walk-in, or the guests of a reservation',
    description:
      'Starting now. The party takes name, covers, tables, notes and requests from its ' +
      'reservation, except for what you send; the reservation itself does not change. With an id ' +
      'of your own, the same request again answers the party as it is now.',
    tag,
    roles: STAFF,
    body: SeatBody,
    answer: PartyShape,
    run: async ({ tx, caller, deps, body }) => {
      const { id, reservationId, expectedEndTime, ...details } = body
      const { party, isNew } = await seatGuests(tx, caller, {
        partyId: id ?? deps.newId('pty'),
        creationHash: contentHash(body),
        reservationId,
        seating: {
          ...details,
          expectedEndTime: optionalIsoTime(expectedEndTime, 'expectedEndTime'),
        },
      })
      return answerParty(party, isNew ? 201 : 200)
    },
  }),

  operation({
    id: 'listParties',
    does: 'read',
    method: 'GET',
    path: '/parties',
    summary: 'The parties that are seated, or those that have left, newest first',
    tag,
    roles: EVERYBODY,
    query: Fields({
      tableId: Type.Optional(Id),
      completed: Type.Optional(Type.Boolean()),
      ...Cursor,
    }),
    answer: PageOf(PartyShape),
    run: async ({
      database,
      caller: { locationId, cursorKey },
      query: { tableId, completed: completedOnly, ...cursor },
    }) => {
      const page = await searchParties(
        database,
        locationId,
        { tableId, completedOnly },
        pageRequest('parties', cursorKey, cursor),
      )
      return { body: pageView(page, 'parties', cursorKey, partyView) }
    },
  }),

  operation({
    id: 'readParty',
    does: 'read',
    method: 'GET',
    path: '/parties/{partyId}',
    summary: 'Reads a party',
    tag,
    roles: EVERYBODY,
    params: PartyPath,
    answer: PartyShape,
    run: async ({ database, caller, params: { partyId } }) =>
      answerParty(await readParty(database, caller.locationId, partyId)),
  }),

  operation({
    id: 'describeParty',
    does: 'write',
    method: 'PATCH',
    path: '/parties/{partyId}',
    summary: 'Changes what the venue says about a party',
    description: 'The venue cannot change the guests’ requests or the deposit.',
    tag,
    roles: STAFF,
    params: PartyPath,
    body: DetailsBody,
    answer: PartyShape,
    run: async ({ tx, caller, ifMatch, params: { partyId }, body }) => {
      const { expectedEndTime: time } = body
      const expectedEndTime = typeof time === 'string' ? isoTime(time, 'expectedEndTime') : time
      const details = { ...body, expectedEndTime }
      return answerParty(await describeParty(tx, caller, partyId, { details, ifMatch }))
    },
  }),

  operation({
    id: 'moveParty',
    does: 'write',
    method: 'POST',
    path: '/parties/{partyId}/move',
    summary: 'Moves a party to other tables',
    description:
      'Its open orders at the tables that it leaves move with it, to the first of the new tables.',
    tag,
    roles: STAFF,
    params: PartyPath,
    body: Fields({ tableIds: TableIds }),
    answer: PartyShape,
    run: async ({ tx, caller, ifMatch, params: { partyId }, body: { tableIds } }) =>
      answerParty(await moveParty(tx, caller, partyId, { tableIds, ifMatch })),
  }),

  operation({
    id: 'finishParty',
    does: 'write',
    method: 'POST',
    path: '/parties/{partyId}/finish',
    summary: 'A party has left, and its tables are free',
    description:
      'Refused while one of its open orders owes something, unless a manager forces it. Its ' +
      'orders stay as they are.',
    tag,
    roles: STAFF,
    params: PartyPath,
    body: Fields({ force: Type.Optional(Type.Boolean()), reason: Type.Optional(Reason) }),
    answer: PartyShape,
    run: async ({ tx, caller, ifMatch, params: { partyId }, body }) => {
      const { force: isForced = false, reason } = body
      return answerParty(await finishParty(tx, caller, partyId, { ifMatch, isForced, reason }))
    },
  }),

  operation({
    id: 'readPartyHistory',
    does: 'read',
    method: 'GET',
    path: '/parties/{partyId}/history',
    summary: 'What happened to a party, oldest first',
    description: 'A deleted party has a history too.',
    tag,
    roles: EVERYBODY,
    params: PartyPath,
    query: VisitHistoryQuery,
    answer: VisitHistoryPage,
    run: async (given) => await answerHistory(given, 'Party', given.params.partyId, given.query),
  }),
]
