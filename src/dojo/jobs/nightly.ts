// Queues the audit of the day before, once the venue's night has come. Every process has one of
// these; the database decides which days are due, so that each is queued once.
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import { createDuty } from '../../actions/jobs/duty.ts'
import { queueDueAudits } from '../../store/payments/audits.ts'

export interface Nightly {
  /** Checks from time to time which days are due. */
  start: () => void
  /** Resolves once no check is running. */
  stop: () => Promise<void>
  /**
   * Checks now. Resolves to the number of audits that this has queued.
   * @param at the database's clock unless given
   */
  queueDue: (at?: Date) => Promise<number>
}

export function createNightly(database: Database, everyMs: number = limits.auditQueueMs): Nightly {
  const duty = createDuty(database, 'audits')
  let timer: NodeJS.Timeout | undefined
  let checking: Promise<unknown> | undefined
  const queueDue = async (at?: Date): Promise<number> => await queueDueAudits(database, at)
  const queueOnDuty = async (): Promise<void> => {
    if (await duty.isOurs()) await queueDue()
  }
  return {
    start: () => {
      // A check that fails because the database is away is made up for by a later one.
      timer = setInterval(() => {
        checking = queueOnDuty().catch(() => {})
      }, everyMs).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await checking
      await duty.release()
    },
    queueDue,
  }
}
