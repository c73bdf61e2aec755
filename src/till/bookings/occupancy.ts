// The floor at a glance: which tables are taken, kept or free.
import { Type } from 'typebox'
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
            'seated: a party sits there, or a tab is open. reserved: the time of a reservation has come, and its guests have not.',
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
            { description: 'The first that is not over and whose guests are not seated.' },
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
              description: 'The open ones, as they are now; only where no other time is asked for.',
            },
          ),
        ),
        owedMinor: Type.Optional(Sum),
      }),
    ),
  },
  { title: 'Occupancy' },
)

/** A tab that is open says that somebody sits there, whether or not they were seated as a party. */
function statusOf(
  { parties, orders, reservation }: TableOccupancy,
  atMs: number,
): 'free' | 'reserved' | 'seated' {
  if (parties.length > 0 || orders.length > 0) return 'seated'
  return reservation !== undefined && Date.parse(reservation.startTime) <= atMs
    ? 'reserved'
    : 'free'
}

export const occupancyOperations = [
  operation({
    id: 'readOccupancy',
    does: 'read',
    method: 'GET',
    path: '/tables/occupancy',
    summary: 'Which tables are free, reserved or seated, by whom, and what is owed there',
    description:
      'Now, or at another time: a party is taken to be gone by the end that is expected of it.',
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
          tables: tables.map(({ reservation: nextReservation, orders, ...table }) => ({
            ...table,
            status: statusOf({ ...table, orders, reservation: nextReservation }, atMs),
            nextReservation,
            ...(at === undefined
              ? {
                  orders,
                  owedMinor: orders.reduce((sum, { balanceMinor }) => sum + balanceMinor, 0),
                }
              : {}),
          })),
        },
      }
    },
  }),
]
