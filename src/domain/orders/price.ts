// What an order comes to. Every amount that nobody entered is made here, from the lines up, in
// whole pennies:
//   items - discounts + service charge (+ taxes, where they come on top of the prices) = total.
import { allocate, includedTax, inProportion, percentOf } from './allocation.ts'
import { limits } from '../../limits.ts'
import { conflict, invalid } from '../errors.ts'
import { exact, spoken } from '../money.ts'
import { activeLines, withLinesBelow } from './lines.ts'
import type { Discount, Order, OrderChange, OrderLine, TaxLine } from './order.ts'
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

interface LineTax {
  rate: number
  adjustmentMinor: number
}
interface Priced {
  lineId: string
  quantity: number
  itemsMinor: number
  /** Less the discounts so far. */
  netMinor: number
  /** Undefined where it came with the order. */
  tax: LineTax | undefined
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

/** What each active line comes to, before discounts and without the lines below it. */
export function pricedAmounts(order: Pick<Order, 'lines'>): Map<string, number> {
  return new Map(pricedLines(order).map(({ lineId, itemsMinor }) => [lineId, itemsMinor]))
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

// --- the lines

/** What a modifier takes off comes off the line above it, and the modifier itself is nothing. */
function pricedLines(order: Pick<Order, 'lines'>): Priced[] {
  const lines = activeLines(order)
  const priced = pricedAsOrdered(lines)
  const byId = new Map(priced.map((line) => [line.lineId, line]))
  for (const [index, line] of priced.entries()) {
    if (line.itemsMinor >= 0) continue
    const above = byId.get(lines[index]!.parentLineId!)!
    above.itemsMinor += line.itemsMinor
    above.netMinor = above.itemsMinor
    line.itemsMinor = line.netMinor = 0
    if (above.itemsMinor < 0) throw takesTooMuch(lines[index]!)
  }
  return priced
}

function takesTooMuch({ name, plu, parentLineId }: OrderLine): Error {
  return invalid(
    `The modifier ${name} (${plu}) takes off more than is left of the price of its line ` +
      `${parentLineId}.`,
  )
}

function pricedAsOrdered(lines: readonly OrderLine[]): Priced[] {
  const quantities = new Map<string, number>()
  return lines.map((line) => {
    const above = line.parentLineId === undefined ? 1 : quantities.get(line.parentLineId)!
    const quantity = exact(above * line.quantity, 'The quantity of a line')
    quantities.set(line.lineId, quantity)
    const itemsMinor = exact(quantity * line.unitAmountMinor, 'The amount of a line')
    const tax =
      line.taxRateHundredths === undefined
        ? undefined
        : { rate: line.taxRateHundredths, adjustmentMinor: line.taxAdjustmentMinor }
    return { lineId: line.lineId, quantity, itemsMinor, netMinor: itemsMinor, tax }
  })
}

// --- the discounts

/**
 * Takes the discounts off `priced`, first those of lines and then those of the whole order, and
 * returns them with their amounts.
 */
function applyDiscounts(
  order: Order,
  priced: Priced[],
  onPart: (part: DiscountPart) => void = () => {},
): Discount[] {
  const amounts = new Map<string, number>()
  const byLine = new Map(priced.map((line) => [line.lineId, line]))
  for (const discount of [...order.discounts].sort(byReach)) {
    const from = reached(order, priced, byLine, discount)
    const base = exact(sumOf(from, 'netMinor'), 'The sum of the items')
    const amountMinor = Math.min(
      base,
      discount.rule === 'Percent'
        ? percentOf(base, discount.percentageHundredths!)
        : (discount.askedMinor ?? discount.amountMinor),
    )
    amounts.set(discount.discountId, amountMinor)
    if (amountMinor === 0) continue
    allocate(
      amountMinor,
      from.map((line) => line.netMinor),
    ).forEach((part, index) => {
      const line = from[index]!
      line.netMinor -= part
      if (part > 0) onPart({ discount, lineId: line.lineId, amountMinor: part })
    })
  }
  return order.discounts.map((discount) => withAmount(discount, amounts.get(discount.discountId)!))
}

/**
 * The lines a discount is taken off: all, a line with the lines below it, or one line alone; for a
 * PLU that Dojo named, the lines of that PLU.
 */
function reached(
  order: Order,
  priced: Priced[],
  byLine: ReadonlyMap<string, Priced>,
  discount: Discount,
): Priced[] {
  const { lineId, rule } = discount
  // The short way: an order may have thousands of shares.
  if (rule === 'Share') return [byLine.get(lineId!)].filter((line) => line !== undefined)
  const tops = lineId === undefined ? ofPlu(order, discount) : [lineId]
  if (tops.length === 0) return priced
  const below = new Set(withLinesBelow(order.lines, ...tops).map((line) => line.lineId))
  return priced.filter((line) => below.has(line.lineId))
}

/**
 * The lines that Dojo gave a discount for, void ones included; none when it is for the whole order,
 * or names a PLU that the order does not have.
 */
function ofPlu(
  { lines }: Pick<Order, 'lines'>,
  { rule, affectedPlu }: Pick<Discount, 'rule' | 'affectedPlu'>,
): string[] {
  if (rule !== 'Given' || affectedPlu === undefined) return []
  return lines
    .filter((line) => line.plu === affectedPlu && line.taxRateHundredths === undefined)
    .map(({ lineId }) => lineId)
}

/** The part of a discount that comes off one line. */
export interface DiscountPart {
  discount: Discount
  lineId: string
  amountMinor: number
}

/** Every discount in the sequence in which they are taken, line by line. */
export function discountParts(order: Order): DiscountPart[] {
  const parts: DiscountPart[] = []
  applyDiscounts(order, pricedLines(order), (part) => parts.push(part))
  return parts
}

function isOfAll({ lineId, rule, affectedPlu }: Discount): boolean {
  return lineId === undefined && (rule !== 'Given' || affectedPlu === undefined)
}

function byReach(a: Discount, b: Discount): number {
  return Number(isOfAll(a)) - Number(isOfAll(b)) || a.position - b.position
}

/** The amount that Dojo gave is kept for the time when there is enough to take it from again. */
function withAmount(discount: Discount, amountMinor: number): Discount {
  if (discount.amountMinor === amountMinor) return discount
  const { rule, askedMinor = rule === 'Given' ? discount.amountMinor : undefined } = discount
  return { ...discount, amountMinor, askedMinor }
}

// --- service charge and taxes

function serviceOf(
  { serviceChargeHundredths, serviceChargeMinor, serviceAdjustmentMinor }: Order,
  netMinor: number,
): number | undefined {
  if (serviceChargeHundredths === undefined) return serviceChargeMinor
  return netMinor === 0
    ? 0
    : Math.max(0, percentOf(netMinor, serviceChargeHundredths) + serviceAdjustmentMinor)
}

/** What the tax of the service charge is, contained in it or on top of it. */
export function serviceTaxOf(
  {
    taxesOnTop,
    serviceTaxRateHundredths: rate,
    serviceTaxAdjustmentMinor: adjustmentMinor = 0,
  }: Pick<Order, 'taxesOnTop' | 'serviceTaxRateHundredths' | 'serviceTaxAdjustmentMinor'>,
  serviceMinor = 0,
): number {
  if (rate === undefined) return 0
  return taxOf({ taxesOnTop }, serviceMinor, { rate, adjustmentMinor })
}

/** Rounded line by line, so that it stays what it is when lines move to another order. */
function taxOf(
  { taxesOnTop }: Pick<Order, 'taxesOnTop'>,
  netMinor: number,
  { rate, adjustmentMinor }: LineTax,
): number {
  return netMinor === 0
    ? 0
    : Math.max(
        0,
        (taxesOnTop ? percentOf(netMinor, rate) : includedTax(netMinor, rate)) + adjustmentMinor,
      )
}

/**
 * One tax line for each rate above zero, and those that Dojo gave, less the part of void lines.
 */
function taxesOf(order: Order, priced: Priced[], serviceTaxMinor: number): TaxLine[] {
  const byRate = new Map<number, number>()
  const add = (rate: number, minor: number): void => {
    if (rate > 0) byRate.set(rate, (byRate.get(rate) ?? 0) + minor)
  }
  for (const { netMinor, tax } of priced) {
    if (tax !== undefined) add(tax.rate, taxOf(order, netMinor, tax))
  }
  if (serviceTaxMinor > 0) add(order.serviceTaxRateHundredths!, serviceTaxMinor)
  const given = order.taxLines.filter((tax) => tax.givenMinor !== undefined)
  const left = sumOf(
    priced.filter((line) => line.tax === undefined),
    'itemsMinor',
  )
  const ordered =
    given.length === 0 ? 0 : sumOf(pricedLines({ lines: orderedByDojo(order) }), 'itemsMinor')
  const computed = [...byRate]
    .sort(([a], [b]) => b - a)
    .map(([rate, amountMinor], index): TaxLine => ({
      taxLineId: `rate_${rate}`,
      position: given.length + index + 1,
      taxId: `${order.taxName} ${rate / 100}%`,
      name: `${order.taxName} ${rate / 100}%`,
      percentageHundredths: rate,
      amountMinor,
    }))
  return [
    ...given.map((tax) => ({ ...tax, amountMinor: inProportion(tax.givenMinor!, left, ordered) })),
    ...computed,
  ]
}

/** The lines from Dojo as they were ordered, before any was voided. */
function orderedByDojo({ lines }: Order) {
  return lines
    .filter((line) => line.taxRateHundredths === undefined)
    .map((line) => ({ ...line, voidedAt: undefined }))
}

function sumOf<Name extends string>(
  rows: readonly { [Key in Name]: number }[],
  name: Name,
): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}
