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
import { linesBare, readBare } from './bench/bare.ts'
import { compare, compareHistories, printHeader, type Comparison } from './bench/compare.ts'
import { newBenchVenue, newFloor, type BenchVenue, type PlacedOrder } from './bench/data.ts'
import { measureFlood } from './bench/flood.ts'
import { measureGrowth } from './bench/growth.ts'
import { linesLoad, measureRush, newTills, sampleLine, type Till } from './bench/lines.ts'
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
import { measure, startMeasured, type Load, type Running } from './bench/measure.ts'
import { measureMirror } from './bench/mirror.ts'
import { startPrism } from './bench/prism.ts'
import { measureSandbox } from './bench/sandbox.ts'
import { full, inTurns, lasting, smoke, type Sizes } from './bench/sizes.ts'
import { measureSockets } from './bench/socket.ts'
import { measureStream } from './bench/stream.ts'
import { measureWorkers } from './bench/workers.ts'
import { processIo } from './cli/io.ts'
import { Cli, newCommand, runProgram } from './cli/program.ts'

const POOL_SIZE = 10
const FEW_PAST_ORDERS = 1_000
const CONTENDERS = 32
const FLOOR = { venues: 20, tables: 10 }

/** What is measured: this server on its venues, and bare ones beside it. */
interface Bench {
  databaseUrl: string
  store: Store
  pool: pg.Pool
  servers: Comparison['servers'] & Record<'fastify', Running>
  venue: BenchVenue
  busyVenue: BenchVenue
  /** Open orders at the tables of many venues. */
  floor: PlacedOrder[]
  /** New orders of those venues. */
  supply: OrderSupply
  tills: Till[]
  /** This server once more, with other variables. */
  startOurs: (environment: Record<string, string>) => Promise<Running>
}

