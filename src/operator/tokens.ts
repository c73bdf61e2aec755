// The tokens that a venue's tills authenticate with: created, listed, revoked.
import { randomBytes } from 'node:crypto'
import { invalid, notFound } from '../domain/errors.ts'
import { newId } from '../domain/ids.ts'
import { visibleName } from '../domain/names.ts'
import { limits } from '../limits.ts'
import type { Prisma } from '../store/database/prisma.ts'
import { type TillRole } from '../domain/venue/till-role.ts'
import { hashToken, lockWaiter, tokenOf } from '../store/venue/till-tokens.ts'
import { showLocation } from './locations.ts'

export interface NewToken {
  role: TillRole
  waiterId?: string
  tillName?: string
}

/** Shown once: only the token's hash is stored. */
export interface IssuedToken {
  tokenId: string
  token: string
}

export interface TokenSummary {
  tokenId: string
  role: TillRole
  waiterId: string | undefined
  tillName: string | undefined
  createdAt: Date
  revokedAt: Date | undefined
}

/** @throws Refusal NotFound: no such venue; InvalidRequest: no such waiter, or an invalid name */
export async function createToken(
  prisma: Prisma,
  locationId: string,
  { role, waiterId, tillName }: NewToken,
): Promise<IssuedToken> {
  await showLocation(prisma, locationId)
  if (tillName !== undefined) visibleName(tillName, 'till')
  if (tillName !== undefined && tillName.length > limits.maxNameCharacters) {
    throw invalid(`The name of a till must have 1 to ${limits.maxNameCharacters} characters.`)
  }
  const token = tokenOf(randomBytes(32))
  const tokenId = newId('tok')
  await prisma.$transaction(async (tx) => {
    if (waiterId !== undefined && !(await lockWaiter(tx, { locationId, waiterId }))) {
      throw invalid(`The venue has no waiter ${waiterId}.`, 'unknown-reference')
    }
    await tx.tillToken.create({
      data: {
        locationId,
        tokenId,
        tokenHash: new Uint8Array(hashToken(token)),
        role,
        waiterId: waiterId ?? null,
        tillName: tillName ?? null,
      },
      select: { tokenId: true },
    })
  })
  return { tokenId, token }
}

/** Newest first. @throws Refusal NotFound */
export async function listTokens(prisma: Prisma, locationId: string): Promise<TokenSummary[]> {
  await showLocation(prisma, locationId)
  const tokens = await prisma.tillToken.findMany({
    where: { locationId },
    orderBy: { tokenId: 'desc' },
  })
  return tokens.map(({ tokenId, role, waiterId, tillName, createdAt, revokedAt }) => ({
    tokenId,
    role,
    waiterId: waiterId ?? undefined,
    tillName: tillName ?? undefined,
    createdAt,
    revokedAt: revokedAt ?? undefined,
  }))
}

/**
 * It stops working at once, on every server.
 * @throws Refusal NotFound: no such active token
 */
export async function revokeToken(
  prisma: Prisma,
  locationId: string,
  tokenId: string,
): Promise<void> {
  const { count } = await prisma.tillToken.updateMany({
    where: { locationId, tokenId, revokedAt: null },
    data: { revokedAt: new Date() },
  })
  if (count === 0) throw notFound('active token', tokenId)
}
