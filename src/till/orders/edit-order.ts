// What most changes of an order have in common: the version that the caller saw, and the answer.
import { editOrder } from '../../actions/orders/change-order.ts'
import type { Order, OrderChange } from '../../domain/orders/order.ts'
import type { Answered, TillCaller, WriteContext } from '../kit/operation.ts'
import { answerOrder } from '../kit/order-view.ts'

interface Given extends WriteContext {
  caller: TillCaller
  params: { orderId: string }
}

/**
 * @throws Refusal NotFound; Conflict: stale, what `decide` throws, more paid than the total would
 *   be
 */
export async function editAsSeen(
  { tx, caller, ifMatch, params: { orderId } }: Given,
  decide: (order: Order, nowMs: number) => OrderChange | undefined,
): Promise<Answered> {
  const now = await editOrder(tx, caller, { orderId, version: ifMatch }, decide)
  return answerOrder(now, caller.currency)
}
