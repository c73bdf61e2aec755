// Payments on card machines that the till starts.
import { Type } from 'typebox'
import {
  cancelCardPayment,
  judgeSignature,
  retryCardPayment,
} from '../../actions/payments/direct-card-payment.ts'
import { recordByHand } from '../../actions/payments/record-by-hand.ts'
import { startCardPayment } from '../../actions/payments/start-card-payment.ts'
import { contentHash } from '../../domain/content-hash.ts'
import { limits } from '../../limits.ts'
import {
  readAllUnderWay,
  readCardPaymentOn,
  readCardPaymentsOf,
} from '../../store/payments/card-payments.ts'
import { holderOf } from '../kit/holder.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { Fields, Id, Minor, OneOf, OrderPath, Reason, SomeMinor } from '../kit/shapes.ts'
import {
  CardPaymentPath,
  CardPaymentShape,
  CardPaymentUnderWayShape,
  cardPaymentView,
  followed,
  started,
  tag,
} from './card-payment-view.ts'
import { stableId } from './stable-id.ts'

export const cardPaymentOperations = [
  operation({
    id: 'startCardPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments',
    summary: 'Takes a payment on a card machine',
    description:
      'Without an amount, what is left to pay. The order is held while the machine works. The ' +
      'same id, or the same Idempotency-Key, names the same card payment: repeating the request ' +
      'answers its state. Parts of a bill that are paid at the same time have different shares.',
    tag,
    creates: true,
    roles: STAFF,
    params: OrderPath,
    body: Fields({
      id: Type.Optional(Id),
      terminalId: Type.Optional(Id),
      amountMinor: Type.Optional(SomeMinor),
      tipsMinor: Type.Optional(Minor),
      cashbackMinor: Type.Optional(
        Type.Unsafe<number>({
          ...Minor,
          description:
            'Cash that the guest gets out of the drawer once the card is captured, and pays ' +
            'with the card besides the amount.',
        }),
      ),
      share: Type.Optional(Type.String({ minLength: 1, maxLength: limits.maxShareCharacters })),
      captureMode: Type.Optional(
        OneOf(['Auto', 'Manual'], {
          description:
            'Manual authorises the amount, for a tab: it is held on the card until it is ' +
            'captured or released.',
        }),
      ),
      cardNotPresent: Type.Optional(
        Type.Boolean({ description: 'The card number is typed in, as for an order by phone.' }),
      ),
    }),
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params: { orderId }, body, idempotencyKey }) => {
      const { id, terminalId, amountMinor, tipsMinor = 0, share = '' } = body
      const { cardNotPresent = false, captureMode = 'Auto', cashbackMinor = 0 } = body
      const cardPaymentId = stableId('crd', { id, idempotencyKey, newId: deps.newId })
      const said = { orderId, terminalId, amountMinor, tipsMinor, share }
      const request = { ...said, cardNotPresent, captureMode }
      const hash = contentHash({ ...request, ...(cashbackMinor > 0 && { cashbackMinor }) })
      const { isNew } = await startCardPayment(database, caller, {
        holder: holderOf(caller),
        start: { ...request, cashbackMinor, cardPaymentId, hash },
      })
      const now = await started({ database, deps, caller }, cardPaymentId)
      return { body: cardPaymentView(now), status: isNew ? 201 : 200 }
    },
  }),

  operation({
    id: 'listCardPayments',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/card-payments',
    summary: 'The card payments of an order, newest first',
    tag,
    roles: STAFF,
    params: OrderPath,
    answer: Fields({ rows: Type.Array(CardPaymentShape) }),
    run: async ({ database, caller, params: { orderId } }) => {
      const most = limits.cardPaymentsListed
      const rows = await readCardPaymentsOf(database, caller.locationId, orderId, most)
      return { body: { rows: rows.map(cardPaymentView) } }
    },
  }),

  operation({
    id: 'listCardPaymentsUnderWay',
    does: 'read',
    method: 'GET',
    path: '/card-payments',
    summary: 'The card payments under way in the venue, oldest first',
    description:
      'What a card machine works on, and what is not known yet. Refunds without a payment are ' +
      'among them for those who may give them.',
    tag,
    roles: STAFF,
    answer: Fields({ rows: Type.Array(CardPaymentUnderWayShape) }),
    run: async ({ database, caller }) => {
      const mayRefund = caller.role !== 'waiter'
      const underWay = await readAllUnderWay(database, caller.locationId)
      const rows = underWay
        .filter(({ payment: { orderId } }) => mayRefund || orderId !== undefined)
        .map((each) => {
          const { orderName, terminalName } = each
          return { ...cardPaymentView(each), orderName, terminalName }
        })
      return { body: { rows } }
    },
  }),

  operation({
    id: 'readCardPayment',
    does: 'read',
    method: 'GET',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}',
    summary: 'A card payment as it is now',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    answer: CardPaymentShape,
    run: async ({ database, caller, params }) => ({
      body: cardPaymentView(await readCardPaymentOn(database, caller.locationId, params)),
    }),
  }),

  operation({
    id: 'cancelCardPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/cancel',
    summary: 'Cancels a card payment',
    description:
      'Stops the machine while no card was read. Where the machine is done and the result is not ' +
      'known, makes sure that this payment can take nothing any more.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params }) => {
      await cancelCardPayment(database, caller, params)
      const now = await followed({ database, deps, caller }, params.cardPaymentId)
      return { body: cardPaymentView(now) }
    },
  }),

  operation({
    id: 'answerSignature',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/signature',
    summary: 'Accepts or rejects the signature of the guest',
    description: 'A signature that nobody judges within 80 seconds counts as accepted.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    body: Fields({ accepted: Type.Boolean() }),
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params, body: { accepted } }) => {
      await judgeSignature(database, caller, params, accepted)
      const now = await followed({ database, deps, caller }, params.cardPaymentId)
      return { body: cardPaymentView(now) }
    },
  }),

  operation({
    id: 'retryCardPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/retry',
    summary: 'Tries a card payment again, with another card or on another machine',
    description:
      'On the same payment intent, which Dojo captures only once. While chargeAgain is unknown, ' +
      'somebody has to look at the machine first, and say noApprovalSeen.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    body: Fields({
      terminalId: Type.Optional(Id),
      noApprovalSeen: Type.Optional(Type.Literal(true)),
    }),
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params, body: { terminalId, noApprovalSeen } }) => {
      await retryCardPayment(database, caller, params, {
        terminalId,
        isConfirmed: noApprovalSeen === true,
        holder: holderOf(caller),
      })
      const now = await started({ database, deps, caller }, params.cardPaymentId)
      return { body: cardPaymentView(now) }
    },
  }),

  operation({
    id: 'recordCardPaymentByHand',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/record',
    summary: 'Records by hand what the card machine shows, while the result is unknown',
    description:
      'For a machine that shows an approval of which Dojo does not know. Dojo is asked ' +
      'afterwards; what it does not show as captured within a quarter of an hour is void ' +
      'again, and listed. Of a refund on a machine, given says whether the money went back: the ' +
      'bill follows once Dojo shows it, and until then no machine gives it again.',
    tag,
    roles: MANAGERS,
    params: CardPaymentPath,
    body: Fields({
      reason: Reason,
      given: Type.Optional(
        Type.Boolean({
          description: 'Only of a refund: whether the machine shows that the guest has the money.',
        }),
      ),
    }),
    answer: CardPaymentShape,
    run: async ({ database, caller, deps, params, body: { reason, given } }) => {
      const said = { by: holderOf(caller), reason, given }
      const now = await recordByHand({ database, newId: deps.newId }, caller, params, said)
      return { body: cardPaymentView(now) }
    },
  }),
]
