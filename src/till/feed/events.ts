// Changes of a venue as server-sent events: one line of JSON each, which no text of the venue can
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

/** What a screen listens for: `order`, `lock`, `payment`, `party` or `reservation`. */
function eventOf({ entity, action }: Change): string {
  if (entity !== 'Order') return entity.toLowerCase()
  return LOCK_ACTIONS.has(action) ? 'lock' : action.startsWith('Payment') ? 'payment' : 'order'
}

const ID_FIELDS = { Order: 'orderId', Party: 'partyId', Reservation: 'reservationId' } as const

function dataOf(
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

const frame = (event: string, data: object, id?: Position): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/**
 * Only the last carries the position: whoever is cut off before it hears all of them again.
 * @param position where the stream goes on after them
 */
export const changesText = (
  changes: readonly Change[],
  nowMs: number,
  position: Position,
): string =>
  changes
    .map((change, index) =>
      frame(
        eventOf(change),
        dataOf(change, nowMs),
        index === changes.length - 1 ? position : undefined,
      ),
    )
    .join('')

/** All up to here was heard, or is to be read; what comes after it is heard. */
export const readyText = (position: Position): string => frame('ready', {}, position)

/**
 * More was missed than is told again, or the position is none of this database's: everything is to
 * be read again.
 */
export const resetText = (position: Position): string => frame('reset', {}, position)

export const retryText = (retryMs: number): string => `retry: ${retryMs}\n\n`

export const HEARTBEAT = ': \n\n'
