// The report of a business day, to the penny. Two ledgers make it: final orders as they were
// booked, and money as it moved; they must agree. Rules only; actions/venue/close-day.ts applies
// them.
import { tenders, type Payment } from '../orders/order.ts'
import { sumOf } from '../../lib/sums.ts'
import { defined } from '../../lib/same.ts'
import { atDojo, type AtDojo, type MovedAtDojo } from './day-at-dojo.ts'
import type { Counted, ItemSales, PartSales, Sales, SalesGroup, SalesSums } from './day-sales.ts'
import type { BookedTax } from './order-booking.ts'
import { addTo, shown } from './sums.ts'

// --- money

export type TenderName = Payment['tender']

/** Movements of money of one kind. Signed: recorded and restored are in, the rest is out. */
export interface Moved {
  tender: TenderName
  kind: 'Recorded' | 'Voided' | 'Restored' | 'Refunded'
  waiterId?: string
  waiterName?: string
  count: number
  amountMinor: number
  tipsMinor: number
  roundingMinor: number
}

export interface TenderSums {
  tender: TenderName
  /** Recorded payments. */
  payments: number
  recordedMinor: number
  recordedTipsMinor: number
  voidedMinor: number
  voidedTipsMinor: number
  restoredMinor: number
  restoredTipsMinor: number
  refundedMinor: number
  refundedTipsMinor: number
  /** Recorded and restored, less voided and refunded. */
  takingsMinor: number
  tipsMinor: number
  /** What cash was more than that, since it is rounded; reports of older days have none. */
  roundingMinor?: number
  /** What Dojo has of it; other tenders have none, nor have reports of older days. */
  atDojo?: AtDojo
}

function sumsOfTender(tender: TenderName, moved: readonly Moved[]): TenderSums {
  const rows = moved.filter((each) => each.tender === tender)
  const recorded = sumsOfKind(rows, 'Recorded')
  const voided = sumsOfKind(rows, 'Voided')
  const restored = sumsOfKind(rows, 'Restored')
  const refunded = sumsOfKind(rows, 'Refunded')
  return {
    tender,
    payments: recorded.count,
    recordedMinor: recorded.amountMinor,
    recordedTipsMinor: recorded.tipsMinor,
    voidedMinor: 0 - voided.amountMinor,
    voidedTipsMinor: 0 - voided.tipsMinor,
    restoredMinor: restored.amountMinor,
    restoredTipsMinor: restored.tipsMinor,
    refundedMinor: 0 - refunded.amountMinor,
    refundedTipsMinor: 0 - refunded.tipsMinor,
    takingsMinor: sumOf(rows, 'amountMinor'),
    tipsMinor: sumOf(rows, 'tipsMinor'),
    roundingMinor: sumOf(rows, 'roundingMinor'),
  }
}

function sumsOfKind(
  moved: readonly Moved[],
  kind: Moved['kind'],
): { count: number; amountMinor: number; tipsMinor: number } {
  const rows = moved.filter((each) => each.kind === kind)
  return {
    count: sumOf(rows, 'count'),
    amountMinor: sumOf(rows, 'amountMinor'),
    tipsMinor: sumOf(rows, 'tipsMinor'),
  }
}

export interface WaiterTakings {
  waiterId?: string
  name?: string
  tender: TenderName
  takingsMinor: number
  tipsMinor: number
}
export interface WaiterTips {
  waiterId?: string
  name?: string
  tipsMinor: number
}

function byWaiter(moved: readonly Moved[]): { takings: WaiterTakings[]; tips: WaiterTips[] } {
  const takings = new Map<string, WaiterTakings>()
  const tips = new Map<string, WaiterTips>()
  for (const { tender, waiterId, waiterName: name, amountMinor, tipsMinor } of moved) {
    const label = defined({ waiterId, name })
    const key = JSON.stringify([waiterId ?? '', tender])
    const amounts = { takingsMinor: amountMinor, tipsMinor }
    addTo(takings, { key, label: { ...label, tender } }, amounts, 1)
    addTo(tips, { key: waiterId ?? '', label }, { tipsMinor }, 1)
  }
  return {
    takings: shown(takings, (row) => row.takingsMinor),
    tips: shown(tips, (row) => row.tipsMinor),
  }
}

// --- what was counted

/** What somebody counted at the end: the cash in the drawers, and the slips of other tenders. */
export interface DrawerCount {
  cashMinor: number
  vouchersMinor?: number
  otherMinor?: number
  /** Cash taken out of the drawers before the count: to the bank, or as tips. */
  paidOutMinor?: number
  note?: string
}

/** How much of a tender should be there, and how much is. */
export interface Drawer {
  tender: 'Cash' | 'Voucher' | 'Other'
  expectedMinor: number
  countedMinor?: number
  /** Counted less expected; negative when it is short. */
  overMinor?: number
}

function drawersOf(
  { floatMinor, count, paidOut }: Pick<DayFacts, 'floatMinor' | 'count' | 'paidOut'>,
  sums: readonly TenderSums[],
): Drawer[] {
  const paidOutMinor = count?.paidOutMinor ?? 0
  const takings = (tender: Drawer['tender']): number => {
    const {
      takingsMinor,
      tipsMinor,
      roundingMinor = 0,
    } = sums.find((each) => each.tender === tender)!
    return takingsMinor + tipsMinor + roundingMinor
  }
  return [
    drawer(
      'Cash',
      takings('Cash') + floatMinor - paidOutMinor - paidOut.cashback.amountMinor,
      count?.cashMinor,
    ),
    drawer('Voucher', takings('Voucher'), count?.vouchersMinor),
    drawer('Other', takings('Other'), count?.otherMinor),
  ]
}

