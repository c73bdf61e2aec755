// Two orders become one, a part of one becomes an order of its own, and who pays what.
import { Type } from 'typebox'
import { mergeOrders } from '../../actions/orders/merge-orders.ts'
import { splitOrder } from '../../actions/orders/split-order.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { splitByItems, splitByPeople } from '../../domain/orders/fair-split.ts'
import { balanceMinor, type Order } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import { readOrder } from '../../store/orders/read-order.ts'
import { operation, STAFF } from '../kit/operation.ts'
import { answerOrder, OrderShape, orderView } from '../kit/order-view.ts'
import { Covers, Fields, Id, Name, OneOf, OrderPath, Quantity, Sum } from '../kit/shapes.ts'

const tag = 'Merging and splitting'

const Portion = Fields({ lineId: Id, quantity: Type.Optional(Quantity) })

const SplitShape = Fields({
  balanceMinor: Sum,
  parts: Type.Array(
    Fields({
      items: Type.Optional(
        Type.Array(
          Fields({ lineId: Type.String(), name: Type.String(), sharedBy: Type.Integer() }),
        ),
      ),
      itemsMinor: Type.Optional(Sum),
      discountsMinor: Type.Optional(Sum),
      serviceMinor: Type.Optional(Sum),
      taxesMinor: Type.Optional(Sum),
      totalMinor: Type.Optional(Sum),
      paidMinor: Type.Optional(
        Type.Integer({ description: 'What payments that name these items have paid of them.' }),
      ),
      toPayMinor: Type.Integer({ description: 'Its part of the balance; the parts sum to it.' }),
    }),
  ),
})

const Some = Type.String({
  pattern: '^[A-Za-z0-9._~:-]+(,[A-Za-z0-9._~:-]+)*$',
  maxLength: limits.maxPathParameterCharacters,
})

const partsOf = (part: string | string[] | undefined): string[][] =>
  part === undefined ? [] : [part].flat().map((ids) => ids.split(','))

function itemsParts(order: Order, parts: string[][]): object[] {
  const names = new Map(order.lines.map(({ lineId, name }) => [lineId, name]))
  return splitByItems(order, parts).map(({ items, ...amounts }) => ({
    items: items.map((item) => ({ ...item, name: names.get(item.lineId)! })),
    ...amounts,
  }))
}

export const regroupOperations = [
  operation({
    id: 'mergeOrders',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/merge',
    summary: 'Takes over everything that is on another order',
    description:
      'Lines, discounts, service charge and payments; the other order is Canceled and names this ' +
      'one. What both come to together stays the same to the penny: discounts of a whole order ' +
      'become discounts of its lines. Orders that Dojo made cannot be merged.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Fields({ fromOrderId: Id }),
    answer: OrderShape,
    run: async ({ tx, caller, ifMatch, deps, params: { orderId }, body: { fromOrderId } }) => {
      const request = { orderId, fromOrderId, version: ifMatch }
      return answerOrder(await mergeOrders(tx, caller, deps.newId, request), caller.currency)
    },
  }),

  operation({
    id: 'splitOffOrder',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/split-off',
    creates: true,
    summary: 'Moves items, or some of an item, to a new order',
    description:
      'With their discounts and their part of the service charge; payments stay. Both orders ' +
      'together come to what the one came to. With an id of your own for the new order, the same ' +
      'again changes nothing.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Fields({
      id: Type.Optional(Id),
      lines: Type.Array(Portion, { minItems: 1, maxItems: limits.maxLinesAtOnce }),
      tableId: Type.Optional(Id),
      displayName: Type.Optional(Name),
      covers: Type.Optional(Covers),
    }),
    answer: Fields({ order: OrderShape, newOrder: OrderShape }),
    run: async ({ tx, caller, ifMatch, deps, params: { orderId }, body }) => {
      const { id, ...split } = body
      const { order, newOrder, isNew } = await splitOrder(tx, caller, deps.newId, {
        ...split,
        orderId,
        version: ifMatch,
        newOrderId: id ?? deps.newId('ord'),
        isOwnId: id !== undefined,
        hash: contentHash([orderId, body]),
        terms: caller,
      })
      const { currency } = caller
      return {
        body: { order: orderView(order, currency), newOrder: orderView(newOrder, currency) },
        version: order.order.version,
        status: isNew ? 201 : 200,
      }
    },
  }),

  operation({
    id: 'splitFairly',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/split',
    summary: 'Who pays what',
    description:
      'By people: equal parts of the balance. By items: each `part` names items, separated by ' +
      'commas; an item in several parts is shared by them, and items that no part names are in a ' +
      'last part. Discounts, service charge and taxes go with the items. A payment that names ' +
      'its items comes off those, and what else was paid off the last part first: named parts ' +
      'are owed in full while the balance allows it. Nothing is changed.',
    tag,
    roles: STAFF,
    params: OrderPath,
    query: Fields({
      by: OneOf(['people', 'items']),
      people: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxSplitParts })),
      part: Type.Optional(Type.Union([Some, Type.Array(Some, { maxItems: limits.maxSplitParts })])),
    }),
    answer: SplitShape,
    run: async ({ database, caller, params, query: { by, people, part } }) => {
      const { order } = await readOrder(database, caller.locationId, params.orderId)
      const parts =
        by === 'people'
          ? splitByPeople(order, people ?? Math.max(1, order.covers ?? 1)).map((toPayMinor) => ({
              toPayMinor,
            }))
          : itemsParts(order, partsOf(part))
      return { body: { balanceMinor: balanceMinor(order), parts }, version: order.version }
    },
  }),
]
