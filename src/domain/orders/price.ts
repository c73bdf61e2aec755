// What a tab comes to. Every amount that is not entered by somebody is made here, from the lines
// up, in whole pennies:
//   items - discounts + service charge (+ taxes, where they come on top of the prices) = total.
import { allocate, includedTax, inProportion, percentOf } from './allocation.ts'
import { limits } from '../../limits.ts'
import { conflict, invalid } from '../errors.ts'
import { exact, spoken } from '../money.ts'
import { standingLines, withAllBelow, type Tab, type TabDiscount, type TabTaxLine } from './tab.ts'

/**
 * One line's part of the total; over all lines they sum to the total, less `adjustmentMinor` of the
 * tab.
 */
export interface LineTotals {
  lineId: string
  /** Of the whole tab, not of one of the line above. */
  quantity: number
  itemsMinor: number
  /** Of the line's own discounts and its part of the tab's. */
  discountsMinor: number
  serviceMinor: number
  /** Contained in the prices, or on top of them. */
  taxMinor: number
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
  /** Undefined where it is given with the order. */
  tax: LineTax | undefined
}

/** @throws Refusal InvalidRequest when a sum is no longer exact */
export function priceTab(tab: Tab): Tab {
  const priced = pricedLines(tab)
  const discounts = applyDiscounts(tab, priced)
  const netMinor = sumOf(priced, 'netMinor')
  const taxLines = taxesOf(tab, priced)
  const serviceMinor = serviceOf(tab, netMinor)
  const onTopMinor = tab.taxesOnTop ? sumOf(taxLines, 'amountMinor') : 0
  const totalMinor = exact(
    netMinor + (serviceMinor ?? 0) + onTopMinor + tab.adjustmentMinor,
    'The total',
  )
  const { serviceChargeMinor: _, ...rest } = tab
  return {
    ...rest,
    discounts,
    taxLines,
    totalMinor: Math.max(0, totalMinor),
    ...(serviceMinor === undefined ? {} : { serviceChargeMinor: serviceMinor }),
  }
}

/** How far a total that was given is from what its parts add up to. */
export const adjustmentOf = (tab: Tab): number =>
  tab.totalMinor - priceTab({ ...tab, adjustmentMinor: 0 }).totalMinor

/**
 * That the total is the sum of its parts, and that no more is paid than it comes to.
 * @throws Refusal Conflict: more is paid, naming what would have to go back first; InvalidRequest:
 *   more than a tab may come to. Error: the parts do not add up, which is a bug
 */
export function proveTotals(tab: Tab, currency: string): void {
  const items = pricedLines(tab).reduce((sum, line) => sum + line.itemsMinor, 0)
  const discounts = sumOf(tab.discounts, 'amountMinor')
  const taxes = tab.taxesOnTop ? sumOf(tab.taxLines, 'amountMinor') : 0
  const parts = items - discounts + (tab.serviceChargeMinor ?? 0) + taxes + tab.adjustmentMinor
  if (parts !== tab.totalMinor && !(tab.adjustmentMinor < 0 && tab.totalMinor === 0)) {
    throw new Error(
      `The parts of the order ${tab.orderId} add up to ${parts}, and its total is ${tab.totalMinor}.`,
    )
  }
  if (tab.totalMinor > limits.maxTabMinor && tab.dojoOrderId === undefined) {
    throw invalid(
      `The order ${tab.orderId} would come to ${spoken(tab.totalMinor, currency)}, more than a tab may.`,
    )
  }
  if (discounts > items || tab.discounts.some((each) => each.amountMinor < 0)) {
    throw new Error(`The discounts of the order ${tab.orderId} are more than its items.`)
  }
  if (tab.paidMinor > tab.totalMinor) {
    const giveBackMinor = tab.paidMinor - tab.totalMinor
    throw conflict(
      'below-paid',
      `The order ${tab.orderId} would come to ${spoken(tab.totalMinor, currency)}, and ${spoken(tab.paidMinor, currency)} of it is paid; give ${spoken(giveBackMinor, currency)} back first.`,
      { totalMinor: tab.totalMinor, paidMinor: tab.paidMinor, giveBackMinor },
    )
  }
}

/** What each standing line comes to, before discounts and without what is below it. */
export const pricedAmounts = (tab: Pick<Tab, 'lines'>): Map<string, number> =>
  new Map(pricedLines(tab).map(({ lineId, itemsMinor }) => [lineId, itemsMinor]))

/** What each standing line is of a tab whose prices are made up. */
export function lineTotals(tab: Tab): LineTotals[] {
  const priced = pricedLines(tab)
  applyDiscounts(tab, priced)
  if (priced.length === 0) return []
  const service = allocate(
    tab.serviceChargeMinor ?? 0,
    priced.map((line) => line.netMinor),
  )
  const given = allocate(
    sumOf(
      tab.taxLines.filter((tax) => tax.givenMinor !== undefined),
      'amountMinor',
    ),
    priced.map((line) => (line.tax === undefined ? line.netMinor : 0)),
  )
  return priced.map((line, index) => {
    const { lineId, quantity, itemsMinor, netMinor } = line
    const taxMinor = line.tax === undefined ? given[index]! : taxOf(tab, line.netMinor, line.tax)
    const serviceMinor = service[index]!
    return {
      lineId,
      quantity,
      itemsMinor,
      discountsMinor: itemsMinor - netMinor,
      serviceMinor,
      taxMinor,
      totalMinor: netMinor + serviceMinor + (tab.taxesOnTop ? taxMinor : 0),
    }
  })
}

// --- the lines

