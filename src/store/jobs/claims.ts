// Claims: one process at a time runs a job, and says what became of it. A claim lapses, so that a
// process that dies leaves its jobs to the others.
import { verificationOf, type VenueKind, type VerifyPayments } from '../../domain/venue/venue.ts'
import { limits } from '../../limits.ts'
import type { Database, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { NOW } from '../database/statement.ts'
import { claimApart } from './claims-apart.ts'
import { LANE, type Job } from './jobs.ts'

export interface ClaimedJob extends Job {
  attempts: number
  /** Since it was first queued. */
  ageSeconds: number
  /** Identifies the claim: once another process has claimed the job, its result is not written. */
  claimedUntil: Date
  /** The venue's sealed key; undefined when it has been removed since. */
  sealedKey: Buffer | undefined
  /** Dojo rejected the key when it was last used. */
  wasRefused: boolean
  currency: string
  /** As in a venue that has a key: what runs a job asks Dojo. */
  verifyPayments: VerifyPayments
  venueKind: VenueKind
}

const DUE = `j.dead_at IS NULL AND j.next_attempt_at <= clock_timestamp()
        AND (j.claimed_until IS NULL OR j.claimed_until < clock_timestamp() OR j.claimed_by = $7)`

/**
 * The oldest due jobs of each lane. Skips rows that a transaction or another process holds, venues
 * whose key Dojo has just rejected, and lanes that this process is already busy with. A job claimed
 * by this process but not running in it was claimed by a call whose answer got lost: it is claimed
 * again.
 */
const claim: Statement = {
  name: 'job_claim',
  text: `WITH oldest AS (
      SELECT j.location_id, j.kind, j.entity_id, j.next_attempt_at, ${LANE} AS lane
      FROM jobs j LEFT JOIN dojo_key_refusals r ON r.location_id = j.location_id
      WHERE ${DUE} AND ${LANE} <> ALL ($1::text[])
        AND (r.refused_at IS NULL OR r.refused_at < clock_timestamp() - make_interval(secs => $4))
      ORDER BY j.next_attempt_at LIMIT $6
    ), due AS (
      SELECT location_id, kind, entity_id, row_number() OVER (PARTITION BY lane ORDER BY next_attempt_at) AS place FROM oldest
    ), chosen AS (
      SELECT j.location_id, j.kind, j.entity_id FROM jobs j JOIN due USING (location_id, kind, entity_id)
      WHERE due.place <= $3 AND ${DUE}
      ORDER BY j.next_attempt_at LIMIT $2 FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE jobs j SET claimed_until = clock_timestamp() + make_interval(secs => $5), claimed_version = j.version, claimed_by = $7,
      attempts = j.attempts + 1
    FROM chosen JOIN locations l ON l.location_id = chosen.location_id
      LEFT JOIN dojo_key_refusals r ON r.location_id = chosen.location_id
    WHERE j.location_id = chosen.location_id AND j.kind = chosen.kind AND j.entity_id = chosen.entity_id
    RETURNING j.location_id, j.kind, j.entity_id, j.attempts, j.claimed_until,
      extract(epoch FROM clock_timestamp() - j.queued_at)::float8 AS age_seconds,
      l.dojo_key_sealed, r.location_id IS NOT NULL AS was_refused, l.currency, l.kind AS venue_kind,
      l.verify_payments`,
}

interface ClaimRow
  extends
    Row<'Job', 'locationId' | 'kind' | 'entityId' | 'attempts'>,
    Row<'Location', 'dojoKeySealed' | 'currency' | 'verifyPayments'> {
  claimed_until: Date
  age_seconds: number
  was_refused: boolean
  venue_kind: VenueKind
}

export interface JobClaim {
  claimant: string
  busyLanes: readonly string[]
  /** Jobs in all. */
  most: number
  /** Jobs of each lane, so that every lane gets its share. */
  mostPerLane: number
  /** On a distributed database, of these venues only; of all when left out. */
  locationIds?: readonly string[] | undefined
}

export async function claimJobs(database: Database, asked: JobClaim): Promise<ClaimedJob[]> {
  if (database.isDistributed) return await claimApart(database, asked)
  const { claimant, busyLanes, most, mostPerLane } = asked
  const rows = await database.rows<ClaimRow>(claim, [
    busyLanes,
    most,
    mostPerLane,
    limits.dojoKeyRefusedPauseSeconds,
    limits.jobClaimSeconds,
    limits.jobScanRows,
    claimant,
  ])
  return rows.map((row) => ({
    locationId: row.location_id,
    kind: row.kind,
    entityId: row.entity_id,
    attempts: row.attempts,
    ageSeconds: row.age_seconds,
    claimedUntil: row.claimed_until,
    sealedKey: row.dojo_key_sealed ?? undefined,
    wasRefused: row.was_refused,
    currency: row.currency,
    verifyPayments: verificationOf(row.verify_payments, true),
    venueKind: row.venue_kind,
  }))
}

// --- what became of a claimed job

const CLAIMED = 'location_id = $1 AND kind = $2::job_kind AND entity_id = $3 AND claimed_until = $4'

function claimOf({ locationId, kind, entityId, claimedUntil }: ClaimedJob) {
  return [locationId, kind, entityId, claimedUntil]
}

const dueAgain = `UPDATE jobs SET claimed_until = NULL, claimed_version = NULL, attempts = 0, last_error = NULL,
      queued_at = changed_at, next_attempt_at = statement_timestamp()
    WHERE ${CLAIMED} AND version <> claimed_version`

/** A job whose entity changed meanwhile is due again at once. */
const complete: Statement = {
  name: 'job_complete',
  text: `WITH completed AS (
      DELETE FROM jobs WHERE ${CLAIMED} AND version = claimed_version
    ) ${dueAgain}`,
  distributed: dueAgain,
}

export async function completeJob(database: Database, job: ClaimedJob): Promise<void> {
  if (database.isDistributed) await database.rows(drop, claimOf(job))
  await database.rows(complete, claimOf(job))
}

const repeat: Statement = {
  name: 'job_repeat',
  text: `UPDATE jobs SET claimed_until = NULL, claimed_version = NULL, attempts = 0, last_error = NULL,
      next_attempt_at = statement_timestamp() + CASE WHEN version = claimed_version THEN make_interval(secs => $5) ELSE interval '0' END
    WHERE ${CLAIMED}`,
}

/** It succeeded, and runs again after a while because its result is not final. */
export async function repeatJob(
  database: Database,
  job: ClaimedJob,
  afterSeconds: number,
): Promise<void> {
  await database.rows(repeat, [...claimOf(job), afterSeconds])
}

const fail: Statement = {
  name: 'job_fail',
  text: `UPDATE jobs SET claimed_until = NULL, claimed_version = NULL, last_error = $5,
    next_attempt_at = statement_timestamp() + make_interval(secs => $6),
      dead_at = CASE WHEN $7 OR queued_at < ${NOW} - make_interval(secs => $8) THEN ${NOW} END
    WHERE ${CLAIMED} RETURNING dead_at`,
}

/** @returns whether the job was given up: it is hopeless, or has been tried for long enough */
export async function failJob(
  database: Database,
  job: ClaimedJob,
  {
    error,
    retryAfterSeconds,
    isHopeless,
  }: { error: string; retryAfterSeconds: number; isHopeless: boolean },
): Promise<boolean> {
  const [row] = await database.rows<Row<'Job', 'deadAt'>>(fail, [
    ...claimOf(job),
    error,
    retryAfterSeconds,
    isHopeless,
    limits.jobGiveUpSeconds,
  ])
  return row !== undefined && row.dead_at !== null
}

const drop: Statement = {
  name: 'job_drop',
  text: `DELETE FROM jobs WHERE ${CLAIMED} AND version = claimed_version`,
}

/** The venue's key was removed: nobody can run the job. */
export async function dropJob(database: Database, job: ClaimedJob): Promise<void> {
  await database.rows(drop, claimOf(job))
}
