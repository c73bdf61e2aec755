// What Dojo authenticates with, and the venue that it opens.
import { createHash, timingSafeEqual } from 'node:crypto'
import { verificationOf, type VenueKind, type VerifyPayments } from '../../domain/venue/venue.ts'
import type { Queryable, SharedStatement } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { VERIFICATION, type VerificationRow } from './verification.ts'

export interface Venue {
  locationId: string
  currency: string
  cursorKey: Buffer
  verifyPayments: VerifyPayments
  kind: VenueKind
}

/** Passwords are 256 random bits, so a fast hash protects them; there is nothing to guess. */
export const hashPassword = (password: string): Buffer =>
  createHash('sha256').update(password).digest()

/** What every caller knows of its venue, from the row `l` of locations. */
export const VENUE_COLUMNS = `l.location_id, l.currency, l.cursor_key, l.kind, ${VERIFICATION}`

export type VenueRow = Row<'Location', 'locationId' | 'currency' | 'cursorKey' | 'kind'> &
  VerificationRow

export const venueOf = (row: VenueRow): Venue => ({
  locationId: row.location_id,
  currency: row.currency,
  cursorKey: row.cursor_key,
  verifyPayments: verificationOf(row.verify_payments, row.has_dojo_key),
  kind: row.kind,
})

// Dojo authenticates every request with this, so it is prepared.
const findByUsername: SharedStatement = {
  name: 'credential_find',
  text: `SELECT c.password_hash, ${VENUE_COLUMNS}
    FROM credentials c JOIN locations l ON l.location_id = c.location_id
    WHERE c.username = $1 AND c.revoked_at IS NULL`,
  parameters: ['text'],
}

/** Nobody's hash: comparing with it takes a wrong username as long as a wrong password. */
const NOBODY = Buffer.alloc(32)

export interface CredentialEntry {
  passwordHash: Buffer
  venue: Venue
}

export async function findCredential(
  database: Queryable,
  username: string,
): Promise<CredentialEntry | undefined> {
  const [row] = await database.rows<VenueRow & Row<'Credential', 'passwordHash'>>(findByUsername, [
    username,
  ])
  return row && { passwordHash: row.password_hash, venue: venueOf(row) }
}

/** Takes the same time whether there is such a credential or not. */
export function opens(
  entry: CredentialEntry | undefined,
  password: string,
): entry is CredentialEntry {
  const same = timingSafeEqual(hashPassword(password), entry?.passwordHash ?? NOBODY)
  return same && entry !== undefined
}
