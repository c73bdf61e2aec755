// The floor at one moment: who sits at each table, who comes next, and what is open there.
import type { Queryable, Statement } from '../database/database.ts'
import { iso, object } from '../database/json-sql.ts'
import { isOpenSql } from '../orders/order-sql.ts'

export interface TableOccupancy {
  tableId: string
  name: string
  areaId?: string
  maxCovers?: number
  parties: {
    id: string
    name?: string
    covers?: number
    status: string
    startTime: string
    expectedEndTime?: string
    reservationId?: string
  }[]
  /** The next one whose guests are not seated yet; it may have begun. */
  reservation?: { id: string; name: string; covers: number; startTime: string; endTime: string }
  orders: {
    id: string
    status: string
    partyId?: string
    totalMinor: number
    balanceMinor: number
  }[]
}

/** Constant within the statement, so that the indexes by time can serve it. */
const moment = 'coalesce($2::timestamptz, statement_timestamp())'

const partyObject = object({
  id: 'p.party_id',
  name: 'p.name',
  covers: 'p.covers',
  status: 'p.status',
  startTime: iso('p.start_time'),
  expectedEndTime: iso('p.expected_end_time'),
  reservationId: 'p.reservation_id',
})
const reservationObject = object({
  id: 'r.reservation_id',
  name: 'r.name',
  covers: 'r.covers',
  startTime: iso('r.start_time'),
  endTime: iso('r.end_time'),
})
const orderObject = object({
  id: 'o.order_id',
  status: 'o.status',
  partyId: 'o.party_id',
  totalMinor: 'o.total_minor',
  balanceMinor: 'o.total_minor - o.paid_minor',
})
const tableObject = object({
  tableId: 't.table_id',
  name: 't.name',
  areaId: 't.area_id',
  maxCovers: 't.max_covers',
})

/**
 * `$2` is the moment, or null for now. A party that is seated now counts whatever start Dojo gave,
 * and is assumed gone at a later moment if its expected end is before that. Orders are known only
 * as they are now, so another moment has none.
 */
const readTables: Statement = {
  name: 'readOccupancy',
  text: `WITH seated AS (
      SELECT s.table_id, json_agg(${partyObject} ORDER BY p.start_time, p.party_id) AS parties
      FROM parties p JOIN party_tables s ON s.location_id = p.location_id AND s.party_id = p.party_id
      WHERE p.location_id = $1 AND (p.end_time IS NULL OR p.end_time > ${moment})
        AND ($2::timestamptz IS NULL OR p.start_time <= $2::timestamptz)
        AND ($2::timestamptz IS NULL OR $2::timestamptz <= statement_timestamp() OR p.end_time IS NOT NULL
          OR p.expected_end_time IS NULL OR p.expected_end_time > $2::timestamptz)
      GROUP BY s.table_id
    ), booked AS (
      SELECT DISTINCT ON (s.table_id) s.table_id, ${reservationObject} AS reservation
      FROM reservation_tables s JOIN reservations r ON r.location_id = s.location_id AND r.reservation_id = s.reservation_id
      WHERE s.location_id = $1 AND s.end_time > ${moment} AND NOT EXISTS (
        SELECT 1 FROM parties p WHERE p.location_id = $1 AND p.reservation_id = r.reservation_id
          AND ($2::timestamptz IS NULL OR p.start_time <= $2::timestamptz))
      ORDER BY s.table_id, s.start_time, s.reservation_id
    ), open AS (
      SELECT o.table_id, json_agg(${orderObject} ORDER BY o.created_at, o.order_id) AS orders
      FROM orders o WHERE o.location_id = $1 AND $2::timestamptz IS NULL AND ${isOpenSql('o')}
      GROUP BY o.table_id
    )
    SELECT ${moment}::timestamptz(3) AS at, coalesce((
      SELECT json_agg(json_strip_nulls(json_build_object('table', ${tableObject}, 'parties', s.parties, 'reservation', b.reservation,
        'orders', o.orders)) ORDER BY t.position, t.table_id)
      FROM tables t LEFT JOIN seated s USING (table_id) LEFT JOIN booked b USING (table_id) LEFT JOIN open o USING (table_id)
      WHERE t.location_id = $1 AND (t.retired_at IS NULL OR s.parties IS NOT NULL OR o.orders IS NOT NULL)), '[]') AS tables`,
}

interface OccupancyRow {
  at: Date
  tables: ({
    table: Pick<TableOccupancy, 'tableId' | 'name' | 'areaId' | 'maxCovers'>
    orders?: TableOccupancy['orders']
    parties?: TableOccupancy['parties']
  } & Pick<TableOccupancy, 'reservation'>)[]
}

/** Every table of the venue, in its order, at `at` or now; one statement. */
export async function readOccupancy(
  database: Queryable,
  locationId: string,
  at: Date | undefined,
): Promise<{ atMs: number; tables: TableOccupancy[] }> {
  const [row] = await database.rows<OccupancyRow>(readTables, [locationId, at])
  return {
    atMs: row!.at.getTime(),
    tables: row!.tables.map(({ table, parties = [], orders = [], ...rest }) => ({
      ...table,
      parties,
      orders,
      ...rest,
    })),
  }
}
