// What a business day comes to, to the penny. Two ledgers make it: settled tabs as they were
// booked, and money as it moved. Rules only; src/store/days.ts reads and claims both.
import type { Payment } from '../orders/order.ts'
import { lineTotals, priceTab, type LineTotals } from '../orders/price.ts'
import { defined, type LineKind, type Tab, type TabLine, type TabTaxLine } from '../orders/tab.ts'

// --- a tab as a day counts it

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

/** A final tab, in as few words as a day's report needs of it. Its parts add up to its total. */
export interface Booking {
  /** 1 where it was sold, 0 where it was canceled. */
  tabs: number
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
  /** Of an order that Dojo made: how far its total was from the sum of its parts. */
  adjustmentMinor: number
  totalMinor: number
}

export interface BookingFacts {
  area: Named | undefined
  waiter: Named | undefined
  cancelReason: string | undefined
  /** By PLU, as the menu has them now. */
  categories: ReadonlyMap<string, string>
}

/** A tab that is final, as it is booked. What went to another tab leaves nothing here. */
export function bookingOf(
  tab: Tab,
  { area, waiter, cancelReason, categories }: BookingFacts,
): Booking {
  const common = { ...defined({ area, waiter }), voids: voidsOf(tab) }
  if (tab.status !== 'Finalized') {
    const cancellations =
      tab.mergedInto === undefined
        ? [{ reason: cancelReason ?? tab.status, amountMinor: tab.totalMinor }]
        : []
    return {
      ...common,
      tabs: 0,
      covers: 0,
      lines: [],
      taxes: [],
      discounts: [],
      cancellations,
      serviceChargeMinor: 0,
      taxesOnTopMinor: 0,
      adjustmentMinor: 0,
      totalMinor: 0,
    }
  }
  const priced = priceTab(tab)
  const totals = new Map(lineTotals(priced).map((each) => [each.lineId, each]))
  const sold = priced.lines.flatMap((line): Sold[] => {
    const of = totals.get(line.lineId)
    return of === undefined ? [] : [{ line, of }]
  })
  const serviceChargeMinor = priced.serviceChargeMinor ?? 0
  const taxesOnTopMinor = priced.taxesOnTop ? sumOf(priced.taxLines, 'amountMinor') : 0
  const netMinor = sold.reduce((sum, { of }) => sum + of.itemsMinor - of.discountsMinor, 0)
  return {
    ...common,
    tabs: 1,
    covers: tab.covers ?? 0,
    lines: bookedLines(sold, categories),
    taxes: bookedTaxes(priced, sold),
    discounts: priced.discounts
      .filter(({ amountMinor }) => amountMinor > 0)
      .map(({ name, amountMinor }) => ({ name, amountMinor })),
    cancellations: [],
    serviceChargeMinor,
    taxesOnTopMinor,
    adjustmentMinor: tab.totalMinor - netMinor - serviceChargeMinor - taxesOnTopMinor,
    totalMinor: tab.totalMinor,
  }
}

interface Sold {
  line: TabLine
  of: LineTotals
}

/** A part of an item that has no category of its own is of the item's. */
function bookedLines(sold: readonly Sold[], categories: ReadonlyMap<string, string>): BookedLine[] {
  const categoryOfLine = new Map<string, string | undefined>()
  return sold.map(
    ({
      line: { lineId, parentLineId, plu, name, kind, course },
      of: { quantity, itemsMinor, discountsMinor, taxMinor },
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
        taxMinor,
      }
    },
  )
}

/**
 * Taxes with the amounts that they are of, without tax, so that over all of them both sum to what
 * the items come to. What Dojo ordered has its taxes given: each is of the lines of its PLU, or of
 * all where there is no other; what then belongs to none has a row without a name.
 */
