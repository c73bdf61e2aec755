// The newest changes of the venue, for somebody who begins to listen to the stream.
import { Type } from 'typebox'
import { limits } from '../../limits.ts'
import { readRecentChanges, type RecentChange } from '../../store/feed/recent.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { Fields, OneOf, Time } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

const ChangeShape = Fields(
  {
    entity: OneOf(['Order', 'Party', 'Reservation', 'Day', 'Refund']),
    id: Type.String(),
    sequence: Type.Integer(),
    at: Time,
    action: Type.String(),
    detail: Type.Object({}, { description: 'Ids, amounts, reasons, by action.' }),
    name: Type.Optional(Type.String({ description: 'The table of the order, or its own name.' })),
    waiterId: Text,
    deviceId: Text,
    product: Text,
  },
  { title: 'Change' },
)

const changeView = ({ at, ...change }: RecentChange): object => ({
  ...change,
  at: at.toISOString(),
})

export const changeOperations = [
  operation({
    id: 'listChanges',
    does: 'read',
    method: 'GET',
    path: '/changes',
    summary: 'The newest changes of the venue, newest first',
    description:
      'Of orders, parties, reservations, days, and refunds without a payment. The stream says ' +
      'what comes after them.',
    tag: 'Stream',
    roles: EVERYBODY,
    query: Fields({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.recentChanges })),
    }),
    answer: Fields({ rows: Type.Array(ChangeShape) }),
    run: async ({ database, caller, query: { limit = limits.recentChanges } }) => ({
      body: { rows: (await readRecentChanges(database, caller.locationId, limit)).map(changeView) },
    }),
  }),
]
