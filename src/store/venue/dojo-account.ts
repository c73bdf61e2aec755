// What a transaction has to know of the venue's account at Dojo.
import type { Queryable, Statement } from '../database/database.ts'

export interface DojoAccount {
  /** Dojo's id of it; null until it is known. */
  accountId: string | null
  /** There is a key to ask Dojo with. */
  canAskDojo: boolean
}

const select: Statement = {
  name: 'dojo_account_read',
  text: `SELECT dojo_account_id AS "accountId", dojo_key_sealed IS NOT NULL AS "canAskDojo" FROM locations
    WHERE location_id = $1`,
}

export async function readDojoAccount(
  database: Queryable,
  locationId: string,
): Promise<DojoAccount> {
  const [row] = await database.rows<DojoAccount>(select, [locationId])
  return row!
}
