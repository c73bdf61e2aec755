// Idempotent by dojoOrderId; its payments are recorded as RecordOrderPaymentById would, in one
// transaction with it. Refusals in order: InvalidRequest for the amounts, quantities, times and
// details themselves; where the venue verifies payments before it answers, Conflict for a payment
// of a new order that is not as Dojo has it; Conflict for the same dojoOrderId with other content;
// InvalidRequest for a table, party or reservation that the venue does not have; Conflict for a
// payment that cannot be recorded (its intent is on another order, more than the total).
import { createOrder as create, type OrderToCreate } from '../../actions/orders/create-order.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { invalid, Refusal } from '../../domain/errors.ts'
import { foreignId } from '../../domain/ids.ts'
import { discrepancyMinor } from '../../domain/orders/new-order.ts'
import { othersFirst } from '../../lib/others-first.ts'
import { limits } from '../../limits.ts'
import { readMadeBefore } from '../../store/orders/read-order.ts'
import type { VenueCaller } from '../../domain/caller.ts'
import type { Deps, Handler } from './handler.ts'
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
  const isLarge = content.items.length > limits.linesInOnePiece
  if (isLarge) await othersFirst()
  // The total that the customer saw is kept; a notice says that its parts add up to another.
  const discrepancy = discrepancyMinor(content)
  const creationHash = contentHash({
    content,
    payments: payments.map((payment) => ({ ...payment, tipsMinor: payment.tipsMinor ?? 0 })),
  })
  const request = { dojoOrderId, creationHash, content, payments }
  await mustBeVerified(deps, caller, request)
  const created = await create(store.database, newId, caller, request).catch(withPath)
  if (discrepancy !== undefined) {
    notice(caller, 'the total of an order differs from the sum of its parts', {
      orderId: created.order.orderId,
      dojoOrderId,
      totalMinor: content.totalMinor,
      discrepancyMinor: discrepancy,
    })
  }
  if (isLarge) await othersFirst()
  for (let recorded = 0; recorded < created.paymentsRecorded; recorded++) countPayment('recorded')
  return orderView(created, caller.currency)
}

/** @throws Refusal Conflict; Unavailable */
async function mustBeVerified(
  deps: Deps,
  caller: VenueCaller,
  { dojoOrderId, payments }: OrderToCreate,
): Promise<void> {
  if (caller.verifyPayments !== 'before') return
  const { database } = deps.store
  if ((await readMadeBefore(database, caller.locationId, { dojoOrderId })) === undefined) {
    await mustAgreeWithDojo(deps, caller, { payments, orderId: dojoOrderId })
  }
}

/** An unknown reference, by the path that Dojo's contract has for it. */
function withPath(error: unknown): never {
  if (error instanceof Refusal && error.reason === 'unknown-reference' && 'field' in error.facts) {
    const { field, id } = error.facts as { field: string; id: string }
    throw invalid(
      `The field details.dineIn.${field} is ${id}, which this venue does not have.`,
      'unknown-reference',
    )
  }
  throw error
}
