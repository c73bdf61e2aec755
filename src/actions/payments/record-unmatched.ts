// Records money that is on no bill on the order that somebody chose, and takes it off the list.
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { recordPayment } from '../../domain/payments/payment.ts'
import { mustBeNew, requestFor } from '../../domain/payments/unmatched.ts'
import type { Database } from '../../store/database/database.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { writeUnmatched } from '../../store/payments/intents.ts'
import { readUnmatchedPayment } from '../../store/payments/unmatched.ts'
import { applyChange } from '../orders/change-order.ts'

/**
 * @throws Refusal NotFound: no such order, or not on the list; as requestFor and recordPayment
 */
export async function recordUnmatched(
  { database, newId }: { database: Database; newId: NewId },
  caller: Caller,
  { paymentIntentId, orderId }: { paymentIntentId: string; orderId: string },
): Promise<OrderNow> {
  const { locationId } = caller
  return await database.transaction(async (tx) => {
    const now = await readOrderForUpdate(tx, locationId, orderId, { paymentIntentId })
    const { order, nowMs, knowledge } = now
    const request = requestFor(await readUnmatchedPayment(tx, locationId, paymentIntentId), order)
    const change = recordPayment(order, request, {
      paymentId: newId('pay'),
      nowMs,
      caller,
      intent: knowledge.intent,
      detail: { byHand: true },
    })
    const after = applyChange(tx, caller, now, mustBeNew(change, paymentIntentId))
    writeUnmatched(tx, locationId, paymentIntentId, undefined)
    return after
  })
}
