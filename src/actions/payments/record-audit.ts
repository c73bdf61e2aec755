import { queueJob } from '../../store/jobs/jobs.ts'
import type { DayComparison } from '../../domain/payments/audit.ts'
import type { Database } from '../../store/database/database.ts'
import { writeAudit } from '../../store/payments/audits.ts'

/** Keeps the report of a day, and queues a check of each payment that differs. */
export async function recordAudit(
  database: Database,
  locationId: string,
  day: string,
  report: DayComparison,
): Promise<void> {
  await database.transaction(async (tx) => {
    for (const { paymentIntentId } of report.differences) {
      queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
    }
    await writeAudit(tx, locationId, day, report)
  })
}
