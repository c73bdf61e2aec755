// Payments that the venue takes by itself: they count in what is paid, and are not among Dojo's.
import { Type, type Static } from 'typebox'
import { conflict, notFound } from '../../domain/errors.ts'
import { defined, type Tab, type TabPayment } from '../../domain/orders/tab.ts'
import { takeTender, voidTender } from '../../domain/payments/tender.ts'
import { changeAsSeen, holdAsSeen } from '../orders/edit-order.ts'
import { holderOf } from '../orders/holds.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { Fields, Id, Minor, Name, OneOf, OrderPath, Reason } from '../kit/shapes.ts'
import { answerTab, TabShape } from '../orders/order-view.ts'

const tag = 'Payments'

const Tender = Fields({
  id: Type.Optional(Id),
  tender: OneOf(['Cash', 'Voucher', 'Other']),
  amountMinor: Type.Optional(
    Type.Integer({
      ...Minor,
      description: 'Without the tip. Left out: what is owed, or as much of it as was handed over.',
    }),
  ),
  tipsMinor: Type.Optional(Minor),
  tenderedMinor: Type.Optional(
    Type.Integer({
      ...Minor,
      description: 'What the guest handed over; the change is what it is more than amount and tip.',
    }),
  ),
  reference: Type.Optional(Name),
})

/** @throws Refusal Conflict: the same id with other content */
function repeated(
  tab: Tab,
  { id, tender, amountMinor, tipsMinor = 0, tenderedMinor }: Static<typeof Tender>,
): boolean {
  const known =
    id === undefined ? undefined : tab.payments.find((payment) => payment.paymentId === id)
  if (known === undefined) return false
  const same =
    known.tender === tender &&
    (known.tipsMinor ?? 0) === tipsMinor &&
    known.tenderedMinor === tenderedMinor &&
    (amountMinor === undefined || known.amountMinor === amountMinor)
  if (!same) {
    throw conflict(
      'content-differs',
      `The payment ${id} is already on this order, with other content.`,
    )
  }
  return true
}

/** @throws Refusal NotFound */
export function paymentIn(tab: Tab, paymentId: string): TabPayment {
  const payment = tab.payments.find((each) => each.paymentId === paymentId)
  if (payment === undefined) throw notFound('payment', paymentId)
  return payment
}

export const paymentOperations = [
  operation({
    id: 'takePayment',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/payments',
    summary: 'Records cash, a voucher or another tender',
    description: 'The payment that leaves nothing to pay settles the tab, as one by Dojo would.',
    tag,
    roles: STAFF,
    params: OrderPath,
    body: Tender,
    answer: TabShape,
    run: async (given) => {
      const {
        caller,
        deps: { newId },
        params,
        body,
      } = given
      const held = await holdAsSeen(given, params.orderId)
      const { tab, nowMs } = held
      if (repeated(tab, body)) return answerTab(held, caller.currency)
      const { id: paymentId = newId('pay'), tender, tenderedMinor, reference } = body
      const {
        amountMinor,
        tipsMinor: ownTipsMinor,
        ...sums
      } = takeTender(tab, nowMs, body, holderOf(caller), caller.currency)
      const payment = {
        paymentId,
        tender,
        paymentIntentId: undefined,
        amountMinor,
        tipsMinor: body.tipsMinor,
        refundedMinor: 0,
        refundedTipsMinor: 0,
        stands: true,
      }
      return await changeAsSeen(given, held, {
        kind: 'record-payment',
        payment,
        lockId: undefined,
        tender: defined({ tenderedMinor, reference }),
        ...sums,
        tipsMinor: tab.tipsMinor + ownTipsMinor,
      })
    },
  }),

  operation({
    id: 'voidPayment',
    does: 'write',
    method: 'POST',
    path: '/orders/{orderId}/payments/{paymentId}/void',
    summary: 'Gives back what the venue took by itself',
    description:
      'The balance opens, and a Finalized tab is open again. What Dojo took is refunded instead.',
    tag,
    roles: MANAGERS,
    params: Fields({ orderId: Id, paymentId: Id }),
    body: Fields({ reason: Reason }),
    answer: TabShape,
    run: async (given) => {
      const {
        caller,
        params,
        body: { reason },
      } = given
      const held = await holdAsSeen(given, params.orderId)
      const { tab, nowMs } = held
      const payment = paymentIn(tab, params.paymentId)
      if (!payment.stands && payment.tender !== 'Dojo') return answerTab(held, caller.currency)
      const sums = voidTender(tab, nowMs, payment, holderOf(caller))
      return await changeAsSeen(given, held, {
        kind: 'void-payment',
        paymentId: payment.paymentId,
        reason,
        detail: {
          paymentId: payment.paymentId,
          tender: payment.tender,
          amountMinor: payment.amountMinor,
        },
        ...sums,
      })
    },
  }),
]
