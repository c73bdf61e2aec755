// What a till sees of a card payment: in its answers, and as an event of the stream.
import type { CardPayment, CardPaymentStatus, ChargeAgain } from './card-payment.ts'
import { judge, lastAttempt } from './card-payment.ts'
import { secondsToSign } from './card-payment-steps.ts'

export interface CardPaymentShown {
  cardPaymentId: string
  kind: CardPayment['kind']
  refundId?: string | undefined
  status: CardPaymentStatus
  chargeAgain: ChargeAgain
  unknownUntil?: string | undefined
  amountMinor: number
  tipsMinor: number
  cashbackMinor?: number | undefined
  share: string
  terminalId?: string | undefined
  attempts: number
  /** What the machine shows the guest. */
  prompt?: string | undefined
  secondsToSign?: number | undefined
  paymentIntentId?: string | undefined
  intentStatus?: string | undefined
  sessionId?: string | undefined
  sessionStatus?: string | undefined
  cancelRequested: boolean
  /** What the cashier should know or do. */
  message?: string | undefined
}

export function shownOf(payment: CardPayment, nowMs: number): CardPaymentShown {
  const { status, chargeAgain, unknownUntilMs } = judge(payment, nowMs)
  const last = lastAttempt(payment)
  return {
    cardPaymentId: payment.cardPaymentId,
    kind: payment.kind,
    refundId: payment.refund?.refundId,
    status,
    chargeAgain,
    unknownUntil: unknownUntilMs === undefined ? undefined : new Date(unknownUntilMs).toISOString(),
    amountMinor: payment.amountMinor,
    tipsMinor: payment.tipsMinor,
    cashbackMinor: payment.cashbackMinor || undefined,
    share: payment.share,
    terminalId: last?.terminalId,
    attempts: payment.attempts.length,
    prompt: status === 'Prompting' ? last?.prompt : undefined,
    secondsToSign: last && secondsToSign(last, nowMs),
    paymentIntentId: payment.paymentIntentId,
    intentStatus: payment.intent?.status,
    sessionId: last?.sessionId,
    sessionStatus: last?.status,
    cancelRequested: payment.cancelWantedAtMs !== undefined,
    message: messageOf(payment, {
      status,
      chargeAgain,
      isRefund: payment.kind !== 'Sale',
      isUnlinked: payment.kind === 'UnlinkedRefund',
    }),
  }
}

function messageOf(
  { problem, cancelWantedAtMs }: CardPayment,
  state: Pick<CardPaymentShown, 'status' | 'chargeAgain'> &
    Record<'isRefund' | 'isUnlinked', boolean>,
): string | undefined {
  const { status, chargeAgain } = state
  if (chargeAgain === 'unknown' && state.isRefund) {
    const look = 'Look at the card machine or its receipt before you give the money again.'
    const then = state.isUnlinked ? ' A manager records what it shows.' : ''
    return `The result of the refund cannot be confirmed yet. ${look}${then}`
  }
  if (chargeAgain === 'unknown') {
    return (
      'The result cannot be confirmed yet. Look at the card machine or its receipt before you ' +
      'charge the guest again. Cancel makes sure that this payment takes nothing any more.'
    )
  }
  if (status === 'Declined') return 'The card was declined. Try again with another card.'
  if (status === 'SignatureRequired') return 'Compare the signature, then accept or reject it.'
  if (status === 'Captured' || status === 'Authorized' || status === 'Refunded') return undefined
  if (cancelWantedAtMs !== undefined && status !== 'Canceled' && problem !== undefined) {
    return `It could not be canceled and goes on. ${problem}`
  }
  return problem
}
