import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { deleteExpiredKeys } from '../../store/database/idempotency.ts'

/** Deletes the Idempotency-Keys that have become too old, a limited number at a time. */
export async function purgeKeys(database: Database): Promise<void> {
  while ((await deleteExpiredKeys(database)) === limits.keyPurgeRows);
}
