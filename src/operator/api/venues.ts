// The venues: all of them with what is wrong, and one with its settings.
import { Type } from 'typebox'
import {
  rankOf,
  socketStateOf,
  stateOf,
  troubles,
  troublesOf,
  venueStates,
  type VenueFacts,
} from '../../domain/venue/venue-state.ts'
import { lockedChoices } from '../../domain/venue/venue.ts'
import { readVenueFacts, type VenueRow } from '../../store/venue/venue-facts.ts'
import { Emptied, Fields, Name, OneOf, Sum, Time } from '../../till/kit/shapes.ts'
import { changeSettings } from '../settings.ts'
import { createLocation, currencies, showLocation, type LocationSummary } from '../locations.ts'
import { counterTransports, transports } from '../../domain/venue/venue.ts'
import { operation } from './operation.ts'
import { Text, timeOf, VenuePath, When } from './shapes.ts'

const tag = 'Venues'

export const VenueLine = Fields(
  {
    id: Type.String(),
    name: Type.String(),
    currency: OneOf(currencies),
    timeZone: Type.String(),
    state: OneOf(venueStates, {
      description:
        'Help: somebody has to do something. Look: somebody should look. Closed: nothing has ' +
        'happened for twelve hours, and nothing is wrong.',
    }),
    troubles: Type.Array(OneOf(troubles), { description: 'What is wrong, the worst first.' }),
    lastCallAt: Type.Optional({ ...Time, description: 'When Dojo last called.' }),
    lastChangeAt: Type.Optional({ ...Time, description: 'When an order was last changed.' }),
    key: OneOf(['None', 'Works', 'Refused']),
    keyRefusedAt: When,
    transport: OneOf(transports),
    socket: OneOf(['None', 'Open', 'Down']),
    socketTrouble: Text,
    waiting: Type.Integer({ description: 'Events and checks that wait for Dojo.' }),
    oldestEventSeconds: Type.Integer({ description: 'How long the oldest event has waited.' }),
    givenUp: Type.Integer(),
    unmatchedCount: Type.Integer(),
    unmatchedMinor: Sum,
    unmatchedSince: When,
    auditDay: Type.Optional(
      Type.String({ description: 'The newest night that was compared with Dojo.' }),
    ),
    auditDifferences: Type.Integer(),
  },
  { title: 'VenueLine' },
)

const Credential = Fields({ username: Type.String(), createdAt: Time, revokedAt: When })

export const VenueShape = Fields(
  {
    id: Type.String(),
    name: Type.String(),
    currency: OneOf(currencies),
    timeZone: Type.String(),
    transport: OneOf(transports),
    counterTransport: OneOf(counterTransports),
    counterAccount: Text,
    eposId: Type.String(),
    waiterAccess: Type.Boolean(),
    onePartyPerTable: Type.Boolean(),
    refuseOverlappingReservations: Type.Boolean(),
    lockedThen: OneOf(lockedChoices),
    verifyPayments: OneOf(['before', 'after', 'off']),
    cardTips: Type.Boolean(),
    cashbackMostMinor: Type.Optional(Sum),
    unlinkedRefundMostMinor: Type.Optional(Sum),
    dojoAccountId: Text,
    hasKey: Type.Boolean(),
    keyRefusedAt: When,
    createdAt: Time,
    credentials: Type.Array(Credential, { description: 'Newest first.' }),
  },
  { title: 'VenueSettings' },
)

