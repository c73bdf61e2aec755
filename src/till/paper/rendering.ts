// From an order to its paper: the template filled in, and the rows between its header and its
// footer.
import { Type } from 'typebox'
import { sumOf } from '../../lib/sums.ts'
import { allPrinted, type AlsoPrint } from '../../domain/paper/also-print.ts'
import { renderBill, type BillTemplate, type RenderedBill } from '../../domain/paper/bill.ts'
import { activeLines } from '../../domain/orders/lines.ts'
import { balanceMinor, type Order, type Payment } from '../../domain/orders/order.ts'
import { adjustmentOf, lineTotals } from '../../domain/orders/price.ts'
import { isVoid, remainingMinor, remainingTipsMinor } from '../../domain/payments/payment.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import { readBillFacts } from '../../store/venue/bills.ts'
import type { ReadContext, TextAnswer, TillCaller } from '../kit/operation.ts'
import { OneOf } from '../kit/shapes.ts'
import {
  printHtml,
  printSvg,
  printText,
  type PrintableBill,
  type PrintableLine,
} from './printed-bill.ts'

export const FORMATS = {
  text: { type: 'text/plain', print: printText },
  svg: { type: 'image/svg+xml', print: printSvg },
  html: { type: 'text/html', print: printHtml },
} as const
export type Format = keyof typeof FORMATS
export const BillFormat = OneOf(Object.keys(FORMATS) as Format[])

/** The lines of a header or a footer, filled in. */
export const FilledIn = Type.Array(
  Type.Object(
    { lineType: Type.String() },
    {
      title: 'BillLine',
      description: "A line of the venue's template, filled in; BillLine in the EPOS Data API.",
    },
  ),
)

/** A template filled in, and what its bills say besides. */
interface Rendered extends RenderedBill {
  alsoPrint: AlsoPrint | undefined
}

/** @param unsaved a template to fill in instead of the venue's */
export async function renderedOf(
  database: ReadContext['database'],
  { locationId }: TillCaller,
  { order, nowMs }: OrderNow,
  unsaved?: BillTemplate,
): Promise<Rendered> {
  const facts = await readBillFacts(database, locationId, order.waiterId)
  const { timeZone, waiterName } = facts
  const template = unsaved ?? facts.template
  const rendered = renderBill(template, {
    tableName: order.tableName,
    reference: order.reference,
    waiter: waiterName ?? order.waiterId,
    at: new Date(nowMs),
    timeZone,
  })
  return { ...rendered, alsoPrint: template.alsoPrint }
}

/** The paper of an order. */
export function paperOf(
  order: Order,
  rendered: Rendered,
  { currency, format }: { currency: string; format: Format },
): TextAnswer {
  const { type, print } = FORMATS[format]
  return { text: print(printableOf(order, rendered, currency)), type: `${type}; charset=utf-8` }
}

/** Without void lines: guests neither have nor pay them. */
function printableOf(
  order: Order,
  { header, footer, alsoPrint }: Rendered,
  currency: string,
): PrintableBill {
  const prints = allPrinted(alsoPrint)
  const payments = paymentsOf(order.payments)
  const adjustmentMinor = adjustmentOf(order)
  return {
    header: header.lines,
    footer: footer.lines,
    currency,
    lines: [
      ...linesOf(order, prints),
      ...(adjustmentMinor > 0
        ? [{ name: ADJUSTMENT, quantity: 1, amountMinor: adjustmentMinor, depth: 0 as const }]
        : []),
    ],
    discounts: [
      ...discountsOf(order),
      ...(adjustmentMinor < 0 ? [{ name: ADJUSTMENT, amountMinor: -adjustmentMinor }] : []),
    ],
    serviceChargeMinor: order.serviceChargeMinor === 0 ? undefined : order.serviceChargeMinor,
    taxLines: order.taxLines
      .filter(({ amountMinor }) => amountMinor > 0 && (prints.taxes || order.taxesOnTop))
      .map(({ name = order.taxName, amountMinor }) => ({ name, amountMinor })),
    taxesOnTop: order.taxesOnTop,
    totalMinor: order.totalMinor,
    payments: prints.payments ? payments : inOneSum(payments),
    balanceMinor: balanceMinor(order),
  }
}

/** The difference between the total that Dojo gave and its parts, so that the bill adds up. */
const ADJUSTMENT = 'Adjustment'

/** One row for each name: shares of one discount are one discount to the guest. */
const discountsOf = ({ discounts }: Order): PrintableBill['discounts'] =>
  [
    ...Map.groupBy(
      discounts.filter(({ amountMinor }) => amountMinor > 0),
      ({ name }) => name,
    ),
  ].map(([name, all]) => ({
    name,
    amountMinor: all.reduce((sum, each) => sum + each.amountMinor, 0),
  }))

type Prints = ReturnType<typeof allPrinted>

/** Each line, followed by the lines that belong to it. */
function linesOf(order: Order, prints: Prints): PrintableLine[] {
  const totals = new Map(lineTotals(order).map((line) => [line.lineId, line]))
  const byParent = Map.groupBy(activeLines(order), ({ parentLineId }) => parentLineId)
  const below = (
    parentLineId: string | undefined,
    depth: PrintableLine['depth'],
  ): PrintableLine[] =>
    (byParent.get(parentLineId) ?? []).flatMap(({ lineId, name, note }) => {
      const { quantity, itemsMinor } = totals.get(lineId)!
      const parts = below(lineId, depth === 0 ? 1 : 2)
      const line = { name, quantity, amountMinor: itemsMinor, depth, note }
      return prints.options
        ? [line, ...parts]
        : [{ ...line, amountMinor: sumOf([line, ...parts], 'amountMinor') }]
    })
  const lines = below(undefined, 0)
  return prints.freeItems ? lines : withoutFree(lines)
}

/** Without items that cost nothing with all that belongs to them. */
function withoutFree(lines: readonly PrintableLine[]): PrintableLine[] {
  const starts = lines.flatMap(({ depth }, index) => (depth === 0 ? [index] : []))
  const items = starts.map((start, number) => lines.slice(start, starts[number + 1]))
  return items.filter((item) => sumOf(item, 'amountMinor') !== 0).flat()
}

const LABELS: Record<Payment['tender'], string> = {
  Dojo: 'Card',
  Cash: 'Cash',
  Voucher: 'Voucher',
  Other: 'Other',
  Deposit: 'Deposit',
}

/** By tender, less what was given back. */
function paymentsOf(payments: readonly Payment[]): PrintableBill['payments'] {
  const counted = payments.filter((payment) => !isVoid(payment))
  return (Object.keys(LABELS) as Payment['tender'][])
    .map((tender) => {
      const taken = counted.filter((payment) => payment.tender === tender)
      return {
        label: LABELS[tender],
        amountMinor: taken.reduce((sum, each) => sum + remainingMinor(each), 0),
        tipsMinor: taken.reduce((sum, each) => sum + remainingTipsMinor(each), 0),
      }
    })
    .filter(({ amountMinor, tipsMinor }) => amountMinor !== 0 || tipsMinor !== 0)
}

/** What was paid in all, without how and without tips. */
function inOneSum(payments: PrintableBill['payments']): PrintableBill['payments'] {
  const amountMinor = sumOf(payments, 'amountMinor')
  return amountMinor === 0 ? [] : [{ label: 'Paid', amountMinor, tipsMinor: 0 }]
}
