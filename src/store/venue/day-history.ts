// What happened to business days: entries of the feed, as of parties and reservations.
import type { Caller } from '../../domain/caller.ts'
import type { Transaction } from '../database/database.ts'
import { recordEntry } from '../bookings/visit-history.ts'

/** The transaction has locked the day, or has just made it. */
export function recordDay(
  tx: Transaction,
  { locationId, currency, kind, verifyPayments, waiterId, deviceId }: Caller,
  { dayId, action, detail }: { dayId: string; action: 'Opened' | 'Closed'; detail: object },
): void {
  const caller = { locationId, currency, kind, verifyPayments, waiterId, deviceId }
  recordEntry(tx, caller, { kind: 'Day', visitId: dayId, action, detail })
}
