// The events that Dojo sent, each kept once.
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'

export interface DojoEvent {
  eventId: string
  accountId: string
  eventType: string
  createdAtMs: number
  data: object
  /** What it says about a payment intent, if it is about one. */
  intent: { paymentIntentId: string; status: string } | undefined
}

const selectEvent: Statement = {
  name: 'event_known',
  text: 'SELECT 1 FROM dojo_events WHERE location_id = $1 AND event_id = $2',
}

export async function isEventKnown(
  database: Queryable,
  locationId: string,
  eventId: string,
): Promise<boolean> {
  return (await database.rows(selectEvent, [locationId, eventId])).length > 0
}

const insert: Statement = {
  name: 'event_insert',
  text: `INSERT INTO dojo_events (location_id, event_id, account_id, event_type, payment_intent_id, created_at, data, flag)
    VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8) ON CONFLICT (location_id, event_id) DO NOTHING RETURNING event_id`,
}

/**
 * Keeps an event, flagged where it is of another account than the venue's.
 * @returns false when it is known already
 */
export async function insertEvent(
  tx: Transaction,
  locationId: string,
  event: DojoEvent & { isForeign: boolean },
): Promise<boolean> {
  const { eventId, accountId, eventType, createdAtMs, data, intent, isForeign } = event
  const rows = await tx.rows(insert, [
    ...[locationId, eventId, accountId, eventType, intent?.paymentIntentId, new Date(createdAtMs)],
    ...[JSON.stringify(data), isForeign ? 'foreign-account' : undefined],
  ])
  return rows.length > 0
}

const selectKeptIntents: Statement = {
  name: 'event_kept_intents',
  text: `SELECT DISTINCT e.payment_intent_id FROM dojo_events e JOIN locations l ON l.location_id = e.location_id
    WHERE e.location_id = $1 AND e.account_id = $2 AND e.flag = 'foreign-account' AND e.payment_intent_id IS NOT NULL
      AND e.received_at > clock_timestamp() - make_interval(days => $3) AND l.dojo_key_sealed IS NOT NULL`,
}

/**
 * The payment intents of recent events of an account that had no effect, because it was not the
 * venue's; none where the venue has no key to ask Dojo with.
 */
export async function readKeptIntents(
  database: Queryable,
  locationId: string,
  accountId: string,
): Promise<string[]> {
  const rows = await database.rows<{ payment_intent_id: string }>(selectKeptIntents, [
    locationId,
    accountId,
    limits.keptEventsCheckDays,
  ])
  return rows.map(({ payment_intent_id: paymentIntentId }) => paymentIntentId)
}
