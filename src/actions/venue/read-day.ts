// A business day with its report: of a closed day as it was at the close, of the open one as it
// would be now. Reading it counts nothing.
import { isClosed, type BusinessDay } from '../../domain/venue/business-day.ts'
import { dayReport } from '../../domain/venue/day-report.ts'
import { addBooked } from '../../domain/venue/day-sales.ts'
import { bookingOf } from '../../domain/venue/order-booking.ts'
import { notFound } from '../../domain/errors.ts'
import type { Database, Queryable, Transaction } from '../../store/database/database.ts'
import { ordersToBook, readCategories } from '../../store/venue/day-bookings.ts'
import { readHoursTaken, type HourTaken } from '../../store/venue/day-hours.ts'
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
    const [, day] = await Promise.all([seeOneMoment(tx), dayNamed(tx, locationId, dayId)])
    const report = isClosed(day) ? day.report! : await reportNow(tx, locationId, day)
    return { ...day, report }
  })
}

/** By hour, what the day took: the sums of its report. @throws Refusal NotFound */
export async function readTakingsByHour(
  database: Queryable,
  locationId: string,
  dayId: string,
): Promise<HourTaken[]> {
  const day = await dayNamed(database, locationId, dayId)
  return await readHoursTaken(database, locationId, day.dayId, !isClosed(day))
}

async function dayNamed(
  database: Queryable,
  locationId: string,
  dayId: string,
): Promise<BusinessDay> {
  const day =
    dayId === CURRENT
      ? await findOpenDay(database, locationId)
      : await findDay(database, locationId, dayId)
  if (day === undefined) throw notFound('business day', dayId)
  return day
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
