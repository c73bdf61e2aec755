// Lets somebody in who is signed in to the console.
import type { Queryable } from '../../store/database/database.ts'
import { findOperatorSession, touchOperatorSession } from '../../store/access/operators.ts'
import { findSession, touchSession, type SessionKey } from '../../store/access/sessions.ts'
import type { TillAccess } from '../../store/venue/till-tokens.ts'

export interface SessionProof extends SessionKey {
  /**
   * Whether a person did something; what a page asks for by itself does not keep the session open.
   */
  isPerson: boolean
  /** The secret of a session of an operator, where the browser has one as well. */
  operatorSecret: string | undefined
}

/** @returns undefined when the session has ended, or its token was revoked */
export async function admitSession(
  database: Queryable,
  { isPerson, operatorSecret, ...key }: SessionProof,
): Promise<TillAccess | undefined> {
  const found = await findSession(database, key)
  if (found === undefined) return undefined
  const { access, isDue, operatorName } = found
  if (isPerson && isDue) {
    await touchSession(database, key)
    if (operatorName !== null && operatorSecret !== undefined) {
      await touchOwnSession(database, operatorName, operatorSecret)
    }
  }
  return access
}

/**
 * Who works in a venue uses the session from which they entered it. Nobody else's is kept open, and
 * one that has ended stays so.
 */
async function touchOwnSession(
  database: Queryable,
  operatorName: string,
  secret: string,
): Promise<void> {
  const own = await findOperatorSession(database, secret)
  if (own?.name === operatorName && own.isDue) await touchOperatorSession(database, secret)
}
