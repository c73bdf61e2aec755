// Changes of a venue as events with a stable id and a type, for those who ask for them and for
// webhooks. The stream names them more coarsely.
import { cardPaymentStatuses } from '../../domain/payments/card-payment.ts'
import { cardPaymentType, type EventType } from '../../domain/venue/webhook-endpoint.ts'
import type { Change } from '../../store/feed/feed.ts'

/** The type by what the history calls the change; of what is not here, it is `changed`. */
const ORDER_TYPES: Readonly<Record<string, EventType>> = {
  Created: 'order.created',
  Opened: 'order.created',
  Locked: 'order.locked',
  LockExtended: 'order.locked',
  Unlocked: 'order.unlocked',
  UnlockedByForce: 'order.unlocked',
  Canceled: 'order.canceled',
  Refused: 'order.refused',
  MirrorNotApplied: 'order.not-applied',
  Overdue: 'order.overdue',
  PaymentRecorded: 'payment.recorded',
  PaymentRestored: 'payment.recorded',
  PaymentVoided: 'payment.voided',
  PaymentRefunded: 'payment.refunded',
  ...Object.fromEntries(
    cardPaymentStatuses.map((status) => [`CardPayment${status}`, cardPaymentType(status)]),
  ),
}

const VISIT_TYPES: Readonly<Record<string, 'created' | 'deleted'>> = {
  Seated: 'created',
  Booked: 'created',
  Deleted: 'deleted',
  Canceled: 'deleted',
}

/** The payment that leaves nothing to pay has a type of its own. */
export function typeOf({
  entity,
  action,
  detail,
}: Pick<Change, 'entity' | 'action' | 'detail'>): EventType {
  if (entity === 'Day') return action === 'Closed' ? 'day.closed' : 'day.opened'
  if (entity === 'Party' || entity === 'Reservation') {
    const name = entity === 'Party' ? 'party' : 'reservation'
    return `${name}.${VISIT_TYPES[action] ?? 'changed'}`
  }
  const { status } = detail as { status?: string }
  if (action === 'PaymentRecorded' && status === 'Finalized') return 'order.paid'
  return ORDER_TYPES[action] ?? 'order.changed'
}

/** The same for the same change, however often and by whichever way it is sent. */
export function eventIdOf({
  entity,
  id,
  sequence,
}: Pick<Change, 'entity' | 'id' | 'sequence'>): string {
  return `${entity.toLowerCase()}_${sequence}_${id}`
}

/** What an event id names; undefined for text that is no event id. */
export function keyOfEvent(
  eventId: string,
): { entity: Change['entity']; sequence: number; entityId: string } | undefined {
  const [, name, sequence, entityId] =
    /^(order|party|reservation|day|refund)_(\d{1,9})_(.+)$/.exec(eventId) ?? []
  if (entityId === undefined) return undefined
  return { entity: ENTITIES[name as keyof typeof ENTITIES], sequence: Number(sequence), entityId }
}

const ENTITIES = {
  order: 'Order',
  party: 'Party',
  reservation: 'Reservation',
  day: 'Day',
  refund: 'Refund',
} as const
