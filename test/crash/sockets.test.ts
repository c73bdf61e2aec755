// An evening of sockets: three servers share the venues, payments flow through all of them, and
// servers are killed and frozen, database connections are cut, lines go dead, and the gateway
// restarts. Every venue is served again in time, no payment has two effects, and none that was
// answered is lost. SOCKET_VENUES=200 plays it at full size, and measures the storm of connects.
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { seal } from '../../src/operator/secrets.ts'
import { freshDatabase } from '../support/database.ts'
import { startGateway, type Gateway, type Line } from '../support/gateway.ts'
import { brokenRules, chance } from '../support/load.ts'
import { gbp } from '../support/orders.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'
import { SECRETS_KEY, SOFTWARE_HOUSE_ID } from '../support/with-dojo.ts'

const VENUES = Number(process.env['SOCKET_VENUES'] ?? 30)
const SERVERS = 3
/** How many of the five are played: all of them at full size. */
const FAULTS = VENUES >= 200 ? 5 : 2
const FROZEN_MS = VENUES >= 200 ? 60_000 : 7_000
const SERVED_AGAIN_MS = 10_000
/** By then nothing is answered any more that was on its way before a fault. */
const SETTLED_MS = 1_000
const BETWEEN_REQUESTS_MS = VENUES >= 200 ? 1_000 : 400
/** As Dojo: the same request again, under the same id. */
const ANSWER_WITHIN_MS = 1_500

interface Venue {
  locationId: string
  orderId: string
  key: string
  answered: Set<string>
  /** When it was last served, by `performance.now()`. */
  servedAtMs: number
  /** The last fault, by the same clock. */
  faultAtMs: number
  /** The longest that it was not served since then. */
  longestGapMs: number
}

t.test('venues are served through sockets, whatever ends', { timeout: 400_000 }, async (t) => {
  const { shuffled, pick } = chance(t)
  const databaseUrl = await freshDatabase(t)
  const client = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  client.on('error', () => {})
  t.teardown(async () => {
    await client.end()
  })
  const gateway = await startGateway(t)
  const venues = await newVenues(client)
  const start = async (): Promise<ServerProcess> =>
    await startServerProcess(t, {
      DATABASE_URL: databaseUrl,
      SECRETS_KEY,
      SOFTWARE_HOUSE_ID,
      DOJO_SOCKET_URL: gateway.url,
      DATABASE_POOL_SIZE: '6',
    })
  const servers = await Promise.all(Array.from({ length: SERVERS }, start))
  const closing = new AbortController()
  const isOpen = (): boolean => !closing.signal.aborted
  const paying = venues.map(async (venue) => {
    await wait(Math.random() * BETWEEN_REQUESTS_MS)
    while (isOpen()) {
      await payOnce(gateway, venue, isOpen)
      await wait(BETWEEN_REQUESTS_MS)
    }
  })
  await until('all are served', () => venues.every(({ answered }) => answered.size > 0), 60_000)

  const afterwards = async (what: string, withinMs: number): Promise<void> => {
    await servedAgain(t, venues, what, withinMs)
  }
  const faults: Array<() => Promise<void>> = [
    async () => {
      const at = pick([0, 1, 2])
      await servers[at]!.kill()
      await afterwards('a server was killed', SERVED_AGAIN_MS)
      servers[at] = await start()
    },
    async () => {
      const { child } = pick(servers)
      child.kill('SIGSTOP')
      await afterwards('a server was frozen', SERVED_AGAIN_MS)
      await wait(FROZEN_MS)
      child.kill('SIGCONT')
      await afterwards('it went on', SERVED_AGAIN_MS)
    },
    async () => {
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'epos server' AND datname = current_database()",
      )
      await afterwards('database connections were cut', SERVED_AGAIN_MS)
    },
    async () => {
      const lines = gateway.lines.filter(({ webSocket }) => webSocket.readyState === 1)
      for (const line of shuffled(lines).slice(0, VENUES / 3)) line.freeze()
      await afterwards('a third of the lines went dead', SERVED_AGAIN_MS)
    },
    async () => {
      gateway.refuseWith(503)
      for (const { webSocket } of gateway.lines) webSocket.close(1012)
      await wait(500)
      gateway.refuseWith(undefined)
      await afterwards('the gateway restarted', SERVED_AGAIN_MS)
    },
  ]
  gateway.connectedAtMs.length = 0
  gateway.openedAtMs.length = 0
  for (const fault of shuffled(faults).slice(0, FAULTS)) await fault()
  closing.abort()
  await Promise.all(paying)
  await until('nothing is left to answer', async () => {
    const { rows } = await client.query('SELECT count(*)::int AS paid FROM payments')
    await wait(200)
    return (
      (await client.query('SELECT count(*)::int AS paid FROM payments')).rows[0].paid ===
      rows[0].paid
    )
  })

  const { rows } = await client.query<{ id: string; location: string }>(
    'SELECT payment_intent_id AS id, location_id AS location FROM payments',
  )
  const recorded = new Set(rows.map(({ id }) => id))
  t.equal(recorded.size, rows.length, 'no payment has two effects')
  const answered = venues.flatMap((venue) => [...venue.answered])
  t.same(
    answered.filter((id) => !recorded.has(id)),
    [],
    'no answered payment is lost',
  )
  t.same(await brokenRules(async (text) => (await client.query(text)).rows as never), [])
  const most = mostInOneSecond(gateway.openedAtMs)
  const tries = mostInOneSecond(gateway.connectedAtMs)
  t.comment(`${answered.length} payments; in one second at most ${most} connects, ${tries} tries`)
  if (VENUES >= 200) t.ok(most <= VENUES / 10, 'no second with more than a tenth of them', { most })
})

