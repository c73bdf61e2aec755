// Payments that the venue takes itself: cash, vouchers and other tenders.
import { Type } from 'typebox'
import { editOrder } from '../../actions/orders/change-order.ts'
import { takeDeposit } from '../../actions/payments/take-deposit.ts'
import { takeTender, voidTender } from '../../domain/payments/tender.ts'
import { limits } from '../../limits.ts'
import { holderOf } from '../kit/holder.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { answerOrder, OrderShape } from '../kit/order-view.ts'
import { Fields, Id, Minor, Name, OneOf, OrderPath, Reason, SomeMinor } from '../kit/shapes.ts'

const tag = 'Payments'

const Tender = Fields({
  id: Type.Optional(Id),
  tender: OneOf(['Cash', 'Voucher', 'Other']),
  amountMinor: Type.Optional(
    Type.Integer({
      ...Minor,
      description: 'Without the tip. Left out: the balance, or as much of it as was handed over.',
    }),
  ),
  tipsMinor: Type.Optional(Minor),
  tenderedMinor: Type.Optional(
    Type.Integer({
      ...Minor,
      description: 'What the guest handed over. The change is what exceeds the amount and the tip.',
    }),
  ),
  reference: Type.Optional(Name),
  lineIds: Type.Optional(
    Type.Array(Id, {
      minItems: 1,
      maxItems: limits.maxLinesAtOnce,
      description: 'The items that it pays for. Then an amount that is left out is theirs.',
    }),
  ),
})

export const paymentOperations = [
  operation({
    id: 'takePayment',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/payments',
    summary: 'Records cash, a voucher or another tender',
    description:
      'The payment that pays the balance settles the order, as one through Dojo does. One that ' +
      'names its items comes off those when the bill is split by items.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Tender,
    answer: OrderShape,
    run: async ({ tx, caller, ifMatch, deps, params: { orderId }, body }) => {
      const paymentId = body.id ?? deps.newId('pay')
      const holder = holderOf(caller)
      const now = await editOrder(tx, caller, { orderId, version: ifMatch }, (order, nowMs) =>
        takeTender(order, body, { paymentId, nowMs, holder, caller }),
      )
      return answerOrder(now, caller.currency)
    },
  }),

  operation({
    id: 'takeDeposit',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/deposit',
    summary: "Takes the deposit of the order's party off its bill",
    description:
      'Dojo took the deposit with the booking. It is a payment with the tender Deposit; several ' +
      'orders of a party share what there is. Void it to give it back to the party.',
    tag,
    roles: STAFF,
    venues: 'native',
    params: OrderPath,
    body: Fields({
      id: Type.Optional(Id),
      amountMinor: Type.Optional(
        Type.Integer({
          ...SomeMinor,
          description: 'Left out: the balance, or as much of it as is left of the deposit.',
        }),
      ),
    }),
    answer: OrderShape,
    run: async ({ tx, caller, ifMatch, deps, params: { orderId }, body }) => {
      const paymentId = body.id ?? deps.newId('pay')
      const taking = { ...body, paymentId, holder: holderOf(caller) }
      const now = await takeDeposit(tx, caller, { orderId, version: ifMatch }, taking)
      return answerOrder(now, caller.currency)
    },
  }),

  operation({
    id: 'voidPayment',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/payments/{paymentId}/void',
    summary: 'Voids a payment that the venue took itself',
    description:
      'The order owes the amount again, and a Finalized order opens again. ' +
      'Refund a payment that Dojo took instead.',
    tag,
    roles: MANAGERS,
    venues: 'native',
    params: Fields({ orderId: Id, paymentId: Id }),
    body: Fields({ reason: Reason }),
    answer: OrderShape,
    run: async ({ tx, caller, ifMatch, params: { orderId, paymentId }, body: { reason } }) => {
      const holder = holderOf(caller)
      const now = await editOrder(tx, caller, { orderId, version: ifMatch }, (order, nowMs) =>
        voidTender(order, paymentId, { nowMs, holder, reason }),
      )
      return answerOrder(now, caller.currency)
    },
  }),
]
