// What a till authenticates with: random, kept as a hash, and looked up with every request, so that
// one that was revoked opens nothing from then on, whichever instance is asked.
import { createHash } from 'node:crypto'
import type { Database, Queryable, Statement } from '../database/database.ts'
import { invalid } from '../../domain/errors.ts'
import { VENUE_COLUMNS, venueOf, type Venue, type VenueRow } from './credentials.ts'

export const tillRoles = ['kitchen', 'waiter', 'manager', 'owner'] as const
export type TillRole = (typeof tillRoles)[number]

/** The token has 256 random bits, so a fast hash protects it. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/**
 * What a token opens: a venue, as somebody, with the settings of the venue that a tab is opened by.
 */
export interface TillAccess extends Venue {
  tokenId: string
  role: TillRole
  waiterId: string | undefined
  tillName: string | undefined
  timeZone: string
  taxesOnTop: boolean
  taxName: string
  serviceChargeHundredths: number | undefined
}

interface AccessRow extends VenueRow {
  token_id: string
  named_known: boolean
  role: TillRole
  waiter_id: string | null
  till_name: string | null
  time_zone: string
  taxes_on_top: boolean
  tax_name: string
  service_charge_hundredths: number | null
}

const FIND: Statement = {
  name: 'till_token_find',
  text: `SELECT k.token_id, k.role, k.waiter_id, k.till_name, $2::text IS NULL OR EXISTS (SELECT 1 FROM waiters w WHERE w.location_id = k.location_id AND w.waiter_id = $2 AND w.retired_at IS NULL) AS named_known, l.time_zone, l.taxes_on_top, l.tax_name, l.service_charge_hundredths, ${VENUE_COLUMNS}
    FROM till_tokens k JOIN locations l ON l.location_id = k.location_id
    WHERE k.token_hash = $1 AND k.revoked_at IS NULL`,
}

/**
 * Undefined for a token that opens nothing.
 * @param namedWaiterId whom the till names, where several share it
 * @throws Refusal InvalidRequest: the venue has no such waiter, or the token is another's
 */
export async function findTillAccess(
  database: Database,
  token: string,
  namedWaiterId?: string,
): Promise<TillAccess | undefined> {
  const [row] = await database.rows<AccessRow>(FIND, [hashToken(token), namedWaiterId])
  if (row !== undefined && namedWaiterId !== undefined) {
    if (!row.named_known) {
      throw invalid(
        `The header Waiter-Id is ${namedWaiterId}, whom this venue does not have.`,
        'unknown-waiter',
      )
    }
    if (row.waiter_id !== null && row.waiter_id !== namedWaiterId) {
      throw invalid(
        `The header Waiter-Id is ${namedWaiterId}, and the token is that of the waiter ${row.waiter_id}.`,
        'unknown-waiter',
      )
    }
  }
  return row === undefined
    ? undefined
    : {
        ...venueOf(row),
        tokenId: row.token_id,
        role: row.role,
        waiterId: row.waiter_id ?? undefined,
        tillName: row.till_name ?? undefined,
        timeZone: row.time_zone,
        taxesOnTop: row.taxes_on_top,
        taxName: row.tax_name,
        serviceChargeHundredths: row.service_charge_hundredths ?? undefined,
      }
}

const REVOKED: Statement = {
  name: 'till_tokens_revoked',
  text: `SELECT asked.token_id FROM unnest($1::text[], $2::text[]) AS asked(location_id, token_id)
    WHERE NOT EXISTS (SELECT 1 FROM till_tokens k WHERE k.location_id = asked.location_id AND k.token_id = asked.token_id AND k.revoked_at IS NULL)`,
}

/** Which of these tokens open nothing any more. */
export async function findRevoked(
  database: Queryable,
  tokens: readonly Pick<TillAccess, 'locationId' | 'tokenId'>[],
): Promise<Set<string>> {
  const distinct = [...new Map(tokens.map((token) => [token.tokenId, token])).values()]
  const rows = await database.rows<{ token_id: string }>(REVOKED, [
    distinct.map(({ locationId }) => locationId),
    distinct.map(({ tokenId }) => tokenId),
  ])
  return new Set(rows.map((row) => row.token_id))
}
