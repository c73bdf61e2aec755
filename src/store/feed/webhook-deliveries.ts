// Events on their way to the venues' own systems: who sends them, and what became of it.
import type { Change } from './feed.ts'
import { limits } from '../../limits.ts'
import { lockJson } from '../orders/order-columns.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'

export interface DeliveryKey {
  locationId: string
  endpointId: string
  entity: Change['entity']
  entityId: string
  sequence: number
}

// --- claims

export interface ClaimedDelivery extends DeliveryKey {
  ofOperator: boolean
  attempts: number
  claimedUntil: Date
  url: string
  types: string[]
  failingSince: Date | null
}

/** What has its own share of what is under way; the venues of an operator's endpoint share one. */
const lane =
  "CASE WHEN w.of_operator THEN w.endpoint_id ELSE w.location_id || ' ' || w.endpoint_id END"

export function laneOf({
  locationId,
  endpointId,
  ofOperator,
}: Pick<ClaimedDelivery, 'locationId' | 'endpointId' | 'ofOperator'>): string {
  return ofOperator ? endpointId : `${locationId} ${endpointId}`
}

/**
 * The oldest event of each order, party and reservation; the next one waits for it. What this
 * process is sending to an endpoint counts for the endpoint's share.
 */
const claimDue: Statement = {
  name: 'webhooks_claim',
  text: `WITH oldest AS (
      SELECT d.location_id, d.endpoint_id, d.entity, d.entity_id, d.sequence, d.next_attempt_at,
        row_number() OVER (PARTITION BY ${lane} ORDER BY d.next_attempt_at, d.at, d.sequence) AS place, room.free
      FROM webhook_deliveries d JOIN webhook_endpoints w ON w.location_id = d.location_id AND w.endpoint_id = d.endpoint_id
        LEFT JOIN unnest($1::text[], $6::int[]) AS sending (lane, events) ON sending.lane = ${lane}
        CROSS JOIN LATERAL (SELECT CASE WHEN w.of_operator THEN $7::int ELSE $3 END - coalesce(sending.events, 0)) AS room (free)
      WHERE d.delivered_at IS NULL AND d.failed_at IS NULL AND d.next_attempt_at <= clock_timestamp()
        AND (d.claimed_until IS NULL OR d.claimed_until < clock_timestamp())
        AND w.disabled_at IS NULL AND room.free > 0
        AND NOT EXISTS (SELECT 1 FROM webhook_deliveries f WHERE f.location_id = d.location_id AND f.endpoint_id = d.endpoint_id
          AND f.entity = d.entity AND f.entity_id = d.entity_id AND f.sequence < d.sequence
          AND f.delivered_at IS NULL AND f.failed_at IS NULL)
      ORDER BY d.next_attempt_at LIMIT $4
    ), chosen AS (
      SELECT d.location_id, d.endpoint_id, d.entity, d.entity_id, d.sequence FROM webhook_deliveries d
        JOIN oldest USING (location_id, endpoint_id, entity, entity_id, sequence)
      WHERE oldest.place <= oldest.free AND d.delivered_at IS NULL AND (d.claimed_until IS NULL OR d.claimed_until < clock_timestamp())
      ORDER BY d.next_attempt_at LIMIT $2 FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries d SET claimed_until = clock_timestamp() + make_interval(secs => $5), attempts = d.attempts + 1
    FROM chosen JOIN webhook_endpoints w ON w.location_id = chosen.location_id AND w.endpoint_id = chosen.endpoint_id
    WHERE d.location_id = chosen.location_id AND d.endpoint_id = chosen.endpoint_id AND d.entity = chosen.entity
      AND d.entity_id = chosen.entity_id AND d.sequence = chosen.sequence
    RETURNING d.location_id AS "locationId", d.endpoint_id AS "endpointId", d.entity, d.entity_id AS "entityId", d.sequence,
      d.attempts, d.claimed_until AS "claimedUntil", w.url, w.types, w.failing_since AS "failingSince",
      w.of_operator AS "ofOperator"`,
}

export interface DeliveryClaim {
  /** How many events are being sent to each endpoint, by what `laneOf` says of it. */
  sending: ReadonlyMap<string, number>
  most: number
}

