// Refunds of payments that Dojo took.
import { Type } from 'typebox'
import { checkRefund } from '../../actions/payments/check-refund.ts'
import { giveRefund } from '../../actions/payments/give-refund.ts'
import { refundPayment } from '../../actions/payments/refund-payment.ts'
import { withdrawRefund } from '../../actions/payments/withdraw-refund.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { pageRequest } from '../../domain/page.ts'
import { mustNotBeDeclined, refundStatuses, type Refund } from '../../domain/payments/refund.ts'
import { limits } from '../../limits.ts'
import { readRequestHash } from '../../store/payments/card-payments.ts'
import { readRefund, readRefundsOf, searchRefunds } from '../../store/payments/refunds.ts'
import {
  MANAGERS,
  operation,
  STAFF,
  type OwnTransactionContext,
  type Answered,
  type TillDeps,
} from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import { Cursor, Fields, Id, OneOf, PageOf, Reason, SomeMinor, Time } from '../kit/shapes.ts'
import { stableId } from './stable-id.ts'

const tag = 'Refunds'
const PaymentPath = Fields({ paymentId: Id })
const RefundPath = Fields({ refundId: Id })
const Text = Type.Optional(Type.String())

const RefundShown = Fields(
  {
    id: Type.String(),
    paymentId: Type.String(),
    paymentIntentId: Type.String(),
    orderId: Type.String(),
    amountMinor: Type.Integer({
      description: 'From the amount and the tip together, in minor units.',
    }),
    reason: Type.String(),
    status: OneOf(refundStatuses, {
      description:
        'Pending: Dojo has not confirmed it yet. Done: the money went back. ' +
        'CardRequired: only a card machine can give it. Refused: this refund will not happen.',
    }),
    problem: Type.Optional(Type.String({ description: 'Why it is not done.' })),
    dojoRefundId: Text,
    cardPaymentId: Text,
    waiterId: Text,
    till: Text,
    requestedAt: Time,
    resolvedAt: Type.Optional(Time),
  },
  { title: 'Refund' },
)

function refundView({ refundId: id, refundedBeforeMinor: _, tillName: till, ...refund }: Refund) {
  return { id, ...refund, till }
}

/** @throws Refusal Conflict: `card-must-be-present`, `dojo-refused` */
function answerOf(refund: Refund, currency: string): Answered {
  mustNotBeDeclined(refund, currency)
  return { body: refundView(refund), status: refund.status === 'Pending' ? 202 : 200 }
}

function depsOf({ database, deps }: Pick<OwnTransactionContext, 'database'> & { deps: TillDeps }) {
  return { database, newId: deps.newId, refundAtDojo: deps.refundAtDojo }
}

