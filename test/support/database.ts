// A fresh database for each test file, copied from one that was migrated once. All files share one
// embedded PostgreSQL, which the last step of a run (stop-database.ts) ends.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { acquireEmbeddedPostgres } from '../../src/store/database/embedded-postgres.ts'
import { migrate, migrationNames } from '../../src/store/database/migrations.ts'
import { createPool } from '../../src/store/database/pool.ts'
import { distributeOnOneNode, seeStandIn } from './citus-stand-in.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Where files are only memory, on a system that has plenty: databases are many small files. */
const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 8 * 1024 ** 3

function quickFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize > ENOUGH_BYTES ? MEMORY : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** One folder per checkout, where any user may reach it. */
export const TEST_DATA_DIR = join(
  quickFolder(),
  `epos-test-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`,
)

/** Nothing of a test needs to survive a power cut. */
export const FAST_SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=128MB',
  'autovacuum=off',
  'max_connections=400',
]

/**
 * The URL of a migrated database without any row, for this test alone. When the test ends it is
 * emptied for the next one of this process, which is much cheaper than copying the template again.
 */
export async function freshDatabase(t: Test): Promise<string> {
  if (CITUS_URL !== '') return await freshOnCluster(t, CITUS_URL)
  const url = await cluster()
  const name = emptied.pop() ?? (await copyOfTemplate(url))
  const ours = databaseNamed(url, name)
  t.teardown(async () => {
    await administer(url, disconnectAll(name))
    if (await isEmptiedAgain(ours).catch(() => false)) emptied.push(name)
    else await drop(url, name)
  })
  return ours
}

/** Where a coordinator of Citus is named, the database is distributed: see test/distributed. */
const CITUS_URL = process.env['CITUS_URL'] ?? ''

async function freshOnCluster(t: Test, url: string): Promise<string> {
  const { copyTemplate, dropCopy, openCluster } = await import('../distributed/cluster.ts')
  const cluster = await openCluster(url)
  const copy = await copyTemplate(cluster)
  t.teardown(async () => {
    await dropCopy(cluster, copy)
  })
  return copy
}

/** The databases are of one node, and say that they are distributed: see citus-stand-in.ts. */
const AS_DISTRIBUTED = process.env['TEST_AS_DISTRIBUTED'] === 'true'

const { RECORD_STATEMENTS } = process.env
if (RECORD_STATEMENTS !== undefined) {
  const { recordStatements } = await import('./recorded-statements.ts')
  recordStatements(RECORD_STATEMENTS)
}

/** The URL of a new database without any table, dropped when the test ends. */
export async function emptyDatabase(t: Test): Promise<string> {
  const url = await cluster()
  const name = newName()
  await administer(url, `CREATE DATABASE ${name}`)
  t.teardown(async () => {
    await drop(url, name)
  })
  return databaseNamed(url, name)
}

let acquired: Promise<string> | undefined

/** The URL of the PostgreSQL that all test processes share. */
async function cluster(): Promise<string> {
  acquired ??= acquireEmbeddedPostgres({ dataDir: TEST_DATA_DIR, settings: FAST_SETTINGS }).then(
    ({ url }) => url,
  )
  return await acquired
}

const newName = (): string => `test_${randomBytes(8).toString('hex')}`

const drop = async (url: string, name: string): Promise<void> => {
  await administer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

// --- databases used again

/** Databases of this process that no test uses now. */
const emptied: string[] = []
/** What the schema of a database that was just copied looks like. */
let schemaOfTemplate: string | undefined

async function copyOfTemplate(url: string): Promise<string> {
  const name = newName()
  await administer(url, `CREATE DATABASE ${name} TEMPLATE ${await migratedTemplate(url)}`)
  if (AS_DISTRIBUTED) await administer(url, seeStandIn(name))
  schemaOfTemplate ??= await connected(databaseNamed(url, name), readSchema)
  return name
}

const disconnectAll = (name: string): string =>
  `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`

/**
 * Deletes every row. Not worth it after many rows, and no use after a change of the schema, or of
 * the database itself.
 */
async function isEmptiedAgain(url: string): Promise<boolean> {
  return await connected(url, async (client) => {
    if ((await readSchema(client)) !== schemaOfTemplate) return false
    const { rows } = await client.query<{ bytes: string }>(SIZE)
    if (Number(rows[0]!.bytes) > REUSABLE_BYTES) return false
    await client.query(EMPTY)
    return true
  })
}

const REUSABLE_BYTES = 4 * 1024 * 1024
const SIZE = `SELECT sum(pg_relation_size(oid)) AS bytes FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`

/** `xmin` is the transaction that wrote a row of the catalog last, so every change shows. */
async function readSchema(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ schema: string }>(SCHEMA)
  return rows[0]!.schema
}

const CATALOGS = ['class', 'attribute', 'constraint', 'index', 'trigger', 'proc', 'type', 'attrdef']
const SCHEMA = `SELECT md5(concat(
  ${CATALOGS.map((name) => `(SELECT count(*) || ' ' || max(xmin::text::bigint) FROM pg_${name})`).join(", ',', ")},
  (SELECT string_agg(m::text, ',' ORDER BY id) FROM _prisma_migrations m),
  (SELECT string_agg(s::text, ',') FROM pg_db_role_setting s
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
)) AS schema`

/**
 * Foreign keys and triggers do not run as a replica, so the order of the tables is free. Tests
 * count deadlocks, and one test provokes some: the counters begin anew as well.
 */
const EMPTY = `DO $$
DECLARE entry record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR entry IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'
      AND pg_relation_size(oid) > 0
  LOOP EXECUTE format('DELETE FROM %s', entry.name); END LOOP;
  FOR entry IN SELECT seqrelid::regclass AS name, seqstart AS start FROM pg_sequence
  LOOP PERFORM setval(entry.name, entry.start, false); END LOOP;
  PERFORM pg_stat_reset();
END $$`

// --- the template

async function migratedTemplate(url: string): Promise<string> {
  const sql = migrationNames()
    .map((name) => readFileSync(join(ROOT, 'prisma/migrations', name, 'migration.sql'), 'utf8'))
    .join('')
  const kind = AS_DISTRIBUTED ? 'template_distributed' : 'template'
  const name = `${kind}_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`
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
    if (AS_DISTRIBUTED) await distributeOnOneNode(unfinished)
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