export async function claimDeliveries(
  database: Queryable,
  { sending, most }: DeliveryClaim,
): Promise<ClaimedDelivery[]> {
  return await database.rows<ClaimedDelivery>(claimDue, [
    [...sending.keys()],
    most,
    limits.webhooksInFlightPerEndpoint,
    limits.webhookScanRows,
    limits.webhookClaimSeconds,
    [...sending.values()],
    limits.webhooksInFlightPerOperatorEndpoint,
  ])
}

interface EntryRow {
  action: string
  at: Date
  detail: object
  waiterId: string | null
  deviceId: string | null
  product: string | null
  summary: Change['order'] | null
  now: Date
}

const who = `h.caller_waiter_id AS "waiterId", h.caller_device_id AS "deviceId", h.caller_product AS product,
      clock_timestamp() AS now`

const selectOrderEntry: Statement = {
  name: 'webhooks_order_entry',
  text: `SELECT h.action, h.at, h.detail, ${who},
      (SELECT json_strip_nulls(json_build_object('status', o.status, 'version', o.version, 'totalMinor', o.total_minor,
        'paidMinor', o.paid_minor, 'tableId', o.table_id, 'lock', ${lockJson()}))
        FROM orders o WHERE o.location_id = $1 AND o.order_id = $2) AS summary
    FROM order_history h WHERE h.location_id = $1 AND h.order_id = $2 AND h.sequence = $3`,
}
const selectVisitEntry: Statement = {
  name: 'webhooks_visit_entry',
  text: `SELECT h.action, h.at, h.detail, ${who}, NULL AS summary
    FROM visit_history h WHERE h.location_id = $1 AND h.visit_id = $2 AND h.sequence = $3 AND h.kind = $4::visit_kind`,
}

/** What the event says. */
export async function readDeliveredChange(
  database: Queryable,
  { locationId, entity, entityId, sequence }: DeliveryKey,
): Promise<{ change: Change; nowMs: number }> {
  const values = [locationId, entityId, sequence]
  const [row] = await (entity === 'Order'
    ? database.rows<EntryRow>(selectOrderEntry, values)
    : database.rows<EntryRow>(selectVisitEntry, [...values, entity]))
  const { action, at, detail, waiterId, deviceId, product, summary, now } = row!
  return {
    nowMs: now.getTime(),
    change: {
      entity,
      id: entityId,
      sequence,
      action,
      at,
      detail,
      waiterId: waiterId ?? undefined,
      deviceId: deviceId ?? undefined,
      product: product ?? undefined,
      order: summary ?? undefined,
    },
  }
}

// --- what became of it

const DELIVERY =
  'location_id = $1 AND endpoint_id = $2 AND entity = $3 AND entity_id = $4 AND sequence = $5'

function valuesOf({ locationId, endpointId, entity, entityId, sequence }: DeliveryKey) {
  return [locationId, endpointId, entity, entityId, sequence]
}

const setDelivery = `UPDATE webhook_deliveries SET delivered_at = statement_timestamp(), claimed_until = NULL, last_status = $6,
        last_error = NULL, failed_at = NULL
      WHERE ${DELIVERY}`

const setDelivered: Statement = {
  name: 'webhooks_delivered',
  text: `WITH delivered AS (${setDelivery})
    UPDATE webhook_endpoints SET failing_since = NULL
    WHERE location_id = $1 AND endpoint_id = $2 AND failing_since IS NOT NULL AND $6::int IS NOT NULL`,
  distributed: setDelivery,
}

const endFailing: Statement = {
  name: 'webhooks_end_failing',
  text: `UPDATE webhook_endpoints SET failing_since = NULL
    WHERE location_id = $1 AND endpoint_id = $2 AND failing_since IS NOT NULL`,
}

/** @param status of the answer; undefined for an event that the endpoint does not want */
export async function noteDelivered(
  database: Queryable,
  key: DeliveryKey,
  status: number | undefined,
): Promise<void> {
  await database.rows(setDelivered, [...valuesOf(key), status])
  if (database.isDistributed && status !== undefined) {
    await database.rows(endFailing, [key.locationId, key.endpointId])
  }
}

const setTry = `UPDATE webhook_deliveries SET claimed_until = NULL, last_status = $6, last_error = $7,
        next_attempt_at = statement_timestamp() + make_interval(secs => coalesce($8::float8, 0)),
        failed_at = CASE WHEN $8::float8 IS NULL THEN $9::timestamptz END
      WHERE ${DELIVERY}`

