// What a flood of one venue costs the others: card machines of one read orders at a steady pace
// while another venue sends a thousand orders of 180 KB at once.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchVenue, PlacedOrder } from './data.ts'
import type { Flood, FloodAnswers } from './flood-sender.ts'
import { readLoad } from './loads.ts'
import { measurePaced, middleOf, type Measured, type Running } from './measure.ts'

const READS_A_SECOND = 200
/** What a reader may wait longer at most, by the 99th percentile. */
const MOST = 2

export interface FloodSizes {
  turns: number
  requests: number
  /** How long the others read in each turn. */
  seconds: number
}

export interface FloodBench {
  ours: Running
  venue: BenchVenue
  floor: readonly PlacedOrder[]
}

/** Measures the readers with and without a flood, in turns, and prints both and their ratio. */
export async function measureFlood(bench: FloodBench, sizes: FloodSizes): Promise<void> {
  const { url } = bench.ours
  const { requests } = sizes
  const { authorization } = bench.venue
  const sender = fork(fileURLToPath(new URL('flood-sender.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const measured: Record<'without' | 'with', Measured[]> = { without: [], with: [] }
  let answers: FloodAnswers = {}
  try {
    // The first turn warms up and is not counted.
    for (let turn = 0; turn <= sizes.turns; turn++) {
      const without = await readersOf(bench, sizes)
      const { begun, done } = begin(sender, { url, authorization, requests })
      await begun
      const along = await readersOf(bench, sizes)
      answers = await done
      if (turn === 0) continue
      measured.without.push(without)
      measured.with.push(along)
    }
  } finally {
    sender.kill('SIGKILL')
  }
  print(measured, requests, answers)
}

async function readersOf({ ours, floor }: FloodBench, { seconds }: FloodSizes): Promise<Measured> {
  return await measurePaced(
    ours.url,
    readLoad(floor, { sequences: READS_A_SECOND * seconds }),
    READS_A_SECOND,
  )
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

function print(
  measured: Record<'without' | 'with', Measured[]>,
  requests: number,
  answers: FloodAnswers,
): void {
  const [without, along] = [middleOf(measured.without), middleOf(measured.with)]
  const ratio = along.p99Ms / without.p99Ms
  const told = Object.entries(answers).map(([status, count]) => `${count} of ${status}`)
  console.log(
    `\nGetOrderById, ${READS_A_SECOND} a second, while another venue sends ${requests} orders of ` +
      `180 KB at once: median ${along.medianMs.toFixed(1)} ms, p99 ${along.p99Ms.toFixed(1)} ms; ` +
      `without: ${without.medianMs.toFixed(1)} and ${without.p99Ms.toFixed(1)}. ` +
      `Ratio of p99: ${ratio.toFixed(2)}${ratio > MOST ? `, more than ${MOST}` : ''}. ` +
      `The flood was answered: ${told.join(', ')}.`,
  )
}