async function withBench(pastOrders: number, work: (bench: Bench) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-bench-'))
  const { url: databaseUrl, release } = await acquireEmbeddedPostgres({ dataDir })
  // Without the server's time limits: it loads a million rows.
  const pool = openPool({ connectionString: databaseUrl, max: 4 })
  const store = createStore(pool)
  const running: Running[] = []
  try {
    await migrate(pool, databaseUrl)
    const deps = { store, pool, databaseUrl }
    const venue = await newBenchVenue(deps, 'The Red Lion', FEW_PAST_ORDERS)
    const busyVenue = await newBenchVenue(deps, 'The White Hart', pastOrders)
    const floor = await newFloor(deps, FLOOR)
    const tills = await newTills(deps, floor)
    await pool.query('VACUUM ANALYZE')
    const servers = await startServers(running, { databaseUrl, venue, floor, tills })
    const supply = createSupply(pool, oneOrderOfEach(floor), 's')
    const startOurs = async (environment: Record<string, string>): Promise<Running> => {
      const assignment = { kind: 'ours', databaseUrl, poolSize: POOL_SIZE, environment } as const
      const server = await startMeasured(assignment)
      running.push(server)
      return server
    }
    await work({
      databaseUrl,
      store,
      pool,
      servers,
      venue,
      busyVenue,
      floor,
      supply,
      tills,
      startOurs,
    })
  } finally {
    for (const server of running) server.stop()
    await store.prisma.$disconnect()
    await pool.end()
    await release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Starts this server, and the bare ones with what it answers and sends. */
async function startServers(
  running: Running[],
  {
    databaseUrl,
    venue,
    floor,
    tills,
  }: Pick<Bench, 'venue' | 'floor' | 'tills'> & { databaseUrl: string },
): Promise<Bench['servers']> {
  const started = <T extends Running | undefined>(server: T): T => {
    if (server !== undefined) running.push(server)
    return server
  }
  const shared = { databaseUrl, poolSize: POOL_SIZE }
  const ours = started(await startMeasured({ kind: 'ours', ...shared }))
  const { answer, write } = await sampleLine(databaseUrl, ours, tills[0]!)
  const bare = {
    ...(await readBare(ours, venue, [...floor, ...tills])),
    tillOrderJson: answer,
    lines: linesBare(write, tills[0]!.locationId),
  }
  const fastify = started(await startMeasured({ kind: 'fastify', ...shared, bare }))
  const prism = started(await startPrism())
  const statement = started(await startMeasured({ kind: 'statement', ...shared, bare }))
  return prism === undefined ? { fastify, statement, ours } : { fastify, prism, statement, ours }
}

function oneOrderOfEach(floor: readonly PlacedOrder[]): PlacedOrder[] {
  return [...new Map(floor.map((order) => [order.locationId, order])).values()]
}

/** Both sides of the server, and its memory. */
async function measureAll(bench: Bench, sizes: Sizes): Promise<void> {
  const { servers, venue, busyVenue } = bench
  await compareOperations(bench, sizes)
  await compareHistories(servers.ours, [venue, busyVenue], sizes)
  await measureTill(bench, sizes)
  await measureSocketsOf(bench, sizes)
  await measureMirrorOf(bench, sizes)
  await parts['flood']!(bench, sizes)
  await parts['workers']!(bench, sizes)
  await measureMemory(bench, sizes)
  console.log(
    `Machine: ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ` +
      `${Math.round(totalmem() / 1024 ** 3)} GiB; PostgreSQL, the servers and the load share ` +
      `them. Node ${process.versions.node}.`,
  )
}

async function measureMemory(
  { servers: { ours }, floor, supply }: Bench,
  { reads, writes }: Sizes,
): Promise<void> {
  await measure(ours.url, await paymentLoad(supply, { sequences: writes, connections: 100 }))
  await measure(ours.url, readLoad(floor, { sequences: reads, connections: 100 }))
  const megabytes = Math.round((await ours.usage()).rssBytes / 1024 / 1024)
  console.log(`Memory of this server at 100 connections: ${megabytes} MB`)
}

type Operations = Readonly<Record<string, () => Load | Promise<Load>>>

/** The rows of the table, by their names. Prism keeps nothing, so it is beside the reads alone. */
function operationsOf({ pool, floor, supply, tills }: Bench, sizes: Sizes): Operations {
  const { reads, searches, writes, contended, flows, lines, alone } = sizes
  return {
    GetOrderById: () => readLoad(floor, { sequences: reads }),
    'GetOrderById, one at a time': () => readLoad(floor, { sequences: alone, connections: 1 }),
    'SearchOrders payableOnly, one table': () => searchLoad(floor, { sequences: searches }),
    'CreateOrderLock + DeleteOrderLock': async () =>
      await lockLoad(supply, { sequences: writes / 2 }),
    'RecordOrderPaymentById, each on its own order': async () =>
      await paymentLoad(supply, { sequences: writes }),
    'RecordOrderPaymentById, one at a time': async () =>
      await paymentLoad(supply, { sequences: alone / 2, connections: 1 }),
    [`RecordOrderPaymentById, ${CONTENDERS} at once on one order`]: async () =>
      await contendedLoad(supply, { sequences: contended, connections: CONTENDERS }),
    'A line added at the till': async () => await linesLoad(pool, tills, lines),
    'Pay at Table: search, lock, pay, pay, bill, unlock': async () =>
      await flowLoad(supply, floor, { sequences: flows }),
  }
}

const READS_ONLY = /^(GetOrderById|SearchOrders)/

/** @param only a part of the names of the rows that are measured */
async function compareOperations(bench: Bench, sizes: Sizes, only = ''): Promise<void> {
  printHeader()
  const { prism, ...others } = bench.servers
  for (const [name, load] of Object.entries(operationsOf(bench, sizes))) {
    if (!name.includes(only)) continue
    const servers = READS_ONLY.test(name) ? bench.servers : others
    await compare({ servers, turns: sizes.turns, pool: bench.pool }, name, load)
  }
  if (prism === undefined) {
    console.log('\nWithout Prism, which npm could not install.')
  }
}

async function measureTill(
  { store, pool, venue, busyVenue: otherVenue, servers, tills }: Bench,
  { till: sizes, turns, lines }: Sizes,
): Promise<void> {
  const { ours, fastify: bare } = servers
  const orders = createSupply(pool, [venue], 'l')
  await measureStream({ store, pool, ours, venue, otherVenue, sizes }, orders)
  await measureRush({ pool, ours, bare }, tills, { turns, lines })
}

async function measureSocketsOf(
  { pool, floor, startOurs }: Bench,
  { socket }: Sizes,
): Promise<void> {
  await measureSockets({ pool, order: floor[0]! }, socket, startOurs)
}

async function measureMirrorOf(bench: Bench, { mirror }: Sizes): Promise<void> {
  await measureMirror({ ...bench, ours: bench.servers.ours }, mirror)
}

async function benchGrowth({ growth }: Sizes, only?: string): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-bench-'))
  const { url, release } = await acquireEmbeddedPostgres({ dataDir })
  try {
    await measureGrowth(url, growth, only)
  } finally {
    await release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function benchSandbox(flows: number): Promise<void> {
  const { startMs, flowsPerSecond, callsPerSecond } = await measureSandbox(flows)
  console.log(
    `\nThe stand-in for Dojo plays ${Math.round(flowsPerSecond)} Pay at Table flows a second, ` +
      `${Math.round(callsPerSecond)} calls, every answer checked, against an EPOS in memory; ` +
      `it starts in ${Math.round(startMs)} ms.`,
  )
}

/** What can be measured by itself, in venues with few past orders. */
const parts: Readonly<Record<string, (bench: Bench, sizes: Sizes) => Promise<void>>> = {
  till: measureTill,
  socket: measureSocketsOf,
  mirror: measureMirrorOf,
  flood: async ({ servers, venue, floor }, { flood }) => {
    await measureFlood({ ours: servers.ours, fastify: servers.fastify, venue, floor }, flood)
  },
  memory: measureMemory,
  workers: async ({ databaseUrl, floor, supply }, { workers }) => {
    await measureWorkers({ databaseUrl, poolSize: POOL_SIZE, floor, supply }, workers)
  },
}

type Options = Partial<Record<keyof typeof parts, boolean>> & {
  smoke?: boolean
  sandbox?: boolean
  growth?: boolean
  only?: string
  rounds?: string
  seconds?: string
}

const cli = new Cli(processIo())
const command = newCommand(
  cli,
  'npm run bench --',
  'Starts a PostgreSQL, this server and bare ones on loopback, measures them in turns, and ' +
    'prints tables.',
)
  .option('--smoke', 'a short run that shows that it works; its figures mean nothing')
  .option('--rounds <number>', 'how many turns to measure after the one that warms up')
  .option(
    '--seconds <number>',
    'how long each load at a steady pace lasts, of --mirror and --growth',
  )
  .option('--sandbox', 'measure only the stand-in for Dojo: its Pay at Table flows a second')
  .option('--till', "measure only the venue's own side: stream listeners, and tills adding lines")
  .option('--socket', 'measure only the sockets: one beside REST, and a thousand')
  .option('--mirror', 'measure only Dojo beside 200 tills that send their own orders')
  .option('--flood', 'measure only what a flood of one venue costs the others')
  .option('--memory', 'measure only the memory of the server at 100 connections')
  .option('--workers', 'measure only two processes on one port beside one')
  .option('--growth', 'measure only how cost grows with orders of a venue, and with venues')
  .option(
    '--only <text>',
    'measure only the operations with this in their names; of the growth: orders, or venues',
  )
  .action(async ({ smoke: short = false, sandbox = false, growth, ...one }: Options) => {
    const { only, rounds, seconds } = one
    const usual = lasting(short ? smoke : full, seconds)
    const sizes = rounds === undefined ? usual : inTurns(usual, Math.max(1, Number(rounds)))
    const asked = Object.keys(parts).find((name) => one[name] === true)
    if (growth === true) {
      await benchGrowth(sizes, only)
    } else if (only !== undefined || asked !== undefined) {
      await withBench(FEW_PAST_ORDERS, async (bench) => {
        if (asked !== undefined) await parts[asked]!(bench, sizes)
        else await compareOperations(bench, sizes, only)
      })
    } else {
      if (!sandbox) {
        await withBench(sizes.pastOrders, async (bench) => {
          await measureAll(bench, sizes)
        })
      }
      if (sandbox || short) await benchSandbox(short ? 50 : 1_000)
    }
  })
process.exitCode = await runProgram(command, cli, process.argv.slice(2))
