// What a till sees of a card payment: in its answers, and as an event of the stream.
import type { CardPayment, CardPaymentStatus, ChargeAgain } from './card-payment.ts'
import { judge, lastAttempt } from './card-payment.ts'
import { canTryAgain } from './card-payment-retry.ts'
import { secondsToSign } from './card-payment-steps.ts'

export interface CardPaymentShown {
  cardPaymentId: string
  kind: CardPayment['kind']
  refundId?: string | undefined
  status: CardPaymentStatus
  chargeAgain: ChargeAgain
  unknownUntil?: string | undefined
  /** On the same intent; where it is false, and it is safe, a new card payment is. */
  canRetry: boolean
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
  const canRetry = canTryAgain(payment, nowMs)
  return {
    cardPaymentId: payment.cardPaymentId,
    kind: payment.kind,
    refundId: payment.refund?.refundId,
    status,
    chargeAgain,
    unknownUntil: unknownUntilMs === undefined ? undefined : new Date(unknownUntilMs).toISOString(),
    canRetry,
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
    message: messageOf(payment, { status, chargeAgain, canRetry }),
  }
}

type State = Pick<CardPaymentShown, 'status' | 'chargeAgain' | 'canRetry'>

function messageOf(payment: CardPayment, state: State): string | undefined {
  const { cancelWantedAtMs, problem } = payment
  const { status, chargeAgain } = state
  if (chargeAgain === 'unknown') return messageOfUnknown(payment)
  if (status === 'Declined') return messageOfDeclined(payment, state)
  if (status === 'SignatureRequired') return messageOfSignature(payment)
  if (status === 'Captured' || status === 'Authorized' || status === 'Refunded') return undefined
  if (payment.byHand !== undefined && chargeAgain === 'notSafe') return messageOfByHand(payment)
  if (chargeAgain === 'safe') {
    // What went wrong on the way no longer matters, unless it is why no card was asked for.
    const { refused } = lastAttempt(payment) ?? {}
    return refused ?? (payment.paymentIntentId === undefined ? problem : undefined)
  }
  if (cancelWantedAtMs !== undefined && problem !== undefined) {
    return `It could not be canceled and goes on. ${problem}`
  }
  return problem
}

function messageOfUnknown({ kind, socketPaymentId }: CardPayment): string {
  if (kind !== 'Sale') {
    const look = 'Look at the card machine or its receipt before you give the money again.'
    const then = 'A manager records what it shows.'
    return `The result of the refund cannot be confirmed yet. ${look} ${then}`
  }
  const look =
    'The result cannot be confirmed yet. Look at the card machine or its receipt before you ' +
    'charge the guest again.'
  const byHand = 'A manager can record an approval that it shows.'
  return socketPaymentId === undefined
    ? `${look} Cancel makes sure that this payment takes nothing any more. ${byHand}`
    : `${look} ${byHand}`
}

function messageOfSignature(payment: CardPayment): string {
  const { signature } = lastAttempt(payment)!
  return signature === undefined
    ? 'Compare the signature, then accept or reject it.'
    : `The signature was ${signature}: wait for the card machine.`
}

/** Dojo has not shown it yet. */
function messageOfByHand({ kind }: CardPayment): string {
  return kind === 'Sale'
    ? 'Recorded by hand as paid. If Dojo does not show the payment within a quarter of an hour, ' +
        'the bill opens again, and staff see it on the list.'
    : 'Recorded by hand as given. The bill follows once Dojo shows the refund; if Dojo does not, ' +
        'staff see it on the list.'
}

function messageOfDeclined(payment: CardPayment, { canRetry }: State): string {
  const isSignature = lastAttempt(payment)?.status === 'SignatureVerificationRejected'
  const what = isSignature ? 'The signature was rejected.' : 'The card was declined.'
  if (payment.kind !== 'Sale') return `${what} Nothing was given back: refund it again.`
  return canRetry
    ? `${what} Try again with another card.`
    : `${what} Start a new payment with another card.`
}
