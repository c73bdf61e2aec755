// What most changes of an order have in common: the version that the caller saw, and the answer.
import type { Order, OrderChange } from '../../domain/orders/order.ts'
import type { Answered, TillCaller, OrderContext } from '../kit/operation.ts'
import { answerOrder } from '../kit/order-view.ts'

interface Given extends OrderContext {
  caller: TillCaller
  params: { orderId: string }
}

/**
 * @throws Refusal NotFound; Conflict: stale, what `decide` throws, more paid than the total would
 *   be
 */
export async function editAsSeen(
  { change, caller, ifMatch, params: { orderId } }: Given,
  decide: (order: Order, nowMs: number) => OrderChange | undefined,
): Promise<Answered> {
  const now = await change({ caller, orderId, version: ifMatch, decide })
  return answerOrder(now, caller.currency)
}
