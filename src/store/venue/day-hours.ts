// What a business day took, by the hours of the venue's clock.
import { unhurried, type Queryable, type Statement } from '../database/database.ts'
import { isOfDay } from './day-movements.ts'

export interface HourTaken {
  /** When the hour began. */
  from: Date
  /** Recorded and restored, less voided and refunded, as in the report of the day. */
  takingsMinor: number
  tipsMinor: number
}

const readHours: Statement = unhurried({
  name: 'readDayHours',
  text: `SELECT date_trunc('hour', m.at, l.time_zone) AS "from", sum(m.amount_minor)::bigint AS "takingsMinor",
      sum(m.tips_minor)::bigint AS "tipsMinor"
    FROM payment_movements m JOIN locations l ON l.location_id = m.location_id
    WHERE ${isOfDay} GROUP BY 1 ORDER BY 1`,
})

/**
 * In sequence, without the hours in which no money moved.
 * @param alsoUnclaimed as if the day had claimed what no day has
 */
export async function readHoursTaken(
  database: Queryable,
  locationId: string,
  dayId: string,
  alsoUnclaimed: boolean,
): Promise<HourTaken[]> {
  return await database.rows<HourTaken>(readHours, [locationId, dayId, alsoUnclaimed])
}