function bookedTaxes(tab: Tab, sold: readonly Sold[]): BookedTax[] {
  const given = tab.taxLines.filter((tax) => tax.givenMinor !== undefined)
  const rows = new Map<TabTaxLine | number | undefined, BookedTax>(
    given.map((tax) => [tax, { ...taxName(tax), netMinor: 0, taxMinor: tax.amountMinor }]),
  )
  const matched = new Set<TabTaxLine>()
  const add = (
    key: TabTaxLine | number | undefined,
    fresh: () => BookedTax,
    netMinor: number,
    taxMinor: number,
  ): void => {
    const row = rows.get(key) ?? fresh()
    rows.set(key, { ...row, netMinor: row.netMinor + netMinor, taxMinor: row.taxMinor + taxMinor })
  }
  const unnamed = (): BookedTax => ({ netMinor: 0, taxMinor: 0 })
  for (const {
    line: { plu, taxRateHundredths: rate },
    of,
  } of sold) {
    const netMinor = of.itemsMinor - of.discountsMinor
    if (rate !== undefined) {
      const name =
        tab.taxLines.find(
          (tax) => tax.givenMinor === undefined && tax.percentageHundredths === rate,
        )?.name ?? `${tab.taxName} ${rate / 100}%`
      add(
        rate,
        () => ({ name, percentageHundredths: rate, netMinor: 0, taxMinor: 0 }),
        netMinor - (tab.taxesOnTop ? 0 : of.taxMinor),
        of.taxMinor,
      )
    } else {
      const tax =
        given.find(({ affectedPlu }) => affectedPlu === plu) ??
        (given.length === 1 && given[0]!.affectedPlu === undefined ? given[0] : undefined)
      if (tax !== undefined) matched.add(tax)
      add(tax, unnamed, netMinor, 0)
    }
  }
  // Contained in the prices, a given tax comes off what it is of, or off what belongs to none.
  if (!tab.taxesOnTop) {
    for (const tax of given) add(matched.has(tax) ? tax : undefined, unnamed, -tax.amountMinor, 0)
  }
  return [...rows.values()].filter(({ netMinor, taxMinor }) => netMinor !== 0 || taxMinor !== 0)
}

const taxName = ({ name, percentageHundredths }: TabTaxLine) =>
  defined({ name, percentageHundredths })

/**
 * Lines that were taken off the bill. What went with the line above it counts as an amount, not as
 * one more.
 */
function voidsOf({ lines }: Tab): Booking['voids'] {
  const above = new Map<string, { quantity: number; isVoid: boolean }>()
  return lines.flatMap((line) => {
    const parent = line.parentLineId === undefined ? undefined : above.get(line.parentLineId)
    const quantity = line.quantity * (parent?.quantity ?? 1)
    const isVoid = line.voidedAt !== undefined
    above.set(line.lineId, { quantity, isVoid })
    return isVoid
      ? [
          {
            reason: line.voidReason ?? '',
            quantity: parent?.isVoid === true ? 0 : quantity,
            amountMinor: quantity * line.unitAmountMinor,
          },
        ]
      : []
  })
}

// --- sums over tabs

export interface SalesGroup {
  id?: string
  name?: string
  tabs: number
  covers: number
  salesMinor: number
}
export interface ItemSales {
  plu: string
  name: string
  kind: LineKind
  quantity: number
  itemsMinor: number
  discountsMinor: number
  soldMinor: number
  taxMinor: number
}
export interface PartSales {
  name?: string
  quantity: number
  soldMinor: number
}
export interface Counted {
  name: string
  count: number
  amountMinor: number
}

export interface SalesSums {
  tabs: number
  covers: number
  itemsMinor: number
  discountsMinor: number
  serviceChargeMinor: number
  /** Those that are added to the prices. */
  taxesOnTopMinor: number
  adjustmentsMinor: number
  totalMinor: number
}

/**
 * What a day sold: bookings are added to it, and taken off it again where a tab had been booked
 * before.
 */
export interface Sales {
  sums: SalesSums
  taxes: Map<string, BookedTax>
  areas: Map<string, SalesGroup>
  waiters: Map<string, SalesGroup>
  items: Map<string, ItemSales>
  categories: Map<string, PartSales>
  courses: Map<string, PartSales>
  discounts: Map<string, Counted>
  voids: Map<string, Counted>
  cancellations: Map<string, Counted>
}

export const noSales = (): Sales => ({
  sums: {
    tabs: 0,
    covers: 0,
    itemsMinor: 0,
    discountsMinor: 0,
    serviceChargeMinor: 0,
    taxesOnTopMinor: 0,
    adjustmentsMinor: 0,
    totalMinor: 0,
  },
  taxes: new Map(),
  areas: new Map(),
  waiters: new Map(),
  items: new Map(),
  categories: new Map(),
  courses: new Map(),
  discounts: new Map(),
  voids: new Map(),
  cancellations: new Map(),
})

/** A tab as it is booked, and as it was on an earlier day. */
export interface Booked {
  now: Booking
  before?: Booking
}

export function addBooked(sales: Sales, { now, before }: Booked): void {
  if (before !== undefined) addBooking(sales, before, -1)
  addBooking(sales, now, 1)
}

