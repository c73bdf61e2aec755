// The credentials by which Dojo calls this server for a venue.
import { randomBytes } from 'node:crypto'
import { notFound } from '../domain/errors.ts'
import { newId } from '../domain/ids.ts'
import type { Database } from '../store/database/database.ts'
import type { Prisma, PrismaInTransaction } from '../store/database/prisma.ts'
import { hashPassword } from '../store/venue/credentials.ts'
import { readVenue, readVenueForUpdate } from '../store/venue/venue.ts'

/** Shown once: only the password's hash is stored. */
export interface IssuedCredential {
  username: string
  password: string
}

export const NEWEST_FIRST = [{ createdAt: 'desc' as const }, { credentialId: 'desc' as const }]

/**
 * A new credential; earlier ones keep working until they are revoked.
 * @throws Refusal NotFound
 */
export async function rotateCredential(
  prisma: Prisma,
  locationId: string,
): Promise<IssuedCredential> {
  await readVenue(prisma, locationId)
  const { credential, row } = issueCredential()
  await prisma.credential.create({ data: { locationId, ...row } })
  return credential
}

/**
 * Revokes one credential, or all but the newest.
 * @returns the revoked usernames
 * @throws Refusal NotFound: no such venue, or no such active credential
 */
export async function revokeCredentials(
  database: Database,
  locationId: string,
  username?: string,
): Promise<string[]> {
  return await database.transaction(async (tx) => {
    await readVenueForUpdate(tx, locationId)
    return await tx.prisma(async (prisma) => await revoke(prisma, locationId, username))
  })
}

async function revoke(
  prisma: PrismaInTransaction,
  locationId: string,
  username: string | undefined,
): Promise<string[]> {
  const working = await prisma.credential.findMany({
    where: { locationId, revokedAt: null },
    orderBy: NEWEST_FIRST,
  })
  const revoked =
    username === undefined
      ? working.slice(1)
      : working.filter((credential) => credential.username === username)
  if (username !== undefined && revoked.length === 0) throw notFound('credential', username)
  const usernames = revoked.map((credential) => credential.username)
  await prisma.credential.updateMany({
    where: { locationId, username: { in: usernames } },
    data: { revokedAt: new Date() },
  })
  return usernames
}

/** A credential, and its row. */
export function issueCredential() {
  const credential = {
    username: `dojo-${randomBytes(6).toString('hex')}`,
    password: randomBytes(32).toString('base64url'),
  }
  return {
    credential,
    row: {
      credentialId: newId('cred'),
      username: credential.username,
      passwordHash: new Uint8Array(hashPassword(credential.password)),
    },
  }
}
