// What the venue's own side costs: screens that listen while Dojo calls, and tills that add lines.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { Store } from '../../src/store/index.ts'
import { createToken } from '../../src/operator/tokens.ts'
import { newTabs, type BenchVenue } from './data.ts'
import type { Heard, Order } from './listeners.ts'
import {
  measure,
  measurePaced,
  middleOf,
  type Load,
  type Measured,
  type Running,
} from './measure.ts'

export interface TillSizes {
  turns: number
  listeners: number
  quietPayments: number
  reads: number
  writes: number
  lines: number
}

/** More than any venue takes in payments while the others are measured. */
const PAYMENT_EVERY_MS = 1_000
const DEVICES_OF_A_VENUE = 20
const TILLS = 50
const LINES_OF_TAB = 30
/** Each till a line a second: a rush. */
const LINES_A_SECOND = TILLS

interface Given {
  store: Store
  pool: pg.Pool
  ours: Running
  venue: BenchVenue
  otherVenue: BenchVenue
  tabs: (count: number) => Promise<string[]>
  sizes: TillSizes
}

interface Listeners {
  listen: (count: number) => Promise<void>
  pay: (count: number) => Promise<Heard>
  leave: () => Promise<void>
  stop: () => void
}

async function startListeners({ store, ours, venue, tabs }: Given): Promise<Listeners> {
  const { token } = await createToken(store.prisma, venue.locationId, { role: 'kitchen' })
  const child = fork(fileURLToPath(new URL('listeners.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ask = async <T>(order: Order): Promise<T> =>
    await new Promise<T>((resolve, reject) => {
      const ended = (code: number | null): void => {
        reject(new Error(`the listeners ended with ${code}`))
      }
      child.once('exit', ended).once('message', (message) => {
        child.off('exit', ended)
        const { failed, heard } = message as { failed?: string; heard: T }
        if (failed !== undefined) reject(new Error(`the listeners: ${failed}`))
        else resolve(heard)
      })
      child.send(order)
    })
  return {
    listen: async (count) => {
      await ask({ do: 'listen', listening: { url: ours.url, token, count } })
    },
    pay: async (count) =>
      await ask<Heard>({
        do: 'pay',
        paying: {
          url: ours.url,
          authorization: venue.authorization,
          orderIds: await tabs(count),
          everyMs: PAYMENT_EVERY_MS,
        },
      }),
    leave: async () => {
      await ask({ do: 'leave' })
    },
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}

const spoken = ({ medianMs, p99Ms, mostMs }: Heard): string =>
  `median ${medianMs.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, most ${mostMs.toFixed(0)} ms`

/** @throws Error when a listener has not heard of a payment */
export async function measureStream(
  given: Given,
  loads: { reads: () => Promise<Load>; payments: (venue: BenchVenue) => Promise<Load> },
): Promise<void> {
  const { sizes, venue, otherVenue } = given
  const listeners = await startListeners(given)
  const pay = async (count: number): Promise<Heard> => {
    const heard = await listeners.pay(count)
    if (heard.missing > 0) {
      throw new Error(`${heard.missing} of the events of ${heard.payments} payments were not heard`)
    }
    return heard
  }
  try {
    await listeners.listen(sizes.listeners)
    await pay(2)
    console.log(
      `\n${sizes.listeners} listeners of one venue hear of a payment, from its sending on, when nothing else happens: ${spoken(await pay(sizes.quietPayments))}`,
    )
    await listeners.leave()

    console.log(
      '\n| while listeners hear of a payment a second | without them, requests/s | with them | ratio | heard |',
    )
    console.log('| --- | --- | --- | --- | --- |')
    const withAndWithout = async (
      name: string,
      count: number,
      of: BenchVenue,
      load: () => Promise<Load>,
    ): Promise<void> => {
      const measured: Record<'without' | 'with', Measured[]> = { without: [], with: [] }
      const heard: Heard[] = []
      for (let turn = 0; turn <= sizes.turns; turn++) {
        // Whoever comes second finds a database that has grown; so they change places.
        for (const kind of turn % 2 === 0
          ? (['without', 'with'] as const)
          : (['with', 'without'] as const)) {
          if (kind === 'with') await listeners.listen(count)
          const under = await load()
          const [figures, times] = await Promise.all([
            measure(given.ours.url, { authorization: of.authorization }, under),
            pay(sizes.turns === 1 ? 2 : 6),
          ])
          if (kind === 'with') await listeners.leave()
          if (turn === 0) continue
          measured[kind].push(figures)
          if (kind === 'with') heard.push(times)
        }
      }
      const [without, along] = [middleOf(measured.without), middleOf(measured.with)]
      const ratios = measured.with
        .map((each, index) => each.requestsPerSecond / measured.without[index]!.requestsPerSecond)
        .sort((a, b) => a - b)
      const worst = heard.toSorted((a, b) => a.p99Ms - b.p99Ms).at(Math.floor(heard.length / 2))!
      console.log(
        `| ${name} | ${Math.round(without.requestsPerSecond)} | ${Math.round(along.requestsPerSecond)} | ${ratios[Math.floor(ratios.length / 2)]!.toFixed(2)} (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}) | ${spoken(worst)} |`,
      )
    }
    await withAndWithout(
      `GetOrderById of the venue that ${sizes.listeners} listen to`,
      sizes.listeners,
      venue,
      loads.reads,
    )
    await withAndWithout(
      `RecordOrderPaymentById of another venue, ${sizes.listeners} listeners`,
      sizes.listeners,
      otherVenue,
      async () => await loads.payments(otherVenue),
    )
    await withAndWithout(
      `RecordOrderPaymentById of the venue that ${DEVICES_OF_A_VENUE} listen to, who hear of each`,
      DEVICES_OF_A_VENUE,
      venue,
      async () => await loads.payments(venue),
    )
  } finally {
    listeners.stop()
  }
}

/**
 * At fifty tills at once a line is added to a tab of thirty; beside Fastify alone, which answers
 * the same.
 */
export async function measureLines(
  { store, pool, ours, venue, sizes }: Given,
  startBare: (tabJson: string) => Promise<Running>,
): Promise<void> {
  const tokens = await Promise.all(
    Array.from(
      { length: TILLS },
      async (_, index) =>
        (
          await createToken(store.prisma, venue.locationId, {
            role: 'waiter',
            tillName: `Till ${index}`,
          })
        ).token,
    ),
  )
  await pool.query(
    "INSERT INTO menu_items (location_id, plu, kind, name, price_minor, tax_rate_hundredths, position) VALUES ($1, 'bench', 'Item', 'Pint of bitter', 520, 2000, 1) ON CONFLICT DO NOTHING",
    [venue.locationId],
  )
  let series = 0
  const load = async (sequences: number): Promise<Load> => {
    const tabs = await newTabs(pool, venue.locationId, `lines${++series}t`, sequences + 2 * TILLS, {
      lines: LINES_OF_TAB,
      taxRateHundredths: 2000,
    })
    let next = 0
    return {
      connections: TILLS,
      sequences,
      length: 1,
      requests: () => {
        const headers = {
          authorization: `Bearer ${tokens[next % TILLS]!}`,
          'content-type': 'application/json',
        }
        return [
          {
            method: 'POST',
            path: `/till/v1/orders/${tabs[next++]!}/lines`,
            headers,
            body: '{"lines":[{"plu":"bench"}]}',
          },
        ]
      },
    }
  }
  const [sample] = await newTabs(pool, venue.locationId, 'sample', 1, {
    lines: LINES_OF_TAB,
    taxRateHundredths: 2000,
  })
  const answer = await fetch(`${ours.url}/till/v1/orders/${sample!}/lines`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[0]!}`, 'content-type': 'application/json' },
    body: '{"lines":[{"plu":"bench"}]}',
  })
  const tabJson = await answer.text()
  const { lines } = JSON.parse(tabJson) as { lines?: object[] }
  if (lines?.length !== LINES_OF_TAB + 1) {
    throw new Error(`a line was not added: ${tabJson.slice(0, 200)}`)
  }
  const bare = await startBare(tabJson)
  const compared = async (
    sequences: number,
    requestsPerSecond?: number,
  ): Promise<{ own: Measured; other: Measured }> => {
    const measured: Record<'ours' | 'bare', Measured[]> = { ours: [], bare: [] }
    for (let turn = 0; turn <= sizes.turns; turn++) {
      for (const kind of ['bare', 'ours'] as const) {
        const { url } = kind === 'ours' ? ours : bare
        const figures =
          requestsPerSecond === undefined
            ? await measure(url, {}, await load(sequences))
            : await measurePaced(url, await load(sequences), requestsPerSecond)
        if (turn > 0) measured[kind].push(figures)
      }
    }
    return { own: middleOf(measured.ours), other: middleOf(measured.bare) }
  }
  const told = ({ medianMs, p99Ms }: Measured): string =>
    `median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
  const paced = await compared(Math.ceil(sizes.lines / 4), LINES_A_SECOND)
  console.log(
    `\nA line is added to a tab of ${LINES_OF_TAB} lines, at each of ${TILLS} tills once a second: ${told(paced.own)}; Fastify alone: ${told(paced.other)}`,
  )
  const flat = await compared(sizes.lines)
  console.log(
    `The same as fast as ${TILLS} tills are answered: ${Math.round(flat.own.requestsPerSecond)} a second, ${told(flat.own)}; ` +
      `Fastify alone: ${Math.round(flat.other.requestsPerSecond)} a second, ${told(flat.other)}; ratio ${(flat.own.requestsPerSecond / flat.other.requestsPerSecond).toFixed(2)}`,
  )
}
