// A venue's clock on a distributed database, where each node counts its transactions by itself: the
// entries of a transaction have the number that it draws at its end. The clock's row is locked from
// then to the commit, so numbers become visible in their sequence, on whichever node the venue is,
// and a venue takes its clock along when it moves to another node.
import type { Question } from '../database/endings.ts'
import type { Queryable, Statement } from '../database/statement.ts'

/**
 * Everything that was committed when the snapshot was taken, in PostgreSQL's text form:
 * `xmin:xmax:` and the transactions still running in between.
 */
export type Position = string

const draw: Statement = {
  name: 'feed_clock_draw',
  text: `INSERT INTO feed_clocks AS c (location_id, position) VALUES ($1, 1)
    ON CONFLICT (location_id) DO UPDATE SET position = c.position + 1 RETURNING position`,
}

/** Answers `position`, for the column `transaction_id` of the venue's histories. */
export function drawPosition(locationId: string): Question {
  return { statement: draw, values: [locationId] }
}

interface ClockRow {
  locationId: string
  position: number
}

const readOne: Statement = {
  name: 'feed_clock_read',
  text: 'SELECT location_id AS "locationId", position FROM feed_clocks WHERE location_id = $1',
}

const readSeveral: Statement = {
  name: 'feed_clocks_read',
  text: 'SELECT location_id AS "locationId", position FROM feed_clocks WHERE location_id = ANY ($1::text[])',
}

/** Where the clocks of venues are, for each of them. */
export async function readPositions(
  database: Queryable,
  locationIds: readonly string[],
): Promise<ReadonlyMap<string, Position>> {
  const rows = await readClocks(database, locationIds)
  const positions = new Map(locationIds.map((locationId) => [locationId, snapshotOf(0)]))
  for (const { locationId, position } of rows) positions.set(locationId, snapshotOf(position))
  return positions
}

async function readClocks(
  database: Queryable,
  locationIds: readonly string[],
): Promise<ClockRow[]> {
  if (locationIds.length === 0) return []
  // One venue is asked of its node alone.
  if (locationIds.length === 1) return await database.rows<ClockRow>(readOne, locationIds)
  return await database.rows<ClockRow>(readSeveral, [locationIds])
}

/** The snapshot that has seen the numbers up to this one. */
export function snapshotOf(position: number): Position {
  return `${position + 1}:${position + 1}:`
}
