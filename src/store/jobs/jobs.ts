// What Dojo has still to be told or asked. A row is an entity and not a change: ten changes while
// Dojo is away are one job. Whoever changes the entity writes the row in the same transaction,
// and so holds it: nobody tells of the change before it can be read, and one that comes while the
// job is under way is told afterwards.
import { limits } from '../../limits.ts'
import type { VerifyPayments } from '../../domain/caller.ts'
import type { Database, Statement } from '../database/database.ts'

/** What is told: that an entity changed. */
export const eventKinds = ['OrderUpdated', 'PartyUpdated', 'ReservationUpdated'] as const
export type EventKind = (typeof eventKinds)[number]
/** And what is asked: how a payment stands there, and all of a day's. */
export type JobKind = EventKind | 'PaymentCheck' | 'DayAudit'

export const isEvent = (kind: JobKind): kind is EventKind =>
  eventKinds.some((each) => each === kind)

/** @param entityId an order, a party, a reservation, a payment intent, or a day as 2026-11-20 */
export interface Job {
  locationId: string
  kind: JobKind
  entityId: string
}

/**
 * A venue without a key has nobody to tell. What waits after a failure goes on waiting, but a
 * payment is looked at as early as anybody wants, and with each reason to look the time until it
 * must be certain begins anew.
 */
export const queueJob: Statement = {
  name: 'job_queue',
  text: `INSERT INTO jobs AS o (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT location_id, $2::job_kind, $3, clock_timestamp(), clock_timestamp(), clock_timestamp() + make_interval(secs => $4) FROM locations WHERE location_id = $1 AND dojo_key_sealed IS NOT NULL
    ON CONFLICT (location_id, kind, entity_id) DO UPDATE SET version = o.version + 1, changed_at = EXCLUDED.changed_at,
      next_attempt_at = CASE WHEN o.dead_at IS NOT NULL THEN EXCLUDED.next_attempt_at WHEN o.kind = 'PaymentCheck' THEN least(o.next_attempt_at, EXCLUDED.next_attempt_at) ELSE o.next_attempt_at END,
      queued_at = CASE WHEN o.dead_at IS NULL AND o.kind < 'PaymentCheck' THEN o.queued_at ELSE EXCLUDED.queued_at END,
      attempts = CASE WHEN o.dead_at IS NULL THEN o.attempts ELSE 0 END, dead_at = NULL`,
}

// --- on its way

export interface ClaimedJob extends Job {
  attempts: number
  /** Since it was queued first. */
  ageSeconds: number
  /** The claim: whoever settles the job must still have it. */
  claimedUntil: Date
  /** The venue's key, sealed; undefined where it has none any more. */
  sealedKey: Buffer | undefined
  /** Dojo did not take the key when it was used last. */
  wasRefused: boolean
  currency: string
  verifyPayments: VerifyPayments
}

/** What is told and what is asked go side by side, so that neither waits for the other. */
export const laneOf = ({ locationId, kind }: Job): string =>
  `${locationId} ${isEvent(kind) ? 'told' : 'asked'}`
const LANE = "o.location_id || CASE WHEN o.kind >= 'PaymentCheck' THEN ' asked' ELSE ' told' END"

/**
 * The oldest of each lane of a venue that may be sent now. Rows that a transaction or another
 * process holds are passed over, a venue whose key Dojo has refused is left alone for a while, and
 * so is a lane that has something on its way. What is claimed by the asking process and not on its
 * way was claimed without its knowing: the answer came too late, or not at all.
 */
