// Claims of events on a distributed database, where rows are locked for one venue at a time: first
// which venues have something due, which asks every node, then the events of each, on its own node.
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import {
  laneOf,
  type ClaimedDelivery,
  type DeliveryClaim,
  type DeliveryKey,
} from './webhook-deliveries.ts'

const isDue = `d.delivered_at IS NULL AND d.failed_at IS NULL AND d.next_attempt_at <= clock_timestamp()
      AND (d.claimed_until IS NULL OR d.claimed_until < clock_timestamp()) AND w.disabled_at IS NULL`

const lookForVenues: Statement = {
  name: 'webhooks_venues_due',
  text: `SELECT d.location_id AS "locationId" FROM webhook_deliveries d
      JOIN webhook_endpoints w ON w.location_id = d.location_id AND w.endpoint_id = d.endpoint_id
    WHERE ${isDue} GROUP BY d.location_id ORDER BY min(d.next_attempt_at) LIMIT $1`,
}

/** The oldest event of each order, party and reservation; the next one waits for it. */
const lockDue: Statement = {
  name: 'webhooks_lock_due',
  text: `SELECT d.endpoint_id AS "endpointId", d.entity, d.entity_id AS "entityId", d.sequence,
      w.url, w.types, w.failing_since AS "failingSince", w.of_operator AS "ofOperator"
    FROM webhook_deliveries d JOIN webhook_endpoints w ON w.location_id = d.location_id AND w.endpoint_id = d.endpoint_id
    WHERE d.location_id = $1 AND w.location_id = $1 AND ${isDue}
      AND NOT EXISTS (SELECT 1 FROM webhook_deliveries f WHERE f.location_id = $1 AND f.endpoint_id = d.endpoint_id
        AND f.entity = d.entity AND f.entity_id = d.entity_id AND f.sequence < d.sequence
        AND f.delivered_at IS NULL AND f.failed_at IS NULL)
    ORDER BY d.next_attempt_at, d.at, d.sequence LIMIT $2 FOR UPDATE OF d SKIP LOCKED`,
}

const claimOne: Statement = {
  name: 'webhooks_claim_one',
  text: `UPDATE webhook_deliveries SET claimed_until = statement_timestamp() + make_interval(secs => $6), attempts = attempts + 1
    WHERE location_id = $1 AND endpoint_id = $2 AND entity = $3 AND entity_id = $4 AND sequence = $5
    RETURNING attempts, claimed_until AS "claimedUntil"`,
}

type LockedRow = Omit<ClaimedDelivery, 'locationId' | 'attempts' | 'claimedUntil'>

/** @param locationIds of these venues only; of all when left out */
export async function claimDeliveriesApart(
  database: Database,
  { sending, most }: DeliveryClaim,
  locationIds: readonly string[] | undefined,
): Promise<ClaimedDelivery[]> {
  const claimed: ClaimedDelivery[] = []
  const underWay = new Map(sending)
  for (const locationId of locationIds ?? (await readVenuesDue(database, most))) {
    const room = most - claimed.length
    if (room <= 0) break
    claimed.push(...(await claimOfVenue(database, locationId, { sending: underWay, most: room })))
  }
  return claimed
}

async function readVenuesDue(database: Database, most: number): Promise<string[]> {
  const rows = await database.rows<{ locationId: string }>(lookForVenues, [most])
  return rows.map(({ locationId }) => locationId)
}

async function claimOfVenue(
  database: Database,
  locationId: string,
  { sending, most }: { sending: Map<string, number>; most: number },
): Promise<ClaimedDelivery[]> {
  return await database.transaction(async (tx) => {
    const locked = await tx.rows<LockedRow>(lockDue, [locationId, most])
    const chosen = locked.filter((row) => {
      const lane = laneOf({ ...row, locationId })
      const inLane = sending.get(lane) ?? 0
      if (inLane >= mostOf(row)) return false
      sending.set(lane, inLane + 1)
      return true
    })
    return await Promise.all(
      chosen.map(async (row) => ({
        ...row,
        locationId,
        ...(await claim(tx, { ...row, locationId })),
      })),
    )
  })
}

function mostOf({ ofOperator }: LockedRow): number {
  return ofOperator
    ? limits.webhooksInFlightPerOperatorEndpoint
    : limits.webhooksInFlightPerEndpoint
}

async function claim(
  tx: Transaction,
  { locationId, endpointId, entity, entityId, sequence }: DeliveryKey,
): Promise<Pick<ClaimedDelivery, 'attempts' | 'claimedUntil'>> {
  const key = [locationId, endpointId, entity, entityId, sequence]
  const [row] = await tx.rows<Pick<ClaimedDelivery, 'attempts' | 'claimedUntil'>>(claimOne, [
    ...key,
    limits.webhookClaimSeconds,
  ])
  return row!
}
