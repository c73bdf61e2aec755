// Which sockets have lately connected to Dojo's gateway, over all servers, by the database's clock.
// No server holds a lock while it decides, since one that is frozen would keep it: it changes what
// it has read if nobody has changed that since.
import type { Queryable, Statement } from '../database/database.ts'

export interface Connect {
  locationId: string
  isOpen: boolean
  /** Since when it connects, or is open. */
  sinceMs: number
}

export interface SocketGateway {
  /** Those that connect, and those that opened within the last second. */
  connects: readonly Connect[]
  /** When it was last tried, while it does not answer; undefined while it does. */
  probedAtMs: number | undefined
}

/** The gateway as it is now. */
export interface SocketGatewayNow extends SocketGateway {
  nowMs: number
  /** 0 while nothing has connected to it yet. */
  version: number
}

const read: Statement = {
  name: 'socket_gateway',
  text: `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms, g.version, g.connects,
      extract(epoch FROM g.probed_at)::float8 * 1000 AS probed_at_ms
    FROM (SELECT $1::text AS url) u LEFT JOIN socket_gateways g ON g.url = u.url`,
}

export async function readGateway(database: Queryable, url: string): Promise<SocketGatewayNow> {
  const [row] = await database.rows<{
    now_ms: number
    version: number | null
    connects: Connect[] | null
    probed_at_ms: number | null
  }>(read, [url])
  return {
    nowMs: row!.now_ms,
    version: row!.version ?? 0,
    connects: row!.connects ?? [],
    probedAtMs: row!.probed_at_ms ?? undefined,
  }
}

const change: Statement = {
  name: 'socket_gateway_change',
  text: `INSERT INTO socket_gateways AS g (url, connects, probed_at) VALUES ($1, $2, to_timestamp($3::float8 / 1000))
    ON CONFLICT (url) DO UPDATE SET version = g.version + 1, connects = excluded.connects, probed_at = excluded.probed_at
      WHERE g.version = $4
    RETURNING g.version`,
}

/**
 * @param version as it was read
 * @returns whether it was changed: another server may have changed it first
 */
export async function changeGateway(
  database: Queryable,
  url: string,
  { connects, probedAtMs }: SocketGateway,
  version: number,
): Promise<boolean> {
  const changed = await database.rows(change, [
    url,
    JSON.stringify(connects),
    probedAtMs ?? null,
    version,
  ])
  return changed.length > 0
}
