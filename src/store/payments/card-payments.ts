// The rows of card payments. What is known of an intent is read from its own row, where events and
// Dojo's answers meet.
import { notFound } from '../../domain/errors.ts'
import type {
  Attempt,
  ByHand,
  CardPayment,
  WantedOfAuthorized,
} from '../../domain/payments/card-payment.ts'
import type { RefundStatus } from '../../domain/payments/refund.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { NAME_OF_ORDER } from '../orders/order-sql.ts'
import { readOutline } from '../orders/read-order.ts'

/** A card payment, and the database's time when it was read. */
export interface CardPaymentNow {
  payment: CardPayment
  nowMs: number
}

/** What a statement needs to read whole card payments of the venue `$1`. */
export const wholeCardPayment = {
  columns: `c.card_payment_id, c.order_id, c.share, c.amount_minor, c.tips_minor, c.service_charge_minor, c.capture_mode,
  c.card_not_present, c.waiter_id, c.till_name, c.started_at, c.intent_asked_at, c.payment_intent_id, c.intent_read_at,
  c.intent_read_status, c.attempts, c.cancel_wanted_at, c.by_hand, c.wanted, c.ended_at, c.problem,
  c.kind, c.cashback_minor, c.reason, c.given_at, c.socket_payment_id,
  c.refund_id, r.status AS refund_status, i.dojo_status, i.dojo_status_at, clock_timestamp()::timestamptz(3) AS now`,
  source: `FROM card_payments c LEFT JOIN payment_intents i ON i.location_id = $1 AND i.payment_intent_id = c.payment_intent_id
  LEFT JOIN refunds r ON r.location_id = $1 AND r.refund_id = c.refund_id
  WHERE c.location_id = $1`,
}
const { columns: COLUMNS, source: SOURCE } = wholeCardPayment

export interface CardPaymentRow
  extends
    Omit<
      Row<'CardPayment'>,
      'location_id' | 'request_hash' | 'terminal_id' | 'attempts' | 'by_hand' | 'wanted' | 'day_id'
    >,
    Row<'PaymentIntent', 'dojoStatus' | 'dojoStatusAt'> {
  attempts: Attempt[]
  by_hand: ByHand | null
  wanted: WantedOfAuthorized | null
  refund_status: RefundStatus | null
  now: Date
}

function paymentOf(row: CardPaymentRow): CardPayment {
  const { dojo_status: status, dojo_status_at: statusAt } = row
  return {
    cardPaymentId: row.card_payment_id,
    orderId: row.order_id ?? undefined,
    kind: row.kind,
    refund:
      row.refund_id === null
        ? undefined
        : { refundId: row.refund_id, isDone: row.refund_status === 'Done' },
    share: row.share,
    amountMinor: row.amount_minor,
    tipsMinor: row.tips_minor,
    serviceChargeMinor: row.service_charge_minor,
    cashbackMinor: row.cashback_minor,
    captureMode: row.capture_mode,
    cardNotPresent: row.card_not_present,
    waiterId: row.waiter_id ?? undefined,
    tillName: row.till_name ?? undefined,
    startedAtMs: row.started_at.getTime(),
    intentAskedAtMs: row.intent_asked_at?.getTime(),
    paymentIntentId: row.payment_intent_id ?? undefined,
    intent: status === null || statusAt === null ? undefined : { status, atMs: statusAt.getTime() },
    intentReadAtMs: row.intent_read_at?.getTime(),
    intentReadStatus: row.intent_read_status ?? undefined,
    attempts: row.attempts,
    cancelWantedAtMs: row.cancel_wanted_at?.getTime(),
    byHand: row.by_hand ?? undefined,
    wanted: row.wanted ?? undefined,
    endedAtMs: row.ended_at?.getTime(),
    problem: row.problem ?? undefined,
    reason: row.reason ?? undefined,
    givenAtMs: row.given_at?.getTime(),
    socketPaymentId: row.socket_payment_id ?? undefined,
  }
}

// --- reading

const selectOne: Statement = {
  name: 'card_payment_read',
  text: `SELECT ${COLUMNS} ${SOURCE} AND c.card_payment_id = $2`,
}
const selectForUpdate: Statement = {
  name: 'card_payment_read_for_update',
  text: `SELECT ${COLUMNS} ${SOURCE} AND c.card_payment_id = $2 FOR NO KEY UPDATE OF c`,
}

