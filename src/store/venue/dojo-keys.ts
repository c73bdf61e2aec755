// The venues' keys to the Dojo API, sealed, and whether Dojo accepts them. Jobs compare the time of
// a refusal with the database's clock, so that clock sets it, which Prisma cannot do.
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

const readKey: Statement = {
  name: 'dojo_key_read',
  text: `SELECT l.dojo_key_sealed, r.refused_at FROM locations l
      LEFT JOIN dojo_key_refusals r ON r.location_id = l.location_id
    WHERE l.location_id = $1`,
}

/** Undefined when the venue has none. */
export async function readSealedKey(
  database: Queryable,
  locationId: string,
): Promise<{ sealedKey: Buffer; wasRefused: boolean } | undefined> {
  const [row] = await database.rows<Row<'Location', 'dojoKeySealed'> & { refused_at: Date | null }>(
    readKey,
    [locationId],
  )
  if (row === undefined || row.dojo_key_sealed === null) return undefined
  return { sealedKey: row.dojo_key_sealed, wasRefused: row.refused_at !== null }
}

const markFirstRefusal: Statement = {
  name: 'dojo_key_first_refusal',
  text: `INSERT INTO dojo_key_refusals (location_id, refused_at) VALUES ($1, clock_timestamp())
    ON CONFLICT (location_id) DO NOTHING RETURNING location_id`,
}
const markRefusal: Statement = {
  name: 'dojo_key_refusal',
  text: 'UPDATE dojo_key_refusals SET refused_at = statement_timestamp() WHERE location_id = $1',
}

/** @returns true the first time only, however many servers note it, so that it is reported once */
export async function markKeyRefused(database: Queryable, locationId: string): Promise<boolean> {
  const isFirst = (await database.rows(markFirstRefusal, [locationId])).length === 1
  if (!isFirst) await database.rows(markRefusal, [locationId])
  return isFirst
}

const clearRefusal: Statement = {
  name: 'dojo_key_clear_refusal',
  text: 'DELETE FROM dojo_key_refusals WHERE location_id = $1',
}

export async function markKeyAccepted(database: Queryable, locationId: string): Promise<void> {
  await database.rows(clearRefusal, [locationId])
}
