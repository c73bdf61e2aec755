// Work over all venues. On a distributed database it asks every node, so only one process does it:
// the one that has the lease. Nothing breaks if two do it at once.
import { randomUUID } from 'node:crypto'
import { every, type Repeated } from '../../lib/every.ts'
import type { Database } from '../../store/database/database.ts'
import { releaseDuty, takeDuty, type DutyName } from '../../store/jobs/duties.ts'

export interface Duty {
  /** Takes the duty when it is free. @returns whether it is this process's for now */
  isOurs: () => Promise<boolean>
  /** Leaves it to the next process. */
  release: () => Promise<void>
}

export function createDuty(database: Database, name: DutyName): Duty {
  const holder = randomUUID()
  return {
    isOurs: async () => !database.isDistributed || (await takeDuty(database, name, holder)),
    release: async () => {
      // Without the database the lease ends by itself.
      if (database.isDistributed) await releaseDuty(database, name, holder).catch(() => {})
    },
  }
}

/** Work over all venues from time to time, by the process that has the duty. */
export function onDuty(
  database: Database,
  name: DutyName,
  { everyMs, work }: { everyMs: number; work: () => Promise<unknown> },
): Repeated {
  const duty = createDuty(database, name)
  const { start, stop } = every(everyMs, async () => {
    if (await duty.isOurs()) await work()
  })
  return {
    start,
    stop: async () => {
      await stop()
      await duty.release()
    },
  }
}
