// A refund takes two transactions with a call to Dojo between them. The request is written down
// first, so that it outlives this process: whatever happens, the same request again is the same
// refund. Its outcome is written to the bill once, by the first to learn it: Dojo's answer (here),
// or what Dojo shows later (settle-intent.ts).
import type { Caller } from '../../domain/caller.ts'
import {
  amountToRefund,
  dojoNotAsked,
  goneBackOf,
  isInDoubt,
  LEFT_TO_MACHINE,
  mustBeSameRequest,
  mustBeTakenByDojo,
  type Refund,
  type RefundRequest,
} from '../../domain/payments/refund.ts'
import { limits } from '../../limits.ts'
import type { Database, Queryable } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { retryWhenRecordedMeanwhile, startAgain } from '../../store/payments/intents.ts'
import {
  findRefund,
  insertRefund,
  readOpenRefund,
  readPaymentRef,
} from '../../store/payments/refunds.ts'
import { catchUp, type RefundDeps } from './catch-up.ts'
import { noteRefundOutcome } from './note-refund-outcome.ts'
import { readPaymentForUpdate } from './read-payment.ts'

export interface RefundCaller extends Caller {
  tillName?: string | undefined
}

/**
 * Refunds a payment through Dojo. The same request again is the same refund.
 * @throws Refusal NotFound; Conflict: other content under this id or key; Dojo did not take the
 *   payment; what `amountToRefund` lists. Unavailable: Dojo does not answer
 */
export async function refundPayment(
  deps: RefundDeps,
  caller: RefundCaller,
  request: RefundRequest,
): Promise<Refund> {
  const { database, refundAtDojo } = deps
  const { locationId } = caller
  const { paymentIntentId } = await readPaymentRef(database, locationId, request.paymentId)
  mustBeTakenByDojo(request.paymentId, paymentIntentId)
  const known = await findRequest(database, locationId, request)
  if (known !== undefined && !isInDoubt(known)) return known
  // First what went back until now, so that it is not taken for this refund.
  const fault = await catchUp(deps, caller, paymentIntentId)
  if (fault !== undefined) {
    if (known === undefined) throw dojoNotAsked(fault)
    const outcome = { outcome: 'unknown', problem: fault.problem } as const
    return await noteRefundOutcome(database, caller, known, outcome)
  }
  const requested = await requestRefund(database, caller, request)
  if (!isInDoubt(requested)) return requested
  const { refundId, amountMinor, reason } = requested
  if (request.onMachine === true) {
    return await noteRefundOutcome(database, caller, requested, LEFT_TO_MACHINE)
  }
  const toRefund = { paymentIntentId, refundId, amountMinor, reason }
  const outcome = await refundAtDojo.refund(locationId, toRefund)
  return await noteRefundOutcome(database, caller, requested, outcome)
}

/** @throws Refusal Conflict: the id or the key was used for other content */
async function findRequest(
  database: Queryable,
  locationId: string,
  request: RefundRequest,
): Promise<Refund | undefined> {
  const known = await findRefund(database, locationId, request.refundId)
  if (known === undefined) return undefined
  mustBeSameRequest(request, known.hash)
  return known.refund
}

/** Writes the request down, and has the payment checked in case this process hears no answer. */
async function requestRefund(
  database: Database,
  caller: RefundCaller,
  request: RefundRequest,
): Promise<Refund> {
  const { locationId, currency, waiterId, tillName } = caller
  const { refundId, paymentId, reason, hash } = request
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const read = await readPaymentForUpdate(tx, locationId, paymentId)
    const known = await findRequest(tx, locationId, request)
    if (known !== undefined) return known
    const { payment, paymentIntentId, intent } = read
    const { order, nowMs } = read.now
    const open = await readOpenRefund(tx, locationId, paymentIntentId)
    const wantedMinor = request.amountMinor
    const amountMinor = amountToRefund(order, payment, { nowMs, wantedMinor, open, currency })
    const refund: Refund = {
      refundId,
      paymentId,
      paymentIntentId,
      orderId: order.orderId,
      amountMinor,
      refundedBeforeMinor: goneBackOf(payment, intent.refundedMinor),
      reason,
      status: 'Pending',
      requestedAt: new Date(nowMs).toISOString(),
      waiterId,
      tillName,
    }
    // The id was taken a moment ago by a refund of another payment.
    if (!(await insertRefund(tx, locationId, refund, hash))) startAgain()
    queueJob(tx, {
      locationId,
      kind: 'PaymentCheck',
      entityId: paymentIntentId,
      afterSeconds: limits.refundCheckSeconds,
    })
    return refund
  })
}
