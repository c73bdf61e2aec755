// That two processes on one port lose nothing against one: the whole server as it is started, with
// WORKERS=1 and WORKERS=2, in turns under the same loads.
import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { PlacedOrder } from './data.ts'
import { paymentLoad, readLoad, type OrderSupply } from './loads.ts'
import { measure, middleOf, type Load, type Measured } from './measure.ts'
import { freePort } from './ports.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WORKERS = [1, 2] as const
const START_MS = 60_000
const POLL_MS = 100

export interface WorkersSizes {
  turns: number
  reads: number
  writes: number
}

export interface WorkersBench {
  databaseUrl: string
  poolSize: number
  floor: readonly PlacedOrder[]
  supply: OrderSupply
}

export async function measureWorkers(bench: WorkersBench, sizes: WorkersSizes): Promise<void> {
  const { floor, supply } = bench
  const started = await Promise.all(WORKERS.map(async (workers) => await start(bench, workers)))
  const loads: Record<string, () => Load | Promise<Load>> = {
    GetOrderById: () => readLoad(floor, { sequences: sizes.reads }),
    RecordOrderPaymentById: async () => await paymentLoad(supply, { sequences: sizes.writes }),
  }
  try {
    console.log('\n| operation | WORKERS | requests/s | p99 ms | of one worker |')
    console.log('| --- | --- | --- | --- | --- |')
    for (const [name, load] of Object.entries(loads)) {
      const measured = started.map((): Measured[] => [])
      // The first turn warms up and is not counted.
      for (let turn = 0; turn <= sizes.turns; turn++) {
        for (const [index, { url }] of started.entries()) {
          const figures = await measure(url, await load())
          if (turn > 0) measured[index]!.push(figures)
        }
      }
      const middle = measured.map(middleOf)
      for (const [index, { requestsPerSecond, p99Ms }] of middle.entries()) {
        const ratio = requestsPerSecond / middle[0]!.requestsPerSecond
        const rate = Math.round(requestsPerSecond).toLocaleString('en')
        const cells = [name, WORKERS[index], rate, p99Ms.toFixed(1), ratio.toFixed(2)]
        console.log(`| ${cells.join(' | ')} |`)
      }
    }
  } finally {
    for (const { stop } of started) stop()
  }
}

/** The connections are the same in all: each worker has its part of them. */
async function start(
  { databaseUrl, poolSize }: WorkersBench,
  workers: number,
): Promise<{ url: string; stop: () => void }> {
  const port = String(await freePort())
  const child = spawn(process.execPath, ['--max-semi-space-size=12', MAIN], {
    cwd: ROOT,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: port,
      WORKERS: String(workers),
      DATABASE_POOL_SIZE: String(poolSize / workers),
    },
  })
  const url = `http://127.0.0.1:${port}`
  for (let waitedMs = 0; !(await isReady(url)); waitedMs += POLL_MS) {
    if (waitedMs > START_MS || child.exitCode !== null) {
      throw new Error(`the server with WORKERS=${workers} did not start`)
    }
    await wait(POLL_MS)
  }
  return { url, stop: () => child.kill('SIGTERM') }
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
}
