// What is known of the connection between a venue and Dojo.
import type { Queryable, Statement } from '../database/database.ts'

export interface DojoLink {
  hasKey: boolean
  keyRefusedAt: Date | null
  accountId: string | null
  /** When Dojo last called the venue; written about once a second. */
  lastCallAt: Date | null
  transport: 'rest' | 'socket' | 'both'
  /** As reported by the server that holds the socket; null where none does. */
  socketOpenedAt: Date | null
  socketServedAt: Date | null
  socketTrouble: string | null
}

const readLink: Statement = {
  name: 'dojo_link',
  text: `SELECT l.dojo_key_sealed IS NOT NULL AS "hasKey", r.refused_at AS "keyRefusedAt", l.dojo_account_id AS "accountId",
      c.last_call_at AS "lastCallAt", l.transport, CASE WHEN s.ends_at > clock_timestamp() THEN s.opened_at END AS "socketOpenedAt",
      s.served_at AS "socketServedAt", s.trouble AS "socketTrouble"
    FROM locations l LEFT JOIN dojo_contacts c ON c.location_id = l.location_id
      LEFT JOIN dojo_key_refusals r ON r.location_id = l.location_id
      LEFT JOIN socket_leases s ON s.location_id = l.location_id
    WHERE l.location_id = $1`,
}

/** For a distributed database, where servers keep what they hold apart from the venues. */
const readLinkApart: Statement = {
  name: 'dojo_link_apart',
  text: `SELECT l.dojo_key_sealed IS NOT NULL AS "hasKey", r.refused_at AS "keyRefusedAt", l.dojo_account_id AS "accountId",
      c.last_call_at AS "lastCallAt", l.transport
    FROM locations l LEFT JOIN dojo_contacts c ON c.location_id = l.location_id
      LEFT JOIN dojo_key_refusals r ON r.location_id = l.location_id
    WHERE l.location_id = $1`,
}
const readSocket: Statement = {
  name: 'dojo_link_socket',
  text: `SELECT CASE WHEN ends_at > clock_timestamp() THEN opened_at END AS "socketOpenedAt",
      served_at AS "socketServedAt", trouble AS "socketTrouble"
    FROM socket_leases WHERE location_id = $1`,
}
const NO_SOCKET = { socketOpenedAt: null, socketServedAt: null, socketTrouble: null }

export async function readDojoLink(database: Queryable, locationId: string): Promise<DojoLink> {
  if (!database.isDistributed) {
    return (await database.rows<DojoLink>(readLink, [locationId]))[0]!
  }
  const [[link], [socket]] = await Promise.all([
    database.rows<DojoLink>(readLinkApart, [locationId]),
    database.rows<typeof NO_SOCKET>(readSocket, [locationId]),
  ])
  return { ...link!, ...(socket ?? NO_SOCKET) }
}
