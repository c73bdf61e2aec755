// The audit of a day: asks Dojo for its payment intents and holds the venue's recorded payments
// against them. By night it is a job, whose report is kept, and which has every payment that
// does not agree checked.
import type { DojoClient } from '../client/index.ts'
import { DojoUnreadable } from '../client/errors.ts'
import { compareDay, differenceKinds, type DayComparison } from '../../domain/payments/audit.ts'
import { boundsOfDay } from '../../domain/venue/day.ts'
import { invalid } from '../../domain/errors.ts'
import type { IntentFacts } from '../../domain/payments/intent.ts'
import { limits } from '../../limits.ts'
import {
  readAuditedVenue,
  readKnownIntents,
  readOrderNames,
  readRecordedPayments,
  storeAudit,
  wasAudited,
} from '../../store/payments/audits.ts'
import type { Database } from '../../store/database/database.ts'
import type { RunJob } from './worker.ts'
import { intentFactsOf, readIntent } from './read-intent.ts'

export interface DayReport extends DayComparison {
  locationId: string
  venue: string
  /** As 2026-11-20. */
  day: string
  timeZone: string
  currency: string
  from: string
  /** Earlier than the end of the day while that is not over. */
  until: string
  /** Whether all of the day was looked at. */
  isOver: boolean
}

export interface AuditDayDeps {
  database: Database
  /** For the log of whoever looks after the venue. */
  notice: (locationId: string, message: string, detail: object) => void
}

/** The job: runs the audit, keeps its report, and has what does not agree looked into. */
export const auditDayJob =
  ({ database, notice }: AuditDayDeps): RunJob =>
  async (client, { locationId, entityId: day, ageSeconds }) => {
    // A run that outlived its claim was begun once more by somebody: one of the two is enough.
    if (await wasAudited(database, locationId, day, ageSeconds)) return undefined
    const report = await auditDay(database, client, locationId, day)
    const { differences, different, matched } = report
    await storeAudit(database, locationId, day, {
      report,
      toCheck: differences.map(({ paymentIntentId }) => paymentIntentId),
    })
    if (differences.length > 0) {
      const counts = Object.fromEntries(
        differenceKinds.map((kind) => [kind, different[kind].count]),
      )
      notice(
        locationId,
        'the payments of a day do not agree with those of Dojo; see npm run audit',
        { day, matched: matched.count, ...counts },
      )
    }
    return undefined
  }

/**
 * Changes nothing. While the day is not over, what came last is left out: it may still be on its
 * way.
 * @param day as 2026-11-20, on the venue's calendar
 * @throws Refusal InvalidRequest: not a day, or one that has not begun. DojoFault: Dojo could not
 *   be asked, or its answer not read
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
  const settledMs = nowMs - limits.paymentSettleSeconds * 1000
  const untilMs = Math.max(startMs, Math.min(endMs, settledMs))

  // Dojo first: what is recorded meanwhile is then found here, and not held to be missing.
  const intents = await searchIntents(
    client,
    startMs - limits.auditMarginSeconds * 1000,
    endMs + limits.auditMarginSeconds * 1000,
  )
  const payments = await readRecordedPayments(database, locationId, startMs, untilMs)
  const ofTheDay = new Set(payments.map(({ paymentIntentId }) => paymentIntentId))
  await addIntents(
    client,
    intents,
    [...ofTheDay].filter((paymentIntentId) => !intents.has(paymentIntentId)),
  )
  const others = [...intents.values()].filter(
    ({ paymentIntentId }) => !ofTheDay.has(paymentIntentId),
  )
  const known = await readKnownIntents(
    database,
    locationId,
    others.map(({ paymentIntentId }) => paymentIntentId),
  )
  const orderNames = await readOrderNames(
    database,
    locationId,
    others.flatMap(({ externalId }) => (externalId === undefined ? [] : [externalId])),
  )
  const comparison = compareDay(
    { payments, intents, ...known, orderNames },
    { startMs, endMs, currency, settledMs },
  )
  return {
    locationId,
    venue,
    day,
    timeZone,
    currency,
    from: new Date(startMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    isOver: untilMs === endMs,
    ...comparison,
  }
}

const SEARCH = 'POST /payment-intents/search'

/** All intents made within a time, by their ids. */
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
      cursor: { limit: limits.auditPageIntents, ...(after == null ? {} : { after }) },
    })
    const before = found.size
    for (const facts of (answer.data ?? []).map((intent) => intentFactsOf(SEARCH, intent))) {
      found.set(facts.paymentIntentId, facts)
    }
    after = answer.after
    if (after == null || after === '') return found
    if (found.size === before || page === limits.auditPages) {
      throw new DojoUnreadable(SEARCH, 200, 'its pages have no end')
    }
  }
}

/** Asks for intents one by one, and adds those that Dojo knows. */
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
      if (facts !== undefined) intents.set(facts.paymentIntentId, facts)
    }
  }
}
