// Changes of a venue as server-sent events. The data of each is one line of JSON, which no text can
// break.
import { balanceMinor } from '../../domain/orders/order.ts'
import type { Change, Position } from '../../store/feed/feed.ts'
import { lockView } from '../kit/order-view.ts'

const LOCK_ACTIONS: ReadonlySet<string> = new Set([
  'Locked',
  'LockExtended',
  'Unlocked',
  'Held',
  'LetGo',
  'UnlockedByForce',
])

/**
 * The name of the event: `order`, `lock`, `payment`, `card-payment`, `party`, `reservation` or
 * `day`. What a card machine does is `card-payment`, on an order or not.
 */
function eventOf({ entity, action }: Change): string {
  if (entity === 'Refund') return 'card-payment'
  if (entity !== 'Order') return entity.toLowerCase()
  if (LOCK_ACTIONS.has(action)) return 'lock'
  if (action.startsWith('CardPayment')) return 'card-payment'
  return action.startsWith('Payment') ? 'payment' : 'order'
}

const ID_FIELDS = {
  Order: 'orderId',
  Party: 'partyId',
  Reservation: 'reservationId',
  Day: 'dayId',
  Refund: 'refundId',
} as const

/** What every event says, whatever carries it. */
export function dataOf(
  { entity, id, action, at, waiterId, deviceId, product, detail, order }: Change,
  nowMs: number,
): object {
  return {
    action,
    [ID_FIELDS[entity]]: id,
    at: at.toISOString(),
    waiterId,
    deviceId,
    product,
    detail,
    order: order && { ...order, balanceMinor: balanceMinor(order), lock: lockView(order, nowMs) },
  }
}

function frame(event: string, data: object, id?: Position): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * Only the last event carries the position, so a listener that is cut off before it gets all of
 * them again.
 * @param position where the stream continues after them
 */
export function changesText(changes: readonly Change[], nowMs: number, position: Position): string {
  const last = changes.length - 1
  return changes
    .map((change, index) =>
      frame(eventOf(change), dataOf(change, nowMs), index === last ? position : undefined),
    )
    .join('')
}

/** Everything after this position will be sent. */
export function readyText(position: Position): string {
  return frame('ready', {}, position)
}

/**
 * The listener must reload everything: it missed more than is sent again, or its position is not
 * one of this database.
 */
export function resetText(position: Position): string {
  return frame('reset', {}, position)
}

export function retryText(retryMs: number): string {
  return `retry: ${retryMs}\n\n`
}

export const HEARTBEAT = ': \n\n'
