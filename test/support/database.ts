// A fresh database for each test file, copied from one that was migrated once. All files share one
// embedded PostgreSQL, which the last step of a run (stop-database.ts) ends.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { acquireEmbeddedPostgres } from '../../src/store/database/embedded-postgres.ts'
import { migrate, migrationNames } from '../../src/store/database/migrations.ts'
import { createPool } from '../../src/store/database/pool.ts'

const ROOT = join(import.meta.dirname, '../..')

/** One folder per checkout, where any user may reach it. */
export const TEST_DATA_DIR = join(
  tmpdir(),
  `epos-test-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`,
)

/** Nothing of a test needs to survive a power cut. */
export const FAST_SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=128MB',
  'max_connections=400',
]

/** The URL of a new, migrated database, dropped when the test ends. */
export async function freshDatabase(t: Test): Promise<string> {
  const { url } = await acquireEmbeddedPostgres({ dataDir: TEST_DATA_DIR, settings: FAST_SETTINGS })
  const template = await migratedTemplate(url)
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(url, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  t.teardown(async () => {
    await administer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  })
  return databaseNamed(url, name)
}

/** The URL of a new database without any table, dropped when the test ends. */
export async function emptyDatabase(t: Test): Promise<string> {
  const { url } = await acquireEmbeddedPostgres({ dataDir: TEST_DATA_DIR, settings: FAST_SETTINGS })
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(url, `CREATE DATABASE ${name}`)
  t.teardown(async () => {
    await administer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  })
  return databaseNamed(url, name)
}

async function migratedTemplate(url: string): Promise<string> {
  const sql = migrationNames()
    .map((name) => readFileSync(join(ROOT, 'prisma/migrations', name, 'migration.sql'), 'utf8'))
    .join('')
  const name = `template_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`
  await connected(url, async (client) => {
    await client.query('SELECT pg_advisory_lock(1)') // one file makes it, the others wait
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 1) return
    await client.query(`DROP DATABASE IF EXISTS ${name}_unfinished WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${name}_unfinished`)
    const unfinished = databaseNamed(url, `${name}_unfinished`)
    const pool = createPool({ databaseUrl: unfinished, poolSize: 2 })
    await migrate(pool, unfinished)
    await pool.end()
    await client.query(`ALTER DATABASE ${name}_unfinished RENAME TO ${name}`)
  })
  return name
}

const databaseNamed = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).toString()

const administer = async (url: string, sql: string): Promise<void> => {
  await connected(url, async (client) => {
    await client.query(sql)
  })
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
