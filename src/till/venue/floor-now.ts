// The floor as it is now, in one answer: for people who look at all tables at once.
import { Type } from 'typebox'
import { tableStatus } from '../../domain/bookings/occupancy.ts'
import { balanceMinor } from '../../domain/orders/order.ts'
import { readOccupancy, type TableOccupancy } from '../../store/bookings/occupancy.ts'
import { readFloorOrders, type FloorOrder } from '../../store/orders/floor-orders.ts'
import { listSetup } from '../../store/venue/setup.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { LockShown, lockView } from '../kit/order-view.ts'
import { Fields, OneOf, Sum, Time } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())
const When = Type.Optional(Time)

const OrderOnFloor = Fields({
  id: Type.String(),
  status: Type.String(),
  name: Type.String(),
  tableId: Text,
  partyId: Text,
  waiterId: Text,
  covers: Type.Optional(Type.Integer()),
  totalMinor: Sum,
  paidMinor: Sum,
  balanceMinor: Sum,
  tipsMinor: Sum,
  lock: Type.Optional(LockShown),
  openedAt: Time,
  updatedAt: Time,
  lastPaidAt: When,
  billPrintedAt: When,
  takenOffAt: Type.Optional({
    ...Time,
    description: 'When something was last taken off the order after its bill was printed.',
  }),
})

const Guests = {
  id: Type.String(),
  name: Text,
  covers: Type.Optional(Type.Integer()),
  startTime: Time,
}

export const FloorShape = Fields(
  {
    at: Time,
    areas: Type.Array(Fields({ id: Type.String(), name: Type.String() })),
    waiters: Type.Array(Fields({ id: Type.String(), name: Type.String() })),
    tables: Type.Array(
      Fields({
        id: Type.String(),
        name: Type.String(),
        areaId: Text,
        maxCovers: Type.Optional(Type.Integer()),
        status: OneOf(['free', 'reserved', 'seated']),
        parties: Type.Array(Fields(Guests)),
        nextReservation: Type.Optional(Fields(Guests)),
        orders: Type.Array(OrderOnFloor),
      }),
    ),
    elsewhere: Type.Array(OrderOnFloor, { description: 'Open orders without a table.' }),
  },
  { title: 'Floor' },
)

export const floorNowOperations = [
  operation({
    id: 'readFloor',
    does: 'read',
    method: 'GET',
    path: '/floor',
    summary: 'The floor as it is now: every table with its guests, its orders and what is owed',
    description:
      'Besides the open orders, the paid ones whose party is still seated. The stream says when ' +
      'to read it again.',
    tag: 'Tables',
    roles: EVERYBODY,
    answer: FloorShape,
    run: async ({ database, deps, caller: { locationId } }) => {
      const [occupancy, { nowMs, orders }, areas, waiters] = await Promise.all([
        readOccupancy(database, locationId, undefined),
        readFloorOrders(database, locationId),
        listSetup(deps.store.prisma, locationId, 'areas'),
        listSetup(deps.store.prisma, locationId, 'waiters'),
      ])
      const byTable = Map.groupBy(orders, ({ tableId }) => tableId)
      return {
        body: {
          at: new Date(nowMs).toISOString(),
          areas: areas.map(({ id, name }) => ({ id, name })),
          waiters: waiters.map(({ id, name }) => ({ id, name })),
          tables: occupancy.tables.map((table) =>
            tableView(table, byTable.get(table.tableId) ?? [], nowMs),
          ),
          elsewhere: (byTable.get(undefined) ?? []).map((order) => orderView(order, nowMs)),
        },
      }
    },
  }),
]

function tableView(table: TableOccupancy, orders: readonly FloorOrder[], nowMs: number): object {
  const { tableId: id, name, areaId, maxCovers, parties, reservation } = table
  return {
    id,
    name,
    areaId,
    maxCovers,
    status: tableStatus(table, nowMs),
    parties: parties.map(guestsView),
    nextReservation: reservation && guestsView(reservation),
    orders: orders.map((order) => orderView(order, nowMs, name)),
  }
}

function guestsView({
  id,
  name,
  covers,
  startTime,
}: {
  id: string
  name?: string
  covers?: number
  startTime: string
}): object {
  return { id, name, covers, startTime }
}

function orderView(order: FloorOrder, nowMs: number, tableName?: string): object {
  const { displayName, reference, createdAt, lock, ...rest } = order
  return {
    ...rest,
    name: displayName ?? tableName ?? reference ?? `Order ${order.id.slice(-6)}`,
    balanceMinor: balanceMinor(order),
    lock: lockView({ lock }, nowMs),
    openedAt: createdAt,
  }
}
