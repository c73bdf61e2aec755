// Orders: read whole, searched by keyset, and changed along one path. Every change of an order is
// decided while this transaction holds the order's row, written with one entry of history, and
// committed with it.
import { notifyFeed } from '../feed/notify.ts'
import { queueJob } from '../jobs/jobs.ts'
import { notFound } from '../../domain/errors.ts'
import type { Caller } from '../../domain/caller.ts'
import type { Order, OrderState } from '../../domain/orders/order.ts'
import type { IntentKnowledge } from '../../domain/payments/payment.ts'
import type { TabDelta } from '../../domain/orders/order-history.ts'
import { limits } from '../../limits.ts'
import type { Database, Queryable, Statement, Transaction, Value } from '../database/database.ts'
import { changeStatement, END_LOCK, isTold, orderAfter, type OrderChange } from './order-changes.ts'
import { ORDER_COLUMNS, ORDER_SOURCE, orderOf, type OrderRow } from './order-rows.ts'

/** The order, and the database's time when it was read. */
export interface OrderNow {
  order: Order
  nowMs: number
}

/** What a decision may look at besides the order. */
export interface Knowledge {
  intent: IntentKnowledge
  /** Whether the order ever had the lock that the call names. */
  lockKnown: boolean
}

export type Decide = (order: Order, nowMs: number, knowledge: Knowledge) => OrderChange | undefined

export interface OrderQuestion {
  /** Holds the intent's row too, and learns what is known of it. */
  paymentIntentId?: string
  lockId?: string
}

export const READ: Statement = {
  name: 'order_read',
  text: `SELECT ${ORDER_COLUMNS} ${ORDER_SOURCE} WHERE o.location_id = $1 AND o.order_id = $2`,
}

export const HOLD: Statement = {
  name: 'order_hold',
  text: 'SELECT 1 FROM orders WHERE location_id = $1 AND order_id = $2 FOR NO KEY UPDATE',
}

/**
 * Touching the row is what holds it: recording a payment and hearing of its reversal wait for each
 * other here.
 */
export const HOLD_INTENT: Statement = {
  name: 'intent_hold',
  text: `INSERT INTO payment_intents (location_id, payment_intent_id) VALUES ($1, $2)
         ON CONFLICT (location_id, payment_intent_id) DO UPDATE SET payment_intent_id = EXCLUDED.payment_intent_id
         RETURNING dojo_status, dojo_status_at, refunded_minor, extract(epoch FROM clock_timestamp() - reply_lost_at)::float8 AS reply_lost_seconds`,
}

export const READ_TO_CHANGE: Statement = {
  name: 'order_read_to_change',
  text: `SELECT ${ORDER_COLUMNS},
           (SELECT p.order_id FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = $3) AS intent_order_id,
           (SELECT json_build_array(p.amount_minor, coalesce(p.tips_minor, 0)) FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = $3 AND p.recorded_on = $2) AS intent_moved,
           (SELECT i.dojo_status FROM payment_intents i WHERE i.location_id = $1 AND i.payment_intent_id = $3) AS intent_dojo_status,
           EXISTS (SELECT 1 FROM order_locks k WHERE k.location_id = $1 AND k.order_id = $2 AND k.lock_id = $4 AND k.kind = 'DojoLock') AS lock_known
         ${ORDER_SOURCE} WHERE o.location_id = $1 AND o.order_id = $2`,
}

interface ChangeRow extends OrderRow {
  intent_order_id: string | null
  intent_moved: [amountMinor: number, tipsMinor: number] | null
  intent_dojo_status: string | null
  lock_known: boolean
}

export async function readOrder(
  database: Queryable,
  locationId: string,
  orderId: string,
): Promise<OrderNow | undefined> {
  const [row] = await database.rows<OrderRow>(READ, [locationId, orderId])
  return row === undefined ? undefined : { order: orderOf(row), nowMs: row.now.getTime() }
}

/**
 * The write path of an order: hold it, look, decide, write, commit. Two round trips.
 * @throws Refusal NotFound, and whatever `decide` throws; then nothing has changed
 */
export async function changeOrder(
  database: Database,
  caller: Caller,
  orderId: string,
  question: OrderQuestion,
  decide: Decide,
): Promise<OrderNow> {
  return await database.transaction(async (tx) => {
    const { order, nowMs, knowledge } = await holdOrder(tx, caller.locationId, orderId, question)
    const change = decide(order, nowMs, knowledge)
    if (change === undefined) return { order, nowMs }
    await writeChange(tx, caller, order, nowMs, change, tx.commitWith)
    return { order: orderAfter(order, nowMs, change), nowMs }
  })
}

/** @throws Refusal NotFound */
export async function holdOrder(
  tx: Transaction,
  locationId: string,
  orderId: string,
  question: OrderQuestion,
): Promise<OrderNow & { knowledge: Knowledge }> {
  const { paymentIntentId, lockId } = question
  // Sent together, run one after the other: each sees what was committed while the one before it
  // waited.
  const [, , [row]] = await Promise.all([
    tx.rows(HOLD, [locationId, orderId]),
    paymentIntentId === undefined ? undefined : tx.rows(HOLD_INTENT, [locationId, paymentIntentId]),
    tx.rows<ChangeRow>(READ_TO_CHANGE, [locationId, orderId, paymentIntentId, lockId]),
  ])
  if (row === undefined) throw notFound('order', orderId)
  const intent = {
    recordedOn: row.intent_order_id ?? undefined,
    moved: movedOf(row),
    dojoStatus: row.intent_dojo_status ?? undefined,
  }
  return {
    order: orderOf(row),
    nowMs: row.now.getTime(),
    knowledge: { intent, lockKnown: row.lock_known },
  }
}

const movedOf = ({ intent_moved: moved }: ChangeRow): IntentKnowledge['moved'] =>
  moved === null ? undefined : { amountMinor: moved[0], tipsMinor: moved[1] }

/**
 * Writes a change that was decided while the order was held, by `send`: a statement of `tx`, or its
 * last one.
 * @returns what became different
 */
export async function writeChange(
  tx: Transaction,
  caller: Caller,
  order: OrderState,
  nowMs: number,
  change: OrderChange,
  send: (statement: Statement, values: readonly Value[]) => Promise<unknown>,
): Promise<TabDelta> {
  const { statement, values, delta } = changeStatement(caller, order, nowMs, change)
  notifyFeed(tx, caller.locationId)
  const intentId = change.kind === 'record-payment' ? change.payment.paymentIntentId : undefined
  // One that was verified before is only looked at for its reversal.
  if (intentId !== undefined && caller.verifyPayments !== 'off') {
    queueJob(tx, {
      locationId: caller.locationId,
      kind: 'PaymentCheck',
      entityId: intentId,
      afterSeconds: caller.verifyPayments === 'before' ? limits.unheardCheckSeconds[0] : 0,
    })
  }
  if (isTold[change.kind]) {
    queueJob(tx, { locationId: caller.locationId, kind: 'OrderUpdated', entityId: order.orderId })
  }
  const endOther =
    (change.kind === 'take-lock' || change.kind === 'take-hold') && change.endOther !== undefined
      ? tx.rows(END_LOCK, [caller.locationId, order.orderId, change.endOther])
      : undefined
  await Promise.all([endOther, send(statement, values)])
  return delta
}
