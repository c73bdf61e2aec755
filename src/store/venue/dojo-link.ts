// What is known of the connection between a venue and Dojo.
import type { Queryable, Statement } from '../database/database.ts'

export interface DojoLink {
  hasKey: boolean
  keyRefusedAt: Date | null
  accountId: string | null
  /** When a call of Dojo last changed an order. */
  lastCallAt: Date | null
}

/** Among the newest entries; what a till or the console did is not Dojo's. */
const newestBy = (table: string): string => `(SELECT max(n.at) FROM (
      SELECT h.at, h.caller_product FROM ${table} h WHERE h.location_id = $1 ORDER BY h.transaction_id DESC LIMIT 200
    ) n WHERE n.caller_product IS DISTINCT FROM 'Till' AND n.caller_product IS DISTINCT FROM 'Console' AND n.caller_product IS NOT NULL)`

const readLink: Statement = {
  name: 'dojo_link',
  text: `SELECT l.dojo_key_sealed IS NOT NULL AS "hasKey", l.dojo_key_refused_at AS "keyRefusedAt", l.dojo_account_id AS "accountId",
      greatest(${newestBy('order_history')}, ${newestBy('visit_history')}) AS "lastCallAt"
    FROM locations l WHERE l.location_id = $1`,
}

export async function readDojoLink(database: Queryable, locationId: string): Promise<DojoLink> {
  const [link] = await database.rows<DojoLink>(readLink, [locationId])
  return link!
}