function pricedLines(tab: Pick<Tab, 'lines'>): Priced[] {
  const quantities = new Map<string, number>()
  return standingLines(tab).map((line) => {
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
 * Takes the discounts off `priced`, those of lines before those of the tab, and returns them with
 * their amounts.
 */
function applyDiscounts(
  tab: Tab,
  priced: Priced[],
  tell: (discount: TabDiscount, lineId: string, amountMinor: number) => void = () => {},
): TabDiscount[] {
  const amounts = new Map<string, number>()
  const byLine = new Map(priced.map((line) => [line.lineId, line]))
  for (const discount of [...tab.discounts].sort(byReach)) {
    const from = reached(tab, priced, byLine, discount)
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
      tell(discount, line.lineId, part)
    })
  }
  return tab.discounts.map((discount) => withAmount(discount, amounts.get(discount.discountId)!))
}

/**
 * What a discount is taken off: everything, a line with all below it, or a line alone; what Dojo
 * gave for a PLU, the lines of it.
 */
function reached(
  tab: Tab,
  priced: Priced[],
  byLine: ReadonlyMap<string, Priced>,
  discount: TabDiscount,
): Priced[] {
  const { lineId, rule } = discount
  // There may be thousands of them.
  if (rule === 'Share') return [byLine.get(lineId!)].filter((line) => line !== undefined)
  const tops = lineId === undefined ? ofPlu(tab, discount) : [lineId]
  if (tops.length === 0) return priced
  const below = new Set(withAllBelow(tab.lines, ...tops).map((line) => line.lineId))
  return priced.filter((line) => below.has(line.lineId))
}

/**
 * The lines that Dojo gave a discount for, void ones too; none when it is for the whole tab, or
 * names what is not there.
 */
const ofPlu = ({ lines }: Pick<Tab, 'lines'>, { rule, affectedPlu }: TabDiscount): string[] =>
  rule === 'Given' && affectedPlu !== undefined
    ? lines
        .filter((line) => line.plu === affectedPlu && line.taxRateHundredths === undefined)
        .map(({ lineId }) => lineId)
    : []

/** A part of a discount that comes off one line. */
export interface DiscountPart {
  discount: TabDiscount
  lineId: string
  amountMinor: number
}

/** Every discount in the order in which they are taken, line by line. */
export function discountParts(tab: Tab): DiscountPart[] {
  const parts: DiscountPart[] = []
  applyDiscounts(tab, pricedLines(tab), (discount, lineId, amountMinor) => {
    if (amountMinor > 0) parts.push({ discount, lineId, amountMinor })
  })
  return parts
}

const isOfAll = ({ lineId, rule, affectedPlu }: TabDiscount): boolean =>
  lineId === undefined && (rule !== 'Given' || affectedPlu === undefined)
const byReach = (a: TabDiscount, b: TabDiscount): number =>
  Number(isOfAll(a)) - Number(isOfAll(b)) || a.position - b.position

/** What Dojo gave is remembered when there is no longer as much to take it from. */
function withAmount(discount: TabDiscount, amountMinor: number): TabDiscount {
  if (discount.amountMinor === amountMinor) return discount
  return {
    ...discount,
    amountMinor,
    ...(discount.rule === 'Given'
      ? { askedMinor: discount.askedMinor ?? discount.amountMinor }
      : {}),
  }
}

// --- service charge and taxes

function serviceOf(
  { serviceChargeHundredths, serviceChargeMinor, serviceAdjustmentMinor }: Tab,
  netMinor: number,
): number | undefined {
  if (serviceChargeHundredths === undefined) return serviceChargeMinor
  return netMinor === 0
    ? 0
    : Math.max(0, percentOf(netMinor, serviceChargeHundredths) + serviceAdjustmentMinor)
}

/** Rounded line by line, so that it stays what it is when lines move to another tab. */
function taxOf(
  { taxesOnTop }: Pick<Tab, 'taxesOnTop'>,
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
 * One tax line for each rate above zero, and those that Dojo gave, less what went with void lines.
 */
function taxesOf(tab: Tab, priced: Priced[]): TabTaxLine[] {
  const byRate = new Map<number, number>()
  for (const line of priced) {
    if (line.tax !== undefined && line.tax.rate > 0) {
      byRate.set(
        line.tax.rate,
        (byRate.get(line.tax.rate) ?? 0) + taxOf(tab, line.netMinor, line.tax),
      )
    }
  }
  const given = tab.taxLines.filter((tax) => tax.givenMinor !== undefined)
  const standing = sumOf(
    priced.filter((line) => line.tax === undefined),
    'itemsMinor',
  )
  const ordered =
    given.length === 0 ? 0 : sumOf(pricedLines({ lines: orderedByDojo(tab) }), 'itemsMinor')
  const computed = [...byRate]
    .sort(([a], [b]) => b - a)
    .map(([rate, amountMinor], index): TabTaxLine => ({
      taxLineId: `rate_${rate}`,
      position: given.length + index + 1,
      taxId: tab.taxName,
      name: `${tab.taxName} ${rate / 100}%`,
      percentageHundredths: rate,
      amountMinor,
    }))
  return [
    ...given.map((tax) => ({
      ...tax,
      amountMinor: inProportion(tax.givenMinor!, standing, ordered),
    })),
    ...computed,
  ]
}

const orderedByDojo = ({ lines }: Tab) =>
  lines
    .filter((line) => line.taxRateHundredths === undefined)
    .map(({ voidedAt: _, ...line }) => line)

function sumOf<Name extends string>(
  rows: readonly { [Key in Name]: number }[],
  name: Name,
): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}
