// Signs an operator in to the console, with a name and a password, and keeps it on record.
import { randomBytes } from 'node:crypto'
import { matchesSecret } from '../../domain/access/secret-hash.ts'
import type { NewId } from '../../domain/ids.ts'
import type { Queryable } from '../../store/database/database.ts'
import type { Store } from '../../store/index.ts'
import {
  endOperatorSession,
  findPasswordHash,
  insertAct,
  insertOperatorSession,
  lockOperator,
  writeOutcome,
} from '../../store/access/operators.ts'

/**
 * @param address from where they sign in, for the record
 * @returns the secret of the new session; undefined when the name or the password is wrong
 */
export async function signInOperator(
  { database, prisma }: Pick<Store, 'database' | 'prisma'>,
  { name, password, address }: { name: string; password: string; address: string },
  newId: NewId,
): Promise<string | undefined> {
  const hash = await findPasswordHash(prisma, name)
  if (!(await matchesSecret(password, hash))) return undefined
  const secret = randomBytes(32).toString('base64url')
  return await database.transaction(async (tx) => {
    // The comparison takes long enough for the password to be replaced meanwhile.
    if ((await lockOperator(tx, name)) !== hash) return undefined
    await insertOperatorSession(tx, { name, secret, address })
    const act = { actId: newId('act'), operatorName: name, address, locationId: undefined }
    await insertAct(tx, { ...act, operation: 'signIn', detail: {} })
    await writeOutcome(tx, act.actId, 'done')
    return secret
  })
}

export async function signOutOperator(database: Queryable, secret: string): Promise<void> {
  await endOperatorSession(database, secret)
}
