// Discounts and the service charge of an order. A discount may take off as much as there is to take
// it off; roles have no limits of their own.
import { conflict, invalid, notFound } from '../errors.ts'
import { limits } from '../../limits.ts'
import { lineOf, mustHaveRoom } from './lines.ts'
import { mustBeChangeable } from './order-lock.ts'
import type { Discount, Order, OrderChange } from './order.ts'
import { priceOrder } from './price.ts'

export type NewDiscount = Pick<Discount, 'discountId' | 'name' | 'lineId' | 'code' | 'reason'> &
  ({ amountMinor: number } | { percentageHundredths: number })

/**
 * @param wasGiven whether a discount of this id was given to the order and never taken back
 * @throws Refusal NotFound: no such line; Conflict: the line is void; another discount has or had
 *   this id; final; locked by Dojo. InvalidRequest: too many discounts; an amount of more than
 *   there is to take it off, whose rest would come off what is ordered later
 */
export function addDiscount(
  order: Order,
  discount: NewDiscount,
  nowMs: number,
  wasGiven = false,
): OrderChange | undefined {
  const { discountId, name, lineId, code, reason } = discount
  const before = order.discounts.find((each) => each.discountId === discountId)
  if (before === undefined && wasGiven) {
    throw conflict(
      'content-differs',
      `The discount ${discountId} was on this order; its parts went to the lines ` +
        'when some of them were moved.',
    )
  }
  const line = lineId === undefined ? undefined : lineOf(order, lineId)
  const rule =
    'amountMinor' in discount
      ? { rule: 'Amount' as const, askedMinor: discount.amountMinor }
      : { rule: 'Percent' as const, percentageHundredths: discount.percentageHundredths }
  if (before !== undefined) {
    const isSame =
      before.rule === rule.rule &&
      before.lineId === lineId &&
      (rule.rule === 'Amount'
        ? before.askedMinor === rule.askedMinor
        : before.percentageHundredths === rule.percentageHundredths)
    if (isSame) return undefined
    throw conflict(
      'content-differs',
      `The discount ${discountId} is already on this order, with other content.`,
    )
  }
  mustBeChangeable(order, nowMs)
  // Shares that lines brought from another order are not counted: one discount may become many.
  const given = order.discounts.filter((each) => each.rule !== 'Share')
  mustHaveRoom(given.length + 1, limits.maxDiscountsOfOrder, 'discounts')
  const added: Discount = {
    discountId,
    name,
    position: lastPosition(order) + 1,
    ...rule,
    amountMinor: 0,
    lineId,
    affectedPlu: line?.plu,
    code,
    reason,
  }
  const discounted = { ...order, discounts: [...order.discounts, added] }
  mustComeOffWhole(order, discounted, added)
  return { action: 'DiscountAdded', detail: discount, order: discounted }
}

function mustComeOffWhole(before: Order, after: Order, { askedMinor = 0 }: Discount): void {
  const restMinor = restOf(after) - restOf(before)
  if (restMinor <= 0) return
  throw invalid(
    `The field amountMinor is ${askedMinor}, which is ${restMinor} more than is left to ` +
      `discount; send ${askedMinor - restMinor} at most.`,
  )
}

/** What amounts that were asked for are more than what they are taken off. */
function restOf(order: Order): number {
  return priceOrder(order).discounts.reduce(
    (sum, { rule, askedMinor = 0, amountMinor }) =>
      rule === 'Amount' ? sum + askedMinor - amountMinor : sum,
    0,
  )
}

export function lastPosition({ discounts }: Pick<Order, 'discounts'>): number {
  return Math.max(0, ...discounts.map((each) => each.position))
}

/** @throws Refusal NotFound; Conflict: final; locked by Dojo */
export function removeDiscount(order: Order, discountId: string, nowMs: number): OrderChange {
  if (!order.discounts.some((each) => each.discountId === discountId)) {
    throw notFound('discount', discountId)
  }
  mustBeChangeable(order, nowMs)
  const discounts = order.discounts.filter((each) => each.discountId !== discountId)
  return { action: 'DiscountRemoved', detail: { discountId }, order: { ...order, discounts } }
}

export type ServiceCharge = { percentageHundredths: number } | { amountMinor: number } | null

/** @throws Refusal Conflict: final; locked by Dojo */
export function setServiceCharge(order: Order, charge: ServiceCharge, nowMs: number): OrderChange {
  mustBeChangeable(order, nowMs)
  return {
    action: 'ServiceChargeSet',
    detail: charge ?? { none: true },
    order: withServiceCharge(order, charge),
  }
}

export function withServiceCharge(order: Order, charge: ServiceCharge): Order {
  const isAmount = charge !== null && 'amountMinor' in charge
  const isPart = charge !== null && 'percentageHundredths' in charge
  return {
    ...order,
    serviceAdjustmentMinor: 0,
    serviceTaxAdjustmentMinor: undefined,
    serviceChargeMinor: isAmount ? charge.amountMinor : undefined,
    serviceChargeHundredths: isPart ? charge.percentageHundredths : undefined,
  }
}
