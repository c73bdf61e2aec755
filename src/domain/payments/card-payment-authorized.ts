// What a till may do with an amount that is authorised on a guest's card and not taken yet: raise
// or lower it, capture all or part of it for the bill, or release it.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import type { Order } from '../orders/order.ts'
import { amountToTake, mustTakeCards, type AtTheTill } from './card-payment-requests.ts'
import { mustAllowTips, type CounterRules } from './counter-rules.ts'
import { judge, type CardPayment } from './card-payment.ts'

export type AuthorizedRequest =
  | { what: 'amount'; amountMinor: number }
  | { what: 'capture'; amountMinor?: number | undefined; tipsMinor: number }
  | { what: 'release' }

/**
 * Refusals in order, all Conflict: nothing is authorised, or not any more; something else is being
 * done with it; a tip that the venue does not take; a capture of more than is left to pay, or than
 * is authorised.
 */
export function wantOfAuthorized(
  payment: CardPayment,
  order: Order,
  request: AuthorizedRequest,
  till: AtTheTill & { rules: CounterRules },
): CardPayment {
  const { status } = judge(payment, till.nowMs)
  const { cardPaymentId } = payment
  if (status !== 'Authorized') {
    throw conflict(
      'card-payment-over',
      `The card payment ${cardPaymentId} is ${status}, not Authorized: this cannot be done with it.`,
      { cardPaymentId, cardPaymentStatus: status },
    )
  }
  if (payment.wanted !== undefined) {
    throw conflict(
      'card-under-way',
      'Dojo has not confirmed yet what was asked of this card payment before: look again shortly.',
      { cardPaymentId, cardPaymentStatus: status },
    )
  }
  const atMs = till.nowMs
  if (request.what === 'capture') mustAllowTips(request, till.rules)
  if (request.what === 'capture') return wantCapture(payment, order, request, till)
  const amountMinor = request.what === 'amount' ? request.amountMinor : 0
  const wanted = { what: request.what, amountMinor, tipsMinor: 0, atMs }
  return { ...payment, wanted, problem: undefined }
}

function wantCapture(
  payment: CardPayment,
  order: Order,
  { amountMinor: wantedMinor, tipsMinor }: AuthorizedRequest & { what: 'capture' },
  till: AtTheTill,
): CardPayment {
  mustTakeCards(order, payment.share, till)
  const leftMinor = amountToTake(order, wantedMinor, till)
  const authorizedMinor = payment.amountMinor + payment.tipsMinor
  const mostMinor = Math.max(0, authorizedMinor - tipsMinor)
  const amountMinor = Math.min(leftMinor, wantedMinor ?? mostMinor)
  if (amountMinor > mostMinor || mostMinor === 0) {
    throw conflict(
      'overpaid',
      `Only ${spoken(authorizedMinor, till.currency)} is authorised, tip included: raise the ` +
        'amount first.',
      { authorizedMinor },
    )
  }
  const wanted = { what: 'capture', amountMinor, tipsMinor, atMs: till.nowMs } as const
  return { ...payment, wanted, problem: undefined }
}
