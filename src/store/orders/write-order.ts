// The one write path of an order: the difference that a change makes, to the tables and to the
// history. The statement is put together of the parts that differ, so that a payment or a lock
// stays a small one, and every combination of parts is prepared once.
import type { Caller } from '../../domain/caller.ts'
import { inboxNoteOf } from '../../domain/orders/inbox.ts'
import type { OrderWrite, PaymentWrite } from '../../domain/orders/order-write.ts'
import type { Order, OrderLock, Payment } from '../../domain/orders/order.ts'
import type { Statement, Transaction, Value } from '../database/database.ts'
import { notifyFeed } from '../feed/notify.ts'
import { queueJob } from '../jobs/jobs.ts'
import { queueForTill } from './inbox.ts'
import {
  customerColumns,
  discountColumns,
  lineColumns,
  orderColumns,
  taxLineColumns,
  type Columns,
} from './order-columns.ts'

/** Writes a change of an order whose row is locked. The commit waits for it. */
export function writeOrder(
  tx: Transaction,
  caller: Caller,
  write: OrderWrite,
  nowMs: number,
): void {
  const { order, delta, endedLockId } = write
  const { locationId } = caller
  if (endedLockId !== undefined && delta.lock) {
    // Its own statement: the lock that nobody has ended is unique at every moment.
    tx.send(endLock, [locationId, order.orderId, endedLockId])
  }
  queueJobs(tx, caller, write)
  // Last, so that COMMIT follows it at once: a connection that breaks while the statement waits
  // leaves nothing between the two.
  send(tx, caller, write, nowMs, [
    orderPart(write),
    ...listParts(write),
    ...paymentParts(write),
    lockPart(write),
  ])
}

function queueJobs(tx: Transaction, caller: Caller, write: OrderWrite): void {
  const { locationId } = caller
  const { orderId } = write.order
  const note = inboxNoteOf(write, caller)
  if (note !== undefined) queueForTill(tx, locationId, note)
  if (write.isEvent) queueJob(tx, { locationId, kind: 'OrderUpdated', entityId: orderId })
  const { payment, checkAfterSeconds } = write.payment ?? {}
  if (checkAfterSeconds === undefined) return
  queueJob(tx, {
    locationId,
    kind: 'PaymentCheck',
    entityId: payment!.paymentIntentId!,
    afterSeconds: checkAfterSeconds,
  })
}

/**
 * Writes an order that is new.
 * @param made the hash of the request that makes it, and for Dojo's how far its total is off
 * @returns false when there is an order of this id, or of Dojo's id, already
 */
export async function insertOrder(
  tx: Transaction,
  caller: Caller,
  write: OrderWrite,
  nowMs: number,
  made: { creationHash?: Buffer; discrepancyMinor?: number },
): Promise<boolean> {
  const { order } = write
  const { locationId, product, deviceId, deviceType } = caller
  const inserted = await tx.rows(insert, [
    locationId,
    made.creationHash,
    made.discrepancyMinor,
    product,
    deviceId,
    deviceType,
    ...insertedFields.map((field) => valueOf(order, field)),
    ...customerValues(order),
  ])
  if (inserted.length === 0) return false
  queueJobs(tx, caller, write)
  send(tx, caller, write, nowMs, listParts(write))
  return true
}

// --- parts of the statement

interface Part {
  name: string
  values: Value[]
  /** The common table expressions, whose parameters come from `first` on. */
  text: (first: number) => string
}

/** `$1` to `$10` of every statement: venue, order, time, who (four), and the entry of history. */
const HISTORY_VALUES = 10
const who = 'caller_waiter_id, caller_product, caller_device_id, caller_device_type'
const history = `
  INSERT INTO order_history (location_id, order_id, sequence, at, ${who}, action, detail, delta)
  SELECT $1, $2, coalesce(max(sequence), 0) + 1, $3::timestamptz, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb
  FROM order_history WHERE location_id = $1 AND order_id = $2`

const theOrder = 'WHERE location_id = $1 AND order_id = $2'