export const venueOperations = [
  operation({
    id: 'listVenues',
    method: 'GET',
    path: '/venues',
    summary: 'Every venue, the worst first, with what is wrong',
    tag,
    answer: Fields({ at: Time, rows: Type.Array(VenueLine) }),
    run: async ({ deps: { store } }) => {
      const rows = await readVenueFacts(store.database)
      const ranked = rows.map((row) => ({ row, facts: factsOf(row) }))
      // By name where they are as bad as each other.
      ranked.sort((a, b) => rankOf(a.facts) - rankOf(b.facts))
      return {
        at: (rows[0]?.now ?? new Date()).toISOString(),
        rows: ranked.map(({ row, facts }) => lineOf(row, facts)),
      }
    },
  }),

  operation({
    id: 'createVenue',
    method: 'POST',
    path: '/venues',
    summary: 'Creates a venue with its first credential, whose password is shown once',
    tag,
    body: Fields({
      name: Name,
      currency: OneOf(currencies),
      timeZone: Type.Optional(Type.String({ examples: ['Europe/London'] })),
    }),
    answer: Fields({ id: Type.String(), username: Type.String(), password: Type.String() }),
    run: async ({ deps: { store }, body }) => {
      const { locationId, credential } = await createLocation(store.prisma, body)
      return { id: locationId, ...credential }
    },
  }),

  operation({
    id: 'readVenue',
    method: 'GET',
    path: '/venues/{venueId}',
    summary: 'A venue: what is wrong, its settings, and its credentials',
    tag,
    params: VenuePath,
    answer: Fields({ at: Time, line: VenueLine, settings: VenueShape }),
    run: async ({ deps: { store }, params: { venueId } }) => {
      const settings = await showLocation(store.prisma, venueId)
      const [row] = await readVenueFacts(store.database, venueId)
      return {
        at: row!.now.toISOString(),
        line: lineOf(row!, factsOf(row!)),
        settings: settingsView(settings),
      }
    },
  }),

  operation({
    id: 'changeVenue',
    method: 'PATCH',
    path: '/venues/{venueId}',
    summary: 'Changes settings of a venue; what is left out stays',
    tag,
    params: VenuePath,
    body: Fields({
      name: Type.Optional(Name),
      timeZone: Type.Optional(Type.String()),
      transport: Type.Optional(OneOf(transports)),
      counterTransport: Type.Optional(OneOf(counterTransports)),
      counterAccount: Type.Optional(Type.String()),
      eposId: Type.Optional(Emptied(Type.String())),
      verifyPayments: Type.Optional(OneOf(['before', 'after', 'off'])),
      waiterAccess: Type.Optional(Type.Boolean()),
      onePartyPerTable: Type.Optional(Type.Boolean()),
      refuseOverlappingReservations: Type.Optional(Type.Boolean()),
      lockedThen: Type.Optional(OneOf(lockedChoices)),
    }),
    answer: VenueShape,
    run: async ({ deps: { store }, params: { venueId }, body }) =>
      settingsView(await changeSettings(store, venueId, body)),
  }),
]

function factsOf(row: VenueRow): VenueFacts {
  return {
    nowMs: row.now.getTime(),
    lastCallMs: row.lastCallAt?.getTime(),
    lastChangeMs: row.lastChangeAt?.getTime(),
    hasKey: row.hasKey,
    isKeyRefused: row.keyRefusedAt !== null,
    socket: socketStateOf(row),
    waiting: row.waiting,
    oldestSeconds: row.oldestSeconds,
    givenUp: row.givenUp,
    unmatched: row.unmatched,
    unmatchedSinceMs: row.unmatchedSince?.getTime(),
    auditDifferences: row.auditDifferences,
  }
}

const SOCKETS = { none: 'None', open: 'Open', down: 'Down' }

function lineOf(row: VenueRow, facts: VenueFacts): object {
  return {
    id: row.locationId,
    name: row.name,
    currency: row.currency,
    timeZone: row.timeZone,
    state: stateOf(facts),
    troubles: troublesOf(facts).map(({ trouble }) => trouble),
    lastCallAt: timeOf(row.lastCallAt),
    lastChangeAt: timeOf(row.lastChangeAt),
    key: keyOf(row),
    keyRefusedAt: timeOf(row.keyRefusedAt),
    transport: row.transport,
    socket: SOCKETS[facts.socket],
    socketTrouble: facts.socket === 'down' ? (row.socketTrouble ?? undefined) : undefined,
    waiting: row.waiting,
    oldestEventSeconds: Math.floor(row.oldestSeconds),
    givenUp: row.givenUp,
    unmatchedCount: row.unmatched,
    unmatchedMinor: row.unmatchedMinor,
    unmatchedSince: timeOf(row.unmatchedSince),
    auditDay: row.auditDay ?? undefined,
    auditDifferences: row.auditDifferences,
  }
}

function keyOf({ hasKey, keyRefusedAt }: VenueRow): string {
  if (!hasKey) return 'None'
  return keyRefusedAt === null ? 'Works' : 'Refused'
}

function settingsView(venue: LocationSummary): object {
  const { locationId, hasDojoKey, dojoKeyRefusedAt, createdAt, credentials, ...settings } = venue
  return {
    id: locationId,
    ...settings,
    hasKey: hasDojoKey,
    keyRefusedAt: timeOf(dojoKeyRefusedAt),
    createdAt: createdAt.toISOString(),
    credentials: credentials.map(({ username, createdAt, revokedAt }) => ({
      username,
      createdAt: createdAt.toISOString(),
      revokedAt: timeOf(revokedAt),
    })),
  }
}
