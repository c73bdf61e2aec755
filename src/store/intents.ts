// What is known of Dojo's payment intents, and one state for the payment that each is here: Dojo's newest word, whichever way
// and in whatever order it came. An intent is settled under the order's row and its own, as a payment is recorded.
import type { Caller } from '../domain/caller.ts'
import { Refusal } from '../domain/errors.ts'
import type { NewId } from '../domain/ids.ts'
import { differenceOf, isNewerWord, meansNotPaid, meansPaid, unpaidReason, type IntentFacts } from '../domain/intent.ts'
import type { Payment } from '../domain/order.ts'
import { newPayment, paymentOf, recordPayment, refundPayment, restorePayment, voidPayment, type Sums } from '../domain/payment.ts'
import { limits } from '../limits.ts'
import type { Database, Queryable, Statement, Transaction } from './database.ts'
import type { OrderChange } from './order-changes.ts'
import { HOLD_INTENT, holdOrder, writeChange, type OrderNow } from './orders.ts'

// --- holding

/** An intent whose row this transaction holds, and before it the row of the order, where there is one. */
export interface HeldIntent {
  held: OrderNow | undefined
  /** The payment of this intent on that order, standing or void. */
  payment: Payment | undefined
  known: { status: string, atMs: number } | undefined
  /** As Dojo has shown them so far; they never become less. */
  refundedMinor: number
  replyLostSeconds: number | undefined
}

interface IntentRow { dojo_status: string | null, dojo_status_at: Date | null, refunded_minor: number, reply_lost_seconds: number | null }

const ORDER_OF_INTENT: Statement = {
  name: 'intent_order',
  text: 'SELECT order_id FROM payments WHERE location_id = $1 AND payment_intent_id = $2',
}

const ORDER_NAMED: Statement = {
  name: 'intent_order_named',
  text: 'SELECT order_id FROM orders WHERE location_id = $1 AND (order_id = $2 OR dojo_order_id = $2)',
}

export const orderOfIntent = async (tx: Queryable, locationId: string, paymentIntentId: string): Promise<string | undefined> => await orderIdOf(tx, ORDER_OF_INTENT, [locationId, paymentIntentId])

async function orderIdOf (tx: Queryable, statement: Statement, values: readonly string[]): Promise<string | undefined> {
  const [row] = await tx.rows<{ order_id: string }>(statement, values)
  return row?.order_id
}

/** A payment of the intent was recorded while this waited for it: whoever meets it starts again and holds that order first. */
export class RecordedMeanwhile extends Error {}

/** Runs `work` again from its start when the payment of its intent was recorded meanwhile. */
export async function untilHeld<T> (database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await database.transaction(work)
    } catch (error) {
      if (!(error instanceof RecordedMeanwhile)) throw error
    }
  }
}

/**
 * @param held the order of the intent, which this transaction holds already
 * @throws RecordedMeanwhile
 */
export async function holdIntent (tx: Transaction, locationId: string, paymentIntentId: string, held: OrderNow | undefined): Promise<HeldIntent> {
  const [[row], orderId] = await Promise.all([tx.rows<IntentRow>(HOLD_INTENT, [locationId, paymentIntentId]), orderOfIntent(tx, locationId, paymentIntentId)])
  if (orderId !== undefined && orderId !== held?.order.orderId) throw new RecordedMeanwhile()
  const { dojo_status: status, dojo_status_at: at, refunded_minor: refundedMinor, reply_lost_seconds: replyLostSeconds } = row!
  return {
    held,
    payment: held === undefined ? undefined : paymentOf(held.order, paymentIntentId),
    known: status === null || at === null ? undefined : { status, atMs: at.getTime() },
    refundedMinor,
    replyLostSeconds: replyLostSeconds ?? undefined,
  }
}

// --- what Dojo said

const SET_WORD: Statement = {
  name: 'intent_set_word',
  text: 'UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4 WHERE location_id = $1 AND payment_intent_id = $2',
}

const SET_UNMATCHED: Statement = {
  name: 'intent_set_unmatched',
  text: `UPDATE payment_intents SET unmatched_at = CASE WHEN $3::text IS NULL THEN NULL ELSE coalesce(unmatched_at, clock_timestamp()) END, unmatched_reason = $3
    WHERE location_id = $1 AND payment_intent_id = $2 AND unmatched_reason IS DISTINCT FROM $3`,
}

export async function setWord (tx: Transaction, locationId: string, paymentIntentId: string, { status, atMs }: { status: string, atMs: number }): Promise<void> {
  await tx.rows(SET_WORD, [locationId, paymentIntentId, status, new Date(atMs)])
}

