// The events that Dojo sent, each kept once.
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction, Value } from '../database/database.ts'
import type { Row } from '../database/row.ts'

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
    SELECT location_id, $2, $3, $4, $5, $6, $7::jsonb, CASE WHEN dojo_account_id <> $3 THEN 'foreign-account' END FROM locations
      WHERE location_id = $1
    ON CONFLICT (location_id, event_id) DO NOTHING
    RETURNING flag, (SELECT dojo_key_sealed IS NOT NULL FROM locations WHERE location_id = $1) AS can_ask`,
}

const readVenue: Statement = {
  name: 'event_venue',
  text: `SELECT dojo_account_id AS "accountId", dojo_key_sealed IS NOT NULL AS "canAskDojo" FROM locations
    WHERE location_id = $1`,
}

const insertFlagged: Statement = {
  name: 'event_insert_flagged',
  text: `INSERT INTO dojo_events (location_id, event_id, account_id, event_type, payment_intent_id, created_at, data, flag)
    VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8) ON CONFLICT (location_id, event_id) DO NOTHING RETURNING event_id`,
}

/** For a distributed database, where the venue's account is on another node than its events. */
async function insertApart(
  tx: Transaction,
  values: readonly Value[],
): Promise<{ isForeign: boolean; canAskDojo: boolean } | undefined> {
  const [locationId, , accountId] = values
  const [venue] = await tx.rows<{ accountId: string | null; canAskDojo: boolean }>(readVenue, [
    locationId,
  ])
  const isForeign = venue!.accountId !== null && venue!.accountId !== accountId
  const flag = isForeign ? 'foreign-account' : undefined
  const inserted = await tx.rows(insertFlagged, [...values, flag])
  return inserted.length === 0 ? undefined : { isForeign, canAskDojo: venue!.canAskDojo }
}

/**
 * Keeps an event, flagged where it is of another account than the venue's.
 * @returns undefined when it is known already
 */
export async function insertEvent(
  tx: Transaction,
  locationId: string,
  { eventId, accountId, eventType, createdAtMs, data, intent }: DojoEvent,
): Promise<{ isForeign: boolean; canAskDojo: boolean } | undefined> {
  const values = [
    ...[locationId, eventId, accountId, eventType, intent?.paymentIntentId, new Date(createdAtMs)],
    JSON.stringify(data),
  ]
  if (tx.isDistributed) return await insertApart(tx, values)
  const [row] = await tx.rows<Row<'DojoEvent', 'flag'> & { can_ask: boolean }>(insert, values)
  return row && { isForeign: row.flag !== null, canAskDojo: row.can_ask }
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
