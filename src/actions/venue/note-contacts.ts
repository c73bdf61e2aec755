// Notes when Dojo last called which venue.
import type { Queryable } from '../../store/database/database.ts'
import { writeContacts } from '../../store/venue/dojo-contacts.ts'

/** @param agesSeconds by venue, how long ago its newest call was */
export async function noteContacts(
  database: Queryable,
  agesSeconds: ReadonlyMap<string, number>,
): Promise<void> {
  if (agesSeconds.size > 0) await writeContacts(database, agesSeconds)
}
