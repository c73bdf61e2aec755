// What becomes of the payment of an intent here, once Dojo has shown the intent.
//
// | payment here  | newest status of the intent          | what happens                          |
// | ------------- | ------------------------------------ | ------------------------------------- |
// | counts        | money went back                      | late reversal: void (see reversal.ts) |
// | counts        | differs in amount, currency or order | void, and unmatched                   |
// | counts        | Created after `dojoLagSeconds`       | void, and unmatched                   |
// | counts        | unknown to this server               | stays, and unmatched                  |
// | counts        | paid, more was refunded              | less what was refunded                |
// | counts        | paid                                 | verified                              |
// | void          | Captured                             | counts again if the order can take it |
// | none          | Captured, a deposit of a party       | nothing                               |
// | none          | Captured, for an order of this venue | recorded if the order can take it     |
// | none          | Captured, without an order           | unmatched                             |
// | void, or none | event and API contradict each other  | checked again, later unmatched        |
// | void, or none | anything else                        | nothing                               |
//
// "Unmatched" puts the intent on the list for somebody to look into, with the reason.
import { limits } from '../../limits.ts'
import type { Caller, Origin } from '../caller.ts'
import { Refusal } from '../errors.ts'
import { spoken } from '../money.ts'
import type { Order, OrderChange, Payment } from '../orders/order.ts'
import {
  differenceOf,
  meansNotPaid,
  meansPaid,
  unknownToDojo,
  unpaidReason,
  type IntentFacts,
} from './intent.ts'
import { isVoid, paymentOf, recordPayment, refundPayment, restorePayment } from './payment.ts'
import { isShownAsDone, type Refund } from './refund.ts'
import { reversePayment, voidByDojo } from './reversal.ts'

export type SettlementOutcome =
  | 'verified'
  | 'voided'
  | 'mismatch'
  | 'recorded'
  | 'restored'
  | 'refunded'
  | 'unmatched'
  | 'uncertain'
  | 'nothing'

export interface Settlement {
  outcome: SettlementOutcome
  /** What is written to the order, one after the other. */
  changes: readonly OrderChange[]
  /** Puts the intent on the unmatched list; undefined takes it off. */
  reason?: string | undefined
  /** The outcome may still change: the payment is checked again. */
  checkAgain: boolean
}

export interface Evidence {
  /** As Dojo shows the intent, but with our id of the order where Dojo names it by its own. */
  facts: IntentFacts
  /** The newest status, which an event may have reported. */
  status: string
  /** The order that has the payment, or that the intent names, and the database's time. */
  now: { order: Order; nowMs: number } | undefined
  isDeposit: boolean
  /** Since when the answer to the payment may be lost. */
  replyLostSeconds: number | undefined
  /** Since there was reason to check. */
  ageSeconds: number
  caller: Pick<Caller, 'currency' | 'verifyPayments'>
  /** The id of the payment, if one is recorded. */
  newPaymentId: string
  /** The card payment of a till that made the intent. */
  card?: CardEvidence | undefined
}

export interface CardEvidence {
  /** The order's hold for its card payments, under which the payment is recorded. */
  lockId: string | undefined
  origin: Origin
  /** A capture is not final while the cashier may still reject the signature. */
  awaitsSignature: boolean
  /** Why somebody has to look into it, while Dojo does not show that it was captured. */
  doubt: string | undefined
  /** Since it was recorded by hand. */
  byHandSeconds: number | undefined
}

/**
 * The intent as it is settled: with our id of the order that it names, with the most that it has
 * shown as gone back, and with the service charge of a card payment, which the bill has in its
 * total.
 */
export function factsToSettle(
  shown: IntentFacts,
  {
    isOfTill,
    orderId,
    refundedMinor,
  }: { isOfTill: boolean; orderId: string | undefined; refundedMinor: number },
): IntentFacts {
  return {
    ...shown,
    amountMinor: shown.amountMinor + (isOfTill ? (shown.serviceChargeMinor ?? 0) : 0),
    externalId: orderId ?? shown.externalId,
    refundedMinor: Math.max(refundedMinor, shown.refundedMinor),
  }
}

