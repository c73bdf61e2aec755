// What Dojo authenticates with, and the venue that it opens.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Database, Statement } from './database.ts'
import type { VerifyPayments } from '../domain/caller.ts'

export interface Venue {
  locationId: string
  currency: string
  cursorKey: Buffer
  verifyPayments: VerifyPayments
}

/** Passwords are 256 random bits, so a fast hash protects them; there is nothing to guess. */
export const hashPassword = (password: string): Buffer => createHash('sha256').update(password).digest()

const FIND: Statement = {
  name: 'credential_find',
  text: `SELECT c.password_hash, l.location_id, l.currency, l.cursor_key,
      coalesce(l.verify_payments::text, CASE WHEN l.dojo_key_sealed IS NULL THEN 'off' ELSE 'after' END) AS verify_payments
    FROM credentials c JOIN locations l ON l.location_id = c.location_id
    WHERE c.username = $1 AND c.revoked_at IS NULL`,
}

/** Nobody's hash: a wrong username is compared as long as a wrong password. */
const NOBODY = Buffer.alloc(32)

export interface CredentialEntry { passwordHash: Buffer, venue: Venue }

export async function findCredential (database: Database, username: string): Promise<CredentialEntry | undefined> {
  const [row] = await database.rows<{ password_hash: Buffer, location_id: string, currency: string, cursor_key: Buffer, verify_payments: VerifyPayments }>(FIND, [username])
  return row === undefined ? undefined : { passwordHash: row.password_hash, venue: { locationId: row.location_id, currency: row.currency, cursorKey: row.cursor_key, verifyPayments: row.verify_payments } }
}

/** In constant time, whether there is such a credential or not. */
export function opens (entry: CredentialEntry | undefined, password: string): entry is CredentialEntry {
  const same = timingSafeEqual(hashPassword(password), entry?.passwordHash ?? NOBODY)
  return same && entry !== undefined
}
