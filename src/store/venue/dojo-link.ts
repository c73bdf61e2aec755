// What is known of the connection between a venue and Dojo.
import type { Queryable, Statement } from '../database/database.ts'

export interface DojoLink {
  hasKey: boolean
  keyRefusedAt: Date | null
  accountId: string | null
  /** When Dojo last called the venue; written about once a second. */
  lastCallAt: Date | null
  transport: 'rest' | 'socket' | 'both'
  /** By the word of the server that holds the socket; null where none does. */
  socketOpenedAt: Date | null
  socketServedAt: Date | null
  socketTrouble: string | null
}

const readLink: Statement = {
  name: 'dojo_link',
  text: `SELECT l.dojo_key_sealed IS NOT NULL AS "hasKey", l.dojo_key_refused_at AS "keyRefusedAt", l.dojo_account_id AS "accountId",
      c.last_call_at AS "lastCallAt", l.transport, CASE WHEN s.ends_at > clock_timestamp() THEN s.opened_at END AS "socketOpenedAt",
      s.served_at AS "socketServedAt", s.trouble AS "socketTrouble"
    FROM locations l LEFT JOIN dojo_contacts c ON c.location_id = l.location_id
      LEFT JOIN socket_leases s ON s.location_id = l.location_id
    WHERE l.location_id = $1`,
}

export async function readDojoLink(database: Queryable, locationId: string): Promise<DojoLink> {
  const [link] = await database.rows<DojoLink>(readLink, [locationId])
  return link!
}
