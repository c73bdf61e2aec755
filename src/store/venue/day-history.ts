// What happened to business days: entries of the feed, as of parties and reservations.
import type { Caller } from '../../domain/caller.ts'
import type { Statement, Transaction } from '../database/database.ts'
import { sendNumbered } from '../bookings/visit-history.ts'
import { notifyFeed } from '../feed/notify.ts'

const insertEntry: Statement = {
  name: 'insertDayHistory',
  text: `INSERT INTO visit_history (location_id, kind, visit_id, sequence, at, caller_waiter_id, caller_device_id, action, detail)
    SELECT $1, 'Day'::visit_kind, $2, coalesce(max(sequence), 0) + 1, clock_timestamp(), $3, $4, $5, $6::jsonb
    FROM visit_history WHERE location_id = $1 AND kind = 'Day'::visit_kind AND visit_id = $2`,
}

/** The transaction has locked the day, or has just made it. */
export function recordDay(
  tx: Transaction,
  { locationId, waiterId, deviceId }: Caller,
  { dayId, action, detail }: { dayId: string; action: 'Opened' | 'Closed'; detail: object },
): void {
  const values = [locationId, dayId, waiterId, deviceId, action, JSON.stringify(detail)]
  if (tx.isDistributed) {
    sendNumbered(tx, [
      ...[locationId, 'Day', dayId, waiterId, undefined, deviceId, undefined, action],
      JSON.stringify(detail),
    ])
  } else tx.send(insertEntry, values)
  notifyFeed(tx, locationId)
}
