// The venue does not make an order that Dojo created: it fails, and its guests get their money
// back. The money goes back in a job, which survives a restart, and an outage of Dojo.
import type { Caller } from '../../domain/caller.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { Refusal, Unavailable } from '../../domain/errors.ts'
import { paymentsToGiveBack, refundOfRefused, refusedByTill } from '../../domain/orders/inbox.ts'
import { isInDoubt } from '../../domain/payments/refund.ts'
import type { Transaction } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { clearInboxOfOrder } from '../../store/orders/inbox.ts'
import { readOrder, readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import type { RefundDeps } from '../payments/catch-up.ts'
import { refundPayment } from '../payments/refund-payment.ts'
import { applyChange } from './change-order.ts'

/** @throws Refusal NotFound; Conflict: at the till already, final, or locked */
export async function refuseOrder(
  tx: Transaction,
  caller: Caller,
  { orderId, reason }: { orderId: string; reason: string },
): Promise<OrderNow> {
  const { locationId } = caller
  const now = await readOrderForUpdate(tx, locationId, orderId)
  const change = refusedByTill(now.order, reason, now.nowMs)
  if (change === undefined) return now
  const after = applyChange(tx, caller, now, change)
  clearInboxOfOrder(tx, locationId, orderId)
  if (paymentsToGiveBack(now.order).length > 0) {
    queueJob(tx, { locationId, kind: 'RefusedOrder', entityId: orderId })
  }
  return after
}

/**
 * Gives back what Dojo took for an order that was refused. A refund that only a card machine can
 * give stays on the list of refunds.
 * @returns whether it is still not known of some whether they are done
 */
export async function refundRefusedOrder(
  deps: RefundDeps,
  caller: Caller,
  orderId: string,
): Promise<boolean> {
  const { order } = await readOrder(deps.database, caller.locationId, orderId)
  let isPending = false
  for (const payment of paymentsToGiveBack(order)) {
    const { refundId, ...content } = refundOfRefused(payment)
    const request = { ...content, refundId, hash: contentHash(content), key: undefined }
    try {
      const refund = await refundPayment(deps, caller, request)
      isPending ||= isInDoubt(refund)
    } catch (error) {
      // Another refund of it is open, or it went back meanwhile; or Dojo does not answer.
      if (!(error instanceof Refusal) && !(error instanceof Unavailable)) throw error
      isPending ||= error instanceof Unavailable
    }
  }
  return isPending
}
