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
      tx.queue(locationId, 'PaymentCheck', paymentIntentId)
    }
    await writeAudit(tx, locationId, day, report)
  })
}
