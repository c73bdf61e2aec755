// Amounts that are authorised on a guest's card and not taken yet: the tab of a bar, the stay of a
// hotel's guest.
import { Type } from 'typebox'
import {
  directAuthorized,
  type CardPaymentRef,
} from '../../actions/payments/direct-card-payment.ts'
import type { AuthorizedRequest } from '../../domain/payments/card-payment-authorized.ts'
import { mustBeAccepted } from '../../domain/payments/card-payment-requests.ts'
import { holderOf } from '../kit/holder.ts'
import { operation, STAFF, type Answered, type OwnTransactionContext } from '../kit/operation.ts'
import { Fields, Minor, SomeMinor } from '../kit/shapes.ts'
import {
  CardPaymentPath,
  CardPaymentShape,
  cardPaymentView,
  followed,
  tag,
  type AtTill,
} from './card-payment-view.ts'

/** @throws Refusal Conflict: what `wantOfAuthorized` lists; `dojo-refused`, in a sentence */
async function withAuthorized(
  given: Pick<OwnTransactionContext, 'database'> & AtTill & { params: CardPaymentRef },
  request: AuthorizedRequest,
): Promise<Answered> {
  const { database, caller, params } = given
  await directAuthorized(database, caller, params, { request, holder: holderOf(caller) })
  const now = await followed(given, params.cardPaymentId)
  mustBeAccepted(now.payment)
  return { body: cardPaymentView(now) }
}

export const authorizedAmountOperations = [
  operation({
    id: 'changeAuthorizedAmount',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/amount',
    summary: 'Raises or lowers an authorised amount',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    body: Fields({ amountMinor: SomeMinor }),
    answer: CardPaymentShape,
    run: async (given) =>
      await withAuthorized(given, { what: 'amount', amountMinor: given.body.amountMinor }),
  }),

  operation({
    id: 'captureCardPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/capture',
    summary: 'Takes an authorised amount, or part of it, for the bill',
    description: 'Without an amount, what is left to pay. The rest is released.',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    body: Fields({ amountMinor: Type.Optional(SomeMinor), tipsMinor: Type.Optional(Minor) }),
    answer: CardPaymentShape,
    run: async (given) => {
      const { amountMinor, tipsMinor = 0 } = given.body
      return await withAuthorized(given, { what: 'capture', amountMinor, tipsMinor })
    },
  }),

  operation({
    id: 'releaseCardPayment',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/orders/{orderId}/card-payments/{cardPaymentId}/release',
    summary: 'Releases an authorised amount',
    tag,
    roles: STAFF,
    params: CardPaymentPath,
    answer: CardPaymentShape,
    run: async (given) => await withAuthorized(given, { what: 'release' }),
  }),
]