async function newVenues(client: pg.Pool): Promise<Venue[]> {
  const venues = Array.from({ length: VENUES }, (_, index): Venue => {
    const number = String(index + 1).padStart(4, '0')
    return {
      locationId: `loc_${number}`,
      orderId: `ord_${number}`,
      key: `sk_sandbox_${number}`,
      answered: new Set(),
      servedAtMs: performance.now(),
      faultAtMs: performance.now(),
      longestGapMs: 0,
    }
  })
  for (const { locationId, orderId, key } of venues) {
    await client.query(
      `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template, dojo_key_sealed, verify_payments,
          transport)
        VALUES ($1, 'A venue', 'GBP', 'Europe/London', $2, '{"header":[],"footer":[]}', $3, 'off', 'socket')`,
      [locationId, randomBytes(32), seal(key, SECRETS_KEY, locationId)],
    )
    await client.query(
      `INSERT INTO orders (location_id, order_id, order_type, status, total_minor)
        VALUES ($1, $2, 'DineIn', 'Accepted', 1000000)`,
      [locationId, orderId],
    )
  }
  return venues
}

/** Until it is answered, over whichever line is open: the same request, under the same id. */
async function payOnce(gateway: Gateway, venue: Venue, goesOn: () => boolean): Promise<void> {
  const { orderId, key } = venue
  const payment = { orderId, paymentIntentId: `pi-${randomUUID()}`, paidAmount: gbp(1) }
  const id = randomUUID()
  while (goesOn()) {
    const line = gateway.lines.findLast(
      (line) => line.key === key && line.webSocket.readyState === 1,
    )
    if (line === undefined) {
      await wait(20)
      continue
    }
    const answer = await Promise.race([
      line.ask('RecordOrderPaymentById', payment, { id }),
      line.closed.then(() => undefined),
      newerLine(gateway, line),
      wait(ANSWER_WITHIN_MS, undefined, { ref: false }),
    ])
    if (answer?.error !== undefined && answer.error.errorType !== 'UnexpectedError') {
      throw new Error(`refused: ${JSON.stringify(answer)}`)
    }
    if (answer?.result === undefined) {
      await wait(50)
      continue
    }
    venue.answered.add(payment.paymentIntentId)
    const nowMs = performance.now()
    venue.longestGapMs = Math.max(
      venue.longestGapMs,
      nowMs - Math.max(venue.servedAtMs, venue.faultAtMs),
    )
    venue.servedAtMs = nowMs
    return
  }
}

/** Resolves once its venue has connected anew: the gateway asks there from then on. */
async function newerLine(gateway: Gateway, { key, webSocket }: Line): Promise<undefined> {
  const newest = (): Line | undefined => gateway.lines.findLast((line) => line.key === key)
  const deadlineMs = performance.now() + ANSWER_WITHIN_MS
  while (newest()?.webSocket === webSocket && performance.now() < deadlineMs) await wait(100)
}

/** Every venue is served after this moment, within the time. */
async function servedAgain(
  t: Test,
  venues: Venue[],
  what: string,
  withinMs: number,
): Promise<void> {
  const sinceMs = performance.now()
  for (const venue of venues) Object.assign(venue, { faultAtMs: sinceMs, longestGapMs: 0 })
  const isServed = ({ servedAtMs }: Venue): boolean => servedAtMs > sinceMs
  await until(`${what}: all are served`, () => venues.every(isServed), 60_000)
  // What was answered from before the fault on its way may hide a gap that follows.
  await wait(SETTLED_MS)
  await until(
    `${what}: and again`,
    () => venues.every(({ servedAtMs }) => servedAtMs > sinceMs + SETTLED_MS),
    60_000,
  )
  const longestMs = Math.max(...venues.map(({ longestGapMs }) => longestGapMs))
  t.ok(longestMs < withinMs, `${what}: every venue is served again`, { longestMs })
  t.comment(`${what}: the longest that a venue was not served was ${Math.round(longestMs)} ms`)
}

function mostInOneSecond(atMs: readonly number[]): number {
  let most = 0
  for (let from = 0, to = 0; to < atMs.length; to++) {
    while (atMs[to]! - atMs[from]! > 1_000) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}
