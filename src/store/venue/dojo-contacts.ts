// When Dojo last called each venue, by any transport.
import type { Queryable, Statement } from '../database/database.ts'

const write: Statement = {
  name: 'dojo_contacts_write',
  text: `INSERT INTO dojo_contacts AS c (location_id, last_call_at)
    SELECT l.location_id, clock_timestamp() - make_interval(secs => n.age) FROM unnest($1::text[], $2::float8[]) AS n(location_id, age)
      JOIN locations l ON l.location_id = n.location_id ORDER BY l.location_id
    ON CONFLICT (location_id) DO UPDATE SET last_call_at = greatest(c.last_call_at, EXCLUDED.last_call_at)`,
}

const writeOne: Statement = {
  name: 'dojo_contact_write',
  text: `INSERT INTO dojo_contacts AS c (location_id, last_call_at)
    VALUES ($1, clock_timestamp() - make_interval(secs => $2::float8))
    ON CONFLICT (location_id) DO UPDATE SET last_call_at = greatest(c.last_call_at, EXCLUDED.last_call_at)`,
}

/** @param agesSeconds by venue, how long ago its newest call was */
export async function writeContacts(
  database: Queryable,
  agesSeconds: ReadonlyMap<string, number>,
): Promise<void> {
  if (database.isDistributed) {
    for (const each of agesSeconds) await database.rows(writeOne, each)
    return
  }
  await database.rows(write, [[...agesSeconds.keys()], [...agesSeconds.values()]])
}