/** @throws Refusal NotFound */
export async function readCardPayment(
  database: Queryable,
  locationId: string,
  cardPaymentId: string,
): Promise<CardPaymentNow> {
  return found(await database.rows(selectOne, [locationId, cardPaymentId]), cardPaymentId)
}

/** A card payment of that order. @throws Refusal NotFound */
export async function readCardPaymentOn(
  database: Queryable,
  locationId: string,
  { orderId, cardPaymentId }: { orderId: string; cardPaymentId: string },
): Promise<CardPaymentNow> {
  const now = await readCardPayment(database, locationId, cardPaymentId)
  if (now.payment.orderId !== orderId) throw notFound('card payment', cardPaymentId)
  return now
}

/** Locks its row until the transaction ends; its order is locked first. @throws Refusal NotFound */
export async function readCardPaymentForUpdate(
  tx: Transaction,
  locationId: string,
  cardPaymentId: string,
): Promise<CardPaymentNow> {
  return found(await tx.rows(selectForUpdate, [locationId, cardPaymentId]), cardPaymentId)
}

function found([row]: CardPaymentRow[], cardPaymentId: string): CardPaymentNow {
  if (row === undefined) throw notFound('card payment', cardPaymentId)
  return cardPaymentNow(row)
}

export function cardPaymentNow(row: CardPaymentRow): CardPaymentNow {
  return { payment: paymentOf(row), nowMs: row.now.getTime() }
}

const selectHash: Statement = {
  name: 'card_payment_hash',
  text: 'SELECT request_hash FROM card_payments WHERE location_id = $1 AND card_payment_id = $2',
}

/** The hash of the request that started a card payment; undefined if the id is unknown. */
export async function readRequestHash(
  database: Queryable,
  locationId: string,
  cardPaymentId: string,
): Promise<Buffer | undefined> {
  const [row] = await database.rows<Row<'CardPayment', 'requestHash'>>(selectHash, [
    locationId,
    cardPaymentId,
  ])
  return row?.request_hash
}

const selectOfOrder: Statement = {
  name: 'card_payments_of_order',
  text: `SELECT ${COLUMNS} ${SOURCE} AND c.order_id = $2 ORDER BY c.started_at DESC, c.card_payment_id LIMIT $3`,
}

/** Newest first. @throws Refusal NotFound: there is no such order */
export async function readCardPaymentsOf(
  database: Queryable,
  locationId: string,
  orderId: string,
  most: number,
): Promise<CardPaymentNow[]> {
  const rows = await database.rows<CardPaymentRow>(selectOfOrder, [locationId, orderId, most])
  if (rows.length === 0) await readOutline(database, locationId, orderId)
  return rows.map(cardPaymentNow)
}

const selectUnderWay: Statement = {
  name: 'card_payments_under_way',
  text: `SELECT ${COLUMNS} ${SOURCE} AND c.ended_at IS NULL AND (c.order_id = $2 OR c.terminal_id = $3)`,
}

/** What is under way on an order, or on a card machine. */
export async function readUnderWay(
  database: Queryable,
  locationId: string,
  { orderId, terminalId }: { orderId?: string; terminalId?: string },
): Promise<CardPayment[]> {
  const rows = await database.rows<CardPaymentRow>(selectUnderWay, [
    locationId,
    orderId,
    terminalId,
  ])
  return rows.map(paymentOf)
}

export interface CardPaymentUnderWay extends CardPaymentNow {
  /** The table of the order, or its own name. */
  orderName: string | undefined
  /** What the venue calls the card machine. */
  terminalName: string | undefined
}

const selectAllUnderWay: Statement = {
  name: 'card_payments_all_under_way',
  text: `SELECT ${COLUMNS}, (SELECT ${NAME_OF_ORDER} FROM orders o
      LEFT JOIN tables t ON t.location_id = $1 AND t.table_id = o.table_id
      WHERE o.location_id = $1 AND o.order_id = c.order_id) AS order_name,
      (SELECT m.name FROM terminals m WHERE m.location_id = $1 AND m.terminal_id = c.terminal_id) AS terminal_name
    ${SOURCE} AND c.ended_at IS NULL ORDER BY c.started_at, c.card_payment_id`,
}

