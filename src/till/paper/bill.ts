// The bill of an order as the venue prints it: what it says, and the paper itself.
import { Type } from 'typebox'
import { noteBillPrinted } from '../../actions/orders/note-bill-printed.ts'
import { readOrderAt } from '../../actions/orders/read-order-at.ts'
import { renderBill, type RenderedBill } from '../../domain/paper/bill.ts'
import { activeLines } from '../../domain/orders/lines.ts'
import { balanceMinor, type Order, type Payment } from '../../domain/orders/order.ts'
import { adjustmentOf, lineTotals } from '../../domain/orders/price.ts'
import { isVoid, remainingMinor, remainingTipsMinor } from '../../domain/payments/payment.ts'
import { readNow, readOrder, type OrderNow } from '../../store/orders/read-order.ts'
import { readBillFacts } from '../../store/venue/bills.ts'
import { EVERYBODY, operation, STAFF, type ReadContext, type TillCaller } from '../kit/operation.ts'
import { answerOrder, OrderShape, orderView } from '../kit/order-view.ts'
import { PointInTime, pointInTime } from '../kit/point-in-time.ts'
import { Fields, OneOf, OrderPath } from '../kit/shapes.ts'
import {
  printHtml,
  printSvg,
  printText,
  type PrintableBill,
  type PrintableLine,
} from './printed-bill.ts'

const Line = Type.Object(
  { lineType: Type.String() },
  {
    title: 'BillLine',
    description: "A line of the venue's template, filled in; BillLine in the EPOS Data API.",
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
  { order, nowMs }: OrderNow,
): Promise<RenderedBill> {
  const { template, timeZone, waiterName } = await readBillFacts(
    database,
    locationId,
    order.waiterId,
  )
  return renderBill(template, {
    tableName: order.tableName,
    reference: order.reference,
    waiter: waiterName ?? order.waiterId,
    at: new Date(nowMs),
    timeZone,
  })
}

/** Without void lines: guests neither have nor pay them. */
function printableOf(
  order: Order,
  { header, footer }: RenderedBill,
  currency: string,
): PrintableBill {
  const adjustmentMinor = adjustmentOf(order)
  return {
    header: header.lines,
    footer: footer.lines,
    currency,
    lines: [
      ...linesOf(order),
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
      .filter(({ amountMinor }) => amountMinor > 0)
      .map(({ name = order.taxName, amountMinor }) => ({ name, amountMinor })),
    taxesOnTop: order.taxesOnTop,
    totalMinor: order.totalMinor,
    payments: paymentsOf(order.payments),
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

/** Each line, followed by the lines that belong to it. */
function linesOf(order: Order): PrintableLine[] {
  const totals = new Map(lineTotals(order).map((line) => [line.lineId, line]))
  const byParent = Map.groupBy(activeLines(order), ({ parentLineId }) => parentLineId)
  const below = (
    parentLineId: string | undefined,
    depth: PrintableLine['depth'],
  ): PrintableLine[] =>
    (byParent.get(parentLineId) ?? []).flatMap(({ lineId, name, note }) => {
      const { quantity, itemsMinor: amountMinor } = totals.get(lineId)!
      return [{ name, quantity, amountMinor, depth, note }, ...below(lineId, depth === 0 ? 1 : 2)]
    })
  return below(undefined, 0)
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

export const billOperations = [
  operation({
    id: 'readBill',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/bill',
    summary: 'The bill of an order, as it is printed',
    description:
      "Without a format, the content: the venue's template filled in, around the order. With " +
      'one, the paper: plain text, a picture, or a page to print. With a time, as it would have ' +
      'been printed then.',
    tag: 'Orders',
    roles: EVERYBODY,
    params: OrderPath,
    query: Fields({
      format: Type.Optional(OneOf(Object.keys(FORMATS) as Format[])),
      at: Type.Optional(PointInTime),
    }),
    answer: Fields({ header: Type.Array(Line), order: OrderShape, footer: Type.Array(Line) }),
    textTypes: Object.values(FORMATS).map(({ type }) => type),
    run: async ({ database, caller, params, query: { format, at } }) => {
      const now = await readOrderOf(database, caller, params.orderId, at)
      const rendered = await renderedOf(database, caller, now)
      if (format === undefined) {
        return {
          body: {
            header: rendered.header.lines,
            order: orderView(now, caller.currency),
            footer: rendered.footer.lines,
          },
        }
      }
      const { type, print } = FORMATS[format]
      return {
        text: print(printableOf(now.order, rendered, caller.currency)),
        type: `${type}; charset=utf-8`,
      }
    },
  }),

  operation({
    id: 'noteBillPrinted',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/bill/printed',
    summary: 'Says that a till printed the bill',
    description:
      'It goes into the history, so that what is taken off the order afterwards can be seen. The ' +
      'bills that card machines print are there by themselves.',
    tag: 'Orders',
    roles: STAFF,
    params: OrderPath,
    answer: OrderShape,
    run: async ({ tx, caller, params: { orderId } }) => {
      const now = await readOrder(tx, caller.locationId, orderId)
      noteBillPrinted(tx, caller, now.order)
      return answerOrder(now, caller.currency)
    },
  }),
]

/** @param at as the till wrote it; undefined for now */
async function readOrderOf(
  database: ReadContext['database'],
  { locationId, timeZone }: TillCaller,
  orderId: string,
  at: string | undefined,
): Promise<OrderNow> {
  if (at === undefined) return await readOrder(database, locationId, orderId)
  const atMs = pointInTime(at, timeZone, await readNow(database))
  const { order } = await readOrderAt(database, locationId, orderId, atMs)
  return { order, nowMs: atMs }
}
