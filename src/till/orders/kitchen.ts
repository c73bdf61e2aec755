// The kitchen: what is still to be done, and what is done; also while somebody pays, and after.
import { Type, type TSchema } from 'typebox'
import { bump, itemsToCook, recall } from '../../domain/orders/kitchen.ts'
import { nameKey } from '../../domain/names.ts'
import { displayNameOf, orderStatuses } from '../../domain/orders/order.ts'
import { limits } from '../../limits.ts'
import { readKitchen, type KitchenItem, type KitchenPart } from '../../store/orders/kitchen.ts'
import { editAsSeen } from './edit-order.ts'
import { EVERYBODY, operation } from '../kit/operation.ts'
import { OrderShape } from '../kit/order-view.ts'
import { Fields, LinePath, Name, OneOf, OrderPath, Time } from '../kit/shapes.ts'

const tag = 'Kitchen'
const Text = Type.Optional(Type.String())
const Age = Type.Integer({ description: 'Seconds since it was ordered.' })
const own = {
  id: Type.String(),
  plu: Type.String(),
  name: Type.String(),
  quantity: Type.Integer({ description: 'Per one of the item that it belongs to.' }),
  note: Text,
  readyAt: Type.Optional(Time),
}
const Modifier = Fields({ ...own, kind: OneOf(['Modifier', 'SubItem']) })
const Parts = <S extends TSchema>(part: S) =>
  Type.Array(part, { description: 'Modifiers and sub-items.' })

const Item = Fields(
  {
    ...own,
    waiterId: Text,
    orderedAt: Time,
    ageSeconds: Age,
    parts: Parts(Fields({ ...own, kind: OneOf(['Modifier', 'SubItem']), parts: Parts(Modifier) })),
  },
  { title: 'KitchenItem' },
)

const Ticket = Fields(
  {
    orderId: Type.String(),
    orderType: OneOf(['DineIn', 'Collection']),
    status: OneOf(orderStatuses),
    course: Text,
    displayName: Type.String(),
    tableId: Text,
    tableName: Text,
    waiterId: Text,
    note: Text,
    collectAsap: Type.Optional(Type.Boolean()),
    collectAt: Type.Optional(Time),
    orderedAt: Time,
    ageSeconds: Age,
    items: Type.Array(Item),
  },
  { title: 'KitchenTicket', description: 'What is still to be done for one course of an order.' },
)

const ageOf = ({ created_at: at, now }: KitchenItem): number =>
  Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1000))

/** One ticket for each order and course, by their oldest items. */
function ticketsOf(items: readonly KitchenItem[]): object[] {
  const tickets = new Map<string, KitchenItem[]>()
  for (const item of items) {
    const key = JSON.stringify([item.order_id, nameKey(item.course ?? '')])
    tickets.set(key, [...(tickets.get(key) ?? []), item])
  }
  return [...tickets.values()].map((items) => ticketView(items[0]!, items))
}

function ticketView(oldest: KitchenItem, items: readonly KitchenItem[]): object {
  const displayName = displayNameOf({
    orderId: oldest.order_id,
    displayName: oldest.display_name ?? undefined,
    tableName: oldest.table_name ?? undefined,
    reference: oldest.reference ?? undefined,
  })
  return {
    orderId: oldest.order_id,
    orderType: oldest.order_type,
    status: oldest.status,
    displayName,
    course: oldest.course ?? undefined,
    tableId: oldest.table_id ?? undefined,
    tableName: oldest.table_name ?? undefined,
    waiterId: oldest.order_waiter_id ?? undefined,
    note: oldest.order_note ?? undefined,
    collectAsap: oldest.collect_asap ?? undefined,
    collectAt: oldest.collect_at?.toISOString(),
    orderedAt: oldest.created_at.toISOString(),
    ageSeconds: ageOf(oldest),
    items: items.map(itemView),
  }
}

function itemView(item: KitchenItem): object {
  const { line_id: id, plu, name, quantity, parts } = item
  return {
    id,
    plu,
    name,
    quantity,
    note: item.note ?? undefined,
    waiterId: item.waiter_id ?? undefined,
    orderedAt: item.created_at.toISOString(),
    ageSeconds: ageOf(item),
    parts: partsOf(parts ?? [], id, (part) => ({
      ...part,
      parts: partsOf(parts ?? [], part.id, (below) => below),
    })),
  }
}

type PartView = Omit<KitchenPart, 'lineId' | 'parentLineId'> & { id: string }

const partsOf = (
  parts: readonly KitchenPart[],
  parentId: string,
  view: (part: PartView) => object,
): object[] =>
  parts
    .filter(({ parentLineId }) => parentLineId === parentId)
    .map(({ lineId: id, parentLineId: _, readyAt, ...part }) =>
      view({
        id,
        ...part,
        readyAt: readyAt === undefined ? undefined : new Date(`${readyAt}Z`).toISOString(),
      }),
    )

export const kitchenOperations = [
  operation({
    id: 'listKitchenLines',
    does: 'read',
    method: 'GET',
    path: '/kitchen/lines',
    summary: 'What is still to be done, oldest first, by order and course',
    description:
      'Items of open orders that are neither done nor void; for ' +
      `${limits.kitchenAfterPaidSeconds / 3600} hours after they were ordered, those of paid ` +
      'orders too.',
    tag,
    roles: EVERYBODY,
    venues: 'native',
    query: Fields({
      course: Type.Optional(Name),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: limits.kitchenItems,
          description: 'At most so many items.',
        }),
      ),
    }),
    answer: Fields({
      tickets: Type.Array(Ticket),
      more: Type.Boolean({ description: 'Whether there are more items, newer than these.' }),
    }),
    run: async ({ database, caller, query: { course, limit = limits.kitchenItems } }) => {
      const items = await readKitchen(database, caller.locationId, { course, rows: limit + 1 })
      return { body: { tickets: ticketsOf(items.slice(0, limit)), more: items.length > limit } }
    },
  }),

  operation({
    id: 'bumpLine',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/lines/{lineId}/bump',
    summary: 'Marks an item as done, with its modifiers and sub-items',
    description:
      'The order follows: Preparing once one of its items is done, Ready once all are. Also ' +
      'while somebody pays, and once the order is paid; it then stays Finalized.',
    tag,
    roles: EVERYBODY,
    venues: 'native',
    params: LinePath,
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) => bump(order, [given.params.lineId], nowMs)),
  }),

  operation({
    id: 'recallLine',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/lines/{lineId}/recall',
    summary: 'Takes a bump back',
    description: 'An order that was Ready is Preparing again.',
    tag,
    roles: EVERYBODY,
    venues: 'native',
    params: LinePath,
    answer: OrderShape,
    run: async (given) => await editAsSeen(given, (order) => recall(order, [given.params.lineId])),
  }),

  operation({
    id: 'bumpOrder',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/bump',
    summary: 'Marks all items of an order as done, or those of one course',
    tag,
    roles: EVERYBODY,
    venues: 'native',
    params: OrderPath,
    body: Fields({ course: Type.Optional(Name) }, { examples: [{}, { course: 'Starters' }] }),
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) => {
        const items = itemsToCook(order, given.body.course)
        return bump(
          order,
          items.map(({ lineId }) => lineId),
          nowMs,
        )
      }),
  }),
]
