// An event of Dojo's has its effect once, in the transaction that keeps it, however often, in
// whatever order and by whichever way events arrive: domain/payments/event.ts decides.
import type { Caller } from '../../domain/caller.ts'
import { decideOnReport, isForeignEvent } from '../../domain/payments/event.ts'
import { doneAsShown } from '../../domain/payments/refund.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { queueJob } from '../../store/jobs/jobs.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { insertEvent, isEventKnown, type DojoEvent } from '../../store/payments/events.ts'
import {
  readIntentForUpdate,
  readOrderOfIntent,
  retryWhenRecordedMeanwhile,
  writeReportedStatus,
  writeUnmatched,
} from '../../store/payments/intents.ts'
import { readCardPaymentOfIntent } from '../../store/payments/card-payments.ts'
import { readOpenRefund, writeRefund } from '../../store/payments/refunds.ts'
import { readDojoAccount } from '../../store/venue/dojo-account.ts'
import { applyChange } from '../orders/change-order.ts'
import { queueCardPayment } from './start-card-payment.ts'

/**
 * What came of an event, for logs. `checking`: no order has the money, and Dojo is asked about it,
 * which is not possible in a venue without a key.
 */
export type EventOutcome =
  | 'repeated'
  | 'foreign-account'
  | 'kept'
  | 'superseded'
  | 'noted'
  | 'checking'
  | 'unmatched'
  | 'payment-voided'

export async function receiveEvent(
  database: Database,
  caller: Caller,
  event: DojoEvent,
): Promise<EventOutcome> {
  return await retryWhenRecordedMeanwhile(
    database,
    async (tx) => await receiveOnce(tx, caller, event),
  )
}

async function receiveOnce(
  tx: Transaction,
  caller: Caller,
  event: DojoEvent,
): Promise<EventOutcome> {
  const { locationId } = caller
  const { intent } = event
  const [orderId, isKnown, account] = await Promise.all([
    intent === undefined ? undefined : readOrderOfIntent(tx, locationId, intent.paymentIntentId),
    isEventKnown(tx, locationId, event.eventId),
    readDojoAccount(tx, locationId),
  ])
  // A repetition, of which there may be many, waits for nobody's lock.
  if (isKnown) return 'repeated'
  // Sent together, so that the order is locked for one round trip less.
  const isForeign = isForeignEvent(event.accountId, account.accountId)
  const [now, isNew] = await Promise.all([
    orderId === undefined ? undefined : readOrderForUpdate(tx, locationId, orderId),
    insertEvent(tx, locationId, { ...event, isForeign }),
  ])
  if (!isNew) return 'repeated'
  if (isForeign) return 'foreign-account'
  if (intent === undefined) return 'kept'
  const outcome = await receiveReport(tx, caller, { ...event, intent }, now)
  return outcome === 'unmatched' && account.canAskDojo ? 'checking' : outcome
}

async function receiveReport(
  tx: Transaction,
  caller: Caller,
  {
    eventId,
    createdAtMs,
    intent: { paymentIntentId, status },
  }: DojoEvent & { intent: { paymentIntentId: string; status: string } },
  now: OrderNow | undefined,
): Promise<EventOutcome> {
  const { locationId } = caller
  // Locking the intent keeps a payment that is not known yet from being recorded unseen.
  const [{ known }, openRefund, card] = await Promise.all([
    readIntentForUpdate(tx, locationId, paymentIntentId, now?.order.orderId),
    now && readOpenRefund(tx, locationId, paymentIntentId),
    readCardPaymentOfIntent(tx, locationId, paymentIntentId),
  ])
  // Only a nudge: Dojo is asked what became of it.
  if (card !== undefined) queueCardPayment(tx, locationId, card, 0)
  const reported = { status, atMs: createdAtMs }
  const { outcome, isNewest, isReversed, change, reason, checkAfterSeconds } = decideOnReport({
    eventId,
    paymentIntentId,
    reported,
    known,
    now,
  })
  if (isNewest) writeReportedStatus(tx, locationId, paymentIntentId, reported)
  if (isReversed || reason !== undefined) writeUnmatched(tx, locationId, paymentIntentId, reason)
  if (isReversed && openRefund !== undefined) {
    writeRefund(tx, locationId, openRefund.refundId, doneAsShown(openRefund, now!.nowMs))
  }
  if (change !== undefined) applyChange(tx, caller, now!, change)
  if (checkAfterSeconds !== undefined) {
    queueJob(tx, {
      locationId,
      kind: 'PaymentCheck',
      entityId: paymentIntentId,
      afterSeconds: checkAfterSeconds,
    })
  }
  return outcome
}
