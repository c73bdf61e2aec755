// One order, read: as it is, for a change of it, or as it was.
import { notFound } from '../../domain/errors.ts'
import type { LastEntry } from '../../domain/orders/bill-printed.ts'
import type { MadeBefore } from '../../domain/orders/new-order.ts'
import type { Order } from '../../domain/orders/order.ts'
import type { IntentKnowledge } from '../../domain/payments/payment.ts'
import type {
  Queryable,
  SharedStatement,
  Statement,
  Transaction,
  Value,
} from '../database/database.ts'
import { readOffers, type MenuOffer } from '../venue/menu.ts'
import { wholeOrder, type OrderRow } from './order-columns.ts'
import { orderOutline, type OrderOutline } from './order-outline.ts'

/** The order, and the database's time when it was read. */
export interface OrderNow {
  order: Order
  nowMs: number
}

export interface OutlineNow {
  order: OrderOutline
  nowMs: number
}

const whereOrder = 'WHERE o.location_id = $1 AND o.order_id = $2'

export const selectOutline: SharedStatement = {
  name: 'order_read_outline',
  text: `SELECT ${orderOutline.columns} ${orderOutline.source} ${whereOrder}`,
  parameters: ['text', 'text'],
}

/** @throws Refusal NotFound */
export async function readOrder(
  database: Queryable,
  locationId: string,
  orderId: string,
): Promise<OrderNow> {
  const [row] = await database.rows<OrderRow>(selectOrder, [locationId, orderId])
  if (row === undefined) throw notFound('order', orderId)
  return { order: wholeOrder.orderOf(row), nowMs: row.now.getTime() }
}

/** What Dojo is shown of an order. @throws Refusal NotFound */
export async function readOutline(
  database: Queryable,
  locationId: string,
  orderId: string,
): Promise<OutlineNow> {
  const [row] = await database.rows<OrderRow>(selectOutline, [locationId, orderId])
  if (row === undefined) throw notFound('order', orderId)
  return { order: orderOutline.orderOf(row), nowMs: row.now.getTime() }
}

// --- for a change

/**
 * What a decision asks besides the order: nothing, about an intent, a lock, the menu, or the newest
 * entry of its history.
 */
export interface OrderQuestion {
  /** Locks the intent's row too, and reads what is known of it. */
  paymentIntentId?: string
  /** A lock of Dojo's that the order may have had. */
  lockId?: string
  /** What is ordered from the menu. */
  plus?: readonly string[]
  lastEntry?: true
}

/** What a decision may need to know besides the order. */
export interface Knowledge {
  intent: IntentKnowledge
  /** Whether the order ever had the lock of the question. */
  isLockKnown: boolean
  /** What the menu has of the question, by PLU. */
  menu: ReadonlyMap<string, MenuOffer>
  lastEntry: LastEntry | undefined
}

export interface OrderForUpdate extends OrderNow {
  knowledge: Knowledge
}

export const lockOrderRow: Statement = {
  name: 'order_lock_row',
  text: 'SELECT 1 FROM orders WHERE location_id = $1 AND order_id = $2 FOR NO KEY UPDATE',
}

/**
 * Writing the row is what locks it, also where it is new: recording a payment and hearing of its
 * reversal wait for each other here.
 */
export const lockIntentRow: Statement = {
  name: 'intent_lock_row',
  text: `INSERT INTO payment_intents (location_id, payment_intent_id) VALUES ($1, $2)
         ON CONFLICT (location_id, payment_intent_id) DO UPDATE SET payment_intent_id = EXCLUDED.payment_intent_id
         RETURNING dojo_status, dojo_status_at, refunded_minor, reply_lost_at`,
}

function intentColumns(intent: string): string {
  return `,
      (SELECT p.order_id FROM payments p WHERE p.location_id = $1 AND p.payment_intent_id = ${intent}) AS intent_order_id,
      (SELECT json_build_array(p.amount_minor, coalesce(p.tips_minor, 0)) FROM payments p
        WHERE p.location_id = $1 AND p.payment_intent_id = ${intent} AND p.recorded_on = $2) AS intent_moved,
      (SELECT i.dojo_status FROM payment_intents i WHERE i.location_id = $1 AND i.payment_intent_id = ${intent}) AS intent_dojo_status`
}

