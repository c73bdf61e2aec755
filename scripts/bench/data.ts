// The venues that are measured: many with an open order at each table, and two with the same floor,
// one with few past orders and one with a million.
import type pg from 'pg'
import type { Store } from '../../src/store/index.ts'
import { createLocation } from '../../src/operator/locations.ts'
import { seedVenue } from '../seed-demo.ts'

export interface BenchVenue {
  locationId: string
  authorization: string
  tableId: string
  openOrderId: string
}

/** An order, and where: its venue, and its table if it has one. */
export interface PlacedOrder {
  locationId: string
  authorization: string
  orderId: string
  tableId?: string
}

const LINES_PER_ORDER = 8

interface DataDeps {
  store: Store
  pool: pg.Pool
  databaseUrl: string
}

export async function newVenue({ store }: Pick<DataDeps, 'store'>, name: string) {
  const {
    locationId,
    credential: { username, password },
  } = await createLocation(store.prisma, { name, currency: 'GBP' })
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return { locationId, authorization }
}

/** Venues with so many tables each, and one open order at every table. */
export async function newFloor(
  deps: DataDeps,
  { venues, tables }: { venues: number; tables: number },
): Promise<PlacedOrder[]> {
  const { pool } = deps
  const orders: PlacedOrder[] = []
  for (let number = 1; number <= venues; number++) {
    const venue = await newVenue(deps, `Venue ${number}`)
    const { locationId } = venue
    for (let position = 1; position <= tables; position++) {
      const tableId = `t${position}`
      await pool.query(
        'INSERT INTO tables (location_id, table_id, name, position) VALUES ($1, $2, $2, $3)',
        [locationId, tableId, position],
      )
      const [orderId] = await newOrders(pool, { locationId, prefix: tableId, count: 1, tableId })
      orders.push({ ...venue, orderId: orderId!, tableId })
    }
  }
  return orders
}

export async function newBenchVenue(
  deps: DataDeps,
  name: string,
  pastOrders: number,
): Promise<BenchVenue> {
  const { pool, databaseUrl } = deps
  const { locationId, authorization } = await newVenue(deps, name)
  await seedVenue(databaseUrl, locationId)
  const tables = (
    await pool.query<{ table_id: string }>(
      'SELECT table_id FROM tables WHERE location_id = $1 ORDER BY position',
      [locationId],
    )
  ).rows.map((row) => row.table_id)
  await pool.query(
    `
    INSERT INTO orders (location_id, order_id, order_type, table_id, waiter_id, status, total_minor, paid_minor, created_at, updated_at)
    SELECT $1, 'ord_past' || n, 'DineIn', ($2::text[])[1 + n % array_length($2::text[], 1)], '1', 'Finalized', 4200, 4200,
      now() - make_interval(secs => 60 + n), now()
    FROM generate_series(1, $3::int) AS n`,
    [locationId, tables, pastOrders],
  )
  const [openOrderId] = await newOrders(pool, {
    locationId,
    prefix: 'open',
    count: 1,
    tableId: tables[0],
  })
  return { locationId, authorization, tableId: tables[0]!, openOrderId: openOrderId! }
}

export interface NewOrders {
  locationId: string
  /** Prefixes of ids; no two series of a venue share one. */
  prefix: string
  count: number
  tableId?: string | undefined
  lines?: number
  taxRateHundredths?: number
}

/** Open orders. Without a tax rate their lines make them too large ever to be paid in full. */
export async function newOrders(
  pool: pg.Pool,
  { locationId, prefix, count, tableId, lines = LINES_PER_ORDER, taxRateHundredths }: NewOrders,
): Promise<string[]> {
  const { rows } = await pool.query<{ order_id: string }>(
    `
    WITH made AS (
      INSERT INTO orders (location_id, order_id, order_type, table_id, waiter_id, status, total_minor)
      SELECT $1, 'ord_' || $2 || n, 'DineIn', $4, '1', 'Accepted', 100000000 FROM generate_series(1, $3::int) AS n RETURNING order_id
    ), lines AS (
      INSERT INTO order_lines (location_id, order_id, line_id, kind, position, name, plu, quantity, unit_amount_minor, tax_rate_hundredths)
      SELECT $1, order_id, 'lin_' || order_id || '_' || p, 'Item', p, 'Item number ' || p, 'plu' || p, 1 + p % 3, 495 + p, $6::bigint
      FROM made, generate_series(1, $5::int) AS p
    )
    SELECT order_id FROM made`,
    [locationId, prefix, count, tableId, lines, taxRateHundredths],
  )
  return rows.map((row) => row.order_id)
}
