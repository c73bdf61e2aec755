// What is still to be done with Dojo, as a venue and its operator see it.
import { Type } from 'typebox'
import type { WaitingJob } from '../../store/jobs/backlog.ts'
import { Fields, OneOf, Time } from './shapes.ts'

export const WorkShape = Fields(
  {
    kind: Type.String({
      description:
        'OrderUpdated, PartyUpdated and ReservationUpdated send Dojo an event; PaymentCheck ' +
        'and DayAudit ask it.',
    }),
    id: Type.String({ description: 'Of the order, party, reservation, payment or day.' }),
    state: OneOf(['Waiting', 'Retrying', 'Paused', 'GivenUp']),
    queuedAt: Time,
    attempts: Type.Integer(),
    nextAttemptAt: Type.Optional(Time),
    lastError: Type.Optional(Type.String()),
    givenUpAt: Type.Optional(Time),
  },
  { title: 'Work' },
)

export function workView(job: WaitingJob): Type.Static<typeof WorkShape> {
  const { kind, entityId, queuedAt, attempts, nextAttemptAt, lastError, deadAt } = job
  return {
    kind,
    id: entityId,
    state: stateOf(job),
    queuedAt: queuedAt.toISOString(),
    attempts,
    nextAttemptAt: deadAt === null ? nextAttemptAt.toISOString() : undefined,
    lastError: lastError ?? undefined,
    givenUpAt: deadAt?.toISOString(),
  }
}

function stateOf({ deadAt, keyRefusedAt, attempts }: WaitingJob) {
  if (deadAt !== null) return 'GivenUp'
  if (keyRefusedAt !== null) return 'Paused'
  return attempts === 0 ? 'Waiting' : 'Retrying'
}
