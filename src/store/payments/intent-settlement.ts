// One state for the payment that an intent is here, by what Dojo shows of it: settled under the
// order's row and the intent's, as a payment is recorded.
import type { Caller } from '../../domain/caller.ts'
import { Refusal } from '../../domain/errors.ts'
import type { NewId } from '../../domain/ids.ts'
import {
  differenceOf,
  isNewerReport,
  meansNotPaid,
  meansPaid,
  unpaidReason,
  type IntentFacts,
} from '../../domain/payments/intent.ts'
import { spoken } from '../../domain/money.ts'
import type { Payment } from '../../domain/orders/order.ts'
import {
  isVoid,
  paymentOf,
  recordPayment,
  refundPayment,
  restorePayment,
} from '../../domain/payments/payment.ts'
import { limits } from '../../limits.ts'
import type { Database, Statement, Transaction } from '../database/database.ts'
import {
  readIntentForUpdate,
  orderNamed,
  orderOfIntent,
  setUnmatched,
  retryWhenRecordedMeanwhile,
  voidBecause,
  type LockedIntent,
} from './intents.ts'
import { readOrderForUpdate, type OrderNow } from '../orders/read-order.ts'
import { writeOrder } from '../orders/write-order.ts'
import { markReplyUncertain } from './lost-replies.ts'
import { settleRefundsShown } from './refunds.ts'

const SET_FACTS: Statement = {
  name: 'intent_set_facts',
  text: `UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4, amount_minor = $5, tips_minor = $6, refunded_minor = $7, external_id = $8
    WHERE location_id = $1 AND payment_intent_id = $2`,
}

/**
 * Whoever made the intent known to us by an event is the venue's account, for its key opens the
 * intent.
 */
const LEARN_ACCOUNT: Statement = {
  name: 'intent_learn_account',
  text: `UPDATE locations SET dojo_account_id = heard.account_id
    FROM (SELECT min(account_id) AS account_id FROM dojo_events WHERE location_id = $1 AND payment_intent_id = $2 HAVING count(DISTINCT account_id) = 1) AS heard
    WHERE location_id = $1 AND dojo_account_id IS NULL`,
}

const IS_DEPOSIT: Statement = {
  name: 'intent_is_deposit',
  text: 'SELECT 1 FROM parties WHERE location_id = $1 AND $2 = ANY (deposit_payment_intent_ids)',
}

/** How a payment stands after it was held against Dojo's intent. */
export type CheckOutcome =
  | 'verified'
  | 'voided'
  | 'mismatch'
  | 'recorded'
  | 'restored'
  | 'refunded'
  | 'unmatched'
  | 'uncertain'
  | 'nothing'

export interface Checked {
  outcome: CheckOutcome
  orderId?: string
  /** Why somebody has to look into it. */
  reason?: string
  /** It is to be looked at again. */
  isUncertain: boolean
}

/**
 * Settles the payment of an intent by what Dojo shows of it: void when its money went back or it is
 * not what was recorded, less what was refunded, recorded or restored when the money is there and
 * it fits as RecordOrderPaymentById would have it, else left to somebody with the reason.
 * @param ageSeconds since there was reason to look
 */
export async function settleIntent(
  database: Database,
  newId: NewId,
  caller: Caller,
  facts: IntentFacts,
  ageSeconds: number,
): Promise<Checked> {
  return await retryWhenRecordedMeanwhile(database, async (tx) => {
    const { locationId } = caller
    const { paymentIntentId } = facts
    // An order that Dojo made may be named by Dojo's own id of it.
    const named =
      facts.externalId === undefined
        ? undefined
        : await orderNamed(tx, locationId, facts.externalId)
    const externalId = named ?? facts.externalId
    const orderId = (await orderOfIntent(tx, locationId, paymentIntentId)) ?? named
    const held =
      orderId === undefined ? undefined : await readOrderForUpdate(tx, locationId, orderId)
    const intent = await readIntentForUpdate(tx, locationId, paymentIntentId, held)
    const word = wordAfter(facts, intent.known)
    const refundedMinor = Math.max(intent.refundedMinor, facts.refundedMinor)
    // What is kept is in the currency of the venue.
    const [amountMinor, tipsMinor] =
      facts.currency === caller.currency ? [facts.amountMinor, facts.tipsMinor] : []
    await Promise.all([
      tx.rows(SET_FACTS, [
        locationId,
        paymentIntentId,
        word.status,
        new Date(word.atMs),
        amountMinor,
        tipsMinor,
        refundedMinor,
        externalId,
      ]),
      tx.rows(LEARN_ACCOUNT, [locationId, paymentIntentId]),
    ])
    const checked = await settle({
      tx,
      newId,
      caller,
      facts: { ...facts, externalId, refundedMinor },
      status: word.status,
      intent,
      ageSeconds,
    })
    const [isAsked] = await Promise.all([
      intent.payment !== undefined &&
        settleRefundsShown(
          tx,
          locationId,
          intent.payment.paymentId,
          meansNotPaid(word.status) ? undefined : refundedMinor,
        ),
      setUnmatched(tx, locationId, paymentIntentId, checked.reason),
    ])
    if (held === undefined) return checked
    // What a till asked for may be done and not shown yet.
    return {
      ...checked,
      orderId: held.order.orderId,
      isUncertain: checked.isUncertain || (isAsked && ageSeconds < limits.checkUncertainSeconds),
    }
  })
}

