// A refund without a payment: of something that was paid elsewhere, or of which nobody knows how. A
// manager gives it on a card machine, with a reason, and up to what the venue allows. Dojo keeps no
// payment intent of it: what became of it is what its session said, or what somebody saw.
import { conflict } from '../errors.ts'
import { spoken } from '../money.ts'
import { withGiven } from './card-payment-findings.ts'
import { mustBeFree, type AtTheTill } from './card-payment-requests.ts'
import { judge, type CardPayment } from './card-payment.ts'
import type { CounterRules } from './counter-rules.ts'

export interface UnlinkedRefundRequest {
  refundId: string
  amountMinor: number
  reason: string
  terminalId: string
  cardNotPresent: boolean
}

/**
 * Refusals in order, all Conflict: the venue gives none, or not so much (`not-allowed`); the
 * machine is busy.
 */
export function startUnlinkedRefund(
  { refundId, amountMinor, reason, terminalId, cardNotPresent }: UnlinkedRefundRequest,
  {
    by,
    rules: { unlinkedRefundMostMinor: mostMinor },
    ...till
  }: AtTheTill & { by: Pick<CardPayment, 'waiterId' | 'tillName'>; rules: CounterRules },
): CardPayment {
  if (mostMinor === undefined) {
    throw conflict(
      'not-allowed',
      'This venue gives no refunds without a payment: refund the payment with ' +
        'POST /payments/{id}/refunds, or have the owner set unlinkedRefundMostMinor.',
    )
  }
  if (amountMinor > mostMinor) {
    const [most, wanted] = [mostMinor, amountMinor].map((each) => spoken(each, till.currency))
    throw conflict(
      'not-allowed',
      `A refund without a payment is at most ${most} in this venue, not ${wanted}.`,
      { unlinkedRefundMostMinor: mostMinor },
    )
  }
  mustBeFree(terminalId, till)
  return {
    cardPaymentId: refundId,
    orderId: undefined,
    kind: 'UnlinkedRefund',
    share: '',
    amountMinor,
    tipsMinor: 0,
    serviceChargeMinor: 0,
    cashbackMinor: 0,
    captureMode: 'Auto',
    cardNotPresent,
    ...by,
    startedAtMs: till.nowMs,
    attempts: [{ terminalId }],
    reason,
  }
}

/** Nobody knows whether the guest has the money, and no time will tell. */
export function mustBeLookedAt(payment: CardPayment, nowMs: number): boolean {
  const { chargeAgain, unknownUntilMs, isUnderWay } = judge(payment, nowMs)
  return chargeAgain === 'unknown' && unknownUntilMs === undefined && !isUnderWay
}

/**
 * Somebody looked at the card machine, whose result Dojo does not have.
 * @throws Refusal Conflict: what became of it is known
 */
export function recordUnlinkedRefund(
  payment: CardPayment,
  { nowMs, by, given, reason }: { nowMs: number; by: string; given: boolean; reason: string },
): CardPayment {
  const { status, chargeAgain } = judge(payment, nowMs)
  if (chargeAgain !== 'unknown') {
    throw conflict(
      'card-payment-over',
      `The refund ${payment.cardPaymentId} is ${status}: only one whose result is unknown is ` +
        'recorded by hand.',
      { refundId: payment.cardPaymentId, cardPaymentStatus: status, chargeAgain },
    )
  }
  return withGiven({ ...payment, byHand: { atMs: nowMs, by, reason, given } }, nowMs)
}
