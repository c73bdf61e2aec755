// Refunds money that is on no bill. As every refund it takes two transactions with a call to Dojo
// between them: the request is written down first, under the id by which Dojo recognises it, so
// that the same request again is the same refund, whatever happened to the first.
import { notFound } from '../../domain/errors.ts'
import { refundedHere } from '../../domain/payments/intent.ts'
import { dojoNotAsked, type RefundOutcome } from '../../domain/payments/refund.ts'
import type { UnmatchedRefund } from '../../domain/payments/unmatched.ts'
import {
  doneByWhatIsShown,
  isDone,
  mustCountNowhere,
  mustNotBeRefused,
  newlyGoneBackMinor,
  refundFor,
  resolveUnmatchedRefund,
} from '../../domain/payments/unmatched-refund.ts'
import { limits } from '../../limits.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import {
  isDeposit,
  readIntentForUpdate,
  readOrderOfIntent,
  retryWhenRecordedMeanwhile,
  writeRefunded,
  writeReportedStatus,
  writeUnmatched,
  type IntentForUpdate,
} from '../../store/payments/intents.ts'
import {
  readUnmatchedPayment,
  readUnmatchedRefund,
  writeUnmatchedRefund,
} from '../../store/payments/unmatched.ts'
import { readNowMs } from '../../store/venue/days.ts'
import { catchUp, type RefundDeps } from './catch-up.ts'
import type { RefundCaller } from './refund-payment.ts'

interface Wanted {
  paymentIntentId: string
  reason: string
}

/**
 * @throws Refusal NotFound: it is not on the list; Conflict: a bill has it, what `refundFor` lists,
 *   or Dojo refuses. Unavailable: Dojo does not answer, and nothing was requested
 */
export async function refundUnmatched(
  deps: RefundDeps,
  caller: RefundCaller,
  wanted: Wanted,
): Promise<UnmatchedRefund> {
  const { database, newId, refundAtDojo } = deps
  const { locationId } = caller
  const { paymentIntentId } = wanted
  // Only what is on the list: not every payment of the account at Dojo is this venue's business.
  const known = await readUnmatchedRefund(database, locationId, paymentIntentId)
  if (isDone(known)) return known
  const fault = await catchUp(deps, caller, paymentIntentId)
  if (fault !== undefined) throw dojoNotAsked(fault)
  const requested = await request(database, caller, { ...wanted, refundId: newId('rfd') })
  if (isDone(requested)) return requested
  const { refundId, amountMinor, reason } = requested
  const outcome = await refundAtDojo.refund(locationId, {
    paymentIntentId,
    refundId,
    amountMinor,
    reason,
  })
  const refund = await note(database, locationId, { paymentIntentId, refundId, outcome })
  mustNotBeRefused(refund, caller.currency)
  return refund
}

/** Writes the request down, and has the payment checked in case this process hears no answer. */
async function request(
  database: Database,
  { locationId, waiterId, tillName }: RefundCaller,
  { paymentIntentId, reason, refundId }: Wanted & { refundId: string },
): Promise<UnmatchedRefund> {
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const { known, refundedMinor } = await lockOnNoBill(tx, locationId, paymentIntentId)
    const before = await readUnmatchedRefund(tx, locationId, paymentIntentId)
    if (isDone(before)) return before
    const done = doneByWhatIsShown(before, { status: known?.status, refundedMinor })
    if (done !== undefined) {
      writeUnmatchedRefund(tx, locationId, paymentIntentId, done)
      return done
    }
    const intent = await readUnmatchedPayment(tx, locationId, paymentIntentId)
    const asked = { refundId, reason, waiterId, tillName }
    const refund = refundFor(intent, asked, await readNowMs(tx))
    writeUnmatchedRefund(tx, locationId, paymentIntentId, refund)
    const check = { locationId, kind: 'PaymentCheck', entityId: paymentIntentId } as const
    queueJob(tx, { ...check, afterSeconds: limits.refundCheckSeconds })
    return refund
  })
}

/**
 * Locks the order that has a payment of the intent, which is void, and then the intent.
 * @throws Refusal NotFound: it is the deposit of a party; Conflict: its payment counts on a bill
 */
async function lockOnNoBill(
  tx: Transaction,
  locationId: string,
  paymentIntentId: string,
): Promise<IntentForUpdate> {
  const orderId = await readOrderOfIntent(tx, locationId, paymentIntentId)
  const now = orderId === undefined ? undefined : await readOrderForUpdate(tx, locationId, orderId)
  const intent = await readIntentForUpdate(tx, locationId, paymentIntentId, orderId)
  if (await isDeposit(tx, locationId, paymentIntentId)) {
    throw notFound('unmatched payment', paymentIntentId)
  }
  if (now !== undefined) mustCountNowhere(now.order, paymentIntentId)
  return intent
}

/** Writes down what Dojo answered. */
async function note(
  database: Database,
  locationId: string,
  {
    paymentIntentId,
    refundId,
    outcome,
  }: { paymentIntentId: string; refundId: string; outcome: RefundOutcome },
): Promise<UnmatchedRefund> {
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const orderId = await readOrderOfIntent(tx, locationId, paymentIntentId)
    const { known } = await readIntentForUpdate(tx, locationId, paymentIntentId, orderId)
    const was = (await readUnmatchedRefund(tx, locationId, paymentIntentId))!
    // Another request has learned what came of it, and a new one may have begun.
    if (was.refundId !== refundId) return was
    const refund = resolveUnmatchedRefund(was, outcome)
    writeUnmatchedRefund(tx, locationId, paymentIntentId, refund)
    const goneBackMinor = newlyGoneBackMinor(was, refund)
    if (goneBackMinor !== undefined) {
      writeRefunded(tx, locationId, paymentIntentId, goneBackMinor)
      writeReportedStatus(tx, locationId, paymentIntentId, refundedHere(known!))
      writeUnmatched(tx, locationId, paymentIntentId, undefined)
    }
    // What Dojo shows has the last word.
    queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
    return refund
  })
}
