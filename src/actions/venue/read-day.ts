// A business day with its report: of a closed day as it was at the close, of the open one as it
// would be now. Reading it counts nothing.
import { isClosed, type BusinessDay } from '../../domain/venue/business-day.ts'
import { dayReport } from '../../domain/venue/day-report.ts'
import { addBooked } from '../../domain/venue/day-sales.ts'
import { bookingOf } from '../../domain/venue/order-booking.ts'
import { notFound } from '../../domain/errors.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { ordersToBook, readCategories } from '../../store/venue/day-bookings.ts'
import { readMoney, readUnsettled, seeOneMoment } from '../../store/venue/day-money.ts'
import { findDay, findOpenDay } from '../../store/venue/days.ts'
import { sumSales } from './sum-sales.ts'

export interface ReportedDay extends BusinessDay {
  report: NonNullable<BusinessDay['report']>
}

/** Names the open day in place of an id. */
export const CURRENT = 'current'

/** @throws Refusal NotFound */
export async function readDay(
  database: Database,
  locationId: string,
  dayId: string,
): Promise<ReportedDay> {
  return await database.transaction(async (tx) => {
    tx.takesLong()
    const [, day] = await Promise.all([
      seeOneMoment(tx),
      dayId === CURRENT ? findOpenDay(tx, locationId) : findDay(tx, locationId, dayId),
    ])
    if (day === undefined) throw notFound('business day', dayId)
    const report = isClosed(day) ? day.report! : await reportNow(tx, locationId, day)
    return { ...day, report }
  })
}

async function reportNow(
  tx: Transaction,
  locationId: string,
  { dayId, floatMinor, count }: BusinessDay,
): Promise<ReportedDay['report']> {
  const [money, sales, unsettledMinor, categories] = await Promise.all([
    readMoney(tx, locationId, dayId, true),
    sumSales(tx, locationId, dayId),
    readUnsettled(tx, locationId),
    readCategories(tx, locationId),
  ])
  let unsettledEndMinor = unsettledMinor
  for await (const batch of ordersToBook(tx, locationId)) {
    for (const { order, facts, before, bookedMinor } of batch) {
      const now = bookingOf(order, { ...facts, categories })
      addBooked(sales, { now, before })
      unsettledEndMinor -= now.totalMinor - bookedMinor
    }
  }
  return dayReport({ ...money, floatMinor, count, sales, unsettledEndMinor })
}
