// The database of a start: migrated first, and if it is the embedded one, kept running.
import { every, type Repeated } from '../lib/every.ts'
import { limits } from '../limits.ts'
import type { DatabaseUrl } from '../store/database/database-url.ts'
import { migrate } from '../store/database/migrations.ts'
import { distributeNewTables } from '../store/distribution/distribute.ts'
import { createPool } from '../store/database/pool.ts'
import { say } from './words.ts'

export function watchEmbedded({ revive }: DatabaseUrl, end: (why: string) => void): Repeated {
  let isReviving = false
  const watch = every(limits.embeddedCheckMs, async () => {
    if (isReviving) return
    isReviving = true
    try {
      if (await revive()) say('The embedded PostgreSQL had ended by itself; it runs again.')
    } catch (error) {
      end(`The embedded PostgreSQL has ended and does not start: ${(error as Error).message}`)
    } finally {
      isReviving = false
    }
  })
  watch.start()
  return watch
}

export async function migrateFirst({ databaseUrl }: DatabaseUrl): Promise<void> {
  const pool = createPool({ databaseUrl, poolSize: 2, applicationName: 'epos migrate' })
  try {
    const applied = await migrate(pool, databaseUrl)
    if (applied.length > 0) {
      const what = applied.length === 1 ? 'the migration' : 'the migrations'
      say(`Applied ${what} ${applied.join(', ')}.`)
    }
    for (const { says } of await distributeNewTables(pool, databaseUrl)) say(says)
  } finally {
    await pool.end()
  }
}
