// Refunds without a payment, which a manager gives on a card machine.
import { Type } from 'typebox'
import { cancelCardPayment, judgeSignature } from '../../actions/payments/direct-card-payment.ts'
import { recordUnlinkedRefund } from '../../actions/payments/record-unlinked-refund.ts'
import { startUnlinkedRefund } from '../../actions/payments/start-unlinked-refund.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { limits } from '../../limits.ts'
import { readUnlinkedRefund, readUnlinkedRefunds } from '../../store/payments/unlinked-refunds.ts'
import { holderOf } from '../kit/holder.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, Id, Reason, SomeMinor } from '../kit/shapes.ts'
import { CardPaymentShape, cardPaymentView, followed, started } from './card-payment-view.ts'
import { stableId } from './stable-id.ts'

const tag = 'Refunds'
const RefundPath = Fields({ refundId: Id })

/** As a card payment is asked for something. */
function refOf({ refundId: cardPaymentId }: { refundId: string }) {
  return { orderId: undefined, cardPaymentId }
}

export const unlinkedRefundOperations = [
  operation({
    id: 'startUnlinkedRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds',
    summary: 'Gives a refund without a payment on a card machine',
    description:
      'For what was paid elsewhere, or nobody knows how. Up to unlinkedRefundMostMinor of the ' +
      'venue. It is on no bill, and a line of its own in the report of the day. Follow it as ' +
      'GET /refunds/unlinked/{refundId}, or by the events card-payment with its refundId.',
    tag,
    creates: true,
    roles: MANAGERS,
    body: Fields({
      id: Type.Optional(Id),
      amountMinor: SomeMinor,
      reason: Reason,
      terminalId: Type.Optional(Id),
      cardNotPresent: Type.Optional(Type.Boolean({ description: 'The card number is typed in.' })),
    }),
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, body, idempotencyKey }) => {
      const { id, amountMinor, reason, terminalId, cardNotPresent = false } = body
      const refundId = stableId('rfd', { id, idempotencyKey, newId: deps.newId })
      const request = { amountMinor, reason, terminalId, cardNotPresent }
      const hash = contentHash(request)
      const start = { ...request, refundId, hash }
      const { isNew } = await startUnlinkedRefund(database, caller, start)
      const now = await started({ database, deps, caller }, refundId)
      return { body: cardPaymentView(now), status: isNew ? 201 : 200 }
    },
  }),

  operation({
    id: 'listUnlinkedRefunds',
    does: 'read',
    method: 'GET',
    path: '/refunds/unlinked',
    summary: 'The refunds without a payment, newest first',
    description: 'A manager records those whose chargeAgain is unknown.',
    tag,
    roles: MANAGERS,
    answer: Fields({ rows: Type.Array(CardPaymentShape) }),
    run: async ({ database, caller }) => {
      const most = limits.cardPaymentsListed
      const rows = await readUnlinkedRefunds(database, caller.locationId, most)
      return { body: { rows: rows.map(cardPaymentView) } }
    },
  }),

  operation({
    id: 'readUnlinkedRefund',
    does: 'read',
    method: 'GET',
    path: '/refunds/unlinked/{refundId}',
    summary: 'A refund without a payment as it is now',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    answer: CardPaymentShape,
    run: async ({ database, caller, params: { refundId } }) => ({
      body: cardPaymentView(await readUnlinkedRefund(database, caller.locationId, refundId)),
    }),
  }),

  operation({
    id: 'cancelUnlinkedRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds/unlinked/{refundId}/cancel',
    summary: 'Stops the card machine while no card was read',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params }) => {
      await cancelCardPayment(database, caller, refOf(params))
      const now = await followed({ database, deps, caller }, params.refundId)
      return { body: cardPaymentView(now) }
    },
  }),

  operation({
    id: 'answerSignatureOfUnlinkedRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds/unlinked/{refundId}/signature',
    summary: 'Accepts or rejects the signature of the guest',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    body: Fields({ accepted: Type.Boolean() }),
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params, body: { accepted } }) => {
      await judgeSignature(database, caller, refOf(params), accepted)
      const now = await followed({ database, deps, caller }, params.refundId)
      return { body: cardPaymentView(now) }
    },
  }),

  operation({
    id: 'recordUnlinkedRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds/unlinked/{refundId}/record',
    summary: 'Records what the card machine shows of a refund whose result is unknown',
    description:
      'Dojo keeps no payment intent of such a refund, so nothing puts this right later: look at ' +
      'the machine and its receipt.',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    body: Fields({
      given: Type.Boolean({
        description: 'Whether the machine shows that the guest has the money.',
      }),
      reason: Reason,
    }),
    answer: CardPaymentShape,
    run: async ({ database, caller, params: { refundId }, body: { given, reason } }) => {
      const said = { by: holderOf(caller), given, reason }
      return { body: cardPaymentView(await recordUnlinkedRefund(database, caller, refundId, said)) }
    },
  }),
]
