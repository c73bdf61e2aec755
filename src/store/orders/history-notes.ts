// Entries of an order's history that change nothing on the order, such as a bill that was printed.
import type { Caller } from '../../domain/caller.ts'
import type { Statement, Transaction, Value } from '../database/database.ts'
import { drawPosition } from '../feed/position-clock.ts'
import { notifyFeed } from '../feed/notify.ts'

// The entries of an order are numbered under its row.
const lockOrder: Statement = {
  name: 'order_note_lock',
  text: 'SELECT 1 FROM orders WHERE location_id = $1 AND order_id = $2 FOR NO KEY UPDATE',
}

const insertNote: Statement = {
  name: 'order_note_insert',
  text: `INSERT INTO order_history (location_id, order_id, sequence, at,
      caller_waiter_id, caller_product, caller_device_id, caller_device_type, action, detail, delta)
    SELECT $1, $2, last.sequence + 1, now.at, $3, $4, $5, $6, $7, $8::jsonb, '{}'
    FROM (SELECT clock_timestamp()::timestamptz(3) AS at) now,
      (SELECT sequence, action, caller_device_id FROM order_history
        WHERE location_id = $1 AND order_id = $2 ORDER BY sequence DESC LIMIT 1) last
    WHERE last.action <> $7 OR last.caller_device_id IS DISTINCT FROM $5`,
}

const lastEntry: Statement = {
  name: 'order_note_last',
  text: `SELECT sequence AS last, action, caller_device_id AS device FROM order_history
    WHERE location_id = $1 AND order_id = $2 ORDER BY sequence DESC LIMIT 1`,
}

const insertNumbered: Statement = {
  name: 'order_note_insert_numbered',
  text: `INSERT INTO order_history (location_id, order_id, caller_waiter_id, caller_product, caller_device_id,
      caller_device_type, action, detail, delta, at, sequence, transaction_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, '{}', clock_timestamp(), $9, $10)`,
}

/** For a distributed database. */
function sendNumbered(tx: Transaction, values: readonly Value[]): void {
  const [venue, order, , , device, , action] = values
  tx.sendAtEnd({
    questions: [drawPosition(venue as string), { statement: lastEntry, values: [venue, order] }],
    write: ([clock, last], next) => {
      if (last === undefined) return
      if (last['action'] === action && last['device'] === (device ?? null)) return
      const sequence = next(`order ${String(venue)} ${String(order)}`, Number(last['last']))
      tx.send(insertNumbered, [...values, sequence, Number(clock!['position'])])
    },
  })
}

/** The same from the same device, with nothing in between, is one entry. */
export function writeNote(
  tx: Transaction,
  { locationId, waiterId, product, deviceId, deviceType }: Caller,
  orderId: string,
  { action, detail }: { action: string; detail: object },
): void {
  tx.send(lockOrder, [locationId, orderId])
  const values = [
    ...[locationId, orderId, waiterId, product, deviceId, deviceType, action],
    JSON.stringify(detail),
  ]
  if (tx.isDistributed) sendNumbered(tx, values)
  else tx.send(insertNote, values)
  notifyFeed(tx, locationId)
}
