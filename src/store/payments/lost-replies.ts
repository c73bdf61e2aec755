// Payments whose answer may not have reached Dojo, and payments whose reversal nobody would report:
// both are checked again until they are certain.
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { NOW } from '../database/statement.ts'

const markLost: Statement = {
  name: 'reply_mark_lost',
  text: `UPDATE payment_intents i SET reply_lost_at = statement_timestamp() WHERE i.location_id = $1
    AND i.payment_intent_id = ANY ($2::text[])
      AND EXISTS (SELECT 1 FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = i.payment_intent_id
      AND p.voided_at IS NULL)
    RETURNING i.payment_intent_id`,
}

/** @returns those that have a payment that is not void */
export async function markRepliesLost(
  tx: Transaction,
  locationId: string,
  paymentIntentIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.rows<Row<'PaymentIntent', 'paymentIntentId'>>(markLost, [
    locationId,
    paymentIntentIds,
  ])
  return rows.map(({ payment_intent_id: paymentIntentId }) => paymentIntentId)
}

const list: Statement = {
  name: 'reply_list',
  text: `UPDATE payment_intents SET unmatched_reason = $3, unmatched_at = coalesce(unmatched_at, ${NOW})
    WHERE location_id = $1 AND payment_intent_id = ANY ($2::text[]) AND unmatched_reason IS DISTINCT FROM $3`,
}

/** Puts the payments on the list for staff. */
export function listRepliesLost(
  tx: Transaction,
  locationId: string,
  paymentIntentIds: readonly string[],
  reason: string,
): void {
  tx.send(list, [locationId, paymentIntentIds, reason])
}

const markUncertain: Statement = {
  name: 'reply_mark_uncertain',
  text: 'UPDATE payment_intents SET reply_lost_at = statement_timestamp() WHERE location_id = $1 AND payment_intent_id = $2',
}

/** For a payment that was recorded without Dojo's call: the call may yet come, and may fail. */
export function markReplyUncertain(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
): void {
  tx.send(markUncertain, [locationId, paymentIntentId])
}

const markRecent: Statement = {
  name: 'reply_mark_recent',
  text: `WITH recent AS (
      SELECT p.location_id, p.payment_intent_id, p.recorded_at
      FROM locations l JOIN payments p ON p.location_id = l.location_id JOIN payment_intents i ON i.location_id = p.location_id
        AND i.payment_intent_id = p.payment_intent_id
      WHERE l.dojo_key_sealed IS NOT NULL AND p.recorded_at > clock_timestamp() - make_interval(secs => $1) AND p.voided_at IS NULL
        AND i.reply_lost_at IS NULL LIMIT $3
    ), marked AS (
      UPDATE payment_intents i SET reply_lost_at = recent.recorded_at FROM recent WHERE i.location_id = recent.location_id
        AND i.payment_intent_id = recent.payment_intent_id
    )
    INSERT INTO jobs AS j (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT location_id, 'PaymentCheck', payment_intent_id, clock_timestamp(), clock_timestamp(),
      recorded_at + make_interval(secs => $2) FROM recent
    ON CONFLICT (location_id, kind, entity_id) DO UPDATE SET version = j.version + 1 RETURNING 1`,
}

/** For a distributed database: the payments first, then each at its venue. */
const readRecent: Statement = {
  name: 'reply_read_recent',
  text: `SELECT p.location_id AS "locationId", p.payment_intent_id AS "paymentIntentId", p.recorded_at AS "recordedAt"
    FROM payments p JOIN locations l ON l.location_id = p.location_id
      JOIN payment_intents i ON i.location_id = p.location_id AND i.payment_intent_id = p.payment_intent_id
    WHERE l.dojo_key_sealed IS NOT NULL AND p.recorded_at > clock_timestamp() - make_interval(secs => $1) AND p.voided_at IS NULL
      AND i.reply_lost_at IS NULL LIMIT $2`,
}
const markOne: Statement = {
  name: 'reply_mark_one',
  text: `UPDATE payment_intents SET reply_lost_at = $3
    WHERE location_id = $1 AND payment_intent_id = $2 AND reply_lost_at IS NULL`,
}
const queueCheckOfOne: Statement = {
  name: 'reply_queue_check',
  text: `INSERT INTO jobs AS j (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    VALUES ($1, 'PaymentCheck', $2, clock_timestamp(), clock_timestamp(), $3::timestamptz + make_interval(secs => $4))
    ON CONFLICT (location_id, kind, entity_id) DO UPDATE SET version = j.version + 1`,
}

async function markApart(database: Database): Promise<number> {
  const values = [limits.replyLostRecoverySeconds, limits.replyLostRecoveryRows]
  const recent = await database.rows<{
    locationId: string
    paymentIntentId: string
    recordedAt: Date
  }>(readRecent, values)
  for (const { locationId, paymentIntentId, recordedAt } of recent) {
    await database.transaction(async (tx) => {
      tx.send(markOne, [locationId, paymentIntentId, recordedAt])
      const check = [locationId, paymentIntentId, recordedAt, limits.replyLostCheckSeconds]
      tx.send(queueCheckOfOne, check)
    })
  }
  return recent.length
}

/** At start: the process before may have owed Dojo the answers to the most recent payments. */
export async function markRecentRepliesLost(database: Database): Promise<void> {
  const values = [
    limits.replyLostRecoverySeconds,
    limits.replyLostCheckSeconds,
    limits.replyLostRecoveryRows,
  ]
  let marked: number
  do {
    marked = database.isDistributed
      ? await markApart(database)
      : (await database.rows(markRecent, values)).length
  } while (marked === limits.replyLostRecoveryRows)
}

/** A venue that has never had an event and has no webhook secret gets none, as far as we know. */
const readUnheard: Statement = {
  name: 'reply_unheard',
  text: `SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8 AS seconds FROM payments
    WHERE location_id = $1 AND payment_intent_id = $2 AND voided_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM webhook_secrets WHERE location_id = $1 AND retired_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM dojo_events WHERE location_id = $1 AND payment_intent_id IS NOT NULL AND flag IS NULL)`,
}

/**
 * How long ago the payment of an intent was recorded, in a venue that gets no events of a reversal;
 * undefined in others, and for a payment that is void.
 */
export async function readUnheardSeconds(
  database: Database,
  locationId: string,
  paymentIntentId: string,
): Promise<number | undefined> {
  const [row] = await database.rows<{ seconds: number }>(readUnheard, [locationId, paymentIntentId])
  return row?.seconds
}
