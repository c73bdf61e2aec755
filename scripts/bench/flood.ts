// What a flood of one venue costs the others: card machines read orders at a steady pace, over
// connections that are kept, while another venue opens a thousand and sends an order of 180 KB over
// each at once. Beside it, the same flood of a Fastify that refuses everything unread: what the
// flood costs whatever the server does, on a machine that carries sender, readers and PostgreSQL.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import type { BenchVenue, PlacedOrder } from './data.ts'
import type { Flood, FloodAnswers } from './flood-sender.ts'
import { readLoad } from './loads.ts'
import { measurePacedOver, middleOf, openAll, type Measured, type Running } from './measure.ts'

const READS_A_SECOND = 200
/** What a reader may wait longer at most, by the 99th percentile. */
const MOST = 2
/** The sender comes last: it would have a machine of its own. */
const LOWEST_PRIORITY = 19

export interface FloodSizes {
  turns: number
  requests: number
  /** How long the others read in each turn. */
  seconds: number
}

export interface FloodBench {
  ours: Running
  fastify: Running
  venue: BenchVenue
  floor: readonly PlacedOrder[]
}

interface Turns {
  without: Measured[]
  along: Measured[]
  answers: FloodAnswers
}

/** Measures the readers of both servers with and without a flood, in turns, and prints it. */
export async function measureFlood(
  { ours, fastify, venue, floor }: FloodBench,
  sizes: FloodSizes,
): Promise<void> {
  const load = readLoad(floor, { sequences: READS_A_SECOND * sizes.seconds })
  for (const [name, { url }] of Object.entries({ 'this server': ours, fastify })) {
    const flood = { url, authorization: venue.authorization, requests: sizes.requests }
    const readers = new Pool(url, { connections: load.connections })
    await openAll(readers, load)
    const read = async (): Promise<Measured> =>
      await measurePacedOver(readers, load, READS_A_SECOND)
    print(name, flood, await inTurns(read, flood, sizes.turns))
    await readers.close()
  }
}

async function inTurns(read: () => Promise<Measured>, flood: Flood, turns: number): Promise<Turns> {
  const sender = fork(fileURLToPath(new URL('flood-sender.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  setPriority(sender.pid!, LOWEST_PRIORITY)
  const measured: Turns = { without: [], along: [], answers: {} }
  try {
    // The first turn warms up and is not counted.
    for (let turn = 0; turn <= turns; turn++) {
      const without = await read()
      const { begun, done } = begin(sender, flood)
      await begun
      const along = await read()
      measured.answers = await done
      if (turn === 0) continue
      measured.without.push(without)
      measured.along.push(along)
    }
  } finally {
    sender.kill('SIGKILL')
  }
  return measured
}

function begin(
  sender: ChildProcess,
  flood: Flood,
): { begun: Promise<unknown>; done: Promise<FloodAnswers> } {
  const begun = once(sender, 'message')
  const done = begun.then(async () => ((await once(sender, 'message')) as [FloodAnswers])[0])
  sender.send(flood)
  return { begun, done }
}

function print(name: string, { requests }: Flood, turns: Turns): void {
  const [without, along] = [middleOf(turns.without), middleOf(turns.along)]
  const ratio = along.p99Ms / without.p99Ms
  const told = Object.entries(turns.answers).map(([status, count]) => `${count} of ${status}`)
  console.log(
    `\n${name}: GetOrderById, ${READS_A_SECOND} a second, while another venue sends ${requests} ` +
      `orders of 180 KB at once: median ${along.medianMs.toFixed(1)} ms, ` +
      `p99 ${along.p99Ms.toFixed(1)} ms; ` +
      `without: ${without.medianMs.toFixed(1)} and ${without.p99Ms.toFixed(1)}. ` +
      `Ratio of p99: ${ratio.toFixed(2)}${ratio > MOST ? `, more than ${MOST}` : ''}. ` +
      `The flood was answered: ${told.join(', ')}.`,
  )
}
