// Applies prisma/migrations with Prisma's own schema engine, compiled to WebAssembly: no binary is
// downloaded.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { runSchemaEngine } from './schema-engine.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MIGRATIONS = join(ROOT, 'prisma/migrations')
const SCHEMA = 'prisma/schema.prisma'
const NOTHING_EXTERNAL = { externalTables: [], externalEnums: [] }

/** Changes of tables wait for each other, until the session ends. */
export const LOCK_MIGRATIONS = "SELECT pg_advisory_lock(hashtext('epos migrations'))"

/** Names of this code's migrations, in the order in which they are applied. */
export function migrationNames(): string[] {
  return readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** Names of the migrations that the database lacks. */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const applied = new Set(await appliedMigrations(pool))
  return migrationNames().filter((name) => !applied.has(name))
}

/**
 * Names of the migrations that the database has and this code does not know: a newer version
 * applied them.
 */
export async function unknownMigrations(pool: pg.Pool): Promise<string[]> {
  const known = new Set(migrationNames())
  return (await appliedMigrations(pool)).filter((name) => !known.has(name))
}

/**
 * Names of the migrations whose file is not the one that was applied: the database may lack what
 * the file has now.
 */
export async function editedMigrations(pool: pg.Pool): Promise<string[]> {
  const known = new Set(migrationNames())
  return (await readApplied(pool))
    .filter(({ name, checksum }) => known.has(name) && !checksumsOf(name).includes(checksum))
    .map(({ name }) => name)
}

/** As Prisma's schema engine writes it down, with the line ends of either system. */
function checksumsOf(name: string): string[] {
  const sql = sqlOf(name).replaceAll('\r\n', '\n')
  return [sql, sql.replaceAll('\n', '\r\n')].map((text) =>
    createHash('sha256').update(text).digest('hex'),
  )
}

async function appliedMigrations(pool: pg.Pool): Promise<string[]> {
  return (await readApplied(pool)).map(({ name }) => name)
}

async function readApplied(pool: pg.Pool): Promise<{ name: string; checksum: string }[]> {
  const known = await pool.query<{ present: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present",
  )
  if (known.rows[0]?.present !== true) return []
  const applied = await pool.query<{ name: string; checksum: string }>(
    'SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  return applied.rows
}

/**
 * Applies the missing migrations and returns their names. Concurrent callers wait for each other.
 * @throws Error naming those that were edited after they had been applied
 */
export async function migrate(pool: pg.Pool, databaseUrl: string): Promise<string[]> {
  const edited = await editedMigrations(pool)
  if (edited.length > 0) throw new Error(editedSentence(edited))
  if ((await pendingMigrations(pool)).length === 0) return []
  // Not on the pool, whose time limits a migration may exceed. The lock ends with the session.
  const guard = new pg.Client({ connectionString: databaseUrl })
  guard.on('error', () => {})
  await guard.connect()
  try {
    await guard.query(LOCK_MIGRATIONS)
    return await runSchemaEngine(databaseUrl, schema(), {
      do: 'apply',
      input: { migrationsList: migrationList(), filters: NOTHING_EXTERNAL },
    })
  } finally {
    await guard.end()
  }
}

function editedSentence(edited: readonly string[]): string {
  const [what, verb] = edited.length === 1 ? ['migration', 'was'] : ['migrations', 'were']
  return (
    `The ${what} ${edited.join(', ')} ${verb} edited after the database had applied ` +
    `${edited.length === 1 ? 'it' : 'them'}, so the database may differ from what the file says. ` +
    'Restore the file as it was, and put the change into a new migration.'
  )
}

/** The SQL that creates prisma/schema.prisma, as Prisma's schema engine writes it. */
export async function schemaSql(databaseUrl: string): Promise<string> {
  const [path, content] = schema()
  const [sql] = await runSchemaEngine(databaseUrl, [path, content], {
    do: 'diff',
    input: {
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path, content }] },
      script: true,
      exitCode: null,
      filters: NOTHING_EXTERNAL,
    },
  })
  return sql!
}

function migrationList() {
  return {
    baseDir: MIGRATIONS,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(MIGRATIONS, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrationNames().map((name) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sqlOf(name) } },
    })),
  }
}

function sqlOf(name: string): string {
  return readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8')
}

function schema(): [path: string, content: string] {
  return [SCHEMA, readFileSync(join(ROOT, SCHEMA), 'utf8')]
}
