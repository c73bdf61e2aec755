// What a day paid out besides its bills: cashback with card payments, and refunds without a
// payment.
import type { PaidOut, UnlinkedRefundShown } from '../../domain/venue/day-report.ts'
import { limits } from '../../limits.ts'
import {
  unhurried,
  type Queryable,
  type Statement,
  type Transaction,
} from '../database/database.ts'
import type { Row } from '../database/row.ts'

/** The guest has the cash once the payment is recorded; whatever becomes of it later. */
const readCashback: Statement = unhurried({
  name: 'readDayCashback',
  text: `SELECT count(*) AS count, coalesce(sum(c.cashback_minor), 0)::bigint AS "amountMinor"
    FROM card_payments c
      JOIN payments p ON p.location_id = $1 AND p.payment_intent_id = c.payment_intent_id
      JOIN payment_movements m ON m.location_id = $1 AND m.payment_id = p.payment_id AND m.kind = 'Recorded'
    WHERE c.location_id = $1 AND c.cashback_minor > 0 AND c.kind = 'Sale' AND (m.day_id = $2 OR ($3 AND m.day_id IS NULL))`,
})

/** Given in the day; and those of which nobody knows, whenever they were tried. */
const readUnlinked: Statement = {
  name: 'readDayUnlinkedRefunds',
  text: `SELECT card_payment_id, amount_minor, reason, given_at, waiter_id, till_name,
      count(*) OVER () AS count, sum(amount_minor) OVER ()::bigint AS "sumMinor"
    FROM card_payments WHERE location_id = $1 AND kind = 'UnlinkedRefund' AND given_at IS NOT NULL
      AND (day_id = $2 OR ($3 AND day_id IS NULL)) ORDER BY given_at, card_payment_id LIMIT $4`,
}
const readUnknown: Statement = {
  name: 'readUnknownUnlinkedRefunds',
  text: `SELECT c.card_payment_id, c.amount_minor, c.reason, c.given_at, c.waiter_id, c.till_name
    FROM card_payments c
    WHERE c.location_id = $1 AND c.kind = 'UnlinkedRefund' AND c.given_at IS NULL AND c.by_hand IS NULL AND c.ended_at IS NOT NULL
      AND c.attempts->-1->>'refused' IS NULL AND c.attempts->-1->>'askedAtMs' IS NOT NULL
      AND coalesce(c.attempts->-1->>'status', '') NOT IN ('Declined', 'SignatureVerificationRejected', 'Canceled')
    ORDER BY c.started_at, c.card_payment_id LIMIT $2`,
}

type UnlinkedRow = Row<
  'CardPayment',
  'cardPaymentId' | 'amountMinor' | 'reason' | 'givenAt' | 'waiterId' | 'tillName'
>

function shownOf(row: UnlinkedRow): UnlinkedRefundShown {
  return {
    refundId: row.card_payment_id,
    amountMinor: row.amount_minor,
    reason: row.reason!,
    givenAt: row.given_at?.toISOString(),
    waiterId: row.waiter_id ?? undefined,
    till: row.till_name ?? undefined,
  }
}

/** @param alsoUnclaimed as if the day had claimed what no day has */
export async function readPaidOut(
  database: Queryable,
  locationId: string,
  dayId: string,
  alsoUnclaimed: boolean,
): Promise<PaidOut> {
  const most = limits.maxListedOfDay
  const [[cashback], given, unknown] = await Promise.all([
    database.rows<PaidOut['cashback']>(readCashback, [locationId, dayId, alsoUnclaimed]),
    database.rows<UnlinkedRow & { count: number; sumMinor: number }>(readUnlinked, [
      locationId,
      dayId,
      alsoUnclaimed,
      most,
    ]),
    database.rows<UnlinkedRow>(readUnknown, [locationId, most]),
  ])
  return {
    cashback: cashback!,
    unlinkedRefunds: {
      count: given[0]?.count ?? 0,
      amountMinor: given[0]?.sumMinor ?? 0,
      refunds: given.map(shownOf),
    },
    unlinkedRefundsUnknown: unknown.map(shownOf),
  }
}

const claim: Statement = {
  name: 'claimUnlinkedRefunds',
  text: `UPDATE card_payments SET day_id = $2
    WHERE location_id = $1 AND kind = 'UnlinkedRefund' AND given_at IS NOT NULL AND day_id IS NULL`,
}

/** Claims for the day what no day has claimed. The commit waits for it. */
export function claimUnlinkedRefunds(tx: Transaction, locationId: string, dayId: string): void {
  tx.send(claim, [locationId, dayId])
}