/** What Dojo shows as gone back has gone back, whenever that was: nothing comes after it. */
function wordAfter(
  facts: IntentFacts,
  known: LockedIntent['known'],
): { status: string; atMs: number } {
  const { status, atMs } = facts
  if (known === undefined || isNewerReport(facts, known)) return { status, atMs }
  return meansNotPaid(status) && !meansNotPaid(known.status) ? { status, atMs: known.atMs } : known
}

interface Settling {
  tx: Transaction
  newId: NewId
  caller: Caller
  facts: IntentFacts
  /** By Dojo's newest word. */ status: string
  intent: LockedIntent
  ageSeconds: number
}

async function settle(settling: Settling): Promise<Checked> {
  const {
    facts,
    status,
    intent: { payment },
    ageSeconds,
  } = settling
  const isCertain = ageSeconds >= limits.checkUncertainSeconds
  if (payment !== undefined && !isVoid(payment)) {
    return meansNotPaid(status)
      ? fall(settling, payment, `Dojo: ${status}`)
      : verify(settling, payment)
  }
  if (meansNotPaid(status) && meansPaid(facts.status)) {
    // An event was newer than what Dojo shows; either it shows more in a moment, or it has said two
    // things.
    return {
      outcome: 'uncertain',
      isUncertain: !isCertain,
      ...(isCertain
        ? {
            reason: `Dojo said that the payment intent ${facts.paymentIntentId} is ${status}, and shows it as ${facts.status}.`,
          }
        : {}),
    }
  }
  if (status !== 'Captured') return { outcome: 'nothing', isUncertain: false }
  // Told, and not shown yet.
  if (facts.status !== 'Captured') {
    return {
      outcome: 'uncertain',
      isUncertain: !isCertain,
      reason: `Dojo said that the payment intent ${facts.paymentIntentId} is Captured, and shows it as ${facts.status}.`,
    }
  }
  return payment === undefined ? await recover(settling) : await restore(settling, payment)
}

function fall(
  { tx, caller, intent: { held } }: Settling,
  payment: Payment,
  reason: string,
): Checked {
  voidBecause(tx, caller, held!, payment, reason, {})
  return { outcome: 'voided', isUncertain: false }
}

/** A payment that stands, against an intent that is not known to have gone back. */
function verify(settling: Settling, payment: Payment): Checked {
  const {
    tx,
    caller,
    facts,
    status,
    intent: { held, replyLostSeconds },
    ageSeconds,
  } = settling
  const { order } = held!
  if (caller.verifyPayments !== 'off') {
    const difference = differenceOf(
      facts,
      payment.amountMinor,
      payment.recordedOn ?? order.orderId,
      caller.currency,
    )
    if (difference !== undefined) return mismatch(settling, payment, difference)
    const unpaid = unpaidReason(facts)
    if (unpaid !== undefined && !meansPaid(status)) {
      if (ageSeconds < limits.dojoLagSeconds) {
        return { outcome: 'uncertain', isUncertain: true }
      }
      // A word that this server does not know is not taken for a no.
      return facts.status === 'Created'
        ? mismatch(settling, payment, unpaid)
        : { outcome: 'uncertain', isUncertain: false, reason: unpaid }
    }
  }
  const { paymentIntentId } = facts
  const refund = refundPayment(order, payment, facts.refundedMinor, { paymentIntentId })
  if (refund !== undefined) writeOrder(tx, caller, held!, refund)
  const replyMayBeLost =
    replyLostSeconds !== undefined && replyLostSeconds < limits.replyLostCertainSeconds
  return { outcome: refund === undefined ? 'verified' : 'refunded', isUncertain: replyMayBeLost }
}

