// The same on a distributed database: each kind of fact in a statement of its own, for all venues.
import { eventKinds } from '../jobs/jobs.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { VenueRow } from './venue-facts.ts'

const ONE_OR_ALL = '($1::text IS NULL OR location_id = $1)'

const readVenues: Statement = {
  name: 'venue_facts_venues',
  text: `SELECT l.location_id AS "locationId", l.name, l.currency, l.time_zone AS "timeZone", l.transport::text AS transport,
      l.dojo_key_sealed IS NOT NULL AS "hasKey", CASE WHEN s.ends_at > clock_timestamp() THEN s.opened_at END AS "socketOpenedAt",
      s.trouble AS "socketTrouble", clock_timestamp() AS now
    FROM locations l LEFT JOIN socket_leases s ON s.location_id = l.location_id
    WHERE $1::text IS NULL OR l.location_id = $1
    ORDER BY l.name, l.location_id`,
}

/** Each row is about one venue; a venue without a row has none of it. */
const facts = {
  contacts: {
    name: 'venue_facts_contacts',
    text: `SELECT location_id AS "locationId", last_call_at AS "lastCallAt" FROM dojo_contacts WHERE ${ONE_OR_ALL}`,
  },
  refusals: {
    name: 'venue_facts_refusals',
    text: `SELECT location_id AS "locationId", refused_at AS "keyRefusedAt" FROM dojo_key_refusals WHERE ${ONE_OR_ALL}`,
  },
  changes: {
    name: 'venue_facts_changes',
    text: `SELECT c.location_id AS "locationId", h.at AS "lastChangeAt" FROM feed_clocks c CROSS JOIN LATERAL (
        SELECT o.at FROM order_history o WHERE o.location_id = c.location_id ORDER BY o.transaction_id DESC LIMIT 1) h
      WHERE $1::text IS NULL OR c.location_id = $1`,
  },
  work: {
    name: 'venue_facts_work',
    text: `SELECT location_id AS "locationId", count(*) FILTER (WHERE dead_at IS NULL) AS waiting,
        count(*) FILTER (WHERE dead_at IS NOT NULL) AS "givenUp",
        greatest(0, coalesce(extract(epoch FROM clock_timestamp()
          - min(queued_at) FILTER (WHERE dead_at IS NULL AND kind::text = ANY ($2::text[]))), 0))::float8 AS "oldestSeconds"
      FROM jobs WHERE ${ONE_OR_ALL} GROUP BY location_id`,
  },
  money: {
    name: 'venue_facts_money',
    text: `SELECT i.location_id AS "locationId", count(*) AS unmatched, min(i.unmatched_at) AS "unmatchedSince",
        coalesce(sum(coalesce(i.amount_minor, 0) + coalesce(i.tips_minor, 0)), 0)::bigint AS "unmatchedMinor"
      FROM payment_intents i WHERE ($1::text IS NULL OR i.location_id = $1) AND i.unmatched_at IS NOT NULL AND i.dismissed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM parties y
          WHERE y.location_id = i.location_id AND i.payment_intent_id = ANY (y.deposit_payment_intent_ids))
      GROUP BY i.location_id`,
  },
  audits: {
    name: 'venue_facts_audits',
    text: `SELECT DISTINCT ON (location_id) location_id AS "locationId", to_char(day, 'YYYY-MM-DD') AS "auditDay",
        differences AS "auditDifferences"
      FROM day_audits WHERE ${ONE_OR_ALL} ORDER BY location_id, day DESC`,
  },
} as const satisfies Record<string, Statement>

const NOTHING = {
  lastCallAt: null,
  keyRefusedAt: null,
  lastChangeAt: null,
  waiting: 0,
  givenUp: 0,
  oldestSeconds: 0,
  unmatched: 0,
  unmatchedMinor: 0,
  unmatchedSince: null,
  auditDay: null,
  auditDifferences: 0,
} satisfies Partial<VenueRow>

/** By name. @param locationId one venue; all when left out */
export async function readFactsApart(
  database: Queryable,
  locationId: string | undefined,
): Promise<VenueRow[]> {
  const [venues, ...found] = await Promise.all([
    database.rows<VenueRow>(readVenues, [locationId]),
    ...Object.values(facts).map(async (statement: Statement) => {
      const values = statement === facts.work ? [locationId, eventKinds] : [locationId]
      return await database.rows<Partial<VenueRow>>(statement, values)
    }),
  ])
  const rows = new Map(venues.map((venue) => [venue.locationId, { ...NOTHING, ...venue }]))
  for (const fact of found.flat()) {
    const row = rows.get(fact.locationId!)
    if (row !== undefined) Object.assign(row, fact)
  }
  return [...rows.values()]
}
