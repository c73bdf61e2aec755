// Runs the plan, each step as a transaction of its own: Citus copies a table that has rows only so.
// What was done stays done, and the next run goes on from there.
import pg from 'pg'
import { LOCK_MIGRATIONS } from '../database/migrations.ts'
import { readExtent } from './database-kind.ts'
import { readFacts } from './facts.ts'
import { NotDistributable, planOf, type Step } from './plan.ts'

export interface DistributeOptions {
  shards: number
  isDryRun?: boolean
  /** Hears of each step before it is taken. */
  onStep?: (step: Step) => void
}

/**
 * Brings every table to its place. Runs at once, and migrations, wait for each other.
 * @returns the steps; none when every table is in its place
 * @throws NotDistributable before anything has changed
 */
export async function distribute(
  databaseUrl: string,
  { shards, isDryRun = false, onStep }: DistributeOptions,
): Promise<Step[]> {
  // Not on a pool, whose time limits a table with many rows would exceed.
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(LOCK_MIGRATIONS)
    const steps = planOf(await readFacts(client), shards)
    for (const step of steps) {
      onStep?.(step)
      if (!isDryRun) await client.query(step.sql)
    }
    return steps
  } finally {
    await client.end()
  }
}

/**
 * After migrations: a new table is on the coordinator alone until it is placed.
 * @returns the steps; none where the database is not distributed
 * @throws NotDistributable
 */
export async function distributeNewTables(
  pool: pg.Pool,
  databaseUrl: string,
  isDryRun = false,
): Promise<Step[]> {
  const extent = await readExtent(pool)
  if (extent === 'single') return []
  if (extent === 'half') {
    throw new NotDistributable(
      'The database is half distributed. Run npx epos distribute once more.',
    )
  }
  return await distribute(databaseUrl, { shards: 0, isDryRun })
}
