// A bill is printed, and its order's history says so.
import type { Caller } from '../../domain/caller.ts'
import { billPrinted } from '../../domain/orders/bill-printed.ts'
import type { Order } from '../../domain/orders/order.ts'
import { renderBill, type RenderedBill } from '../../domain/paper/bill.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import type { OrderBillFacts } from '../../store/venue/bills.ts'
import type { ChangeOrder } from './change-order.ts'

export interface PrintedBill {
  found: OrderNow
  rendered: RenderedBill
}

/**
 * The bill is drawn before its entry is written: a bill that nobody gets is on no record.
 * @param facts as read before; where the order has another waiter now, that one has no name
 * @returns the order as it was printed, between what the template says. @throws Refusal NotFound
 */
export async function printBill(
  change: ChangeOrder,
  caller: Caller,
  orderId: string,
  facts: OrderBillFacts,
): Promise<PrintedBill> {
  const { template, timeZone, waiterName } = facts
  let rendered: RenderedBill | undefined
  const found = await noteBillPrinted(change, caller, orderId, (order, nowMs) => {
    const { tableName, reference, waiterId } = order
    const waiter = (waiterId === facts.waiterId ? waiterName : undefined) ?? waiterId
    const at = new Date(nowMs)
    rendered = renderBill(template, { tableName, reference, waiter, at, timeZone })
  })
  return { found, rendered: rendered! }
}

/**
 * @param draw makes the bill, where a till has not printed it: what it throws leaves no entry
 * @returns the order as it was printed. @throws Refusal NotFound
 */
export async function noteBillPrinted(
  change: ChangeOrder,
  caller: Caller,
  orderId: string,
  draw: (order: Order, nowMs: number) => void = () => {},
): Promise<OrderNow> {
  return await change({
    caller,
    orderId,
    question: { lastEntry: true },
    decide: (order, nowMs, { lastEntry }) => {
      draw(order, nowMs)
      return billPrinted(order, caller, lastEntry)
    },
  })
}
