// Ends a session of the console.
import type { Queryable } from '../../store/database/database.ts'
import { endSession, type SessionKey } from '../../store/access/sessions.ts'

export async function signOut(database: Queryable, key: SessionKey): Promise<void> {
  await endSession(database, key)
}
