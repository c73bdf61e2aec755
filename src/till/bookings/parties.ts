// Parties: seated, described, moved, and gone. What guests asked for and the deposit come from
// Dojo, and no till changes them.
import { Type, type Static } from 'typebox'
import { contentHash } from '../../domain/content-hash.ts'
import { conflict, invalid, notFound, Refusal } from '../../domain/errors.ts'
import { spoken } from '../../domain/money.ts'
import { pageRequest } from '../../domain/page.ts'
import { defined } from '../../domain/orders/tab.ts'
import { isoTime, timeMs } from '../../domain/time.ts'
import {
  isSeated,
  SEATED,
  type Party,
  type PartyContent,
  type Reservation,
} from '../../domain/bookings/visit.ts'
import type { Transaction } from '../../store/database/database.ts'
import {
  holdParty,
  holdPartyAndTabs,
  moveParty,
  readParty,
  searchParties,
  seatParty,
  writeParty,
  type OpenTab,
} from '../../store/bookings/parties.ts'
import { holdReservation } from '../../store/bookings/reservations.ts'
import {
  EVERYBODY,
  MANAGERS,
  mustMatch,
  operation,
  STAFF,
  type Answered,
  type TillCaller,
} from '../kit/operation.ts'
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
  Sum,
  TableIds,
  Time,
  Version,
} from '../kit/shapes.ts'
import { answerHistory, VisitHistoryPage, VisitHistoryQuery } from './visit-history.ts'

const tag = 'Parties'
const PartyPath = Fields({ partyId: Id })
const Text = Type.Optional(Type.String())

const PartyShape = Fields(
  {
    id: Type.String(),
    version: Version,
    name: Text,
    covers: Type.Optional(Type.Integer()),
    tableIds: Type.Array(Type.String()),
    status: Type.String({
      description: 'Where they are in their evening, in the words of the venue or of Dojo.',
    }),
    startTime: Time,
    expectedEndTime: Type.Optional(Time),
    endTime: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When they left; absent while they sit there.',
      }),
    ),
    hostNotes: Text,
    guestRequests: Type.Optional(
      Type.String({ description: 'Written by the guests, and changed by nobody else.' }),
    ),
    reservationId: Text,
    dojoPartyId: Text,
    deposit: Type.Optional(
      Fields({ totalMinor: Sum, description: Text, paymentIntentIds: Type.Array(Type.String()) }),
    ),
  },
  { title: 'Party' },
)

const partyView = ({
  partyId: id,
  version,
  name,
  covers,
  tableIds,
  status,
  startTime,
  expectedEndTime,
  endTime,
  hostNotes,
  guestRequests,
  reservationId,
  dojoPartyId,
  deposit,
}: Party): object => ({
  id,
  version,
  name,
  covers,
  tableIds,
  status,
  startTime,
  expectedEndTime,
  endTime,
  hostNotes,
  guestRequests,
  reservationId,
  dojoPartyId,
  deposit,
})

const answerParty = (party: Party, status = 200): Answered => ({
  body: partyView(party),
  version: party.version,
  status,
})

const Seating = Fields({
  id: Type.Optional(Id),
  reservationId: Type.Optional(Id),
  tableIds: Type.Optional(TableIds),
  name: Type.Optional(Name),
  covers: Type.Optional(Covers),
  hostNotes: Type.Optional(Note),
  status: Type.Optional(Name),
  expectedEndTime: Type.Optional(Time),
})

type Seated = Omit<PartyContent, 'startTime'>

/**
 * What the party is to be. Of a reservation that is not there it has nothing; whoever seats it
 * refuses that, unless it sits already.
 * @throws Refusal InvalidRequest: neither tables nor a reservation
 */
