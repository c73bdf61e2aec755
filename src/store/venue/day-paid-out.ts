// What a day paid out besides its bills: cashback with card payments, and refunds without a
// payment.
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import { mustBeLookedAt } from '../../domain/payments/unlinked-refund.ts'
import {
  cashbackOf,
  type CashbackMoved,
  type PaidOut,
  type UnlinkedRefundShown,
} from '../../domain/venue/day-report.ts'
import { limits } from '../../limits.ts'
import {
  unhurried,
  type Queryable,
  type Statement,
  type Transaction,
} from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { readNotSettled } from '../payments/unlinked-refunds.ts'

/** What happened in the day to payments with cashback. */
const readCashback: Statement = unhurried({
  name: 'readDayCashback',
  text: `SELECT m.kind, count(*) AS count, sum(c.cashback_minor)::bigint AS "amountMinor"
    FROM card_payments c
      JOIN payments p ON p.location_id = $1 AND p.payment_intent_id = c.payment_intent_id
      JOIN payment_movements m ON m.location_id = $1 AND m.payment_id = p.payment_id
    WHERE c.location_id = $1 AND c.cashback_minor > 0 AND (m.day_id = $2 OR ($3 AND m.day_id IS NULL))
    GROUP BY m.kind`,
})

const readUnlinked: Statement = {
  name: 'readDayUnlinkedRefunds',
  text: `SELECT card_payment_id, amount_minor, reason, given_at, waiter_id, till_name,
      count(*) OVER () AS count, sum(amount_minor) OVER ()::bigint AS "sumMinor"
    FROM card_payments WHERE location_id = $1 AND kind = 'UnlinkedRefund' AND given_at IS NOT NULL
      AND (day_id = $2 OR ($3 AND day_id IS NULL)) ORDER BY given_at, card_payment_id LIMIT $4`,
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

function unknownOf({ cardPaymentId, reason, ...payment }: CardPayment): UnlinkedRefundShown {
  const { amountMinor, waiterId, tillName: till } = payment
  return { refundId: cardPaymentId, amountMinor, reason: reason!, waiterId, till }
}

/** @param alsoUnclaimed as if the day had claimed what no day has */
export async function readPaidOut(
  database: Queryable,
  locationId: string,
  dayId: string,
  alsoUnclaimed: boolean,
): Promise<PaidOut> {
  const most = limits.maxListedOfDay
  const [cashback, given, notSettled] = await Promise.all([
    database.rows<CashbackMoved>(readCashback, [locationId, dayId, alsoUnclaimed]),
    database.rows<UnlinkedRow & { count: number; sumMinor: number }>(readUnlinked, [
      locationId,
      dayId,
      alsoUnclaimed,
      most,
    ]),
    readNotSettled(database, locationId),
  ])
  const unknown = notSettled.filter(({ payment, nowMs }) => mustBeLookedAt(payment, nowMs))
  return {
    cashback: cashbackOf(cashback),
    unlinkedRefunds: {
      count: given[0]?.count ?? 0,
      amountMinor: given[0]?.sumMinor ?? 0,
      refunds: given.map(shownOf),
    },
    unlinkedRefundsUnknown: unknown.slice(0, most).map(({ payment }) => unknownOf(payment)),
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
