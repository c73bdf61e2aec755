// Jobs: work towards Dojo that is still to be done. A row is about an entity, not about a change:
// ten changes while Dojo is away are one job. The transaction that changes the entity also writes
// the row, and so holds it until it commits: no server can claim the job before the change can be
// read, and a change made while the job runs makes it run again.
import type { Statement, Transaction } from '../database/database.ts'

/** Jobs that push an event to Dojo: an entity of the venue changed. */
export const eventKinds = ['OrderUpdated', 'PartyUpdated', 'ReservationUpdated'] as const
export type EventKind = (typeof eventKinds)[number]
/**
/**
 * The others pull from Dojo: one payment's state, all payments of a day, or a card payment whose
 * process died or that nobody waits for any more; or have it give back the payments of an order
 * that the till refused.
 */
export type JobKind = EventKind | 'PaymentCheck' | 'DayAudit' | 'RefusedOrder' | 'CardPayment'

export function isEvent(kind: JobKind): kind is EventKind {
  return eventKinds.some((each) => each === kind)
}

/**
 * @param entityId an order, a party, a reservation, a payment intent, a card payment, or a day as
 *   2026-11-20
 */
export interface Job {
  locationId: string
  kind: JobKind
  entityId: string
}

/** Each venue has a push lane and a pull lane, so that a slow lane does not delay the other. */
export function laneOf({ locationId, kind }: Job): string {
  return `${locationId} ${isEvent(kind) ? 'push' : 'pull'}`
}

/**
 * Queues a job in this transaction, which holds its row until the commit. The commit waits for it,
 * the caller need not.
 */
export function queueJob(
  tx: Transaction,
  { locationId, kind, entityId, afterSeconds = 0 }: Job & { afterSeconds?: number },
): void {
  tx.send(insertJob, [locationId, kind, entityId, afterSeconds])
  tx.announce('jobs', locationId)
}

/**
 * Queues nothing for a venue without a Dojo key. A job that waits to be retried keeps its turn,
 * except that a payment check or a card payment runs as early as its earliest request, and that
 * each request restarts the time it has to become certain.
 */
const insertJob: Statement = {
  name: 'job_queue',
  text: `INSERT INTO jobs AS j (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT location_id, $2::job_kind, $3, clock_timestamp(), clock_timestamp(), clock_timestamp() + make_interval(secs => $4)
      FROM locations
    WHERE location_id = $1 AND dojo_key_sealed IS NOT NULL
    ON CONFLICT (location_id, kind, entity_id) DO UPDATE SET version = j.version + 1, changed_at = EXCLUDED.changed_at,
      next_attempt_at = CASE WHEN j.dead_at IS NOT NULL THEN EXCLUDED.next_attempt_at
        WHEN j.kind IN ('PaymentCheck', 'CardPayment') THEN least(j.next_attempt_at, EXCLUDED.next_attempt_at) ELSE j.next_attempt_at END,
      queued_at = CASE WHEN j.dead_at IS NULL AND j.kind < 'PaymentCheck' THEN j.queued_at ELSE EXCLUDED.queued_at END,
      attempts = CASE WHEN j.dead_at IS NULL THEN j.attempts ELSE 0 END, dead_at = NULL`,
}
