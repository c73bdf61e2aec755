// What Dojo has still to be told. A row is an entity and not a change: ten changes while Dojo is away are one event. Whoever
// changes the entity writes the row in the same transaction, and so holds it: nobody sends the event before the change can be
// read, and a change that comes while the event is on its way is told afterwards.
import { limits } from '../limits.ts'
import type { Database, Statement } from './database.ts'

export type OutboxEventType = 'OrderUpdated' | 'PartyUpdated' | 'ReservationUpdated'

export interface OutboxEvent { locationId: string, eventType: OutboxEventType, entityId: string }

/** A venue without a key has nobody to tell. */
export const QUEUE: Statement = {
  name: 'outbox_queue',
  text: `INSERT INTO outbox_events AS o (location_id, event_type, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT location_id, $2::outbox_event_type, $3, clock_timestamp(), clock_timestamp(), clock_timestamp() FROM locations WHERE location_id = $1 AND dojo_key_sealed IS NOT NULL
    ON CONFLICT (location_id, event_type, entity_id) DO UPDATE SET version = o.version + 1, changed_at = EXCLUDED.changed_at,
      next_attempt_at = CASE WHEN o.dead_at IS NULL THEN o.next_attempt_at ELSE EXCLUDED.next_attempt_at END,
      queued_at = CASE WHEN o.dead_at IS NULL THEN o.queued_at ELSE EXCLUDED.queued_at END,
      attempts = CASE WHEN o.dead_at IS NULL THEN o.attempts ELSE 0 END, dead_at = NULL`,
}

// --- on its way

export interface ClaimedEvent extends OutboxEvent {
  version: number
  attempts: number
  queuedAtMs: number
  /** The venue's key, sealed; undefined where it has none any more. */
  sealedKey: Buffer | undefined
  /** The claim: whoever settles the event must still have it. */
  claimedUntil: Date
}

/**
 * The oldest of each venue that may be sent now. Rows that a transaction or another process holds are passed over, a venue
 * whose key Dojo has refused is left alone for a while, and so is one that has enough on its way.
 */
const CLAIM: Statement = {
  name: 'outbox_claim',
  text: `WITH oldest AS (
      SELECT o.location_id, o.event_type, o.entity_id, o.next_attempt_at
      FROM outbox_events o JOIN locations l ON l.location_id = o.location_id
      WHERE o.dead_at IS NULL AND o.next_attempt_at <= clock_timestamp() AND (o.claimed_until IS NULL OR o.claimed_until < clock_timestamp())
        AND o.location_id <> ALL ($1::text[])
        AND (l.dojo_key_refused_at IS NULL OR l.dojo_key_refused_at < clock_timestamp() - make_interval(secs => $4))
      ORDER BY o.next_attempt_at LIMIT $6
    ), due AS (
      SELECT location_id, event_type, entity_id, row_number() OVER (PARTITION BY location_id ORDER BY next_attempt_at) AS place FROM oldest
    ), chosen AS (
      SELECT o.location_id, o.event_type, o.entity_id FROM outbox_events o JOIN due USING (location_id, event_type, entity_id)
      WHERE due.place <= $3 AND o.dead_at IS NULL AND o.next_attempt_at <= clock_timestamp() AND (o.claimed_until IS NULL OR o.claimed_until < clock_timestamp())
      ORDER BY o.next_attempt_at LIMIT $2 FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE outbox_events o SET claimed_until = clock_timestamp() + make_interval(secs => $5), claimed_version = o.version, attempts = o.attempts + 1
    FROM chosen WHERE o.location_id = chosen.location_id AND o.event_type = chosen.event_type AND o.entity_id = chosen.entity_id
    RETURNING o.location_id, o.event_type, o.entity_id, o.version, o.attempts, o.queued_at, o.claimed_until,
      (SELECT l.dojo_key_sealed FROM locations l WHERE l.location_id = o.location_id) AS sealed_key`,
}

interface ClaimRow { location_id: string, event_type: OutboxEventType, entity_id: string, version: number, attempts: number, queued_at: Date, claimed_until: Date, sealed_key: Buffer | null }

export async function claimEvents (database: Database, { busyVenues, most, mostPerVenue }: { busyVenues: readonly string[], most: number, mostPerVenue: number }): Promise<ClaimedEvent[]> {
  const rows = await database.rows<ClaimRow>(CLAIM, [busyVenues, most, mostPerVenue, limits.dojoKeyRefusedPauseSeconds, limits.outboxClaimSeconds, limits.outboxLookRows])
  return rows.map((row) => ({ locationId: row.location_id, eventType: row.event_type, entityId: row.entity_id, version: row.version, attempts: row.attempts, queuedAtMs: row.queued_at.getTime(), sealedKey: row.sealed_key ?? undefined, claimedUntil: row.claimed_until }))
}

const THE_CLAIMED = 'location_id = $1 AND event_type = $2::outbox_event_type AND entity_id = $3 AND claimed_until = $4'