const startFailing = (now: string): string => `UPDATE webhook_endpoints
    SET failing_since = coalesce(failing_since, ${now}::timestamptz)
    WHERE location_id = $1 AND endpoint_id = $2
    RETURNING failing_since AS "failingSince"`

const setTried: Statement = {
  name: 'webhooks_tried',
  text: `WITH tried AS (${setTry}) ${startFailing('$9')}`,
  distributed: setTry,
}

const setFailing: Statement = { name: 'webhooks_failing', text: startFailing('$3') }

/**
 * @param againSeconds undefined when it is not tried any more
 * @returns since when the endpoint fails
 */
export async function noteFailed(
  database: Queryable,
  key: DeliveryKey,
  failure: { status: number | undefined; error: string; againSeconds: number | undefined },
  now: Date,
): Promise<Date> {
  const { status, error, againSeconds } = failure
  const values = [...valuesOf(key), status, error, againSeconds, now]
  let rows = await database.rows<{ failingSince: Date }>(setTried, values)
  if (database.isDistributed) {
    rows = await database.rows(setFailing, [key.locationId, key.endpointId, now])
  }
  return rows[0]?.failingSince ?? now
}

// --- again

const queueAgain: Statement = {
  name: 'webhooks_queue_again',
  text: `UPDATE webhook_deliveries SET delivered_at = NULL, failed_at = NULL, attempts = 0, claimed_until = NULL,
      next_attempt_at = statement_timestamp() WHERE ${DELIVERY} RETURNING 1`,
}

/** @returns false where there is no such delivery */
export async function queueOneAgain(tx: Transaction, key: DeliveryKey): Promise<boolean> {
  return (await tx.rows(queueAgain, valuesOf(key))).length > 0
}

export interface DeliveryRow extends Omit<DeliveryKey, 'locationId' | 'endpointId'> {
  at: Date
  attempts: number
  nextAttemptAt: Date
  lastStatus: number | null
  lastError: string | null
  deliveredAt: Date | null
  failedAt: Date | null
}

const selectDeliveries: Statement = {
  name: 'webhooks_list',
  text: `SELECT entity, entity_id AS "entityId", sequence, at, attempts, next_attempt_at AS "nextAttemptAt",
      last_status AS "lastStatus", last_error AS "lastError", delivered_at AS "deliveredAt", failed_at AS "failedAt"
    FROM webhook_deliveries WHERE location_id = $1 AND endpoint_id = $2 ORDER BY at DESC, entity_id, sequence DESC LIMIT $3`,
}

/** The newest first. */
export async function readDeliveries(
  database: Queryable,
  locationId: string,
  endpointId: string,
): Promise<DeliveryRow[]> {
  const values = [locationId, endpointId, limits.maxDeliveryRows]
  return await database.rows<DeliveryRow>(selectDeliveries, values)
}

const purge: Statement = {
  name: 'webhooks_purge',
  text: `DELETE FROM webhook_deliveries d USING (
      SELECT location_id, endpoint_id, entity, entity_id, sequence FROM webhook_deliveries
      WHERE delivered_at < clock_timestamp() - make_interval(secs => $1) LIMIT $2) old
    WHERE d.location_id = old.location_id AND d.endpoint_id = old.endpoint_id AND d.entity = old.entity
      AND d.entity_id = old.entity_id AND d.sequence = old.sequence`,
}

const readVenuesToPurge: Statement = {
  name: 'webhooks_venues_to_purge',
  text: `SELECT DISTINCT location_id AS "locationId" FROM webhook_deliveries
    WHERE delivered_at < clock_timestamp() - make_interval(secs => $1)`,
}
const purgeVenue: Statement = {
  name: 'webhooks_purge_venue',
  text: `DELETE FROM webhook_deliveries
    WHERE location_id = $2 AND delivered_at < statement_timestamp() - make_interval(secs => $1)`,
}

/** Deletes what was delivered long ago. */
export async function purgeDeliveries(database: Database): Promise<void> {
  if (database.isDistributed) {
    const kept = limits.webhookKeptSeconds
    const venues = await database.rows<{ locationId: string }>(readVenuesToPurge, [kept])
    for (const { locationId } of venues) await database.rows(purgeVenue, [kept, locationId])
    return
  }
  await database.rows(purge, [limits.webhookKeptSeconds, limits.webhookPurgeRows])
}
