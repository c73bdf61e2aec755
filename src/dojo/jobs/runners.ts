// What each kind of job does.
import type { EventKind, JobKind } from '../../store/jobs/jobs.ts'
import { auditDayJob, type AuditDayDeps } from './audit-day.ts'
import { checkPaymentJob, type CheckPaymentDeps } from './check-payment.ts'
import { refusedOrderJob, type RefusedOrderDeps } from './refused-order.ts'
import type { JobRunner } from './run-job.ts'

/** Those of card payments belong to the card machines. */
export function jobRunners(
  deps: CheckPaymentDeps & AuditDayDeps & RefusedOrderDeps,
): Record<Exclude<JobKind, 'CardPayment'>, JobRunner> {
  return {
    OrderUpdated: pushEvent('OrderUpdated'),
    PartyUpdated: pushEvent('PartyUpdated'),
    ReservationUpdated: pushEvent('ReservationUpdated'),
    PaymentCheck: checkPaymentJob(deps),
    DayAudit: auditDayJob(deps),
    RefusedOrder: refusedOrderJob(deps),
  }
}

const ENTITY_FIELD = {
  OrderUpdated: 'orderId',
  PartyUpdated: 'partyId',
  ReservationUpdated: 'reservationId',
} as const

/** Says only that the entity changed; Dojo reads it when it wants to know more. */
function pushEvent(kind: EventKind): JobRunner {
  return async (client, { entityId }) => {
    await client.call('EposEvents_Submit', {
      eventType: kind,
      event: { [ENTITY_FIELD[kind]]: entityId } as { orderId: string },
    })
    return undefined
  }
}
