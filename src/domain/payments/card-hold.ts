// The hold of an order while card machines work on it: a lock as Dojo's, so that nobody changes the
// bill or pays it otherwise meanwhile. Several shares of a bill are paid under one hold.
import { limits } from '../../limits.ts'
import type { Order, OrderLock } from '../orders/order.ts'
import type { CardPayment, Judgement } from './card-payment.ts'
import { lastAttempt } from './card-payment.ts'

const PREFIX = 'card-'

export function isCardHold(lock: OrderLock | undefined): boolean {
  return lock?.kind === 'DojoLock' && lock.lockId.startsWith(PREFIX)
}

/** The lock under which a card payment of the order may be recorded. */
export function cardHoldOf({ lock }: Pick<Order, 'lock'>): string | undefined {
  return isCardHold(lock) ? lock!.lockId : undefined
}

/**
 * The order, held for a card payment that starts. A hold of the till that starts it ends. An
 * order for which an amount is only authorised is not held, and may grow.
 */
export function holdForCard(order: Order, payment: CardPayment, nowMs: number): Order {
  const mayGrow = payment.captureMode === 'Manual' && payment.wanted?.what !== 'capture'
  if (payment.kind !== 'Sale' || mayGrow) return order
  const known = isCardHold(order.lock) ? order.lock : undefined
  const { waiterId, tillName, cardPaymentId } = payment
  const lock: OrderLock = known ?? {
    lockId: `${PREFIX}${cardPaymentId}`,
    kind: 'DojoLock',
    expiresAtMs: nowMs,
    origin: { waiterId, product: tillName, deviceId: lastAttempt(payment)?.terminalId },
  }
  return { ...order, lock: { ...lock, expiresAtMs: holdUntil(lock, undefined, nowMs) } }
}

/**
 * The hold after a change of a card payment: longer while something is under way, and gone with the
 * last. A hold that somebody broke by force does not come back.
 */
export function withCardHold(
  order: Order,
  { isUnderWay, unknownUntilMs }: Judgement,
  { othersUnderWay, nowMs }: { othersUnderWay: boolean; nowMs: number },
): Order {
  const { lock } = order
  if (lock === undefined || !isCardHold(lock)) return order
  if (!isUnderWay && !othersUnderWay) return { ...order, lock: undefined }
  return { ...order, lock: { ...lock, expiresAtMs: holdUntil(lock, unknownUntilMs, nowMs) } }
}

function holdUntil({ expiresAtMs }: OrderLock, unknownUntilMs: number | undefined, nowMs: number) {
  const leastMs = nowMs + limits.cardHoldSeconds * 1000
  return Math.max(expiresAtMs, leastMs, (unknownUntilMs ?? 0) + limits.cardHoldSeconds * 1000)
}
