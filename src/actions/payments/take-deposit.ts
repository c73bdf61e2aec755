// The deposit of the party of an order comes off its bill.
import type { Caller } from '../../domain/caller.ts'
import { takeDeposit as decide, type DepositRequest } from '../../domain/payments/deposit.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrder, type OrderNow } from '../../store/orders/read-order.ts'
import { readDepositForUpdate } from '../../store/payments/deposits.ts'
import { editOrder } from '../orders/change-order.ts'

/**
 * The party is locked before the order, as when a party is deleted.
 * @throws Refusal NotFound; Conflict: stale; what domain/payments/deposit.ts refuses
 */
export async function takeDeposit(
  tx: Transaction,
  caller: Caller,
  which: { orderId: string; version: number | undefined },
  { paymentId, holder, ...request }: DepositRequest & { paymentId: string; holder: string },
): Promise<OrderNow> {
  const { locationId } = caller
  const { partyId } = (await readOrder(tx, locationId, which.orderId)).order
  const deposit =
    partyId === undefined ? undefined : await readDepositForUpdate(tx, locationId, partyId)
  return await editOrder(tx, caller, which, (order, nowMs) =>
    decide(order, request, { deposit, paymentId, nowMs, holder, caller }),
  )
}
