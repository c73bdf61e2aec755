// Refunds of payments that Dojo took. What a refund was asked for with is written down before Dojo
// is asked, so that whatever happens in between, the same request again is the same refund.
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { contentHash } from '../../domain/content-hash.ts'
import { conflict, Unavailable } from '../../domain/errors.ts'
import { spoken } from '../../domain/money.ts'
import { pageRequest } from '../../domain/page.ts'
import { goneBackWith, refundStatuses, type Refund } from '../../domain/payments/refund.ts'
import { defined } from '../../lib/same.ts'
import { limits } from '../../limits.ts'
import { settleIntent } from '../../store/payments/intent-settlement.ts'
import {
  askRefund,
  findRefund,
  readRefund,
  readRefundsOf,
  searchRefunds,
  settleRefund,
  withdrawRefund,
  type RefundRequest,
} from '../../store/payments/refunds.ts'
import {
  MANAGERS,
  operation,
  STAFF,
  type OwnTransactionContext,
  type Answered,
  type TillCaller,
  type TillDeps,
} from '../kit/operation.ts'
import { pageView } from '../kit/page.ts'
import { Cursor, Fields, Id, OneOf, PageOf, Reason, SomeMinor, Time } from '../kit/shapes.ts'

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
      description: 'Of the amount and the tip together, in minor units.',
    }),
    reason: Type.String(),
    status: OneOf(refundStatuses, {
      description:
        'Pending: Dojo has not confirmed it yet. Done: the money went back. ' +
        'CardRequired: only a card machine can give it. Refused: this refund will not happen.',
    }),
    problem: Type.Optional(Type.String({ description: 'Why it is not done.' })),
    dojoRefundId: Text,
    waiterId: Text,
    till: Text,
    requestedAt: Time,
    resolvedAt: Type.Optional(Time),
  },
  { title: 'Refund' },
)

const refundView = ({
  refundId: id,
  refundedBeforeMinor: _,
  tillName,
  ...refund
}: Refund): object => ({ id, ...refund, ...defined({ till: tillName }) })

/**
 * The state of a refund as the answer to whoever asked for it.
 * @throws Refusal Conflict: `card-must-be-present`, `dojo-refused`
 */
function answerOf(refund: Refund, currency: string): Answered {
  const { refundId, amountMinor, status, problem } = refund
  const facts = { refundId, amountMinor }
  if (status === 'CardRequired') {
    throw conflict(
      'card-must-be-present',
      `The card must be present: give ${spoken(amountMinor, currency)} back on a terminal. It is on the list of refunds that are owed. Dojo says: ${problem}`,
      { ...facts, owedMinor: amountMinor },
    )
  }
  if (status === 'Refused') {
    throw conflict(
      'dojo-refused',
      `The refund of ${spoken(amountMinor, currency)} was not done. ${problem}`,
      facts,
    )
  }
  return { body: refundView(refund), status: status === 'Pending' ? 202 : 200 }
}

/** Of a key that is sent again the refund is the same. */
const idOfKey = (key: string): string =>
  `rfd_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`

interface Place extends Pick<OwnTransactionContext, 'database'> {
  caller: TillCaller
  deps: TillDeps
}

/**
 * Settles a payment here by what Dojo shows of it. Returns why that could not be done.
 * Whatever it changes is Dojo's doing and not the caller's.
 */
async function catchUp(
  { database, caller, deps }: Place,
  paymentIntentId: string,
): Promise<{ outcome: 'refused' | 'unknown'; problem: string } | undefined> {
  const { locationId, currency, verifyPayments } = caller
  const look = await deps.refundAtDojo.readIntent(locationId, paymentIntentId)
  if (look.outcome !== 'shown') return look
  await settleIntent(database, deps.newId, { locationId, currency, verifyPayments }, look.facts, 0)
  return undefined
}

const cannotAsk = ({
  outcome,
  problem,
}: {
  outcome: 'refused' | 'unknown'
  problem: string
}): Error =>
  outcome === 'refused'
    ? conflict('dojo-refused', problem)
    : new Unavailable(problem, {
        debugMessage: `Dojo was asked for nothing, because it does not answer at the moment: ${problem}`,
      })