const CLAIM: Statement = {
  name: 'job_claim',
  text: `WITH oldest AS (
      SELECT o.location_id, o.kind, o.entity_id, o.next_attempt_at, ${LANE} AS lane
      FROM jobs o JOIN locations l ON l.location_id = o.location_id
      WHERE o.dead_at IS NULL AND o.next_attempt_at <= clock_timestamp() AND (o.claimed_until IS NULL OR o.claimed_until < clock_timestamp() OR o.claimed_by = $7)
        AND ${LANE} <> ALL ($1::text[])
        AND (l.dojo_key_refused_at IS NULL OR l.dojo_key_refused_at < clock_timestamp() - make_interval(secs => $4))
      ORDER BY o.next_attempt_at LIMIT $6
    ), due AS (
      SELECT location_id, kind, entity_id, row_number() OVER (PARTITION BY lane ORDER BY next_attempt_at) AS place FROM oldest
    ), chosen AS (
      SELECT o.location_id, o.kind, o.entity_id FROM jobs o JOIN due USING (location_id, kind, entity_id)
      WHERE due.place <= $3 AND o.dead_at IS NULL AND o.next_attempt_at <= clock_timestamp() AND (o.claimed_until IS NULL OR o.claimed_until < clock_timestamp() OR o.claimed_by = $7)
      ORDER BY o.next_attempt_at LIMIT $2 FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE jobs o SET claimed_until = clock_timestamp() + make_interval(secs => $5), claimed_version = o.version, claimed_by = $7, attempts = o.attempts + 1
    FROM chosen JOIN locations l ON l.location_id = chosen.location_id
    WHERE o.location_id = chosen.location_id AND o.kind = chosen.kind AND o.entity_id = chosen.entity_id
    RETURNING o.location_id, o.kind, o.entity_id, o.attempts, o.claimed_until, extract(epoch FROM clock_timestamp() - o.queued_at)::float8 AS age_seconds,
      l.dojo_key_sealed, l.dojo_key_refused_at IS NOT NULL AS was_refused, l.currency, coalesce(l.verify_payments::text, 'after') AS verify_payments`,
}

interface ClaimRow {
  location_id: string
  kind: JobKind
  entity_id: string
  attempts: number
  claimed_until: Date
  age_seconds: number
  dojo_key_sealed: Buffer | null
  was_refused: boolean
  currency: string
  verify_payments: VerifyPayments
}

export async function claimJobs(
  database: Database,
  {
    claimant,
    busyLanes,
    most,
    mostPerLane,
  }: { claimant: string; busyLanes: readonly string[]; most: number; mostPerLane: number },
): Promise<ClaimedJob[]> {
  const rows = await database.rows<ClaimRow>(CLAIM, [
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
    verifyPayments: row.verify_payments,
  }))
}

const THE_CLAIMED =
  'location_id = $1 AND kind = $2::job_kind AND entity_id = $3 AND claimed_until = $4'
const claimOf = ({ locationId, kind, entityId, claimedUntil }: ClaimedJob) => [
  locationId,
  kind,
  entityId,
  claimedUntil,
]

/** What changed meanwhile is due at once. */
const DONE: Statement = {
  name: 'job_done',
  text: `WITH told AS (
      DELETE FROM jobs WHERE ${THE_CLAIMED} AND version = claimed_version
    )
    UPDATE jobs SET claimed_until = NULL, claimed_version = NULL, attempts = 0, last_error = NULL, queued_at = changed_at, next_attempt_at = clock_timestamp()
    WHERE ${THE_CLAIMED} AND version <> claimed_version`,
}

const AGAIN: Statement = {
  name: 'job_again',
  text: `UPDATE jobs SET claimed_until = NULL, claimed_version = NULL, attempts = 0, last_error = NULL,
      next_attempt_at = clock_timestamp() + CASE WHEN version = claimed_version THEN make_interval(secs => $5) ELSE interval '0' END
    WHERE ${THE_CLAIMED}`,
}

const FAILED: Statement = {
  name: 'job_failed',
  text: `UPDATE jobs SET claimed_until = NULL, claimed_version = NULL, last_error = $5, next_attempt_at = clock_timestamp() + make_interval(secs => $6),
      dead_at = CASE WHEN $7 OR queued_at < clock_timestamp() - make_interval(secs => $8) THEN clock_timestamp() END
    WHERE ${THE_CLAIMED} RETURNING dead_at`,
}

export async function completeJob(database: Database, job: ClaimedJob): Promise<void> {
  await database.rows(DONE, claimOf(job))
}

/** It went well, and is not over: it is done once more after a while. */
export async function repeatJob(
  database: Database,
  job: ClaimedJob,
  afterSeconds: number,
): Promise<void> {
  await database.rows(AGAIN, [...claimOf(job), afterSeconds])
}

