// The venues' keys to the Dojo API, sealed, and whether Dojo takes them.
import type { Database, Statement } from '../database/database.ts'

const READ: Statement = {
  name: 'dojo_key_read',
  text: 'SELECT dojo_key_sealed, dojo_key_refused_at IS NOT NULL AS refused FROM locations WHERE location_id = $1',
}

/** Undefined where the venue has none. */
export async function readSealedKey(
  database: Database,
  locationId: string,
): Promise<{ sealedKey: Buffer; wasRefused: boolean } | undefined> {
  const [row] = await database.rows<{ dojo_key_sealed: Buffer | null; refused: boolean }>(READ, [
    locationId,
  ])
  return row === undefined || row.dojo_key_sealed === null
    ? undefined
    : { sealedKey: row.dojo_key_sealed, wasRefused: row.refused }
}

const REFUSED: Statement = {
  name: 'dojo_key_refused',
  text: 'UPDATE locations SET dojo_key_refused_at = clock_timestamp() WHERE location_id = $1 AND dojo_key_refused_at IS NULL RETURNING 1',
}
const REFUSED_STILL: Statement = {
  name: 'dojo_key_refused_still',
  text: 'UPDATE locations SET dojo_key_refused_at = clock_timestamp() WHERE location_id = $1',
}

/** @returns true the first time, of however many at once, so that the venue's owner is told once */
export async function markKeyRefused(database: Database, locationId: string): Promise<boolean> {
  const isFirst = (await database.rows(REFUSED, [locationId])).length === 1
  if (!isFirst) await database.rows(REFUSED_STILL, [locationId])
  return isFirst
}

const ACCEPTED: Statement = {
  name: 'dojo_key_accepted',
  text: 'UPDATE locations SET dojo_key_refused_at = NULL WHERE location_id = $1 AND dojo_key_refused_at IS NOT NULL',
}

export async function markKeyAccepted(database: Database, locationId: string): Promise<void> {
  await database.rows(ACCEPTED, [locationId])
}
