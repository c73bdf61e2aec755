// Events for the venues' own systems are made of the histories, which are written in the
// transactions of the changes: what an endpoint has not been queued yet are the entries that its
// position, a snapshot of the database, did not see. So no change waits for webhooks, none is lost,
// and an event has the same id however often it is queued.
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import { giveToAllVenues } from './operator-endpoints.ts'
import { readPositions, snapshotOf } from './position-clock.ts'

function newIn({ venue, since, upTo }: Record<'venue' | 'since' | 'upTo', string>): string {
  const from = (table: string, entity: string, id: string): string => `
      SELECT ${entity} AS entity, h.${id} AS entity_id, h.sequence, h.at, h.transaction_id AS number FROM ${table} h
      WHERE h.location_id = ${venue}
        AND h.transaction_id >= pg_snapshot_xmin(${since})::text::bigint
        AND h.transaction_id < pg_snapshot_xmax(${upTo})::text::bigint
        AND NOT pg_visible_in_snapshot(h.transaction_id::text::xid8, ${since})
        AND pg_visible_in_snapshot(h.transaction_id::text::xid8, ${upTo})`
  return `${from('order_history', "'Order'", 'order_id')}
        UNION ALL ${from('visit_history', 'h.kind::text', 'visit_id')}`
}

// A position that moves back, because another server was faster, queues nothing twice.
const queueNew: Statement = {
  name: 'webhooks_queue',
  text: `WITH n AS (SELECT pg_current_snapshot() AS position), e AS (
      SELECT location_id, endpoint_id, position::pg_snapshot AS since FROM webhook_endpoints
      WHERE disabled_at IS NULL AND ($1::text[] IS NULL OR location_id = ANY ($1)) FOR UPDATE SKIP LOCKED
    ), queued AS (
      INSERT INTO webhook_deliveries (location_id, endpoint_id, entity, entity_id, sequence, at, next_attempt_at)
      SELECT e.location_id, e.endpoint_id, x.entity, x.entity_id, x.sequence, x.at, clock_timestamp()
      FROM e CROSS JOIN n CROSS JOIN LATERAL (${newIn({ venue: 'e.location_id', since: 'e.since', upTo: 'n.position' })}) x
      ON CONFLICT DO NOTHING
    )
    UPDATE webhook_endpoints w SET position = n.position::text FROM e, n
    WHERE w.location_id = e.location_id AND w.endpoint_id = e.endpoint_id`,
}

/** Queues what is new for the endpoints of these venues, or of all. */
export async function queueNewEvents(
  database: Database,
  locationIds: readonly string[] | undefined,
): Promise<void> {
  if (locationIds === undefined) await giveToAllVenues(database)
  if (!database.isDistributed) {
    await database.rows(queueNew, [locationIds])
    return
  }
  for (const { locationId, endpointId } of await readBehind(database, locationIds)) {
    await queueForEndpoint(database, locationId, endpointId)
  }
}

// --- on a distributed database, endpoint by endpoint

interface Behind {
  locationId: string
  endpointId: string
}

const behind = `SELECT w.location_id AS "locationId", w.endpoint_id AS "endpointId"
    FROM webhook_endpoints w JOIN feed_clocks c ON c.location_id = w.location_id
    WHERE w.disabled_at IS NULL AND split_part(w.position, ':', 2)::bigint <= c.position`

const readAllBehind: Statement = { name: 'webhooks_behind', text: behind }
const readBehindOf: Statement = {
  name: 'webhooks_behind_of_venue',
  text: `${behind} AND w.location_id = $1`,
}

async function readBehind(
  database: Database,
  locationIds: readonly string[] | undefined,
): Promise<Behind[]> {
  if (locationIds === undefined) return await database.rows<Behind>(readAllBehind, [])
  const found: Behind[] = []
  for (const each of locationIds) {
    found.push(...(await database.rows<Behind>(readBehindOf, [each])))
  }
  return found
}

const lockToQueue: Statement = {
  name: 'webhooks_lock_to_queue',
  text: `SELECT position FROM webhook_endpoints WHERE location_id = $1 AND endpoint_id = $2 AND disabled_at IS NULL
    FOR UPDATE SKIP LOCKED`,
}