/**
 * What went back until now is written to the bill first, so that it is not taken for this refund;
 * then the refund is written down, Dojo is asked, and what it answers is written to the bill.
 */
async function refundAtDojo(place: Place, request: RefundRequest): Promise<Refund> {
  const { database, caller, deps } = place
  const { known, paymentIntentId } = await findRefund(database, caller.locationId, request)
  if (known !== undefined && known.status !== 'Pending') return known
  const fault = await catchUp(place, paymentIntentId)
  if (fault !== undefined) {
    if (known === undefined) throw cannotAsk(fault)
    return await settleRefund(database, caller, known, {
      outcome: 'unknown',
      problem: fault.problem,
    })
  }
  const asked = await askRefund(database, caller, request)
  if (asked.status !== 'Pending') return asked
  const { refundId, amountMinor, reason } = asked
  return await settleRefund(
    database,
    caller,
    asked,
    await deps.refundAtDojo.refund(caller.locationId, {
      paymentIntentId,
      refundId,
      amountMinor,
      reason,
    }),
  )
}

export const refundOperations = [
  operation({
    id: 'refundPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/payments/{paymentId}/refunds',
    asksDojo: true,
    summary: 'Gives money back through Dojo, all of a payment or a part of it',
    description:
      'Without an amount all that stands goes back, with its tip. With an id of your own, or an Idempotency-Key, the same again is the same refund and answers its state. 202 says that Dojo has not answered: send the same again. card-must-be-present says that the refund is owed, and takes a terminal.',
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
    }),
    answer: RefundShown,
    run: async ({ database, caller, deps, params: { paymentId }, body, idempotencyKey }) => {
      const { id, amountMinor, reason } = body
      const refundId =
        id ?? (idempotencyKey === undefined ? deps.newId('rfd') : idOfKey(idempotencyKey))
      const request = {
        refundId,
        paymentId,
        amountMinor,
        reason,
        hash: contentHash({ paymentId, amountMinor, reason }),
        key: id === undefined ? idempotencyKey : undefined,
      }
      const refund = await refundAtDojo({ database, caller, deps }, request)
      return answerOf(refund, caller.currency)
    },
  }),

  operation({
    id: 'listRefundsOfPayment',
    does: 'read',
    method: 'GET',
    path: '/payments/{paymentId}/refunds',
    summary: 'The refunds of a payment that tills asked for, oldest first',
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
    id: 'settleRefund',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/refunds/{refundId}/settle',
    summary: 'Looks whether the money of an open refund has gone back',
    description:
      'For a refund that was given on a terminal. Only what Dojo shows as gone back is written to the bill.',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    answer: RefundShown,
    run: async ({ database, caller, deps, params: { refundId } }) => {
      const before = await readRefund(database, caller.locationId, refundId)
      if (before.status === 'Done' || before.status === 'Refused') {
        return answerOf(before, caller.currency)
      }
      const fault = await catchUp({ database, caller, deps }, before.paymentIntentId)
      if (fault !== undefined) throw cannotAsk(fault)
      const refund = await readRefund(database, caller.locationId, refundId)
      if (refund.status === 'Done') return answerOf(refund, caller.currency)
      const { amountMinor, paymentIntentId } = refund
      throw conflict(
        'refund-unknown',
        `Dojo does not show that ${spoken(amountMinor, caller.currency)} of the payment intent ${paymentIntentId} have gone back, which would make ${spoken(goneBackWith(refund), caller.currency)} in all.`,
        { refundId, amountMinor },
      )
    },
  }),

  operation({
    id: 'withdrawRefund',
    does: 'write',
    method: 'POST',
    path: '/refunds/{refundId}/withdraw',
    summary: 'An owed refund is not given after all',
    description: 'Changes no bill: no money has moved at Dojo.',
    tag,
    roles: MANAGERS,
    params: RefundPath,
    body: Fields({ reason: Reason }),
    answer: RefundShown,
    run: async ({ tx, caller, params, body }) => ({
      body: refundView(
        await withdrawRefund(tx, caller.locationId, params.refundId, `Withdrawn: ${body.reason}`),
      ),
    }),
  }),
]
