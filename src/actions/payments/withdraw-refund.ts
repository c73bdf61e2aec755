import { mustBeOnNoMachine } from '../../domain/payments/card-payment-refund.ts'
import { withdrawRefund as withdraw, type Refund } from '../../domain/payments/refund.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readUnderWay } from '../../store/payments/card-payments.ts'
import { readRefundForUpdate, writeRefund } from '../../store/payments/refunds.ts'

/**
 * A refund that needs the card is given up. No money has moved, so no bill changes.
 * @throws Refusal NotFound; Conflict: the refund may be done, or is; a card machine gives it
 */
export async function withdrawRefund(
  tx: Transaction,
  locationId: string,
  refundId: string,
  reason: string,
): Promise<Refund> {
  const { refund, nowMs } = await readRefundForUpdate(tx, locationId, refundId)
  const withdrawn = withdraw(refund, reason, nowMs)
  if (withdrawn === undefined) return refund
  const { orderId } = refund
  mustBeOnNoMachine(refundId, await readUnderWay(tx, locationId, { orderId }))
  writeRefund(tx, locationId, refundId, withdrawn)
  return { ...refund, ...withdrawn }
}