async function seatingOf(
  tx: Transaction,
  locationId: string,
  {
    id: _,
    reservationId,
    tableIds,
    expectedEndTime,
    status = SEATED,
    ...more
  }: Static<typeof Seating>,
): Promise<{ content: Seated; dojoReservationId: string | undefined }> {
  if (reservationId === undefined && tableIds === undefined) {
    throw invalid(
      'The field tableIds is missing; only the party of a reservation has tables without it.',
    )
  }
  const held =
    reservationId === undefined ? undefined : await holdReservation(tx, locationId, reservationId)
  const given = {
    status,
    ...more,
    ...defined({
      tableIds,
      expectedEndTime: expectedEndTime && isoTime(expectedEndTime, 'expectedEndTime'),
    }),
  }
  return {
    content: { tableIds: [], ...(held && ofReservation(held.reservation, held.nowMs)), ...given },
    dojoReservationId: held?.reservation.dojoReservationId,
  }
}

/**
 * What a party has of its reservation, the guests' requests word by word. When it was to end says
 * nothing once that is past.
 */
const ofReservation = (
  { name, covers, tableIds, hostNotes, guestRequests, endTime }: Reservation,
  nowMs: number,
): Pick<Seated, 'tableIds'> => ({
  tableIds,
  ...defined({
    name,
    covers,
    hostNotes,
    guestRequests,
    expectedEndTime: timeMs(endTime, 'endTime') > nowMs ? endTime : undefined,
  }),
})

const Details = Fields({
  name: Type.Optional(Emptied(Name)),
  covers: Type.Optional(Emptied(Covers)),
  status: Type.Optional(Name),
  hostNotes: Type.Optional(Emptied(Note)),
  expectedEndTime: Type.Optional(Emptied(Time)),
})

function withDetails(party: Party, { expectedEndTime, ...details }: Static<typeof Details>): Party {
  const changes = {
    ...details,
    ...defined({ expectedEndTime: expectedEndTime && isoTime(expectedEndTime, 'expectedEndTime') }),
  }
  const next = { ...party, ...changes } as Record<string, unknown>
  if (expectedEndTime === null) delete next['expectedEndTime']
  for (const [name, value] of Object.entries(changes)) if (value === null) delete next[name]
  return next as unknown as Party
}

/** @throws Refusal Conflict `forbidden`; InvalidRequest: no reason */
function mayForce(
  { role }: TillCaller,
  { force = false, reason }: { force?: boolean; reason?: string },
): boolean {
  if (!force) return false
  if (!MANAGERS.some((each) => each === role)) {
    throw new Refusal(
      'Conflict',
      'forbidden',
      `Letting a party go whose tabs are not paid takes one of the roles ${MANAGERS.join(', ')}.`,
      { roles: MANAGERS },
    )
  }
  if (reason === undefined) throw invalid('The field reason is missing; with force it is needed.')
  return true
}

/** @throws Refusal Conflict `unpaid`, naming them */
function mustBePaid(owing: readonly OpenTab[], partyId: string, currency: string): void {
  if (owing.length === 0) return
  const owed = owing
    .map(({ orderId, balanceMinor }) => `${orderId} (${spoken(balanceMinor, currency)})`)
    .join(', ')
  throw conflict('unpaid', `The party ${partyId} has open orders that owe something: ${owed}.`, {
    orders: owing.map(({ orderId: id, balanceMinor }) => ({ id, balanceMinor })),
  })
}

