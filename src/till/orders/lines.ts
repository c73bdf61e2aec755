// The lines of an order, one by one.
import { Type } from 'typebox'
import { addLines } from '../../actions/orders/add-lines.ts'
import { changeLine, voidLine } from '../../domain/orders/change-lines.ts'
import { limits } from '../../limits.ts'
import { editAsSeen } from './edit-order.ts'
import { operation, STAFF } from '../kit/operation.ts'
import { answerOrder, OrderShape } from '../kit/order-view.ts'
import {
  Emptied,
  Fields,
  Id,
  LinePath,
  Name,
  Note,
  OrderPath,
  Quantity,
  Reason,
} from '../kit/shapes.ts'

const tag = 'Lines'

const ownOf = { id: Type.Optional(Id), plu: Id, quantity: Type.Optional(Quantity) }
const Part = Fields(ownOf)
const Parts = Type.Optional(Type.Array(Part, { maxItems: limits.maxLinesAtOnce }))
const SubItem = Fields({ ...ownOf, modifiers: Parts })

const Ordered = Fields({
  ...ownOf,
  note: Type.Optional(Note),
  course: Type.Optional(Name),
  unitAmountMinor: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: limits.maxAmountMinor,
      description: "A price other than the menu's. Needs the role manager or owner.",
    }),
  ),
  modifiers: Parts,
  subItems: Type.Optional(Type.Array(SubItem, { maxItems: limits.maxLinesAtOnce })),
})

const example = {
  lines: [
    {
      plu: 'BURGER',
      quantity: 2,
      course: 'Mains',
      note: 'well done',
      modifiers: [{ plu: 'CHEESE' }],
    },
    { plu: 'IPA-PINT' },
  ],
}

export const lineOperations = [
  operation({
    id: 'addLines',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/lines',
    summary: 'Orders items from the menu',
    description:
      'Prices are copied from the menu. A line with an id of your own that the order already has ' +
      'is not added again.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Fields(
      { lines: Type.Array(Ordered, { minItems: 1, maxItems: limits.maxLinesAtOnce }) },
      { examples: [example] },
    ),
    answer: OrderShape,
    run: async ({ change, caller, ifMatch, deps, params: { orderId }, body: { lines } }) => {
      const { role, currency } = caller
      const request = { orderId, version: ifMatch, role, lines }
      return answerOrder(await addLines(change, caller, deps.newId, request), currency)
    },
  }),

  operation({
    id: 'changeLine',
    does: 'write',
    transaction: 'shared',
    method: 'PATCH',
    path: '/orders/{orderId}/lines/{lineId}',
    summary: 'Changes the quantity, note or course of a line',
    description:
      'Fewer than before needs a reason: the others stay on record as a void line, and the ' +
      'report of the day counts them. A note or course can also be changed while somebody pays.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: LinePath,
    body: Fields({
      quantity: Type.Optional(Quantity),
      reason: Type.Optional(Reason),
      note: Type.Optional(Emptied(Note)),
      course: Type.Optional(Emptied(Name)),
    }),
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) =>
        changeLine(order, given.params.lineId, given.body, { nowMs, newId: given.deps.newId }),
      ),
  }),

  operation({
    id: 'voidLine',
    does: 'write',
    transaction: 'shared',
    method: 'POST',
    path: '/orders/{orderId}/lines/{lineId}/void',
    summary: 'Takes a line, or some of it, off the bill, with the lines below it',
    description:
      'What is taken off stays on record, with the reason: all of the line, or `quantity` of it ' +
      'as a void line of its own. The report of the day counts it.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: LinePath,
    body: Fields({ reason: Reason, quantity: Type.Optional(Quantity) }),
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) =>
        voidLine(order, given.params.lineId, given.body, { nowMs, newId: given.deps.newId }),
      ),
  }),
]
