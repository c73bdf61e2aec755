import type { Caller } from '../../domain/caller.ts'
import { refundedHere } from '../../domain/payments/intent.ts'
import {
  goneBackOf,
  goneBackWith,
  resolveRefund,
  takeBack,
  type Refund,
  type RefundOutcome,
} from '../../domain/payments/refund.ts'
import { isVoid, paymentOf } from '../../domain/payments/payment.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import {
  retryWhenRecordedMeanwhile,
  writeRefunded,
  writeReportedStatus,
} from '../../store/payments/intents.ts'
import { readRefund, writeRefund } from '../../store/payments/refunds.ts'
import { readPaymentForUpdate, type PaymentForUpdate } from './read-payment.ts'
import { applyChange } from '../orders/change-order.ts'

/** Writes down what Dojo answered to a refund, and to the bill where the money went back. */
export async function noteRefundOutcome(
  database: Database,
  caller: Caller,
  { refundId, paymentId }: Refund,
  outcome: RefundOutcome,
): Promise<Refund> {
  const { locationId } = caller
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const read = await readPaymentForUpdate(tx, locationId, paymentId)
    const refund = await readRefund(tx, locationId, refundId)
    const resolution = resolveRefund(refund, outcome, read.now.nowMs)
    if (resolution === undefined) return refund
    if (resolution.isBooked) book(tx, caller, read, refund)
    writeRefund(tx, locationId, refundId, resolution)
    // What Dojo shows has the last word, even after a refusal.
    queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: read.paymentIntentId })
    return await readRefund(tx, locationId, refundId)
  })
}

/** The money certainly went back, on top of what went back before the refund was requested. */
function book(
  tx: Transaction,
  caller: Caller,
  { now, payment, paymentIntentId, intent }: PaymentForUpdate,
  refund: Refund,
): void {
  const { locationId } = caller
  const { refundId, reason } = refund
  const goneBackMinor = Math.max(goneBackOf(payment, intent.refundedMinor), goneBackWith(refund))
  writeRefunded(tx, locationId, paymentIntentId, goneBackMinor)
  const detail = { paymentIntentId, refundId, refundReason: reason }
  const change = takeBack(now.order, payment, goneBackMinor, { nowMs: now.nowMs, detail })
  if (change === undefined) return
  if (isVoid(paymentOf(change.order, paymentIntentId)!)) {
    const reported = refundedHere(intent.known ?? { atMs: now.nowMs })
    writeReportedStatus(tx, locationId, paymentIntentId, reported)
  }
  applyChange(tx, caller, now, change)
}
