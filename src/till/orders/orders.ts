// Orders: opened, found, described, moved along their statuses.
import { Type, type Static } from 'typebox'
import { describeOrder } from '../../actions/orders/describe-order.ts'
import { openOrder } from '../../actions/orders/open-order.ts'
import { readOrderAt } from '../../actions/orders/read-order-at.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { orderStatuses } from '../../domain/orders/order.ts'
import { changeOrderType } from '../../domain/orders/order-type.ts'
import { cancelByTill, moveTo, reopen } from '../../domain/orders/status.ts'
import { pageRequest } from '../../domain/page.ts'
import { isoTime } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import { readNow, readOrder } from '../../store/orders/read-order.ts'
import { searchOrders } from '../../store/orders/search-orders.ts'
import { editAsSeen } from './edit-order.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { answerOrder, OrderPage, OrderShape, orderView } from '../kit/order-view.ts'
import { pageView } from '../kit/page.ts'
import { PointInTime, pointInTime } from '../kit/point-in-time.ts'
import {
  Covers,
  Cursor,
  Emptied,
  Fields,
  Id,
  Name,
  Note,
  OneOf,
  OrderPath,
  Reason,
  Time,
} from '../kit/shapes.ts'

const tag = 'Orders'

/** No longer than Dojo takes it. */
const CustomerGiven = Fields({
  id: Type.Optional(Type.String({ maxLength: limits.maxIdCharacters, pattern: '^[^\\uFFFD]+$' })),
  name: Type.Optional(Name),
  emailAddress: Type.Optional(Type.String({ maxLength: limits.maxEmailCharacters })),
  phoneNumber: Type.Optional(Type.String({ maxLength: limits.maxPhoneCharacters })),
})

const Opening = Fields(
  {
    id: Type.Optional(Id),
    orderType: OneOf(['DineIn', 'Collection']),
    tableId: Type.Optional(Id),
    waiterId: Type.Optional(Id),
    partyId: Type.Optional(Id),
    covers: Type.Optional(Covers),
    displayName: Type.Optional(Name),
    reference: Type.Optional(Name),
    note: Type.Optional(Note),
    customer: Type.Optional(CustomerGiven),
    collectAsap: Type.Optional(Type.Boolean()),
    collectAt: Type.Optional(Time),
  },
  {
    examples: [
      { orderType: 'DineIn', tableId: 'tbl_12', covers: 4 },
      { orderType: 'Collection', customer: { name: 'Ada' }, collectAt: '2026-11-21T19:30:00Z' },
    ],
  },
)

const Details = Fields({
  tableId: Type.Optional(Emptied(Id)),
  waiterId: Type.Optional(Emptied(Id)),
  partyId: Type.Optional(Emptied(Id)),
  covers: Type.Optional(Emptied(Covers)),
  displayName: Type.Optional(Emptied(Name)),
  reference: Type.Optional(Emptied(Name)),
  note: Type.Optional(Emptied(Note)),
  customer: Type.Optional(Emptied(CustomerGiven)),
  collectAsap: Type.Optional(Emptied(Type.Boolean())),
  collectAt: Type.Optional(Emptied(Time)),
})

/** @throws Refusal InvalidRequest: a time that is not valid */
function withTime<Given extends Partial<Static<typeof Details>>>(given: Given): Given {
  const { collectAt } = given
  if (typeof collectAt !== 'string') return given
  return { ...given, collectAt: isoTime(collectAt, 'collectAt') }
}

const OPEN_STATUSES = orderStatuses.filter((status) => status !== 'Canceled' && status !== 'Failed')