/** @param reason why somebody has to look into it; undefined when nobody has */
export async function setUnmatched (tx: Transaction, locationId: string, paymentIntentId: string, reason: string | undefined): Promise<void> {
  await tx.rows(SET_UNMATCHED, [locationId, paymentIntentId, reason])
}

export async function voidBecause (tx: Transaction, caller: Caller, { order, nowMs }: OrderNow, payment: Payment, reason: string, detail: object): Promise<void> {
  await write(tx, caller, { order, nowMs }, { kind: 'void-payment', paymentId: payment.paymentId, reason, ...voidPayment(order, payment), detail: { paymentIntentId: payment.paymentIntentId, amountMinor: payment.amountMinor, ...detail } })
}

const write = async (tx: Transaction, caller: Caller, { order, nowMs }: OrderNow, change: OrderChange): Promise<void> => { await writeChange(tx, caller, order, nowMs, change, tx.rows) }

// --- what Dojo showed

const SET_FACTS: Statement = {
  name: 'intent_set_facts',
  text: `UPDATE payment_intents SET dojo_status = $3, dojo_status_at = $4, amount_minor = $5, tips_minor = $6, refunded_minor = $7, external_id = $8
    WHERE location_id = $1 AND payment_intent_id = $2`,
}

/** Whoever made the intent known to us by an event is the venue's account, for its key opens the intent. */
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
export type CheckOutcome = 'verified' | 'voided' | 'mismatch' | 'recorded' | 'restored' | 'refunded' | 'unmatched' | 'uncertain' | 'nothing'

export interface Checked {
  outcome: CheckOutcome
  orderId?: string
  /** Why somebody has to look into it. */
  reason?: string
  /** It is to be looked at again. */
  isUncertain: boolean
}

/**
 * Settles the payment of an intent by what Dojo shows of it: void when its money went back or it is not what was recorded,
 * less what was refunded, recorded or restored when the money is there and it fits as RecordOrderPaymentById would have it, else
 * left to somebody with the reason.
 * @param ageSeconds since there was reason to look
 */
export async function settleIntent (database: Database, newId: NewId, caller: Caller, facts: IntentFacts, ageSeconds: number): Promise<Checked> {
  return await untilHeld(database, async (tx) => {
    const { locationId } = caller
    const { paymentIntentId } = facts
    // An order that Dojo made may be named by Dojo's own id of it.
    const named = facts.externalId === undefined ? undefined : await orderIdOf(tx, ORDER_NAMED, [locationId, facts.externalId])
    const externalId = named ?? facts.externalId
    const orderId = await orderOfIntent(tx, locationId, paymentIntentId) ?? named
    const held = orderId === undefined ? undefined : await holdOrder(tx, locationId, orderId, {})
    const intent = await holdIntent(tx, locationId, paymentIntentId, held)
    const word = intent.known === undefined || isNewerWord(facts, intent.known) ? { status: facts.status, atMs: facts.atMs } : intent.known
    const refundedMinor = Math.max(intent.refundedMinor, facts.refundedMinor)
    await Promise.all([
      tx.rows(SET_FACTS, [locationId, paymentIntentId, word.status, new Date(word.atMs), facts.amountMinor, facts.tipsMinor, refundedMinor, externalId]),
      tx.rows(LEARN_ACCOUNT, [locationId, paymentIntentId]),
    ])
    const checked = await settle({ tx, newId, caller, facts: { ...facts, externalId, refundedMinor }, status: word.status, intent, ageSeconds })
    await setUnmatched(tx, locationId, paymentIntentId, checked.reason)
    return held === undefined ? checked : { ...checked, orderId: held.order.orderId }
  })
}

interface Settling { tx: Transaction, newId: NewId, caller: Caller, facts: IntentFacts, /** By Dojo's newest word. */ status: string, intent: HeldIntent, ageSeconds: number }

async function settle (settling: Settling): Promise<Checked> {
  const { facts, status, intent: { payment }, ageSeconds } = settling
  const isCertain = ageSeconds >= limits.checkUncertainSeconds
  if (payment?.stands === true) return meansNotPaid(status) ? await fall(settling, payment, `Dojo: ${status}`) : await verify(settling, payment)
  if (meansNotPaid(status) && meansPaid(facts.status)) {
    // An event was newer than what Dojo shows; either it shows more in a moment, or it has said two things.
    return { outcome: 'uncertain', isUncertain: !isCertain, ...isCertain ? { reason: `Dojo said that the payment intent ${facts.paymentIntentId} is ${status}, and shows it as ${facts.status}.` } : {} }
  }
  if (status !== 'Captured') return { outcome: 'nothing', isUncertain: false }
  return payment === undefined ? await recover(settling) : await restore(settling, payment)
}

