import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { cardHoldOf } from '../../domain/payments/card-hold.ts'
import {
  recordByHand as decide,
  recordRefundByHand,
  type SaidByHand,
} from '../../domain/payments/card-payment-by-hand.ts'
import { recordPayment } from '../../domain/payments/payment.ts'
import type { Database } from '../../store/database/database.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import {
  readCardPaymentForUpdate,
  readCardPaymentOn,
  type CardPaymentNow,
} from '../../store/payments/card-payments.ts'
import { applyChange } from '../orders/change-order.ts'
import { byMachine, changeCardPayment, writeCardPayment } from './change-card-payment.ts'
import type { CardPaymentRef } from './direct-card-payment.ts'

type Ref = CardPaymentRef & { orderId: string }
type Said = Omit<SaidByHand, 'nowMs'>

/**
 * Records a card payment whose result is unknown as taken, or a refund on a machine as given or
 * not. It is checked against Dojo, and put right where Dojo shows otherwise.
 * @throws Refusal NotFound; InvalidRequest, Conflict: see `recordByHand` and `recordRefundByHand`
 *   of the domain, and `recordPayment`
 */
export async function recordByHand(
  deps: { database: Database; newId: NewId },
  caller: Caller,
  ref: Ref,
  said: Said,
): Promise<CardPaymentNow> {
  const { database } = deps
  const { payment } = await readCardPaymentOn(database, caller.locationId, ref)
  if (payment.kind === 'Sale') return await recordSale(deps, caller, ref, said)
  return await changeCardPayment(database, caller, ref, ({ payment: refund, nowMs }) =>
    recordRefundByHand(refund, { nowMs, ...said }),
  )
}

async function recordSale(
  { database, newId }: { database: Database; newId: NewId },
  caller: Caller,
  ref: Ref,
  said: Said,
): Promise<CardPaymentNow> {
  const { locationId } = caller
  const { orderId, cardPaymentId } = ref
  return await database.transaction(async (tx) => {
    // An intent, once it is known, stays the payment's.
    const { payment: seen } = await readCardPaymentOn(tx, locationId, ref)
    const question = { paymentIntentId: seen.paymentIntentId }
    const order = await readOrderForUpdate(tx, locationId, orderId, question)
    const { payment, nowMs } = await readCardPaymentForUpdate(tx, locationId, cardPaymentId)
    const after = decide({ ...payment, ...question }, { nowMs, ...said })
    const { paymentIntentId, amountMinor } = after
    const tipsMinor = payment.tipsMinor || undefined
    const lockId = cardHoldOf(order.order)
    const request = { paymentIntentId, amountMinor, tipsMinor, lockId }
    const recorded = recordPayment(order.order, request, {
      paymentId: newId('pay'),
      nowMs,
      caller: byMachine(caller, payment),
      intent: order.knowledge.intent,
      detail: { byHand: said.reason, by: said.by },
    })
    const now = applyChange(tx, caller, order, recorded)
    return await writeCardPayment(tx, caller, now, { before: payment, after })
  })
}