/** By the names of their parts, so that each is prepared once on a connection. */
const statements = new Map<string, Statement>()

function statementOf(parts: readonly Part[]): Statement {
  const name = ['order_write', ...parts.map((part) => part.name)].join('_')
  const known = statements.get(name)
  if (known !== undefined) return known
  let first = HISTORY_VALUES + 1
  const texts = parts.map((part) => {
    const text = part.text(first)
    first += part.values.length
    return text
  })
  const statement = {
    name,
    text: texts.length === 0 ? history : `WITH ${texts.join(', ')}${history}`,
  }
  statements.set(name, statement)
  return statement
}

function send(
  tx: Transaction,
  caller: Caller,
  { action, detail, order, delta }: OrderWrite,
  nowMs: number,
  parts: readonly (Part | undefined)[],
): void {
  const present = parts.filter((part) => part !== undefined)
  tx.send(statementOf(present), [
    caller.locationId,
    order.orderId,
    new Date(nowMs),
    caller.waiterId,
    caller.product,
    caller.deviceId,
    caller.deviceType,
    action,
    JSON.stringify(detail),
    JSON.stringify(delta),
    ...present.flatMap((part) => part.values),
  ])
  notifyFeed(tx, caller.locationId)
}

// --- the order itself

type OrderField = keyof typeof orderColumns

/** What a payment changes of an order. */
const moneyFields = [
  'paidMinor',
  'tipsMinor',
  'status',
  'statusBeforeFinal',
] as const satisfies OrderField[]

const insertOnly: ReadonlySet<string> = new Set<OrderField>([
  'orderId',
  'dojoOrderId',
  'orderType',
  'taxesOnTop',
  'openedBy',
  'createdAt',
])
const written: ReadonlySet<string> = new Set<OrderField>(['version', 'updatedAt'])
const insertedFields = Object.keys(orderColumns) as OrderField[]
const changedFields = insertedFields.filter(
  (field) => !insertOnly.has(field) && !written.has(field),
)
const customerNames = Object.values(customerColumns).map(([column]) => column)

function valueOf(order: Order, field: OrderField): Value {
  return order[field]
}

function customerValues({ customer = {} }: Order): Value[] {
  return (Object.keys(customerColumns) as (keyof typeof customerColumns)[]).map(
    (field) => customer[field],
  )
}

const insert: Statement = {
  name: 'order_insert',
  text: `INSERT INTO orders (location_id, creation_hash, discrepancy_minor, caller_product, caller_device_id, caller_device_type, ${[
    ...insertedFields.map((field) => orderColumns[field][0]),
    ...customerNames,
  ].join(', ')})
    VALUES ($1, $2, $3, $4, $5, $6, ${[
      ...insertedFields.map((field, index) => `$${index + 7}::${orderColumns[field][1]}`),
      ...customerNames.map((_, index) => `$${index + 7 + insertedFields.length}`),
    ].join(', ')})
    ON CONFLICT DO NOTHING RETURNING order_id`,
}

function updateOrder(fields: readonly OrderField[], more: readonly string[] = []) {
  return (first: number): string => {
    const sets = [
      ...fields.map((field, index) => {
        const [column, type] = orderColumns[field]
        return `${column} = $${first + index}::${type}`
      }),
      ...more.map((column, index) => `${column} = $${first + fields.length + index}`),
    ]
    return `changed AS (
      UPDATE orders SET ${sets.join(', ')}, version = version + 1, updated_at = $3::timestamptz ${theOrder}
    )`
  }
}

const updateMoney = updateOrder(moneyFields)
const updateAll = updateOrder(changedFields, customerNames)

/** A lock alone leaves the order as it is. */
function orderPart({ order, delta, isOfLock }: OrderWrite): Part | undefined {
  if (isOfLock) return undefined
  const isMoney = Object.keys(delta.set ?? {}).every((field) =>
    (moneyFields as readonly string[]).includes(field),
  )
  if (isMoney) {
    const values = moneyFields.map((field) => valueOf(order, field))
    return { name: 'money', values, text: updateMoney }
  }
  const values = [...changedFields.map((field) => valueOf(order, field)), ...customerValues(order)]
  return { name: 'order', values, text: updateAll }
}

