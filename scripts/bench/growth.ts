// How cost grows: with the orders of a venue, from a thousand to a million, and with the venues of
// a database, from one to ten thousand. All sizes are there at once, and are measured in turns.
import type pg from 'pg'
import { migrate } from '../../src/store/database/migrations.ts'
import { openPool } from '../../src/store/database/pool.ts'
import { createStore, type Store } from '../../src/store/index.ts'
import { newOrders, newVenue, type PlacedOrder } from './data.ts'
import { Pool } from 'undici'
import { createSupply, paymentLoad, readLoad, type OrderSupply } from './loads.ts'
import {
  measure,
  measurePacedOver,
  middleOf,
  openAll,
  startMeasured,
  type Load,
  type Measured,
  type Running,
} from './measure.ts'

export interface GrowthSizes {
  turns: number
  orders: readonly number[]
  venues: readonly number[]
  reads: number
  writes: number
  /** How long the loads at a steady pace last. */
  seconds: number
}

/** One size: where its orders are, and who serves them. */
interface Step {
  size: number
  url: string
  reads: readonly PlacedOrder[]
  supply: OrderSupply
}

const CONNECTIONS = 16
const POOL_SIZE = 10
/** The steady paces: what every size can answer, with room. */
const READS_A_SECOND = 2_000
const PAYMENTS_A_SECOND = 250
/** Read in turn, from all ages of a venue. */
const ORDERS_READ = 1_000
const OPEN_PER_VENUE = 4
/** How many venues are made at once. */
const MADE_TOGETHER = 100

interface Place {
  pool: pg.Pool
  store: Store
  databaseUrl: string
  server: Running
}

/**
 * @param databaseUrl of an empty database of a PostgreSQL that is used for nothing else
 * @param only `orders` or `venues`; both by default
 */
export async function measureGrowth(
  databaseUrl: string,
  sizes: GrowthSizes,
  only?: string,
): Promise<void> {
  const closing: Array<() => Promise<void>> = []
  const open = async (url: string): Promise<Place> => {
    const place = await openPlace(url)
    closing.push(async () => {
      place.server.stop()
      await place.store.prisma.$disconnect()
      await place.pool.end()
    })
    return place
  }
  try {
    const first = await open(databaseUrl)
    if (only !== 'venues') await growOrders(first, sizes)
    if (only !== 'orders') await growVenues(first, sizes, open)
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

async function growOrders(place: Place, sizes: GrowthSizes): Promise<void> {
  const venues = await Promise.all(sizes.orders.map(async (orders) => await venueOf(place, orders)))
  await place.pool.query('VACUUM ANALYZE')
  await place.pool.query('CHECKPOINT')
  await measureSteps('orders of a venue', venues, sizes)
}

async function growVenues(
  first: Place,
  sizes: GrowthSizes,
  open: (url: string) => Promise<Place>,
): Promise<void> {
  const databases: Step[] = []
  for (const count of sizes.venues) {
    const name = `growth_${count}`
    await first.pool.query(`CREATE DATABASE ${name}`)
    const url = new URL(first.databaseUrl)
    url.pathname = name
    const place = await open(url.href)
    databases.push(await databaseOf(place, count))
    await place.pool.query('VACUUM ANALYZE')
    await place.pool.query('CHECKPOINT')
  }
  await measureSteps('venues', databases, sizes)
}

async function openPlace(databaseUrl: string): Promise<Place> {
  const pool = openPool({ connectionString: databaseUrl, max: 4 })
  await migrate(pool, databaseUrl)
  const server = await startMeasured({ kind: 'ours', databaseUrl, poolSize: POOL_SIZE })
  return { pool, store: createStore(pool), databaseUrl, server }
}

/** Past orders as they are left behind: three lines, paid by a card, with the movement of money. */
const PAST_ORDERS = `
  WITH made AS (
    INSERT INTO orders (location_id, order_id, order_type, waiter_id, status, total_minor, paid_minor, created_at, updated_at)
    SELECT $1, 'ord_past' || n, 'DineIn', '1', 'Finalized', 4200, 4200, now() - make_interval(secs => 60 + n), now()
    FROM generate_series(1, $2::int) AS n RETURNING order_id
  ), lines AS (
    INSERT INTO order_lines (location_id, order_id, line_id, kind, position, name, plu, quantity, unit_amount_minor)
    SELECT $1, order_id, 'lin_' || order_id || p, 'Item', p, 'Item number ' || p, 'plu' || p, 1, 1400 FROM made, generate_series(1, 3) AS p
  ), intents AS (
    INSERT INTO payment_intents (location_id, payment_intent_id, dojo_status) SELECT $1, 'pi_' || order_id, 'Captured' FROM made
  ), paid AS (
    INSERT INTO payments (location_id, payment_id, order_id, payment_intent_id, amount_minor)
    SELECT $1, 'pay_' || order_id, order_id, 'pi_' || order_id, 4200 FROM made
  )
  INSERT INTO payment_movements (location_id, payment_id, sequence, at, kind, amount_minor, tips_minor)
  SELECT $1, 'pay_' || order_id, 1, now(), 'Recorded', 4200, 0 FROM made`

async function venueOf(place: Place, size: number): Promise<Step> {
  const { pool, server } = place
  const venue = await newVenue(place, `${size} orders`)
  await pool.query(PAST_ORDERS, [venue.locationId, size])
  const every = Math.max(1, Math.floor(size / ORDERS_READ))
  const reads = Array.from({ length: Math.min(size, ORDERS_READ) }, (_, index) => ({
    ...venue,
    orderId: `ord_past${1 + index * every}`,
  }))
  return { size, url: server.url, reads, supply: createSupply(pool, [venue], 'g') }
}

async function databaseOf(place: Place, size: number): Promise<Step> {
  const { pool, server } = place
  const reads: PlacedOrder[] = []
  for (let made = 0; made < size; made += MADE_TOGETHER) {
    const count = Math.min(MADE_TOGETHER, size - made)
    const venues = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const venue = await newVenue(place, `Venue ${made + index}`)
        const ids = { locationId: venue.locationId, prefix: 'open', count: OPEN_PER_VENUE }
        return (await newOrders(pool, ids)).map((orderId) => ({ ...venue, orderId }))
      }),
    )
    reads.push(...venues.flat())
  }
  // Payments of one evening touch no more venues than there are payments.
  const paying = reads.filter((_, index) => index % OPEN_PER_VENUE === 0).slice(0, ORDERS_READ)
  return {
    size,
    url: server.url,
    reads: byVenueInTurn(reads),
    supply: createSupply(pool, paying, 'g'),
  }
}

