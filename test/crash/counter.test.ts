// Counters while processes die: two servers on one database, and evenings at several venues at
// once, each with two tills, four card machines and a Dojo that loses answers. A server is killed
// with kill -9 in the middle of payments, and another takes them up. The tills do what
// `chargeAgain` says. In the end every bill is paid once, and Dojo has exactly that money.
// CARD_KILL_EVENINGS plays more than one evening: five at once, with seeds that follow each other.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { COUNTER_PATH } from '../../src/sandbox/counter-socket/gateway.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { createStore } from '../../src/store/index.ts'
import { startSandbox } from '../sandbox/support/dojo.ts'
import { openEvening, serveAll, type Evening, type House } from '../support/counter-evening.ts'
import { freshDatabase } from '../support/database.ts'
import { brokenRules, chance, chanceOf } from '../support/load.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/visits.ts'

const EVENINGS = Number(process.env['CARD_KILL_EVENINGS'] ?? 1)
const AT_ONCE = 5
const SECRETS_KEY = '00'.repeat(32)
/** For each evening, and each hits all that go on. */
const KILLS = 2
/** How much faster the stand-in's time goes than the day's. */
const HASTE = 10

async function openHouse(t: Test, seed: number): Promise<House & { start: Start }> {
  const databaseUrl = await freshDatabase(t)
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const pool = createPool({ databaseUrl, poolSize: 2 })
  const store = createStore(pool)
  const { sandbox, url } = await startSandbox(t, { seed })
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
  const start = async (): Promise<ServerProcess> =>
    await startServerProcess(t, {
      DATABASE_URL: databaseUrl,
      SECRETS_KEY,
      SOFTWARE_HOUSE_ID: 'house',
      DOJO_API_URL: url,
      DOJO_COUNTER_SOCKET_URL: `${url.replace('http', 'ws')}${COUNTER_PATH}`,
    })
  const servers = await Promise.all([start(), start()])
  return { sql, store, world, secretsKey: SECRETS_KEY, servers, start }
}

type Start = () => Promise<ServerProcess>

/** Kills one server after the other, each in the middle of something. */
async function killSome(
  { servers, start }: House & { start: Start },
  { seed, done, most }: { seed: number; done: { kills: number }; most: number },
): Promise<void> {
  const { whole } = chanceOf(seed)
  while (done.kills < most) {
    await wait(whole(500, 3_000))
    const [victim] = servers.splice(whole(0, 1), 1)
    await victim!.kill()
    done.kills++
    servers.push(await start())
  }
}

/** What is wrong after an evening; nothing may be. */
async function check(t: Test, { account, sql, locationId, orderIds }: Evening): Promise<void> {
  const captured = [...account.intents.values()].filter(({ shown }) => shown.status === 'Captured')
  const { rows: bills } = await sql.query<{ order_id: string }>(
    `SELECT order_id FROM orders
    WHERE location_id = $1 AND paid_minor = total_minor AND status = 'Finalized' ORDER BY order_id`,
    [locationId],
  )
  t.strictSame(
    bills.map(({ order_id: id }) => id),
    orderIds,
    'every bill is paid',
  )
  const { rows: payments } = await sql.query<{ id: string; amount: string }>(
    `SELECT payment_intent_id AS id, amount_minor AS amount FROM payments
    WHERE location_id = $1 AND voided_at IS NULL`,
    [locationId],
  )
  t.strictSame(
    captured.map(({ shown: { id, amount } }) => `${id} ${amount.value}`).sort(),
    payments.map(({ id, amount }) => `${id} ${amount}`).sort(),
    'each captured intent is on a bill, with its amount, and there are no others',
  )
  t.equal(captured.length, orderIds.length, 'no guest was charged twice')
  const { rows: tries } = await sql.query<{ tries: number }>(
    'SELECT jsonb_array_length(attempts) AS tries FROM card_payments WHERE location_id = $1',
    [locationId],
  )
  const count = tries.reduce((sum, row) => sum + row.tries, 0)
  t.comment(`${tries.length} card payments, ${count} tries on a machine`)
}

async function nothingIsStuck({ sql }: House): Promise<void> {
  await until(
    'nothing is under way, no order is held, and no card machine is leased',
    async () => {
      const { rows: open } = await sql.query(
        `SELECT 1 FROM card_payments WHERE ended_at IS NULL
        UNION ALL SELECT 1 FROM order_locks WHERE ended_at IS NULL AND expires_at > now()
        UNION ALL SELECT 1 FROM terminals WHERE leased_until > clock_timestamp()`,
      )
      return open.length === 0
    },
    30_000,
  )
}

function nameOf({ seed, over }: Evening): string {
  return `evening ${seed} over ${over}`
}

const first = chance(t).seed
for (let played = 0; played < EVENINGS; played += AT_ONCE) {
  const seeds = Array.from(
    { length: Math.min(AT_ONCE, EVENINGS - played) },
    (_, index) => first + played + index,
  )
  t.test(`evenings ${seeds.join(', ')}`, { timeout: 300_000 }, async (t) => {
    const house = await openHouse(t, seeds[0]!)
    const evenings: Evening[] = []
    for (const seed of seeds) evenings.push(await openEvening(house, seed))
    const done = { kills: 0 }
    await Promise.all([
      killSome(house, { seed: seeds[0]!, done, most: KILLS * seeds.length }),
      ...evenings.map(async (evening) => {
        await serveAll(evening)
        t.comment(`${nameOf(evening)}: all are served, ${done.kills} kills so far`)
      }),
    ])
    await nothingIsStuck(house)
    for (const evening of evenings) {
      await t.test(nameOf(evening), async (t) => {
        await check(t, evening)
      })
    }
    t.strictSame(await brokenRules(async (text) => (await house.sql.query(text)).rows), [])
  })
}
