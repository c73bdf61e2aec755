// A counter while processes die: two servers on one database, two tills, four card machines, and a
// Dojo that loses answers. A server is killed with kill -9 in the middle of payments, and another
// takes them up. The tills do what `chargeAgain` says. In the end every bill is paid once, and Dojo
// has exactly that money. CARD_KILL_EVENINGS plays more than one evening, one seed after the other.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createLocation } from '../../src/operator/locations.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { createToken } from '../../src/operator/tokens.ts'
import type { Fault } from '../../src/sandbox/kit/faults.ts'
import type { Account } from '../../src/sandbox/dojo/state.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { startSandbox } from '../sandbox/support/dojo.ts'
import { freshDatabase } from '../support/database.ts'
import { brokenRules, chance, chanceOf, type Chance } from '../support/load.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'

const EVENINGS = Number(process.env['CARD_KILL_EVENINGS'] ?? 1)
const SECRETS_KEY = '00'.repeat(32)
const GUESTS = 3
/** In one evening. */
const KILLS = 2
const MACHINES = ['AIP0', 'SIP0', 'DIP0', 'TIP0']
const FAULTS: Fault[] = [
  { kind: 'api-500', probability: 0.05 },
  { kind: 'api-cut', probability: 0.05 },
  { kind: 'api-slow', probability: 0.1, delayMs: 100 },
  { kind: 'api-answer-lost', probability: 0.05 },
  { kind: 'captured-after-expired', probability: 0.3, delayMs: 20_000 },
  { kind: 'captured-after-canceled', probability: 0.3, delayMs: 20_000 },
]
/** How much faster the stand-in's time goes than the day's. */
const HASTE = 10
/** How often a till looks; more often costs a processor, and nobody is served sooner. */
const LOOK_MS = 200
const SERVED_WITHIN_MS = 150_000

interface Evening {
  chance: Chance
  account: Account
  sql: pg.Pool
  locationId: string
  token: string
  servers: ServerProcess[]
  start: () => Promise<ServerProcess>
}

async function openEvening(t: Test, seed: number): Promise<Evening> {
  const dice = chanceOf(seed)
  const databaseUrl = await freshDatabase(t)
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const pool = createPool({ databaseUrl, poolSize: 2 })
  const store = createStore(pool)
  const { sandbox, url, key } = await startSandbox(t, { seed: dice.seed })
  const { simulation: world } = sandbox
  const ticking = setInterval(() => {
    void world.clock.advance((HASTE - 1) * 100)
  }, 100)
  t.teardown(async () => {
    clearInterval(ticking)
    await store.prisma.$disconnect()
    await pool.end()
    await sql.end()
  })
  const { locationId } = await createLocation(store.prisma, { name: 'Counter', currency: 'GBP' })
  await setDojoKey(store.prisma, locationId, key, SECRETS_KEY)
  const { token } = await createToken(store.prisma, locationId, { role: 'waiter' })
  await sql.query(
    `INSERT INTO orders (location_id, order_id, order_type, status, total_minor)
    SELECT $1, 'ord_' || n, 'DineIn', 'Accepted', 1000 + 100 * n FROM generate_series(1, $2::int) AS n`,
    [locationId, GUESTS],
  )
  const account = world.account(key)
  for (const fault of FAULTS) world.faultsOf(account).add(fault)
  const start = async (): Promise<ServerProcess> =>
    await startServerProcess(t, {
      DATABASE_URL: databaseUrl,
      SECRETS_KEY,
      SOFTWARE_HOUSE_ID: 'house',
      DOJO_API_URL: url,
    })
  const servers = await Promise.all([start(), start()])
  return { chance: dice, account, sql, locationId, token, servers, start }
}

