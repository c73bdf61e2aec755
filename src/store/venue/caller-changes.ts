// Which venues' credentials have changed, or what those who call for them know of the venue.
// Triggers note the transaction of each change, also of one that is made by hand. A position is a
// snapshot of the database: new to it is what that snapshot did not see, so nothing is skipped that
// is committed late.
import type { Queryable, Statement } from '../database/database.ts'

/** What a database that is not distributed has; without them nothing is noted. */
export const CALLER_TRIGGERS = [
  { name: 'credentials_callers', table: 'credentials' },
  { name: 'locations_callers', table: 'locations' },
] as const

/** Up to where the changes are known. */
export interface CallerPosition {
  snapshot: string
  /** Another one, or the same after a crash, may count its transactions otherwise. */
  server: string
}

export interface CallerChanges {
  position: CallerPosition
  /** Those that changed since the other position; undefined when that cannot be said. */
  locationIds: string[] | undefined
}

// A database that was restored from a dump has numbers of another server, which may be in its
// future: those are of changes that nobody has read before.
const readChanges: Statement = {
  name: 'caller_changes_read',
  text: `SELECT pg_current_snapshot()::text AS snapshot, extract(epoch FROM pg_postmaster_start_time())::text AS server,
      (SELECT count(*)::int FROM pg_trigger WHERE tgenabled = 'O' AND (tgname, tgrelid) IN
        (${CALLER_TRIGGERS.map(({ name, table }) => `('${name}', '${table}'::regclass)`).join(', ')})) AS triggers,
      ARRAY(SELECT c.location_id FROM caller_changes c
        WHERE c.changed_in >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint
          AND c.changed_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
          AND NOT pg_visible_in_snapshot(c.changed_in::text::xid8, $1::pg_snapshot)) AS changed`,
}

interface ChangesRow extends CallerPosition {
  triggers: number
  changed: string[]
}

/**
 * For a database that is not distributed.
 * @returns undefined when changes are not noted there
 */
export async function readCallerChanges(
  database: Queryable,
  since: CallerPosition | undefined,
): Promise<CallerChanges | undefined> {
  const [row] = await database.rows<ChangesRow>(readChanges, [since?.snapshot])
  const { snapshot, server, triggers, changed } = row!
  if (triggers < CALLER_TRIGGERS.length) return undefined
  return {
    position: { snapshot, server },
    locationIds: since?.server === server ? changed : undefined,
  }
}