// --- lines, discounts and tax lines

const lists = {
  lines: { table: 'order_lines', id: 'lineId', columns: lineColumns },
  discounts: { table: 'order_discounts', id: 'discountId', columns: discountColumns },
  taxLines: { table: 'order_tax_lines', id: 'taxLineId', columns: taxLineColumns },
} as const
type ListName = keyof typeof lists

/** Rows that differ are written whole, as JSON by the domain's names. Gone rows are deleted. */
function listParts({ order, delta }: Pick<OrderWrite, 'order' | 'delta'>): (Part | undefined)[] {
  return (Object.keys(lists) as ListName[]).map((list) => {
    const [patches, gone] = [delta[list], delta.gone?.[list]]
    if (patches === undefined && gone === undefined) return undefined
    const id = lists[list].id
    const differs = new Set(patches?.map((patch) => idOf(patch, id)))
    const rows = (order[list] as readonly object[]).filter((row) => differs.has(idOf(row, id)))
    return { name: list, values: [JSON.stringify(rows), gone ?? []], text: writeList(list) }
  })
}

function idOf(row: object, id: string): string {
  return (row as Record<string, string>)[id]!
}

function writeList(list: ListName) {
  const { table, id } = lists[list]
  const columns: Columns = lists[list].columns
  const idColumn = columns[id]![0]
  const names = Object.values(columns).map(([column]) => column)
  const fields = Object.entries(columns).map(([field, [, type]]) => `"${field}" ${type}`)
  const sets = names.filter((name) => name !== idColumn).map((name) => `${name} = EXCLUDED.${name}`)
  return (first: number): string => `written_${table} AS (
      INSERT INTO ${table} (location_id, order_id, ${names.join(', ')})
      SELECT $1, $2, ${Object.keys(columns)
        .map((field) => `x."${field}"`)
        .join(', ')}
      FROM jsonb_to_recordset($${first}::jsonb) AS x(${fields.join(', ')})
      ON CONFLICT (location_id, order_id, ${idColumn}) DO UPDATE SET ${sets.join(', ')}
    ), gone_${table} AS (
      DELETE FROM ${table} ${theOrder} AND ${idColumn} = ANY($${first + 1}::text[])
    )`
}

// --- payments

/**
 * One payment that is recorded or changed, with its movement of money; or those that come over from
 * another order, which move no money.
 */
function paymentParts({ payment: write, takenOver: ids }: OrderWrite): Part[] {
  if (ids.length > 0) return [takenOver(ids)]
  if (write === undefined) return []
  const { isNew, payment } = write
  return [isNew ? recorded(payment) : changed(payment), movement(write)]
}

function recorded(payment: Payment): Part {
  const { paymentId, paymentIntentId, amountMinor, tipsMinor, lockId } = payment
  const { tender, tenderedMinor, reference } = payment
  return {
    name: 'recorded',
    values: [
      paymentId,
      paymentIntentId,
      amountMinor,
      tipsMinor,
      lockId,
      tender,
      tenderedMinor,
      reference,
    ],
    text: (first) => `payment AS (
      INSERT INTO payments (location_id, order_id, recorded_at, ${who},
                            payment_id, payment_intent_id, amount_minor, tips_minor, lock_id, tender, tendered_minor, reference)
      VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7, ${parameters(first, 5)}, $${first + 5}::tender, ${parameters(first + 6, 2)})
    ), matched AS (
      UPDATE payment_intents SET unmatched_at = NULL, unmatched_reason = NULL, dismissed_at = NULL, dismissed_reason = NULL
      WHERE location_id = $1 AND payment_intent_id = $${first + 1} AND unmatched_at IS NOT NULL
    )`,
  }
}