/** A till repeats its request at the other server when one does not answer. */
async function ask(
  { servers, token, chance: { pick } }: Evening,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: any }> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(`${pick(servers).url}/till/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (response.status !== 503) return { status: response.status, body: await response.json() }
    } catch (error) {
      if (tries > 300) throw error
    }
    await wait(LOOK_MS)
  }
}

/** One guest, served by what the card payment says until the bill is paid. */
async function serve(evening: Evening, orderId: string): Promise<void> {
  const terminal = (): string => machineOf(evening)
  const deadline = performance.now() + SERVED_WITHIN_MS
  let count = 0
  let path: string | undefined
  for (;;) {
    const { body: order } = await ask(evening, 'GET', `/orders/${orderId}`)
    if (order.balanceMinor === 0) return
    if (performance.now() > deadline) throw await notServed(evening, orderId)
    if (path === undefined) {
      const id = `crd_${orderId}_${++count}`
      const started = await ask(evening, 'POST', `/orders/${orderId}/card-payments`, {
        id,
        terminalId: terminal(),
      })
      if (started.status < 300 || started.body.cardPaymentId === id) {
        path = `/orders/${orderId}/card-payments/${id}`
      }
    } else {
      const { body: card } = await ask(evening, 'GET', path)
      path = await act(evening, path, card, terminal)
    }
    await wait(LOOK_MS)
  }
}

function machineOf({ account, chance }: Evening): string {
  const ending = chance.pick(MACHINES)
  const machines = [...account.terminals.values()]
  return machines.find(({ properties }) => properties.tid.endsWith(ending))!.id
}

/** What the card payments of a bill say that nobody could pay in time. */
async function notServed(evening: Evening, orderId: string): Promise<Error> {
  const { body } = await ask(evening, 'GET', `/orders/${orderId}/card-payments`)
  return new Error(`${orderId} is not paid: ${JSON.stringify(body.rows)}`)
}

/** @returns the path of the card payment that goes on; undefined where a new one may start */
async function act(
  evening: Evening,
  path: string,
  card: { status: string; chargeAgain: string; canRetry: boolean },
  terminal: () => string,
): Promise<string | undefined> {
  const { percent } = evening.chance
  if (card.status === 'SignatureRequired' && percent(50)) {
    await ask(evening, 'POST', `${path}/signature`, { accepted: percent(70) })
  } else if (card.chargeAgain === 'unknown' && percent(20)) {
    await ask(evening, 'POST', `${path}/cancel`)
  } else if (card.chargeAgain === 'safe') {
    if (!card.canRetry) return undefined
    await ask(evening, 'POST', `${path}/retry`, { terminalId: terminal() })
  }
  return path
}

const first = chance(t).seed
for (let count = 0; count < EVENINGS; count++) {
  t.test(`evening ${first + count}: every bill is paid once`, { timeout: 200_000 }, async (t) => {
    const evening = await openEvening(t, first + count)
    const { account, sql, locationId, servers, chance } = evening
    const killing = (async () => {
      for (let kills = 0; kills < KILLS; kills++) {
        await wait(chance.whole(500, 3_000))
        const [victim] = servers.splice(chance.whole(0, 1), 1)
        await victim!.kill()
        servers.push(await evening.start())
      }
    })()
    const orderIds = Array.from({ length: GUESTS }, (_, index) => `ord_${index + 1}`)
    await Promise.all(
      orderIds.map(async (orderId) => {
        await serve(evening, orderId)
      }),
    )
    await killing

    const captured = [...account.intents.values()].filter(
      ({ shown }) => shown.status === 'Captured',
    )
    t.strictSame(
      captured.map(({ shown }) => shown.orderDetails?.externalId).sort(),
      orderIds.sort(),
      'one captured intent for each bill',
    )
    const { rows } = await sql.query(
      `SELECT order_id FROM orders WHERE location_id = $1 AND (paid_minor <> total_minor OR status <> 'Finalized')`,
      [locationId],
    )
    t.strictSame(rows, [], 'every bill is paid')
    await until(
      'nothing is under way and no order is held',
      async () => {
        const { rows: open } = await sql.query(
          `SELECT 1 FROM card_payments WHERE ended_at IS NULL
        UNION ALL SELECT 1 FROM order_locks WHERE ended_at IS NULL AND expires_at > now()`,
        )
        return open.length === 0
      },
      30_000,
    )
    t.strictSame(await brokenRules(async (text) => (await sql.query(text)).rows), [])
  })
}
