import type { Payment } from '../../domain/orders/order.ts'
import { paymentOf } from '../../domain/payments/payment.ts'
import { mustBeTakenByDojo } from '../../domain/payments/refund.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { readIntentForUpdate, type IntentForUpdate } from '../../store/payments/intents.ts'
import { readPaymentRef } from '../../store/payments/refunds.ts'

export interface PaymentForUpdate {
  now: OrderNow
  payment: Payment
  paymentIntentId: string
  intent: IntentForUpdate
}

/**
 * A payment that Dojo took. Locks its order before its intent, as recording a payment does.
 * @throws Refusal NotFound; Conflict: Dojo did not take it. RecordedMeanwhile: it has moved to
 *   another order
 */
export async function readPaymentForUpdate(
  tx: Transaction,
  locationId: string,
  paymentId: string,
): Promise<PaymentForUpdate> {
  const { orderId, paymentIntentId } = await readPaymentRef(tx, locationId, paymentId)
  mustBeTakenByDojo(paymentId, paymentIntentId)
  const now = await readOrderForUpdate(tx, locationId, orderId)
  const intent = await readIntentForUpdate(tx, locationId, paymentIntentId, orderId)
  return { now, payment: paymentOf(now.order, paymentIntentId)!, paymentIntentId, intent }
}
