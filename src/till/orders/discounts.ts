// Discounts and the service charge of an order.
import { Type } from 'typebox'
import { addDiscount } from '../../actions/orders/add-discount.ts'
import { invalid } from '../../domain/errors.ts'
import { removeDiscount, setServiceCharge } from '../../domain/orders/discounts.ts'
import { editAsSeen } from './edit-order.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { answerOrder, OrderShape } from '../kit/order-view.ts'
import { Fields, Hundredths, Id, Minor, Name, OrderPath, Reason, SomeMinor } from '../kit/shapes.ts'

const tag = 'Discounts and service charge'

/** @throws Refusal InvalidRequest: neither an amount nor a percentage, or both */
function amountOrPercentage({
  amountMinor,
  percentageHundredths,
}: {
  amountMinor?: number
  percentageHundredths?: number
}): { amountMinor: number } | { percentageHundredths: number } {
  if (amountMinor !== undefined && percentageHundredths === undefined) return { amountMinor }
  if (percentageHundredths !== undefined && amountMinor === undefined) {
    return { percentageHundredths }
  }
  throw invalid('Send either amountMinor or percentageHundredths, not both.')
}

export const discountOperations = [
  operation({
    id: 'addDiscount',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/discounts',
    summary: 'Takes an amount or a percentage off a line, or off the whole order',
    description:
      'Discounts of lines come off first. A percentage follows what it applies to. An amount of ' +
      'more than there is to take it off is refused.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: OrderPath,
    body: Fields({
      id: Type.Optional(Id),
      name: Name,
      lineId: Type.Optional(Id),
      amountMinor: Type.Optional(SomeMinor),
      percentageHundredths: Type.Optional(Hundredths),
      code: Type.Optional(Name),
      reason: Type.Optional(Reason),
    }),
    answer: OrderShape,
    run: async ({ tx, caller, ifMatch, deps, params: { orderId }, body }) => {
      const { id: discountId = deps.newId('dsc'), name, lineId, code, reason, ...value } = body
      const discount = { discountId, name, lineId, code, reason, ...amountOrPercentage(value) }
      const now = await addDiscount(tx, caller, { orderId, version: ifMatch }, discount)
      return answerOrder(now, caller.currency)
    },
  }),

  operation({
    id: 'removeDiscount',
    does: 'write',
    transaction: 'shared',
    method: 'DELETE',
    path: '/orders/{orderId}/discounts/{discountId}',
    summary: 'Takes a discount back',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: Fields({ orderId: Id, discountId: Id }),
    answer: OrderShape,
    run: async (given) =>
      await editAsSeen(given, (order, nowMs) =>
        removeDiscount(order, given.params.discountId, nowMs),
      ),
  }),

  operation({
    id: 'setServiceCharge',
    does: 'write',
    transaction: 'shared',
    method: 'PUT',
    path: '/orders/{orderId}/service-charge',
    summary: 'Sets the service charge of an order, or takes it off',
    description:
      'A percentage of the items less their discounts, or an amount; with neither, there is ' +
      "none. It is taxed at the venue's serviceChargeTaxRateHundredths, if there is one.",
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Fields({
      amountMinor: Type.Optional(Minor),
      percentageHundredths: Type.Optional(Hundredths),
    }),
    answer: OrderShape,
    run: async (given) => {
      const isNone = Object.keys(given.body).length === 0
      return await editAsSeen(given, (order, nowMs) =>
        setServiceCharge(order, isNone ? null : amountOrPercentage(given.body), nowMs),
      )
    },
  }),
]