// What one transaction has written has one number, and is read together.
const readNew: Statement = {
  name: 'webhooks_new_of_venue',
  text: `SELECT x.entity, x.entity_id AS "entityId", x.sequence, x.at, x.number
    FROM (${newIn({ venue: '$1', since: '$2::pg_snapshot', upTo: '$3::pg_snapshot' })}) x
    ORDER BY x.number FETCH FIRST ${limits.webhookQueueRows} ROWS WITH TIES`,
}

const insertNew: Statement = {
  name: 'webhooks_queue_one',
  text: `INSERT INTO webhook_deliveries (location_id, endpoint_id, entity, entity_id, sequence, at, next_attempt_at)
    VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) ON CONFLICT DO NOTHING`,
}

const movePosition: Statement = {
  name: 'webhooks_move_position',
  text: 'UPDATE webhook_endpoints SET position = $3 WHERE location_id = $1 AND endpoint_id = $2',
}

interface NewEntry {
  entity: string
  entityId: string
  sequence: number
  at: Date
  number: number
}

/** What is left after `limits.webhookQueueRows` comes with the next round. */
async function queueForEndpoint(
  database: Database,
  locationId: string,
  endpointId: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    const [endpoint] = await tx.rows<{ position: string }>(lockToQueue, [locationId, endpointId])
    if (endpoint === undefined) return
    const now = (await readPositions(tx, [locationId])).get(locationId)!
    const entries = await tx.rows<NewEntry>(readNew, [locationId, endpoint.position, now])
    for (const { entity, entityId, sequence, at } of entries) {
      tx.send(insertNew, [locationId, endpointId, entity, entityId, sequence, at])
    }
    const isAll = entries.length < limits.webhookQueueRows
    const position = isAll ? now : snapshotOf(entries.at(-1)!.number)
    tx.send(movePosition, [locationId, endpointId, position])
  })
}

// --- again

const since = `SELECT 'Order' AS entity, h.order_id AS entity_id, h.sequence, h.at FROM order_history h
        WHERE h.location_id = $1 AND h.at >= $SINCE::timestamptz
      UNION ALL SELECT h.kind::text, h.visit_id, h.sequence, h.at FROM visit_history h
        WHERE h.location_id = $1 AND h.at >= $SINCE::timestamptz`

const onConflict = `ON CONFLICT (location_id, endpoint_id, entity, entity_id, sequence) DO UPDATE SET
      failed_at = NULL, attempts = 0, next_attempt_at = EXCLUDED.next_attempt_at
      WHERE d.delivered_at IS NULL
    RETURNING location_id`

const queueSince: Statement = {
  name: 'webhooks_queue_since',
  text: `INSERT INTO webhook_deliveries AS d (location_id, endpoint_id, entity, entity_id, sequence, at, next_attempt_at)
    SELECT $1, $2, x.entity, x.entity_id, x.sequence, x.at, clock_timestamp() FROM (
      ${since.replaceAll('$SINCE', '$3')}) x
    ${onConflict}`,
}

const readSince: Statement = {
  name: 'webhooks_entries_since',
  text: `SELECT x.entity, x.entity_id AS "entityId", x.sequence, x.at FROM (${since.replaceAll('$SINCE', '$2')}) x`,
}
const queueOne: Statement = {
  name: 'webhooks_queue_one_since',
  text: `INSERT INTO webhook_deliveries AS d (location_id, endpoint_id, entity, entity_id, sequence, at, next_attempt_at)
    VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
    ${onConflict}`,
}

/**
 * Queues everything since then that is not delivered, what was given up and what happened before
 * the endpoint was made included.
 * @returns how many events
 */
export async function recoverSince(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  since: string,
): Promise<number> {
  if (!tx.isDistributed) {
    return (await tx.rows(queueSince, [locationId, endpointId, since])).length
  }
  const entries = await tx.rows<Omit<NewEntry, 'number'>>(readSince, [locationId, since])
  const queued = await Promise.all(
    entries.map(async ({ entity, entityId, sequence, at }) => {
      const values = [locationId, endpointId, entity, entityId, sequence, at]
      return (await tx.rows(queueOne, values)).length
    }),
  )
  return queued.reduce((sum, rows) => sum + rows, 0)
}
