// A credential that was right a moment ago is accepted without asking the database; a revoked one
// works for at most `limits.credentialCacheMs` more. So that a request hardly ever has to wait for
// its credential, however many venues there are, one question finds out which of all have changed.
// A distributed database cannot be asked so: there, those in use are asked about again before their
// time is over, and while nobody waits. A username that nobody has is refused without asking for
// `limits.unknownCredentialMs`.
import { LRUCache } from 'lru-cache'
import { timingSafeEqual } from 'node:crypto'
import type { Authenticate } from './authentication.ts'
import { createCredentialWatch, type CredentialWatch } from './credential-watch.ts'
import { limits } from '../../limits.ts'
import {
  findCredential,
  hashPassword,
  opens,
  type CredentialEntry,
} from '../../store/venue/credentials.ts'
import type { Queryable } from '../../store/database/database.ts'

interface Found {
  /** Undefined: nobody has the username. */
  entry: CredentialEntry | undefined
  /** When the database was asked. */
  askedAtMs: number
  /** How many answers the watch had then; -1 when another came before this one. */
  answersBefore: number
}

interface Remembered extends Found {
  entry: CredentialEntry
  usedAtMs: number
}

export function createAuthenticate(database: Queryable, nowMs: () => number): Authenticate {
  const right = new LRUCache<string, Remembered>({ max: limits.credentialCacheEntries })
  /** Until when a username is taken to be nobody's. Guesses push no right one out. */
  const unknown = new LRUCache<string, number>({ max: limits.unknownCredentialEntries })
  const forget = (locationIds: ReadonlySet<string>): void => {
    for (const [username, { entry }] of [...right.entries()]) {
      if (locationIds.has(entry.venue.locationId)) right.delete(username)
    }
  }
  const watch = createCredentialWatch({ database, nowMs, forget })
  const find = createFind({ database, nowMs, watch }, (username, { entry, ...when }) => {
    if (entry === undefined) {
      right.delete(username)
      unknown.set(username, nowMs() + limits.unknownCredentialMs)
      return
    }
    const known = right.peek(username)
    if (known !== undefined) Object.assign(known, { entry, ...when })
  })
  const askAgain = createAskAgain(right, find, nowMs)
  const keepFresh = (): void => {
    if (database.isDistributed) askAgain()
    else void watch.look()
  }
  const isFresh = ({ askedAtMs, answersBefore }: Remembered, atMs: number): boolean => {
    if (atMs - askedAtMs < limits.credentialCacheMs) return true
    return watch.hearsOf(answersBefore) && atMs - watch.askedAtMs() < limits.credentialCacheMs
  }
  /** After a quiet time, one question for all that were known before it. */
  const remembered = async (username: string): Promise<Remembered | undefined> => {
    const known = right.get(username)
    if (known === undefined || isFresh(known, nowMs())) return known
    if (!watch.hearsOf(known.answersBefore)) return undefined
    await watch.look()
    const still = right.get(username)
    return still !== undefined && isFresh(still, nowMs()) ? still : undefined
  }

  return async (username, password) => {
    if (!isCredential(username, password)) return undefined
    const known = await remembered(username)
    if (known !== undefined) {
      if (isPasswordOf(known.entry, password)) {
        known.usedAtMs = nowMs()
        keepFresh()
        return known.entry.venue
      }
    } else if ((unknown.get(username) ?? 0) > nowMs()) {
      opens(undefined, password)
      return undefined
    }
    const { entry, ...when } = await find(username)
    if (!opens(entry, password)) return undefined
    right.set(username, { entry, ...when, usedAtMs: nowMs() })
    return entry.venue
  }
}

type Find = (username: string) => Promise<Found>

interface FindOptions {
  database: Queryable
  nowMs: () => number
  watch: CredentialWatch
}

/** Those who ask for one username at the same time share the answer. */
function createFind(
  { database, nowMs, watch }: FindOptions,
  note: (username: string, found: Found) => void,
): Find {
  const underWay = new Map<string, Promise<Found>>()
  const ask: Find = async (username) => {
    const askedAtMs = nowMs()
    const answersBefore = watch.answers()
    const entry = await findCredential(database, username)
    // What changed may have been named while this was on its way, when nobody knew it yet.
    const isHeardOf = watch.answers() === answersBefore
    const found = { entry, askedAtMs, answersBefore: isHeardOf ? answersBefore : -1 }
    note(username, found)
    return found
  }
  return async (username) => {
    const finding = underWay.get(username) ?? ask(username).finally(() => underWay.delete(username))
    underWay.set(username, finding)
    return await finding
  }
}

/**
 * Asks about the credentials that were used lately and that half of their time has passed of, from
 * time to time and as many at once as share a statement. Where the database does not answer they
 * are forgotten in their time.
 */
function createAskAgain(
  right: LRUCache<string, Remembered>,
  find: Find,
  nowMs: () => number,
): () => void {
  let nextAtMs = 0
  let isUnderWay = false
  const askAll = async (atMs: number): Promise<void> => {
    const due = [...right.entries()]
      .filter(
        ([, { askedAtMs, usedAtMs }]) =>
          atMs - askedAtMs >= limits.credentialCacheMs / 2 &&
          atMs - usedAtMs < limits.credentialInUseMs,
      )
      .map(([username]) => username)
    for (let from = 0; from < due.length; from += limits.readsTogether) {
      await Promise.allSettled(due.slice(from, from + limits.readsTogether).map(find))
    }
  }
  return () => {
    const atMs = nowMs()
    if (isUnderWay || atMs < nextAtMs) return
    isUnderWay = true
    nextAtMs = atMs + limits.credentialAskAgainMs
    void askAll(atMs).finally(() => {
      isUnderWay = false
    })
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
