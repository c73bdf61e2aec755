// Settles the payment of an intent by what Dojo shows: domain/payments/settlement.ts decides.
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import { keptFacts, newestStatus, type IntentFacts } from '../../domain/payments/intent.ts'
import { cardHoldOf } from '../../domain/payments/card-hold.ts'
import {
  awaitsSignature,
  doubtOf,
  lastAttempt,
  type CardPayment,
} from '../../domain/payments/card-payment.ts'
import { neverShown, refundNeverShown } from '../../domain/payments/card-payment-by-hand.ts'
import { withIntentRead } from '../../domain/payments/card-payment-findings.ts'
import { paymentOf } from '../../domain/payments/payment.ts'
import { doneAsShown, type Refund } from '../../domain/payments/refund.ts'
import {
  factsToSettle,
  settle,
  settleRefund,
  settleUnknown,
  type CardEvidence,
  type Evidence,
  type Settlement,
  type SettlementOutcome,
} from '../../domain/payments/settlement.ts'
import { limits } from '../../limits.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import {
  readCardPaymentForUpdate,
  readCardPaymentOfIntent,
  readCardPaymentsOf,
} from '../../store/payments/card-payments.ts'
import {
  isDeposit,
  learnAccount,
  readIntentForUpdate,
  readOrderNamed,
  readOrderOfIntent,
  retryWhenRecordedMeanwhile,
  writeFacts,
  writeUnmatched,
} from '../../store/payments/intents.ts'
import { markReplyUncertain } from '../../store/payments/lost-replies.ts'
import { readOpenRefund, writeRefund } from '../../store/payments/refunds.ts'
import { applyChange } from '../orders/change-order.ts'
import { originOfCard, writeCardPayment } from './change-card-payment.ts'

export interface Settled {
  outcome: SettlementOutcome
  orderId?: string
  /** Why somebody has to look into it. */
  reason?: string | undefined
  /** The outcome may still change: the payment is checked again. */
  checkAgain: boolean
}

/** @param ageSeconds since there was reason to check */
export async function settleIntent(
  { database, newId }: { database: Database; newId: NewId },
  caller: Caller,
  facts: IntentFacts,
  ageSeconds: number,
): Promise<Settled> {
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const { evidence, newest, openRefund, cardPayment } = await readEvidence(tx, caller, facts, {
      newPaymentId: newId('pay'),
      ageSeconds,
    })
    const refund = openRefund && settleRefund(openRefund, evidence)
    const settlement = settle(evidence)
    settlement.reason ??= refund?.isDone ? undefined : await doubtOfRefund(tx, caller, openRefund)
    writeFacts(tx, caller.locationId, keptFacts(evidence.facts, caller.currency), newest)
    learnAccount(tx, caller.locationId, facts.paymentIntentId)
    const current = write(tx, caller, evidence, settlement)
    if (cardPayment !== undefined) {
      const { nowMs } = current!
      const { status, amountMinor, cashbackMinor } = facts
      const read = { status, amountMinor, cashbackMinor, nowMs }
      const after = withIntentRead(cardPayment, newest, read)
      await writeCardPayment(tx, caller, current!, { before: cardPayment, after })
    }
    const { now } = evidence
    const { outcome, reason, checkAgain } = settlement
    if (now === undefined) return { outcome, reason, checkAgain }
    const { orderId } = now.order
    if (openRefund !== undefined && refund?.isDone) {
      const done = doneAsShown(openRefund, now.nowMs)
      writeRefund(tx, caller.locationId, openRefund.refundId, done)
    }
    return { outcome, orderId, reason, checkAgain: checkAgain || refund?.checkAgain === true }
  })
}

/** Why somebody has to look into an open refund: it was recorded by hand, and is never shown. */
async function doubtOfRefund(
  tx: Transaction,
  { locationId }: Caller,
  refund: Refund | undefined,
): Promise<string | undefined> {
  if (refund === undefined) return undefined
  const { refundId, orderId } = refund
  const onOrder = await readCardPaymentsOf(tx, locationId, orderId, limits.cardPaymentsListed)
  const newest = onOrder.find(({ payment }) => payment.refund?.refundId === refundId)
  return newest && refundNeverShown(newest.payment, newest.nowMs)
}

