// Changes of a venue as events with a stable id and a type, for those who ask for them and for
// webhooks. The stream names them more coarsely.
import type { Change } from '../../store/feed/feed.ts'

/** The type by what the history calls the change; of what is not here, it is `changed`. */
const ORDER_TYPES: Readonly<Record<string, string>> = {
  Created: 'order.created',
  Opened: 'order.created',
  Locked: 'order.locked',
  LockExtended: 'order.locked',
  Unlocked: 'order.unlocked',
  UnlockedByForce: 'order.unlocked',
  Canceled: 'order.canceled',
  Refused: 'order.refused',
  PaymentRecorded: 'payment.recorded',
  PaymentRestored: 'payment.recorded',
  PaymentVoided: 'payment.voided',
  PaymentRefunded: 'payment.refunded',
}

const VISIT_TYPES: Readonly<Record<string, string>> = {
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
}: Pick<Change, 'entity' | 'action' | 'detail'>): string {
  if (entity !== 'Order') return `${entity.toLowerCase()}.${VISIT_TYPES[action] ?? 'changed'}`
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
