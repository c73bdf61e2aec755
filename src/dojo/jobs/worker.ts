// Runs the jobs to Dojo that the store queued: as soon as they are committed, at least once, and
// for as long as it takes. Every process has one of these; a claim in the database keeps two from
// the same job at once, and lapses when its process dies.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { DojoClient } from '../client/index.ts'
import { DojoFault, DojoRefusal } from '../client/errors.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { markKeyAccepted, markKeyRefused } from '../../store/venue/dojo-keys.ts'
import {
  claimJobs,
  dropJob,
  laneOf,
  repeatJob,
  completeJob,
  failJob,
  type ClaimedJob,
  type JobKind,
} from '../../store/jobs/jobs.ts'

/**
 * Runs one job. Resolves to the seconds after which it is to be run again, undefined when it is
 * done.
 */
export type RunJob = (client: DojoClient, job: ClaimedJob) => Promise<number | undefined>

export interface JobWorkerDeps {
  database: Database
  run: Readonly<Record<JobKind, RunJob>>
  /** @throws Error when the key does not open */
  openKey: (sealed: Buffer, locationId: string) => string
  connect: (key: string) => DojoClient
  /** For the log of whoever looks after the venue. */
  notice: (locationId: string, message: string, detail: object) => void
  onOutcome?: (kind: JobKind, outcome: 'done' | 'failed') => void
  pollMs?: number
  stopMs?: number
}

export interface JobWorker {
  /** Begins to deliver, and to look for what is due. */
  start: () => void
  /** Resolves once nothing is on its way, or that takes too long; nothing more begins. */
  stop: () => Promise<void>
  /** Resolves once all that is due now has been tried. */
  idle: () => Promise<void>
}

export function createJobWorker(deps: JobWorkerDeps): JobWorker {
  const { database, pollMs = limits.jobPollMs, stopMs = limits.jobStopMs } = deps
  const claimant = randomUUID()
  const inFlight = new Map<Promise<void>, string>()
  let running = false
  let looking: Promise<void> | undefined
  let lookAgain = false
  let timer: NodeJS.Timeout | undefined

  const begin = (job: ClaimedJob): void => {
    const done: Promise<void> = deliver(deps, job, () => running)
      .catch(() => {})
      .finally(() => {
        inFlight.delete(done)
        wake()
      })
    inFlight.set(done, laneOf(job))
  }

  const look = async (): Promise<void> => {
    do {
      lookAgain = false
      const room = limits.jobsInFlight - inFlight.size
      if (!running || room <= 0) return
      // A lane of a venue is given its share at once, and the next when that is done: however slow
      // it is, the others have theirs.
      const jobs = await claimJobs(database, {
        claimant,
        busyLanes: [...new Set(inFlight.values())],
        most: room,
        mostPerLane: limits.jobsInFlightPerLane,
      })
      for (const job of jobs) begin(job)
    } while (lookAgain)
  }

  const wake = (): void => {
    if (!running) return
    lookAgain = true
    // Without the database there is nothing to do until it is back, which the next look finds out.
    looking ??= look()
      .catch(() => {})
      .finally(() => {
        looking = undefined
        if (lookAgain) wake()
      })
  }
  const underWay = (): Promise<void>[] => [
    ...(looking === undefined ? [] : [looking]),
    ...inFlight.keys(),
  ]
  const hear = (): void => {
    setImmediate(wake)
  }

  return {
    start: () => {
      running = true
      database.onQueued.add(hear)
      timer = setInterval(wake, pollMs).unref()
      wake()
    },
    stop: async () => {
      running = false
      database.onQueued.delete(hear)
      clearInterval(timer)
      // What is cut off here is sent again by whoever runs next, once its claim has lapsed.
      const enough = new AbortController()
      await Promise.race([
        Promise.all(underWay()),
        wait(stopMs, undefined, { signal: enough.signal, ref: false }),
      ])
      enough.abort()
    },
    idle: async () => {
      wake()
      for (let work = underWay(); work.length > 0; work = underWay()) await Promise.race(work)
    },
  }
}

async function deliver(
  { database, run, openKey, connect, notice, onOutcome }: JobWorkerDeps,
  job: ClaimedJob,
  isRunning: () => boolean,
): Promise<void> {
  const { locationId, kind, entityId, attempts, sealedKey, wasRefused } = job
  const note = async <T>(work: () => Promise<T>): Promise<T> => await insist(job, isRunning, work)
  if (sealedKey === undefined) {
    await note(async () => {
      await dropJob(database, job)
    })
    return
  }
  const outcome = await attempt(
    async () => await run[kind](connect(openKey(sealedKey, locationId)), job),
  )
  onOutcome?.(kind, 'error' in outcome ? 'failed' : 'done')
  if (!('error' in outcome)) {
    const { againSeconds } = outcome
    await note(async () => {
      await (againSeconds === undefined
        ? completeJob(database, job)
        : repeatJob(database, job, againSeconds))
    })
    if (wasRefused) await markKeyAccepted(database, locationId)
    return
  }
  const { error } = outcome
  if (isKeyRefused(error) && (await note(async () => await markKeyRefused(database, locationId)))) {
    notice(locationId, KEY_REFUSED, {})
  }
  const failure = {
    error: messageOf(error),
    retryAfterSeconds: retryAfterSeconds(error, attempts),
    isHopeless: isHopeless(error),
  }
  const dead = await note(async () => await failJob(database, job, failure))
  if (dead) {
    notice(locationId, 'a job to Dojo was given up; see npm run outbox -- list', {
      kind,
      entityId,
      error: messageOf(error),
    })
  }
}

async function attempt(
  work: () => Promise<number | undefined>,
): Promise<{ againSeconds: number | undefined } | { error: Error }> {
  try {
    return { againSeconds: await work() }
  } catch (error) {
    return { error: error as Error }
  }
}

export const KEY_REFUSED =
  'Dojo refuses the API key of this venue, so it is told and asked nothing until the key is set again'

/**
 * The database may be away for a moment; until it knows, the job would wait for its claim to
 * lapse, and then be sent again.
 */
async function insist<T>(
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

/** Of a 403 the key may be right, and allowed to do other things. */
export const isKeyRefused = (error: unknown): boolean =>
  error instanceof DojoRefusal && error.status === 401

/** Dojo has understood it and will never take it. */
const isHopeless = (error: unknown): boolean =>
  error instanceof DojoRefusal &&
  error.status >= 400 &&
  error.status < 500 &&
  !isKeyRefused(error) &&
  ![403, 404, 408, 425, 429].includes(error.status)

/**
 * As Dojo asks, or twice as long each time; at random in its upper half, so that many do not come
 * back at one moment.
 */
function retryAfterSeconds(error: unknown, attempts: number): number {
  if (error instanceof DojoRefusal && error.retryAfterMs !== undefined) {
    return Math.min(error.retryAfterMs / 1000, limits.jobMaxRetryAfterSeconds)
  }
  const longest = Math.min(
    limits.jobLongestBackoffSeconds,
    limits.jobBackoffSeconds * 2 ** (attempts - 1),
  )
  return (longest * (1 + Math.random())) / 2
}

/** One line, and no secret: that of a fault of Dojo is made so. */
const messageOf = (error: unknown): string =>
  error instanceof DojoFault
    ? error.message
    : (error as Error).message.slice(0, limits.maxLoggedMessageCharacters)
