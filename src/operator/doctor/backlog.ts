// What has piled up: changes that Dojo was not told of, money that no order has, and days that did
// not add up.
import { limits } from '../../limits.ts'
import { readUnmatchedPayments } from '../../store/payments/intents.ts'
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

export async function outbox({ store, locationId }: Examination): Promise<Finding[]> {
  const { events, checks, dead, oldestEventSeconds, oldestCheckSeconds } = await readJobFigures(
    store!.database,
    locationId,
  )
  const look = `See npx epos jobs list --location ${locationId}`
  const late = (seconds: number, what: string, verb: string): Finding[] => {
    const state =
      seconds > limits.eventWaitingBrokenSeconds
        ? broken
        : seconds > limits.eventWaitingWarningSeconds
          ? warning
          : undefined
    return state === undefined
      ? []
      : [
          state(
            `${what} ${verb} ${spoken(seconds)}.`,
            `${look}, which tells why; and check that the server runs, with SOFTWARE_HOUSE_ID.`,
          ),
        ]
  }
  const findings = [
    ...late(
      oldestEventSeconds,
      `${counted(events, 'event')} for Dojo`,
      events === 1 ? 'waits, since' : 'wait, the oldest since',
    ),
    ...late(
      oldestCheckSeconds,
      `${counted(checks, 'check')} of payments`,
      checks === 1 ? 'waits, since' : 'wait, the oldest since',
    ),
    ...(dead === 0
      ? []
      : [
          broken(
            `${counted(dead, 'errand')} to Dojo ${dead === 1 ? 'was' : 'were'} given up.`,
            `${look} --dead, and send again with: npx epos jobs retry --location ${locationId}`,
          ),
        ]),
  ]
  const waiting = [
    ...(events === 0 ? [] : [`${counted(events, 'event')} on the way to Dojo`]),
    ...(checks === 0 ? [] : [`${counted(checks, 'check')} of payments to come`]),
  ]
  return findings.length > 0
    ? findings
    : [ok(waiting.length === 0 ? 'Nothing waits for Dojo.' : `${waiting.join(', ')}.`)]
}

/** Whether a payment that is not Dojo's would be noticed. */
export function verification({ location, locationId }: Examination): Finding {
  const { hasDojoKey, verifyPayments } = location!
  if (!hasDojoKey) {
    return skipped('Not looked at: without a Dojo key a payment is held against nothing.')
  }
  if (verifyPayments !== 'off') {
    return ok(`Each payment is held against Dojo's, ${verifyPayments} it is answered.`)
  }
  return warning(
    "Payments are not held against Dojo's: whatever amount is recorded, it is believed.",
    `Have that done again with: npx epos location set --location ${locationId} --verify-payments after`,
  )
}

export async function unmatched({ store, locationId }: Examination): Promise<Finding> {
  const count = (await readUnmatchedPayments(store!.database, locationId)).length
  if (count === 0) return ok('No payment is left to be looked into.')
  return warning(
    `${counted(count, 'payment')} at Dojo ${count === 1 ? 'has' : 'have'} no order, or not as Dojo has it.`,
    `Look into it with: npx epos payment unmatched --location ${locationId}`,
  )
}

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
  if (last === null) return [ok('No day was held against Dojo yet, which happens at night.')]
  const day = last.day.toISOString().slice(0, 10)
  const ageDays = Math.floor((nowMs() - last.auditedAt.getTime()) / 86_400_000)
  const findings = [
    ...(last.differences === 0
      ? []
      : [
          warning(
            `${counted(last.differences, 'difference')} between ${day} here and at Dojo.`,
            `Look into the report of that day, and at: npx epos payment unmatched --location ${locationId}`,
          ),
        ]),
    ...(location!.hasDojoKey && ageDays >= limits.auditWarningDays
      ? [
          warning(
            `The last day that was held against Dojo is ${day}, ${counted(ageDays, 'day')} ago.`,
            `Check that the server runs at night, with SOFTWARE_HOUSE_ID, and see npx epos jobs list --location ${locationId}`,
          ),
        ]
      : []),
  ]
  return findings.length > 0 ? findings : [ok(`${day} agrees with Dojo.`)]
}
