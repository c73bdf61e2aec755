// The payments by Dojo that moved in a business day, beside what Dojo has shown of them.
import type { MovedAtDojo } from '../../domain/venue/day-at-dojo.ts'
import { unhurried, type Queryable, type Statement } from '../database/database.ts'
import { isOfDay } from './day-movements.ts'

/** A payment of which something went back has a row of its own. The others are added up. */
const readMoved: Statement = unhurried({
  name: 'readDayAtDojo',
  text: `SELECT x.dojo_status AS status, j.is_checking AS "isChecking", count(*) FILTER (WHERE s.amount + s.tips <> 0) AS payments,
      sum(s.amount)::bigint AS "amountMinor", sum(s.tips)::bigint AS "tipsMinor",
      sum(s.earlier)::bigint AS "earlierMinor", sum(s.earlier_tips)::bigint AS "earlierTipsMinor",
      sum(p.amount_minor)::bigint AS "recordedMinor", coalesce(sum(p.tips_minor), 0)::bigint AS "recordedTipsMinor",
      sum(x.amount_minor)::bigint AS "shownMinor", sum(x.tips_minor)::bigint AS "shownTipsMinor",
      coalesce(sum(x.refunded_minor), 0)::bigint AS "goneBackMinor"
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
      CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM jobs
        WHERE location_id = $1 AND kind = 'PaymentCheck' AND entity_id = p.payment_intent_id) AS is_checking) AS j
    GROUP BY 1, 2, x.amount_minor IS NULL, x.tips_minor IS NULL, CASE WHEN x.refunded_minor > 0 THEN d.payment_id END`,
})

type MovedRow = Omit<MovedAtDojo, 'status' | 'shownMinor' | 'shownTipsMinor'> & {
  status: string | null
  shownMinor: number | null
  shownTipsMinor: number | null
}

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
  return rows.map(({ status, shownMinor, shownTipsMinor, ...row }) => ({
    ...row,
    status: status ?? undefined,
    shownMinor: shownMinor ?? undefined,
    shownTipsMinor: shownTipsMinor ?? undefined,
  }))
}
