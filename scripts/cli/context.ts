// The database of a command: that of a running server, or one started for as long as it runs.
import { loadConfig, type Config } from '../../src/config.ts'
import { secretsKeyOf } from '../../src/operator/secrets-key.ts'
import { createStore, type Store } from '../../src/store/index.ts'
import { pendingMigrations } from '../../src/store/database/migrations.ts'
import { openDatabaseUrl } from '../../src/store/database/database-url.ts'
import { createPool } from '../../src/store/database/pool.ts'
import type { Cli } from './program.ts'

export interface Context {
  config: Readonly<Config>
  store: Store
  databaseUrl: string
  /** Where it is, for people; without a password. */
  database: string
  /** The key that seals the venues' secrets; made when it is first needed, where one can be. */
  secretsKey: () => string
}

/**
 * Gives a command the database.
 * @throws Error when its migrations are not those of this version
 */
export async function withStore<T>(
  { io: { env } }: Cli,
  work: (context: Context) => Promise<T>,
  { mustBeMigrated = true } = {},
): Promise<T> {
  const config = loadConfig(env)
  const { store, databaseUrl, close } = await openStore(config)
  try {
    if (mustBeMigrated && (await pendingMigrations(store.database.pool)).length > 0) {
      throw new Error(
        'The database lacks migrations of this version. Apply them with: npm run migrate',
      )
    }
    return await work({
      config,
      store,
      databaseUrl,
      database: databaseName(config),
      secretsKey: () => secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined }),
    })
  } finally {
    await close()
  }
}

export interface OpenStore {
  store: Store
  databaseUrl: string
  close: () => Promise<void>
}

/** Opens the database without checking what is in it. */
export async function openStore(config: Readonly<Config>): Promise<OpenStore> {
  const { databaseUrl, release } = await openDatabaseUrl(config)
  const pool = createPool({ databaseUrl, poolSize: 4, applicationName: 'epos command' })
  const store = createStore(pool)
  return {
    store,
    databaseUrl,
    close: async () => {
      try {
        await store.prisma.$disconnect()
        await pool.end()
      } finally {
        await release()
      }
    },
  }
}

/** `host:port/name`, or the folder of the embedded database. Never a user or a password. */
export function databaseName({
  databaseUrl,
  dataDir,
}: Pick<Config, 'databaseUrl' | 'dataDir'>): string {
  if (databaseUrl === undefined) return `the embedded database in ${dataDir}`
  if (!URL.canParse(databaseUrl)) return 'the database of DATABASE_URL'
  const { host, pathname, searchParams } = new URL(databaseUrl)
  return `${host === '' ? (searchParams.get('host') ?? 'localhost') : host}${pathname}`
}
