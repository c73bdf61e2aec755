// Ready means that payments can be taken: the database takes writes, and has this version's tables.
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { startWarnings } from '../../src/operator/start-warnings.ts'
import { pendingMigrations } from '../../src/store/database/migrations.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { emptyDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { checkRefused, raw } from '../support/visits.ts'

const ready = async ({ app }: TestServer): Promise<object> => {
  const { statusCode, payload } = await app.inject({ url: '/health/ready' })
  const { checks } = JSON.parse(payload) as { checks: { database: string } }
  return { status: statusCode, database: checks.database }
}

/** Applies a setting to the connections of the server, as a full disk or a standby would. */
async function set(server: TestServer, setting: string): Promise<void> {
  const [row] = await server.sql<{ name: string }>('SELECT current_database() AS name')
  await server.sql(`ALTER DATABASE ${row!.name} ${setting}`)
  await server.sql(
    'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
}

t.test('a database that takes no writes is not ready', async (t) => {
  let nowMs = Date.now()
  const server = await startServer(t, { overrides: { nowMs: () => nowMs } })
  t.same(await ready(server), { status: 200, database: 'ok' })
  for (const [broken, mended] of [
    ['SET temp_file_limit = 0', 'RESET temp_file_limit'],
    ['SET default_transaction_read_only = on', 'RESET default_transaction_read_only'],
  ] as const) {
    await set(server, broken)
    t.same(await ready(server), { status: 200, database: 'ok' }, 'asked again only after a while')
    nowMs += limits.databaseWriteProbeMs
    t.same(await ready(server), { status: 503, database: 'takes no writes' }, broken)
    await server.sql('SET default_transaction_read_only = off')
    await set(server, mended)
    nowMs += limits.databaseWriteProbeMs
    t.same(await ready(server), { status: 200, database: 'ok' }, mended)
  }
})

t.test(
  'a server that cannot keep up refuses calls and says so, and is still looked at',
  async (t) => {
    const server = await startServer(t)
    server.app.isOverloaded = () => true
    const answer = await raw(server, server.venue, { url: '/v1/areas' })
    checkRefused(t, answer, { status: 503, errorType: 'UnexpectedError', message: /try again/ })
    t.match(await ready(server), { status: 503 })
    t.equal((await server.app.inject('/till/v1/tables')).statusCode, 503)
    for (const url of ['/health/live', '/metrics']) {
      t.equal((await server.app.inject(url)).statusCode, 200, url)
    }
  },
)

t.test('a missing migration is no bug', async (t) => {
  const server = await startServer(t)
  await server.sql('ALTER TABLE orders RENAME COLUMN display_name TO something_else')
  const answer = await raw(server, server.venue, { url: '/v1/orders/x' })
  checkRefused(t, answer, { status: 503, errorType: 'UnexpectedError', message: /migration/ })
})

t.test('what is said as soon as the server listens', async (t) => {
  const dataDir = '.data'
  const warningsOf = async (databaseUrl: string, trustProxy: boolean | number | string) => {
    const pool = createPool({ databaseUrl, poolSize: 1 })
    try {
      return (
        await startWarnings(
          { databaseUrl, dataDir, trustProxy },
          async () => await pendingMigrations(pool),
        )
      ).join('\n')
    } finally {
      await pool.end()
    }
  }
  const empty = await emptyDatabase(t)
  const { databaseUrl } = await startServer(t)
  t.equal(await warningsOf(databaseUrl, 1), '')
  t.match(await warningsOf(empty, '10.0.0.0/8'), /lacks \d+ of .* npm run migrate[^]*503/)
  const urlWith = (change: Partial<URL>): string =>
    Object.assign(new URL(databaseUrl), change).toString()
  t.match(await warningsOf(urlWith({ port: '1' }), false), /nothing answers there.*DATABASE_URL/)
  t.match(
    await warningsOf(urlWith({ password: 'wrong' }), false),
    /refuses the user or the password/,
  )
  t.match(await warningsOf(urlWith({ pathname: '/nowhere' }), false), /no such database.*createdb/)
  for (const everybody of [true, '0.0.0.0/0', '10.0.0.1, ::/0']) {
    t.match(await warningsOf(databaseUrl, everybody), /TRUST_PROXY/, String(everybody))
  }
  t.notMatch(await warningsOf(urlWith({ port: '1', password: 'hush' }), false), /hush/)
})
