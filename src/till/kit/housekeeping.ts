// What has become too old is forgotten, by whichever process comes to it first.
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { purgeKeys } from '../../store/database/idempotency.ts'

export interface Housekeeping {
  start: () => void
  /** Resolves once it does no more. */
  stop: () => Promise<void>
}

export function createHousekeeping(
  database: Database,
  everyMs: number = limits.tillHousekeepingMs,
): Housekeeping {
  let timer: NodeJS.Timeout | undefined
  let tidying: Promise<void> | undefined
  return {
    start: () => {
      // Without the database there is nothing to do until it is back, which a later turn finds out.
      timer = setInterval(() => {
        tidying = purgeKeys(database).catch(() => {})
      }, everyMs).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await tidying
    },
  }
}
