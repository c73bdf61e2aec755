// Always answers, locked or not. Refusals: NotFound, in the same words for an id that nobody has
// and for another venue's.
import { notFound } from '../../domain/errors.ts'
import { readOrder } from '../../store/orders/orders.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const getOrderById: Handler<'GetOrderById'> = async (
  { store },
  { locationId, currency },
  { orderId },
) => {
  const found = await readOrder(store.database, locationId, orderId)
  if (found === undefined) throw notFound('order', orderId)
  return orderView(found, currency)
}
