import type { Queryable, Statement } from '../database/database.ts'

const countLocksHeld: Statement = {
  name: 'metrics_locks_held',
  text: `SELECT kind, count(*) AS held FROM order_locks
    WHERE ended_at IS NULL AND expires_at > clock_timestamp() GROUP BY kind`,
}

/** Live locks and holds of all venues, by kind. */
export async function readLocksHeld(
  database: Queryable,
): Promise<{ kind: string; held: number }[]> {
  return await database.rows(countLocksHeld, [])
}
