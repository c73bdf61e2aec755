// The database of a command: that of a running server, or one started for the moment.
import { loadConfig, type Config } from '../src/config.ts'
import { createStore, type Store } from '../src/store/index.ts'
import { pendingMigrations } from '../src/store/migrations.ts'
import { openDatabasePlace } from '../src/store/place.ts'
import { createPool } from '../src/store/pool.ts'

export interface Surroundings { config: Readonly<Config>, store: Store, databaseUrl: string }

/**
 * Gives a command the database, of a running server or started for the moment.
 * @throws Error when its migrations are not those of this version
 */
export async function withStore<T> (work: (surroundings: Surroundings) => Promise<T>, { mustBeMigrated = true } = {}): Promise<T> {
  const config = loadConfig(process.env)
  const place = await openDatabasePlace(config)
  try {
    const pool = createPool({ databaseUrl: place.databaseUrl, poolSize: 4, applicationName: 'epos command' })
    const store = createStore(pool)
    try {
      if (mustBeMigrated && (await pendingMigrations(pool)).length > 0) throw new Error('The database lacks migrations of this version. Apply them with: npm run migrate')
      return await work({ config, store, databaseUrl: place.databaseUrl })
    } finally {
      await store.prisma.$disconnect()
      await pool.end()
    }
  } finally {
    await place.release()
  }
}
