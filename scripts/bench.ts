// Measures the server beside bare ones, in one run and in turns: ratios hold from machine to
// machine, times do not.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type autocannon from 'autocannon'
import { acquireEmbeddedPostgres } from '../src/store/database/embedded-postgres.ts'
import { createStore } from '../src/store/index.ts'
import { listStatement } from '../src/store/database/keyset.ts'
import { migrate } from '../src/store/database/migrations.ts'
import {
  lockIntentRow,
  lockOrderRow,
  selectForUpdate,
  selectOutline,
} from '../src/store/orders/read-order.ts'
import { outlineListing } from '../src/store/orders/search-orders.ts'
import { hotStatements } from '../src/store/orders/write-order.ts'
import { openPool } from '../src/store/database/pool.ts'
import { newBenchVenue, newTabs, type BenchVenue } from './bench/data.ts'
import {
  measure,
  middleOf,
  startMeasured,
  type Load,
  type Measured,
  type Running,
} from './bench/measure.ts'
import { measureSandbox } from './bench/sandbox.ts'
import type { Bare, ServerKind } from './bench/server.ts'
import { measureLines, measureStream, type TillSizes } from './bench/till.ts'
import { processIo } from './cli/io.ts'
import { Cli, newCommand, runProgram } from './cli/program.ts'

const POOL_SIZE = 10
const CONNECTIONS = 16

interface Sizes {
  turns: number
  pastOrders: number
  reads: number
  searches: number
  writes: number
  contended: number
  flows: number
  till: TillSizes
}

const full: Sizes = {
  turns: 3,
  pastOrders: 1_000_000,
  reads: 12_000,
  searches: 8_000,
  writes: 3_000,
  contended: 320,
  flows: 500,
  till: {
    turns: 3,
    listeners: 1_000,
    quietPayments: 30,
    reads: 12_000,
    writes: 3_000,
    lines: 3_000,
  },
}
const smoke: Sizes = {
  turns: 1,
  pastOrders: 2_000,
  reads: 300,
  searches: 150,
  writes: 100,
  contended: 64,
  flows: 16,
  till: { turns: 1, listeners: 50, quietPayments: 3, reads: 300, writes: 100, lines: 100 },
}

