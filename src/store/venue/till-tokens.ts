// What a till authenticates with: random, kept as a hash, and looked up in every request, so that a
// revoked token opens nothing any more on any server.
import { createHash, randomBytes } from 'node:crypto'
import type { TillRole } from '../../domain/venue/till-role.ts'
import type { LockedThen } from '../../domain/venue/venue.ts'
import type { Queryable, SharedStatement, Statement } from '../database/database.ts'
import type { PrismaInTransaction } from '../database/prisma.ts'
import type { Row } from '../database/row.ts'
import { VENUE_COLUMNS, venueOf, type Venue, type VenueRow } from './credentials.ts'

/** @param bits 32 random bytes */
export const tokenOf = (bits: Buffer): string => `till_${bits.toString('base64url')}`

/** Whether it has the form of a token, so that looking it up makes sense. */
export const isToken = (text: string): boolean => /^till_[\w-]{43}$/.test(text)

/** The token has 256 random bits, so a fast hash protects it. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/** What a token opens: a venue, its settings for new orders, and who is at the till. */
export interface TillAccess extends Venue {
  tokenId: string
  role: TillRole
  waiterId: string | undefined
  tillName: string | undefined
  timeZone: string
  taxesOnTop: boolean
  taxName: string
  serviceChargeHundredths: number | undefined
  serviceChargeTaxRateHundredths: number | undefined
  cashRoundingMinor: number | undefined
  lockedThen: LockedThen
}

/** The columns of a token `k` and its venue `l`. */
export const ACCESS_COLUMNS = `k.token_id, k.role, k.waiter_id, k.till_name,
      l.time_zone, l.taxes_on_top, l.tax_name, l.service_charge_hundredths,
      l.service_charge_tax_rate_hundredths, l.cash_rounding_minor, l.locked_then, ${VENUE_COLUMNS}`

export type AccessRow = VenueRow &
  Row<'TillToken', 'tokenId' | 'role' | 'waiterId' | 'tillName'> &
  Row<
    'Location',
    | 'timeZone'
    | 'taxesOnTop'
    | 'taxName'
    | 'serviceChargeHundredths'
    | 'serviceChargeTaxRateHundredths'
    | 'cashRoundingMinor'
    | 'lockedThen'
  >

// Every request of a till runs this, so it is prepared.
export const findAccess: SharedStatement = {
  name: 'till_token_find',
  text: `SELECT ${ACCESS_COLUMNS},
      $2::text IS NULL OR EXISTS (SELECT 1 FROM waiters w
        WHERE w.location_id = k.location_id AND w.waiter_id = $2 AND w.retired_at IS NULL) AS named_known
    FROM till_tokens k JOIN locations l ON l.location_id = k.location_id
    WHERE k.token_hash = $1 AND k.revoked_at IS NULL`,
  distributed: `SELECT ${ACCESS_COLUMNS}, $2::text IS NULL AS named_known
    FROM till_tokens k JOIN locations l ON l.location_id = k.location_id
    WHERE k.token_hash = $1 AND k.revoked_at IS NULL`,
  parameters: ['bytea', 'text'],
}

/** For a distributed database, where the venue is known only after its token was found. */
const findWaiter: Statement = {
  name: 'till_token_waiter',
  text: 'SELECT 1 FROM waiters WHERE location_id = $1 AND waiter_id = $2 AND retired_at IS NULL',
}

export interface FoundAccess {
  access: TillAccess
  /** Whether the venue has the named waiter; true when none is named. */
  isNamedKnown: boolean
}

/**
 * Undefined for a token that opens nothing.
 * @param namedWaiterId the waiter that the request names
 */
export async function findTillAccess(
  database: Queryable,
  token: string,
  namedWaiterId?: string,
): Promise<FoundAccess | undefined> {
  const [row] = await database.rows<AccessRow & { named_known: boolean }>(findAccess, [
    hashToken(token),
    namedWaiterId,
  ])
  if (row === undefined) return undefined
  const access = accessOf(row)
  if (!database.isDistributed || row.named_known) {
    return { access, isNamedKnown: row.named_known }
  }
  const waiters = await database.rows(findWaiter, [access.locationId, namedWaiterId])
  return { access, isNamedKnown: waiters.length > 0 }
}