function mismatch(settling: Settling, payment: Payment, reason: string): Checked {
  fall(settling, payment, reason)
  return { outcome: 'mismatch', reason, isUncertain: false }
}

/** Captured, and the payment that was recorded for it is void. */
async function restore(
  { tx, caller, facts, intent: { held }, ageSeconds }: Settling,
  payment: Payment,
): Promise<Checked> {
  const { order, nowMs } = held!
  const { paymentIntentId } = facts
  const difference = differenceOf(
    facts,
    payment.amountMinor,
    payment.recordedOn ?? order.orderId,
    caller.currency,
  )
  if (difference !== undefined) {
    return { outcome: 'unmatched', reason: difference, isUncertain: false }
  }
  return await ifItFits(ageSeconds, async () => {
    const { currency } = caller
    const detail = { paymentIntentId }
    const restored = restorePayment(order, payment, { nowMs, caller: { currency }, detail })
    refundMore(tx, caller, writeOrder(tx, caller, held!, restored), facts)
    return 'restored'
  })
}

/** Captured, and no order has a payment for it: the intent names its order. */
async function recover({
  tx,
  newId,
  caller,
  facts,
  intent: { held },
  ageSeconds,
}: Settling): Promise<Checked> {
  const { paymentIntentId, amountMinor, tipsMinor, externalId, currency } = facts
  if ((await tx.rows(IS_DEPOSIT, [caller.locationId, paymentIntentId])).length > 0) {
    return { outcome: 'nothing', isUncertain: false }
  }
  if (held === undefined) {
    return {
      outcome: 'unmatched',
      reason:
        externalId === undefined
          ? 'Dojo captured it, and it names no order.'
          : `Dojo captured it for the order ${externalId}, which this venue does not have.`,
      isUncertain: false,
    }
  }
  if (currency !== caller.currency) {
    return {
      outcome: 'unmatched',
      reason: `Dojo captured ${spoken(amountMinor, currency)}, and the venue's orders are in ${caller.currency}.`,
      isUncertain: false,
    }
  }
  return await ifItFits(ageSeconds, async () => {
    const { order, nowMs } = held
    const request = { paymentIntentId, amountMinor, ...(tipsMinor === 0 ? {} : { tipsMinor }) }
    const recorded = recordPayment(order, request, {
      paymentId: newId('pay'),
      nowMs,
      caller: { currency: caller.currency },
      intent: { dojoStatus: 'Captured' },
      detail: { recovered: 'Dojo had captured it, and no order had it.' },
    })
    if (recorded === undefined) return 'verified'
    refundMore(tx, caller, writeOrder(tx, caller, held, recorded), facts)
    // Dojo's own call has not come, and may yet fail: then it takes the money back.
    markReplyUncertain(tx, caller.locationId, paymentIntentId)
    return 'recorded'
  })
}

/** The part of a payment that was refunded before this transaction recorded or restored it. */
function refundMore(
  tx: Transaction,
  caller: Caller,
  now: OrderNow,
  { paymentIntentId, refundedMinor }: IntentFacts,
): void {
  const payment = paymentOf(now.order, paymentIntentId)!
  const refund = refundPayment(now.order, payment, refundedMinor, { paymentIntentId })
  if (refund !== undefined) writeOrder(tx, caller, now, refund)
}

/** Refused as Dojo would be; a lock or a till's hold ends, so that is tried again. */
async function ifItFits(
  ageSeconds: number,
  work: () => Promise<'verified' | 'recorded' | 'restored'>,
): Promise<Checked> {
  try {
    const outcome = await work()
    return { outcome, isUncertain: outcome === 'recorded' }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const passes =
      (error.reason === 'locked' || error.reason === 'held') && ageSeconds < limits.jobGiveUpSeconds
    return {
      outcome: 'unmatched',
      reason: `Dojo captured it, and it cannot be recorded: ${error.message}`,
      isUncertain: passes,
    }
  }
}

/**
 * Dojo does not know the intent: nothing is changed for that, and after a while somebody is told.
 */
export async function settleUnknown(
  database: Database,
  caller: Caller,
  paymentIntentId: string,
  ageSeconds: number,
): Promise<Checked> {
  if (ageSeconds < limits.checkUncertainSeconds) return { outcome: 'uncertain', isUncertain: true }
  const reason = `Dojo does not know the payment intent ${paymentIntentId} with the key of this venue.`
  await retryWhenRecordedMeanwhile(database, async (tx) => {
    await setUnmatched(tx, caller.locationId, paymentIntentId, reason)
  })
  return { outcome: 'unmatched', reason, isUncertain: false }
}