/** Reads all that the decision needs, and locks the order before the intent. */
async function readEvidence(
  tx: Transaction,
  caller: Caller,
  shown: IntentFacts,
  { newPaymentId, ageSeconds }: Pick<Evidence, 'newPaymentId' | 'ageSeconds'>,
) {
  const { locationId } = caller
  const { paymentIntentId } = shown
  const [recordedOn, card, named] = await Promise.all([
    readOrderOfIntent(tx, locationId, paymentIntentId),
    readCardPaymentOfIntent(tx, locationId, paymentIntentId),
    shown.externalId === undefined ? undefined : readOrderNamed(tx, locationId, shown.externalId),
  ])
  const orderId = recordedOn ?? card?.orderId ?? named
  const now = orderId === undefined ? undefined : await readOrderForUpdate(tx, locationId, orderId)
  const hasPayment = now !== undefined && paymentOf(now.order, paymentIntentId) !== undefined
  const [intent, deposit, openRefund] = await Promise.all([
    readIntentForUpdate(tx, locationId, paymentIntentId, orderId),
    hasPayment ? false : isDeposit(tx, locationId, paymentIntentId),
    hasPayment ? readOpenRefund(tx, locationId, paymentIntentId) : undefined,
  ])
  const locked =
    card && (await readCardPaymentForUpdate(tx, locationId, card.cardPaymentId)).payment
  // Its next try over the socket has an intent of its own, and may have begun while this waited.
  const cardPayment = locked?.paymentIntentId === paymentIntentId ? locked : undefined
  const newest = newestStatus(shown, intent.known)
  const evidence: Evidence = {
    facts: factsToSettle(shown, {
      isOfTill: cardPayment !== undefined,
      orderId: named,
      refundedMinor: intent.refundedMinor,
    }),
    status: newest.status,
    now,
    isDeposit: deposit,
    replyLostSeconds: intent.replyLostSeconds,
    ageSeconds,
    caller,
    newPaymentId,
    card: cardPayment && cardEvidence(cardPayment, now!),
  }
  return { evidence, newest, openRefund, cardPayment }
}

function cardEvidence(payment: CardPayment, { order, nowMs }: OrderNow): CardEvidence {
  const last = lastAttempt(payment)
  return {
    lockId: cardHoldOf(order),
    origin: originOfCard(payment),
    awaitsSignature: last !== undefined && awaitsSignature(last, nowMs),
    doubt: neverShown(payment) ?? doubtOf(payment, nowMs),
    byHandSeconds: payment.byHand && (nowMs - payment.byHand.atMs) / 1000,
  }
}

function write(
  tx: Transaction,
  caller: Caller,
  { now, card, facts: { paymentIntentId } }: Evidence,
  { outcome, changes, reason }: Settlement,
): OrderNow | undefined {
  let current = now
  const by = { ...caller, ...card?.origin }
  for (const change of changes) current = applyChange(tx, by, current!, change)
  if (outcome === 'recorded' && card === undefined) {
    markReplyUncertain(tx, caller.locationId, paymentIntentId)
  }
  writeUnmatched(tx, caller.locationId, paymentIntentId, reason)
  return current
}

/** For an intent that Dojo does not know. */
export async function settleUnknownIntent(
  database: Database,
  { locationId }: Caller,
  paymentIntentId: string,
  ageSeconds: number,
): Promise<Settled> {
  const { outcome, reason, checkAgain } = settleUnknown(paymentIntentId, ageSeconds)
  if (reason !== undefined) {
    await database.transaction(async (tx) => {
      writeUnmatched(tx, locationId, paymentIntentId, reason)
    })
  }
  return { outcome, reason, checkAgain }
}