/** One order of each venue, then the next of each: the order that strains caches most. */
function byVenueInTurn(orders: readonly PlacedOrder[]): PlacedOrder[] {
  return Array.from({ length: OPEN_PER_VENUE }, (_, turn) =>
    orders.filter((_, index) => index % OPEN_PER_VENUE === turn),
  ).flat()
}

/** An operation: how it is sent, and how many of it a second at a steady pace. */
interface Kind {
  name: string
  perSecond: number
  loadOf: (step: Step, sequences: number) => Load | Promise<Load>
  sequences: number
}

/** Each size in each turn as fast as it answers, and at a pace that is the same for all. */
async function measureSteps(
  what: string,
  steps: readonly Step[],
  { turns, reads, writes, seconds }: GrowthSizes,
): Promise<void> {
  const sent = { connections: CONNECTIONS }
  const kinds: Kind[] = [
    {
      name: 'GetOrderById',
      perSecond: READS_A_SECOND,
      sequences: reads,
      loadOf: (step, sequences) => readLoad(step.reads, { ...sent, sequences }),
    },
    {
      name: 'RecordOrderPaymentById',
      perSecond: PAYMENTS_A_SECOND,
      sequences: writes,
      loadOf: async ({ supply }, sequences) => await paymentLoad(supply, { ...sent, sequences }),
    },
  ]
  console.log(
    `\n| operation | ${what} | requests/s | median ms | p99 ms | p99 of the first ` +
      '| at the same pace: requests/s | median ms | p99 ms | p99 of the first |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const kind of kinds) await measureKind(kind, { steps, turns, seconds })
}

async function measureKind(
  { name, perSecond, loadOf, sequences }: Kind,
  { steps, turns, seconds }: { steps: readonly Step[] } & Pick<GrowthSizes, 'turns' | 'seconds'>,
): Promise<void> {
  const flatOut = new Map<Step, Measured[]>(steps.map((step) => [step, []]))
  const paced = new Map<Step, Measured[]>(steps.map((step) => [step, []]))
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    for (const step of steps) {
      const fast = await measure(step.url, await loadOf(step, sequences))
      const steady = await measureAtPace(
        step.url,
        await loadOf(step, perSecond * seconds),
        perSecond,
      )
      if (turn === 0) continue
      flatOut.get(step)!.push(fast)
      paced.get(step)!.push(steady)
    }
  }
  const [first] = steps
  for (const step of steps) {
    const cells = [flatOut, paced].flatMap((measured) => {
      const { requestsPerSecond, medianMs, p99Ms } = middleOf(measured.get(step)!)
      const ratio = p99Ms / middleOf(measured.get(first!)!).p99Ms
      const rate = Math.round(requestsPerSecond).toLocaleString('en')
      return [rate, medianMs.toFixed(2), p99Ms.toFixed(1), ratio.toFixed(2)]
    })
    console.log(`| ${[name, step.size.toLocaleString('en'), ...cells].join(' | ')} |`)
  }
}

/** Over connections that are open already. */
async function measureAtPace(url: string, load: Load, perSecond: number): Promise<Measured> {
  const pool = new Pool(url, { connections: load.connections })
  await openAll(pool, load)
  const measured = await measurePacedOver(pool, load, perSecond)
  await pool.close()
  return measured
}
