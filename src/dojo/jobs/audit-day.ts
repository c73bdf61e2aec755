// The audit of a day: compares the venue's recorded payments with Dojo's payment intents. The job
// runs it by night, keeps its report and queues a check of every payment that differs; the command
// `epos audit` runs it without changing anything.
import { recordAudit } from '../../actions/payments/record-audit.ts'
import { displayNameOf } from '../../domain/orders/order.ts'
import {
  compareDay,
  differenceKinds,
  orderNamesOf,
  type DayComparison,
  type DayRecords,
} from '../../domain/payments/audit.ts'
import { boundsOfDay } from '../../domain/venue/day.ts'
import { invalid } from '../../domain/errors.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import { limits } from '../../limits.ts'
import {
  readAuditedVenue,
  readKnownIntents,
  readNamedOrders,
  readRecordedPayments,
  sumUnlinkedRefunds,
  wasAudited,
} from '../../store/payments/audits.ts'
import type { Database } from '../../store/database/database.ts'
import { DojoUnreadable } from '../client/errors.ts'
import type { DojoClient } from '../client/index.ts'
import { intentFactsOf, readIntent } from './read-intent.ts'
import type { JobRunner } from './run-job.ts'

export interface DayReport extends DayComparison {
  locationId: string
  venue: string
  /** As 2026-11-20. */
  day: string
  timeZone: string
  currency: string
  from: string
  /** Earlier than the end of the day while the day is not over. */
  until: string
  /** Whether the whole day was compared. */
  isOver: boolean
  /** Given in the day. Dojo has no payment intents of them to compare with. */
  unlinkedRefunds: { count: number; amountMinor: number }
}

export interface AuditDayDeps {
  database: Database
  /** Logs what the venue's operator should know. */
  notice: (locationId: string, message: string, detail: object) => void
}

export function auditDayJob({ database, notice }: AuditDayDeps): JobRunner {
  return async (client, { locationId, entityId: day, ageSeconds }) => {
    // A run that outlived its claim was started again by another process: one report is enough.
    if (await wasAudited(database, locationId, day, ageSeconds)) return undefined
    const report = await auditDay(database, client, locationId, day)
    await recordAudit(database, locationId, day, report)
    const { differences, different, matched } = report
    if (differences.length > 0) {
      const counts: Record<string, number> = { matched: matched.count }
      for (const kind of differenceKinds) counts[kind] = different[kind].count
      const message = 'the payments of a day differ from those at Dojo; see npx epos audit'
      notice(locationId, message, { day, ...counts })
    }
    return undefined
  }
}

/**
 * Changes nothing. While the day is not over, its most recent payments are left out: they may still
 * be on their way.
 * @param day as 2026-11-20, on the venue's calendar
 * @throws Refusal InvalidRequest: not a day, or a day that has not begun. DojoFault: Dojo did not
 *   answer, or its answer cannot be read
 */
export async function auditDay(
  database: Database,
  client: DojoClient,
  locationId: string,
  day: string,
): Promise<DayReport> {
  const { name: venue, currency, timeZone, nowMs } = await readAuditedVenue(database, locationId)
  const { startMs, endMs } = boundsOfDay(day, timeZone)
  if (startMs > nowMs) {
    throw invalid(
      `The day ${day} has not begun at ${venue} (${timeZone}): choose one that is over, or today.`,
    )
  }
  const settledMs = nowMs - limits.dojoLagSeconds * 1000
  const untilMs = Math.max(startMs, Math.min(endMs, settledMs))
  const records = await readRecords(database, client, locationId, { startMs, endMs, untilMs })
  return {
    locationId,
    venue,
    day,
    timeZone,
    currency,
    from: new Date(startMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    isOver: untilMs === endMs,
    unlinkedRefunds: await sumUnlinkedRefunds(database, locationId, startMs, untilMs),
    ...compareDay(records, { startMs, endMs, currency, settledMs }),
  }
}

/** Both sides. Dojo's first: what is recorded meanwhile is then found here, and not missed. */
async function readRecords(
  database: Database,
  client: DojoClient,
  locationId: string,
  { startMs, endMs, untilMs }: { startMs: number; endMs: number; untilMs: number },
): Promise<DayRecords> {
  const marginMs = limits.auditMarginSeconds * 1000
  const intents = await searchIntents(client, startMs - marginMs, endMs + marginMs)
  const recorded = await readRecordedPayments(database, locationId, startMs, untilMs)
  const payments = recorded.map(({ order, ...payment }) => ({
    ...payment,
    orderId: order.orderId,
    orderName: displayNameOf(order),
  }))
  const recordedToday = new Set(payments.map(({ paymentIntentId }) => paymentIntentId))
  const notFound = [...recordedToday].filter((id) => !intents.has(id))
  await addIntents(client, intents, notFound)
  const others = [...intents.values()].filter(
    (intent) => !recordedToday.has(intent.paymentIntentId),
  )
  const known = await readKnownIntents(
    database,
    locationId,
    others.map(({ paymentIntentId }) => paymentIntentId),
  )
  const orderIds = others.flatMap(({ externalId }) => externalId ?? [])
  const orderNames = orderNamesOf(await readNamedOrders(database, locationId, orderIds))
  return { payments, intents, ...known, orderNames }
}

const SEARCH = 'POST /payment-intents/search'

/** All intents created between two times, by id. */
async function searchIntents(
  client: DojoClient,
  fromMs: number,
  toMs: number,
): Promise<Map<string, IntentFacts>> {
  const found = new Map<string, IntentFacts>()
  const span = { startDate: new Date(fromMs).toISOString(), endDate: new Date(toMs).toISOString() }
  let after: string | null | undefined
  for (let page = 1; ; page++) {
    const answer = await client.call('PaymentIntents_Search', {
      ...span,
      cursor:
        after == null
          ? { limit: limits.auditPageIntents }
          : { limit: limits.auditPageIntents, after },
    })
    const before = found.size
    for (const facts of (answer.data ?? []).map((intent) => intentFactsOf(SEARCH, intent))) {
      found.set(facts.paymentIntentId, withServiceCharge(facts))
    }
    after = answer.after
    if (after == null || after === '') return found
    if (found.size === before || page === limits.auditPages) {
      throw new DojoUnreadable(SEARCH, 200, 'its pages never end')
    }
  }
}

/** Reads intents by id, and adds those that Dojo knows. */
async function addIntents(
  client: DojoClient,
  intents: Map<string, IntentFacts>,
  paymentIntentIds: readonly string[],
): Promise<void> {
  for (let from = 0; from < paymentIntentIds.length; from += limits.auditAsksAtOnce) {
    const some = paymentIntentIds.slice(from, from + limits.auditAsksAtOnce)
    for (const facts of await Promise.all(
      some.map(async (paymentIntentId) => await readIntent(client, paymentIntentId)),
    )) {
      if (facts !== undefined) intents.set(facts.paymentIntentId, withServiceCharge(facts))
    }
  }
}

/** A till gives Dojo the service charge beside the amount; its bill has it in the payment. */
function withServiceCharge(facts: IntentFacts): IntentFacts {
  if (facts.cardPaymentId === undefined) return facts
  return { ...facts, amountMinor: facts.amountMinor + (facts.serviceChargeMinor ?? 0) }
}
