// A refund that a card machine gives: the guest is there, with the card. One machine at a time
// gives a refund, and nobody withdraws it meanwhile, so that no guest gets the money back twice.
import { conflict } from '../errors.ts'
import { mustBeFree, type AtTheTill } from './card-payment-requests.ts'
import type { CardPayment } from './card-payment.ts'
import { mustBeGivenByMachine, type Refund } from './refund.ts'

/** @throws Refusal Conflict: it is not open; a machine gives it already; the machine is busy */
export function startMachineRefund(
  refund: Refund,
  request: { cardPaymentId: string; terminalId: string },
  {
    by,
    ...till
  }: Pick<AtTheTill, 'nowMs' | 'underWay'> & { by: Pick<CardPayment, 'waiterId' | 'tillName'> },
): CardPayment {
  const { refundId, orderId, amountMinor, paymentIntentId } = refund
  const { cardPaymentId, terminalId } = request
  mustBeGivenByMachine(refund)
  mustBeOnNoMachine(refundId, till.underWay)
  mustBeFree(terminalId, till)
  return {
    cardPaymentId,
    orderId,
    kind: 'MatchedRefund',
    refund: { refundId, isDone: false },
    share: `refund ${refundId}`,
    amountMinor,
    tipsMinor: 0,
    serviceChargeMinor: 0,
    cashbackMinor: 0,
    captureMode: 'Auto',
    cardNotPresent: false,
    ...by,
    startedAtMs: till.nowMs,
    paymentIntentId,
    attempts: [{ terminalId }],
  }
}

/**
 * @param underWay on the order of the refund
 * @throws Refusal Conflict: a card machine gives it, or may have given it
 */
export function mustBeOnNoMachine(refundId: string, underWay: readonly CardPayment[]): void {
  const twin = underWay.find(({ refund }) => refund?.refundId === refundId)
  if (twin === undefined) return
  const { cardPaymentId, byHand } = twin
  throw conflict(
    'card-under-way',
    byHand === undefined
      ? `A card machine gives the refund ${refundId} already: wait until it is over, or cancel it.`
      : `The refund ${refundId} was recorded by hand as given: wait until Dojo shows it.`,
    { cardPaymentId },
  )
}