const json = (
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): autocannon.Request =>
  body === undefined
    ? { method, path }
    : { method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
const get = (path: string): autocannon.Request => ({ method: 'GET', path })

async function bench(sizes: Sizes, tillOnly: boolean): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-bench-'))
  const { url: databaseUrl, release } = await acquireEmbeddedPostgres({ dataDir })
  const pool = openPool({ connectionString: databaseUrl, max: 4 }) // without the server's time limits: it loads a million rows
  const store = createStore(pool)
  const running: Running[] = []
  try {
    await migrate(pool, databaseUrl)
    const venue = await newBenchVenue(store, pool, databaseUrl, 'The Red Lion', 1_000)
    const busyVenue = await newBenchVenue(
      store,
      pool,
      databaseUrl,
      'The White Hart',
      tillOnly ? 1_000 : sizes.pastOrders,
    )
    await pool.query('VACUUM ANALYZE')

    const start = async (kind: ServerKind, bare?: Bare): Promise<Running> => {
      const server = await startMeasured({ kind, databaseUrl, poolSize: POOL_SIZE, bare })
      running.push(server)
      return server
    }
    const ours = await start('ours')
    const bare = await bareOf(ours, venue)
    const tabs = tabSupply(
      async (series, count) => await newTabs(pool, venue.locationId, series, count),
    )

    const given = { store, pool, ours, venue, otherVenue: busyVenue, tabs, sizes: sizes.till }
    const measureTill = async (): Promise<void> => {
      await measureStream(given, {
        reads: async () => ({
          connections: CONNECTIONS,
          sequences: sizes.till.reads,
          length: 1,
          requests: () => [get(`/v1/orders/${venue.openOrderId}`)],
        }),
        payments: async (of) =>
          await paymentLoad(
            of === venue
              ? tabs
              : tabSupply(
                  async (series, count) =>
                    await newTabs(pool, of.locationId, `o${++others}${series}`, count),
                ),
            sizes.till.writes,
          ),
      })
      await measureLines(given, async (tabJson) => await start('fastify', { ...bare, tabJson }))
    }
    if (tillOnly) {
      await measureTill()
      return
    }

    const servers = {
      ours,
      fastify: await start('fastify', bare),
      statement: await start('statement', bare),
    }
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
    const against = async (
      name: string,
      load: (kind: ServerKind) => Promise<Load>,
    ): Promise<Record<ServerKind, Measured>> =>
      await compare(name, servers, venue, sizes.turns, load)

    await against('GetOrderById', async () => ({
      connections: CONNECTIONS,
      sequences: sizes.reads,
      length: 1,
      requests: () => [get(`/v1/orders/${venue.openOrderId}`)],
    }))
    const search = (of: BenchVenue) =>
      json('POST', '/v1/orders/search', { payableOnly: true, dineIn: { tableId: of.tableId } })
    await against('SearchOrders payableOnly, one table', async () => ({
      connections: CONNECTIONS,
      sequences: sizes.searches,
      length: 1,
      requests: () => [search(venue)],
    }))
    await against(
      'CreateOrderLock + DeleteOrderLock',
      async () => await lockLoad(tabs, sizes.writes / 2),
    )
    await against(
      'RecordOrderPaymentById, each on its own order',
      async () => await paymentLoad(tabs, sizes.writes),
    )
    await against('RecordOrderPaymentById, 32 at once on one order', async () => {
      const [tab] = await tabs(1)
      return {
        connections: 32,
        sequences: sizes.contended,
        length: 1,
        requests: () => [payment(tab!)],
      }
    })
    await against(
      'Pay at Table: search, lock, pay, pay, bill, unlock',
      async () => await flowLoad(tabs, venue, sizes.flows),
    )

    const [few, many] = await compareHistories(servers.ours, venue, busyVenue, search, sizes)
    console.log(
      `\nSearchOrders with 1,000 past orders: p99 ${few.p99Ms.toFixed(1)} ms; with ${sizes.pastOrders.toLocaleString('en')}: p99 ${many.p99Ms.toFixed(1)} ms; ratio ${(many.p99Ms / few.p99Ms).toFixed(2)}`,
    )
    await measureTill()
    await measure(
      servers.ours.url,
      { authorization: venue.authorization },
      {
        connections: 100,
        sequences: sizes.reads,
        length: 1,
        requests: () => [get(`/v1/orders/${venue.openOrderId}`)],
      },
    )
    console.log(
      `Memory of this server at 100 connections: ${Math.round((await servers.ours.rssBytes()) / 1024 / 1024)} MB`,
    )
    console.log(
      `Machine: ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 1024 ** 3)} GiB; PostgreSQL, the servers and the load share them. Node ${process.versions.node}.`,
    )
  } finally {
    for (const server of running) server.stop()
    await store.prisma.$disconnect()
    await pool.end()
    await release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const print = (...cells: string[]): void => {
  console.log(`| ${cells.join(' | ')} |`)
}

async function compare(
  name: string,
  servers: Record<ServerKind, Running>,
  venue: BenchVenue,
  turns: number,
  load: (kind: ServerKind) => Promise<Load>,
): Promise<Record<ServerKind, Measured>> {
  const kinds = ['fastify', 'statement', 'ours'] as const
  const measured: Record<ServerKind, Measured[]> = { fastify: [], statement: [], ours: [] }
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    for (const kind of kinds) {
      const figures = await measure(
        servers[kind].url,
        { authorization: venue.authorization },
        await load(kind),
      )
      if (turn > 0) measured[kind].push(figures)
    }
  }
  const result = {
    fastify: middleOf(measured.fastify),
    statement: middleOf(measured.statement),
    ours: middleOf(measured.ours),
  }
  const labels = {
    fastify: 'Fastify alone',
    statement: 'its statements alone',
    ours: 'this server',
  }
  for (const kind of kinds) {
    const { requestsPerSecond, medianMs, p99Ms } = result[kind]
    const ratios =
      kind === 'ours'
        ? [result.fastify, result.statement].map((other) =>
            (requestsPerSecond / other.requestsPerSecond).toFixed(2),
          )
        : ['', '']
    print(
      kind === 'fastify' ? name : '',
      labels[kind],
      Math.round(requestsPerSecond).toLocaleString('en'),
      medianMs.toFixed(1),
      p99Ms.toFixed(1),
      ...ratios,
    )
  }
  return result
}

async function compareHistories(
  server: Running,
  venue: BenchVenue,
  busyVenue: BenchVenue,
  search: (of: BenchVenue) => autocannon.Request,
  sizes: Sizes,
): Promise<[few: Measured, many: Measured]> {
  const measured: [Measured[], Measured[]] = [[], []]
  for (let turn = 0; turn <= sizes.turns; turn++) {
    for (const [index, of] of [venue, busyVenue].entries()) {
      const figures = await measure(
        server.url,
        { authorization: of.authorization },
        {
          connections: CONNECTIONS,
          sequences: sizes.searches,
          length: 1,
          requests: () => [search(of)],
        },
      )
      if (turn > 0) measured[index]!.push(figures)
    }
  }
  return [middleOf(measured[0]), middleOf(measured[1])]
}

// --- loads

type TabSupply = (count: number) => Promise<string[]>

function tabSupply(make: (series: string, count: number) => Promise<string[]>): TabSupply {
  let series = 0
  return async (count) => await make(`s${++series}t`, count)
}

let intents = 0
/** Series of tabs of another venue than the usual one. */
let others = 0
const payment = (orderId: string, lockId?: string): autocannon.Request =>
  json('POST', `/v1/orders/${orderId}/record-payment`, {
    paymentIntentId: `pi_${process.pid}_${++intents}`,
    paidAmount: { value: 100, currencyCode: 'GBP' },
    lockId,
  })

/** Hands out one after the other; a load never asks for more than it was made for. */
function inTurn<T>(items: T[]): () => T {
  let next = 0
  return () => items[next++ % items.length]!
}

async function paymentLoad(tabs: TabSupply, count: number): Promise<Load> {
  const tab = inTurn(await tabs(count + CONNECTIONS))
  return { connections: CONNECTIONS, sequences: count, length: 1, requests: () => [payment(tab())] }
}

const lockOf = (orderId: string, lockId: string) =>
  json('POST', `/v1/orders/${orderId}/lock`, {
    lockId,
    expiry: new Date(Date.now() + 60_000).toISOString(),
  })
const unlockOf = (orderId: string, lockId: string) =>
  json('DELETE', `/v1/orders/${orderId}/locks/${lockId}`)

async function lockLoad(tabs: TabSupply, count: number): Promise<Load> {
  const tab = inTurn(await tabs(count + CONNECTIONS))
  return {
    connections: CONNECTIONS,
    sequences: count,
    length: 2,
    requests: () => {
      const orderId = tab()
      return [lockOf(orderId, 'lock'), unlockOf(orderId, 'lock')]
    },
  }
}

async function flowLoad(tabs: TabSupply, venue: BenchVenue, count: number): Promise<Load> {
  const tab = inTurn(await tabs(count + CONNECTIONS))
  return {
    connections: CONNECTIONS,
    sequences: count,
    length: 6,
    requests: () => {
      const orderId = tab()
      return [
        json('POST', '/v1/orders/search', {
          payableOnly: true,
          dineIn: { tableId: venue.tableId },
        }),
        lockOf(orderId, 'lock'),
        payment(orderId, 'lock'),
        payment(orderId, 'lock'),
        get(`/v1/orders/${orderId}/bill`),
        unlockOf(orderId, 'lock'),
      ]
    },
  }
}

/** What the bare servers answer and send, taken from this server. */
async function bareOf(ours: Running, venue: BenchVenue): Promise<Bare> {
  const headers = { authorization: venue.authorization, 'content-type': 'application/json' }
  const orderJson = await (
    await fetch(`${ours.url}/v1/orders/${venue.openOrderId}`, { headers })
  ).text()
  const filter = { tableId: venue.tableId, payableOnly: true }
  const pageJson = await (
    await fetch(`${ours.url}/v1/orders/search`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ payableOnly: true, dineIn: { tableId: venue.tableId } }),
    })
  ).text()
  const { recordPayment, lock, unlock } = hotStatements()
  return {
    orderJson,
    pageJson,
    locationId: venue.locationId,
    read: selectOutline,
    search: listStatement(outlineListing(venue.locationId, filter), false, undefined, 51),
    payment: {
      hold: lockOrderRow,
      readIntentForUpdate: lockIntentRow,
      read: selectForUpdate,
      write: recordPayment,
    },
    lock: { take: lock, release: unlock },
  }
}

