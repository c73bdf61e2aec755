// What a line costs: tills that add lines to long orders.
import type autocannon from 'autocannon'
import type pg from 'pg'
import { addLines } from '../../src/domain/orders/change-lines.ts'
import { linesOrdered } from '../../src/domain/orders/ordering.ts'
import { writeOf, type OrderWrite } from '../../src/domain/orders/order-write.ts'
import { withPrices } from '../../src/domain/orders/price.ts'
import { createToken } from '../../src/operator/tokens.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore, type Store } from '../../src/store/index.ts'
import { readOrder } from '../../src/store/orders/read-order.ts'
import { readOffers } from '../../src/store/venue/menu.ts'
import { newOrders, type PlacedOrder } from './data.ts'
import { measurePaced, middleOf, type Load, type Measured, type Running } from './measure.ts'

const TILLS = 64
const LINES_OF_ORDER = 30
/** Each till adds a line a second: a rush. */
const LINES_A_SECOND = TILLS
const ORDER_SHAPE = { lines: LINES_OF_ORDER, taxRateHundredths: 2000 }
const PLU = 'bench'
const BODY = JSON.stringify({ lines: [{ plu: PLU }] })

export interface Till {
  locationId: string
  /** As the header says it. */
  authorization: string
}

interface Deps {
  store: Store
  pool: pg.Pool
}

/** So many tills of the venues of the floor, in turn, and something on their menus. */
export async function newTills(
  { store, pool }: Deps,
  floor: readonly PlacedOrder[],
): Promise<Till[]> {
  const venues = [...new Set(floor.map(({ locationId }) => locationId))]
  for (const locationId of venues) await addMenuItem(pool, locationId)
  const tills: Till[] = []
  for (let number = 0; number < TILLS; number++) {
    const locationId = venues[number % venues.length]!
    const { token } = await createToken(store.prisma, locationId, {
      role: 'waiter',
      tillName: `Till ${number}`,
    })
    tills.push({ locationId, authorization: `Bearer ${token}` })
  }
  return tills
}

async function addMenuItem(pool: pg.Pool, locationId: string): Promise<void> {
  await pool.query(
    `
    INSERT INTO menu_items (location_id, plu, kind, name, price_minor, tax_rate_hundredths, position)
    VALUES ($1, $2, 'Item', 'Pint of bitter', 520, 2000, 1) ON CONFLICT DO NOTHING`,
    [locationId, PLU],
  )
}

let series = 0

/** Each line on its own order of 30 lines. */
export async function linesLoad(
  pool: pg.Pool,
  tills: readonly Till[],
  sequences: number,
): Promise<Load> {
  const number = ++series
  const each = Math.ceil(sequences / TILLS) + 2
  const orders = await Promise.all(
    tills.map(async ({ locationId }, till) => {
      const prefix = `lines${number}t${till}x`
      return await newOrders(pool, { locationId, prefix, count: each, ...ORDER_SHAPE })
    }),
  )
  let next = 0
  return {
    connections: TILLS,
    sequences,
    length: 1,
    requests: () => {
      const till = next % TILLS
      const orderId = orders[till]![Math.floor(next++ / TILLS) % each]!
      return [addLine(orderId, tills[till]!)]
    },
  }
}

/** At the pace of a rush; the flat-out row is in the table of operations. */
export async function measureRush(
  { pool, ours, bare }: { pool: pg.Pool; ours: Running; bare: Running },
  tills: readonly Till[],
  { turns, lines }: { turns: number; lines: number },
): Promise<void> {
  const measured: Record<'ours' | 'bare', Measured[]> = { ours: [], bare: [] }
  for (let turn = 0; turn <= turns; turn++) {
    for (const kind of ['bare', 'ours'] as const) {
      const { url } = kind === 'ours' ? ours : bare
      const load = await linesLoad(pool, tills, Math.ceil(lines / 4))
      const figures = await measurePaced(url, load, LINES_A_SECOND)
      if (turn > 0) measured[kind].push(figures)
    }
  }
  console.log(
    `\nA line is added to an order of ${LINES_OF_ORDER} lines, at each of ${TILLS} tills once a ` +
      `second: ${inWords(middleOf(measured.ours))}; ` +
      `Fastify alone: ${inWords(middleOf(measured.bare))}`,
  )
}

function inWords({ medianMs, p99Ms }: Measured): string {
  return `median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
}

/** What this server answers and writes when a line is added. */
export async function sampleLine(
  databaseUrl: string,
  ours: Running,
  till: Till,
): Promise<{ answer: string; write: OrderWrite }> {
  const { locationId } = till
  // As the server reads, which takes amounts as numbers.
  const pool = createPool({ databaseUrl, poolSize: 1 })
  const { database } = createStore(pool)
  const [orderId] = await newOrders(pool, { locationId, prefix: 'smp', count: 1, ...ORDER_SHAPE })
  const { order, nowMs } = await readOrder(database, locationId, orderId!)
  const menu = await readOffers(database, locationId, [PLU])
  await pool.end()
  const fresh = linesOrdered(order, [{ plu: PLU }], menu, {
    newId: () => 'lin_sample',
    waiterId: undefined,
  })
  const change = withPrices(order, addLines(order, fresh, nowMs)!, 'GBP')
  const write = writeOf(order, change, { nowMs, verifyPayments: 'off' })!
  const { path, ...request } = addLine(orderId!, till)
  const answer = await (await fetch(`${ours.url}${path}`, request)).text()
  const { lines } = JSON.parse(answer) as { lines?: object[] }
  if (lines?.length !== LINES_OF_ORDER + 1) {
    throw new Error(`a line was not added: ${answer.slice(0, 200)}`)
  }
  return { answer, write }
}

function addLine(orderId: string, { authorization }: Till) {
  return {
    method: 'POST',
    path: `/till/v1/orders/${orderId}/lines`,
    headers: { authorization, 'content-type': 'application/json' },
    body: BODY,
  } satisfies autocannon.Request
}
