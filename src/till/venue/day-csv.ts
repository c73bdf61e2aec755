// The report of a business day as a spreadsheet: one table, in which each row names its section
// first and leaves empty the columns that its section does not have.
import { decimals } from '../../domain/money.ts'
import type { BusinessDay } from '../../domain/venue/business-day.ts'
import type { DayReport } from '../../domain/venue/day-report.ts'
import { csvOf, type Cell } from '../../lib/csv.ts'

const COLUMNS = [
  'section',
  'id',
  'name',
  'count',
  'amount',
  'tips',
  'sold',
  'net',
  'tax',
  'discounts',
  'paid',
] as const
type Row = Partial<Record<Exclude<(typeof COLUMNS)[number], 'section'>, Cell>>
type Sections = Record<string, Row[]>

export function dayCsv(day: BusinessDay, report: DayReport): string {
  const sections: Sections = {
    day: dayRows(day),
    sales: salesRows(report.sales),
    taxes: report.taxes.map(taxRow),
    tenders: report.tenders.flatMap(tenderRows),
    ...takingsSections(report),
    areas: report.areas.map(groupRow),
    waiters: report.waiters.map(groupRow),
    items: report.items.map(itemRow),
    categories: report.categories.map(partRow),
    courses: report.courses.map(partRow),
    discounts: report.discounts.map(countedRow),
    voids: report.voids.map(countedRow),
    cancellations: report.cancellations.map(countedRow),
    ...paidOutSections(report),
    ...openSections(report),
    drawers: drawerRows(day, report),
    proof: proofRows(report),
  }
  const rows = Object.entries(sections).flatMap(([section, rows]) =>
    rows.map((row) => COLUMNS.map((column) => (column === 'section' ? section : row[column]))),
  )
  return csvOf([COLUMNS, ...rows])
}

// --- sections

const dayRows = ({ dayId, day, openedAt, openedBy, closedAt, closedBy }: BusinessDay): Row[] => [
  { id: dayId, name: day },
  { id: 'openedAt', name: openedAt },
  { id: 'openedBy', name: openedBy },
  { id: 'closedAt', name: closedAt },
  { id: 'closedBy', name: closedBy },
]

const salesRows = ({ orders, covers, ...sums }: DayReport['sales']): Row[] => [
  { name: 'orders', count: orders },
  { name: 'covers', count: covers },
  ...amountRows(sums),
]

const taxRow = ({
  name,
  percentageHundredths,
  netMinor,
  taxMinor,
}: DayReport['taxes'][number]): Row => ({
  id: percentageHundredths === undefined ? undefined : `${percentageHundredths / 100}%`,
  name,
  net: money(netMinor),
  tax: money(taxMinor),
})

function tenderRows({ tender, payments, atDojo, ...sums }: DayReport['tenders'][number]): Row[] {
  const row = (name: string, amountMinor: number, tipsMinor: number, count?: number): Row => ({
    id: tender,
    name,
    count,
    amount: money(amountMinor),
    tips: money(tipsMinor),
  })
  return [
    row('recorded', sums.recordedMinor, sums.recordedTipsMinor, payments),
    row('voided', 0 - sums.voidedMinor, 0 - sums.voidedTipsMinor),
    row('restored', sums.restoredMinor, sums.restoredTipsMinor),
    row('refunded', 0 - sums.refundedMinor, 0 - sums.refundedTipsMinor),
    row('takings', sums.takingsMinor, sums.tipsMinor),
    ...(sums.roundingMinor ? [row('rounding', sums.roundingMinor, 0)] : []),
    ...(atDojo === undefined ? [] : [row('atDojo', atDojo.takingsMinor, atDojo.tipsMinor)]),
  ]
}

const takingsSections = (report: DayReport): Sections => ({
  takings: [{ name: 'all', amount: money(report.takingsMinor), tips: money(report.tipsMinor) }],
  takingsByWaiter: report.takingsByWaiter.map(
    ({ waiterId, name, tender, takingsMinor, tipsMinor }) => ({
      id: waiterId,
      name: name === undefined ? tender : `${name}: ${tender}`,
      amount: money(takingsMinor),
      tips: money(tipsMinor),
    }),
  ),
  tipsByWaiter: report.tipsByWaiter.map(({ waiterId, name, tipsMinor }) => ({
    id: waiterId,
    name,
    tips: money(tipsMinor),
  })),
})

