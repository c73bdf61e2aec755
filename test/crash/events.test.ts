// Events under kill -9: hundreds of changes, and the server is killed again and again meanwhile. In
// the end Dojo got an event of each order after its last change, and none of an unchanged one, and
// a system of the venue's own got every single one, each time with the same webhook-id.
// `KILLS=100 tap test/crash/events.test.ts` kills it more often.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import t from 'tap'
import { freshDatabase } from '../support/database.ts'
import { startFakeDojo } from '../support/fake-dojo.ts'
import { chance } from '../support/load.ts'
import { orderRequest } from '../support/orders.ts'
import { basic } from '../support/server.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'
import { seal } from '../../src/operator/secrets.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { changeSettings } from '../../src/operator/settings.ts'
import { createLocation } from '../../src/operator/locations.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'

const SECRETS_KEY = '00'.repeat(32)
const KILLS = Number(process.env['KILLS'] ?? 4)
const CHANGES = Math.max(300, 12 * KILLS)
const ORDERS = 25
const AT_ONCE = 8

t.setTimeout(300_000 + 9_000 * KILLS)
t.test('no event is lost, and none is invented', async (t) => {
  const { whole } = chance(t)
  const databaseUrl = await freshDatabase(t)
  const client = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const pool = createPool({ databaseUrl, poolSize: 2 })
  const store = createStore(pool)
  const { locationId, credential } = await createLocation(store.prisma, {
    name: 'The Red Lion',
    currency: 'GBP',
  })
  await setDojoKey(store.prisma, locationId, 'sk_sandbox_chaos', SECRETS_KEY)
  await changeSettings(store, locationId, { verifyPayments: 'off' })

  /** The version that each order had when Dojo heard of it last. */
  const told = new Map<string, number>()
  const strangers: string[] = []
  const dojo = await startFakeDojo(t, async ({ body, path }) => {
    // A server that was killed asks afterwards about the payments whose answers it may have owed.
    if (path.startsWith('/payment-intents/')) return { status: 404, json: { title: 'Not Found' } }
    const {
      event: { orderId },
    } = JSON.parse(body) as { event: { orderId: string } }
    const {
      rows: [row],
    } = await client.query<{ version: number }>('SELECT version FROM orders WHERE order_id = $1', [
      orderId,
    ])
    if (row === undefined) strangers.push(orderId)
    else told.set(orderId, Math.max(told.get(orderId) ?? 0, row.version))
    return whole(1, 10) === 1
      ? 'cut'
      : whole(1, 10) === 1
        ? { status: 503, json: {} }
        : { status: 200, json: JSON.parse(body) as object }
  })

  const seen = new Map<string, Set<string>>()
  let deliveries = 0
  const system = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const id = String(request.headers['webhook-id'])
      const { type, timestamp, data } = JSON.parse(body) as Record<string, { orderId: string }>
      deliveries++
      const bodies = seen.get(id) ?? new Set()
      seen.set(id, bodies.add(JSON.stringify([type, timestamp, data!.orderId])))
      response.writeHead(whole(1, 10) === 1 ? 503 : 204).end()
    })
  })
  await new Promise<void>((resolve) => system.listen(0, '127.0.0.1', resolve))
  t.teardown(() => system.close())
  const { port } = system.address() as AddressInfo
  await client.query(
    `INSERT INTO webhook_endpoints (location_id, endpoint_id, url, types, position)
      VALUES ($1, 'own', $2, '{}', pg_current_snapshot()::text)`,
    [locationId, `http://127.0.0.1:${port}/`],
  )
  await client.query(
    "INSERT INTO endpoint_secrets (location_id, endpoint_id, secret_id, sealed) VALUES ($1, 'own', 's', $2)",
    [locationId, seal('whsec_c2VjcmV0c2VjcmV0c2VjcmV0', SECRETS_KEY, locationId)],
  )

  let server: ServerProcess | undefined
  const start = async (): Promise<void> => {
    server = await startServerProcess(t, {
      DATABASE_URL: databaseUrl,
      SECRETS_KEY,
      SOFTWARE_HOUSE_ID: 'house',
      DOJO_API_URL: dojo.url,
      WEBHOOKS_ALLOW_PRIVATE: 'true',
    })
  }
  const kill = async (): Promise<void> => {
    const killed = server!
    server = undefined
    await killed.kill()
    // What was on its way waits for its claim to lapse. Nobody waits that long here: no process is
    // alive now, and so every claim is one that has to lapse.
    for (const table of ['jobs', 'webhook_deliveries']) {
      await client.query(`UPDATE ${table} SET claimed_until = now() WHERE claimed_until > now()`)
    }
  }
  t.teardown(async () => {
    await store.prisma.$disconnect()
    await pool.end()
    await client.end()
  })

  const post = async (path: string, body: object): Promise<{ id: string } | undefined> => {
    const to = server
    if (to === undefined) return undefined
    try {
      const response = await fetch(`${to.url}${path}`, {
        method: 'POST',
        headers: {
          authorization: basic(credential.username, credential.password),
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      })
      return response.ok ? ((await response.json()) as { id: string }) : undefined
    } catch {
      return undefined
    }
  }

  await start()
  const orders: string[] = []
  while (orders.length < ORDERS) {
    orders.push((await post('/v1/orders', orderRequest(10_000_000)))!.id)
  }
  const killAt = Array.from({ length: KILLS }, () => whole(0, CHANGES - 1)).sort((a, b) => a - b)
  let kills = 0
  let changed = 0
  let sent = 0
  const keepChanging = async (): Promise<void> => {
    while (changed < CHANGES) {
      const mine = sent++
      if (server !== undefined && changed >= (killAt[0] ?? CHANGES)) {
        killAt.shift()
        kills++
        await kill()
        await start()
      }
      const recorded = await post(`/v1/orders/${orders[whole(0, ORDERS - 1)]!}/record-payment`, {
        paymentIntentId: `pi_${mine}`,
        paidAmount: { value: 1, currencyCode: 'GBP' },
      })
      if (recorded === undefined) {
        await new Promise((resolve) => {
          setTimeout(resolve, 20)
        })
      } else changed++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, keepChanging))

  await until(
    'nothing is queued',
    async () => {
      // Nobody waits out a backoff here.
      await client.query("UPDATE jobs SET next_attempt_at = now() WHERE kind = 'OrderUpdated'")
      return (await client.query("SELECT 1 FROM jobs WHERE kind = 'OrderUpdated'")).rowCount === 0
    },
    60_000,
  )
  await until(
    'every event is delivered',
    async () => {
      await client.query(
        'UPDATE webhook_deliveries SET next_attempt_at = now() WHERE delivered_at IS NULL',
      )
      const { rows } = await client.query<{ history: number; delivered: number }>(
        `SELECT (SELECT count(*) FROM order_history)::int AS history,
            (SELECT count(*) FROM webhook_deliveries WHERE delivered_at IS NOT NULL)::int AS delivered`,
      )
      return rows[0]!.history === rows[0]!.delivered
    },
    60_000 + 3_000 * KILLS,
  )
  const history = await client.query<{ id: string }>(
    "SELECT 'order_' || sequence || '_' || order_id AS id FROM order_history ORDER BY 1",
  )
  t.strictSame([...seen.keys()].sort(), history.rows.map(({ id }) => id).sort(), 'every event came')
  t.comment(`${kills} kills, ${seen.size} events, ${deliveries - seen.size} sent more than once`)
  t.ok(kills >= KILLS / 2, 'the server was killed again and again')
  const ambiguous = [...seen].filter(([, bodies]) => bodies.size > 1)
  t.strictSame(ambiguous, [], 'a webhook-id is of one event')

  const { rows } = await client.query<{ order_id: string; version: number }>(
    'SELECT order_id, version FROM orders',
  )
  t.equal(rows.length, ORDERS)
  for (const { order_id: orderId, version } of rows) {
    t.equal(told.get(orderId), version, `${orderId} was sent after its last change`)
  }
  t.same(strangers, [])
})
