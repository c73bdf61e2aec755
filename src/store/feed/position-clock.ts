// A venue's clock on a distributed database, where each node counts its transactions by itself: the
// entries of a transaction have the number that it draws at its end. The clock's row is locked from
// then to the commit, so numbers become visible in their sequence, on whichever node the venue is.
import type { Question } from '../database/endings.ts'
import type { Statement } from '../database/statement.ts'

const draw: Statement = {
  name: 'feed_clock_draw',
  text: `INSERT INTO feed_clocks AS c (location_id, position) VALUES ($1, 1)
    ON CONFLICT (location_id) DO UPDATE SET position = c.position + 1 RETURNING position`,
}

/** Answers `position`, for the column `transaction_id` of the venue's histories. */
export function drawPosition(locationId: string): Question {
  return { statement: draw, values: [locationId] }
}