async function fall ({ tx, caller, intent: { held } }: Settling, payment: Payment, reason: string): Promise<Checked> {
  await voidBecause(tx, caller, held!, payment, reason, {})
  return { outcome: 'voided', isUncertain: false }
}

/** A payment that stands, against an intent that is not known to have gone back. */
async function verify (settling: Settling, payment: Payment): Promise<Checked> {
  const { tx, caller, facts, status, intent: { held, replyLostSeconds }, ageSeconds } = settling
  const { order, nowMs } = held!
  if (caller.verifyPayments !== 'off') {
    const difference = differenceOf(facts, payment.amountMinor, [order.orderId], caller.currency)
    if (difference !== undefined) return await mismatch(settling, payment, difference)
    const unpaid = unpaidReason(facts)
    if (unpaid !== undefined && !meansPaid(status)) {
      if (ageSeconds < limits.paymentSettleSeconds) return { outcome: 'uncertain', isUncertain: true }
      // A word that this server does not know is not taken for a no.
      return facts.status === 'Created' ? await mismatch(settling, payment, unpaid) : { outcome: 'uncertain', isUncertain: false, reason: unpaid }
    }
  }
  const refund = refundPayment(order, payment, facts.refundedMinor)
  if (refund !== undefined) await write(tx, caller, { order, nowMs }, { kind: 'refund-payment', paymentId: payment.paymentId, ...refund, detail: { paymentIntentId: facts.paymentIntentId } })
  const replyMayBeLost = replyLostSeconds !== undefined && replyLostSeconds < limits.replyLostCertainSeconds
  return { outcome: refund === undefined ? 'verified' : 'refunded', isUncertain: replyMayBeLost }
}

async function mismatch (settling: Settling, payment: Payment, reason: string): Promise<Checked> {
  await fall(settling, payment, reason)
  return { outcome: 'mismatch', reason, isUncertain: false }
}

/** Captured, and the payment that was recorded for it is void. */
async function restore ({ tx, caller, facts, intent: { held }, ageSeconds }: Settling, payment: Payment): Promise<Checked> {
  const { order, nowMs } = held!
  const { paymentIntentId } = facts
  const difference = differenceOf(facts, payment.amountMinor, [order.orderId], caller.currency)
  if (difference !== undefined) return { outcome: 'unmatched', reason: difference, isUncertain: false }
  return await ifItFits(ageSeconds, async () => {
    const sums = restorePayment(order, nowMs, payment, {}, caller.currency)
    await write(tx, caller, { order, nowMs }, { kind: 'restore-payment', paymentId: payment.paymentId, ...sums, detail: { paymentIntentId } })
    await refundMore(tx, caller, held!, { ...payment, stands: true }, sums, facts)
    return 'restored'
  })
}

/** Captured, and no order has a payment for it: the intent names its order. */
async function recover ({ tx, newId, caller, facts, intent: { held }, ageSeconds }: Settling): Promise<Checked> {
  const { paymentIntentId, amountMinor, tipsMinor, externalId, currency } = facts
  if ((await tx.rows(IS_DEPOSIT, [caller.locationId, paymentIntentId])).length > 0) return { outcome: 'nothing', isUncertain: false }
  if (held === undefined) return { outcome: 'unmatched', reason: externalId === undefined ? 'Dojo captured it, and it names no order.' : `Dojo captured it for the order ${externalId}, which this venue does not have.`, isUncertain: false }
  if (currency !== caller.currency) return { outcome: 'unmatched', reason: `Dojo captured it in ${currency}, and the venue's orders are in ${caller.currency}.`, isUncertain: false }
  return await ifItFits(ageSeconds, async () => {
    const { order, nowMs } = held
    const request = { paymentIntentId, amountMinor, ...tipsMinor === 0 ? {} : { tipsMinor } }
    const decision = recordPayment(order, nowMs, request, { recordedOn: undefined, dojoStatus: 'Captured' }, {}, caller.currency)
    if (decision.repeated) return 'verified'
    const payment = newPayment(newId('pay'), request)
    const { paidMinor, tipsMinor: orderTipsMinor, status } = decision
    await write(tx, caller, held, { kind: 'record-payment', payment, lockId: undefined, paidMinor, tipsMinor: orderTipsMinor, status, detail: { recovered: 'Dojo had captured it, and no order had it.' } })
    await refundMore(tx, caller, held, payment, { paidMinor, tipsMinor: orderTipsMinor, status }, facts)
    return 'recorded'
  })
}

