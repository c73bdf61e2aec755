// The one write path of an order: the difference that a change makes, to the tables and to the
// history. The statement is put together of the parts that differ, so that a payment or a lock
// stays a small one, and every combination of parts is prepared once. Changes of different orders
// that have the same parts are written by one statement.
import type { Caller } from '../../domain/caller.ts'
import { inboxNoteOf } from '../../domain/orders/inbox.ts'
import type { OrderWrite } from '../../domain/orders/order-write.ts'
import type { Statement, Transaction, Value } from '../database/database.ts'
import { listsOf, valuesOfSets } from '../database/statement.ts'
import { drawPosition } from '../feed/position-clock.ts'
import { notifyFeed } from '../feed/notify.ts'
import { queueJobs, type JobToQueue } from '../jobs/jobs.ts'
import { queueForTill } from './inbox.ts'
import { customerColumns, orderColumns } from './order-columns.ts'
import { listParts } from './list-parts.ts'
import { customerValues, hotParts, insertedFields, partsOf, valueOf } from './order-parts.ts'
import { who, type Apart, type Column, type Part, type Source } from './part.ts'

/** A change of an order whose row is locked, and on whose behalf it is made. */
export interface CallerWrite {
  caller: Caller
  write: OrderWrite
  nowMs: number
}

/** Writes a change of an order whose row is locked. The commit waits for it. */
export function writeOrder(
  tx: Transaction,
  caller: Caller,
  write: OrderWrite,
  nowMs: number,
): void {
  writeOrders(tx, [{ caller, write, nowMs }])
}

/** Writes changes of different orders, whose rows are locked. The commit waits for them. */
export function writeOrders(tx: Transaction, changes: readonly CallerWrite[]): void {
  for (const { caller, write } of changes) {
    const { order, delta, endedLockId } = write
    if (endedLockId === undefined || !delta.lock) continue
    // Its own statement: the lock that nobody has ended is unique at every moment.
    tx.send(endLock, [caller.locationId, order.orderId, endedLockId])
  }
  queueWork(tx, changes)
  // Last, so that COMMIT follows at once: a connection that breaks while the statement waits
  // leaves nothing between the two.
  send(
    tx,
    changes.map((change) => ({ ...change, parts: partsOf(change.write) })),
  )
}

/** What others are to do about the changes: Dojo, and a till that keeps its own orders. */
function queueWork(tx: Transaction, changes: readonly CallerWrite[]): void {
  for (const { caller, write } of changes) {
    const note = inboxNoteOf(write, caller)
    if (note !== undefined) queueForTill(tx, caller.locationId, note)
  }
  queueJobs(tx, changes.flatMap(jobsOf))
}

function jobsOf({ caller: { locationId }, write }: CallerWrite): JobToQueue[] {
  const jobs: JobToQueue[] = []
  const { orderId } = write.order
  if (write.isEvent) jobs.push({ locationId, kind: 'OrderUpdated', entityId: orderId })
  const { payment, checkAfterSeconds } = write.payment ?? {}
  if (checkAfterSeconds !== undefined) {
    const entityId = payment!.paymentIntentId!
    jobs.push({ locationId, kind: 'PaymentCheck', entityId, afterSeconds: checkAfterSeconds })
  }
  return jobs
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
  queueWork(tx, [{ caller, write, nowMs }])
  send(tx, [{ caller, write, nowMs, parts: listParts(write) }])
  return true
}

const customerNames = Object.values(customerColumns).map(([column]) => column)

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

/** Ends the expired lock whose place another takes. */
const endLock: Statement = {
  name: 'order_end_lock',
  text: 'UPDATE order_locks SET ended_at = expires_at WHERE location_id = $1 AND order_id = $2 AND lock_id = $3',
}

// --- the statement

interface PartedWrite extends CallerWrite {
  parts: readonly Part[]
}

