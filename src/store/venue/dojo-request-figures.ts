// How many requests of Dojo a venue answered lately, and how fast.
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'

export interface RequestSum {
  requests: number
  /** Undefined where there is no request. */
  medianUs: number | undefined
  /** In a hundred requests, 99 took no longer. */
  slowestUs: number | undefined
}

export interface RequestFigures extends RequestSum {
  /** From when on every request is counted that was kept. */
  since: Date
  refused: number
  failed: number
  /** The minutes with requests, the oldest first. */
  minutes: (RequestSum & { from: Date })[]
}

// Where a venue has as many answered requests as it keeps, older ones may be gone already: so the
// figures begin with the oldest that is certainly there.
const select: Statement = {
  name: 'dojo_request_figures',
  text: `WITH newest AS (
      SELECT at FROM dojo_requests WHERE location_id = $1 AND error_type IS NULL ORDER BY at DESC LIMIT ${limits.answeredRequestsKept}),
    span AS (SELECT greatest(now() - make_interval(mins => ${limits.requestFigureMinutes}),
        CASE WHEN count(*) = ${limits.answeredRequestsKept} THEN min(at) END) AS since FROM newest)
    SELECT (SELECT since FROM span) AS since, date_trunc('minute', r.at) AS from,
      count(r.at)::int AS requests,
      count(*) FILTER (WHERE r.error_type IS NOT NULL AND r.status < 500)::int AS refused,
      count(*) FILTER (WHERE r.error_type IS NOT NULL AND r.status >= 500)::int AS failed,
      percentile_disc(0.5) WITHIN GROUP (ORDER BY r.duration_us) AS median,
      percentile_disc(0.99) WITHIN GROUP (ORDER BY r.duration_us) AS slowest
    FROM dojo_requests r WHERE r.location_id = $1 AND r.at >= (SELECT since FROM span)
    GROUP BY GROUPING SETS ((), (date_trunc('minute', r.at))) ORDER BY date_trunc('minute', r.at) NULLS FIRST`,
}

interface FigureRow {
  since: Date
  /** Null for all minutes together. */
  from: Date | null
  requests: number
  refused: number
  failed: number
  median: number | null
  slowest: number | null
}

export async function readRequestFigures(
  database: Queryable,
  locationId: string,
): Promise<RequestFigures> {
  const [all, ...minutes] = await database.rows<FigureRow>(select, [locationId])
  const { since, refused, failed } = all!
  return {
    since,
    refused,
    failed,
    ...sumOf(all!),
    minutes: minutes.map((row) => ({ from: row.from!, ...sumOf(row) })),
  }
}

function sumOf({ requests, median, slowest }: FigureRow): RequestSum {
  return { requests, medianUs: median ?? undefined, slowestUs: slowest ?? undefined }
}
