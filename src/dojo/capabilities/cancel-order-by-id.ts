// Refusals in order: NotFound; then as `cancelByDojo` in domain/orders/status.ts lists them.
import { cancelByDojo } from '../../domain/orders/status.ts'
import type { Handler } from './handler.ts'
import { orderView } from './order-view.ts'

export const cancelOrderById: Handler<'CancelOrderById'> = async (
  { change },
  caller,
  { orderId },
) => {
  const canceled = await change({
    caller,
    orderId,
    decide: (order, nowMs) => cancelByDojo(order, nowMs, caller),
  })
  return orderView(canceled, caller.currency)
}
