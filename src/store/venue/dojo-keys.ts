// The venues' keys to the Dojo API, sealed, and whether Dojo accepts them. Jobs compare the time of
// a refusal with the database's clock, so that clock sets it, which Prisma cannot do.
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

const readKey: Statement = {
  name: 'dojo_key_read',
  text: 'SELECT dojo_key_sealed, dojo_key_refused_at FROM locations WHERE location_id = $1',
}

/** Undefined when the venue has none. */
export async function readSealedKey(
  database: Queryable,
  locationId: string,
): Promise<{ sealedKey: Buffer; wasRefused: boolean } | undefined> {
  const [row] = await database.rows<Row<'Location', 'dojoKeySealed' | 'dojoKeyRefusedAt'>>(
    readKey,
    [locationId],
  )
  if (row === undefined || row.dojo_key_sealed === null) return undefined
  return { sealedKey: row.dojo_key_sealed, wasRefused: row.dojo_key_refused_at !== null }
}

const markFirstRefusal: Statement = {
  name: 'dojo_key_first_refusal',
  text: 'UPDATE locations SET dojo_key_refused_at = clock_timestamp() WHERE location_id = $1 AND dojo_key_refused_at IS NULL RETURNING 1',
}
const markRefusal: Statement = {
  name: 'dojo_key_refusal',
  text: 'UPDATE locations SET dojo_key_refused_at = clock_timestamp() WHERE location_id = $1',
}

/** @returns true the first time only, however many servers note it, so that it is reported once */
export async function markKeyRefused(database: Queryable, locationId: string): Promise<boolean> {
  const isFirst = (await database.rows(markFirstRefusal, [locationId])).length === 1
  if (!isFirst) await database.rows(markRefusal, [locationId])
  return isFirst
}

const clearRefusal: Statement = {
  name: 'dojo_key_clear_refusal',
  text: 'UPDATE locations SET dojo_key_refused_at = NULL WHERE location_id = $1 AND dojo_key_refused_at IS NOT NULL',
}

export async function markKeyAccepted(database: Queryable, locationId: string): Promise<void> {
  await database.rows(clearRefusal, [locationId])
}
