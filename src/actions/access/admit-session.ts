// Lets somebody in who is signed in to the console.
import type { Queryable } from '../../store/database/database.ts'
import { findSession, touchSession, type SessionKey } from '../../store/access/sessions.ts'
import type { TillAccess } from '../../store/venue/till-tokens.ts'

/**
 * @param isPerson whether a person did something; what a page asks for by itself does not keep the
 *   session open
 * @returns undefined when the session has ended, or its token was revoked
 */
export async function admitSession(
  database: Queryable,
  key: SessionKey,
  isPerson: boolean,
): Promise<TillAccess | undefined> {
  const found = await findSession(database, key)
  if (found === undefined) return undefined
  if (isPerson && found.isDue) await touchSession(database, key)
  return found.access
}
