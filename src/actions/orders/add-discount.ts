// A discount is given to an order, or to a line of it.
import type { Caller } from '../../domain/caller.ts'
import { addDiscount as added, type NewDiscount } from '../../domain/orders/discounts.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Transaction } from '../../store/database/database.ts'
import { wasDiscountGiven } from '../../store/orders/read-history.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { applyChange } from './change-order.ts'

/** @throws Refusal NotFound; Conflict; InvalidRequest: as the domain lists them */
export async function addDiscount(
  tx: Transaction,
  caller: Caller,
  { orderId, version }: { orderId: string; version: number | undefined },
  discount: NewDiscount,
): Promise<OrderNow> {
  const { locationId } = caller
  const now = await readOrderForUpdate(tx, locationId, orderId)
  const { order, nowMs } = now
  mustMatch(version, order.version, 'order')
  const wasGiven = await wasDiscountGiven(tx, locationId, orderId, discount.discountId)
  return applyChange(tx, caller, now, added(order, discount, nowMs, wasGiven))
}
