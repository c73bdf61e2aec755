// Queues by night that the day before is audited. Every process has one of these; which days are
// due is decided in the database.
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { queueDueAudits } from '../../store/payments/audits.ts'

export interface Nightly {
  /** Begins to look, from time to time, for days that are over. */
  start: () => void
  /** Resolves once it looks no more. */
  stop: () => Promise<void>
  /**
   * Looks now. Resolves to how many audits this look has queued.
   * @param at the database's clock unless given
   */
  look: (at?: Date) => Promise<number>
}

export function createNightly(database: Database, everyMs: number = limits.auditQueueMs): Nightly {
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<unknown> | undefined
  const look = async (at?: Date): Promise<number> => await queueDueAudits(database, at)
  return {
    start: () => {
      // Without the database there is nothing to do until it is back, which a later look finds out.
      timer = setInterval(() => {
        looking = look().catch(() => {})
      }, everyMs).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await looking
    },
    look,
  }
}