async function benchSandbox(flows: number): Promise<void> {
  const { startMs, flowsPerSecond, callsPerSecond } = await measureSandbox(flows)
  console.log(
    `\nThe stand-in for Dojo plays ${Math.round(flowsPerSecond)} Pay at Table flows a second, ${Math.round(callsPerSecond)} calls, every answer checked, against an EPOS in memory; it starts in ${Math.round(startMs)} ms.`,
  )
}

interface Options {
  smoke?: boolean
  sandbox?: boolean
  till?: boolean
}

const cli = new Cli(processIo())
const command = newCommand(
  cli,
  'npm run bench --',
  'Starts a PostgreSQL, this server and two bare ones on loopback, measures them in turns, and ' +
    'prints tables.',
)
  .option('--smoke', 'a short run that shows that it works; its figures mean nothing')
  .option('--sandbox', 'measure only the stand-in for Dojo: its Pay at Table flows a second')
  .option('--till', "measure only the venue's own side: stream listeners, and tills adding lines")
  .action(async ({ smoke: short = false, sandbox = false, till = false }: Options) => {
    if (!sandbox) await bench(short ? smoke : full, till)
    if (sandbox || short) await benchSandbox(short ? 50 : 1_000)
  })
process.exitCode = await runProgram(command, cli, process.argv.slice(2))
