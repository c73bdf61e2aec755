// What the stream costs: screens that listen to it while Dojo calls.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { limits } from '../../src/limits.ts'
import { createToken } from '../../src/operator/tokens.ts'
import type { Heard, Order } from './listeners.ts'
import { createSupply, paymentLoad, readLoad, type OrderSupply } from './loads.ts'
import { measure, middleOf, type Load, type Measured } from './measure.ts'
import type { TillBench } from './till.ts'

/** More often than any venue takes payments, beside the load that is measured. */
const PAYMENT_EVERY_MS = 1_000
const DEVICES_OF_A_VENUE = 20

interface Listeners {
  listen: (count: number) => Promise<void>
  pay: (count: number) => Promise<Heard>
  leave: () => Promise<void>
  stop: () => void
}

/** @throws Error when a listener did not hear of a payment */
export async function measureStream(bench: TillBench, orders: OrderSupply): Promise<void> {
  const { pool, sizes, venue, otherVenue } = bench
  const { listeners: many } = sizes
  const listeners = await startListeners(bench, orders)
  let series = 0
  const payments = async (): Promise<Load> => await paymentLoad(orders, { sequences: sizes.writes })
  const otherPayments = async (): Promise<Load> => {
    const supply = createSupply(pool, [otherVenue], `o${++series}s`)
    return await paymentLoad(supply, { sequences: sizes.writes })
  }
  try {
    await measureQuiet(listeners, sizes)
    console.log(
      '\n| while listeners hear of a payment a second | without them, requests/s | with them ' +
        '| ratio | heard |',
    )
    console.log('| --- | --- | --- | --- | --- |')
    await withAndWithout(bench, listeners, {
      name: `GetOrderById of the venue that ${many} listen to`,
      count: many,
      load: () => readLoad([{ ...venue, orderId: venue.openOrderId }], { sequences: sizes.reads }),
    })
    await withAndWithout(bench, listeners, {
      name: `RecordOrderPaymentById of another venue, ${many} listeners`,
      count: many,
      load: otherPayments,
    })
    const few = DEVICES_OF_A_VENUE
    await withAndWithout(bench, listeners, {
      name: `RecordOrderPaymentById of the venue that ${few} listen to, who hear of each`,
      count: few,
      load: payments,
    })
  } finally {
    listeners.stop()
  }
}

async function measureQuiet(
  listeners: Listeners,
  { listeners: count, quietPayments }: TillBench['sizes'],
): Promise<void> {
  await listeners.listen(count)
  await listeners.pay(2)
  const heard = await listeners.pay(quietPayments)
  console.log(
    `\n${count} listeners of one venue hear of a payment, from its sending on, when nothing else ` +
      `happens: ${inWords(heard)}`,
  )
  await listeners.leave()
}

interface Side {
  name: string
  /** How many listen. */
  count: number
  load: () => Load | Promise<Load>
}

/** Measures a load with and without listeners, and prints a row. */
async function withAndWithout(
  { ours, sizes }: TillBench,
  listeners: Listeners,
  { name, count, load }: Side,
): Promise<void> {
  const measured: Record<'without' | 'with', Measured[]> = { without: [], with: [] }
  const heard: Heard[] = []
  for (let turn = 0; turn <= sizes.turns; turn++) {
    // The second of a turn finds a larger database, so they swap places.
    const kinds = turn % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)
    for (const kind of kinds) {
      if (kind === 'with') await listeners.listen(count)
      const under = await load()
      const [figures, times] = await Promise.all([
        measure(ours.url, under),
        listeners.pay(sizes.turns === 1 ? 2 : 6),
      ])
      if (kind === 'with') await listeners.leave()
      if (turn === 0) continue
      measured[kind].push(figures)
      if (kind === 'with') heard.push(times)
    }
  }
  const without = middleOf(measured.without)
  const along = middleOf(measured.with)
  const worst = heard.toSorted((a, b) => a.p99Ms - b.p99Ms).at(Math.floor(heard.length / 2))!
  const rates = [without, along].map(({ requestsPerSecond }) => Math.round(requestsPerSecond))
  console.log(`| ${name} | ${rates.join(' | ')} | ${ratiosInWords(measured)} | ${inWords(worst)} |`)
}

/** The middle ratio of the turns, and their range. */
function ratiosInWords({
  without,
  with: along,
}: Record<'without' | 'with', readonly Measured[]>): string {
  const ratios = along
    .map((each, index) => each.requestsPerSecond / without[index]!.requestsPerSecond)
    .sort((a, b) => a - b)
  const middle = ratios[Math.floor(ratios.length / 2)]!
  return `${middle.toFixed(2)} (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)})`
}

function inWords({ medianMs, p99Ms, mostMs }: Heard): string {
  const [median, p99, most] = [medianMs, p99Ms, mostMs].map((ms) => `${ms.toFixed(0)} ms`)
  return `median ${median}, p99 ${p99}, most ${most}`
}

async function startListeners(
  { store, ours, venue }: TillBench,
  orders: OrderSupply,
): Promise<Listeners> {
  const tokens: string[] = []
  for (let most = limits.streamsPerVenue; most > 0; most -= limits.streamsPerToken) {
    const { token } = await createToken(store.prisma, venue.locationId, { role: 'kitchen' })
    tokens.push(token)
  }
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
      await ask({ do: 'listen', listening: { url: ours.url, tokens, count } })
    },
    pay: async (count) => {
      const { url } = ours
      const { authorization } = venue
      const orderIds = (await orders(count)).map(({ orderId }) => orderId)
      const paying = { url, authorization, orderIds, everyMs: PAYMENT_EVERY_MS }
      const heard = await ask<Heard>({ do: 'pay', paying })
      if (heard.missing > 0) {
        throw new Error(
          `${heard.missing} events of ${heard.payments} payments did not arrive at a listener`,
        )
      }
      return heard
    },
    leave: async () => {
      await ask({ do: 'leave' })
    },
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}
