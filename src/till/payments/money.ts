// The money of a venue: its payments with what has become of them, and what is at Dojo but on no
// bill.
import { Type } from 'typebox'
import { dismissUnmatched } from '../../actions/payments/dismiss-unmatched.ts'
import { recordUnmatched } from '../../actions/payments/record-unmatched.ts'
import { refundUnmatched } from '../../actions/payments/refund-unmatched.ts'
import { pageRequest } from '../../domain/page.ts'
import { paymentStates, stateOf } from '../../domain/payments/state.ts'
import { changeMinor } from '../../domain/payments/tender.ts'
import { timeMs } from '../../domain/time.ts'
import { readUnmatchedPayments } from '../../store/payments/unmatched.ts'
import { searchPayments, type ListedPayment } from '../../store/payments/search-payments.ts'
import { holderOf } from '../kit/holder.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { answerOrder, ChangeGiven, OrderShape, Rounding, Tender } from '../kit/order-view.ts'
import { pageView } from '../kit/page.ts'
import { Cursor, Fields, Id, OneOf, PageOf, Reason, Sum, Time } from '../kit/shapes.ts'
import {
  unmatchedRefundView,
  UnmatchedRefundShape,
  unmatchedView,
  UnmatchedShape,
} from '../kit/unmatched-view.ts'

const tag = 'Payments'
const Text = Type.Optional(Type.String())
const IntentPath = Fields({ paymentIntentId: Id })

export const PaymentShape = Fields(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderName: Type.Optional(
      Type.String({ description: 'The table of the order, or its own name.' }),
    ),
    tender: Tender,
    state: OneOf(paymentStates, {
      description:
        'Verified: Dojo has reported it as paid. Waiting: a check with Dojo is queued. ' +
        'Unchecked: Dojo has reported nothing of it. Taken: the venue took it itself, or it came ' +
        'off a deposit. ' +
        'Refunded: some or all of it went back. Void: it counts for nothing.',
    }),
    amountMinor: Sum,
    tipsMinor: Sum,
    refundedMinor: Type.Integer({ description: 'From the amount and the tip together.' }),
    tenderedMinor: Type.Optional(Sum),
    changeMinor: ChangeGiven,
    roundingMinor: Rounding,
    paymentIntentId: Text,
    dojoStatus: Text,
    check: Type.Optional(
      Fields({ attempts: Type.Integer(), nextAttemptAt: Time, lastError: Text }),
    ),
    reference: Text,
    voidReason: Text,
    waiterId: Text,
    deviceId: Text,
    product: Text,
    recordedAt: Time,
  },
  { title: 'ListedPayment' },
)

function paymentView(payment: ListedPayment): object {
  const { paymentId, refundedMinor, refundedTipsMinor, voidedAt, recordedAt, check, ...rest } =
    payment
  const goneBackMinor = refundedMinor + refundedTipsMinor
  const { nextAttemptAt = '', ...others } = check ?? {}
  return {
    ...rest,
    id: paymentId,
    state: stateOf({
      isVoid: voidedAt !== undefined,
      goneBackMinor,
      isByDojo: payment.tender === 'Dojo',
      dojoStatus: payment.dojoStatus,
      isChecking: check !== undefined,
    }),
    refundedMinor: goneBackMinor,
    changeMinor: changeMinor(payment),
    recordedAt: recordedAt.toISOString(),
    check: check && { ...others, nextAttemptAt: new Date(nextAttemptAt).toISOString() },
  }
}

export const moneyOperations = [
  operation({
    id: 'listPayments',
    does: 'read',
    method: 'GET',
    path: '/payments',
    summary: 'The payments of the venue, newest first, with what has become of each',
    tag,
    roles: STAFF,
    query: Fields({ since: Type.Optional(Time), ...Cursor }),
    answer: PageOf(PaymentShape),
    run: async ({ database, caller, query }) => {
      const { since, ...cursor } = query
      const page = await searchPayments(
        database,
        caller.locationId,
        { since: since === undefined ? undefined : new Date(timeMs(since, 'since')) },
        pageRequest('payments', caller.cursorKey, cursor),
      )
      return { body: pageView(page, 'payments', caller.cursorKey, paymentView) }
    },
  }),

  operation({
    id: 'listUnmatchedPayments',
    does: 'read',
    method: 'GET',
    path: '/unmatched-payments',
    summary: 'Money at Dojo and payments here that do not match, with the reason, oldest first',
    tag,
    roles: STAFF,
    answer: Fields({ rows: Type.Array(UnmatchedShape) }),
    run: async ({ database, caller }) => ({
      body: { rows: (await readUnmatchedPayments(database, caller.locationId)).map(unmatchedView) },
    }),
  }),

  operation({
    id: 'recordUnmatchedPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/unmatched-payments/{paymentIntentId}/record',
    summary: 'Records money that is on no bill on the order that it belongs to',
    description:
      'Dojo must have shown it as paid, and for no other order. It takes the payment off the ' +
      'list.',
    tag,
    roles: MANAGERS,
    params: IntentPath,
    body: Fields({ orderId: Id }),
    answer: OrderShape,
    run: async ({ database, caller, deps, params, body: { orderId } }) => {
      const wanted = { paymentIntentId: params.paymentIntentId, orderId }
      const now = await recordUnmatched({ database, newId: deps.newId }, caller, wanted)
      return answerOrder(now, caller.currency)
    },
  }),

  operation({
    id: 'refundUnmatchedPayment',
    does: 'write',
    transaction: 'own',
    asksDojo: true,
    method: 'POST',
    path: '/unmatched-payments/{paymentIntentId}/refund',
    summary: 'Refunds through Dojo what is left of a payment that is on no bill',
    description:
      'It takes the payment off the list. 202 means that Dojo has not confirmed it yet: send ' +
      'the request again, which asks for the same refund.',
    tag,
    roles: MANAGERS,
    params: IntentPath,
    body: Fields({ reason: Reason }),
    answer: UnmatchedRefundShape,
    run: async ({ database, caller, deps, params: { paymentIntentId }, body: { reason } }) => {
      const { newId, refundAtDojo } = deps
      const wanted = { paymentIntentId, reason }
      const refund = await refundUnmatched({ database, newId, refundAtDojo }, caller, wanted)
      return { body: unmatchedRefundView(refund), status: refund.status === 'Pending' ? 202 : 200 }
    },
  }),

  operation({
    id: 'dismissUnmatchedPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/unmatched-payments/{paymentIntentId}/dismiss',
    summary: 'Takes a payment off the list, because somebody has looked into it',
    description:
      'Changes no bill and moves no money. It comes back when a check or an event finds another ' +
      'reason.',
    tag,
    roles: MANAGERS,
    params: IntentPath,
    body: Fields({ reason: Reason }),
    answer: Fields({
      paymentIntentId: Type.String(),
      reason: Type.String({ description: 'Why it was on the list.' }),
    }),
    run: async ({ database, caller, params: { paymentIntentId }, body }) => ({
      body: {
        paymentIntentId,
        reason: await dismissUnmatched(database, caller.locationId, {
          paymentIntentId,
          reason: body.reason,
          by: holderOf(caller),
        }),
      },
    }),
  }),
]
