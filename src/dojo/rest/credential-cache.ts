// A credential that was right a moment ago is accepted without asking the database. Only right ones
// are remembered, so a new one works at once; a revoked one works for at most
// `limits.credentialCacheMs` more.
import { timingSafeEqual } from 'node:crypto'
import type { Authenticate } from './authentication.ts'
import { limits } from '../../limits.ts'
import {
  findCredential,
  hashPassword,
  opens,
  type CredentialEntry,
} from '../../store/venue/credentials.ts'
import type { Queryable } from '../../store/database/database.ts'

export function createAuthenticate(database: Queryable, nowMs: () => number): Authenticate {
  const remembered = new Map<string, { entry: CredentialEntry; untilMs: number }>()
  return async (username, password) => {
    if (username.includes('\0')) return undefined
    const known = remembered.get(username)
    if (
      known !== undefined &&
      known.untilMs > nowMs() &&
      timingSafeEqual(known.entry.passwordHash, hashPassword(password))
    ) {
      return known.entry.venue
    }
    const entry = await findCredential(database, username)
    if (!opens(entry, password)) return undefined
    if (remembered.size >= limits.credentialCacheEntries) remembered.clear()
    remembered.set(username, { entry, untilMs: nowMs() + limits.credentialCacheMs })
    return entry.venue
  }
}
