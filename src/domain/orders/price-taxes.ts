// The taxes of an order, contained in its prices or on top of them: of its lines, and of its
// service charge.
import { sumOf } from '../../lib/sums.ts'
import { includedTax, inProportion, percentOf } from './allocation.ts'
import type { Order, TaxLine } from './order.ts'
import { pricedLines, type LineTax, type Priced } from './priced-lines.ts'

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
export function taxOf(
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
export function taxesOf(order: Order, priced: Priced[], serviceTaxMinor: number): TaxLine[] {
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