/** What is under way in the venue, oldest first. */
export async function readAllUnderWay(
  database: Queryable,
  locationId: string,
): Promise<CardPaymentUnderWay[]> {
  type UnderWay = CardPaymentRow & Record<'order_name' | 'terminal_name', string | null>
  const rows = await database.rows<UnderWay>(selectAllUnderWay, [locationId])
  return rows.map((row) => ({
    payment: paymentOf(row),
    nowMs: row.now.getTime(),
    orderName: row.order_name ?? undefined,
    terminalName: row.terminal_name ?? undefined,
  }))
}

const selectOfIntent: Statement = {
  name: 'card_payment_of_intent',
  text: "SELECT card_payment_id, order_id FROM card_payments WHERE location_id = $1 AND payment_intent_id = $2 AND kind = 'Sale'",
}

/** The card payment that made an intent, and its order. */
export async function readCardPaymentOfIntent(
  database: Queryable,
  locationId: string,
  paymentIntentId: string,
): Promise<{ cardPaymentId: string; orderId: string } | undefined> {
  const [row] = await database.rows<Row<'CardPayment', 'cardPaymentId' | 'orderId'>>(
    selectOfIntent,
    [locationId, paymentIntentId],
  )
  return row && { cardPaymentId: row.card_payment_id, orderId: row.order_id! }
}

// --- writing

const insert: Statement = {
  name: 'card_payment_insert',
  text: `INSERT INTO card_payments (location_id, card_payment_id, order_id, share, request_hash, amount_minor, tips_minor,
      service_charge_minor, capture_mode, card_not_present, waiter_id, till_name, started_at, terminal_id, attempts,
      kind, refund_id, payment_intent_id, cashback_minor, reason, socket_payment_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::capture_mode, $10, $11, $12, $13::timestamptz, $14, $15::jsonb,
      $16::card_payment_kind, $17, $18, $19, $20, $21)`,
}

export function insertCardPayment(
  tx: Transaction,
  locationId: string,
  payment: CardPayment,
  requestHash: Buffer,
): void {
  tx.send(insert, [
    locationId,
    payment.cardPaymentId,
    payment.orderId,
    payment.share,
    requestHash,
    payment.amountMinor,
    payment.tipsMinor,
    payment.serviceChargeMinor,
    payment.captureMode,
    payment.cardNotPresent,
    payment.waiterId,
    payment.tillName,
    new Date(payment.startedAtMs),
    payment.attempts.at(-1)!.terminalId,
    JSON.stringify(payment.attempts),
    payment.kind,
    payment.refund?.refundId,
    payment.paymentIntentId,
    payment.cashbackMinor,
    payment.reason,
    payment.socketPaymentId,
  ])
}

const update: Statement = {
  name: 'card_payment_update',
  text: `UPDATE card_payments SET intent_asked_at = $3::timestamptz, payment_intent_id = $4, intent_read_at = $5::timestamptz,
      terminal_id = $6, attempts = $7::jsonb, cancel_wanted_at = $8::timestamptz, ended_at = $9::timestamptz, problem = $10,
      by_hand = $11::jsonb, wanted = $12::jsonb, amount_minor = $13, intent_read_status = $14,
      cashback_minor = $15, given_at = $16::timestamptz, socket_payment_id = $17
    WHERE location_id = $1 AND card_payment_id = $2`,
}

/** Writes all that changes of a card payment whose row is locked. The commit waits for it. */
export function updateCardPayment(tx: Transaction, locationId: string, payment: CardPayment): void {
  tx.send(update, [
    locationId,
    payment.cardPaymentId,
    timeOf(payment.intentAskedAtMs),
    payment.paymentIntentId,
    timeOf(payment.intentReadAtMs),
    payment.attempts.at(-1)!.terminalId,
    JSON.stringify(payment.attempts),
    timeOf(payment.cancelWantedAtMs),
    timeOf(payment.endedAtMs),
    payment.problem,
    payment.byHand && JSON.stringify(payment.byHand),
    payment.wanted && JSON.stringify(payment.wanted),
    payment.amountMinor,
    payment.intentReadStatus,
    payment.cashbackMinor,
    timeOf(payment.givenAtMs),
    payment.socketPaymentId,
  ])
}

function timeOf(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}
