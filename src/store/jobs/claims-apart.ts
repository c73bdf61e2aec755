// Claims on a distributed database, where rows are locked for one venue at a time: first which
// venues have something due, which asks every node, then the jobs of each, on its own node.
import { verificationOf, type VenueKind } from '../../domain/venue/venue.ts'
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import type { ClaimedJob, JobClaim } from './claims.ts'
import { LANE } from './jobs.ts'

const isDue = (
  now: string,
  claimant: string,
): string => `j.dead_at IS NULL AND j.next_attempt_at <= ${now}
        AND (j.claimed_until IS NULL OR j.claimed_until < ${now} OR j.claimed_by = ${claimant})`

/** The venues that have waited longest. */
const lookForVenues: Statement = {
  name: 'job_venues_due',
  text: `SELECT j.location_id AS "locationId" FROM jobs j LEFT JOIN dojo_key_refusals r ON r.location_id = j.location_id
    WHERE ${isDue('clock_timestamp()', '$2')} AND ${LANE} <> ALL ($1::text[])
      AND (r.refused_at IS NULL OR r.refused_at < clock_timestamp() - make_interval(secs => $3))
    GROUP BY j.location_id ORDER BY min(j.next_attempt_at) LIMIT $4`,
}

const readVenue: Statement = {
  name: 'job_venue_read',
  text: `SELECT clock_timestamp() AS now, l.dojo_key_sealed, l.currency, l.kind AS venue_kind,
      l.verify_payments, r.location_id IS NOT NULL AS was_refused,
      coalesce(r.refused_at >= clock_timestamp() - make_interval(secs => $2), false) AS is_paused
    FROM locations l LEFT JOIN dojo_key_refusals r ON r.location_id = l.location_id
    WHERE l.location_id = $1`,
}

interface VenueRow extends Row<'Location', 'dojoKeySealed' | 'currency' | 'verifyPayments'> {
  now: Date
  venue_kind: VenueKind
  was_refused: boolean
  is_paused: boolean
}

/** Skips rows that a transaction or another process holds. */
const lockLane: Statement = {
  name: 'job_lock_lane',
  text: `SELECT j.kind, j.entity_id FROM jobs j
    WHERE j.location_id = $1 AND (j.kind >= 'PaymentCheck') = $2 AND ${isDue('clock_timestamp()', '$4')}
    ORDER BY j.next_attempt_at LIMIT $3 FOR UPDATE OF j SKIP LOCKED`,
}

const claimOne: Statement = {
  name: 'job_claim_one',
  text: `UPDATE jobs SET claimed_until = statement_timestamp() + make_interval(secs => $4), claimed_version = version,
      claimed_by = $5, attempts = attempts + 1
    WHERE location_id = $1 AND kind = $2::job_kind AND entity_id = $3
    RETURNING kind, entity_id, attempts, claimed_until, queued_at`,
}

type LockedRow = Row<'Job', 'kind' | 'entityId'>
type ClaimedRow = Row<'Job', 'kind' | 'entityId' | 'attempts' | 'claimedUntil' | 'queuedAt'>

export async function claimApart(database: Database, asked: JobClaim): Promise<ClaimedJob[]> {
  const claimed: ClaimedJob[] = []
  for (const locationId of asked.locationIds ?? (await readVenuesDue(database, asked))) {
    const most = asked.most - claimed.length
    if (most <= 0) break
    claimed.push(...(await claimOfVenue(database, locationId, { ...asked, most })))
  }
  return claimed
}

async function readVenuesDue(database: Database, asked: JobClaim): Promise<string[]> {
  const { busyLanes, claimant, most } = asked
  const values = [busyLanes, claimant, limits.dojoKeyRefusedPauseSeconds, most]
  const rows = await database.rows<{ locationId: string }>(lookForVenues, values)
  return rows.map(({ locationId }) => locationId)
}

async function claimOfVenue(
  database: Database,
  locationId: string,
  { claimant, busyLanes, most, mostPerLane }: JobClaim,
): Promise<ClaimedJob[]> {
  return await database.transaction(async (tx) => {
    const values = [locationId, limits.dojoKeyRefusedPauseSeconds]
    const [venue] = await tx.rows<VenueRow>(readVenue, values)
    if (venue === undefined || venue.is_paused) return []
    const lanes = [false, true].filter(
      (isPull) => !busyLanes.includes(`${locationId} ${isPull ? 'pull' : 'push'}`),
    )
    const locked = await Promise.all(
      lanes.map(
        async (isPull) =>
          await tx.rows<LockedRow>(lockLane, [locationId, isPull, mostPerLane, claimant]),
      ),
    )
    const jobs = locked.flat().slice(0, most)
    const rows = await Promise.all(
      jobs.map(async (job) => await claim(tx, locationId, job, claimant)),
    )
    return rows.map((row) => claimedJobOf(locationId, row, venue))
  })
}

async function claim(
  tx: Transaction,
  locationId: string,
  job: LockedRow,
  claimant: string,
): Promise<ClaimedRow> {
  const values = [locationId, job.kind, job.entity_id, limits.jobClaimSeconds, claimant]
  const [row] = await tx.rows<ClaimedRow>(claimOne, values)
  return row!
}

function claimedJobOf(locationId: string, row: ClaimedRow, venue: VenueRow): ClaimedJob {
  return {
    locationId,
    kind: row.kind,
    entityId: row.entity_id,
    attempts: row.attempts,
    ageSeconds: (venue.now.getTime() - row.queued_at.getTime()) / 1_000,
    claimedUntil: row.claimed_until!,
    sealedKey: venue.dojo_key_sealed ?? undefined,
    wasRefused: venue.was_refused,
    currency: venue.currency,
    verifyPayments: verificationOf(venue.verify_payments, true),
    venueKind: venue.venue_kind,
  }
}
