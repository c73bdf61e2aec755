// Idempotent by paymentIntentId. Refusals in order: InvalidRequest for an amount that is none;
// NotFound; where the venue has its payments verified before they are answered, Conflict for a new
// one that is not as Dojo has it; then as `recordPayment` in domain/payment.ts lists them.
import type { Caller } from '../../domain/caller.ts'
import { newPayment, paymentOf, recordPayment } from '../../domain/payments/payment.ts'
import { changeOrder, readOrder } from '../../store/orders/orders.ts'
import type { Deps, Handler } from './handler.ts'
import { paymentRequestOf } from './order-request.ts'
import { orderView } from './order-view.ts'
import { mustAgreeWithDojo } from './verification.ts'

export const recordOrderPaymentById: Handler<'RecordOrderPaymentById'> = async (
  deps,
  caller,
  input,
) => {
  const {
    store: { database },
    newId,
    countPayment,
  } = deps
  const { orderId, lockId } = input
  const request = { ...paymentRequestOf(input, caller.currency), lockId }
  const { paymentIntentId } = request
  if (caller.verifyPayments === 'before' && (await isNew(deps, caller, orderId, paymentIntentId))) {
    await mustAgreeWithDojo(deps, caller, [request], orderId)
  }
  let repeated = false
  const recorded = await changeOrder(
    database,
    caller,
    orderId,
    { paymentIntentId },
    (order, nowMs, { intent }) => {
      const decision = recordPayment(order, nowMs, request, intent, caller, caller.currency)
      repeated = decision.repeated
      if (decision.repeated) return undefined
      const { paidMinor, tipsMinor, status } = decision
      return {
        kind: 'record-payment',
        payment: newPayment(newId('pay'), request),
        lockId,
        paidMinor,
        tipsMinor,
        status,
      }
    },
  )
  countPayment(repeated ? 'repeated' : 'recorded')
  return orderView(recorded, caller.currency)
}

/** What is recorded already is answered without asking anybody, and so is what has no order. */
async function isNew(
  { store: { database } }: Deps,
  { locationId }: Caller,
  orderId: string,
  paymentIntentId: string,
): Promise<boolean> {
  const now = await readOrder(database, locationId, orderId)
  return now !== undefined && paymentOf(now.order, paymentIntentId) === undefined
}
