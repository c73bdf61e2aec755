// Idempotent by paymentIntentId. Refusals in order: InvalidRequest for an amount that is none; NotFound; then as
// `recordPayment` in domain/payment.ts lists them.
import { recordPayment } from '../domain/payment.ts'
import { changeOrder } from '../store/orders.ts'
import type { Handler } from './handler.ts'
import { paymentOf } from './order-request.ts'
import { orderView } from './order-view.ts'

export const recordOrderPaymentById: Handler<'RecordOrderPaymentById'> = async ({ store, newId, countPayment }, caller, input) => {
  const { orderId, lockId } = input
  const request = { ...paymentOf(input, caller.currency), lockId }
  const { paymentIntentId, amountMinor, tipsMinor } = request
  let repeated = false
  const recorded = await changeOrder(store.database, caller, orderId, { paymentIntentId }, (order, nowMs, { intent }) => {
    const decision = recordPayment(order, nowMs, request, intent, caller, caller.currency)
    repeated = decision.repeated
    if (decision.repeated) return undefined
    const { paidMinor, tipsMinor: orderTipsMinor, status } = decision
    return {
      kind: 'record-payment',
      payment: { paymentId: newId('pay'), tender: 'Dojo', paymentIntentId, amountMinor, tipsMinor, stands: true },
      lockId,
      paidMinor,
      tipsMinor: orderTipsMinor,
      status,
    }
  })
  countPayment(repeated ? 'repeated' : 'recorded')
  return orderView(recorded, caller.currency)
}
