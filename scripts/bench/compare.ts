// Measures servers in turns and prints the table: ratios hold from machine to machine, times do
// not.
import type pg from 'pg'
import { cpuMsOf, cpuMsSince } from './cpu.ts'
import type { BenchVenue } from './data.ts'
import { searchLoad } from './loads.ts'
import { measure, middleOf, type Load, type Measured, type Running } from './measure.ts'

export type Kind = 'fastify' | 'prism' | 'statement' | 'ours'

const LABELS: Readonly<Record<Kind, string>> = {
  fastify: 'Fastify alone',
  prism: 'Prism',
  statement: 'its statements alone',
  ours: 'this server',
}

export interface Comparison {
  /** In the sequence in which they are measured. Prism is there if it is installed. */
  servers: Partial<Record<Kind, Running>> & Record<'ours', Running>
  turns: number
  pool: pg.Pool
}

export function printHeader(): void {
  print(
    'operation',
    'server',
    'requests/s',
    'median ms',
    'p99 ms',
    'CPU µs',
    'of Fastify alone',
    'of its statements alone',
  )
  print(...Array<string>(8).fill('---'))
}

/** Prism answers a few hundred requests a second: it is measured with a tenth of them. */
function shareOf(kind: Kind, load: Load): Load {
  return kind === 'prism' ? { ...load, sequences: Math.ceil(load.sequences / 10) } : load
}

/**
 * Measures the servers in turns under the same load, and prints their rows. `CPU µs` is what a
 * request costs of the server and of PostgreSQL.
 */
export async function compare(
  { servers, turns, pool }: Comparison,
  name: string,
  load: () => Load | Promise<Load>,
): Promise<void> {
  const kinds = Object.keys(servers) as Kind[]
  const measured = new Map<Kind, Measured[]>(kinds.map((kind) => [kind, []]))
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    for (const kind of kinds) {
      const sent = shareOf(kind, await load())
      const server = servers[kind]!
      const before = await cpuMsOf(pool, server)
      const figures = await measure(server.url, sent)
      const cpuMicros = cpuMsSince(before, await cpuMsOf(pool, server)) * 1000
      const requests = sent.sequences * sent.length
      // What Prism uses is not known.
      const costs = kind === 'prism' ? {} : { cpuMicros: cpuMicros / requests }
      if (turn > 0) measured.get(kind)!.push({ ...figures, ...costs })
    }
    // Plans that were made while the tables were small would last for the whole run.
    if (turn === 0) await pool.query('ANALYZE')
  }
  const middle = new Map(kinds.map((kind) => [kind, middleOf(measured.get(kind)!)]))
  const ratioTo = (other: Kind): string => {
    const rate = middle.get(other)?.requestsPerSecond
    return rate === undefined ? '' : (middle.get('ours')!.requestsPerSecond / rate).toFixed(2)
  }
  for (const [index, kind] of kinds.entries()) {
    const ratios = kind === 'ours' ? [ratioTo('fastify'), ratioTo('statement')] : ['', '']
    printRow(index === 0 ? name : '', LABELS[kind], middle.get(kind)!, ratios)
  }
}

function printRow(
  name: string,
  server: string,
  { requestsPerSecond, medianMs, p99Ms, cpuMicros = 0 }: Measured,
  ratios: readonly string[],
): void {
  const rate = Math.round(requestsPerSecond).toLocaleString('en')
  const cpu = cpuMicros === 0 ? '' : Math.round(cpuMicros).toLocaleString('en')
  print(name, server, rate, medianMs.toFixed(2), p99Ms.toFixed(1), cpu, ...ratios)
}

function print(...cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

/** How a search does in venues with few and with many past orders. */
export async function compareHistories(
  server: Running,
  venues: readonly [few: BenchVenue, many: BenchVenue],
  { turns, searches, pastOrders }: { turns: number; searches: number; pastOrders: number },
): Promise<void> {
  const measured: [Measured[], Measured[]] = [[], []]
  for (let turn = 0; turn <= turns; turn++) {
    for (const [index, venue] of venues.entries()) {
      const load = searchLoad([{ ...venue, orderId: venue.openOrderId }], { sequences: searches })
      const figures = await measure(server.url, load)
      if (turn > 0) measured[index]!.push(figures)
    }
  }
  const [few, many] = measured.map(middleOf) as [Measured, Measured]
  console.log(
    `\nSearchOrders with 1,000 past orders: p99 ${few.p99Ms.toFixed(1)} ms; ` +
      `with ${pastOrders.toLocaleString('en')}: p99 ${many.p99Ms.toFixed(1)} ms; ` +
      `ratio ${(many.p99Ms / few.p99Ms).toFixed(2)}`,
  )
}