function lockColumn(lock: string): string {
  return `,
      EXISTS (SELECT 1 FROM order_locks k WHERE k.location_id = $1 AND k.order_id = $2 AND k.lock_id = ${lock}
        AND k.kind = 'DojoLock') AS lock_known`
}

const lastEntry = `(SELECT json_build_array(h.action, h.caller_device_id) FROM order_history h
        WHERE h.location_id = $1 AND h.order_id = $2 ORDER BY h.sequence DESC LIMIT 1)`

function selectWith(name: string, columns: string, parameters: number): SharedStatement {
  return {
    name,
    text: `SELECT ${wholeOrder.columns}${columns} ${wholeOrder.source} ${whereOrder}`,
    parameters: Array<string>(parameters).fill('text'),
  }
}

export const selectOrder = selectWith('order_read', '', 2)
export const selectWithIntent = selectWith('order_read_with_intent', intentColumns('$3'), 3)
export const selectWithLock = selectWith('order_read_with_lock', lockColumn('$3'), 3)
export const selectWithLastEntry = selectWith(
  'order_read_with_last_entry',
  `, ${lastEntry} AS last_entry`,
  2,
)
/** For changes of all kinds that travel together: what is null is not asked. */
export const selectWithAll: SharedStatement = {
  ...selectWith(
    'order_read_with_all',
    `${intentColumns('$3')}${lockColumn('$4')}, CASE WHEN $5 THEN ${lastEntry} END AS last_entry`,
    5,
  ),
  parameters: ['text', 'text', 'text', 'text', 'bool'],
}

export interface ForUpdateRow extends OrderRow {
  intent_order_id?: string | null
  intent_moved?: [amountMinor: number, tipsMinor: number] | null
  intent_dojo_status?: string | null
  lock_known?: boolean
  last_entry?: [action: string, deviceId: string | null] | null
}

/** The order, whose row is locked until the transaction ends. @throws Refusal NotFound */
export async function readOrderForUpdate(
  tx: Transaction,
  locationId: string,
  orderId: string,
  question: OrderQuestion = {},
): Promise<OrderForUpdate> {
  const { paymentIntentId, plus } = question
  const { statement, values } = selectFor(locationId, orderId, question)
  // Sent together, run one after the other: each sees what was committed while the one before it
  // waited.
  const [, , [row], menu] = await Promise.all([
    tx.rows(lockOrderRow, [locationId, orderId]),
    paymentIntentId === undefined
      ? undefined
      : tx.rows(lockIntentRow, [locationId, paymentIntentId]),
    tx.rows<ForUpdateRow>(statement, values),
    plus === undefined ? NO_MENU : readOffers(tx, locationId, plus),
  ])
  if (row === undefined) throw notFound('order', orderId)
  return foundForUpdate(row, menu)
}

const NO_MENU: ReadonlyMap<string, MenuOffer> = new Map()

/** What was read of an order whose row is locked. */
export function foundForUpdate(
  row: ForUpdateRow,
  menu: ReadonlyMap<string, MenuOffer>,
): OrderForUpdate {
  const { intent_moved: moved, last_entry: last } = row
  const intent: IntentKnowledge = {
    recordedOn: row.intent_order_id ?? undefined,
    moved: moved ? { amountMinor: moved[0], tipsMinor: moved[1] } : undefined,
    dojoStatus: row.intent_dojo_status ?? undefined,
  }
  return {
    order: wholeOrder.orderOf(row),
    nowMs: row.now.getTime(),
    knowledge: {
      intent,
      isLockKnown: row.lock_known === true,
      menu,
      lastEntry: last ? { action: last[0], deviceId: last[1] ?? undefined } : undefined,
    },
  }
}

