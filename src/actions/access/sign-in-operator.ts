// Signs an operator in to the console, with a name and a password.
import { randomBytes } from 'node:crypto'
import { matchesSecret } from '../../domain/access/secret-hash.ts'
import type { Queryable } from '../../store/database/database.ts'
import type { Store } from '../../store/index.ts'
import {
  endOperatorSession,
  findPasswordHash,
  insertOperatorSession,
} from '../../store/access/operators.ts'

/**
 * @param address from where they sign in, for the record
 * @returns the secret of the new session; undefined when the name or the password is wrong
 */
export async function signInOperator(
  { database, prisma }: Pick<Store, 'database' | 'prisma'>,
  { name, password }: { name: string; password: string },
  address: string,
): Promise<string | undefined> {
  const isRight = await matchesSecret(password, await findPasswordHash(prisma, name))
  if (!isRight) return undefined
  const secret = randomBytes(32).toString('base64url')
  await insertOperatorSession(database, { name, secret, address })
  return secret
}

export async function signOutOperator(database: Queryable, secret: string): Promise<void> {
  await endOperatorSession(database, secret)
}
