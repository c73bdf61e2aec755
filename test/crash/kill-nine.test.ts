// The server as a process of its own, as `npm start` runs it: killed in the middle of payments,
// stopped in the middle of payments, and started again on the same data.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { Client } from 'undici'
import type { Schemas } from '../../src/contract/capabilities.ts'
import { checkError } from '../support/contract.ts'
import {
  brokenRules,
  chance,
  holdOrderRows,
  strictly,
  type Chance,
  type Sql,
} from '../support/load.ts'
import { gbp, newIntent, orderRequest } from '../support/orders.ts'
import { basic } from '../support/server.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'

// --- the process

/** With its database along, and the demo venue in that. */
async function start(dataDir: string): Promise<ServerProcess> {
  const running = await startServerProcess(t, { DATA_DIR: dataDir })
  await until('demo.json names this server', () => demoOf(dataDir)?.url === running.url)
  return running
}

interface Demo {
  url: string
  locationId: string
  username: string
  password: string
}

function demoOf(dataDir: string): Demo | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo
  } catch {
    // not written yet, or being written
    return undefined
  }
}

/** What still runs with this folder on its command line, the server's database above all. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return command.includes(dataDir) ? [`${pid} ${command}`] : []
      } catch {
        // ended meanwhile
        return []
      }
    })
}

function postmasterOf(dataDir: string): { pid: number; port: number } {
  const lines = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

const databaseOf = (dataDir: string): string =>
  `postgresql://epos:${readFileSync(join(dataDir, 'postgres-password'), 'utf8')}@127.0.0.1:${postmasterOf(dataDir).port}/postgres`

async function withDatabase<T>(dataDir: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseOf(dataDir) })
  await client.connect()
  try {
    return await work(async (text, values) => (await client.query(text, values)).rows as never)
  } finally {
    await client.end()
  }
}

/** A folder for the server's data, with nothing left of it when the test ends. */
function dataFolder(t: Test): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-crash-'))
  chmodSync(dataDir, 0o755) // PostgreSQL runs as another user where the tests run as root
  t.teardown(async () => {
    try {
      process.kill(postmasterOf(dataDir).pid, 'SIGQUIT')
    } catch {
      // stopped already, as it should be
    }
    await until('the database is over', () => processesOf(dataDir).length === 0)
    rmSync(dataDir, { recursive: true, force: true })
  })
  return dataDir
}

// --- Dojo

