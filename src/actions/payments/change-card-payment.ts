// The one write path of card payments: its row, the hold of its order, and the order's history,
// from which tills hear of every state.
import type { Caller } from '../../domain/caller.ts'
import {
  judge,
  lastAttempt,
  withEnd,
  type CardPayment,
} from '../../domain/payments/card-payment.ts'
import { holdForCard, withCardHold } from '../../domain/payments/card-hold.ts'
import type { Order } from '../../domain/orders/order.ts'
import { shownOf } from '../../domain/payments/card-payment-shown.ts'
import { same } from '../../lib/same.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { recordEntry } from '../../store/bookings/visit-history.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import {
  readCardPayment,
  readCardPaymentForUpdate,
  readUnderWay,
  updateCardPayment,
  type CardPaymentNow,
} from '../../store/payments/card-payments.ts'
import { renewLease, type Lease } from '../../store/payments/terminals.ts'
import { applyChange } from '../orders/change-order.ts'

/** Another process drives the card machine by now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export interface CardPaymentToDecide extends CardPaymentNow {
  /** Undefined for a refund without a payment. */
  order: Order | undefined
  tx: Transaction
}

/** Undefined when there is nothing to change. */
export type DecideCardPayment = (
  now: CardPaymentToDecide,
) => CardPayment | undefined | Promise<CardPayment | undefined>

/**
 * A change of a card payment, in a transaction of its own.
 * @param lease under which it is made
 * @param holdsOrder whether it takes the order's hold, as a new try does
 * @throws Refusal NotFound, and what `decide` throws; LeaseLost. Then nothing has changed
 */
export async function changeCardPayment(
  database: Database,
  caller: Caller,
  {
    cardPaymentId,
    lease,
    holdsOrder,
  }: { cardPaymentId: string; lease?: Lease | undefined; holdsOrder?: boolean },
  decide: DecideCardPayment,
): Promise<CardPaymentNow> {
  const { locationId } = caller
  return await database.transaction(async (tx) => {
    const { payment: seen } = await readCardPayment(tx, locationId, cardPaymentId)
    const { orderId } = seen
    const order =
      orderId === undefined ? undefined : await readOrderForUpdate(tx, locationId, orderId)
    const now = await readCardPaymentForUpdate(tx, locationId, cardPaymentId)
    if (lease !== undefined && !(await renewLease(tx, locationId, lease))) throw new LeaseLost()
    const after = await decide({ ...now, order: order?.order, tx })
    if (after === undefined) return now
    if (order === undefined) return writeUnlinked(tx, caller, now, after)
    const held = holdsOrder === true ? holdForCard(order.order, after, now.nowMs) : order.order
    return await writeCardPayment(tx, caller, order, { before: now.payment, after, held })
  })
}

/**
 * Writes a change of a card payment whose row is locked, and its order's before it. The commit
 * waits for it.
 */
export async function writeCardPayment(
  tx: Transaction,
  caller: Caller,
  order: OrderNow,
  { before, after, held = order.order }: { before: CardPayment; after: CardPayment; held?: Order },
): Promise<CardPaymentNow> {
  const { nowMs } = order
  const { locationId } = caller
  const { payment } = writeAlone(tx, locationId, after, nowMs)
  const is = shownOf(payment, nowMs)
  const isSeen = isSeenIn(before, payment, nowMs)
  if (!isSeen && before.endedAtMs === payment.endedAtMs) return { payment, nowMs }
  const onOrder = await readUnderWay(tx, locationId, { orderId: payment.orderId })
  const others = onOrder.filter(({ cardPaymentId }) => cardPaymentId !== payment.cardPaymentId)
  applyChange(tx, byMachine(caller, payment), order, {
    action: `CardPayment${is.status}`,
    detail: is,
    order: withCardHold(held, judge(payment, nowMs), { othersUnderWay: others.length > 0, nowMs }),
    quiet: true,
    isNote: true,
  })
  return { payment, nowMs }
}

/** A refund without a payment is on no order: tills hear of it by itself. */
function writeUnlinked(
  tx: Transaction,
  caller: Caller,
  { payment: before, nowMs }: CardPaymentNow,
  after: CardPayment,
): CardPaymentNow {
  const { payment } = writeAlone(tx, caller.locationId, after, nowMs)
  if (isSeenIn(before, payment, nowMs)) {
    announceUnlinked(tx, byMachine(caller, payment), payment, nowMs)
  }
  return { payment, nowMs }
}

/** The state of a refund without a payment, as an entry of the feed. The commit waits for it. */
export function announceUnlinked(
  tx: Transaction,
  caller: Caller,
  payment: CardPayment,
  nowMs: number,
): void {
  const detail = shownOf(payment, nowMs)
  recordEntry(tx, caller, {
    kind: 'Refund',
    visitId: payment.cardPaymentId,
    action: `CardPayment${detail.status}`,
    detail,
  })
}

/** Whether tills see the change, apart from the time that passes. */
function isSeenIn(before: CardPayment, after: CardPayment, nowMs: number): boolean {
  const [was, is] = [before, after].map((payment) => ({
    ...shownOf(payment, nowMs),
    secondsToSign: undefined,
  }))
  return !same(was, is)
}

function writeAlone(
  tx: Transaction,
  locationId: string,
  after: CardPayment,
  nowMs: number,
): CardPaymentNow {
  const payment = withEnd(after, nowMs)
  updateCardPayment(tx, locationId, payment)
  return { payment, nowMs }
}

/** Who is behind what happens on a card machine. */
export function byMachine(caller: Caller, payment: CardPayment): Caller {
  const { locationId, currency, kind, verifyPayments } = caller
  return { locationId, currency, kind, verifyPayments, ...originOfCard(payment) }
}

export function originOfCard(payment: CardPayment) {
  return {
    waiterId: payment.waiterId,
    product: 'Pay at Counter',
    deviceId: lastAttempt(payment)?.terminalId,
    deviceType: 'Terminal',
  }
}
