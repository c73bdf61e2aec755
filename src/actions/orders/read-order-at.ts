// The order as it was at a time, by its history.
import { orderAt } from '../../domain/orders/order-history.ts'
import type { Queryable } from '../../store/database/database.ts'
import { readDeltas } from '../../store/orders/read-history.ts'
import { readNames, type OrderNow } from '../../store/orders/read-order.ts'

/**
 * Its table has the name that it has now.
 * @throws Refusal NotFound: no such order, not opened yet, or not known any more
 */
export async function readOrderAt(
  database: Queryable,
  locationId: string,
  orderId: string,
  atMs: number,
): Promise<OrderNow> {
  const entries = await readDeltas(database, locationId, orderId, atMs)
  const order = orderAt(orderId, entries, new Date(atMs).toISOString())
  const names = await readNames(database, locationId, order.tableId)
  return { order: { ...order, ...names }, nowMs: atMs }
}
