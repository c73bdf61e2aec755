// One question each second, instead of one for each credential in use: which have changed? What
// was looked up after an answer, and is not among those that the next answers name, is as it was
// when the last of them was asked for. While the database does not answer, nothing more is known.
import { limits } from '../../limits.ts'
import type { Queryable } from '../../store/database/database.ts'
import { readCallerChanges, type CallerPosition } from '../../store/venue/caller-changes.ts'

export interface CredentialWatch {
  /** Asks, if the last time is long enough ago. Nobody waits for it. */
  look: () => void
  /** How many answers there were: to be taken before something is looked up. */
  answers: () => number
  /**
   * By when it is known that what was looked up has not changed since, in milliseconds.
   * @param answersBefore as they were before it was looked up
   */
  unchangedAtMs: (answersBefore: number) => number
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
  let isUnderWay = false

  const ask = async (atMs: number): Promise<void> => {
    const changes = await readCallerChanges(database, position)
    position = changes?.position
    answers++
    askedAtMs = atMs
    if (changes === undefined) firstAnswer = Infinity
    else if (changes.locationIds === undefined) firstAnswer = answers
    else if (changes.locationIds.length > 0) forget(new Set(changes.locationIds))
  }
  return {
    look: () => {
      const atMs = nowMs()
      if (isUnderWay || atMs < nextAtMs) return
      isUnderWay = true
      nextAtMs = atMs + limits.credentialLookMs
      // What was not answered is asked again, from the same position.
      void ask(atMs)
        .catch(() => {})
        .finally(() => {
          isUnderWay = false
        })
    },
    answers: () => answers,
    unchangedAtMs: (answersBefore) => (answersBefore >= firstAnswer ? askedAtMs : -Infinity),
  }
}