/** What was paid out besides the bills; only days on which something was have these sections. */
function paidOutSections({ paidOut }: DayReport): Sections {
  if (paidOut === undefined) return {}
  const { cashback, unlinkedRefunds, unlinkedRefundsUnknown } = paidOut
  const row = (refund: (typeof unlinkedRefundsUnknown)[number]): Row => ({
    id: refund.refundId,
    name: refund.reason,
    amount: money(refund.amountMinor),
  })
  const cash = { name: 'all', count: cashback.count, amount: money(cashback.amountMinor) }
  return {
    cashback: cashback.count === 0 ? [] : [cash],
    unlinkedRefunds: unlinkedRefunds.refunds.map(row),
    unlinkedRefundsUnknown: unlinkedRefundsUnknown.map(row),
  }
}

const groupRow = ({ id, name, orders, salesMinor }: DayReport['areas'][number]): Row => ({
  id,
  name,
  count: orders,
  amount: money(salesMinor),
})

const itemRow = (item: DayReport['items'][number]): Row => ({
  id: item.plu,
  name: item.name,
  count: item.quantity,
  amount: money(item.itemsMinor),
  discounts: money(item.discountsMinor),
  sold: money(item.soldMinor),
  tax: money(item.taxMinor),
})

const partRow = ({ name, quantity, soldMinor }: DayReport['courses'][number]): Row => ({
  name,
  count: quantity,
  sold: money(soldMinor),
})

const countedRow = ({ name, count, amountMinor }: DayReport['voids'][number]): Row => ({
  name,
  count,
  amount: money(amountMinor),
})

/** What is left to look after. */
const openSections = (report: DayReport): Sections => ({
  refunds: report.refunds.map(({ paymentId, orderId, amountMinor, tipsMinor }) => ({
    id: paymentId,
    name: orderId,
    amount: money(amountMinor),
    tips: money(tipsMinor),
  })),
  refundsOwed: report.refundsOwed.map(({ refundId, reason, amountMinor }) => ({
    id: refundId,
    name: reason,
    amount: money(amountMinor),
  })),
  unmatchedPayments: report.unmatchedPayments.map(
    ({ paymentIntentId, reason, amountMinor, tipsMinor }) => ({
      id: paymentIntentId,
      name: reason,
      amount: optionalMoney(amountMinor),
      tips: optionalMoney(tipsMinor),
    }),
  ),
  openOrders: report.openOrders.orders.map(({ orderId, displayName, totalMinor, paidMinor }) => ({
    id: orderId,
    name: displayName,
    amount: money(totalMinor),
    paid: money(paidMinor),
  })),
})

const drawerRows = ({ floatMinor, count }: BusinessDay, { drawers }: DayReport): Row[] => [
  { id: 'Cash', name: 'float', amount: money(floatMinor) },
  { id: 'Cash', name: 'paidOut', amount: money(count?.paidOutMinor ?? 0) },
  { name: 'note', id: count?.note },
  ...drawers.flatMap(({ tender, ...amounts }) =>
    amountRows(amounts).map((row) => ({ id: tender, ...row })),
  ),
]

const proofRows = (report: DayReport): Row[] =>
  amountRows({
    takingsMinor: report.takingsMinor,
    salesMinor: report.sales.totalMinor,
    unsettledAtStartMinor: report.unsettledStartMinor,
    unsettledAtEndMinor: report.unsettledEndMinor,
    differenceMinor: report.differenceMinor,
  })

// --- cells

const money = (minor: number): Cell => ({ number: decimals(minor) })

const optionalMoney = (minor: number | undefined): Cell =>
  minor === undefined ? undefined : money(minor)

/** A row for each amount, in whole units and so named without its unit: `totalMinor` as `total`. */
const amountRows = (amounts: object): Row[] =>
  Object.entries(amounts as Record<string, number>).map(([name, minor]) => ({
    name: name.replace(/Minor$/, ''),
    amount: money(minor),
  }))