/** The statement that answers the question. */
export function selectFor(
  locationId: string,
  orderId: string,
  { paymentIntentId, lockId, lastEntry }: OrderQuestion,
): { statement: SharedStatement; values: Value[] } {
  if (paymentIntentId !== undefined) {
    return { statement: selectWithIntent, values: [locationId, orderId, paymentIntentId] }
  }
  if (lockId !== undefined) {
    return { statement: selectWithLock, values: [locationId, orderId, lockId] }
  }
  if (lastEntry === true) {
    return { statement: selectWithLastEntry, values: [locationId, orderId] }
  }
  return { statement: selectOrder, values: [locationId, orderId] }
}

const selectIntents: Statement = {
  name: 'intents_known',
  text: `SELECT i.payment_intent_id, i.dojo_status, p.order_id
    FROM payment_intents i LEFT JOIN payments p ON p.location_id = $1 AND p.payment_intent_id = i.payment_intent_id
    WHERE i.location_id = $1 AND i.payment_intent_id = ANY($2::text[])`,
}

/** What is known of intents, whose rows are locked until the transaction ends. */
export async function readIntentsForUpdate(
  tx: Transaction,
  locationId: string,
  paymentIntentIds: readonly string[],
): Promise<Map<string, IntentKnowledge>> {
  // In one sequence everywhere, so that two orders with the same payments wait for each other and
  // do not deadlock.
  const ids = [...new Set(paymentIntentIds)].sort()
  if (ids.length === 0) return new Map()
  for (const id of ids) tx.send(lockIntentRow, [locationId, id])
  const rows = await tx.rows<{
    payment_intent_id: string
    dojo_status: string | null
    order_id: string | null
  }>(selectIntents, [locationId, ids])
  return new Map(
    rows.map((row) => [
      row.payment_intent_id,
      { recordedOn: row.order_id ?? undefined, dojoStatus: row.dojo_status ?? undefined },
    ]),
  )
}

// --- what an order is made with

const selectCreation: Statement = {
  name: 'order_creation',
  text: 'SELECT order_id, creation_hash FROM orders WHERE location_id = $1 AND order_id = $2',
}

const selectCreationByDojo: Statement = {
  name: 'order_creation_by_dojo',
  text: 'SELECT order_id, creation_hash FROM orders WHERE location_id = $1 AND dojo_order_id = $2',
}

/** The order of that id, with the hash of the request that made it. */
export async function readMadeBefore(
  database: Queryable,
  locationId: string,
  id: { orderId: string } | { dojoOrderId: string },
): Promise<MadeBefore | undefined> {
  const [row] = await database.rows<{ order_id: string; creation_hash: Buffer | null }>(
    'orderId' in id ? selectCreation : selectCreationByDojo,
    [locationId, 'orderId' in id ? id.orderId : id.dojoOrderId],
  )
  return row && { orderId: row.order_id, creationHash: row.creation_hash ?? undefined }
}

const selectNow: Statement = {
  name: 'order_now',
  text: 'SELECT clock_timestamp()::timestamptz(3) AS now',
}

/** The database's time, in milliseconds since 1970. */
export async function readNow(database: Queryable): Promise<number> {
  return (await database.rows<{ now: Date }>(selectNow, []))[0]!.now.getTime()
}

const selectNames: Statement = {
  name: 'order_names',
  text: `SELECT l.tax_name, (SELECT t.name FROM tables t WHERE t.location_id = $1 AND t.table_id = $2) AS table_name
    FROM locations l WHERE l.location_id = $1`,
}

/** The names that an order has from the venue: of its taxes and of its table. */
export async function readNames(
  database: Queryable,
  locationId: string,
  tableId: string | undefined,
): Promise<Pick<Order, 'taxName' | 'tableName'>> {
  const [row] = await database.rows<{ tax_name: string; table_name: string | null }>(selectNames, [
    locationId,
    tableId,
  ])
  return { taxName: row!.tax_name, tableName: row!.table_name ?? undefined }
}
