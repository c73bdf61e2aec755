import { addBooked, noSales, type Sales } from '../../domain/venue/day-sales.ts'
import type { Queryable } from '../../store/database/database.ts'
import { bookingsOfDay } from '../../store/venue/day-bookings.ts'

/** The sums of what a day has booked so far. */
export async function sumSales(
  database: Queryable,
  locationId: string,
  dayId: string,
): Promise<Sales> {
  const sales = noSales()
  for await (const batch of bookingsOfDay(database, locationId, dayId)) {
    for (const booked of batch) addBooked(sales, booked)
  }
  return sales
}
