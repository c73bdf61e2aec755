// The payments by Dojo that moved in a business day, beside what Dojo has shown of them.
import type { MovedAtDojo } from '../../domain/venue/day-at-dojo.ts'
import { unhurried, type Queryable, type Statement } from '../database/database.ts'
import { isOfDay } from './day-movements.ts'

/** What went back is taken from the amount first, then from the tip, as in refundOf. */
const readMoved: Statement = unhurried({
  name: 'readDayAtDojo',
  text: `SELECT x.dojo_status AS status, j.is_checking AS "isChecking", count(*) FILTER (WHERE s.amount + s.tips <> 0) AS payments,
      sum(s.amount)::bigint AS "amountMinor", sum(s.tips)::bigint AS "tipsMinor",
      sum(s.earlier)::bigint AS "earlierMinor", sum(s.earlier_tips)::bigint AS "earlierTipsMinor",
      sum(greatest(i.amount - i.gone_back, 0))::bigint AS "shownMinor",
      sum(i.tips - least(greatest(i.gone_back - i.amount, 0), i.tips))::bigint AS "shownTipsMinor"
    FROM (SELECT DISTINCT m.payment_id FROM payment_movements m WHERE ${isOfDay}) AS d
      CROSS JOIN LATERAL (SELECT payment_intent_id, amount_minor, tips_minor FROM payments
        WHERE location_id = $1 AND payment_id = d.payment_id AND tender = 'Dojo' OFFSET 0) AS p
      CROSS JOIN LATERAL (SELECT
          coalesce(sum(m.amount_minor) FILTER (WHERE ${isOfDay}), 0) AS amount,
          coalesce(sum(m.tips_minor) FILTER (WHERE ${isOfDay}), 0) AS tips,
          coalesce(sum(m.amount_minor) FILTER (WHERE m.day_id <> $2), 0) AS earlier,
          coalesce(sum(m.tips_minor) FILTER (WHERE m.day_id <> $2), 0) AS earlier_tips
        FROM payment_movements m WHERE m.location_id = $1 AND m.payment_id = d.payment_id OFFSET 0) AS s
      LEFT JOIN LATERAL (SELECT dojo_status, amount_minor, tips_minor, refunded_minor FROM payment_intents
        WHERE location_id = $1 AND payment_intent_id = p.payment_intent_id OFFSET 0) AS x ON true
      CROSS JOIN LATERAL (SELECT coalesce(x.amount_minor, p.amount_minor) AS amount,
          coalesce(x.tips_minor, p.tips_minor, 0) AS tips, coalesce(x.refunded_minor, 0) AS gone_back) AS i
      CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM jobs
        WHERE location_id = $1 AND kind = 'PaymentCheck' AND entity_id = p.payment_intent_id) AS is_checking) AS j
    GROUP BY 1, 2 ORDER BY 1, 2`,
})

type MovedRow = Omit<MovedAtDojo, 'status'> & { status: string | null }

/** @param alsoUnclaimed as if the day had claimed what no day has */
export async function readMovedAtDojo(
  database: Queryable,
  {
    locationId,
    dayId,
    alsoUnclaimed,
  }: { locationId: string; dayId: string; alsoUnclaimed: boolean },
): Promise<MovedAtDojo[]> {
  const rows = await database.rows<MovedRow>(readMoved, [locationId, dayId, alsoUnclaimed])
  return rows.map(({ status, ...row }) => ({ ...row, status: status ?? undefined }))
}
