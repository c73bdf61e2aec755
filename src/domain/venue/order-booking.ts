// An order as the report of a business day counts it: booked once it is final, and again, less what
// was booked before, where it was reopened. Rules only; actions/venue/close-day.ts applies them.
import { serviceTaxOf } from '../orders/price-taxes.ts'
import { lineTotals, priceOrder, type LineTotals } from '../orders/price.ts'
import { sumOf } from '../../lib/sums.ts'
import { defined } from '../../lib/same.ts'
import type { LineKind, Order, OrderLine, TaxLine } from '../orders/order.ts'

export interface Named {
  id: string
  name: string
}

export interface BookedLine {
  plu: string
  name: string
  kind: LineKind
  category?: string
  course?: string
  quantity: number
  itemsMinor: number
  discountsMinor: number
  taxMinor: number
}

export interface BookedTax {
  name?: string
  percentageHundredths?: number
  netMinor: number
  taxMinor: number
}

/** What a day's report needs of a final order. Its parts add up to its total. */
export interface Booking {
  /** 1 where it was sold, 0 where it was canceled. */
  orders: number
  covers: number
  area?: Named
  waiter?: Named
  lines: BookedLine[]
  taxes: BookedTax[]
  discounts: { name: string; amountMinor: number }[]
  voids: { reason: string; quantity: number; amountMinor: number }[]
  cancellations: { reason: string; amountMinor: number }[]
  serviceChargeMinor: number
  taxesOnTopMinor: number
  /** For an order that Dojo made: its total less the sum of its parts. */
  adjustmentMinor: number
  totalMinor: number
}

export interface BookingFacts {
  area: Named | undefined
  waiter: Named | undefined
  cancelReason: string | undefined
  /** By PLU, from the menu as it is now. */
  categories: ReadonlyMap<string, string>
}

/** @param order a final order; what was merged into another leaves nothing here */
export function bookingOf(order: Order, facts: BookingFacts): Booking {
  const { area, waiter } = facts
  const common = { ...defined({ area, waiter }), voids: voidsOf(order) }
  return order.status === 'Finalized'
    ? { ...common, ...saleOf(order, facts.categories) }
    : { ...common, ...cancellationOf(order, facts.cancelReason) }
}

type Outcome = Omit<Booking, 'area' | 'waiter' | 'voids'>

function saleOf(order: Order, categories: ReadonlyMap<string, string>): Outcome {
  const priced = priceOrder(order)
  const totals = new Map(lineTotals(priced).map((each) => [each.lineId, each]))
  const sold = priced.lines.flatMap((line): Sold[] => {
    const sums = totals.get(line.lineId)
    return sums === undefined ? [] : [{ line, sums }]
  })
  const serviceChargeMinor = priced.serviceChargeMinor ?? 0
  const taxesOnTopMinor = priced.taxesOnTop ? sumOf(priced.taxLines, 'amountMinor') : 0
  const netMinor = sold.reduce((sum, { sums }) => sum + sums.itemsMinor - sums.discountsMinor, 0)
  return {
    orders: 1,
    covers: order.covers ?? 0,
    lines: bookedLines(sold, categories),
    taxes: bookedTaxes(priced, sold),
    discounts: priced.discounts
      .filter(({ amountMinor }) => amountMinor > 0)
      .map(({ name, amountMinor }) => ({ name, amountMinor })),
    cancellations: [],
    serviceChargeMinor,
    taxesOnTopMinor,
    adjustmentMinor: order.totalMinor - netMinor - serviceChargeMinor - taxesOnTopMinor,
    totalMinor: order.totalMinor,
  }
}

function cancellationOf(order: Order, reason: string | undefined): Outcome {
  const cancellation = { reason: reason ?? order.status, amountMinor: order.totalMinor }
  return {
    orders: 0,
    covers: 0,
    lines: [],
    taxes: [],
    discounts: [],
    cancellations: order.mergedInto === undefined ? [cancellation] : [],
    serviceChargeMinor: 0,
    taxesOnTopMinor: 0,
    adjustmentMinor: 0,
    totalMinor: 0,
  }
}

interface Sold {
  line: OrderLine
  sums: LineTotals
}

/** A part of an item without a category of its own has the item's. */
function bookedLines(sold: readonly Sold[], categories: ReadonlyMap<string, string>): BookedLine[] {
  const categoryOfLine = new Map<string, string | undefined>()
  return sold.map(
    ({
      line: { lineId, parentLineId, plu, name, kind, course },
      sums: { quantity, itemsMinor, discountsMinor, ...sums },
    }) => {
      const category =
        categories.get(plu) ??
        (parentLineId === undefined ? undefined : categoryOfLine.get(parentLineId))
      categoryOfLine.set(lineId, category)
      return {
        plu,
        name,
        kind,
        ...defined({ category, course }),
        quantity,
        itemsMinor,
        discountsMinor,
        taxMinor: sums.taxMinor - sums.serviceTaxMinor,
      }
    },
  )
}

