// Always answers, locked or not. Refusals: NotFound, in the same words for an id that nobody has
// and for another venue's.
import { readOutline } from '../../store/orders/read-order.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const getOrderById: Handler<'GetOrderById'> = async (
  { store },
  { locationId, currency },
  { orderId },
) => orderView(await readOutline(store.reads, locationId, orderId), currency)
