// Closes a business day: it counts everything that no day has counted, the orders that are final
// and the money that moved, and its report is frozen. Whatever is committed a moment too late is
// left to the next day, so that everything is counted in exactly one.
import type { Caller } from '../../domain/caller.ts'
import { checkClosable, isClosed, type BusinessDay } from '../../domain/venue/business-day.ts'
import { dayReport } from '../../domain/venue/day-report.ts'
import { bookingOf } from '../../domain/venue/order-booking.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import {
  ordersToBook,
  readBacklog,
  readCategories,
  writeBookings,
  type OrderBooking,
  type OrderToBook,
} from '../../store/venue/day-bookings.ts'
import {
  claimMovements,
  claimSomeMovements,
  readMoney,
  readOpenOrders,
} from '../../store/venue/day-money.ts'
import { recordDay } from '../../store/venue/day-history.ts'
import { claimUnlinkedRefunds } from '../../store/venue/day-paid-out.ts'
import { readDayForUpdate, writeClose } from '../../store/venue/days.ts'
import { sumSales } from './sum-sales.ts'

export interface Closing {
  dayId: string
  closedBy: string
  carryOpenOrders: boolean
  ifMatch: number | undefined
}

/**
 * A day that is closed already is answered as it is.
 * @throws Refusal NotFound; Conflict `stale`, or `open-orders` unless they are carried over
 */
export async function closeDay(
  database: Database,
  caller: Caller,
  closing: Closing,
): Promise<BusinessDay> {
  const { locationId } = caller
  // The first day of a venue that has long traded has much to count: no transaction locks many
  // orders for long.
  while (
    await database.transaction(async (tx) => {
      tx.takesLong()
      return (
        !isClosed(await readToClose(tx, locationId, closing)) &&
        (await countSome(tx, locationId, closing.dayId))
      )
    })
  );
  return await database.transaction(async (tx) => {
    tx.takesLong()
    const day = await readToClose(tx, locationId, closing)
    return isClosed(day) ? day : await close(tx, caller, day, closing.closedBy)
  })
}

async function readToClose(
  tx: Transaction,
  locationId: string,
  { dayId, ifMatch, carryOpenOrders }: Closing,
): Promise<BusinessDay> {
  const day = await readDayForUpdate(tx, locationId, dayId)
  if (isClosed(day)) return day
  mustMatch(ifMatch, day.version, 'business day')
  checkClosable(await readOpenOrders(tx, locationId), carryOpenOrders)
  return day
}

/** Books and claims a batch where there is more than one. False where there is not. */
async function countSome(tx: Transaction, locationId: string, dayId: string): Promise<boolean> {
  const more = await readBacklog(tx, locationId)
  if (more.orders) {
    const categories = await readCategories(tx, locationId)
    const { value: batch = [] } = await ordersToBook(tx, locationId).next()
    await writeBookings(tx, locationId, dayId, bookingsOf(batch, categories))
  }
  if (more.movements) await claimSomeMovements(tx, locationId, dayId)
  return more.orders || more.movements
}

async function close(
  tx: Transaction,
  caller: Caller,
  { dayId, day, floatMinor, count }: BusinessDay,
  closedBy: string,
): Promise<BusinessDay> {
  const { locationId } = caller
  const categories = await readCategories(tx, locationId)
  for await (const batch of ordersToBook(tx, locationId)) {
    await writeBookings(tx, locationId, dayId, bookingsOf(batch, categories))
  }
  claimUnlinkedRefunds(tx, locationId, dayId)
  const unsettledEndMinor = await claimMovements(tx, locationId, dayId)
  const [money, sales] = await Promise.all([
    readMoney(tx, locationId, dayId, false),
    sumSales(tx, locationId, dayId),
  ])
  const report = dayReport({ ...money, floatMinor, count, sales, unsettledEndMinor })
  const { takingsMinor, tipsMinor, differenceMinor } = report
  const detail = {
    day,
    closedBy,
    salesMinor: report.sales.totalMinor,
    takingsMinor,
    tipsMinor,
    differenceMinor,
  }
  recordDay(tx, caller, { dayId, action: 'Closed', detail })
  return await writeClose(tx, locationId, { dayId, closedBy, report })
}

const bookingsOf = (
  orders: readonly OrderToBook[],
  categories: ReadonlyMap<string, string>,
): OrderBooking[] =>
  orders.map(({ order, facts, before }) => ({
    orderId: order.orderId,
    version: order.version,
    booked: { now: bookingOf(order, { ...facts, categories }), before },
  }))
