// What a manager should look at: entries of the history that lower a bill, take something off it
// after it was printed, give money back, or break a lock; and tips that are more than the bill.
import { exceptionalActions } from '../../domain/orders/exceptions.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { listOf } from '../database/json-sql.ts'
import { NAME_OF_ORDER } from './order-sql.ts'

export interface ExceptionRow {
  orderId: string
  /** The order's table, or its own name. */
  name: string | null
  /** Numbers the entry in the order's history; null for a tip. */
  sequence: number | null
  at: Date
  action: string
  detail: Record<string, unknown>
  /** What the entry changed the total of the order by. */
  changeMinor: number | null
  /** When the bill was last printed before that. */
  billPrintedAt: Date | null
  waiterId: string | null
  deviceId: string | null
  product: string | null
}

/** The index order_history_exceptions covers these. */
const EXCEPTIONAL = listOf(exceptionalActions)

const nameOfOrder = `(SELECT ${NAME_OF_ORDER} FROM orders o
      LEFT JOIN tables t ON t.location_id = o.location_id AND t.table_id = o.table_id
      WHERE o.location_id = $1 AND o.order_id = x.order_id)`

const readExceptional: Statement = {
  name: 'order_exceptions',
  text: `SELECT x.order_id AS "orderId", ${nameOfOrder} AS name, x.sequence, x.at, x.action, x.detail,
      (x.delta->'set'->>'totalMinor')::bigint - coalesce((
        SELECT (b.delta->'set'->>'totalMinor')::bigint FROM order_history b
        WHERE b.location_id = $1 AND b.order_id = x.order_id AND b.sequence < x.sequence AND b.delta->'set' ? 'totalMinor'
        ORDER BY b.sequence DESC LIMIT 1), 0) AS "changeMinor",
      (SELECT max(b.at) FROM order_history b
        WHERE b.location_id = $1 AND b.order_id = x.order_id AND b.sequence < x.sequence AND b.action = 'BillPrinted') AS "billPrintedAt",
      x.caller_waiter_id AS "waiterId", x.caller_device_id AS "deviceId", x.caller_product AS product
    FROM (
      SELECT order_id, sequence, at, action, detail, delta, caller_waiter_id, caller_device_id, caller_product FROM order_history
      WHERE location_id = $1 AND at >= $2 AND action IN ${EXCEPTIONAL} ORDER BY at DESC LIMIT $3
    ) x
    UNION ALL
    SELECT x.order_id, ${nameOfOrder}, NULL, x.recorded_at, 'TipAboveBill',
      json_build_object('amountMinor', x.amount_minor, 'tipsMinor', x.tips_minor)::jsonb, NULL, NULL,
      x.caller_waiter_id, x.caller_device_id, x.caller_product
    FROM payments x WHERE x.location_id = $1 AND x.recorded_at >= $2 AND x.tips_minor > x.amount_minor AND x.voided_at IS NULL
    ORDER BY 4 DESC LIMIT $3`,
}

/** Newest first. */
export async function readExceptions(
  database: Queryable,
  locationId: string,
  { since, most }: { since: Date; most: number },
): Promise<ExceptionRow[]> {
  return await database.rows<ExceptionRow>(readExceptional, [locationId, since, most])
}
