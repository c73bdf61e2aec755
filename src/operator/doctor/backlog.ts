// What has piled up: events that have not reached Dojo, money that belongs to no order, and days
// whose payments differ from Dojo's.
import { limits } from '../../limits.ts'
import { readUnmatchedPayments } from '../../store/payments/unmatched.ts'
import { readJobFigures } from '../../store/jobs/backlog.ts'
import {
  broken,
  counted,
  ok,
  skipped,
  spoken,
  warning,
  type Examination,
  type Finding,
} from './examination.ts'

export async function jobs({ store, locationId }: Examination): Promise<Finding[]> {
  const { events, checks, dead, oldestEventSeconds, oldestCheckSeconds } = await readJobFigures(
    store!.database,
    locationId,
  )
  const list = `npx epos jobs list --location ${locationId}`
  const findings = [
    ...lateness(waited(events, spokenEvents(events)), oldestEventSeconds, list),
    ...lateness(waited(checks, counted(checks, 'payment check')), oldestCheckSeconds, list),
  ]
  if (dead > 0) {
    findings.push(
      broken(
        `${counted(dead, 'job')} for Dojo ${dead === 1 ? 'was' : 'were'} given up.`,
        `See why with ${list} --dead. ` +
          `Then retry with: npx epos jobs retry --location ${locationId}`,
      ),
    )
  }
  if (findings.length > 0) return findings
  const queued = [
    ...(events === 0 ? [] : [spokenEvents(events)]),
    ...(checks === 0 ? [] : [counted(checks, 'payment check')]),
  ]
  return [ok(queued.length === 0 ? 'Nothing is queued.' : `Queued: ${queued.join(', ')}.`)]
}

const spokenEvents = (count: number): string => counted(count, 'event for Dojo', 'events for Dojo')

const waited = (count: number, what: string): string =>
  count === 1 ? `${what} has waited` : `${what} have waited, the oldest`

function lateness(what: string, oldestSeconds: number, list: string): Finding[] {
  if (oldestSeconds <= limits.eventWaitingWarningSeconds) return []
  const state = oldestSeconds > limits.eventWaitingBrokenSeconds ? broken : warning
  return [
    state(
      `${what} ${spoken(oldestSeconds)}.`,
      `Check that the server is running with SOFTWARE_HOUSE_ID set; ${list} shows the last error.`,
    ),
  ]
}

/** Whether a recorded payment that Dojo never took would be noticed. */
export function verification({ location, locationId }: Examination): Finding {
  const { hasDojoKey, verifyPayments } = location!
  if (!hasDojoKey) {
    return skipped('Not checked: without a Dojo API key, payments cannot be verified.')
  }
  if (verifyPayments !== 'off') {
    return ok(`Each payment is checked against Dojo, ${verifyPayments} it is answered.`)
  }
  return warning(
    'Payments are not checked against Dojo: recorded amounts are not verified.',
    `Turn that on with: npx epos location set --location ${locationId} --verify-payments after`,
  )
}

export async function unmatched({ store, locationId }: Examination): Promise<Finding> {
  const count = (await readUnmatchedPayments(store!.database, locationId)).length
  if (count === 0) return ok('Every payment at Dojo matches an order.')
  return warning(
    count === 1
      ? '1 payment at Dojo matches no order, or differs from it.'
      : `${count} payments at Dojo match no order, or differ from it.`,
    `See what to do with: npx epos payment unmatched --location ${locationId}`,
  )
}

const DAY_MS = 86_400_000

export async function audit({
  store,
  location,
  locationId,
  deps: { nowMs = Date.now },
}: Examination): Promise<Finding[]> {
  const last = await store!.prisma.dayAudit.findFirst({
    where: { locationId },
    orderBy: { day: 'desc' },
  })
  if (last === null) return [ok('No day has been audited yet; the first audit runs tonight.')]
  const day = last.day.toISOString().slice(0, 10)
  const ageDays = Math.floor((nowMs() - last.auditedAt.getTime()) / DAY_MS)
  const findings: Finding[] = []
  if (last.differences > 0) {
    findings.push(
      warning(
        `${day} has ${counted(last.differences, 'difference')} from Dojo's payments.`,
        "Read the audit's report, and list the payments with: " +
          `npx epos payment unmatched --location ${locationId}`,
      ),
    )
  }
  if (location!.hasDojoKey && ageDays >= limits.auditWarningDays) {
    findings.push(
      warning(
        `The last audited day is ${day}; that audit ran ${counted(ageDays, 'day')} ago.`,
        'Check that the server runs at night with SOFTWARE_HOUSE_ID set. ' +
          `Failed audits are in: npx epos jobs list --location ${locationId}`,
      ),
    )
  }
  return findings.length > 0 ? findings : [ok(`The payments of ${day} agree with Dojo's.`)]
}
