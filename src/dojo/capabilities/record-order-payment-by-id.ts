// Idempotent by paymentIntentId. Refusals in order: InvalidRequest for an amount that is not valid;
// NotFound; where the venue verifies payments before it answers, Conflict for a new payment that is
// not as Dojo has it; then as `recordPayment` in domain/payments/payment.ts lists them.
import type { Caller } from '../../domain/caller.ts'
import { Refusal } from '../../domain/errors.ts'
import type { OrderChange } from '../../domain/orders/order.ts'
import { paymentOf, recordPayment } from '../../domain/payments/payment.ts'
import { readOutline } from '../../store/orders/read-order.ts'
import type { Deps, Handler } from './handler.ts'
import { paymentRequestOf } from './order-request.ts'
import { orderView } from './order-view.ts'
import { mustAgreeWithDojo } from './verification.ts'

export const recordOrderPaymentById: Handler<'RecordOrderPaymentById'> = async (
  deps,
  caller,
  input,
) => {
  const { change, newId, countPayment } = deps
  const { orderId, lockId } = input
  const request = { ...paymentRequestOf(input, caller.currency), lockId }
  const { paymentIntentId } = request
  if (caller.verifyPayments === 'before' && (await isNew(deps, caller, orderId, paymentIntentId))) {
    await mustAgreeWithDojo(deps, caller, { payments: [request], orderId })
  }
  let made: OrderChange | undefined
  const recorded = await change({
    caller,
    orderId,
    question: { paymentIntentId },
    decide: (order, nowMs, { intent }) => {
      const paymentId = newId('pay')
      made = recordPayment(order, request, { paymentId, nowMs, caller, intent })
      return made
    },
  })
  countPayment(made === undefined ? 'repeated' : 'recorded')
  return orderView(recorded, caller.currency)
}

/**
 * A payment that is recorded already is answered without asking Dojo, and so is one of an order
 * that does not exist.
 */
async function isNew(
  { store: { reads } }: Deps,
  { locationId }: Caller,
  orderId: string,
  paymentIntentId: string,
): Promise<boolean> {
  try {
    const { order } = await readOutline(reads, locationId, orderId)
    return paymentOf(order, paymentIntentId) === undefined
  } catch (error) {
    if (error instanceof Refusal && error.type === 'NotFound') return false
    throw error
  }
}
