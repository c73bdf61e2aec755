// Refusals in order: NotFound; then as `cancelByDojo` in domain/orders/status.ts lists them.
import { changeOrder } from '../../actions/orders/change-order.ts'
import { cancelByDojo } from '../../domain/orders/status.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const cancelOrderById: Handler<'CancelOrderById'> = async (
  { store },
  caller,
  { orderId },
) => {
  const canceled = await changeOrder(store.database, caller, orderId, {}, (order, nowMs) =>
    cancelByDojo(order, nowMs, caller),
  )
  return orderView(canceled, caller.currency)
}