/** Whether the payment's open refund is done, and whether it may be and is not shown yet. */
export function settleRefund(
  refund: Refund,
  { status, facts, ageSeconds }: Pick<Evidence, 'status' | 'facts' | 'ageSeconds'>,
): { isDone: boolean; checkAgain: boolean } {
  const shownMinor = meansNotPaid(status) ? undefined : facts.refundedMinor
  const isDone = isShownAsDone(refund, shownMinor)
  const mayBeDone = refund.status === 'Pending' && ageSeconds < limits.checkUncertainSeconds
  return { isDone, checkAgain: !isDone && mayBeDone }
}

export function settle(evidence: Evidence): Settlement {
  const { facts, status, now, ageSeconds } = evidence
  const payment = now && paymentOf(now.order, facts.paymentIntentId)
  if (payment !== undefined && !isVoid(payment)) return settleCounting(evidence, payment)
  const checkAgain = ageSeconds < limits.checkUncertainSeconds
  const contradiction =
    `Dojo reported the payment intent ${facts.paymentIntentId} as ${status}, ` +
    `but shows it as ${facts.status}.`
  if (meansNotPaid(status) && meansPaid(facts.status)) {
    const reason = checkAgain ? undefined : contradiction
    return { outcome: 'uncertain', changes: [], reason, checkAgain }
  }
  if (status !== 'Captured') {
    const reason = doubtIn(evidence)
    return { outcome: 'nothing', changes: [], reason, checkAgain: false }
  }
  if (facts.status !== 'Captured') {
    return { outcome: 'uncertain', changes: [], reason: contradiction, checkAgain }
  }
  if (evidence.card?.awaitsSignature === true) {
    return { outcome: 'uncertain', changes: [], checkAgain: true }
  }
  return payment === undefined ? recover(evidence) : restore(evidence, payment)
}

/** Dojo does not know the intent. Changes nothing; after a while somebody has to look into it. */
export function settleUnknown(paymentIntentId: string, ageSeconds: number): Settlement {
  if (ageSeconds < limits.checkUncertainSeconds) {
    return { outcome: 'uncertain', changes: [], checkAgain: true }
  }
  return unmatched(unknownToDojo(paymentIntentId))
}

function unmatched(reason: string, checkAgain = false): Settlement {
  return { outcome: 'unmatched', changes: [], reason, checkAgain }
}

/** What was recorded by hand and then canceled was never taken, and somebody believed it was. */
function doubtIn({ status, card }: Evidence): string | undefined {
  const isByHand = card?.byHandSeconds !== undefined
  const isDoubtful = status === 'Created' || (status === 'Canceled' && isByHand)
  return isDoubtful ? card?.doubt : undefined
}

function settleCounting(evidence: Evidence, payment: Payment): Settlement {
  const { facts, status, now, ageSeconds, caller } = evidence
  const { order, nowMs } = now!
  if (meansNotPaid(status)) {
    const change = reversePayment(order, payment, { status, nowMs })
    return { outcome: 'voided', changes: [change], reason: doubtIn(evidence), checkAgain: false }
  }
  if (caller.verifyPayments === 'off') return verified(evidence, payment)
  const mismatch = (reason: string): Settlement => ({
    outcome: 'mismatch',
    changes: [voidByDojo(order, payment, { reason, nowMs })],
    reason,
    checkAgain: false,
  })
  const difference = differenceFrom(evidence, payment)
  if (difference !== undefined) return mismatch(difference)
  const unpaid = unpaidReason(facts)
  if (unpaid === undefined || meansPaid(status)) return verified(evidence, payment)
  const { byHandSeconds = limits.checkUncertainSeconds } = evidence.card ?? {}
  if (ageSeconds < limits.dojoLagSeconds || byHandSeconds < limits.checkUncertainSeconds) {
    return { outcome: 'uncertain', changes: [], checkAgain: true }
  }
  if (facts.status === 'Created') return mismatch(unpaid)
  // A status that this server does not know is not taken for a no.
  return { outcome: 'uncertain', changes: [], reason: unpaid, checkAgain: false }
}

