// One question each second, instead of one for each credential in use: which have changed? What
// was looked up after an answer, and is not among those that the next answers name, is as it was
// when the last of them was asked for. While the database does not answer, nothing more is known;
// the first answer after that says what has changed in all that time.
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import type { Queryable } from '../../store/database/database.ts'
import { readCallerChanges, type CallerPosition } from '../../store/venue/caller-changes.ts'

export interface CredentialWatch {
  /**
   * Asks, if the last time is long enough ago.
   * @returns when there is an answer, or none; at the latest after `limits.credentialLookWaitMs`
   */
  look: () => Promise<void>
  /** How many answers there were: to be taken before something is looked up. */
  answers: () => number
  /**
   * Whether an answer says if what was looked up has changed since.
   * @param answersBefore as they were before it was looked up
   */
  hearsOf: (answersBefore: number) => boolean
  /** When the last answer was asked for. */
  askedAtMs: () => number
}

export interface CredentialWatchOptions {
  database: Queryable
  nowMs: () => number
  /** The credentials of these venues have changed, or what their callers know of them. */
  forget: (locationIds: ReadonlySet<string>) => void
}

export function createCredentialWatch(options: CredentialWatchOptions): CredentialWatch {
  const { database, nowMs, forget } = options
  let position: CallerPosition | undefined
  let answers = 0
  /** Since this answer every change was named. */
  let firstAnswer = Infinity
  let askedAtMs = -Infinity
  let nextAtMs = -Infinity
  let underWay: Promise<void> | undefined

  const ask = async (atMs: number): Promise<void> => {
    const changes = await readCallerChanges(database, position)
    position = changes?.position
    answers++
    askedAtMs = atMs
    if (changes === undefined) firstAnswer = Infinity
    else if (changes.locationIds === undefined) firstAnswer = answers
    else if (changes.locationIds.length > 0) forget(new Set(changes.locationIds))
  }
  const start = (atMs: number): Promise<void> => {
    nextAtMs = atMs + limits.credentialLookMs
    // What was not answered is asked again, from the same position.
    const asked = ask(atMs).catch(() => {})
    const late = wait(limits.credentialLookWaitMs, undefined, { ref: false })
    void asked.finally(() => {
      underWay = undefined
    })
    return Promise.race([asked, late])
  }
  return {
    look: async () => {
      const atMs = nowMs()
      if (underWay === undefined && atMs >= nextAtMs) underWay = start(atMs)
      await underWay
    },
    answers: () => answers,
    hearsOf: (answersBefore) => answersBefore >= firstAnswer,
    askedAtMs: () => askedAtMs,
  }
}
