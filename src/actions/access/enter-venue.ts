// Lets an operator who is signed in into the console of one venue, as an owner. What they do there
// is in the history of the venue under their name.
import { randomBytes } from 'node:crypto'
import type { NewId } from '../../domain/ids.ts'
import { noVenue } from '../../domain/venue/venue.ts'
import type { Database } from '../../store/database/database.ts'
import {
  findTokenInVenue,
  insertAct,
  insertTokenInVenue,
  lockOperator,
  writeOutcome,
} from '../../store/access/operators.ts'
import { insertSession, type SessionKey } from '../../store/access/sessions.ts'

const TOKEN_BYTES = 32

/**
 * @returns undefined when the operator's account has just ended
 * @throws Refusal NotFound: no such venue
 */
export async function enterVenue(
  database: Database,
  { operatorName, locationId, address }: Record<'operatorName' | 'locationId' | 'address', string>,
  newId: NewId,
): Promise<SessionKey | undefined> {
  const session = { locationId, secret: randomBytes(TOKEN_BYTES).toString('base64url') }
  return await database.transaction(async (tx) => {
    if ((await lockOperator(tx, operatorName)) === undefined) return undefined
    await insertTokenInVenue(tx, {
      locationId,
      tokenId: newId('tok'),
      tokenHash: randomBytes(TOKEN_BYTES),
      tillName: `Operator ${operatorName}`,
      operatorName,
    })
    const tokenId = await tx.prisma(
      async (prisma) => await findTokenInVenue(prisma, locationId, operatorName),
    )
    if (tokenId === undefined) throw noVenue(locationId)
    await insertSession(tx, { ...session, tokenId, withPin: false, address })
    const act = { actId: newId('act'), operatorName, address, locationId, detail: {} }
    await insertAct(tx, { ...act, operation: 'enterVenue' })
    await writeOutcome(tx, act.actId, 'done')
    return session
  })
}