function differenceFrom({ facts, now, caller }: Evidence, payment: Payment): string | undefined {
  return differenceOf(facts, {
    amountMinor: payment.amountMinor,
    orderId: payment.recordedOn ?? now!.order.orderId,
    currency: caller.currency,
  })
}

function verified({ facts, now, replyLostSeconds }: Evidence, payment: Payment): Settlement {
  const { paymentIntentId, refundedMinor } = facts
  const refund = refundPayment(now!.order, payment, refundedMinor, { paymentIntentId })
  // Dojo may still take the payment back, because it did not hear that it was recorded.
  const checkAgain =
    replyLostSeconds !== undefined && replyLostSeconds < limits.replyLostCertainSeconds
  return refund === undefined
    ? { outcome: 'verified', changes: [], checkAgain }
    : { outcome: 'refunded', changes: [refund], checkAgain }
}

/** Captured, and the payment that was recorded for it is void. */
function restore(evidence: Evidence, payment: Payment): Settlement {
  const { facts, now, caller } = evidence
  const { paymentIntentId } = facts
  const difference = differenceFrom(evidence, payment)
  if (difference !== undefined) return unmatched(difference)
  return ifOrderTakesIt(evidence, () => {
    const by = { nowMs: now!.nowMs, caller: { currency: caller.currency } }
    const restored = restorePayment(now!.order, payment, { ...by, detail: { paymentIntentId } })
    return { outcome: 'restored', changes: withRefunds(restored, facts), checkAgain: false }
  })
}

/** Captured, and no order has a payment for it: it is recorded on the order that it names. */
function recover(evidence: Evidence): Settlement {
  const { facts, now, isDeposit, caller, newPaymentId, card } = evidence
  const { paymentIntentId, amountMinor, tipsMinor, externalId, currency } = facts
  if (isDeposit) return { outcome: 'nothing', changes: [], checkAgain: false }
  if (now === undefined) {
    return unmatched(
      externalId === undefined
        ? 'Dojo captured it, but it names no order.'
        : `Dojo captured it for the order ${externalId}, which this venue does not have.`,
    )
  }
  if (currency !== caller.currency) {
    const captured = spoken(amountMinor, currency)
    return unmatched(
      `Dojo captured ${captured}, but the orders of this venue are in ${caller.currency}.`,
    )
  }
  return ifOrderTakesIt(evidence, () => {
    const lockId = card?.lockId
    const request = { paymentIntentId, amountMinor, tipsMinor: tipsMinor || undefined, lockId }
    const recorded = recordPayment(now.order, request, {
      paymentId: newPaymentId,
      nowMs: now.nowMs,
      caller: { currency, ...card?.origin },
      intent: { dojoStatus: 'Captured' },
      detail: card ? {} : { recovered: 'Dojo had captured it, but no order had it.' },
    })
    if (recorded === undefined) return { outcome: 'verified', changes: [], checkAgain: false }
    // Dojo waits for no answer to a payment that a till started.
    const checkAgain = card === undefined
    return { outcome: 'recorded', changes: withRefunds(recorded, facts), checkAgain }
  })
}

/** What was refunded of a payment before it was recorded or restored is written after it. */
function withRefunds(
  counting: OrderChange,
  { paymentIntentId, refundedMinor }: IntentFacts,
): OrderChange[] {
  const payment = paymentOf(counting.order, paymentIntentId)!
  const refund = refundPayment(counting.order, payment, refundedMinor, { paymentIntentId })
  return refund === undefined ? [counting] : [counting, refund]
}

/** The order refuses the payment as it would refuse Dojo's call. A lock or a hold will end. */
function ifOrderTakesIt({ ageSeconds }: Evidence, take: () => Settlement): Settlement {
  try {
    return take()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const willPass = error.reason === 'locked' || error.reason === 'held'
    return unmatched(
      `Dojo captured it, but it cannot be recorded: ${error.message}`,
      willPass && ageSeconds < limits.jobGiveUpSeconds,
    )
  }
}