interface Answer {
  status: number
  text: string
  headers: Record<string, unknown>
}
type Ask = (client: Client, method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>

const asking =
  ({ username, password }: Demo): Ask =>
  async (client, method, path, body) => {
    const {
      statusCode,
      headers,
      body: answer,
    } = await client.request({
      method,
      path,
      headers: {
        authorization: basic(username, password),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    return { status: statusCode, text: await answer.text(), headers }
  }

/**
 * What an overloaded machine answers 503 is asked again, as Dojo would; it says that it was not
 * done, or not surely.
 */
const patiently =
  (ask: Ask): Ask =>
  async (...request) => {
    let answer: Answer | undefined
    await until('an answer that is no 503', async () => {
      answer = await ask(...request)
      return answer.status !== 503
    })
    return answer!
  }

interface Attempt {
  orderId: string
  body: { paymentIntentId: string; paidAmount: Schemas['Money']; tipsAmount?: Schemas['Money'] }
  /** One for each time that it was sent and answered. */
  answers: Answer[]
}

/** More than lanes, so that payments of different orders share transactions. */
const SOCKETS = 12

/**
 * Several sockets that record payments without a pause until they are cut off; some payments are
 * sent twice.
 */
function fire(
  url: string,
  ask: Ask,
  orderIds: string[],
  { pick, whole, percent }: Chance,
  onAnswer: (count: number) => void,
): { attempts: Attempt[]; over: Promise<unknown> } {
  const attempts: Attempt[] = []
  let count = 0
  const over = Promise.all(
    Array.from({ length: SOCKETS }, async () => {
      const client = new Client(url)
      try {
        for (;;) {
          const repeated = attempts.length > 0 && percent(10) ? pick(attempts) : undefined
          const attempt = repeated ?? {
            orderId: pick(orderIds),
            body: {
              paymentIntentId: newIntent(),
              paidAmount: gbp(whole(1, 900)),
              ...(percent(50) ? { tipsAmount: gbp(whole(0, 200)) } : {}),
            },
            answers: [],
          }
          if (repeated === undefined) attempts.push(attempt)
          attempt.answers.push(
            await ask(client, 'POST', `/v1/orders/${attempt.orderId}/record-payment`, attempt.body),
          )
          onAnswer(++count)
        }
      } catch {
        // the server is gone
        await client.destroy()
      }
    }),
  )
  return { attempts, over }
}

const orderOf = ({ status, text }: Answer): Schemas['Order'] => {
  if (status !== 200) throw new Error(`${status} ${text}`)
  return JSON.parse(text) as Schemas['Order']
}

/**
 * That every payment that was answered is there once, and no other, but for those of which nobody
 * heard the end.
 */
async function checkPayments(
  t: Test,
  client: Client,
  ask: Ask,
  orderIds: string[],
  attempts: Attempt[],
): Promise<void> {
  const orders = await Promise.all(
    orderIds.map(async (orderId) => orderOf(await ask(client, 'GET', `/v1/orders/${orderId}`))),
  )
  const recorded = orders.flatMap(({ id, payments }) =>
    payments!.map((payment) => ({ orderId: id, ...payment })),
  )
  const byIntent = new Map(recorded.map((payment) => [payment.paymentIntentId, payment]))
  t.equal(byIntent.size, recorded.length, 'no intent is there twice')
  const answered = attempts.filter(({ answers }) => answers.some(({ status }) => status === 200))
  const lost = answered.filter(({ orderId, body }) => {
    const found = byIntent.get(body.paymentIntentId)
    return (
      found?.orderId !== orderId ||
      found.paidAmount.value !== body.paidAmount.value ||
      found.tipsAmount?.value !== body.tipsAmount?.value
    )
  })
  t.strictSame(lost, [], `all ${answered.length} payments that were answered are there`)
  const sent = new Set(attempts.map(({ body }) => body.paymentIntentId))
  t.ok(
    recorded.every(({ paymentIntentId }) => sent.has(paymentIntentId)),
    'and none that was not sent',
  )
  for (const { totalAmount, paidAmount, tipsAmount, payments } of orders) {
    t.equal(
      paidAmount!.value,
      payments!.reduce((sum, { paidAmount }) => sum + paidAmount.value, 0),
    )
    t.equal(
      tipsAmount!.value,
      payments!.reduce((sum, { tipsAmount }) => sum + (tipsAmount?.value ?? 0), 0),
    )
    t.ok(paidAmount!.value <= totalAmount!.value, 'nothing is above its total')
  }
}

async function createOrders(url: string, ask: Ask, totals: number[]): Promise<string[]> {
  const client = new Client(url)
  const ids: string[] = []
  for (const total of totals) {
    ids.push(orderOf(await ask(client, 'POST', '/v1/orders', orderRequest(total))).id)
  }
  await client.close()
  return ids
}

const isRefusedConnection = async (url: string): Promise<boolean> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

/** Over a socket of one's own: what comes when, byte by byte. */
class RawSocket {
  readonly socket: Socket
  #received = ''
  #over = false

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.on('data', (data) => {
      this.#received += data.toString()
    })
    this.socket.on('close', () => {
      this.#over = true
    })
    this.socket.on('error', () => {})
  }

  async send(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.write(text, () => {
        resolve()
      })
    })
  }

  /** The answer, or undefined when the connection was closed without one. */
  async answer(): Promise<Answer | undefined> {
    let answer: Answer | undefined
    await until(
      'an answer, or the end',
      () => {
        answer = this.#parsed()
        return answer !== undefined || this.#over
      },
      20_000,
    )
    return answer
  }

  #parsed(): Answer | undefined {
    const [head, ...rest] = this.#received
      .replace('HTTP/1.1 100 Continue\r\n\r\n', '')
      .split('\r\n\r\n')
    const headers = Object.fromEntries(
      head!
        .split('\r\n')
        .slice(1)
        .map((line) => [line.split(': ')[0]!.toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
    )
    const text = rest.join('\r\n\r\n')
    if (rest.length === 0 || Buffer.byteLength(text) < Number(headers['content-length'])) {
      return undefined
    }
    return { status: Number(head!.split(' ')[1]), headers, text }
  }
}

/**
 * Transactions that wait for a row queue by a lock on its place in the table. The first of them has
 * that lock, and waits for the holder of the row.
 */
const WAITING_FOR_ORDER = `SELECT l.pid FROM pg_locks l JOIN orders o ON l.locktype = 'tuple' AND l.relation = 'orders'::regclass
  AND format('(%s,%s)', l.page, l.tuple)::tid = o.ctid WHERE o.order_id = ANY ($1)`

// --- the tests

/** Large enough that every payment of a run fits, and two that are soon full. */
const TOTALS = [5_000, 9_000, ...Array<number>(10).fill(1_000_000)]

/** Transactions that recorded payments of several orders. */
const SHARED = `SELECT transaction_id FROM order_history WHERE action = 'PaymentRecorded'
  GROUP BY transaction_id HAVING count(DISTINCT order_id) > 1`

t.test('the server as a process of its own', async (t) => {
  const luck = chance(t)
  const dataDir = dataFolder(t)
  let running = await start(dataDir)
  const demo = demoOf(dataDir)!
  const askOnce = asking(demo)
  const ask = patiently(askOnce)
  const orderIds = await createOrders(running.url, ask, TOTALS)
  const small = new Set(orderIds.slice(0, 2))
  const sent: Attempt[] = []
  /** Whether it is settled: recorded, or refused by an order that is full. */
  const isSettled = ({ orderId, answers }: Attempt): boolean =>
    answers.some(({ status }) => status === 200 || (small.has(orderId) && status === 409))

  const startAgain = async (t: Test, withinMs = 5_000): Promise<void> => {
    running = await start(dataDir)
    t.ok(
      running.startedMs < withinMs,
      `it is there again after ${Math.round(running.startedMs)} ms`,
    )
    t.same(
      { ...demoOf(dataDir), url: '' },
      { ...demo, url: '' },
      'with the same venue and credential',
    )
  }

  const checkData = async (t: Test): Promise<void> => {
    const client = new Client(running.url)
    await checkPayments(t, client, ask, orderIds, sent)
    await client.close()
    t.strictSame(await withDatabase(dataDir, brokenRules), [], 'every rule of the data holds')
    const shared = await withDatabase(dataDir, async (sql) => await sql(SHARED))
    t.ok(shared.length > 0, `${shared.length} transactions were shared so far`)
  }

  const checkGone = async (t: Test): Promise<void> => {
    t.same(await running.ended, { code: 0, signal: null }, 'the process ends as asked')
    t.match(running.said(), /Stopped\.$/)
    t.strictSame(processesOf(dataDir), [], 'nothing is left running')
    t.ok(await isRefusedConnection(running.url), 'the port is closed')
  }

  for (const { name, database } of [
    { name: 'kill -9 in the middle of payments', database: false },
    { name: 'kill -9 again', database: false },
    { name: 'kill -9 of the database too', database: true },
  ]) {
    await t.test(name, async (t) => {
      const after = luck.whole(40, 200)
      t.comment(`killed after ${after} answers`)
      const { child, ended } = running
      const postmaster = postmasterOf(dataDir).pid
      let answers = 0
      const { attempts, over } = fire(running.url, askOnce, orderIds, luck, () => {
        if (++answers !== after) return
        child.kill('SIGKILL')
        if (database) process.kill(postmaster, 'SIGKILL')
      })
      await over
      t.match(await ended, { signal: 'SIGKILL' })
      if (database) {
        await until('the system has buried the database', () => !existsSync(`/proc/${postmaster}`))
      }
      sent.push(...attempts)
      const unsettled = attempts.filter((attempt) => !isSettled(attempt))
      t.ok(
        answers >= after && unsettled.some(({ answers }) => answers.length === 0),
        `${unsettled.length} payments were in flight`,
      )

      await startAgain(t, database ? 15_000 : undefined) // which has to recover first
      await checkData(t)

      const client = new Client(running.url)
      for (const { orderId, body, answers } of unsettled) {
        answers.push(await ask(client, 'POST', `/v1/orders/${orderId}/record-payment`, body))
      }
      await client.close()
      t.strictSame(
        unsettled.filter((attempt) => !isSettled(attempt)),
        [],
        'the others succeed when they are sent again, but for those that an order has no room for',
      )
      await checkData(t)
    })
  }

  for (const { signal, send } of [
    { signal: 'SIGTERM', send: ({ pid }: ChildProcess) => process.kill(pid!, 'SIGTERM') },
    // As Ctrl-C does: to every process of the group.
    { signal: 'SIGINT', send: ({ pid }: ChildProcess) => process.kill(-pid!, 'SIGINT') },
  ]) {
    await t.test(`${signal} in the middle of payments`, async (t) => {
      const open = orderIds.at(-1)
      const held = await createOrders(running.url, ask, Array<number>(4).fill(1_000_000))
      const payment = (orderId: string): Attempt => ({
        orderId,
        body: { paymentIntentId: newIntent(), paidAmount: gbp(100) },
        answers: [],
      })
      // Others come and go all the time, but not to the orders that are held below.
      const after = luck.whole(10, 100)
      const busy = Promise.withResolvers<void>()
      const { attempts, over } = fire(running.url, askOnce, [...orderIds], luck, (count) => {
        if (count === after) busy.resolve()
      })
      await busy.promise

      // Two sockets of which the server has seen something: the head of a request without its body,
      // and no request yet.
      const slow = payment(open!)
      const slowBody = JSON.stringify(slow.body)
      const head = (path: string, ...more: string[]): string =>
        [
          `POST ${path} HTTP/1.1`,
          'Host: epos',
          `Authorization: ${basic(demo.username, demo.password)}`,
          'Content-Type: application/json',
          ...more,
          '',
          '',
        ].join('\r\n')
      const [slowSocket, lateSocket] = [new RawSocket(running.url), new RawSocket(running.url)]
      await slowSocket.send(
        head(
          `/v1/orders/${open}/record-payment`,
          `Content-Length: ${slowBody.length}`,
          'Expect: 100-continue',
        ),
      )
      await until('its head was read', () => slowSocket.socket.bytesRead > 0)
      await lateSocket.send('\r\n') // which HTTP allows before a request
      // Payments that the server has read and cannot finish yet, over connections that stay open.
      orderIds.push(...held)
      const clients = held.map(() => new Client(running.url))
      const inFlight = held.map(payment)
      await withDatabase(dataDir, async (sql) => {
        const holder = await holdOrderRows(databaseOf(dataDir), held)
        const waiting = Promise.all(
          inFlight.map(async ({ orderId, body, answers }, index) => {
            answers.push(
              await askOnce(clients[index]!, 'POST', `/v1/orders/${orderId}/record-payment`, body),
            )
          }),
        )
        await until(
          'they wait',
          async () => (await sql(WAITING_FOR_ORDER, [held])).length === held.length,
        )
        send(running.child)
        await running.says(`${signal}: finishing the requests in flight.`)
        await holder.release()
        await waiting
      })
      t.strictSame(
        inFlight.map(({ answers }) => answers[0]!.status),
        [200, 200, 200, 200],
        'what was in flight is answered 200',
      )
      await lateSocket.send(head('/v1/orders/search', 'Content-Length: 2') + '{}')
      await slowSocket.send(slowBody)
      const slowAnswer = await slowSocket.answer()
      t.equal(slowAnswer?.status, 200, 'so is what had begun to arrive')
      slow.answers.push(slowAnswer!)
      await over
      sent.push(...inFlight, slow, ...attempts)

      // What came later is served, refused as the contract says, or not answered at all.
      const late = [
        await lateSocket.answer(),
        ...attempts.flatMap(({ answers }) => answers),
      ].filter((answer) => answer !== undefined && answer.status !== 200) as Answer[]
      const outsideOfTheContract = late.filter(({ status, text, headers }) => {
        try {
          checkError(strictly, { statusCode: status, payload: text, headers })
          return false
        } catch {
          return true
        }
      })
      t.strictSame(
        outsideOfTheContract.map(({ status, text }) => `${status} ${text}`),
        [],
        'a request that came too late is answered as the contract says',
      )
      await checkGone(t)
      await Promise.all(
        clients.map(async (client) => {
          await client.destroy()
        }),
      )

      await startAgain(t)
      await checkData(t)
    })
  }

  await t.test('SIGTERM with open but idle connections', async (t) => {
    const [silent, idle] = [new RawSocket(running.url), new Client(running.url)]
    await once(silent.socket, 'connect')
    t.equal((await ask(idle, 'GET', '/v1/areas')).status, 200)
    running.child.kill('SIGTERM')
    await checkGone(t)
    await idle.destroy()
  })
})
