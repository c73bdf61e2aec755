// What tills that keep their own orders cost Dojo: 200 of them send their 30 open orders every two
// seconds while card machines read orders and record payments at a steady pace.
import { randomBytes } from 'node:crypto'
import { fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createToken } from '../../src/operator/tokens.ts'
import type { PlacedOrder } from './data.ts'
import { paymentLoad, readLoad, type OrderSupply } from './loads.ts'
import { measurePaced, middleOf, type Load, type Measured, type Running } from './measure.ts'
import type { MirrorTills, Sent, TillsCommand } from './mirror-tills.ts'
import type { TillBench } from './till.ts'

const ORDERS_OF_A_TILL = 30
const EVERY_MS = 2_000
/** The tills have machines of their own in life: here they get what the others leave. */
const LOWEST_PRIORITY = 19
/** More than the card machines of so many venues call on a busy evening. */
const READS_A_SECOND = 150
const PAYMENTS_A_SECOND = 50
/** What Dojo may wait longer at most, by the 99th percentile. */
const MOST = 1.3

export interface MirrorSizes {
  turns: number
  tills: number
  /** How long each load lasts in each turn. */
  seconds: number
}

interface MirrorBench extends Pick<TillBench, 'store' | 'pool'> {
  ours: Running
  floor: readonly PlacedOrder[]
  supply: OrderSupply
}

interface Tills {
  send: () => Promise<void>
  pause: () => Promise<Sent>
  stop: () => void
}

/** @throws Error when a till is refused, or Dojo */
export async function measureMirror(bench: MirrorBench, sizes: MirrorSizes): Promise<void> {
  const tills = await startTills(bench, sizes)
  const { floor, supply } = bench
  try {
    console.log(
      `\n| while ${sizes.tills} tills send ${ORDERS_OF_A_TILL} orders every ` +
        `${EVERY_MS / 1000} s | without, median ms, p99 ms | with | ratio of p99 | the tills |`,
    )
    console.log('| --- | --- | --- | --- | --- |')
    await withAndWithout(bench.ours, tills, sizes, {
      name: `GetOrderById, ${READS_A_SECOND} a second`,
      perSecond: READS_A_SECOND,
      load: () => readLoad(floor, { sequences: READS_A_SECOND * sizes.seconds }),
    })
    await withAndWithout(bench.ours, tills, sizes, {
      name: `RecordOrderPaymentById, ${PAYMENTS_A_SECOND} a second`,
      perSecond: PAYMENTS_A_SECOND,
      load: async () => await paymentLoad(supply, { sequences: PAYMENTS_A_SECOND * sizes.seconds }),
    })
  } finally {
    tills.stop()
  }
}

interface Side {
  name: string
  perSecond: number
  load: () => Load | Promise<Load>
}

/** Measures a load with and without the tills, in turns, and prints a row. */
async function withAndWithout(
  ours: Running,
  tills: Tills,
  { turns }: MirrorSizes,
  { name, perSecond, load }: Side,
): Promise<void> {
  const measured: Record<'without' | 'with', Measured[]> = { without: [], with: [] }
  let sent: Sent | undefined
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    // The second of a turn finds a larger database, so they swap places.
    const kinds = turn % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)
    for (const kind of kinds) {
      const under = await load()
      if (kind === 'with') await tills.send()
      const figures = await measurePaced(ours.url, under, perSecond)
      if (kind === 'with') sent = await tills.pause()
      if (turn > 0) measured[kind].push(figures)
    }
  }
  const [without, along] = [middleOf(measured.without), middleOf(measured.with)]
  const ratio = along.p99Ms / without.p99Ms
  const verdict = `${ratio.toFixed(2)}${ratio > MOST ? `, more than ${MOST}` : ''}`
  const heard = `${sent!.puts} sent, median ${sent!.medianMs.toFixed(1)}, p99 ${sent!.p99Ms.toFixed(1)}`
  console.log(`| ${[name, inWords(without), inWords(along), verdict, heard].join(' | ')} |`)
}

const inWords = ({ medianMs, p99Ms }: Measured): string =>
  `${medianMs.toFixed(1)}, ${p99Ms.toFixed(1)}`

/** A till of each of so many mirrored venues, whose orders are all there. */
async function startTills(bench: MirrorBench, { tills }: MirrorSizes): Promise<Tills> {
  const child = fork(fileURLToPath(new URL('mirror-tills.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  setPriority(child.pid!, LOWEST_PRIORITY)
  const ask = async (command: TillsCommand): Promise<Sent | undefined> => {
    child.send(command)
    return await new Promise((resolve, reject) => {
      child.once('message', ({ sent, failed }: { sent?: Sent; failed?: string }) => {
        if (failed === undefined) resolve(sent)
        else reject(new Error(failed))
      })
    })
  }
  const opened: MirrorTills = {
    url: bench.ours.url,
    tokens: await newMirrors(bench, tills),
    orders: ORDERS_OF_A_TILL,
    everyMs: EVERY_MS,
  }
  await ask({ do: 'open', tills: opened })
  // So many new rows would be vacuumed, and written to the disk, while something is measured.
  await bench.pool.query('VACUUM ANALYZE')
  await bench.pool.query('CHECKPOINT')
  return {
    send: async () => {
      await ask({ do: 'send' })
    },
    pause: async () => (await ask({ do: 'pause' }))!,
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}

/** @returns the token of a till of each */
async function newMirrors(
  { store, pool }: Pick<MirrorBench, 'store' | 'pool'>,
  venues: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template, kind)
      SELECT 'loc_mirror' || n, 'A mirror', 'GBP', 'Europe/London', $1, '{"header":[],"footer":[]}', 'mirrored'
      FROM generate_series(1, $2::int) AS n RETURNING location_id AS id`,
    [randomBytes(32), venues],
  )
  const tokens: string[] = []
  for (const { id } of rows) {
    const { token } = await createToken(store.prisma, id, { role: 'waiter', tillName: 'Old till' })
    tokens.push(token)
  }
  return tokens
}
