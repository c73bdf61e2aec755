// Staff order items from the menu.
import { addLines as added } from '../../domain/orders/change-lines.ts'
import {
  linesOrdered,
  mustMaySetPrices,
  plusOf,
  type OrderedLine,
} from '../../domain/orders/ordering.ts'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import type { ChangeOrder } from './change-order.ts'

export interface LinesToAdd {
  orderId: string
  version: number | undefined
  /** The caller's role: a price other than the menu's needs more than a waiter's. */
  role: string
  lines: readonly OrderedLine[]
}

/** @throws Refusal NotFound; Conflict; InvalidRequest: as the domain lists them */
export async function addLines(
  change: ChangeOrder,
  caller: Caller,
  newId: NewId,
  { orderId, version, role, lines }: LinesToAdd,
): Promise<OrderNow> {
  mustMaySetPrices(role, lines)
  const { waiterId } = caller
  return await change({
    caller,
    orderId,
    version,
    question: { plus: plusOf(lines) },
    decide: (order, nowMs, { menu }) =>
      added(order, linesOrdered(order, lines, menu, { newId, waiterId }), nowMs),
  })
}