/** The entry of the history, which every statement writes. Its columns come first. */
const historyColumns: readonly Column[] = [
  ['location_id', 'text'],
  ['order_id', 'text'],
  ['at', 'timestamptz'],
  ...who.map((name): Column => [name, 'text']),
  ['action', 'text'],
  ['detail', 'jsonb'],
  ['delta', 'jsonb'],
]

const insertNumbered = `INSERT INTO order_history
      (${historyColumns.map(([name]) => name).join(', ')}, sequence, transaction_id)
    VALUES (${historyColumns.map(([, type], index) => `$${index + 1}::${type}`).join(', ')},
      $${historyColumns.length + 1}, $${historyColumns.length + 2})`

function insertHistory({ value, rows }: Source): string {
  const [venue, order] = [value('location_id'), value('order_id')]
  const sequence = `(SELECT coalesce(max(h.sequence), 0) + 1 FROM order_history h
      WHERE h.location_id = ${venue} AND h.order_id = ${order})`
  return `INSERT INTO order_history (location_id, order_id, sequence, at, ${who.join(', ')}, action, detail, delta)
    ${rows([venue, order, sequence, ...['at', ...who, 'action', 'detail', 'delta'].map(value)])}`
}

function send(tx: Transaction, writes: readonly PartedWrite[]): void {
  if (tx.isDistributed) for (const each of writes) sendApart(tx, each)
  else sendStatements(tx, writes)
  for (const { caller } of writes) notifyFeed(tx, caller.locationId)
}

function sendStatements(tx: Transaction, writes: readonly PartedWrite[]): void {
  for (const alike of byParts(writes)) {
    const { parts } = alike[0]!
    if (alike.length === 1) tx.send(statementOf(parts), valuesOf(alike[0]!))
    else {
      const sets = alike.map(valuesOf)
      tx.send(statementOfSeveral(parts), valuesOfSets(sets, sets[0]!.length))
    }
  }
}

/** Statement by statement, each for the venue's node, and the history at the end. */
function sendApart(tx: Transaction, change: PartedWrite): void {
  const { caller, write, parts } = change
  const { locationId } = caller
  const { orderId } = write.order
  const history = valuesOf({ ...change, parts: [] })
  const send: Apart['send'] = (text, values) => {
    tx.send(
      prepared(text, () => text),
      values,
    )
  }
  const [, , at, ...more] = history
  const to: Apart = {
    ...{ locationId, orderId, at: at as Date, who: more.slice(0, who.length), send },
    sendAtEnd: tx.sendAtEnd,
  }
  for (const part of parts) {
    if (part.sendApart === undefined) sendExpressions(part, history, send)
    else part.sendApart(to)
  }
  const key = `order ${locationId} ${orderId}`
  tx.sendAtEnd({
    questions: [drawPosition(locationId), { statement: lastEntry, values: [locationId, orderId] }],
    write: ([clock, last], next) => {
      const sequence = next(key, Number(last!['last']))
      send(insertNumbered, [...history, sequence, Number(clock!['position'])])
    },
  })
}

/** The parameters are numbered as they are named: those of the history are among them. */
function sendExpressions(part: Part, history: readonly Value[], send: Apart['send']): void {
  const columns = [...part.columns, ...historyColumns]
  const all = [...part.values, ...history]
  const taken: number[] = []
  const expressions = part.text({
    value: (name) => {
      const index = columns.findIndex((column) => column[0] === name)
      const place = taken.includes(index) ? taken.indexOf(index) + 1 : taken.push(index)
      return `$${place}::${columns[index]![1]}`
    },
    rows: (values) => `VALUES (${values.join(', ')})`,
    after: () => '',
  })
  const values = taken.map((index) => all[index])
  for (const [, sql] of expressions) send(sql, values)
}

const lastEntry: Statement = {
  name: 'order_last_entry',
  text: `SELECT coalesce(max(sequence), 0) AS last FROM order_history WHERE location_id = $1 AND order_id = $2`,
}

