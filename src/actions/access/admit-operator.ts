// Lets an operator in: by the session of the console, or a program by its token.
import type { Queryable } from '../../store/database/database.ts'
import {
  findOperator,
  findOperatorSession,
  touchOperatorSession,
} from '../../store/access/operators.ts'

/** Either a session, and whether a person did something, or a token. */
export type OperatorProof = { session: string; isPerson: boolean } | { token: string }

/** @returns the operator's name; undefined when the session has ended or the token is wrong */
export async function admitOperator(
  database: Queryable,
  proof: OperatorProof,
): Promise<string | undefined> {
  if ('token' in proof) return await findOperator(database, proof.token)
  const found = await findOperatorSession(database, proof.session)
  if (found === undefined) return undefined
  if (proof.isPerson && found.isDue) await touchOperatorSession(database, proof.session)
  return found.name
}
