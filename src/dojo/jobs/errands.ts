// What each errand to Dojo is: what it tells or asks, and what is made of the answer.
import type { EventKind, ErrandKind } from '../../store/jobs/jobs.ts'
import { runDayAudit, type AuditErrandDeps } from './day-audit.ts'
import type { RunErrand } from './deliverer.ts'
import { paymentCheck, type PaymentCheckDeps } from './payment-check.ts'

const ENTITY_FIELD = {
  OrderUpdated: 'orderId',
  PartyUpdated: 'partyId',
  ReservationUpdated: 'reservationId',
} as const

/** Tells Dojo that an entity changed; it reads it again when it wants to know more. */
const tell =
  (kind: EventKind): RunErrand =>
  async (client, { entityId }) => {
    await client.call('EposEvents_Submit', {
      eventType: kind,
      event: { [ENTITY_FIELD[kind]]: entityId } as { orderId: string },
    })
    return undefined
  }

export const errands = (
  deps: PaymentCheckDeps & AuditErrandDeps,
): Record<ErrandKind, RunErrand> => ({
  OrderUpdated: tell('OrderUpdated'),
  PartyUpdated: tell('PartyUpdated'),
  ReservationUpdated: tell('ReservationUpdated'),
  PaymentCheck: paymentCheck(deps),
  DayAudit: runDayAudit(deps),
})