function addBooking({ sums, ...groups }: Sales, booking: Booking, sign: 1 | -1): void {
  const {
    tabs,
    covers,
    area,
    waiter,
    lines,
    taxes,
    discounts,
    voids,
    cancellations,
    serviceChargeMinor,
    taxesOnTopMinor,
    adjustmentMinor,
  } = booking
  const itemsMinor = sumOf(lines, 'itemsMinor')
  const discountsMinor = sumOf(lines, 'discountsMinor')
  // From the parts: that it is also the total of the tabs is what the day's report proves.
  const totalMinor =
    itemsMinor - discountsMinor + serviceChargeMinor + taxesOnTopMinor + adjustmentMinor
  plus(
    sums,
    {
      tabs,
      covers,
      itemsMinor,
      discountsMinor,
      serviceChargeMinor,
      taxesOnTopMinor,
      adjustmentsMinor: adjustmentMinor,
      totalMinor,
    },
    sign,
  )
  addTo(groups.areas, area?.id ?? '', { ...area }, { tabs, covers, salesMinor: totalMinor }, sign)
  addTo(
    groups.waiters,
    waiter?.id ?? '',
    { ...waiter },
    { tabs, covers, salesMinor: totalMinor },
    sign,
  )
  for (const {
    plu,
    name,
    kind,
    category,
    course,
    quantity,
    itemsMinor,
    discountsMinor,
    taxMinor,
  } of lines) {
    const soldMinor = itemsMinor - discountsMinor
    addTo(
      groups.items,
      plu,
      { plu, name, kind },
      { quantity, itemsMinor, discountsMinor, soldMinor, taxMinor },
      sign,
    )
    addTo(
      groups.categories,
      category ?? '',
      defined({ name: category }),
      { quantity, soldMinor },
      sign,
    )
    addTo(groups.courses, course ?? '', defined({ name: course }), { quantity, soldMinor }, sign)
  }
  for (const { netMinor, taxMinor, ...tax } of taxes) {
    addTo(
      groups.taxes,
      JSON.stringify([tax.percentageHundredths, tax.name]),
      tax,
      { netMinor, taxMinor },
      sign,
    )
  }
  for (const { name, amountMinor } of discounts) {
    addTo(groups.discounts, name, { name }, { count: 1, amountMinor }, sign)
  }
  for (const { reason: name, quantity, amountMinor } of voids) {
    addTo(groups.voids, name, { name }, { count: quantity, amountMinor }, sign)
  }
  for (const { reason: name, amountMinor } of cancellations) {
    addTo(groups.cancellations, name, { name }, { count: 1, amountMinor }, sign)
  }
}

/** The newest name of a group is the one that is shown. */
function addTo<Row extends object>(
  rows: Map<string, Row>,
  key: string,
  label: object,
  amounts: Record<string, number>,
  sign: 1 | -1,
): void {
  const before =
    rows.get(key) ?? (Object.fromEntries(Object.keys(amounts).map((name) => [name, 0])) as Row)
  const row = { ...before, ...label }
  plus(row as Record<string, number>, amounts, sign)
  rows.set(key, row)
}

function plus(into: object, amounts: object, sign: 1 | -1): void {
  for (const [name, amount] of Object.entries(amounts) as [string, number][]) {
    ;(into as Record<string, number>)[name]! += sign * amount
  }
}

/**
 * What comes to nothing in every respect is not shown: a tab that was booked again as it was leaves
 * such rows.
 */
const shown = <Row extends object>(
  rows: ReadonlyMap<string, Row>,
  byMost: (row: Row) => number,
): Row[] =>
  [...rows]
    .filter(([, row]) =>
      Object.entries(row).some(
        ([name, value]) =>
          typeof value === 'number' && value !== 0 && name !== 'percentageHundredths',
      ),
    )
    .sort(([keyA, a], [keyB, b]) => byMost(b) - byMost(a) || (keyA < keyB ? -1 : 1))
    .map(([, row]) => row)

// --- money

export type TenderName = Payment['tender']
export const tenders: readonly TenderName[] = ['Dojo', 'Cash', 'Voucher', 'Other']

/** Movements of one kind, signed: what was recorded and restored came, the rest went. */
export interface Moved {
  tender: TenderName
  kind: 'Recorded' | 'Voided' | 'Restored' | 'Refunded'
  waiterId?: string
  waiterName?: string
  count: number
  amountMinor: number
  tipsMinor: number
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
  /** What of it all is left: recorded and restored, less what was made void or refunded. */
  takingsMinor: number
  tipsMinor: number
}

