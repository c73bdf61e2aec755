// Signs somebody in to the console, with a till's token or with a waiter's PIN.
import { randomBytes } from 'node:crypto'
import { matchesSecret } from '../../domain/access/secret-hash.ts'
import type { Store } from '../../store/index.ts'
import { insertSession, type SessionKey } from '../../store/access/sessions.ts'
import { findPin, findTillAccess } from '../../store/venue/till-tokens.ts'

export type Proof = { token: string } | { locationId: string; waiterId: string; pin: string }

/**
 * @param address from where they sign in, for the record
 * @returns the new session; undefined when the token or the PIN is wrong
 */
export async function signIn(
  { database, prisma }: Store,
  proof: Proof,
  address: string,
): Promise<SessionKey | undefined> {
  const found = 'token' in proof ? await byToken(database, proof.token) : await byPin(prisma, proof)
  if (found === undefined) return undefined
  const session = { ...found, secret: randomBytes(32).toString('base64url') }
  await insertSession(database, { ...session, withPin: 'pin' in proof, address })
  return session
}

interface Found {
  locationId: string
  tokenId: string
}

async function byToken(database: Store['database'], token: string): Promise<Found | undefined> {
  return (await findTillAccess(database, token))?.access
}

async function byPin(
  prisma: Store['prisma'],
  { pin, ...who }: { locationId: string; waiterId: string; pin: string },
): Promise<Found | undefined> {
  const entry = await findPin(prisma, who)
  const isRight = await matchesSecret(pin, entry?.pinHash)
  return entry !== undefined && isRight
    ? { locationId: who.locationId, tokenId: entry.tokenId }
    : undefined
}