export const partyOperations = [
  operation({
    id: 'seatParty',
    does: 'write',
    method: 'POST',
    path: '/parties',
    creates: true,
    summary: 'Seats a walk-in, or the guests of a reservation',
    description:
      'From now on. Of a reservation it has the name, covers, tables, notes and requests, unless it brings its own; the reservation stays as it is. With an id of your own, the same again answers the party as it is now.',
    tag,
    roles: STAFF,
    body: Seating,
    answer: PartyShape,
    run: async ({ tx, caller, deps, body }) => {
      const { content, dojoReservationId } = await seatingOf(tx, caller.locationId, body)
      const { party, isNew } = await seatParty(tx, caller, {
        partyId: body.id ?? deps.newId('pty'),
        creationHash: contentHash(body),
        reservationId: body.reservationId,
        dojoReservationId,
        content,
      })
      return answerParty(party, isNew ? 201 : 200)
    },
  }),

  operation({
    id: 'listParties',
    does: 'read',
    method: 'GET',
    path: '/parties',
    summary: 'The parties that sit in the venue, or those that have left, newest first',
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
      query: { tableId, completed, ...cursor },
    }) => {
      const page = await searchParties(
        database,
        locationId,
        { ...defined({ tableId, completedOnly: completed }) },
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
    summary: 'A party',
    tag,
    roles: EVERYBODY,
    params: PartyPath,
    answer: PartyShape,
    run: async ({ database, caller, params: { partyId } }) => {
      const party = await readParty(database, caller.locationId, partyId)
      if (party === undefined) throw notFound('party', partyId)
      return answerParty(party)
    },
  }),

  operation({
    id: 'describeParty',
    does: 'write',
    method: 'PATCH',
    path: '/parties/{partyId}',
    summary: 'Changes what the venue says of a party',
    description: 'The requests of the guests and the deposit are not the venue’s to change.',
    tag,
    roles: STAFF,
    params: PartyPath,
    body: Details,
    answer: PartyShape,
    run: async ({ tx, caller, ifMatch, params: { partyId }, body }) => {
      const { party } = await holdParty(tx, caller.locationId, partyId)
      mustMatch(ifMatch, party.version, 'party')
      return answerParty(
        writeParty(tx, caller, party, withDetails(party, body), { action: 'Described' }),
      )
    },
  }),

  operation({
    id: 'moveParty',
    does: 'write',
    method: 'POST',
    path: '/parties/{partyId}/move',
    summary: 'Moves a party to other tables',
    description: 'Its open tabs at a table that it leaves go along, to the first of these.',
    tag,
    roles: STAFF,
    params: PartyPath,
    body: Fields({ tableIds: TableIds }),
    answer: PartyShape,
    run: async ({ tx, caller, ifMatch, params: { partyId }, body: { tableIds } }) =>
      answerParty(
        await moveParty(tx, caller, partyId, tableIds, ({ version }) => {
          mustMatch(ifMatch, version, 'party')
        }),
      ),
  }),

  operation({
    id: 'finishParty',
    does: 'write',
    method: 'POST',
    path: '/parties/{partyId}/finish',
    summary: 'A party has left, and its tables are free',
    description:
      'Refused while one of its tabs is open and owes something, unless a manager forces it. Its tabs stay as they are.',
    tag,
    roles: STAFF,
    params: PartyPath,
    body: Fields({ force: Type.Optional(Type.Boolean()), reason: Type.Optional(Reason) }),
    answer: PartyShape,
    run: async ({ tx, caller, ifMatch, params: { partyId }, body }) => {
      const isForced = mayForce(caller, body)
      const { party, nowMs, tabs } = await holdPartyAndTabs(tx, caller.locationId, partyId)
      mustMatch(ifMatch, party.version, 'party')
      if (!isSeated(party)) return answerParty(party)
      const owing = tabs.filter(({ balanceMinor }) => balanceMinor > 0)
      if (!isForced) mustBePaid(owing, partyId, caller.currency)
      // Dojo may have said that it sits down a little later.
      const endTime = new Date(Math.max(nowMs, timeMs(party.startTime, 'startTime'))).toISOString()
      const detail = isForced ? { reason: body.reason, owing } : {}
      return answerParty(
        writeParty(
          tx,
          caller,
          party,
          { ...party, endTime },
          { action: 'Finished', detail, alone: false },
        ),
      )
    },
  }),

  operation({
    id: 'readPartyHistory',
    does: 'read',
    method: 'GET',
    path: '/parties/{partyId}/history',
    summary: 'What happened to a party, oldest first',
    description: 'Also to one that is deleted.',
    tag,
    roles: EVERYBODY,
    params: PartyPath,
    query: VisitHistoryQuery,
    answer: VisitHistoryPage,
    run: async (given) => await answerHistory(given, 'Party', given.params.partyId, given.query),
  }),
]
