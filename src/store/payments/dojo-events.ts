// What Dojo tells us of things that it owns. An event has its effect once, in one transaction with
// the record of it, however often, in whatever order and whichever way events arrive: per payment
// intent only a newer word changes what is known.
import { queueJob } from '../jobs/jobs.ts'
import type { Caller } from '../../domain/caller.ts'
import { isNewerReport, meansNotPaid } from '../../domain/payments/intent.ts'
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import {
  readIntentForUpdate,
  orderOfIntent,
  setUnmatched,
  setReportedStatus,
  retryWhenRecordedMeanwhile,
  voidBecause,
} from './intents.ts'
import { isVoid } from '../../domain/payments/payment.ts'
import { readOrderForUpdate } from '../orders/read-order.ts'
import { settleRefundsShown } from './refunds.ts'

export interface DojoEvent {
  eventId: string
  accountId: string
  eventType: string
  createdAtMs: number
  data: object
  /** What it says of a payment intent, where it speaks of one. */
  intent: { paymentIntentId: string; status: string } | undefined
}

/**
 * What came of an event, for logs. One of money that no order has yet is `asked` about where there
 * is a key to ask with.
 */
export type EventOutcome =
  | 'repeated'
  | 'foreign-account'
  | 'kept'
  | 'superseded'
  | 'noted'
  | 'asked'
  | 'unmatched'
  | 'payment-voided'

const INSERT: Statement = {
  name: 'event_insert',
  text: `INSERT INTO dojo_events (location_id, event_id, account_id, event_type, payment_intent_id, created_at, data, flag)
    SELECT location_id, $2, $3, $4, $5, $6, $7::jsonb, CASE WHEN dojo_account_id <> $3 THEN 'foreign-account' END FROM locations WHERE location_id = $1
    ON CONFLICT (location_id, event_id) DO NOTHING
    RETURNING flag, (SELECT dojo_key_sealed IS NOT NULL FROM locations WHERE location_id = $1) AS can_ask`,
}

const KNOWN: Statement = {
  name: 'event_known',
  text: 'SELECT 1 FROM dojo_events WHERE location_id = $1 AND event_id = $2',
}

export async function takeEvent(
  database: Database,
  caller: Caller,
  event: DojoEvent,
): Promise<EventOutcome> {
  return await retryWhenRecordedMeanwhile(database, async (tx) => await takeOnce(tx, caller, event))
}

const KEPT: Statement = {
  name: 'event_kept',
  text: `SELECT DISTINCT e.payment_intent_id FROM dojo_events e JOIN locations l ON l.location_id = e.location_id
    WHERE e.location_id = $1 AND e.account_id = $2 AND e.flag = 'foreign-account' AND e.payment_intent_id IS NOT NULL
      AND e.received_at > clock_timestamp() - make_interval(days => $3) AND l.dojo_key_sealed IS NOT NULL`,
}

/**
 * Events of an account that was taken for a foreign one had no effect: Dojo is asked how the
 * payments stand of which they told in the last `limits.keptEventsCheckDays` days.
 * @returns how many payments; none where there is no key to ask with
 */
export async function queueKeptChecks(
  database: Database,
  locationId: string,
  accountId: string,
): Promise<number> {
  return await database.transaction(async (tx) => {
    const kept = await tx.rows<{ payment_intent_id: string }>(KEPT, [
      locationId,
      accountId,
      limits.keptEventsCheckDays,
    ])
    for (const { payment_intent_id: paymentIntentId } of kept) {
      queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
    }
    return kept.length
  })
}

/**
 * The order is held before the intent, as when a payment is recorded. Where no payment is known,
 * holding the intent keeps one from being recorded unseen. Money that went back is believed at
 * once, since a bill that nobody can pay is the greater harm; what Dojo shows of it is looked at
 * afterwards.
 */
async function takeOnce(tx: Transaction, caller: Caller, event: DojoEvent): Promise<EventOutcome> {
  const { locationId } = caller
  const { eventId, accountId, eventType, createdAtMs, data, intent } = event
  const [orderBefore, known] = await Promise.all([
    intent === undefined ? undefined : orderOfIntent(tx, locationId, intent.paymentIntentId),
    tx.rows(KNOWN, [locationId, eventId]),
  ])
  // A repetition, of which there may be many, waits for nobody.
  if (known.length > 0) return 'repeated'
  // Sent together: the order is held for one round trip less.
  const [held, [inserted]] = await Promise.all([
    orderBefore === undefined ? undefined : readOrderForUpdate(tx, locationId, orderBefore),
    tx.rows<{ flag: string | null; can_ask: boolean }>(INSERT, [
      locationId,
      eventId,
      accountId,
      eventType,
      intent?.paymentIntentId,
      new Date(createdAtMs),
      JSON.stringify(data),
    ]),
  ])
  if (inserted === undefined) return 'repeated'
  if (inserted.flag !== null) return 'foreign-account'
  if (intent === undefined) return 'kept'

  const { paymentIntentId, status } = intent
  const { payment, known: knownWord } = await readIntentForUpdate(
    tx,
    locationId,
    paymentIntentId,
    held,
  )
  const word = { status, atMs: createdAtMs }
  if (!isNewerReport(word, knownWord)) {
    // Two clocks of Dojo's may differ: where money is said to have gone back, Dojo is asked what it
    // shows.
    if (meansNotPaid(status) && payment !== undefined && !isVoid(payment)) {
      queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
    }
    return 'superseded'
  }
  await setReportedStatus(tx, locationId, paymentIntentId, word)
  if (meansNotPaid(status)) {
    await Promise.all([
      setUnmatched(tx, locationId, paymentIntentId, undefined),
      payment && settleRefundsShown(tx, locationId, payment.paymentId, undefined),
    ])
    if (payment === undefined || isVoid(payment)) return 'noted'
    voidBecause(tx, caller, held!, payment, `Dojo: ${status}`, { eventId })
    queueJob(tx, {
      locationId,
      kind: 'PaymentCheck',
      entityId: paymentIntentId,
      afterSeconds: limits.unmatchedCheckSeconds,
    })
    return 'payment-voided'
  }
  if (status !== 'Captured') return 'noted'
  // Parts of it may have been refunded, which an event does not tell.
  if (payment !== undefined && !isVoid(payment)) {
    queueJob(tx, { locationId, kind: 'PaymentCheck', entityId: paymentIntentId })
    return 'noted'
  }
  await setUnmatched(tx, locationId, paymentIntentId, 'Dojo captured it, and no order has it.')
  queueJob(tx, {
    locationId,
    kind: 'PaymentCheck',
    entityId: paymentIntentId,
    afterSeconds: limits.unmatchedCheckSeconds,
  })
  return inserted.can_ask ? 'asked' : 'unmatched'
}
