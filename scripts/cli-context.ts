// The database of a command: that of a running server, or one started for the moment.
import { loadConfig, type Config } from '../src/config.ts'
import { createStore, type Store } from '../src/store/index.ts'
import { pendingMigrations } from '../src/store/database/migrations.ts'
import { openDatabasePlace } from '../src/store/database/database-url.ts'
import { createPool } from '../src/store/database/pool.ts'

export interface Surroundings {
  config: Readonly<Config>
  store: Store
  databaseUrl: string
}

/**
 * Gives a command the database, of a running server or started for the moment.
 * @throws Error when its migrations are not those of this version
 */
export async function withStore<T>(
  work: (surroundings: Surroundings) => Promise<T>,
  { mustBeMigrated = true } = {},
): Promise<T> {
  const config = loadConfig(process.env)
  const { store, databaseUrl, close } = await openStore(config)
  try {
    if (mustBeMigrated && (await pendingMigrations(store.database.pool)).length > 0) {
      throw new Error(
        'The database lacks migrations of this version. Apply them with: npm run migrate',
      )
    }
    return await work({ config, store, databaseUrl })
  } finally {
    await close()
  }
}

export interface OpenStore {
  store: Store
  databaseUrl: string
  close: () => Promise<void>
}

/** Without a look at what is in it. */
export async function openStore(config: Readonly<Config>): Promise<OpenStore> {
  const { databaseUrl, release } = await openDatabasePlace(config)
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
