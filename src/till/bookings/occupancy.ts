// The floor at a glance: which tables are seated, reserved or free.
import { Type } from 'typebox'
import { tableStatus } from '../../domain/bookings/occupancy.ts'
import { timeMs } from '../../domain/time.ts'
import { readOccupancy, type TableOccupancy } from '../../store/bookings/occupancy.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { Fields, OneOf, Sum, Time } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

const Occupancy = Fields(
  {
    at: Time,
    tables: Type.Array(
      Fields({
        tableId: Type.String(),
        name: Type.String(),
        areaId: Text,
        maxCovers: Type.Optional(Type.Integer()),
        status: OneOf(['free', 'reserved', 'seated'], {
          description:
            'seated: a party is there, or an order is open. reserved: a reservation has begun, ' +
            'and its guests are not seated yet.',
        }),
        parties: Type.Array(
          Fields({
            id: Type.String(),
            name: Text,
            covers: Type.Optional(Type.Integer()),
            status: Type.String(),
            startTime: Time,
            expectedEndTime: Type.Optional(Time),
            reservationId: Text,
          }),
        ),
        nextReservation: Type.Optional(
          Fields(
            {
              id: Type.String(),
              name: Type.String(),
              covers: Type.Integer(),
              startTime: Time,
              endTime: Time,
            },
            { description: 'The next one whose guests are not seated yet; it may have begun.' },
          ),
        ),
        orders: Type.Optional(
          Type.Array(
            Fields({
              id: Type.String(),
              status: Type.String(),
              partyId: Text,
              totalMinor: Sum,
              balanceMinor: Sum,
            }),
            {
              description: 'The open ones as they are now; left out when you ask for another time.',
            },
          ),
        ),
        owedMinor: Type.Optional(Sum),
      }),
    ),
  },
  { title: 'Occupancy' },
)

export const occupancyOperations = [
  operation({
    id: 'readOccupancy',
    does: 'read',
    method: 'GET',
    path: '/tables/occupancy',
    summary: 'Which tables are free, reserved or seated, by whom, and what is owed there',
    description: 'Now, or at another time. A seated party is assumed to leave at its expected end.',
    tag: 'Tables',
    roles: EVERYBODY,
    query: Fields({ at: Type.Optional(Time) }),
    answer: Occupancy,
    run: async ({ database, caller, query: { at } }) => {
      const { atMs, tables } = await readOccupancy(
        database,
        caller.locationId,
        at === undefined ? undefined : new Date(timeMs(at, 'at')),
      )
      return {
        body: {
          at: new Date(atMs).toISOString(),
          tables: tables.map((table) => tableView(table, atMs, at === undefined)),
        },
      }
    },
  }),
]

/** Only for now: orders are known as they are, not as they were or will be. */
function tableView(table: TableOccupancy, atMs: number, isNow: boolean): object {
  const { reservation: nextReservation, orders, ...rest } = table
  const view = { ...rest, status: tableStatus(table, atMs), nextReservation }
  if (!isNow) return view
  return {
    ...view,
    orders,
    owedMinor: orders.reduce((sum, { balanceMinor }) => sum + balanceMinor, 0),
  }
}
