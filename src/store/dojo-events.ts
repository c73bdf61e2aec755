// What Dojo tells us of things that it owns. An event has its effect once, in one transaction with the record of it, however
// often and in whatever order events arrive: per payment intent the newest word is kept, and only a newer one changes it.
import type { Caller } from '../domain/caller.ts'
import { isNewerWord, meansNotPaid, voidPayment } from '../domain/payment.ts'
import type { Database, Statement, Transaction } from './database.ts'
import { HOLD_INTENT, holdOrder, writeChange } from './orders.ts'

export interface DojoEvent {
  eventId: string
  accountId: string
  eventType: string
  createdAtMs: number
  data: object
  /** What it says of a payment intent, where it speaks of one. */
  intent: { paymentIntentId: string, status: string } | undefined
}

/** What came of an event, for logs and metrics. */
export type EventOutcome = 'repeated' | 'kept' | 'superseded' | 'noted' | 'unmatched' | 'payment-voided'

const INSERT: Statement = {
  name: 'event_insert',
  text: `INSERT INTO dojo_events (location_id, event_id, account_id, event_type, payment_intent_id, created_at, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb) ON CONFLICT (location_id, event_id) DO NOTHING RETURNING event_id`,
}

const ORDER_OF_INTENT: Statement = {
  name: 'event_order_of_intent',
  text: 'SELECT order_id FROM payments WHERE location_id = $1 AND payment_intent_id = $2',
}

const SET_WORD: Statement = {
  name: 'event_set_word',
  text: 'UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4 WHERE location_id = $1 AND payment_intent_id = $2',
}

export async function takeEvent (database: Database, caller: Caller, event: DojoEvent): Promise<EventOutcome> {
  for (;;) {
    try {
      return await database.transaction(async (tx) => await takeOnce(tx, caller, event))
    } catch (error) {
      if (!(error instanceof RecordedMeanwhile)) throw error
    }
  }
}

class RecordedMeanwhile extends Error {}

/**
 * The order is held before the intent, as when a payment is recorded. Where no payment is known, holding the intent keeps
 * one from being recorded unseen; if one was committed while this waited, it starts again and holds the order first.
 */
async function takeOnce (tx: Transaction, caller: Caller, event: DojoEvent): Promise<EventOutcome> {
  const { locationId } = caller
  const { eventId, accountId, eventType, createdAtMs, data, intent } = event
  const orderBefore = intent === undefined ? undefined : await orderOfIntent(tx, locationId, intent.paymentIntentId)
  const held = orderBefore === undefined ? undefined : await holdOrder(tx, locationId, orderBefore, {})
  const inserted = await tx.rows(INSERT, [locationId, eventId, accountId, eventType, intent?.paymentIntentId, new Date(createdAtMs), JSON.stringify(data)])
  if (inserted.length === 0) return 'repeated'
  if (intent === undefined) return 'kept'

  const [word] = await tx.rows<{ dojo_status: string | null, dojo_status_at: Date | null }>(HOLD_INTENT, [locationId, intent.paymentIntentId])
  if (held === undefined && await orderOfIntent(tx, locationId, intent.paymentIntentId) !== undefined) {
    throw new RecordedMeanwhile()
  }
  const known = word!.dojo_status === null || word!.dojo_status_at === null ? undefined : { status: word!.dojo_status, atMs: word!.dojo_status_at.getTime() }
  if (!isNewerWord({ status: intent.status, atMs: createdAtMs }, known)) return 'superseded'
  await tx.rows(SET_WORD, [locationId, intent.paymentIntentId, intent.status, new Date(createdAtMs)])
  if (held === undefined) return intent.status === 'Captured' ? 'unmatched' : 'noted'

  const { order, nowMs } = held
  const payment = order.payments.find((each) => each.paymentIntentId === intent.paymentIntentId)
  if (payment === undefined || !payment.stands) return intent.status === 'Captured' ? 'unmatched' : 'noted'
  if (!meansNotPaid(intent.status)) return 'noted'
  const reason = `Dojo: ${intent.status}`
  await writeChange(tx, caller, order, nowMs, { kind: 'void-payment', paymentId: payment.paymentId, reason, ...voidPayment(order, payment), detail: { paymentIntentId: intent.paymentIntentId, eventId, amountMinor: payment.amountMinor } }, tx.rows)
  return 'payment-voided'
}

async function orderOfIntent (tx: Transaction, locationId: string, paymentIntentId: string): Promise<string | undefined> {
  const [row] = await tx.rows<{ order_id: string }>(ORDER_OF_INTENT, [locationId, paymentIntentId])
  return row?.order_id
}

export interface UnmatchedPayment { paymentIntentId: string, capturedAt: Date }

const UNMATCHED: Statement = {
  name: 'unmatched_payments',
  text: `SELECT i.payment_intent_id AS "paymentIntentId", i.dojo_status_at AS "capturedAt" FROM payment_intents i
    WHERE i.location_id = $1 AND i.dojo_status = 'Captured' AND NOT EXISTS (
      SELECT 1 FROM payments p WHERE p.location_id = i.location_id AND p.payment_intent_id = i.payment_intent_id AND p.voided_at IS NULL)
    ORDER BY i.dojo_status_at, i.payment_intent_id`,
}

/** Money that Dojo says it captured and that stands on no order: for staff to look into. */
export const readUnmatchedPayments = async (database: Database, locationId: string): Promise<UnmatchedPayment[]> => await database.rows(UNMATCHED, [locationId])