function changed(payment: Payment): Part {
  const { paymentId, refundedMinor, refundedTipsMinor, voidedAt, voidReason } = payment
  return {
    name: 'payment',
    values: [paymentId, refundedMinor, refundedTipsMinor, voidedAt, voidReason],
    text: (first) => `payment AS (
      UPDATE payments SET refunded_minor = $${first + 1}, refunded_tips_minor = $${first + 2},
        voided_at = $${first + 3}::timestamptz, void_reason = $${first + 4}
      WHERE location_id = $1 AND payment_id = $${first}
    )`,
  }
}

function movement({ payment: { paymentId }, movement }: PaymentWrite): Part {
  const { kind, amountMinor, tipsMinor } = movement
  return {
    name: 'movement',
    values: [paymentId, kind, amountMinor, tipsMinor],
    text: (first) => `movement AS (
      INSERT INTO payment_movements (location_id, payment_id, sequence, at, kind, amount_minor, tips_minor)
      SELECT $1, $${first}, count(*) + 1, $3::timestamptz,
        $${first + 1}::movement_kind, $${first + 2}::bigint, $${first + 3}::bigint
      FROM payment_movements WHERE location_id = $1 AND payment_id = $${first}
    )`,
  }
}

/** Payments of an order that this one takes over. */
function takenOver(paymentIds: readonly string[]): Part {
  return {
    name: 'taken_over',
    values: [paymentIds],
    text: (first) => `taken_over AS (
      UPDATE payments SET order_id = $2, recorded_on = coalesce(recorded_on, order_id)
      WHERE location_id = $1 AND payment_id = ANY($${first}::text[])
    )`,
  }
}

function parameters(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ')
}

// --- locks

/** Ends the expired lock whose place another takes. */
const endLock: Statement = {
  name: 'order_end_lock',
  text: `UPDATE order_locks SET ended_at = expires_at ${theOrder} AND lock_id = $3`,
}

function lockPart({ delta, endedLockId }: OrderWrite): Part | undefined {
  if (delta.lock === undefined) return undefined
  return delta.lock === null ? unlocked(endedLockId!) : locked(delta.lock)
}

function locked({ lockId, kind, holder, expiresAtMs, origin }: OrderLock): Part {
  return {
    name: 'locked',
    values: [
      lockId,
      kind,
      holder,
      new Date(expiresAtMs),
      origin.waiterId,
      origin.product,
      origin.deviceId,
      origin.deviceType,
    ],
    text: (first) => `lock AS (
      INSERT INTO order_locks (location_id, order_id, created_at, lock_id, kind, holder, expires_at, ${who})
      VALUES ($1, $2, $3::timestamptz, $${first}, $${first + 1}::lock_kind, $${first + 2}, $${first + 3}::timestamptz,
        ${parameters(first + 4, 4)})
      ON CONFLICT (location_id, order_id, lock_id) DO UPDATE SET
        kind = EXCLUDED.kind, holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at, ended_at = NULL,
        caller_waiter_id = EXCLUDED.caller_waiter_id, caller_product = EXCLUDED.caller_product,
        caller_device_id = EXCLUDED.caller_device_id, caller_device_type = EXCLUDED.caller_device_type
    )`,
  }
}

function unlocked(lockId: string): Part {
  return {
    name: 'unlocked',
    values: [lockId],
    text: (first) => `lock AS (
      UPDATE order_locks SET ended_at = $3::timestamptz ${theOrder} AND lock_id = $${first}
    )`,
  }
}

/** The statements of the changes that Dojo waits for, which the bench sends by themselves. */
export function hotStatements(): { recordPayment: Statement; lock: Statement; unlock: Statement } {
  const payment: Payment = {
    paymentId: '',
    tender: 'Dojo',
    amountMinor: 0,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: '',
  }
  const moved = { kind: 'Recorded', amountMinor: 0, tipsMinor: 0 } as const
  const money: Part = { name: 'money', values: moneyFields.map(() => null), text: updateMoney }
  return {
    recordPayment: statementOf([
      money,
      recorded(payment),
      movement({ isNew: true, payment, movement: moved }),
    ]),
    lock: statementOf([locked({ lockId: '', kind: 'DojoLock', expiresAtMs: 0, origin: {} })]),
    unlock: statementOf([unlocked('')]),
  }
}
