// One job: runs it with a client of the venue's key, and writes down what became of it.
import { setTimeout as wait } from 'node:timers/promises'
import { backoff } from '../../lib/backoff.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import {
  completeJob,
  dropJob,
  failJob,
  repeatJob,
  type ClaimedJob,
} from '../../store/jobs/claims.ts'
import type { JobKind } from '../../store/jobs/jobs.ts'
import { markKeyAccepted, markKeyRefused } from '../../store/venue/dojo-keys.ts'
import { DojoFault, DojoRefusal } from '../client/errors.ts'
import type { DojoClient } from '../client/index.ts'

/** Resolves to the seconds after which the job runs again; undefined when it is done. */
export type JobRunner = (client: DojoClient, job: ClaimedJob) => Promise<number | undefined>

export interface RunJobDeps {
  database: Database
  run: Readonly<Record<JobKind, JobRunner>>
  /** @throws Error when the key cannot be decrypted */
  openKey: (sealed: Buffer, locationId: string) => string
  connect: (key: string) => DojoClient
  /** Logs what the venue's operator should know. */
  notice: (locationId: string, message: string, detail: object) => void
  onOutcome?: (kind: JobKind, outcome: 'done' | 'failed') => void
}

export const KEY_REFUSED =
  "Dojo rejected this venue's API key. Calls to Dojo are paused until the key is replaced."

/** A 403 is different: the key may be right, and lack this one permission. */
export function isKeyRefused(error: unknown): boolean {
  return error instanceof DojoRefusal && error.status === 401
}

/** @param isRunning whether this process still wants to write down results */
export async function runJob(
  deps: RunJobDeps,
  job: ClaimedJob,
  isRunning: () => boolean,
): Promise<void> {
  const { database, run, openKey, connect, onOutcome } = deps
  const { locationId, kind, sealedKey } = job
  const record: Recorder = async (work) => await whileClaimed(job, isRunning, work)
  if (sealedKey === undefined) {
    await record(async () => {
      await dropJob(database, job)
    })
    return
  }
  let againSeconds: number | undefined
  try {
    againSeconds = await run[kind](connect(openKey(sealedKey, locationId)), job)
  } catch (error) {
    onOutcome?.(kind, 'failed')
    await recordFailure(deps, job, error as Error, record)
    return
  }
  onOutcome?.(kind, 'done')
  await recordSuccess(database, job, againSeconds, record)
}

type Recorder = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Tries again while the database is away: otherwise the job would wait for its claim to lapse, and
 * then run once more.
 */
async function whileClaimed<T>(
  { claimedUntil }: ClaimedJob,
  isRunning: () => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isRunning() || Date.now() > claimedUntil.getTime()) throw error
      await wait(limits.jobRecordRetryMs)
    }
  }
}

async function recordSuccess(
  database: Database,
  job: ClaimedJob,
  againSeconds: number | undefined,
  record: Recorder,
): Promise<void> {
  await record(async () => {
    await (againSeconds === undefined
      ? completeJob(database, job)
      : repeatJob(database, job, againSeconds))
  })
  if (job.wasRefused) await markKeyAccepted(database, job.locationId)
}

async function recordFailure(
  { database, notice }: RunJobDeps,
  job: ClaimedJob,
  error: Error,
  record: Recorder,
): Promise<void> {
  const { locationId, kind, entityId, attempts } = job
  if (
    isKeyRefused(error) &&
    (await record(async () => await markKeyRefused(database, locationId)))
  ) {
    notice(locationId, KEY_REFUSED, {})
  }
  const message = messageOf(error)
  const failure = {
    error: message,
    retryAfterSeconds: retryAfterSeconds(error, attempts),
    isHopeless: isHopeless(error),
  }
  if (await record(async () => await failJob(database, job, failure))) {
    notice(locationId, 'a job for Dojo was given up; see npx epos jobs list', {
      kind,
      entityId,
      error: message,
    })
  }
}

/** Refusals that may pass by themselves. After any other 4xx, Dojo will never take the job. */
const MAY_PASS: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429])

function isHopeless(error: Error): boolean {
  return (
    error instanceof DojoRefusal &&
    error.status >= 400 &&
    error.status < 500 &&
    !MAY_PASS.has(error.status)
  )
}

/** As long as Dojo asks for, or else longer after each attempt. */
function retryAfterSeconds(error: Error, attempts: number): number {
  if (error instanceof DojoRefusal && error.retryAfterMs !== undefined) {
    return Math.min(error.retryAfterMs / 1000, limits.jobMaxRetryAfterSeconds)
  }
  return backoff(attempts, limits.jobBackoffSeconds, limits.jobLongestBackoffSeconds)
}

/** One line. A DojoFault has no secret in it; another error's message is cut. */
function messageOf(error: Error): string {
  return error instanceof DojoFault
    ? error.message
    : error.message.slice(0, limits.maxLoggedMessageCharacters)
}
