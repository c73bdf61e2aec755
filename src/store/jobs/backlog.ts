// The backlog of jobs, for operators and metrics.
import { limits } from '../../limits.ts'
import type { Database, Statement } from '../database/database.ts'
import { eventKinds, type Job } from './jobs.ts'

export interface WaitingJob extends Job {
  queuedAt: Date
  attempts: number
  nextAttemptAt: Date
  lastError: string | null
  deadAt: Date | null
  /** When Dojo rejected the venue's key: its jobs are paused until the key is replaced. */
  keyRefusedAt: Date | null
}

const listJobs: Statement = {
  name: 'job_list',
  text: `SELECT j.location_id AS "locationId", j.kind, j.entity_id AS "entityId", j.queued_at AS "queuedAt", j.attempts,
      j.next_attempt_at AS "nextAttemptAt", j.last_error AS "lastError", j.dead_at AS "deadAt", r.refused_at AS "keyRefusedAt"
    FROM jobs j LEFT JOIN dojo_key_refusals r ON r.location_id = j.location_id
    WHERE ($1::text IS NULL OR j.location_id = $1) AND (NOT $2 OR j.dead_at IS NOT NULL)
    ORDER BY j.queued_at, j.location_id, j.entity_id LIMIT $3`,
}

/** Oldest first. */
export async function readWaitingJobs(
  database: Database,
  {
    locationId,
    deadOnly = false,
    most = limits.jobListRows,
  }: { locationId?: string; deadOnly?: boolean; most?: number } = {},
): Promise<WaitingJob[]> {
  return await database.rows(listJobs, [locationId, deadOnly, most])
}

const retryDead: Statement = {
  name: 'job_retry_dead',
  text: `UPDATE jobs SET dead_at = NULL, attempts = 0, queued_at = statement_timestamp(), next_attempt_at = statement_timestamp()
    WHERE ($1::text IS NULL OR location_id = $1) AND dead_at IS NOT NULL RETURNING 1`,
}

/** Makes jobs that were given up due again. @returns how many */
export async function retryDeadJobs(database: Database, locationId?: string): Promise<number> {
  return (await database.rows(retryDead, [locationId])).length
}

/**
 * Counts and ages of the events (push) and of the payment checks and audits (pull). A check that is
 * waiting for its next scheduled run is not late; it counts from then on, or from its queueing once
 * it fails.
 */
export interface JobFigures {
  events: number
  checks: number
  dead: number
  oldestEventSeconds: number
  oldestCheckSeconds: number
}

const readFigures: Statement = {
  name: 'job_figures',
  text: `SELECT count(*) FILTER (WHERE dead_at IS NULL AND push) AS events,
      count(*) FILTER (WHERE dead_at IS NULL AND NOT push) AS checks,
      count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
      greatest(0, coalesce(extract(epoch FROM clock_timestamp()
        - min(queued_at) FILTER (WHERE dead_at IS NULL AND push)), 0))::float8 AS "oldestEventSeconds",
      greatest(0, coalesce(extract(epoch FROM clock_timestamp()
        - min(CASE WHEN last_error IS NULL THEN next_attempt_at ELSE queued_at END)
          FILTER (WHERE dead_at IS NULL AND NOT push)), 0))::float8 AS "oldestCheckSeconds"
    FROM (
      SELECT dead_at, queued_at, next_attempt_at, last_error, kind::text = ANY ($1::text[]) AS push FROM jobs
        WHERE $2::text IS NULL OR location_id = $2
    ) AS waiting`,
}

/** @param locationId one venue; all when left out */
export async function readJobFigures(database: Database, locationId?: string): Promise<JobFigures> {
  const [figures] = await database.rows<JobFigures>(readFigures, [eventKinds, locationId])
  return figures!
}
