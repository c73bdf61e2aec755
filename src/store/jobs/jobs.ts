// Jobs: work towards Dojo that is still to be done. A row is about an entity, not about a change:
// ten changes while Dojo is away are one job. The transaction that changes the entity also writes
// the row, and so holds it until it commits: no server can claim the job before the change can be
// read, and a change made while the job runs makes it run again.
import type { Statement, Transaction, Value } from '../database/database.ts'
import { listsOf, valuesOfSets } from '../database/statement.ts'

/** Jobs that push an event to Dojo: an entity of the venue changed. */
export const eventKinds = ['OrderUpdated', 'PartyUpdated', 'ReservationUpdated'] as const
export type EventKind = (typeof eventKinds)[number]
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

/** The same in SQL, for the job `j`. */
export const LANE =
  "j.location_id || CASE WHEN j.kind >= 'PaymentCheck' THEN ' pull' ELSE ' push' END"

/** @param afterSeconds how long it waits at least */
export interface JobToQueue extends Job {
  afterSeconds?: number
}

/**
 * Queues a job in this transaction, which holds its row until the commit. The commit waits for it,
 * the caller need not.
 */
export function queueJob(tx: Transaction, job: JobToQueue): void {
  queueJobs(tx, [job])
}

/** Queues different jobs. */
export function queueJobs(tx: Transaction, jobs: readonly JobToQueue[]): void {
  if (jobs.length === 0) return
  const sets = jobs.map(({ locationId, kind, entityId, afterSeconds = 0 }) => [
    locationId,
    kind,
    entityId,
    afterSeconds,
  ])
  if (tx.isDistributed) for (const values of sets) sendApart(tx, values)
  else if (sets.length === 1) tx.send(insertJob, sets[0]!)
  else tx.send(insertJobs, valuesOfSets(sets, JOB_VALUES))
  for (const { locationId } of jobs) tx.announce('jobs', locationId)
}
const JOB_VALUES = 4

/**
 * Queues nothing for a venue without a Dojo key. A job that waits to be retried keeps its turn,
 * except that a payment check or a card payment runs as early as its earliest request, and that
 * each request restarts the time it has to become certain.
 */
function insertInto(
  values: { venue: string; kind: string; entity: string; after: string },
  more = '',
): string {
  const { venue, kind, entity, after } = values
  return `INSERT INTO jobs AS j (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT l.location_id, ${kind}, ${entity}, clock_timestamp(), clock_timestamp(), clock_timestamp() + make_interval(secs => ${after})
      FROM ${more}locations l
    WHERE l.location_id = ${venue} AND l.dojo_key_sealed IS NOT NULL
    ${onConflict}`
}

const onConflict = `ON CONFLICT (location_id, kind, entity_id) DO UPDATE SET version = j.version + 1, changed_at = EXCLUDED.changed_at,
      next_attempt_at = CASE WHEN j.dead_at IS NOT NULL THEN EXCLUDED.next_attempt_at
        WHEN j.kind IN ('PaymentCheck', 'CardPayment') THEN least(j.next_attempt_at, EXCLUDED.next_attempt_at) ELSE j.next_attempt_at END,
      queued_at = CASE WHEN j.dead_at IS NULL AND j.kind < 'PaymentCheck' THEN j.queued_at ELSE EXCLUDED.queued_at END,
      attempts = CASE WHEN j.dead_at IS NULL THEN j.attempts ELSE 0 END, dead_at = NULL`

const readHasKey: Statement = {
  name: 'job_has_key',
  text: 'SELECT dojo_key_sealed IS NOT NULL AS "hasKey" FROM locations WHERE location_id = $1',
}

const insertWithKey: Statement = {
  name: 'job_queue_with_key',
  text: `INSERT INTO jobs AS j (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    VALUES ($1, $2::job_kind, $3, clock_timestamp(), clock_timestamp(), clock_timestamp() + make_interval(secs => $4))
    ${onConflict}`,
}

/** For a distributed database, where the key is on another node than the jobs. */
function sendApart(tx: Transaction, values: readonly Value[]): void {
  tx.sendAtEnd({
    questions: [{ statement: readHasKey, values: [values[0]] }],
    write: ([venue]) => {
      if (venue?.['hasKey'] === true) tx.send(insertWithKey, values)
    },
  })
}

const insertJob: Statement = {
  name: 'job_queue',
  text: insertInto({ venue: '$1', kind: '$2::job_kind', entity: '$3', after: '$4' }),
}

const insertJobs: Statement = {
  name: 'job_queue_several',
  text: insertInto(
    { venue: 'w.venue', kind: 'w.kind', entity: 'w.entity', after: 'w.after' },
    `${listsOf(['text', 'job_kind', 'text', 'float8'])}
      AS w(venue, kind, entity, after), `,
  ),
}
