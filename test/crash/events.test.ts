// Events under kill -9: a thousand changes, the server killed again and again in the middle. In
// the end Dojo got an event of each order after its last change, and none of an unchanged one.
import pg from 'pg'
import t from 'tap'
import { freshDatabase } from '../support/database.ts'
import { startFakeDojo } from '../support/fake-dojo.ts'
import { chance } from '../support/load.ts'
import { orderRequest } from '../support/orders.ts'
import { basic } from '../support/server.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { changeSettings, createLocation, setDojoKey } from '../../src/operator/locations.ts'

const SECRETS_KEY = '00'.repeat(32)
const CHANGES = 1_000
const ORDERS = 25
const KILLS = 6
const AT_ONCE = 8

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
  await changeSettings(store.prisma, locationId, { verifyPayments: 'off' })

  /** The version that each order had when Dojo was told of it last. */
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

  let server: ServerProcess | undefined
  const start = async (): Promise<void> => {
    server = await startServerProcess(t, {
      DATABASE_URL: databaseUrl,
      SECRETS_KEY,
      SOFTWARE_HOUSE_ID: 'house',
      DOJO_API_URL: dojo.url,
    })
  }
  const kill = async (): Promise<void> => {
    const killed = server!
    server = undefined
    await killed.kill()
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
  const killAt = new Set(Array.from({ length: KILLS }, () => whole(0, CHANGES - 1)))
  let changed = 0
  let sent = 0
  const keepChanging = async (): Promise<void> => {
    while (changed < CHANGES) {
      const mine = sent++
      if (killAt.delete(mine % CHANGES) && server !== undefined) {
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
      // What was on its way when its process was killed waits for its claim to lapse; and nobody
      // waits out a backoff here.
      await client.query(
        `UPDATE jobs SET next_attempt_at = now(),
            claimed_until = CASE WHEN claimed_until > now() + interval '55 seconds' THEN claimed_until END
          WHERE kind = 'OrderUpdated'`,
      )
      return (await client.query("SELECT 1 FROM jobs WHERE kind = 'OrderUpdated'")).rowCount === 0
    },
    60_000,
  )
  const { rows } = await client.query<{ order_id: string; version: number }>(
    'SELECT order_id, version FROM orders',
  )
  t.equal(rows.length, ORDERS)
  for (const { order_id: orderId, version } of rows) {
    t.equal(told.get(orderId), version, `${orderId} was told of after its last change`)
  }
  t.same(strangers, [])
})