export const orderOperations = [
  operation({
    id: 'openOrder',
    does: 'write',
    method: 'POST',
    path: '/orders',
    summary: 'Opens an order at a table, or for collection',
    creates: true,
    description:
      'An order of a party takes its table and covers from the party, unless you give them. With ' +
      'an id of your own, the same again answers the order as it is now, and the same id with ' +
      'other content is refused.',
    tag,
    roles: STAFF,
    venues: 'native',
    body: Opening,
    answer: OrderShape,
    run: async ({ tx, caller, deps, body }) => {
      const { id, ...opening } = body
      const { isNew, ...now } = await openOrder(tx, caller, {
        orderId: id ?? deps.newId('ord'),
        isOwnId: id !== undefined,
        hash: contentHash(body),
        opening: withTime(opening),
        terms: caller,
      })
      return answerOrder(now, caller.currency, isNew ? 201 : 200)
    },
  }),

  operation({
    id: 'listOrders',
    does: 'read',
    method: 'GET',
    path: '/orders',
    summary: 'The orders of the venue, newest first',
    tag,
    roles: STAFF,
    query: Fields({
      tableId: Type.Optional(Id),
      waiterId: Type.Optional(Id),
      partyId: Type.Optional(Id),
      open: Type.Optional(Type.Boolean()),
      ...Cursor,
    }),
    answer: OrderPage,
    run: async ({ database, caller, query }) => {
      const { tableId, waiterId, partyId, open: openOnly, ...cursor } = query
      const page = await searchOrders(
        database,
        caller.locationId,
        { tableId, waiterId, partyId, openOnly },
        pageRequest('orders', caller.cursorKey, cursor),
      )
      return {
        body: pageView(page, 'orders', caller.cursorKey, (row) => orderView(row, caller.currency)),
      }
    },
  }),

  operation({
    id: 'readOrder',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}',
    summary: 'An order, with its lines one by one',
    description: 'As it is now, or as it was at a time; its table has its present name in both.',
    tag,
    roles: ['kitchen', ...STAFF],
    params: OrderPath,
    query: Fields({ at: Type.Optional(PointInTime) }),
    answer: OrderShape,
    run: async ({ database, caller, params: { orderId }, query: { at } }) => {
      const { locationId, timeZone, currency } = caller
      if (at === undefined) {
        return answerOrder(await readOrder(database, locationId, orderId), currency)
      }
      const atMs = pointInTime(at, timeZone, await readNow(database))
      return answerOrder(await readOrderAt(database, locationId, orderId, atMs), currency)
    },
  }),

  operation({
    id: 'describeOrder',
    does: 'write',
    method: 'PATCH',
    path: '/orders/{orderId}',
    summary: 'Changes the details of an order: its table, waiter, party, covers, names and notes',
    description: 'Also while somebody pays: none of it changes the total.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Details,
    answer: OrderShape,
    run: async ({ tx, caller, ifMatch, params: { orderId }, body }) => {
      const which = { orderId, version: ifMatch }
      return answerOrder(await describeOrder(tx, caller, which, withTime(body)), caller.currency)
    },
  }),

  operation({
    id: 'changeOrderType',
    does: 'write',
    transaction: 'shared',
    method: 'PUT',
    path: '/orders/{orderId}/type',
    summary: 'Changes whether guests eat in or take away',
    description:
      'Taxes follow, where the menu has a rate of its own for what is taken away. A service ' +
      'charge in percent goes with the guests who sit. Nothing changes while somebody pays.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Fields({ orderType: OneOf(['DineIn', 'Collection']) }),
    answer: OrderShape,
    run: async (given) => {
      const { caller: terms, body } = given
      return await editAsSeen(given, (order, nowMs) =>
        changeOrderType(order, body.orderType, { nowMs, terms }),
      )
    },
  }),

  operation({
    id: 'setOrderStatus',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/status',
    summary: 'Moves an order along its statuses',
    description: 'Forward only. An order that owes something cannot be Finalized.',
    tag,
    roles: ['kitchen', ...STAFF],
    venues: 'native',
    params: OrderPath,
    body: Fields({ status: OneOf(OPEN_STATUSES) }),
    answer: OrderShape,
    run: async (given) => {
      const { currency } = given.caller
      return await editAsSeen(given, (order, nowMs) =>
        moveTo(order, given.body.status, { nowMs, currency }),
      )
    },
  }),

  operation({
    id: 'cancelOrder',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/cancel',
    summary: 'Cancels an order on which nothing is paid',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: OrderShape,
    run: async (given) => {
      const { currency } = given.caller
      return await editAsSeen(given, (order, nowMs) =>
        cancelByTill(order, { nowMs, currency, reason: given.body.reason }),
      )
    },
  }),

  operation({
    id: 'reopenOrder',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/reopen',
    summary: 'Opens a Finalized order again',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: OrderPath,
    body: Fields({ reason: Reason }),
    answer: OrderShape,
    run: async (given) => await editAsSeen(given, (order) => reopen(order, given.body.reason)),
  }),
]