export function accessOf(row: AccessRow): TillAccess {
  return {
    ...venueOf(row),
    tokenId: row.token_id,
    role: row.role,
    waiterId: row.waiter_id ?? undefined,
    tillName: row.till_name ?? undefined,
    timeZone: row.time_zone,
    taxesOnTop: row.taxes_on_top,
    taxName: row.tax_name,
    serviceChargeHundredths: row.service_charge_hundredths ?? undefined,
    serviceChargeTaxRateHundredths: row.service_charge_tax_rate_hundredths ?? undefined,
    cashRoundingMinor: row.cash_rounding_minor ?? undefined,
    lockedThen: row.locked_then,
  }
}

// Every open stream asks this every few seconds, for pairs that Prisma could not pass as arrays.
const findRevokedTokens: Statement = {
  name: 'till_tokens_revoked',
  text: `SELECT asked.token_id FROM unnest($1::text[], $2::text[]) AS asked(location_id, token_id)
    WHERE NOT EXISTS (SELECT 1 FROM till_tokens k
      WHERE k.location_id = asked.location_id AND k.token_id = asked.token_id AND k.revoked_at IS NULL)`,
}

/** Which of these tokens open nothing any more. */
export async function findRevoked(
  database: Queryable,
  tokens: readonly Pick<TillAccess, 'locationId' | 'tokenId'>[],
): Promise<Set<string>> {
  const distinct = [...new Map(tokens.map((token) => [token.tokenId, token])).values()]
  const rows = await database.rows<Row<'TillToken', 'tokenId'>>(findRevokedTokens, [
    distinct.map(({ locationId }) => locationId),
    distinct.map(({ tokenId }) => tokenId),
  ])
  return new Set(rows.map((row) => row.token_id))
}

/** What a waiter's PIN opens, and the hash that it has to match. */
export interface PinEntry {
  tokenId: string
  pinHash: string
}

/** Undefined where the waiter has no PIN. */
export async function findPin(
  prisma: PrismaInTransaction,
  { locationId, waiterId }: { locationId: string; waiterId: string },
): Promise<PinEntry | undefined> {
  const token = await prisma.tillToken.findFirst({
    where: { locationId, waiterId, revokedAt: null, pinHash: { not: null } },
    select: { tokenId: true, pinHash: true },
    orderBy: { tokenId: 'desc' },
  })
  return token === null ? undefined : { tokenId: token.tokenId, pinHash: token.pinHash! }
}

/**
 * Until the transaction ends, the waiter is not retired, and nobody else gives them a token or PIN.
 * @returns whether the venue has the waiter
 */
export async function lockWaiter(
  prisma: PrismaInTransaction,
  { locationId, waiterId }: { locationId: string; waiterId: string },
): Promise<boolean> {
  const rows = await prisma.$queryRaw<object[]>`SELECT waiter_id FROM waiters
    WHERE location_id = ${locationId} AND waiter_id = ${waiterId} AND retired_at IS NULL FOR NO KEY UPDATE`
  return rows.length > 0
}

/** Revokes the waiter's PIN, if they have one. @returns whether they had */
export async function revokePin(
  prisma: PrismaInTransaction,
  { locationId, waiterId }: { locationId: string; waiterId: string },
): Promise<boolean> {
  const { count } = await prisma.tillToken.updateMany({
    where: { locationId, waiterId, revokedAt: null, pinHash: { not: null } },
    data: { revokedAt: new Date() },
  })
  return count > 0
}

/** A token that nobody knows: only the PIN opens what it may do. */
export async function insertPin(
  prisma: PrismaInTransaction,
  pin: { locationId: string; waiterId: string; tokenId: string; role: TillRole; pinHash: string },
): Promise<void> {
  await prisma.tillToken.create({
    data: { ...pin, tokenHash: new Uint8Array(randomBytes(32)) },
    select: { tokenId: true },
  })
}