/** What changed meanwhile is due at once. */
const DELIVERED: Statement = {
  name: 'outbox_delivered',
  text: `WITH told AS (
      DELETE FROM outbox_events WHERE ${THE_CLAIMED} AND version = claimed_version
    )
    UPDATE outbox_events SET claimed_until = NULL, claimed_version = NULL, attempts = 0, last_error = NULL, queued_at = changed_at, next_attempt_at = clock_timestamp()
    WHERE ${THE_CLAIMED} AND version <> claimed_version`,
}

const FAILED: Statement = {
  name: 'outbox_failed',
  text: `UPDATE outbox_events SET claimed_until = NULL, claimed_version = NULL, last_error = $5, next_attempt_at = clock_timestamp() + make_interval(secs => $6),
      dead_at = CASE WHEN $7 OR queued_at < clock_timestamp() - make_interval(secs => $8) THEN clock_timestamp() END
    WHERE ${THE_CLAIMED} RETURNING dead_at`,
}

export async function settleDelivered (database: Database, event: ClaimedEvent): Promise<void> {
  await database.rows(DELIVERED, [event.locationId, event.eventType, event.entityId, event.claimedUntil])
}

/** @returns whether the event was given up, now or because it was tried for long enough */
export async function settleFailed (database: Database, event: ClaimedEvent, { error, retryAfterSeconds, isHopeless }: { error: string, retryAfterSeconds: number, isHopeless: boolean }): Promise<boolean> {
  const [row] = await database.rows<{ dead_at: Date | null }>(FAILED, [event.locationId, event.eventType, event.entityId, event.claimedUntil, error, retryAfterSeconds, isHopeless, limits.outboxGiveUpSeconds])
  return row !== undefined && row.dead_at !== null
}

const REFUSED: Statement = { name: 'outbox_key_refused', text: 'UPDATE locations SET dojo_key_refused_at = clock_timestamp() WHERE location_id = $1 AND dojo_key_refused_at IS NULL RETURNING 1' }
const REFUSED_STILL: Statement = { name: 'outbox_key_refused_still', text: 'UPDATE locations SET dojo_key_refused_at = clock_timestamp() WHERE location_id = $1' }

/** @returns true the first time, of however many at once, so that the venue's owner is told once */
export async function markKeyRefused (database: Database, locationId: string): Promise<boolean> {
  const isFirst = (await database.rows(REFUSED, [locationId])).length === 1
  if (!isFirst) await database.rows(REFUSED_STILL, [locationId])
  return isFirst
}

const ACCEPTED: Statement = { name: 'outbox_key_accepted', text: 'UPDATE locations SET dojo_key_refused_at = NULL WHERE location_id = $1 AND dojo_key_refused_at IS NOT NULL' }

export async function markKeyAccepted (database: Database, locationId: string): Promise<void> {
  await database.rows(ACCEPTED, [locationId])
}

/** Without a key there is nobody to tell any more. */
const DROP: Statement = { name: 'outbox_drop', text: `DELETE FROM outbox_events WHERE ${THE_CLAIMED}` }

export async function dropEvent (database: Database, event: ClaimedEvent): Promise<void> {
  await database.rows(DROP, [event.locationId, event.eventType, event.entityId, event.claimedUntil])
}

// --- for operators

export interface WaitingEvent extends OutboxEvent { queuedAt: Date, attempts: number, nextAttemptAt: Date, lastError: string | null, deadAt: Date | null }

const LIST: Statement = {
  name: 'outbox_list',
  text: `SELECT location_id AS "locationId", event_type AS "eventType", entity_id AS "entityId", queued_at AS "queuedAt", attempts, next_attempt_at AS "nextAttemptAt", last_error AS "lastError", dead_at AS "deadAt"
    FROM outbox_events WHERE ($1::text IS NULL OR location_id = $1) AND (NOT $2 OR dead_at IS NOT NULL) ORDER BY queued_at, location_id, entity_id LIMIT $3`,
}

/** Oldest first. */
export const readWaiting = async (database: Database, { locationId, deadOnly = false, most = limits.outboxListRows }: { locationId?: string, deadOnly?: boolean, most?: number } = {}): Promise<WaitingEvent[]> =>
  await database.rows(LIST, [locationId, deadOnly, most])

const RETRY: Statement = {
  name: 'outbox_retry',
  text: `UPDATE outbox_events SET dead_at = NULL, attempts = 0, queued_at = clock_timestamp(), next_attempt_at = clock_timestamp()
    WHERE ($1::text IS NULL OR location_id = $1) AND dead_at IS NOT NULL RETURNING 1`,
}

/** Sends what was given up once more. @returns how many */
export const retryDead = async (database: Database, locationId?: string): Promise<number> => (await database.rows(RETRY, [locationId])).length

export interface OutboxFigures { waiting: number, dead: number, oldestSeconds: number }

const FIGURES: Statement = {
  name: 'outbox_figures',
  text: `SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
      coalesce(extract(epoch FROM clock_timestamp() - min(queued_at) FILTER (WHERE dead_at IS NULL)), 0)::float8 AS oldest FROM outbox_events`,
}

export async function readFigures (database: Database): Promise<OutboxFigures> {
  const [row] = await database.rows<{ waiting: number, dead: number, oldest: number }>(FIGURES, [])
  return { waiting: row!.waiting, dead: row!.dead, oldestSeconds: Math.max(0, row!.oldest) }
}
