// What happened to an order, and what each change made different.
import { notFound } from '../../domain/errors.ts'
import type { OrderDelta, RecordedDelta } from '../../domain/orders/order-history.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { readMadeBefore } from './read-order.ts'

export interface HistoryRow extends Row<
  'OrderHistory',
  | 'sequence'
  | 'at'
  | 'action'
  | 'callerWaiterId'
  | 'callerProduct'
  | 'callerDeviceId'
  | 'callerDeviceType'
> {
  detail: object
  /** What the entry changed the order's total to, or what is paid of it; null where it did not. */
  total_minor: number | null
  paid_minor: number | null
}

const selectHistory: Statement = {
  name: 'order_history_read',
  text: `SELECT sequence, at, action, detail, caller_waiter_id, caller_product, caller_device_id, caller_device_type,
      (delta->'set'->>'totalMinor')::bigint AS total_minor, (delta->'set'->>'paidMinor')::bigint AS paid_minor
    FROM order_history WHERE location_id = $1 AND order_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4`,
}

/**
 * What happened to an order, oldest first.
 * @param after the sequence of the last entry that the reader knows
 * @throws Refusal NotFound
 */
export async function readHistory(
  database: Queryable,
  locationId: string,
  orderId: string,
  { after = 0, rows: limit }: { after?: number; rows: number },
): Promise<HistoryRow[]> {
  const rows = await database.rows<HistoryRow>(selectHistory, [locationId, orderId, after, limit])
  if (
    rows.length === 0 &&
    (await readMadeBefore(database, locationId, { orderId })) === undefined
  ) {
    throw notFound('order', orderId)
  }
  return rows
}

const selectDiscountGiven: Statement = {
  name: 'order_discount_given',
  text: `SELECT 1 FROM (
      SELECT action FROM order_history WHERE location_id = $1 AND order_id = $2
        AND action IN ('DiscountAdded', 'DiscountRemoved') AND detail->>'discountId' = $3 ORDER BY sequence DESC LIMIT 1
    ) AS last WHERE action = 'DiscountAdded'`,
}

/** Whether a discount of this id was given to the order and never taken back. */
export async function wasDiscountGiven(
  tx: Queryable,
  locationId: string,
  orderId: string,
  discountId: string,
): Promise<boolean> {
  return (await tx.rows(selectDiscountGiven, [locationId, orderId, discountId])).length > 0
}

const selectDeltas: Statement = {
  name: 'order_deltas',
  text: `SELECT at, delta FROM order_history WHERE location_id = $1 AND order_id = $2
      AND (at <= $3::timestamptz OR sequence = (SELECT min(sequence) FROM order_history WHERE location_id = $1 AND order_id = $2))
    ORDER BY sequence`,
}

/** The deltas of an order until then, oldest first, and in any case the first. */
export async function readDeltas(
  database: Queryable,
  locationId: string,
  orderId: string,
  atMs: number,
): Promise<RecordedDelta[]> {
  const rows = await database.rows<{ at: Date; delta: OrderDelta | null }>(selectDeltas, [
    locationId,
    orderId,
    new Date(atMs),
  ])
  return rows.map(({ at, delta }) => ({ at: at.toISOString(), delta: delta ?? undefined }))
}