export const refundOperations = [
  operation({
    id: 'refundPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/payments/{paymentId}/refunds',
    asksDojo: true,
    summary: 'Refunds a payment through Dojo, all of it or part of it',
    description:
      'Without an amount, all that is left of the payment is refunded, tip included. The same ' +
      'id, or the same Idempotency-Key, names the same refund: repeating the request answers its ' +
      'state. 202 means that Dojo has not confirmed it yet: send the request again. ' +
      'card-must-be-present means that the refund must be given on a card machine.',
    tag,
    roles: MANAGERS,
    params: PaymentPath,
    body: Fields({
      id: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: limits.refundIdCharacters,
          pattern: '^[A-Za-z0-9._~:-]+$',
        }),
      ),
      amountMinor: Type.Optional(SomeMinor),
      reason: Reason,
      terminalId: Type.Optional(
        Type.Unsafe<string>({
          ...Id,
          description:
            'A card machine that gives it to the card. The refund is CardRequired until it has; ' +
            'cardPaymentId says what to follow.',
        }),
      ),
    }),
    answer: RefundShown,
    run: async ({ database, caller, deps, params: { paymentId }, body, idempotencyKey }) => {
      const { id, amountMinor, reason, terminalId } = body
      const onMachine = terminalId !== undefined
      const refundId = stableId('rfd', { id, idempotencyKey, newId: deps.newId })
      const request = {
        refundId,
        paymentId,
        amountMinor,
        reason,
        onMachine,
        hash: contentHash({ paymentId, amountMinor, reason, ...(onMachine && { terminalId }) }),
        key: id === undefined ? idempotencyKey : undefined,
      }
      const refund = await refundPayment(depsOf({ database, deps }), caller, request)
      if (!onMachine || refund.status !== 'CardRequired') return answerOf(refund, caller.currency)
      const cardPaymentId = `crd_${refundId}`
      const known = await readRequestHash(database, caller.locationId, cardPaymentId)
      const give = { cardPaymentId, terminalId }
      if (known === undefined) await giveRefund(database, caller, refundId, give)
      await deps.cardMachines.drive(caller, cardPaymentId)
      return { body: { ...refundView(refund), cardPaymentId }, status: 202 }
    },
  }),

  operation({
    id: 'giveRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds/{refundId}/give',
    summary: 'Gives a refund that needs the card on a card machine',
    description: 'cardPaymentId says what to follow: the card payments of the order have it.',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    body: Fields({ terminalId: Type.Optional(Id) }),
    answer: RefundShown,
    run: async ({ database, caller, deps, params: { refundId }, body: { terminalId } }) => {
      const cardPaymentId = deps.newId('crd')
      await giveRefund(database, caller, refundId, { cardPaymentId, terminalId })
      await deps.cardMachines.drive(caller, cardPaymentId)
      const refund = await readRefund(database, caller.locationId, refundId)
      return { body: { ...refundView(refund), cardPaymentId } }
    },
  }),

  operation({
    id: 'listRefundsOfPayment',
    does: 'read',
    method: 'GET',
    path: '/payments/{paymentId}/refunds',
    summary: 'The refunds that tills requested on a payment, oldest first',
    tag,
    roles: STAFF,
    params: PaymentPath,
    answer: Fields({ rows: Type.Array(RefundShown) }),
    run: async ({ database, caller, params }) => ({
      body: {
        rows: (await readRefundsOf(database, caller.locationId, params.paymentId)).map(refundView),
      },
    }),
  }),

  operation({
    id: 'listRefunds',
    does: 'read',
    method: 'GET',
    path: '/refunds',
    summary: 'The refunds of one status, oldest first',
    description:
      'CardRequired lists what guests must still be given on a card machine; ' +
      'Pending lists what to request again.',
    tag,
    roles: STAFF,
    query: Fields({ status: OneOf(refundStatuses), ...Cursor }),
    answer: PageOf(RefundShown),
    run: async ({ database, caller, query }) => {
      const { status, ...cursor } = query
      const page = await searchRefunds(
        database,
        caller.locationId,
        status,
        pageRequest('refunds', caller.cursorKey, cursor),
      )
      return { body: pageView(page, 'refunds', caller.cursorKey, refundView) }
    },
  }),

  operation({
    id: 'checkRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds/{refundId}/check',
    summary: 'Checks with Dojo whether an open refund was done',
    description:
      'For a refund that was given on a card machine. ' +
      'Only what Dojo shows as refunded is written to the bill.',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    answer: RefundShown,
    run: async ({ database, caller, deps, params: { refundId } }) => {
      const refund = await checkRefund(depsOf({ database, deps }), caller, refundId)
      return answerOf(refund, caller.currency)
    },
  }),

  operation({
    id: 'withdrawRefund',
    does: 'write',
    method: 'POST',
    path: '/refunds/{refundId}/withdraw',
    summary: 'Gives up a refund that needs the card',
    description: 'Changes no bill, because no money has moved.',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    body: Fields({ reason: Reason }),
    answer: RefundShown,
    run: async ({ tx, caller, params, body }) => ({
      body: refundView(await withdrawRefund(tx, caller.locationId, params.refundId, body.reason)),
    }),
  }),
]
