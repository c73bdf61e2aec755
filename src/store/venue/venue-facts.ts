// What is known of every venue at a glance, in one statement: for those who look after a thousand.
import { eventKinds } from '../jobs/jobs.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { readFactsApart } from './venue-facts-apart.ts'

export interface VenueRow {
  locationId: string
  name: string
  currency: string
  timeZone: string
  transport: 'rest' | 'socket' | 'both'
  hasKey: boolean
  keyRefusedAt: Date | null
  lastCallAt: Date | null
  lastChangeAt: Date | null
  /** Null where the venue has no socket, or no server holds it. */
  socketOpenedAt: Date | null
  socketTrouble: string | null
  waiting: number
  oldestSeconds: number
  givenUp: number
  unmatched: number
  unmatchedMinor: number
  unmatchedSince: Date | null
  auditDay: string | null
  auditDifferences: number
  /** The same in every row. */
  now: Date
}

const readVenues: Statement = {
  name: 'venue_facts',
  text: `WITH work AS (
      SELECT location_id, count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(*) FILTER (WHERE dead_at IS NOT NULL) AS given_up,
        min(queued_at) FILTER (WHERE dead_at IS NULL AND kind::text = ANY ($1::text[])) AS oldest
      FROM jobs GROUP BY location_id
    ), money AS (
      SELECT i.location_id, count(*) AS unmatched, min(i.unmatched_at) AS since,
        sum(coalesce(i.amount_minor, 0) + coalesce(i.tips_minor, 0)) AS minor
      FROM payment_intents i WHERE i.unmatched_at IS NOT NULL AND i.dismissed_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM parties y WHERE y.location_id = i.location_id AND i.payment_intent_id = ANY (y.deposit_payment_intent_ids))
      GROUP BY i.location_id
    )
    SELECT l.location_id AS "locationId", l.name, l.currency, l.time_zone AS "timeZone", l.transport::text AS transport,
      l.dojo_key_sealed IS NOT NULL AS "hasKey", r.refused_at AS "keyRefusedAt", c.last_call_at AS "lastCallAt",
      (SELECT h.at FROM order_history h WHERE h.location_id = l.location_id ORDER BY h.transaction_id DESC LIMIT 1) AS "lastChangeAt",
      CASE WHEN s.ends_at > clock_timestamp() THEN s.opened_at END AS "socketOpenedAt", s.trouble AS "socketTrouble",
      coalesce(w.waiting, 0) AS waiting, coalesce(w.given_up, 0) AS "givenUp",
      greatest(0, coalesce(extract(epoch FROM clock_timestamp() - w.oldest), 0))::float8 AS "oldestSeconds",
      coalesce(m.unmatched, 0) AS unmatched, coalesce(m.minor, 0)::bigint AS "unmatchedMinor", m.since AS "unmatchedSince",
      to_char(a.day, 'YYYY-MM-DD') AS "auditDay", coalesce(a.differences, 0) AS "auditDifferences", clock_timestamp() AS now
    FROM locations l LEFT JOIN dojo_contacts c ON c.location_id = l.location_id
      LEFT JOIN dojo_key_refusals r ON r.location_id = l.location_id
      LEFT JOIN socket_leases s ON s.location_id = l.location_id
      LEFT JOIN work w ON w.location_id = l.location_id
      LEFT JOIN money m ON m.location_id = l.location_id
      LEFT JOIN LATERAL (SELECT d.day, d.differences FROM day_audits d
        WHERE d.location_id = l.location_id ORDER BY d.day DESC LIMIT 1) a ON true
    WHERE $2::text IS NULL OR l.location_id = $2
    ORDER BY l.name, l.location_id`,
}

/** By name. @param locationId one venue; all when left out */
export async function readVenueFacts(
  database: Queryable,
  locationId?: string,
): Promise<VenueRow[]> {
  if (database.isDistributed) return await readFactsApart(database, locationId)
  return await database.rows<VenueRow>(readVenues, [eventKinds, locationId])
}