/**
 * Taxes, each with the net amount that it is charged on, so that over all of them net and tax sum
 * to what the items come to, and the service charge where it is taxed. An order that Dojo made
 * brings its taxes as amounts: such a tax belongs to the lines of its PLU, or to all lines if it is
 * the only one. What belongs to no tax has a row without a name.
 */
function bookedTaxes(order: Order, sold: readonly Sold[]): BookedTax[] {
  const given = order.taxLines.filter((tax) => tax.givenMinor !== undefined)
  const rows = new TaxRows()
  const addRate = (rate: number, amountMinor: number, taxMinor: number): void => {
    const label = { name: rateName(order, rate), percentageHundredths: rate }
    rows.add(rate, label, amountMinor - (order.taxesOnTop ? 0 : taxMinor), taxMinor)
  }
  for (const tax of given) rows.add(tax, taxName(tax), 0, tax.amountMinor)
  const matched = new Set<TaxLine>()
  for (const { line, sums } of sold) {
    const netMinor = sums.itemsMinor - sums.discountsMinor
    const rate = line.taxRateHundredths
    if (rate === undefined) {
      const tax = taxOfLine(line, given)
      if (tax !== undefined) matched.add(tax)
      rows.add(tax, {}, netMinor, 0)
    } else {
      addRate(rate, netMinor, sums.taxMinor - sums.serviceTaxMinor)
    }
  }
  const { serviceTaxRateHundredths: serviceRate, serviceChargeMinor = 0 } = order
  if (serviceRate !== undefined) {
    addRate(serviceRate, serviceChargeMinor, serviceTaxOf(order, serviceChargeMinor))
  }
  // A given tax that the prices contain comes off its own lines, or off those that belong to none.
  if (!order.taxesOnTop) {
    for (const tax of given) rows.add(matched.has(tax) ? tax : undefined, {}, -tax.amountMinor, 0)
  }
  return rows.list()
}

/** By the tax as Dojo gave it, or by rate; undefined is the row of what belongs to none. */
type TaxKey = TaxLine | number | undefined

class TaxRows {
  readonly #rows = new Map<TaxKey, BookedTax>()

  /** @param label names the row where it is new */
  add(key: TaxKey, label: Partial<BookedTax>, netMinor: number, taxMinor: number): void {
    const row = this.#rows.get(key) ?? { ...label, netMinor: 0, taxMinor: 0 }
    this.#rows.set(key, {
      ...row,
      netMinor: row.netMinor + netMinor,
      taxMinor: row.taxMinor + taxMinor,
    })
  }

  list(): BookedTax[] {
    return [...this.#rows.values()].filter((row) => row.netMinor !== 0 || row.taxMinor !== 0)
  }
}

const taxOfLine = (
  { plu }: Pick<OrderLine, 'plu'>,
  given: readonly TaxLine[],
): TaxLine | undefined =>
  given.find(({ affectedPlu }) => affectedPlu === plu) ??
  given.find(({ affectedPlu }) => affectedPlu === undefined && given.length === 1)

function rateName({ taxLines, taxName }: Order, rate: number): string {
  const computed = taxLines.find(
    (tax) => tax.givenMinor === undefined && tax.percentageHundredths === rate,
  )
  return computed?.name ?? `${taxName} ${rate / 100}%`
}

const taxName = ({ name, percentageHundredths }: TaxLine) => defined({ name, percentageHundredths })

/**
 * Lines taken off the bill. A part that went with its item adds to the amount, not to the count.
 */
function voidsOf({ lines }: Order): Booking['voids'] {
  const above = new Map<string, { quantity: number; voidedAt?: string }>()
  return lines.flatMap((line) => {
    const parent = line.parentLineId === undefined ? undefined : above.get(line.parentLineId)
    const quantity = line.quantity * (parent?.quantity ?? 1)
    const { voidedAt } = line
    above.set(line.lineId, { quantity, voidedAt })
    return voidedAt !== undefined
      ? [
          {
            reason: line.voidReason ?? '',
            quantity: parent?.voidedAt === voidedAt ? 0 : quantity,
            amountMinor: quantity * line.unitAmountMinor,
          },
        ]
      : []
  })
}

/** A booking, and the one that it replaces, of an earlier day. */
export interface Booked {
  now: Booking
  before?: Booking
}
