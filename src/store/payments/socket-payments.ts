// The payments and refunds of Dojo's socket for the counter. Their ids are made here and written
// down before Dojo is asked, so that whatever Dojo has recorded finds what it was for.
import type { CounterRecord } from '../../domain/payments/counter-record.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'

export interface SocketPayment {
  /** Undefined where Dojo recorded a payment that this server did not start. */
  cardPaymentId: string | undefined
  /** What Dojo had recorded last, whether this server asked for it or Dojo pushed it. */
  outcome: string | undefined
  /** Whether Dojo sent it unasked. */
  wasPushed: boolean
}

const insert: Statement = {
  name: 'socket_payment_insert',
  text: 'INSERT INTO socket_payments (location_id, payment_id, card_payment_id) VALUES ($1, $2, $3)',
}

/** Before Dojo hears of it. */
export function insertSocketPayment(
  tx: Transaction,
  locationId: string,
  { paymentId, cardPaymentId }: { paymentId: string; cardPaymentId: string },
): void {
  tx.send(insert, [locationId, paymentId, cardPaymentId])
}

const select: Statement = {
  name: 'socket_payment_read',
  text: 'SELECT card_payment_id, outcome, recorded_at FROM socket_payments WHERE location_id = $1 AND payment_id = $2',
}

/** Undefined for an id that this server does not know. */
export async function readSocketPayment(
  database: Queryable,
  locationId: string,
  paymentId: string,
): Promise<SocketPayment | undefined> {
  const [row] = await database.rows<
    Row<'SocketPayment', 'cardPaymentId' | 'outcome' | 'recordedAt'>
  >(select, [locationId, paymentId])
  return (
    row && {
      cardPaymentId: row.card_payment_id ?? undefined,
      outcome: row.outcome ?? undefined,
      wasPushed: row.recorded_at !== null,
    }
  )
}

const write: Statement = {
  name: 'socket_payment_record',
  text: `INSERT INTO socket_payments AS s (location_id, payment_id, outcome, record, recorded_at)
      VALUES ($1, $2, $3, $4::jsonb, CASE WHEN $5 THEN clock_timestamp() END)
    ON CONFLICT (location_id, payment_id) DO UPDATE
      SET outcome = excluded.outcome, record = excluded.record, recorded_at = coalesce(excluded.recorded_at, s.recorded_at)`,
}

/** @param isPushed Dojo sent it unasked, and is about to be answered */
export function writeSocketRecord(
  tx: Transaction,
  locationId: string,
  { paymentId, outcome, amountMinor, tipsMinor, currency, kept }: CounterRecord,
  isPushed: boolean,
): void {
  const record = JSON.stringify({ amountMinor, tipsMinor, currency, ...kept })
  tx.send(write, [locationId, paymentId, outcome, record, isPushed])
}

const selectToDrive: Statement = {
  name: 'socket_card_payments',
  text: `SELECT location_id, card_payment_id, concat(cancel_wanted_at, ' ', wanted) AS mark FROM card_payments
    WHERE location_id = ANY ($1::text[]) AND socket_payment_id IS NOT NULL AND (ended_at IS NULL OR wanted IS NOT NULL
      OR (by_hand IS NOT NULL AND intent_read_status = 'Created'
        AND started_at > clock_timestamp() - make_interval(secs => ${limits.counterByHandSeconds})))
    ORDER BY started_at, card_payment_id`,
}

/**
 * The card payments of these venues that somebody has to see to, oldest first: also what
 * was recorded by hand, until Dojo says otherwise. `mark` differs
 * once a till has asked something of one.
 */
export async function readSocketWork(
  database: Queryable,
  locationIds: readonly string[],
): Promise<Array<{ locationId: string; cardPaymentId: string; mark: string }>> {
  const rows = await database.rows<
    Row<'CardPayment', 'locationId' | 'cardPaymentId'> & { mark: string }
  >(selectToDrive, [locationIds])
  return rows.map((row) => ({
    locationId: row.location_id,
    cardPaymentId: row.card_payment_id,
    mark: row.mark,
  }))
}

const selectIntent: Statement = {
  name: 'socket_payment_intent',
  text: `SELECT i.dojo_status, i.dojo_status_at, i.amount_minor, i.tips_minor, i.refunded_minor, i.external_id, l.currency
    FROM socket_payments s
    JOIN payment_intents i ON i.location_id = s.location_id AND i.payment_intent_id = s.payment_id
    JOIN locations l ON l.location_id = s.location_id
    WHERE s.location_id = $1 AND s.payment_id = $2`,
}

/**
 * A payment of the socket as Dojo last reported it. Only this server gives money of it back, so
 * there is nothing to ask. Undefined for any other payment, and before Dojo has reported it.
 */
export async function readSocketIntent(
  database: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<IntentFacts | undefined> {
  const [row] = await database.rows<
    Row<
      'PaymentIntent',
      'dojoStatus' | 'dojoStatusAt' | 'amountMinor' | 'tipsMinor' | 'refundedMinor' | 'externalId'
    > &
      Row<'Location', 'currency'>
  >(selectIntent, [locationId, paymentIntentId])
  if (row === undefined || row.dojo_status === null || row.dojo_status_at === null) return undefined
  const atMs = row.dojo_status_at.getTime()
  return {
    paymentIntentId,
    status: row.dojo_status,
    atMs,
    createdAtMs: atMs,
    amountMinor: row.amount_minor ?? 0,
    tipsMinor: row.tips_minor ?? 0,
    currency: row.currency,
    refundedMinor: row.refunded_minor,
    externalId: row.external_id ?? undefined,
  }
}