function drawer(
  tender: Drawer['tender'],
  expectedMinor: number,
  countedMinor: number | undefined,
): Drawer {
  if (countedMinor === undefined) return { tender, expectedMinor }
  return { tender, expectedMinor, countedMinor, overMinor: countedMinor - expectedMinor }
}

// --- the report

export interface RefundShown {
  paymentId: string
  orderId: string
  tender: TenderName
  amountMinor: number
  tipsMinor: number
  at: string
}
export interface RefundOwed {
  refundId: string
  paymentId: string
  orderId: string
  amountMinor: number
  reason: string
  requestedAt: string
}
/** A refund without a payment: it is on no bill, and so in no tender. */
export interface UnlinkedRefundShown {
  refundId: string
  amountMinor: number
  reason: string
  /** Undefined while nobody knows whether the guest has the money. */
  givenAt?: string
  waiterId?: string
  till?: string
}
/** What was paid out besides the bills; reports of older days have none. */
export interface PaidOut {
  cashback: { count: number; amountMinor: number }
  unlinkedRefunds: { count: number; amountMinor: number; refunds: UnlinkedRefundShown[] }
  /** Somebody has to look at the card machine, and record what it shows. */
  unlinkedRefundsUnknown: UnlinkedRefundShown[]
}
/** Movements of one kind, of payments with cashback, and the cashback of those payments. */
export interface CashbackMoved {
  kind: Moved['kind']
  count: number
  amountMinor: number
}

/** The guest has the cash once the payment is recorded, whatever becomes of the payment later. */
export function cashbackOf(moved: readonly CashbackMoved[]): PaidOut['cashback'] {
  const recorded = moved.filter(({ kind }) => kind === 'Recorded')
  return { count: sumOf(recorded, 'count'), amountMinor: sumOf(recorded, 'amountMinor') }
}

export interface UnmatchedShown {
  paymentIntentId: string
  since: string
  reason: string
  status?: string
  amountMinor?: number
  tipsMinor?: number
  orderId?: string
}
export interface OpenOrderShown {
  orderId: string
  displayName: string
  totalMinor: number
  paidMinor: number
}
export interface OpenOrders {
  count: number
  totalMinor: number
  paidMinor: number
  orders: OpenOrderShown[]
}

export interface DayFacts {
  floatMinor: number
  count: DrawerCount | undefined
  sales: Sales
  moved: readonly Moved[]
  movedAtDojo: readonly MovedAtDojo[]
  refunds: RefundShown[]
  refundsOwed: RefundOwed[]
  paidOut: PaidOut
  unmatched: UnmatchedShown[]
  openOrders: OpenOrders
  /** What was paid on orders that no day had counted: when the day before closed, and now. */
  unsettledStartMinor: number
  unsettledEndMinor: number
}

export interface DayReport {
  sales: SalesSums
  taxes: BookedTax[]
  tenders: TenderSums[]
  takingsMinor: number
  tipsMinor: number
  takingsByWaiter: WaiterTakings[]
  tipsByWaiter: WaiterTips[]
  areas: SalesGroup[]
  waiters: SalesGroup[]
  items: ItemSales[]
  categories: PartSales[]
  courses: PartSales[]
  discounts: Counted[]
  voids: Counted[]
  cancellations: Counted[]
  refunds: RefundShown[]
  refundsOwed: RefundOwed[]
  paidOut?: PaidOut
  unmatchedPayments: UnmatchedShown[]
  openOrders: OpenOrders
  drawers: Drawer[]
  unsettledStartMinor: number
  unsettledEndMinor: number
  /** Takings, less sales, less the growth of what is paid on uncounted orders: 0, or a bug. */
  differenceMinor: number
}

export function dayReport({
  floatMinor,
  count,
  sales,
  moved,
  movedAtDojo,
  refunds,
  refundsOwed,
  paidOut,
  unmatched,
  openOrders,
  unsettledStartMinor,
  unsettledEndMinor,
}: DayFacts): DayReport {
  const sums = tenders.map((tender) => sumsOfTender(tender, moved))
  const takingsMinor = sumOf(sums, 'takingsMinor')
  const { takings, tips } = byWaiter(moved)
  return {
    sales: sales.sums,
    taxes: shown(sales.taxes, (row) => row.percentageHundredths ?? -1),
    tenders: sums.map((each) =>
      each.tender === 'Dojo' ? { ...each, atDojo: atDojo(movedAtDojo) } : each,
    ),
    takingsMinor,
    tipsMinor: sumOf(sums, 'tipsMinor'),
    takingsByWaiter: takings,
    tipsByWaiter: tips,
    areas: shown(sales.areas, (row) => row.salesMinor),
    waiters: shown(sales.waiters, (row) => row.salesMinor),
    items: shown(sales.items, (row) => row.soldMinor),
    categories: shown(sales.categories, (row) => row.soldMinor),
    courses: shown(sales.courses, (row) => row.soldMinor),
    discounts: shown(sales.discounts, (row) => row.amountMinor),
    voids: shown(sales.voids, (row) => row.amountMinor),
    cancellations: shown(sales.cancellations, (row) => row.amountMinor),
    refunds,
    refundsOwed,
    paidOut,
    unmatchedPayments: unmatched,
    openOrders,
    drawers: drawersOf({ floatMinor, count, paidOut }, sums),
    unsettledStartMinor,
    unsettledEndMinor,
    differenceMinor:
      takingsMinor - sales.sums.totalMinor - (unsettledEndMinor - unsettledStartMinor),
  }
}
