// Two workers on one port: one is killed, both are replaced, and payments flow all the time.
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { Client } from 'undici'
import type { Schemas } from '../../src/contract/capabilities.ts'
import { createLocation } from '../../src/operator/locations.ts'
import { sharePort } from '../../src/process/port-shares.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { freshDatabase } from '../support/database.ts'
import { gbp, newIntent, orderRequest } from '../support/orders.ts'
import { basic } from '../support/server.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'

function isAlive(pid: number): boolean {
  try {
    // A zombie is none.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The workers below a parent; its database has a session of its own. */
function workersOf({ child: { pid } }: ServerProcess): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('worker.ts'))
}

async function newVenue(databaseUrl: string): Promise<Credential> {
  const pool = createPool({ databaseUrl, poolSize: 1 })
  const { prisma } = createStore(pool)
  const venue = { name: 'The Red Lion', currency: 'GBP' } as const
  const { credential } = await createLocation(prisma, venue)
  await prisma.$disconnect()
  await pool.end()
  return credential
}

interface Credential {
  username: string
  password: string
}

/** Less than the quiet after which a worker cuts connections, and time for the workers to start. */
const PAUSE_MS = 10

type Ask = (client: Client, path: string, body?: object) => Promise<string>

/** @throws Error unless the answer is 200 */
function asking({ username, password }: Credential): Ask {
  const authorization = basic(username, password)
  return async (client, path, body) => {
    const answer = await client.request({
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: { authorization, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`)
    return text
  }
}

class Traffic {
  /** The intents that were answered, by order. */
  readonly paid: Map<string, string[]>
  /** What had no answer, or another than 200. */
  readonly faults: string[] = []
  answers = 0
  #over = false
  readonly #work: Promise<unknown>[]

  /** One client that stays connected for each order, and two that connect anew for each call. */
  constructor(url: string, ask: Ask, orderIds: readonly string[]) {
    this.paid = new Map(orderIds.map((orderId) => [orderId, []]))
    this.#work = [
      ...orderIds.map(async (orderId) => await this.#pay(new Client(url), ask, orderId)),
      ...[1, 2].map(async () => {
        while (!this.#over) {
          const client = new Client(url, { pipelining: 0 })
          await this.#try(async () => await ask(client, '/v1/areas'))
          await client.destroy()
          await wait(PAUSE_MS)
        }
      }),
    ]
  }

  async #pay(client: Client, ask: Ask, orderId: string): Promise<void> {
    while (!this.#over) {
      const body = { paymentIntentId: newIntent(), paidAmount: gbp(1) }
      const path = `/v1/orders/${orderId}/record-payment`
      // Sent again until there is an answer, as Dojo does.
      while (!(await this.#try(async () => await ask(client, path, body))));
      this.paid.get(orderId)!.push(body.paymentIntentId)
      await wait(PAUSE_MS)
    }
    await client.close()
  }

  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      this.answers++
      return true
    } catch (error) {
      this.faults.push(String(error))
      return false
    }
  }

  async more(count: number): Promise<void> {
    const enough = this.answers + count
    await until(`${count} more answers`, () => this.answers >= enough, 20_000)
  }

  async end(): Promise<void> {
    this.#over = true
    await Promise.all(this.#work)
  }
}

const COUNTED = /^epos_request_duration_seconds_count\{.*RecordOrderPaymentById.*"ok"\} (\d+)$/m

t.test('two workers', async (t) => {
  const databaseUrl = await freshDatabase(t)
  const environment = { DATABASE_URL: databaseUrl, WORKERS: '2' }
  const credential = await newVenue(databaseUrl)
  const running = await startServerProcess(t, environment)
  t.match(running.said(), /, with 2 workers of 10 database connections\./)
  const ask = asking(credential)
  const client = new Client(running.url)
  const orderIds: string[] = []
  for (let order = 0; order < 4; order++) {
    const created = await ask(client, '/v1/orders', orderRequest(1_000_000))
    orderIds.push((JSON.parse(created) as Schemas['Order']).id)
  }
  const first = workersOf(running)
  const traffic = new Traffic(running.url, ask, orderIds)
  await traffic.more(100)

  await t.test('one is killed, and another starts', async (t) => {
    process.kill(first[0]!, 'SIGKILL')
    await running.says(`(process ${first[0]}) ended by itself: SIGKILL. Starting another.`)
    await until('there are two', () => workersOf(running).length === 2)
    await traffic.more(100)
    t.ok(workersOf(running).includes(first[1]!), 'the other goes on')
  })

  await t.test('one hangs, and another takes its place', async (t) => {
    process.kill(first[1]!, 'SIGSTOP')
    await running.says(`A worker (process ${first[1]}) said nothing for 8 s.`)
    await until('there are two others', () => workersOf(running).length === 2)
    await traffic.more(100)
    t.notOk(workersOf(running).includes(first[1]!))
  })

  await t.test('a restart refuses and loses nothing', async (t) => {
    const former = workersOf(running)
    traffic.faults.length = 0
    process.kill(running.child.pid!, 'SIGUSR2')
    await running.says('Restarted 2 workers.')
    await traffic.more(100)
    t.strictSame(traffic.faults, [])
    t.strictSame(former.filter(isAlive), [], 'nobody is left of those before')
    t.equal(workersOf(running).length, 2)
  })

  await traffic.end()
  for (const [orderId, intents] of traffic.paid) {
    const order = JSON.parse(await ask(client, `/v1/orders/${orderId}`)) as Schemas['Order']
    const recorded = order.payments!.map(({ paymentIntentId }) => paymentIntentId)
    t.strictSame(recorded.toSorted(), intents.toSorted(), 'each payment is there once')
  }

  const counted = COUNTED.exec(await ask(client, '/metrics'))?.[1]
  t.ok(Number(counted) > 100, 'those that ended are in the metrics')
  const other = new Client(running.url)
  t.equal(COUNTED.exec(await ask(other, '/metrics'))?.[1], counted, 'whichever of them is asked')
  await Promise.all([client.close(), other.close()])

  const { hostname: host, port } = new URL(running.url)
  await t.rejects(sharePort({ host, port: Number(port) }), { code: 'EADDRINUSE' }, 'not by others')

  const last = workersOf(running)
  // As Ctrl-C does: to every process of the group.
  process.kill(-running.child.pid!, 'SIGINT')
  t.same(await running.ended, { code: 0, signal: null })
  t.match(running.said(), /SIGINT: finishing the requests in flight\.\nStopped\.$/)
  t.strictSame(last.filter(isAlive), [], 'nothing is left of it')

  await t.test('workers end with a parent that was killed', async (t) => {
    const running = await startServerProcess(t, environment)
    const workers = workersOf(running)
    t.equal(workers.length, 2)
    await running.kill()
    await until('they have ended', () => !workers.some(isAlive))
  })
})