/** What was refunded of a payment that this transaction has just made stand. */
async function refundMore (tx: Transaction, caller: Caller, { order, nowMs }: OrderNow, payment: Payment, sums: Sums, { paymentIntentId, refundedMinor }: IntentFacts): Promise<void> {
  const standing = { ...order, ...sums, statusBeforeFinal: sums.status === 'Finalized' && order.status !== 'Finalized' ? order.status : order.statusBeforeFinal }
  const refund = refundPayment(standing, payment, refundedMinor)
  if (refund !== undefined) await write(tx, caller, { order: standing, nowMs }, { kind: 'refund-payment', paymentId: payment.paymentId, ...refund, detail: { paymentIntentId } })
}

/** Refused as Dojo would be; a lock or a till's hold ends, so that is tried again. */
async function ifItFits (ageSeconds: number, work: () => Promise<'verified' | 'recorded' | 'restored'>): Promise<Checked> {
  try {
    return { outcome: await work(), isUncertain: false }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const passes = (error.reason === 'locked' || error.reason === 'held') && ageSeconds < limits.outboxGiveUpSeconds
    return { outcome: 'unmatched', reason: `Dojo captured it, and it cannot be recorded: ${error.message}`, isUncertain: passes }
  }
}

// --- what Dojo does not know, and what it may not have heard

/** Dojo does not know the intent: nothing is changed for that, and after a while somebody is told. */
export async function settleUnknown (database: Database, caller: Caller, paymentIntentId: string, ageSeconds: number): Promise<Checked> {
  if (ageSeconds < limits.checkUncertainSeconds) return { outcome: 'uncertain', isUncertain: true }
  const reason = `Dojo does not know the payment intent ${paymentIntentId} with the key of this venue.`
  await untilHeld(database, async (tx) => { await setUnmatched(tx, caller.locationId, paymentIntentId, reason) })
  return { outcome: 'unmatched', reason, isUncertain: false }
}

const REPLY_LOST: Statement = {
  name: 'intent_reply_lost',
  text: `UPDATE payment_intents i SET reply_lost_at = clock_timestamp() WHERE i.location_id = $1 AND i.payment_intent_id = ANY ($2::text[])
      AND EXISTS (SELECT 1 FROM payments p WHERE p.location_id = i.location_id AND p.payment_intent_id = i.payment_intent_id AND p.voided_at IS NULL)
    RETURNING i.payment_intent_id`,
}

/** Dojo may not have had the answer to these payments, and may take them back: they are looked at until that is certain. */
export async function noteLostReply (database: Database, locationId: string, paymentIntentIds: readonly string[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const { payment_intent_id: id } of await tx.rows<{ payment_intent_id: string }>(REPLY_LOST, [locationId, [...paymentIntentIds].sort()])) tx.queue(locationId, 'PaymentCheck', id, limits.replyLostCheckSeconds)
  })
}

const RECENT: Statement = {
  name: 'intent_recent',
  text: `WITH recent AS (
      SELECT p.location_id, p.payment_intent_id, p.recorded_at FROM payments p JOIN locations l ON l.location_id = p.location_id
      WHERE p.recorded_at > clock_timestamp() - make_interval(secs => $1) AND p.voided_at IS NULL AND p.payment_intent_id IS NOT NULL AND l.dojo_key_sealed IS NOT NULL
    ), noted AS (
      UPDATE payment_intents i SET reply_lost_at = recent.recorded_at FROM recent WHERE i.location_id = recent.location_id AND i.payment_intent_id = recent.payment_intent_id AND i.reply_lost_at IS NULL
    )
    INSERT INTO outbox (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at)
    SELECT location_id, 'PaymentCheck', payment_intent_id, clock_timestamp(), clock_timestamp(), recorded_at + make_interval(secs => $2) FROM recent
    ON CONFLICT (location_id, kind, entity_id) DO NOTHING`,
}

/** At start: a process that ended before may have owed answers to the youngest payments. */
export async function noteRecentReplies (database: Database): Promise<void> {
  await database.rows(RECENT, [limits.replyLostRecoverySeconds, limits.replyLostCheckSeconds])
}

// --- for staff

export interface UnmatchedPayment { paymentIntentId: string, since: Date, reason: string, status: string | null, amountMinor: number | null, tipsMinor: number | null, externalId: string | null }

const UNMATCHED: Statement = {
  name: 'intent_unmatched',
  text: `SELECT payment_intent_id AS "paymentIntentId", unmatched_at AS since, unmatched_reason AS reason, dojo_status AS status, amount_minor AS "amountMinor", tips_minor AS "tipsMinor", external_id AS "externalId"
    FROM payment_intents WHERE location_id = $1 AND unmatched_at IS NOT NULL ORDER BY unmatched_at, payment_intent_id`,
}

/** Money at Dojo and payments here that do not go together: for somebody to look into, oldest first. */
export const readUnmatchedPayments = async (database: Database, locationId: string): Promise<UnmatchedPayment[]> => await database.rows(UNMATCHED, [locationId])
