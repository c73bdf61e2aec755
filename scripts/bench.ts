// Measures the server beside bare ones, in one run and in turns: ratios hold from machine to
// machine, times do not.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { acquireEmbeddedPostgres } from '../src/store/database/embedded-postgres.ts'
import { migrate } from '../src/store/database/migrations.ts'
import { openPool } from '../src/store/database/pool.ts'
import { createStore, type Store } from '../src/store/index.ts'
import { readBare, type Bare } from './bench/bare.ts'
import { compare, compareHistories, printHeader, type Comparison } from './bench/compare.ts'
import { newBenchVenue, type BenchVenue } from './bench/data.ts'
import { measureLines } from './bench/lines.ts'
import {
  contendedLoad,
  createSupply,
  flowLoad,
  lockLoad,
  paymentLoad,
  readLoad,
  searchLoad,
  type OrderSupply,
} from './bench/loads.ts'
import { measure, startMeasured, type Running } from './bench/measure.ts'
import { measureSandbox } from './bench/sandbox.ts'
import type { ServerKind } from './bench/server.ts'
import { measureStream } from './bench/stream.ts'
import type { TillSizes } from './bench/till.ts'
import { processIo } from './cli/io.ts'
import { Cli, newCommand, runProgram } from './cli/program.ts'

const POOL_SIZE = 10
const FEW_PAST_ORDERS = 1_000
const CONTENDERS = 32

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

/** What is measured: this server on its venues, and how to start a bare one. */
interface Bench {
  store: Store
  pool: pg.Pool
  ours: Running
  venue: BenchVenue
  busyVenue: BenchVenue
  orders: OrderSupply
  startBare: (kind: ServerKind, more?: Partial<Bare>) => Promise<Running>
}

async function withBench(pastOrders: number, work: (bench: Bench) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-bench-'))
  const { url: databaseUrl, release } = await acquireEmbeddedPostgres({ dataDir })
  // Without the server's time limits: it loads a million rows.
  const pool = openPool({ connectionString: databaseUrl, max: 4 })
  const store = createStore(pool)
  const running: Running[] = []
  const start = async (kind: ServerKind, bare?: Bare): Promise<Running> => {
    const server = await startMeasured({ kind, databaseUrl, poolSize: POOL_SIZE, bare })
    running.push(server)
    return server
  }
  try {
    await migrate(pool, databaseUrl)
    const deps = { store, pool, databaseUrl }
    const venue = await newBenchVenue(deps, 'The Red Lion', FEW_PAST_ORDERS)
    const busyVenue = await newBenchVenue(deps, 'The White Hart', pastOrders)
    await pool.query('VACUUM ANALYZE')
    const ours = await start('ours')
    const bare = await readBare(ours, venue)
    const orders = createSupply(pool, venue, 's')
    const startBare = async (kind: ServerKind, more: Partial<Bare> = {}): Promise<Running> =>
      await start(kind, { ...bare, ...more })
    await work({ store, pool, ours, venue, busyVenue, orders, startBare })
  } finally {
    for (const server of running) server.stop()
    await store.prisma.$disconnect()
    await pool.end()
    await release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Both sides of the server, and its memory. */
async function measureAll(bench: Bench, sizes: Sizes): Promise<void> {
  const { ours, venue, busyVenue, startBare } = bench
  const servers = {
    ours,
    fastify: await startBare('fastify'),
    statement: await startBare('statement'),
  }
  printHeader()
  await compareOperations(bench, { servers, venue, turns: sizes.turns }, sizes)
  await compareHistories(ours, [venue, busyVenue], sizes)
  await measureTill(bench, sizes.till)
  await measure(
    ours.url,
    { authorization: venue.authorization },
    { ...readLoad(venue, sizes.reads), connections: 100 },
  )
  const megabytes = Math.round((await ours.rssBytes()) / 1024 / 1024)
  console.log(`Memory of this server at 100 connections: ${megabytes} MB`)
  console.log(
    `Machine: ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ` +
      `${Math.round(totalmem() / 1024 ** 3)} GiB; PostgreSQL, the servers and the load share ` +
      `them. Node ${process.versions.node}.`,
  )
}

async function compareOperations(
  { venue, orders }: Bench,
  comparison: Comparison,
  sizes: Sizes,
): Promise<void> {
  await compare(comparison, 'GetOrderById', () => readLoad(venue, sizes.reads))
  await compare(comparison, 'SearchOrders payableOnly, one table', () =>
    searchLoad(venue, sizes.searches),
  )
  await compare(
    comparison,
    'CreateOrderLock + DeleteOrderLock',
    async () => await lockLoad(orders, sizes.writes / 2),
  )
  await compare(
    comparison,
    'RecordOrderPaymentById, each on its own order',
    async () => await paymentLoad(orders, sizes.writes),
  )
  await compare(
    comparison,
    `RecordOrderPaymentById, ${CONTENDERS} at once on one order`,
    async () => await contendedLoad(orders, CONTENDERS, sizes.contended),
  )
  await compare(
    comparison,
    'Pay at Table: search, lock, pay, pay, bill, unlock',
    async () => await flowLoad(orders, venue, sizes.flows),
  )
}

async function measureTill(
  { busyVenue: otherVenue, orders, startBare, ...bench }: Bench,
  sizes: TillSizes,
): Promise<void> {
  const tillBench = { ...bench, otherVenue, sizes }
  await measureStream(tillBench, orders)
  await measureLines(
    tillBench,
    async (tillOrderJson) => await startBare('fastify', { tillOrderJson }),
  )
}

async function benchSandbox(flows: number): Promise<void> {
  const { startMs, flowsPerSecond, callsPerSecond } = await measureSandbox(flows)
  console.log(
    `\nThe stand-in for Dojo plays ${Math.round(flowsPerSecond)} Pay at Table flows a second, ` +
      `${Math.round(callsPerSecond)} calls, every answer checked, against an EPOS in memory; ` +
      `it starts in ${Math.round(startMs)} ms.`,
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
    const sizes = short ? smoke : full
    if (till && !sandbox) {
      await withBench(FEW_PAST_ORDERS, async (bench) => {
        await measureTill(bench, sizes.till)
      })
    } else if (!sandbox) {
      await withBench(sizes.pastOrders, async (bench) => {
        await measureAll(bench, sizes)
      })
    }
    if (sandbox || short) await benchSandbox(short ? 50 : 1_000)
  })
process.exitCode = await runProgram(command, cli, process.argv.slice(2))
