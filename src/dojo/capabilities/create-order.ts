// Idempotent by dojoOrderId; its payments are recorded as RecordOrderPaymentById would, in one
// transaction with it. Refusals in order: InvalidRequest for the amounts, quantities, times and
// details themselves; where the venue has its payments verified before they are answered, Conflict
// for one of a new order that is not as Dojo has it; Conflict for the same dojoOrderId with other
// content; InvalidRequest for a table, party or reservation that the venue does not have; Conflict
// for a payment that cannot be recorded (its intent stands elsewhere, more than the total).
import { contentHash } from '../../domain/content-hash.ts'
import { foreignId } from '../../domain/ids.ts'
import { discrepancyMinor, statusOnArrival } from '../../domain/orders/order.ts'
import { createOrder as create, isCreated } from '../../store/orders/order-creation.ts'
import type { Handler } from './handler.ts'
import { orderContentOf, paymentRequestOf } from './order-request.ts'
import { orderView } from './order-view.ts'
import { mustAgreeWithDojo } from './verification.ts'

export const createOrder: Handler<'CreateOrder'> = async (deps, caller, input) => {
  const { store, newId, notice, countPayment } = deps
  const dojoOrderId = foreignId(input.dojoOrderId, 'dojoOrderId')
  const content = orderContentOf(input, caller.currency)
  const payments = input.payments.map((payment, index) =>
    paymentRequestOf(payment, caller.currency, `payments[${index}].`),
  )
  // The total that the customer saw stands; staff are told that its parts add up to something else.
  const discrepancy = discrepancyMinor(content)
  const creationHash = contentHash({
    content,
    payments: payments.map((payment) => ({ ...payment, tipsMinor: payment.tipsMinor ?? 0 })),
  })
  if (
    caller.verifyPayments === 'before' &&
    !(await isCreated(store.database, caller.locationId, dojoOrderId))
  ) {
    await mustAgreeWithDojo(deps, caller, payments, dojoOrderId)
  }
  const created = await create(store.database, newId, caller, {
    orderId: newId('ord'),
    dojoOrderId,
    creationHash,
    content,
    discrepancyMinor: discrepancy,
    payments,
    statusOnArrival,
  })
  if (discrepancy !== undefined) {
    notice(caller, 'the total of an order differs from the sum of its parts', {
      orderId: created.order.orderId,
      dojoOrderId,
      totalMinor: content.totalMinor,
      discrepancyMinor: discrepancy,
    })
  }
  for (let recorded = 0; recorded < created.paymentsRecorded; recorded++) countPayment('recorded')
  return orderView(created, caller.currency)
}