/** Those that one statement can write together. */
function byParts(writes: readonly PartedWrite[]): PartedWrite[][] {
  const groups = new Map<string, PartedWrite[]>()
  for (const write of writes) {
    const isOfOne = write.parts.some((part) => part.isOfOne)
    const name = isOfOne ? `${groups.size}` : nameOf(write.parts)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [write])
    else group.push(write)
  }
  return [...groups.values()]
}

function valuesOf({ caller, write, nowMs, parts }: PartedWrite): Value[] {
  const { action, detail, order, delta } = write
  return [
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
    ...parts.flatMap((part) => part.values),
  ]
}

/** By the names of their parts, so that each is prepared once on a connection. */
const statements = new Map<string, Statement>()

function prepared(parts: string, textOf: () => string): Statement {
  const known = statements.get(parts)
  if (known !== undefined) return known
  // Numbered: the parts may be more than the 63 characters that PostgreSQL reads of a name.
  const statement = { name: `order_write_${statements.size + 1}`, text: textOf() }
  statements.set(parts, statement)
  return statement
}

function nameOf(parts: readonly Part[]): string {
  return parts.map((part) => part.name).join(' ')
}

function statementOf(parts: readonly Part[]): Statement {
  return prepared(nameOf(parts), () =>
    written(parts, {
      value: (index, type) => `$${index}::${type}`,
      rows: (values, more) =>
        more === undefined
          ? `VALUES (${values.join(', ')})`
          : `SELECT ${values.join(', ')} FROM ${more}`,
      after: (keyword, more) => (more === undefined ? '' : `${keyword} ${more}`),
    }),
  )
}

/** For several orders: each parameter is an array of the values that they have there. */
function statementOfSeveral(parts: readonly Part[]): Statement {
  const withRows = (more?: string): string => (more === undefined ? 'w' : `w, ${more}`)
  return prepared(`several ${nameOf(parts)}`, () => {
    const columns = [...historyColumns, ...parts.flatMap((part) => part.columns)]
    const lists = listsOf(columns.map(([, type]) => type))
    const names = columns.map((_, index) => `c${index + 1}`)
    const list = `w AS (SELECT * FROM ${lists} AS u(${names.join(', ')}))`
    return written(
      parts,
      {
        value: (index) => `w.c${index}`,
        rows: (values, more) => `SELECT ${values.join(', ')} FROM ${withRows(more)}`,
        after: (keyword, more) => `${keyword} ${withRows(more)}`,
      },
      [list],
    )
  })
}

type Places = Omit<Source, 'value'> & { value: (index: number, type: string) => string }

/** A part finds its own values and those of the history, by their names. */
function written(
  parts: readonly Part[],
  { value: valueAt, ...places }: Places,
  first: readonly string[] = [],
): string {
  let before = 0
  const sourceOf = (columns: readonly Column[]): Source => {
    const start = before
    before += columns.length
    return {
      ...places,
      value: (name) => {
        const own = columns.findIndex((column) => column[0] === name)
        if (own >= 0) return valueAt(start + own + 1, columns[own]![1])
        const index = historyColumns.findIndex((column) => column[0] === name)
        return valueAt(index + 1, historyColumns[index]![1])
      },
    }
  }
  const history = insertHistory(sourceOf(historyColumns))
  const expressions = parts.flatMap((part) => part.text(sourceOf(part.columns)))
  const texts = [...first, ...expressions.map(([name, sql]) => `${name} AS (${sql})`)]
  return texts.length === 0 ? history : `WITH ${texts.join(', ')} ${history}`
}

/** What one change sends, for the bench. */
export function statementFor(change: CallerWrite): { statement: Statement; values: Value[] } {
  const parts = partsOf(change.write)
  return { statement: statementOf(parts), values: valuesOf({ ...change, parts }) }
}

/** The statements of the changes that Dojo waits for, which the bench sends by themselves. */
export function hotStatements() {
  const { recordPayment, lock, unlock } = hotParts()
  return {
    recordPayment: statementOf(recordPayment),
    lock: statementOf(lock),
    unlock: statementOf(unlock),
    note: statementOf([]),
  }
}