/** @returns whether the job was given up, now or because it was tried for long enough */
export async function failJob(
  database: Database,
  job: ClaimedJob,
  {
    error,
    retryAfterSeconds,
    isHopeless,
  }: { error: string; retryAfterSeconds: number; isHopeless: boolean },
): Promise<boolean> {
  const [row] = await database.rows<{ dead_at: Date | null }>(FAILED, [
    ...claimOf(job),
    error,
    retryAfterSeconds,
    isHopeless,
    limits.jobGiveUpSeconds,
  ])
  return row !== undefined && row.dead_at !== null
}

/** Without a key there is nobody to tell any more. */
const DROP: Statement = {
  name: 'job_drop',
  text: `DELETE FROM jobs WHERE ${THE_CLAIMED} AND version = claimed_version`,
}

export async function dropJob(database: Database, job: ClaimedJob): Promise<void> {
  await database.rows(DROP, claimOf(job))
}

// --- for operators

export interface WaitingJob extends Job {
  queuedAt: Date
  attempts: number
  nextAttemptAt: Date
  lastError: string | null
  deadAt: Date | null
  /** Dojo refused the venue's key then, so that it waits until it is asked again. */ keyRefusedAt: Date | null
}

const LIST: Statement = {
  name: 'job_list',
  text: `SELECT o.location_id AS "locationId", o.kind, o.entity_id AS "entityId", o.queued_at AS "queuedAt", o.attempts, o.next_attempt_at AS "nextAttemptAt", o.last_error AS "lastError", o.dead_at AS "deadAt",
      l.dojo_key_refused_at AS "keyRefusedAt"
    FROM jobs o JOIN locations l ON l.location_id = o.location_id
    WHERE ($1::text IS NULL OR o.location_id = $1) AND (NOT $2 OR o.dead_at IS NOT NULL) ORDER BY o.queued_at, o.location_id, o.entity_id LIMIT $3`,
}

/** Oldest first. */
export const readWaitingJobs = async (
  database: Database,
  {
    locationId,
    deadOnly = false,
    most = limits.jobListRows,
  }: { locationId?: string; deadOnly?: boolean; most?: number } = {},
): Promise<WaitingJob[]> => await database.rows(LIST, [locationId, deadOnly, most])

const RETRY: Statement = {
  name: 'job_retry',
  text: `UPDATE jobs SET dead_at = NULL, attempts = 0, queued_at = clock_timestamp(), next_attempt_at = clock_timestamp()
    WHERE ($1::text IS NULL OR location_id = $1) AND dead_at IS NOT NULL RETURNING 1`,
}

/** Sends what was given up once more. @returns how many */
export const retryDeadJobs = async (database: Database, locationId?: string): Promise<number> =>
  (await database.rows(RETRY, [locationId])).length

/**
 * Of what is told and of what is asked; a payment that is looked at again and again is no delay,
 * unless that is overdue or fails.
 */
export interface JobFigures {
  events: number
  checks: number
  dead: number
  oldestEventSeconds: number
  oldestCheckSeconds: number
}

const FIGURES: Statement = {
  name: 'job_figures',
  text: `SELECT count(*) FILTER (WHERE dead_at IS NULL AND told) AS events, count(*) FILTER (WHERE dead_at IS NULL AND NOT told) AS checks, count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
      greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(queued_at) FILTER (WHERE dead_at IS NULL AND told)), 0))::float8 AS "oldestEventSeconds",
      greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(CASE WHEN last_error IS NULL THEN next_attempt_at ELSE queued_at END) FILTER (WHERE dead_at IS NULL AND NOT told)), 0))::float8 AS "oldestCheckSeconds"
    FROM (SELECT dead_at, queued_at, next_attempt_at, last_error, kind::text = ANY ($1::text[]) AS told FROM jobs WHERE $2::text IS NULL OR location_id = $2) AS jobs`,
}

/** Of one venue, or of all. */
export async function readJobFigures(database: Database, locationId?: string): Promise<JobFigures> {
  const [figures] = await database.rows<JobFigures>(FIGURES, [eventKinds, locationId])
  return figures!
}
