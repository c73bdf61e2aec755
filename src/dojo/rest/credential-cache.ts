// A credential that was right a moment ago is accepted without asking the database; a revoked one
// works for at most `limits.credentialCacheMs` more. A username that nobody has is refused without
// asking for `limits.unknownCredentialMs`.
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

interface Remembered {
  /** Undefined: nobody has the username. */
  entry: CredentialEntry | undefined
  untilMs: number
}

export function createAuthenticate(database: Queryable, nowMs: () => number): Authenticate {
  const remembered = new Map<string, Remembered>()
  const remember = (username: string, entry: CredentialEntry | undefined): void => {
    if (remembered.size >= limits.credentialCacheEntries) remembered.clear()
    const forMs = entry === undefined ? limits.unknownCredentialMs : limits.credentialCacheMs
    remembered.set(username, { entry, untilMs: nowMs() + forMs })
  }
  const recall = (username: string): Remembered | undefined => {
    const known = remembered.get(username)
    return known !== undefined && known.untilMs > nowMs() ? known : undefined
  }

  /** Those who ask for one username at the same time share the answer. */
  const underWay = new Map<string, Promise<CredentialEntry | undefined>>()
  const find = async (username: string): Promise<CredentialEntry | undefined> => {
    const finding =
      underWay.get(username) ??
      findCredential(database, username).finally(() => underWay.delete(username))
    underWay.set(username, finding)
    return await finding
  }

  return async (username, password) => {
    if (!isCredential(username, password)) return undefined
    const known = recall(username)
    if (known !== undefined && known.entry === undefined) {
      opens(undefined, password)
      return undefined
    }
    if (known?.entry !== undefined && isPasswordOf(known.entry, password)) return known.entry.venue
    const entry = await find(username)
    const isRight = opens(entry, password)
    if (isRight || entry === undefined) remember(username, entry)
    return isRight ? entry.venue : undefined
  }
}

/** PostgreSQL stores no NUL, and nobody was given a credential of any length. */
function isCredential(username: string, password: string): boolean {
  const { maxCredentialCharacters: most } = limits
  return !username.includes('\0') && username.length <= most && password.length <= most
}

function isPasswordOf({ passwordHash }: CredentialEntry, password: string): boolean {
  return timingSafeEqual(passwordHash, hashPassword(password))
}
