// The venues that are measured: the same floor, one with few past orders and one with a million.
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

const LINES_PER_ORDER = 8

export async function newBenchVenue(
  { store, pool, databaseUrl }: { store: Store; pool: pg.Pool; databaseUrl: string },
  name: string,
  pastOrders: number,
): Promise<BenchVenue> {
  const {
    locationId,
    credential: { username, password },
  } = await createLocation(store.prisma, { name, currency: 'GBP' })
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
  return {
    locationId,
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    tableId: tables[0]!,
    openOrderId: openOrderId!,
  }
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
