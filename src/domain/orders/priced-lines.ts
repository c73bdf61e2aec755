// What the active lines of an order come to, before and after discounts.
import { exact } from '../money.ts'
import { invalid } from '../errors.ts'
import { activeLines } from './lines.ts'
import type { Order, OrderLine } from './order.ts'

export interface LineTax {
  rate: number
  adjustmentMinor: number
}
/** A line while its order is priced: discounts are taken off `netMinor`. */
export interface Priced {
  lineId: string
  quantity: number
  itemsMinor: number
  /** Less the discounts so far. */
  netMinor: number
  /** Undefined where it came with the order. */
  tax: LineTax | undefined
}

/** What each active line comes to, before discounts and without the lines below it. */
export function pricedAmounts(order: Pick<Order, 'lines'>): Map<string, number> {
  return new Map(pricedLines(order).map(({ lineId, itemsMinor }) => [lineId, itemsMinor]))
}

/** What a modifier takes off comes off the line above it, and the modifier itself is nothing. */
export function pricedLines(order: Pick<Order, 'lines'>): Priced[] {
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
