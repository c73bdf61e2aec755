// What waits for a till that keeps its own orders: what Dojo made or changed. The till takes it
// over and acknowledges it, or refuses an order, which gives the guest the money back.
import type { VisitKind } from '../bookings/visit.ts'
import type { Caller } from '../caller.ts'
import { conflict } from '../errors.ts'
import { isHeldByDojo } from '../payments/payment.ts'
import type { RefundRequest } from '../payments/refund.ts'
import type { InboxThen } from '../venue/venue.ts'
import { mustNotBeLockedByDojo } from './order-lock.ts'
import type { OrderWrite } from './order-write.ts'
import { canBecome, mustBeOpen, type Order, type OrderChange, type Payment } from './order.ts'
import { withStatus } from './status.ts'

export type InboxKind = 'Order' | 'Payment' | 'Party' | 'Reservation'

export interface InboxNote {
  kind: InboxKind
  entityId: string
  /** The order of a payment. */
  orderId?: string
}

/**
 * What the till has to take over. It hears of every change of Dojo's payments, also of a refund
 * that it asked for itself; of other changes it hears where it did not make them.
 */
export function inboxNoteOf(
  { payment, keepsVersion, order }: OrderWrite,
  { kind, isTill }: Pick<Caller, 'kind' | 'isTill'>,
): InboxNote | undefined {
  if (kind !== 'mirrored' || keepsVersion) return undefined
  const { orderId, mirrorId, status } = order
  if (payment === undefined) {
    return isTill === true ? undefined : { kind: 'Order', entityId: orderId }
  }
  const { tender, paymentId } = payment.payment
  const isNobodys = mirrorId === undefined && status === 'Failed'
  return tender === 'Dojo' && !isNobodys
    ? { kind: 'Payment', entityId: paymentId, orderId }
    : undefined
}

/** The same for the guests: Dojo's changes of a party or reservation, and not the till's own. */
export function visitNoteOf(
  { kind, visitId }: { kind: VisitKind; visitId: string },
  caller: Pick<Caller, 'kind' | 'isTill'>,
): InboxNote | undefined {
  return caller.kind === 'mirrored' && caller.isTill !== true
    ? { kind, entityId: visitId }
    : undefined
}

/** A note for staff: no till has taken the order over in the time that the venue gives it. */
export function leftWaiting(order: Order, inboxMinutes: number): OrderChange {
  return { action: 'Overdue', detail: { inboxMinutes }, order, quiet: true, isNote: true }
}

/** The statuses that a till may give an order that it takes over. */
export const takeOverStatuses = ['Confirmed', 'Accepted', 'Preparing', 'Prepared', 'Ready'] as const

/**
 * The till keeps the order from now on, by its own id of it. Undefined where it does already.
 * @throws Refusal Conflict: taken over under another id
 */
export function takenOver(
  order: Order,
  { mirrorId, status }: { mirrorId: string; status: (typeof takeOverStatuses)[number] },
): OrderChange | undefined {
  const { orderId } = order
  if (order.mirrorId !== undefined && order.mirrorId !== mirrorId) {
    throw conflict(
      'content-differs',
      `The order ${orderId} is the till's order ${order.mirrorId} already; it cannot also be ${mirrorId}.`,
    )
  }
  const after = canBecome(order.status, status) ? withStatus(order, status) : order
  if (order.mirrorId === mirrorId && after === order) return undefined
  return {
    action: 'TakenOver',
    detail: { mirrorId, status: after.status, statusBefore: order.status },
    order: { ...after, mirrorId },
  }
}

/**
 * The till does not make the order. Undefined where it said so before.
 * @throws Refusal Conflict: taken over already; final; locked
 */
export function refusedByTill(
  order: Order,
  reason: string,
  nowMs: number,
): OrderChange | undefined {
  if (order.status === 'Failed') return undefined
  if (order.mirrorId !== undefined || order.dojoOrderId === undefined) {
    throw conflict(
      'final',
      `The order ${order.orderId} is at the till already; cancel it there and refund its payments.`,
    )
  }
  mustBeOpen(order)
  mustNotBeLockedByDojo(order, nowMs)
  return {
    action: 'Refused',
    detail: { reason, statusBefore: order.status },
    order: withStatus(order, 'Failed'),
  }
}

/** The payments that guests get back of an order that the venue does not make. */
export function paymentsToGiveBack({ payments }: Order): Payment[] {
  return payments.filter(isHeldByDojo)
}

/** As a till would ask for it; by the same id each time, so that it is one refund. */
export function refundOfRefused({
  paymentId,
}: Payment): Pick<RefundRequest, 'refundId' | 'paymentId' | 'amountMinor' | 'reason'> {
  const reason = 'The venue did not take the order.'
  return { refundId: `refused-${paymentId}`, paymentId, amountMinor: undefined, reason }
}

/** Why an order that is overdue is refused; undefined where the venue wants staff to hear of it. */
export function overdueRefusal(then: InboxThen, inboxMinutes: number): string | undefined {
  return then === 'refuse' ? `No till acknowledged it within ${inboxMinutes} minutes.` : undefined
}

/** What the log says of an order that no till has taken over. */
export const overdueMessages = {
  waits: 'an order of Dojo waits for the till; see GET /till/v1/mirror/inbox',
  refused: 'an order of Dojo was refused: no till acknowledged it in time',
} as const
