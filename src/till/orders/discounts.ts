// Discounts and the service charge of a tab.
import { Type } from 'typebox'
import { conflict, invalid } from '../../domain/errors.ts'
import {
  addDiscount,
  defined,
  mustBeChangeable,
  removeDiscount,
  setServiceCharge,
  type NewDiscount,
} from '../../domain/orders/tab.ts'
import { limits } from '../../limits.ts'
import { changeTab, wasDiscounted } from '../../store/orders/tabs.ts'
import { editTab, holdAsSeen } from './edit-order.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { Fields, Hundredths, Id, Minor, Name, OrderPath, Reason, SomeMinor } from '../kit/shapes.ts'
import { answerTab, TabShape } from './order-view.ts'
import { mustHaveRoom } from './orders.ts'

const tag = 'Discounts and service charge'

/** Either an amount or a percentage. @throws Refusal InvalidRequest */
function amountOrPart({
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
  throw invalid(
    'One of the fields amountMinor and percentageHundredths must be there, and not both.',
  )
}

export const discountOperations = [
  operation({
    id: 'addDiscount',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/discounts',
    summary: 'Takes an amount or a percentage off a line, or off the whole tab',
    description:
      'Discounts of lines come off first. A percentage follows what it is of; an amount is taken while there is as much.',
    tag,
    roles: MANAGERS,
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
    answer: TabShape,
    run: async (given) => {
      const {
        tx,
        caller,
        deps,
        params: { orderId },
        body: { id, name, lineId, code, reason, ...value },
      } = given
      const held = await holdAsSeen(given, orderId)
      const isGone =
        id !== undefined &&
        !held.tab.discounts.some(({ discountId }) => discountId === id) &&
        (await wasDiscounted(tx, caller.locationId, orderId, id))
      if (isGone) {
        throw conflict(
          'content-differs',
          `The discount ${id} was on this tab, and went to its lines when some of them came or went.`,
        )
      }
      return answerTab(
        changeTab(tx, caller, held, (tab, nowMs) => {
          const discount = {
            discountId: id ?? deps.newId('dsc'),
            name,
            ...defined({ lineId, code, reason }),
            ...amountOrPart(value),
          } as NewDiscount
          const after = addDiscount(tab, discount)
          if (after === tab) return undefined
          mustBeChangeable(tab, nowMs)
          // One that lines took along from another tab may have become many.
          mustHaveRoom(
            after.discounts.filter(({ rule }) => rule !== 'Share').length,
            limits.maxDiscountsOfTab,
            'discounts',
          )
          return { action: 'DiscountAdded', detail: discount, tab: after }
        }),
        caller.currency,
      )
    },
  }),

  operation({
    id: 'removeDiscount',
    does: 'write',
    method: 'DELETE',
    path: '/orders/{orderId}/discounts/{discountId}',
    summary: 'Takes a discount back',
    tag,
    roles: MANAGERS,
    params: Fields({ orderId: Id, discountId: Id }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab, nowMs) => {
        const { discountId } = given.params
        const after = removeDiscount(tab, discountId)
        mustBeChangeable(tab, nowMs)
        return { action: 'DiscountRemoved', detail: { discountId }, tab: after }
      }),
  }),

  operation({
    id: 'setServiceCharge',
    does: 'write',
    method: 'PUT',
    path: '/orders/{orderId}/service-charge',
    summary: 'Sets the service charge of a tab, or takes it off',
    description:
      'A percentage of the items less their discounts, or an amount; with neither there is none. No taxes are computed on it.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Fields({
      amountMinor: Type.Optional(Minor),
      percentageHundredths: Type.Optional(Hundredths),
    }),
    answer: TabShape,
    run: async (given) =>
      await editTab(given, given.params.orderId, (tab, nowMs) => {
        const { body } = given
        const charge = Object.keys(body).length === 0 ? null : amountOrPart(body)
        mustBeChangeable(tab, nowMs)
        return {
          action: 'ServiceChargeSet',
          detail: charge ?? { none: true },
          tab: setServiceCharge(tab, charge),
        }
      }),
  }),
]
