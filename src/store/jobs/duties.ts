// Leases of the work over all venues, on the database's clock: see actions/jobs/duty.ts.
import { limits } from '../../limits.ts'
import type { Database, Statement } from '../database/database.ts'

export type DutyName = 'jobs' | 'webhooks' | 'audits' | 'inbox' | 'mirror' | 'purge'

const take: Statement = {
  name: 'duty_take',
  text: `INSERT INTO duties AS d (name, holder, ends_at) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
    ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, ends_at = EXCLUDED.ends_at
      WHERE d.holder = EXCLUDED.holder OR d.ends_at < clock_timestamp()
    RETURNING name`,
}

/** @returns whether the duty is the holder's for `limits.dutySeconds` from now */
export async function takeDuty(
  database: Database,
  name: DutyName,
  holder: string,
): Promise<boolean> {
  return (await database.rows(take, [name, holder, limits.dutySeconds])).length > 0
}

const giveUp: Statement = {
  name: 'duty_release',
  text: 'DELETE FROM duties WHERE name = $1 AND holder = $2',
}

export async function releaseDuty(
  database: Database,
  name: DutyName,
  holder: string,
): Promise<void> {
  await database.rows(giveUp, [name, holder])
}
