// A bill was printed, and its order's history says so.
import type { Caller } from '../../domain/caller.ts'
import { billPrinted } from '../../domain/orders/bill-printed.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import type { ChangeOrder } from './change-order.ts'

/** @returns the order as it was printed. @throws Refusal NotFound */
export async function noteBillPrinted(
  change: ChangeOrder,
  caller: Caller,
  orderId: string,
): Promise<OrderNow> {
  return await change({
    caller,
    orderId,
    question: { lastEntry: true },
    decide: (order, _nowMs, { lastEntry }) => billPrinted(order, caller, lastEntry),
  })
}
