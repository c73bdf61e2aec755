// What an order comes to. Every amount that nobody entered is made here, from the lines up, in
// whole pennies:
//   items - discounts + service charge (+ taxes, where they come on top of the prices) = total.
import { allocate, percentOf } from './allocation.ts'
import { sumOf } from '../../lib/sums.ts'
import { limits } from '../../limits.ts'
import { conflict, invalid } from '../errors.ts'
import { exact, spoken } from '../money.ts'

import type { Order, OrderChange } from './order.ts'
import { applyDiscounts } from './price-discounts.ts'
import { serviceTaxOf, taxesOf, taxOf } from './price-taxes.ts'
import { pricedLines } from './priced-lines.ts'
import { settledByTotal } from './status.ts'

/**
 * One line's part of the total; over all lines they sum to the total, less the adjustment of
 * the order.
 */
export interface LineTotals {
  lineId: string
  /** In the whole order, not per one of the line above. */
  quantity: number
  itemsMinor: number
  /** The line's own discounts and its part of the order's. */
  discountsMinor: number
  serviceMinor: number
  /** Contained in the prices, or on top of them, with that of the service charge. */
  taxMinor: number
  /** Its part of the tax of the service charge. */
  serviceTaxMinor: number
  totalMinor: number
}

const PRICED = [
  'lines',
  'discounts',
  'taxLines',
  'taxesOnTop',
  'serviceChargeMinor',
  'serviceChargeHundredths',
  'serviceAdjustmentMinor',
  'serviceTaxRateHundredths',
  'serviceTaxAdjustmentMinor',
] as const satisfies (keyof Order)[]

/**
 * The one price rule: a till that gives the prices is believed. Otherwise a change of anything that
 * is priced makes up the prices and proves them, and any other change leaves the totals alone. What
 * leaves nothing to pay settles the order.
 * @throws Refusal what `proveTotals` throws
 */
export function withPrices(before: Order, change: OrderChange, currency: string): OrderChange {
  const { order } = change
  if (change.isGiven === true) {
    mustCoverPayments(order, currency)
    return { ...change, order: settledByTotal(before, order) }
  }
  if (PRICED.every((name) => order[name] === before[name])) return change
  const adjustmentMinor = adjustmentOf(before)
  const priced = settledByTotal(before, priceOrder(order, adjustmentMinor))
  proveTotals(priced, currency, adjustmentMinor)
  return { ...change, order: priced }
}

/**
 * @param adjustmentMinor as `adjustmentOf` has it, before the change that is priced
 * @throws Refusal InvalidRequest when a sum is no longer exact
 */
export function priceOrder(order: Order, adjustmentMinor = 0): Order {
  const priced = pricedLines(order)
  const discounts = applyDiscounts(order, priced)
  const netMinor = sumOf(priced, 'netMinor')
  const serviceMinor = serviceOf(order, netMinor)
  const taxLines = taxesOf(order, priced, serviceTaxOf(order, serviceMinor))
  const onTopMinor = order.taxesOnTop ? sumOf(taxLines, 'amountMinor') : 0
  const totalMinor = exact(
    netMinor + (serviceMinor ?? 0) + onTopMinor + adjustmentMinor,
    'The total',
  )
  return {
    ...order,
    discounts,
    taxLines,
    totalMinor: Math.max(0, totalMinor),
    serviceChargeMinor: serviceMinor,
  }
}

/**
 * How far a total that was given, by Dojo or by a till with orders of its own, is from the sum of
 * its parts. Orders that are priced here have no such difference.
 */
export function adjustmentOf(order: Order): number {
  if (order.dojoOrderId === undefined && order.mirrorId === undefined) return 0
  return order.totalMinor - priceOrder(order).totalMinor
}

/**
 * Proves that the total is the sum of its parts, and that no more is paid than it comes to.
 * @throws Refusal Conflict: more is paid, naming what has to go back first; InvalidRequest: more
 *   than an order may come to. Error: the parts do not add up, which is a bug
 */
export function proveTotals(order: Order, currency: string, adjustmentMinor = 0): void {
  const items = pricedLines(order).reduce((sum, line) => sum + line.itemsMinor, 0)
  const discounts = sumOf(order.discounts, 'amountMinor')
  const taxes = order.taxesOnTop ? sumOf(order.taxLines, 'amountMinor') : 0
  const parts = items - discounts + (order.serviceChargeMinor ?? 0) + taxes + adjustmentMinor
  if (parts !== order.totalMinor && !(adjustmentMinor < 0 && order.totalMinor === 0)) {
    throw new Error(
      `The parts of the order ${order.orderId} add up to ${parts}, ` +
        `and its total is ${order.totalMinor}.`,
    )
  }
  if (order.totalMinor > limits.maxOrderMinor && order.dojoOrderId === undefined) {
    throw invalid(
      `The order ${order.orderId} would come to ${spoken(order.totalMinor, currency)}; ` +
        `an order may come to ${spoken(limits.maxOrderMinor, currency)} at most.`,
    )
  }
  if (discounts > items || order.discounts.some((each) => each.amountMinor < 0)) {
    throw new Error(`The discounts of the order ${order.orderId} are more than its items.`)
  }
  mustCoverPayments(order, currency)
}

/** @throws Refusal Conflict: more is paid, naming what has to go back first */
function mustCoverPayments(order: Order, currency: string): void {
  if (order.paidMinor > order.totalMinor) {
    const giveBackMinor = order.paidMinor - order.totalMinor
    throw conflict(
      'below-paid',
      `The order ${order.orderId} would come to ${spoken(order.totalMinor, currency)}, and ` +
        `${spoken(order.paidMinor, currency)} of it is paid; ` +
        `give ${spoken(giveBackMinor, currency)} back first.`,
      { totalMinor: order.totalMinor, paidMinor: order.paidMinor, giveBackMinor },
    )
  }
}

/** What each active line is of an order whose prices are made up. */
export function lineTotals(order: Order): LineTotals[] {
  const priced = pricedLines(order)
  applyDiscounts(order, priced)
  if (priced.length === 0) return []
  const service = allocate(
    order.serviceChargeMinor ?? 0,
    priced.map((line) => line.netMinor),
  )
  const serviceTaxes = allocate(
    serviceTaxOf(order, order.serviceChargeMinor),
    priced.map((line) => line.netMinor),
  )
  const given = allocate(
    sumOf(
      order.taxLines.filter((tax) => tax.givenMinor !== undefined),
      'amountMinor',
    ),
    priced.map((line) => (line.tax === undefined ? line.netMinor : 0)),
  )
  return priced.map((line, index) => {
    const { lineId, quantity, itemsMinor, netMinor } = line
    const ownTaxMinor =
      line.tax === undefined ? given[index]! : taxOf(order, line.netMinor, line.tax)
    const serviceTaxMinor = serviceTaxes[index]!
    const taxMinor = ownTaxMinor + serviceTaxMinor
    const serviceMinor = service[index]!
    return {
      lineId,
      quantity,
      itemsMinor,
      discountsMinor: itemsMinor - netMinor,
      serviceMinor,
      taxMinor,
      serviceTaxMinor,
      totalMinor: netMinor + serviceMinor + (order.taxesOnTop ? taxMinor : 0),
    }
  })
}

function serviceOf(
  { serviceChargeHundredths, serviceChargeMinor, serviceAdjustmentMinor }: Order,
  netMinor: number,
): number | undefined {
  if (serviceChargeHundredths === undefined) return serviceChargeMinor
  return netMinor === 0
    ? 0
    : Math.max(0, percentOf(netMinor, serviceChargeHundredths) + serviceAdjustmentMinor)
}
