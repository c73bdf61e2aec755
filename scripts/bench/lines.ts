// What a line costs: tills that add lines to long orders, beside Fastify alone, which gives the
// same answer.
import type autocannon from 'autocannon'
import type pg from 'pg'
import type { Store } from '../../src/store/index.ts'
import { createToken } from '../../src/operator/tokens.ts'
import { newOrders } from './data.ts'
import {
  measure,
  measurePaced,
  middleOf,
  type Load,
  type Measured,
  type Running,
} from './measure.ts'
import type { TillBench } from './till.ts'

const TILLS = 50
const LINES_OF_ORDER = 30
/** Each till adds a line a second: a rush. */
const LINES_A_SECOND = TILLS
const ORDER_SHAPE = { lines: LINES_OF_ORDER, taxRateHundredths: 2000 }
const BODY = '{"lines":[{"plu":"bench"}]}'

/** @param startBare starts Fastify alone, which answers with the order it is given */
export async function measureLines(
  bench: TillBench,
  startBare: (tillOrderJson: string) => Promise<Running>,
): Promise<void> {
  const { store, pool, ours, venue, sizes } = bench
  const tokens = await createTokens(store, venue.locationId)
  await addMenuItem(pool, venue.locationId)
  const bare = await startBare(await sampleAnswer(bench, tokens[0]!))
  let series = 0
  const load = async (sequences: number): Promise<Load> => {
    const prefix = `lines${++series}t`
    const count = sequences + 2 * TILLS
    const { locationId } = venue
    const orderIds = await newOrders(pool, { locationId, prefix, count, ...ORDER_SHAPE })
    let next = 0
    return {
      connections: TILLS,
      sequences,
      length: 1,
      requests: () => {
        const token = tokens[next % TILLS]!
        return [addLine(orderIds[next++]!, token)]
      },
    }
  }
  const compared = async (sequences: number, rate?: number): Promise<Compared> =>
    await compare({ ours, bare, turns: sizes.turns, load: async () => await load(sequences), rate })

  const paced = await compared(Math.ceil(sizes.lines / 4), LINES_A_SECOND)
  console.log(
    `\nA line is added to a tab of ${LINES_OF_ORDER} lines, at each of ${TILLS} tills once a ` +
      `second: ${inWords(paced.ours)}; Fastify alone: ${inWords(paced.bare)}`,
  )
  const flat = await compared(sizes.lines)
  const ratio = flat.ours.requestsPerSecond / flat.bare.requestsPerSecond
  console.log(
    `The same as fast as ${TILLS} tills are answered: ${rateInWords(flat.ours)}; ` +
      `Fastify alone: ${rateInWords(flat.bare)}; ratio ${ratio.toFixed(2)}`,
  )
}

type Compared = Record<'ours' | 'bare', Measured>

async function compare({
  ours,
  bare,
  turns,
  load,
  rate,
}: {
  ours: Running
  bare: Running
  turns: number
  load: () => Promise<Load>
  /** Requests per second; undefined: as fast as they are answered. */
  rate: number | undefined
}): Promise<Compared> {
  const measured: Record<'ours' | 'bare', Measured[]> = { ours: [], bare: [] }
  for (let turn = 0; turn <= turns; turn++) {
    for (const kind of ['bare', 'ours'] as const) {
      const { url } = kind === 'ours' ? ours : bare
      const figures =
        rate === undefined
          ? await measure(url, {}, await load())
          : await measurePaced(url, await load(), rate)
      if (turn > 0) measured[kind].push(figures)
    }
  }
  return { ours: middleOf(measured.ours), bare: middleOf(measured.bare) }
}

async function createTokens({ prisma }: Store, locationId: string): Promise<string[]> {
  const create = async (till: number): Promise<string> => {
    const { token } = await createToken(prisma, locationId, {
      role: 'waiter',
      tillName: `Till ${till}`,
    })
    return token
  }
  return await Promise.all(Array.from({ length: TILLS }, async (_, till) => await create(till)))
}

async function addMenuItem(pool: pg.Pool, locationId: string): Promise<void> {
  await pool.query(
    `
    INSERT INTO menu_items (location_id, plu, kind, name, price_minor, tax_rate_hundredths, position)
    VALUES ($1, 'bench', 'Item', 'Pint of bitter', 520, 2000, 1) ON CONFLICT DO NOTHING`,
    [locationId],
  )
}

/** What this server answers when a line is added. */
async function sampleAnswer({ pool, ours, venue }: TillBench, token: string): Promise<string> {
  const { locationId } = venue
  const [sample] = await newOrders(pool, { locationId, prefix: 'sample', count: 1, ...ORDER_SHAPE })
  const { path, ...request } = addLine(sample!, token)
  const answer = await (await fetch(`${ours.url}${path}`, request)).text()
  const { lines } = JSON.parse(answer) as { lines?: object[] }
  if (lines?.length !== LINES_OF_ORDER + 1) {
    throw new Error(`a line was not added: ${answer.slice(0, 200)}`)
  }
  return answer
}

function addLine(orderId: string, token: string) {
  return {
    method: 'POST',
    path: `/till/v1/orders/${orderId}/lines`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: BODY,
  } satisfies autocannon.Request
}

function inWords({ medianMs, p99Ms }: Measured): string {
  return `median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
}

function rateInWords(measured: Measured): string {
  return `${Math.round(measured.requestsPerSecond)} a second, ${inWords(measured)}`
}
