// What a business day sold: the sums over the orders that it booked.
import { sumOf } from '../../lib/sums.ts'
import { defined } from '../../lib/same.ts'
import { nameKey } from '../names.ts'
import type { LineKind } from '../orders/order.ts'
import type { Booked, BookedLine, BookedTax, Booking } from './order-booking.ts'
import { addTo, plus } from './sums.ts'

export interface SalesGroup {
  id?: string
  name?: string
  orders: number
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
  orders: number
  covers: number
  itemsMinor: number
  discountsMinor: number
  serviceChargeMinor: number
  /** Taxes that are added to the prices. */
  taxesOnTopMinor: number
  adjustmentsMinor: number
  totalMinor: number
}

/** What a day sold: bookings are added, and those of an earlier day that they replace taken off. */
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

export function noSales(): Sales {
  return {
    sums: {
      orders: 0,
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
  }
}

export function addBooked(sales: Sales, { now, before }: Booked): void {
  if (before !== undefined) addBooking(sales, before, -1)
  addBooking(sales, now, 1)
}

type Sign = 1 | -1

function addBooking(sales: Sales, booking: Booking, sign: Sign): void {
  const { orders, covers, area, waiter, lines, taxes, serviceChargeMinor, taxesOnTopMinor } =
    booking
  const itemsMinor = sumOf(lines, 'itemsMinor')
  const discountsMinor = sumOf(lines, 'discountsMinor')
  const adjustmentsMinor = booking.adjustmentMinor
  // Summed from the parts: that it is also the total of the orders is what the report proves.
  const totalMinor =
    itemsMinor - discountsMinor + serviceChargeMinor + taxesOnTopMinor + adjustmentsMinor
  const charges = { serviceChargeMinor, taxesOnTopMinor, adjustmentsMinor }
  plus(sales.sums, { orders, covers, itemsMinor, discountsMinor, ...charges, totalMinor }, sign)
  const group = { orders, covers, salesMinor: totalMinor }
  addTo(sales.areas, { key: area?.id ?? '', label: { ...area } }, group, sign)
  addTo(sales.waiters, { key: waiter?.id ?? '', label: { ...waiter } }, group, sign)
  for (const line of lines) addLine(sales, line, sign)
  for (const { netMinor, taxMinor, ...tax } of taxes) {
    const key = JSON.stringify([tax.percentageHundredths, tax.name])
    addTo(sales.taxes, { key, label: tax }, { netMinor, taxMinor }, sign)
  }
  addReductions(sales, booking, sign)
}

function addLine({ items, categories, courses }: Sales, line: BookedLine, sign: Sign): void {
  const { plu, name, kind, category, course } = line
  const { quantity, itemsMinor, discountsMinor, taxMinor } = line
  const soldMinor = itemsMinor - discountsMinor
  const amounts = { quantity, itemsMinor, discountsMinor, soldMinor, taxMinor }
  addTo(items, { key: plu, label: { plu, name, kind } }, amounts, sign)
  const part = { quantity, soldMinor }
  addTo(
    categories,
    { key: nameKey(category ?? ''), label: defined({ name: category }) },
    part,
    sign,
  )
  addTo(courses, { key: nameKey(course ?? ''), label: defined({ name: course }) }, part, sign)
}

function addReductions(sales: Sales, booking: Booking, sign: Sign): void {
  for (const { name, amountMinor } of booking.discounts) {
    addTo(sales.discounts, { key: nameKey(name), label: { name } }, { count: 1, amountMinor }, sign)
  }
  for (const { reason: name, quantity: count, amountMinor } of booking.voids) {
    addTo(sales.voids, { key: nameKey(name), label: { name } }, { count, amountMinor }, sign)
  }
  for (const { reason: name, amountMinor } of booking.cancellations) {
    addTo(
      sales.cancellations,
      { key: nameKey(name), label: { name } },
      { count: 1, amountMinor },
      sign,
    )
  }
}
