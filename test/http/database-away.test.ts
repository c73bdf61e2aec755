// The database goes away and comes back: 503 with the error body within two seconds, not ready
// meanwhile, and well again without a restart. On a PostgreSQL of its own, reached through a door
// that stays at one port when it comes back on another.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { CapabilityName } from '../../src/contract/capabilities.ts'
import { limits } from '../../src/limits.ts'
import {
  acquireEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/store/database/embedded-postgres.ts'
import { migrate } from '../../src/store/database/migrations.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { FAST_SETTINGS } from '../support/database.ts'
import { gbp, inSeconds, newOrder, newTables, orderRequest } from '../support/orders.ts'
import { basic, startServer } from '../support/server.ts'
import {
  answered,
  checkRefused,
  newParty,
  newReservation,
  partyRequest,
  raw,
  reservationRequest,
  until,
} from '../support/visits.ts'

/** This database crashes, and what it has committed by then must be there afterwards. */
const SETTINGS = FAST_SETTINGS.filter((setting) => !setting.startsWith('synchronous_commit'))

/** Two seconds, and two for a busy machine; without limits it would be minutes. */
const LATEST_MS = 4_000

interface Door {
  port: number
  setTarget: (port: number) => void
  close: () => Promise<void>
}

/** Passes bytes on to another port of this machine. */
async function openDoor(): Promise<Door> {
  let target = 0
  const sockets = new Set<Socket>()
  const server = createTcpServer((outer) => {
    const inner = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(socket)
      socket
        .setNoDelay(true)
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
        .pipe(other)
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    setTarget: (port) => {
      target = port
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

const ID_COLUMNS: Record<string, string> = {
  orders: 'order_id',
  parties: 'party_id',
  reservations: 'reservation_id',
}

t.test('the database away', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-away-'))
  chmodSync(dataDir, 0o755) // the user that runs PostgreSQL passes through it
  const door = await openDoor()
  let running: EmbeddedPostgres | undefined
  const start = async (): Promise<void> => {
    running = await acquireEmbeddedPostgres({ dataDir, settings: SETTINGS })
    door.setTarget(Number(new URL(running.url).port))
  }
  const stop = async (): Promise<void> => {
    await running?.release()
    running = undefined
  }
  const postmaster = (): number =>
    Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  // A failure that ends this process must not leave a database behind.
  const sweep = (): void => {
    const pid = postmaster()
    for (const signal of ['SIGCONT', 'SIGQUIT'] as const) process.kill(pid, signal)
    // PostgreSQL removes this file last of all; nothing else can be done at exit than to look.
    while (existsSync(join(dataDir, 'postgres/postmaster.pid'))) execFileSync('sleep', ['0.05'])
    rmSync(dataDir, { recursive: true, force: true })
  }
  process.once('exit', sweep)
  t.teardown(async () => {
    process.off('exit', sweep)
    await door.close()
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  await start()
  const pool = createPool({ databaseUrl: running!.url, poolSize: 2 })
  await migrate(pool, running!.url)
  await pool.end()
  /** A connection that does not go through the door, for what another program would do. */
  const outsider = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: running!.url })
    client.on('error', () => {}) // it may be ended by the test
    await client.connect()
    return client
  }

  // Credentials stay remembered until the test lets time pass, so that the handlers' own statements
  // meet the fault.
  let nowMs = 0
  const server = await startServer(t, {
    databaseUrl: Object.assign(new URL(running!.url), { port: String(door.port) }).toString(),
    overrides: { nowMs: () => nowMs },
  })
  const { venue } = server
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const order = await newOrder(venue, 10_000)
  const party = await newParty(venue, [table], { dojoPartyId: 'dojo-party' })
  const reservation = await newReservation(venue, [table], {
    dojoReservationId: 'dojo-reservation',
  })
  let intents = 0
  const payment = () => ({
    orderId: order.id,
    paymentIntentId: `pi_${++intents}`,
    paidAmount: gbp(1),
  })

  /** One of each way to the database: a single statement, a transaction, Prisma, a page. */
  const calls: [CapabilityName, () => object][] = [
    ['GetOrderById', () => ({ orderId: order.id })],
    ['RecordOrderPaymentById', payment],
    ['ListAreas', () => ({})],
    ['SearchOrders', () => ({})],
    ['CreateOrder', () => orderRequest(100)],
    ['CreateParty', () => partyRequest([table])],
    [
      'UpdateReservation',
      () => ({
        ...reservationRequest([table], { dojoReservationId: 'dojo-reservation' }),
        reservationId: reservation.id,
      }),
    ],
    ['CreateOrderLock', () => ({ orderId: order.id, lockId: 'lock', expiry: inSeconds(60) })],
  ]

  async function timed(
    name: CapabilityName,
    input: object,
  ): Promise<{
    status: number
    error: { errorType: string }
    headers: Record<string, unknown>
    tookMs: number
  }> {
    const startedMs = performance.now()
    const reply = await venue.call(name, input as never)
    return { ...reply, tookMs: performance.now() - startedMs }
  }

  async function checkAway(t: Test): Promise<void> {
    for (const [name, input] of calls) {
      const { status, error, headers, tookMs } = await timed(name, input())
      t.equal(status, 503, name)
      t.equal(error.errorType, 'UnexpectedError')
      t.ok(Number(headers['retry-after']) >= 1)
      t.ok(tookMs < LATEST_MS, `${name} answered after ${Math.round(tookMs)} ms`)
    }
    const all = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const [name, input] = calls[index % calls.length]!
        return await timed(name, input())
      }),
    )
    t.strictSame(
      all.map(({ status }) => status),
      Array(40).fill(503),
      'many at once',
    )
    t.ok(
      all.every(({ tookMs }) => tookMs < LATEST_MS),
      `the slowest of many answered after ${Math.round(Math.max(...all.map(({ tookMs }) => tookMs)))} ms`,
    )
    await checkForgotten(t)
    const startedMs = performance.now()
    t.equal((await server.app.inject('/health/ready')).statusCode, 503, 'not ready')
    t.ok(performance.now() - startedMs < LATEST_MS)
    t.equal((await server.app.inject('/health/live')).statusCode, 200, 'live')
  }

  /** A credential that must be looked up first. */
  async function checkForgotten(t: Test): Promise<void> {
    nowMs += limits.credentialCacheMs
    const startedMs = performance.now()
    checkRefused(t, await raw(server, venue, { url: '/v1/areas' }), {
      status: 503,
      errorType: 'UnexpectedError',
    })
    checkRefused(
      t,
      await raw(server, venue, {
        url: '/v1/areas',
        headers: { authorization: basic('nobody', 'x') },
      }),
      { status: 503, errorType: 'UnexpectedError' },
    )
    t.ok(performance.now() - startedMs < 2 * LATEST_MS)
    nowMs -= limits.credentialCacheMs
  }

  async function checkBack(t: Test): Promise<void> {
    await until(
      'the server answers again',
      async () => (await server.app.inject('/health/ready')).statusCode === 200,
      20_000,
    )
    for (const [name, input] of calls) {
      t.equal((await venue.call(name, input() as never)).status, 200, `${name} answers again`)
    }
    await venue.call('DeleteOrderLock', { orderId: order.id, lockId: 'lock' })
  }

  const paidMinor = async (): Promise<number> =>
    answered(await venue.call('GetOrderById', { orderId: order.id })).paidAmount!.value

  t.test('well at first', async (t) => {
    await checkBack(t)
  })

  t.test('idle connections are ended: the next requests find others', async (t) => {
    const client = await outsider()
    const { rows } = await client.query(
      "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE application_name = 'epos server'",
    )
    t.ok(rows.length >= 1)
    await client.end()
    const replies = await Promise.all(
      Array.from({ length: 10 }, async () => await timed('GetOrderById', { orderId: order.id })),
    )
    t.strictSame(
      replies.filter(({ status }) => status !== 200 && status !== 503),
      [],
    )
    await checkBack(t)
  })

  t.test(
    'connections are ended in the middle of their work: 503, nothing half done, and on it goes',
    async (t) => {
      const blocked: [CapabilityName, object, string, string][] = [
        ['RecordOrderPaymentById', { ...payment(), paidAmount: gbp(500) }, 'orders', order.id],
        [
          'UpdateParty',
          {
            ...partyRequest([table], { dojoPartyId: 'dojo-party' }),
            partyId: party.id,
            status: 'Changed',
          },
          'parties',
          party.id,
        ],
        [
          'DeleteReservationById',
          { reservationId: reservation.id },
          'reservations',
          reservation.id,
        ],
      ]
      const before = await paidMinor()
      // Not the holder: what a transaction sees of other sessions stays as it was at first.
      const watcher = await outsider()
      for (const [name, input, from, id] of blocked) {
        const holder = await outsider()
        await holder.query('BEGIN')
        await holder.query(`SELECT 1 FROM ${from} WHERE ${ID_COLUMNS[from]} = $1 FOR UPDATE`, [id])
        const call = timed(name, input)
        await until(
          `${name} waits for the row`,
          async () => (await watcher.query(WAITING)).rowCount === 1,
        )
        await watcher.query(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) AS waiting`)
        const { status, tookMs } = await call
        t.equal(status, 503, name)
        t.ok(tookMs < LATEST_MS)
        await holder.query('ROLLBACK')
        await holder.end()
      }
      await watcher.end()
      t.equal(await paidMinor(), before)
      t.equal(answered(await venue.call('GetPartyById', { partyId: party.id })).status, 'Seated')
      t.equal(
        (await venue.call('GetReservationById', { reservationId: reservation.id })).status,
        200,
      )
      const [name, input] = blocked[0]!
      t.equal((await venue.call(name, input as never)).status, 200, 'Dojo repeats itself')
      t.equal(await paidMinor(), before + 500)
      await checkBack(t)
    },
  )

  t.test(
    'a row that somebody keeps for long: 503 in time, nothing half done, and on it goes',
    async (t) => {
      const holder = await outsider()
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE', [order.id])
      const kept = payment()
      const { status, tookMs } = await timed('RecordOrderPaymentById', kept)
      t.equal(status, 503)
      t.ok(tookMs < LATEST_MS, `after ${Math.round(tookMs)} ms`)
      await holder.query('ROLLBACK')
      await until(
        'what was given up has ended',
        async () => (await holder.query(WAITING)).rowCount === 0,
      )
      await holder.end()
      const before = await paidMinor()
      t.equal((await venue.call('RecordOrderPaymentById', kept)).status, 200, 'Dojo repeats itself')
      t.equal(await paidMinor(), before + 1)
      await checkBack(t)
    },
  )

  t.test('a backend dies: PostgreSQL ends all connections and recovers', async (t) => {
    const client = await outsider()
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'epos server' LIMIT 1",
    )
    process.kill(rows[0]!.pid, 'SIGKILL')
    await until(
      'the others were ended',
      async () =>
        await client.query('SELECT 1').then(
          () => false,
          () => true,
        ),
    )
    const { status, tookMs } = await timed('GetOrderById', { orderId: order.id })
    t.ok([200, 503].includes(status), `status ${status}`)
    t.ok(tookMs < LATEST_MS)
    await checkBack(t)
  })

  t.test('PostgreSQL stops and starts again', async (t) => {
    const before = await paidMinor()
    await stop()
    await checkAway(t)
    await start()
    await checkBack(t)
    t.ok((await paidMinor()) > before)
  })

  t.test(
    'PostgreSQL is stopped while requests are under way: each is answered, and none is half done',
    async (t) => {
      const before = await paidMinor()
      const replies = Promise.all(
        Array.from({ length: 60 }, async () => await timed('RecordOrderPaymentById', payment())),
      )
      await stop()
      const done = await replies
      t.strictSame(
        done.filter(({ status }) => status !== 200 && status !== 503),
        [],
      )
      t.ok(done.every(({ tookMs }) => tookMs < LATEST_MS + limits.databaseConnectTimeoutMs))
      await start()
      await until(
        'the server answers again',
        async () => (await server.app.inject('/health/ready')).statusCode === 200,
        20_000,
      )
      const paid = (await paidMinor()) - before
      const counted = done.filter(({ status }) => status === 200).length
      t.ok(paid >= counted, `${counted} answered payments, ${paid} recorded`)
      await checkBack(t)
    },
  )

  t.test('PostgreSQL no longer answers, without a word', async (t) => {
    await checkBack(t)
    const pids = processesBelow(postmaster())
    t.ok(pids.length > 3)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    try {
      await checkAway(t)
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
    await checkBack(t)
  })
})

const WAITING =
  "SELECT pid FROM pg_stat_activity WHERE application_name = 'epos server' AND wait_event_type = 'Lock'"

/** A process and its children. */
function processesBelow(parent: number): number[] {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => pid)
  return [parent, ...children]
}
