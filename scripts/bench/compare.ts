// Measures servers in turns and prints the table: ratios hold from machine to machine, times do
// not.
import type { BenchVenue } from './data.ts'
import { searchLoad } from './loads.ts'
import { measure, middleOf, type Load, type Measured, type Running } from './measure.ts'
import type { ServerKind } from './server.ts'

const KINDS = ['fastify', 'statement', 'ours'] as const

const LABELS: Readonly<Record<ServerKind, string>> = {
  fastify: 'Fastify alone',
  statement: 'its statements alone',
  ours: 'this server',
}

export interface Comparison {
  servers: Record<ServerKind, Running>
  venue: BenchVenue
  turns: number
}

export function printHeader(): void {
  print(
    'operation',
    'server',
    'requests/s',
    'median ms',
    'p99 ms',
    'of Fastify alone',
    'of its statements alone',
  )
  print(...Array<string>(7).fill('---'))
}

/** Measures the three servers in turns under the same load, and prints their rows. */
export async function compare(
  { servers, venue: { authorization }, turns }: Comparison,
  name: string,
  load: () => Load | Promise<Load>,
): Promise<void> {
  const measured: Record<ServerKind, Measured[]> = { fastify: [], statement: [], ours: [] }
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    for (const kind of KINDS) {
      const figures = await measure(servers[kind].url, { authorization }, await load())
      if (turn > 0) measured[kind].push(figures)
    }
  }
  const fastify = middleOf(measured.fastify)
  const statement = middleOf(measured.statement)
  const ours = middleOf(measured.ours)
  const ratioTo = (other: Measured): string =>
    (ours.requestsPerSecond / other.requestsPerSecond).toFixed(2)
  printRow(name, LABELS.fastify, fastify)
  printRow('', LABELS.statement, statement)
  printRow('', LABELS.ours, ours, [ratioTo(fastify), ratioTo(statement)])
}

function printRow(
  name: string,
  server: string,
  { requestsPerSecond, medianMs, p99Ms }: Measured,
  ratios: readonly string[] = ['', ''],
): void {
  const rate = Math.round(requestsPerSecond).toLocaleString('en')
  print(name, server, rate, medianMs.toFixed(1), p99Ms.toFixed(1), ...ratios)
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
      const { authorization } = venue
      const figures = await measure(server.url, { authorization }, searchLoad(venue, searches))
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