function sumsOfTender(tender: TenderName, moved: readonly Moved[]): TenderSums {
  const of = (kind?: Moved['kind']) => {
    const rows = moved.filter(
      (each) => each.tender === tender && (kind === undefined || each.kind === kind),
    )
    return {
      count: sumOf(rows, 'count'),
      amountMinor: sumOf(rows, 'amountMinor'),
      tipsMinor: sumOf(rows, 'tipsMinor'),
    }
  }
  const [recorded, voided, restored, refunded, all] = [
    of('Recorded'),
    of('Voided'),
    of('Restored'),
    of('Refunded'),
    of(),
  ]
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
    takingsMinor: all.amountMinor,
    tipsMinor: all.tipsMinor,
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
    addTo(
      takings,
      JSON.stringify([waiterId ?? '', tender]),
      { ...label, tender },
      { takingsMinor: amountMinor, tipsMinor },
      1,
    )
    addTo(tips, waiterId ?? '', label, { tipsMinor }, 1)
  }
  return {
    takings: shown(takings, (row) => row.takingsMinor),
    tips: shown(tips, (row) => row.tipsMinor),
  }
}

// --- what was counted

/** What a person counted at the end: the cash in the drawers, and slips of the other tenders. */
export interface Count {
  cashMinor: number
  vouchersMinor?: number
  otherMinor?: number
  /** Cash that was taken out of the drawers before: to the bank, or as tips. */
  paidOutMinor?: number
  note?: string
}

/** What should be there of a tender, and what is. */
export interface Drawer {
  tender: 'Cash' | 'Voucher' | 'Other'
  expectedMinor: number
  countedMinor?: number
  /** More than expected; negative when it is short. */
  overMinor?: number
}

function drawersOf(
  floatMinor: number,
  sums: readonly TenderSums[],
  count: Count | undefined,
): Drawer[] {
  const drawer = (
    tender: Drawer['tender'],
    more: number,
    countedMinor: number | undefined,
  ): Drawer => {
    const { takingsMinor, tipsMinor } = sums.find((each) => each.tender === tender)!
    const expectedMinor = takingsMinor + tipsMinor + more
    return {
      tender,
      expectedMinor,
      ...(countedMinor === undefined
        ? {}
        : { countedMinor, overMinor: countedMinor - expectedMinor }),
    }
  }
  return [
    drawer('Cash', floatMinor - (count?.paidOutMinor ?? 0), count?.cashMinor),
    drawer('Voucher', 0, count?.vouchersMinor),
    drawer('Other', 0, count?.otherMinor),
  ]
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
export interface UnmatchedShown {
  paymentIntentId: string
  since: string
  reason: string
  status?: string
  amountMinor?: number
  tipsMinor?: number
  orderId?: string
}
export interface OpenTab {
  orderId: string
  displayName: string
  totalMinor: number
  paidMinor: number
}
export interface OpenTabs {
  count: number
  totalMinor: number
  paidMinor: number
  tabs: OpenTab[]
}

export interface DayFacts {
  floatMinor: number
  count: Count | undefined
  sales: Sales
  moved: readonly Moved[]
  refunds: RefundShown[]
  refundsOwed: RefundOwed[]
  unmatched: UnmatchedShown[]
  openTabs: OpenTabs
  /** What was paid on tabs that no day had counted: when the day before closed, and now. */
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
  unmatchedPayments: UnmatchedShown[]
  openTabs: OpenTabs
  drawers: Drawer[]
  unsettledStartMinor: number
  unsettledEndMinor: number
  /** Takings less sales less what more is paid on unsettled tabs: 0, or there is a bug. */
  differenceMinor: number
}

export function dayReport({
  floatMinor,
  count,
  sales,
  moved,
  refunds,
  refundsOwed,
  unmatched,
  openTabs,
  unsettledStartMinor,
  unsettledEndMinor,
}: DayFacts): DayReport {
  const sums = tenders.map((tender) => sumsOfTender(tender, moved))
  const takingsMinor = sumOf(sums, 'takingsMinor')
  const { takings, tips } = byWaiter(moved)
  return {
    sales: sales.sums,
    taxes: shown(sales.taxes, (row) => row.percentageHundredths ?? -1),
    tenders: sums,
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
    unmatchedPayments: unmatched,
    openTabs,
    drawers: drawersOf(floatMinor, sums, count),
    unsettledStartMinor,
    unsettledEndMinor,
    differenceMinor:
      takingsMinor - sales.sums.totalMinor - (unsettledEndMinor - unsettledStartMinor),
  }
}

const sumOf = <Name extends string>(
  rows: readonly { [Key in Name]: number }[],
  name: Name,
): number => rows.reduce((sum, row) => sum + row[name], 0)
