// The worker of a process: claims the jobs that are due and runs them side by side. It claims as
// soon as one is committed, and from time to time for what other processes left. Each job runs at
// least once: two processes cannot hold a claim on it at the same time, and a claim lapses when its
// process dies. On a distributed database a process claims for the venues that it hears of, and one
// process for all of them.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import { claimJobs, type ClaimedJob } from '../../store/jobs/claims.ts'
import { laneOf } from '../../store/jobs/jobs.ts'
import { runJob, type RunJobDeps } from './run-job.ts'
import { createVenuesToClaim } from './venues-to-claim.ts'

export interface JobWorkerDeps extends RunJobDeps {
  pollMs?: number
  stopMs?: number
}

export interface JobWorker {
  start: () => void
  /** Claims nothing more; resolves once the running jobs have ended, or after `stopMs`. */
  stop: () => Promise<void>
  /** Resolves once every job that is due now has been tried. */
  idle: () => Promise<void>
}

export function createJobWorker(deps: JobWorkerDeps): JobWorker {
  const { database, pollMs = limits.jobPollMs, stopMs = limits.jobStopMs } = deps
  const claimant = randomUUID()
  const lanesInUse = new Map<Promise<void>, string>()
  const venues = createVenuesToClaim(database)
  let isRunning = false
  let timer: NodeJS.Timeout | undefined

  const begin = (job: ClaimedJob): void => {
    const done: Promise<void> = runJob(deps, job, () => isRunning)
      .catch(() => {})
      .finally(() => {
        lanesInUse.delete(done)
        venues.add([job.locationId])
        claiming.request()
      })
    lanesInUse.set(done, laneOf(job))
  }
  const claiming = oneAtATime(async () => {
    const room = roomBeside([...lanesInUse.values()])
    if (!isRunning || room.most <= 0) return
    const next = await venues.take()
    if (venues.areLeft()) claiming.request()
    if (next === undefined) return
    for (const job of await claimJobs(database, { claimant, ...room, ...next })) begin(job)
  })
  const claimForAll = (): void => {
    venues.addAll()
    claiming.request()
  }
  const underWay = (): Promise<void>[] => [...claiming.underWay(), ...lanesInUse.keys()]
  let unlisten: (() => void) | undefined
  const onQueued = (locationIds: ReadonlySet<string>): void => {
    venues.add(locationIds)
    setImmediate(claiming.request)
  }

  return {
    start: () => {
      isRunning = true
      unlisten = database.listen('jobs', onQueued)
      timer = setInterval(claimForAll, pollMs).unref()
      claimForAll()
    },
    stop: async () => {
      isRunning = false
      unlisten?.()
      clearInterval(timer)
      // A job that is cut off here runs again in another process, once its claim has lapsed.
      await atMost(stopMs, Promise.all(underWay()))
      await venues.release()
    },
    idle: async () => {
      claimForAll()
      for (let work = underWay(); work.length > 0; work = underWay()) await Promise.race(work)
    },
  }
}

/**
 * What may be claimed beside the jobs that run. A lane gets its next share when the present one is
 * done. However slow it is, the others have theirs.
 */
function roomBeside(lanes: readonly string[]) {
  return {
    most: limits.jobsInFlight - lanes.length,
    mostPerLane: limits.jobsInFlightPerLane,
    busyLanes: [...new Set(lanes)],
  }
}

/**
 * Runs `work`, and once more when it was requested meanwhile. A failure ends that run only: without
 * the database there is nothing to do until it is back, which a later request finds out.
 */
function oneAtATime(work: () => Promise<void>): {
  request: () => void
  underWay: () => Promise<void>[]
} {
  let current: Promise<void> | undefined
  let isRequested = false
  const run = async (): Promise<void> => {
    while (isRequested) {
      isRequested = false
      await work()
    }
  }
  const request = (): void => {
    isRequested = true
    current ??= run()
      .catch(() => {})
      .finally(() => {
        current = undefined
        if (isRequested) request()
      })
  }
  return { request, underWay: () => (current === undefined ? [] : [current]) }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, wait(ms, undefined, { signal: done.signal, ref: false })])
  done.abort()
}
