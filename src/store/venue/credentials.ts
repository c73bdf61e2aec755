// What Dojo authenticates with, and the venue that it opens.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Database, Statement } from '../database/database.ts'
import type { VerifyPayments } from '../../domain/caller.ts'

export interface Venue {
  locationId: string
  currency: string
  cursorKey: Buffer
  verifyPayments: VerifyPayments
}

/** Passwords are 256 random bits, so a fast hash protects them; there is nothing to guess. */
export const hashPassword = (password: string): Buffer =>
  createHash('sha256').update(password).digest()

/** What every caller of a venue knows of it, from the row `l` of locations. */
export const VENUE_COLUMNS = `l.location_id, l.currency, l.cursor_key,
      coalesce(l.verify_payments::text, CASE WHEN l.dojo_key_sealed IS NULL THEN 'off' ELSE 'after' END) AS verify_payments`

export interface VenueRow {
  location_id: string
  currency: string
  cursor_key: Buffer
  verify_payments: VerifyPayments
}

export const venueOf = ({
  location_id: locationId,
  currency,
  cursor_key: cursorKey,
  verify_payments: verifyPayments,
}: VenueRow): Venue => ({ locationId, currency, cursorKey, verifyPayments })

const FIND: Statement = {
  name: 'credential_find',
  text: `SELECT c.password_hash, ${VENUE_COLUMNS}
    FROM credentials c JOIN locations l ON l.location_id = c.location_id
    WHERE c.username = $1 AND c.revoked_at IS NULL`,
}

/** Nobody's hash: a wrong username is compared as long as a wrong password. */
const NOBODY = Buffer.alloc(32)

export interface CredentialEntry {
  passwordHash: Buffer
  venue: Venue
}

export async function findCredential(
  database: Database,
  username: string,
): Promise<CredentialEntry | undefined> {
  const [row] = await database.rows<VenueRow & { password_hash: Buffer }>(FIND, [username])
  return row === undefined ? undefined : { passwordHash: row.password_hash, venue: venueOf(row) }
}

/** In constant time, whether there is such a credential or not. */
export function opens(
  entry: CredentialEntry | undefined,
  password: string,
): entry is CredentialEntry {
  const same = timingSafeEqual(hashPassword(password), entry?.passwordHash ?? NOBODY)
  return same && entry !== undefined
}
