// For which venues a process claims jobs: those that it hears of, and from time to time all of
// them, which on a distributed database one process does for all servers.
import { createDuty } from '../../actions/jobs/duty.ts'
import type { Database } from '../../store/database/database.ts'

export interface VenuesToClaim {
  add: (locationIds: Iterable<string>) => void
  addAll: () => void
  /** Those by name first. @returns without `locationIds` for all; undefined where there are none */
  take: () => Promise<{ locationIds?: string[] } | undefined>
  areLeft: () => boolean
  /** Another process may claim for all. */
  release: () => Promise<void>
}

export function createVenuesToClaim(database: Database): VenuesToClaim {
  const duty = createDuty(database, 'jobs')
  const venues = new Set<string>()
  let isAll = false
  return {
    add(locationIds) {
      for (const each of locationIds) venues.add(each)
    },
    addAll() {
      isAll = true
    },
    async take() {
      if (venues.size > 0) {
        const locationIds = [...venues]
        venues.clear()
        return { locationIds }
      }
      if (!isAll) return undefined
      isAll = false
      return (await duty.isOurs()) ? {} : undefined
    },
    areLeft: () => venues.size > 0 || isAll,
    release: duty.release,
  }
}
