// What each job to Dojo is: what it tells or asks, and what is made of the answer.
import type { EventKind, JobKind } from '../../store/jobs/jobs.ts'
import { auditDayJob, type AuditDayDeps } from './audit-day.ts'
import type { RunJob } from './worker.ts'
import { checkPaymentJob, type CheckPaymentDeps } from './check-payment.ts'

const ENTITY_FIELD = {
  OrderUpdated: 'orderId',
  PartyUpdated: 'partyId',
  ReservationUpdated: 'reservationId',
} as const

/** Tells Dojo that an entity changed; it reads it again when it wants to know more. */
const tell =
  (kind: EventKind): RunJob =>
  async (client, { entityId }) => {
    await client.call('EposEvents_Submit', {
      eventType: kind,
      event: { [ENTITY_FIELD[kind]]: entityId } as { orderId: string },
    })
    return undefined
  }

export const jobRunners = (deps: CheckPaymentDeps & AuditDayDeps): Record<JobKind, RunJob> => ({
  OrderUpdated: tell('OrderUpdated'),
  PartyUpdated: tell('PartyUpdated'),
  ReservationUpdated: tell('ReservationUpdated'),
  PaymentCheck: checkPaymentJob(deps),
  DayAudit: auditDayJob(deps),
})
