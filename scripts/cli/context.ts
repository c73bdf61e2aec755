// The database of a command: that of a running server, or one started for as long as it runs.
import { loadConfig, type Config } from '../../src/config.ts'
import { secretsKeyOf } from '../../src/operator/secrets-key.ts'
import { createStore, type Store } from '../../src/store/index.ts'
import { pendingMigrations } from '../../src/store/database/migrations.ts'
import { isEmbeddedThere } from '../../src/store/database/embedded-postgres.ts'
import { openDatabaseUrl, placeOf } from '../../src/store/database/database-url.ts'
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
 * Gives a command the database, and says which it was.
 * @throws Error when no database is configured, or its migrations are not this version's
 */
export async function withStore<T>(
  cli: Cli,
  work: (context: Context) => Promise<T>,
  { mustBeMigrated = true } = {},
): Promise<T> {
  const config = loadConfig(cli.io.env)
  const database = placeOf(config)
  if (config.databaseUrl === undefined && !isEmbeddedThere(config.dataDir)) {
    if (mustBeMigrated) throw new Error(`${noneThere(config.dataDir)} ${START_OR_NAME}`)
    cli.remark(`${noneThere(config.dataDir)} A new one is made there. ${NAME}`)
  }
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
      database,
      secretsKey: () => secretsKeyOf({ ...config, embedded: config.databaseUrl === undefined }),
    })
  } finally {
    cli.tellDatabase(database)
    await close()
  }
}

function noneThere(dataDir: string): string {
  return `DATABASE_URL is not set, and there is no embedded database in ${dataDir}.`
}

const NAME = "For the database of a server, set DATABASE_URL to the server's."
const START_OR_NAME = `Start the server first, which makes one. ${NAME}`

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
