// What the discounts of an order take off its lines.
import { sumOf } from '../../lib/sums.ts'
import { allocate, percentOf } from './allocation.ts'
import { exact } from '../money.ts'
import { withLinesBelow } from './lines.ts'
import type { Discount, Order } from './order.ts'
import { pricedLines, type Priced } from './priced-lines.ts'

/**
 * Takes the discounts off `priced`, first those of lines and then those of the whole order, and
 * returns them with their amounts.
 */
export function applyDiscounts(
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
