// The bill of a tab as the venue prints it: what it says, and the paper itself.
import { Type } from 'typebox'
import { renderBill, type RenderedBill } from '../../domain/paper/bill.ts'
import { balanceMinor } from '../../domain/orders/order.ts'
import { lineTotals } from '../../domain/orders/price.ts'
import { standingLines, type Tab, type TabPayment } from '../../domain/orders/tab.ts'
import { readBillFacts } from '../../store/venue/bills.ts'
import { readTab, type TabNow } from '../../store/orders/tabs.ts'
import { EVERYBODY, operation, type ReadContext, type TillCaller } from '../kit/operation.ts'
import {
  printHtml,
  printSvg,
  printText,
  type PrintableBill,
  type PrintableLine,
} from './printed-bill.ts'
import { Fields, OneOf, OrderPath } from '../kit/shapes.ts'
import { TabShape, tabView } from '../orders/order-view.ts'

const Line = Type.Object(
  { lineType: Type.String() },
  {
    title: 'BillLine',
    description:
      'A line of the template of the venue, filled in, as BillLine in the EPOS Data API.',
  },
)

const FORMATS = {
  text: { type: 'text/plain', print: printText },
  svg: { type: 'image/svg+xml', print: printSvg },
  html: { type: 'text/html', print: printHtml },
} as const
type Format = keyof typeof FORMATS

async function renderedOf(
  database: ReadContext['database'],
  { locationId }: TillCaller,
  { tab, nowMs }: TabNow,
): Promise<RenderedBill> {
  const { template, timeZone, waiterName } = await readBillFacts(database, locationId, tab.waiterId)
  return renderBill(template, {
    tableName: tab.tableName,
    reference: tab.reference,
    waiter: waiterName ?? tab.waiterId,
    at: new Date(nowMs),
    timeZone,
  })
}

/** Without what is void: what guests neither have nor pay is not on their bill. */
export function printableOf(
  tab: Tab,
  { header, footer }: RenderedBill,
  currency: string,
): PrintableBill {
  return {
    header: header.lines,
    footer: footer.lines,
    currency,
    lines: [
      ...linesOf(tab),
      ...(tab.adjustmentMinor > 0
        ? [{ name: ADJUSTMENT, quantity: 1, amountMinor: tab.adjustmentMinor, depth: 0 as const }]
        : []),
    ],
    discounts: [
      ...discountsOf(tab),
      ...(tab.adjustmentMinor < 0 ? [{ name: ADJUSTMENT, amountMinor: -tab.adjustmentMinor }] : []),
    ],
    serviceChargeMinor: tab.serviceChargeMinor === 0 ? undefined : tab.serviceChargeMinor,
    taxLines: tab.taxLines
      .filter(({ amountMinor }) => amountMinor > 0)
      .map(({ name = tab.taxName, amountMinor }) => ({ name, amountMinor })),
    taxesOnTop: tab.taxesOnTop,
    totalMinor: tab.totalMinor,
    payments: paymentsOf(tab.payments),
    balanceMinor: balanceMinor(tab),
  }
}

/** Of an order whose total somebody else added up, so that the bill comes to it. */
const ADJUSTMENT = 'Adjustment'

/**
 * One row for each name: a discount of which lines have taken their shares along is one to the
 * guest.
 */
const discountsOf = ({ discounts }: Tab): PrintableBill['discounts'] =>
  [
    ...Map.groupBy(
      discounts.filter(({ amountMinor }) => amountMinor > 0),
      ({ name }) => name,
    ),
  ].map(([name, all]) => ({
    name,
    amountMinor: all.reduce((sum, each) => sum + each.amountMinor, 0),
  }))

/** Each line with what belongs to it below it. */
function linesOf(tab: Tab): PrintableLine[] {
  const totals = new Map(lineTotals(tab).map((line) => [line.lineId, line]))
  const byParent = Map.groupBy(standingLines(tab), ({ parentLineId }) => parentLineId)
  const below = (
    parentLineId: string | undefined,
    depth: PrintableLine['depth'],
  ): PrintableLine[] =>
    (byParent.get(parentLineId) ?? []).flatMap(({ lineId, name, note }) => {
      const { quantity, itemsMinor: amountMinor } = totals.get(lineId)!
      return [
        {
          name,
          quantity,
          amountMinor,
          depth,
          ...(note === undefined || note === '' ? {} : { note }),
        },
        ...below(lineId, depth === 0 ? 1 : 2),
      ]
    })
  return below(undefined, 0)
}

const LABELS: Record<TabPayment['tender'], string> = {
  Dojo: 'Card',
  Cash: 'Cash',
  Voucher: 'Voucher',
  Other: 'Other',
}

/** By tender, less what was given back. */
function paymentsOf(payments: readonly TabPayment[]): PrintableBill['payments'] {
  const standing = payments.filter((payment) => payment.stands)
  return (Object.keys(LABELS) as TabPayment['tender'][])
    .map((tender) => {
      const taken = standing.filter((payment) => payment.tender === tender)
      return {
        label: LABELS[tender],
        amountMinor: taken.reduce((sum, each) => sum + each.amountMinor - each.refundedMinor, 0),
        tipsMinor: taken.reduce(
          (sum, each) => sum + (each.tipsMinor ?? 0) - each.refundedTipsMinor,
          0,
        ),
      }
    })
    .filter(({ amountMinor, tipsMinor }) => amountMinor !== 0 || tipsMinor !== 0)
}

export const billOperations = [
  operation({
    id: 'readBill',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/bill',
    summary: 'The bill of a tab, as it is printed',
    description:
      'Without a format, what it says: the template of the venue filled in, around the tab. With one, the paper: letters, a picture of it, or a page to print.',
    tag: 'Orders',
    roles: EVERYBODY,
    params: OrderPath,
    query: Fields({ format: Type.Optional(OneOf(Object.keys(FORMATS) as Format[])) }),
    answer: Fields({ header: Type.Array(Line), order: TabShape, footer: Type.Array(Line) }),
    textTypes: Object.values(FORMATS).map(({ type }) => type),
    run: async ({ database, caller, params, query: { format } }) => {
      const now = await readTab(database, caller.locationId, params.orderId)
      const rendered = await renderedOf(database, caller, now)
      if (format === undefined) {
        return {
          body: {
            header: rendered.header.lines,
            order: tabView(now, caller.currency),
            footer: rendered.footer.lines,
          },
        }
      }
      const { type, print } = FORMATS[format]
      return {
        text: print(printableOf(now.tab, rendered, caller.currency)),
        type: `${type}; charset=utf-8`,
      }
    },
  }),
]
