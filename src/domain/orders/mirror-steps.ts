// A till's order becomes the order here in steps: the payments that the till no longer has, what it
// comes to, the payments that the till took, its status.
import { voidTender } from '../payments/tender.ts'
import { changedAtTill, movedAtTill } from './mirror.ts'
import { paidAtTill, paymentsGoneAtTill } from './mirror-payments.ts'
import type { MirrorRequest, MirrorSpeaker } from './mirror-waiting.ts'
import type { Order, OrderChange } from './order.ts'

/** One after the other; each sees the order as the one before it left it. */
export type OrderStep = (order: Order) => OrderChange | undefined

/** The steps of a till's order that is here in an older version. */
export function changeSteps(
  order: Order,
  request: MirrorRequest,
  speaker: MirrorSpeaker,
): OrderStep[] {
  const { content, payments } = request
  const { nowMs, holder, caller } = speaker
  const gone = payments === undefined ? [] : paymentsGoneAtTill(order, payments)
  const reason = 'No longer on the till'
  return [
    // Before the total changes.
    ...gone.map(
      (paymentId): OrderStep =>
        (each) =>
          voidTender(each, paymentId, { nowMs, holder, reason }),
    ),
    (each) => changedAtTill(each, content, { nowMs, currency: caller.currency }),
    ...settlingSteps(request, speaker),
  ]
}

/** The steps of what the till took, and then of its status. */
export function settlingSteps(
  { content, payments = [] }: MirrorRequest,
  { nowMs, holder, caller }: MirrorSpeaker,
): OrderStep[] {
  return [
    ...payments.map(
      (payment): OrderStep =>
        (each) =>
          paidAtTill(each, payment, { nowMs, holder, caller }),
    ),
    (each) => movedAtTill(each, content, { nowMs, currency: caller.currency }),
  ]
}
