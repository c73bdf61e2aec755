// What a change of an order writes, part by part: the order's row, its lists, a payment, a lock.
import type { OrderWrite } from '../../domain/orders/order-write.ts'
import type { Order, OrderLock } from '../../domain/orders/order.ts'
import type { Value } from '../database/database.ts'
import { listParts } from './list-parts.ts'
import { customerColumns, orderColumns } from './order-columns.ts'
import {
  assignments,
  theOrder,
  who,
  type Column,
  type Expression,
  type Part,
  type Source,
} from './part.ts'
import { paymentParts, recordedParts } from './payment-parts.ts'

export function partsOf(write: OrderWrite): Part[] {
  const parts = [orderPart(write), ...listParts(write), ...paymentParts(write), lockPart(write)]
  return parts.filter((part) => part !== undefined)
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
  'taxesOnTop',
  'openedBy',
  'createdAt',
])
const written: ReadonlySet<string> = new Set<OrderField>(['version', 'updatedAt'])
export const insertedFields = Object.keys(orderColumns) as OrderField[]
const changedFields = insertedFields.filter(
  (field) => !insertOnly.has(field) && !written.has(field),
)
const moneyColumns = moneyFields.map((field) => orderColumns[field])
const changedColumns: Column[] = [
  ...changedFields.map((field) => orderColumns[field]),
  ...Object.values(customerColumns),
]

export function valueOf(order: Order, field: OrderField): Value {
  const value = order[field]
  return typeof value === 'object' ? JSON.stringify(value) : value
}

export function customerValues({ customer = {} }: Order): Value[] {
  return (Object.keys(customerColumns) as (keyof typeof customerColumns)[]).map(
    (field) => customer[field],
  )
}

function updateOrder(columns: readonly Column[]) {
  return (sql: Source): Expression[] => [
    [
      'changed',
      `UPDATE orders o SET ${assignments(columns, sql).join(', ')}, version = o.version + 1, updated_at = ${sql.value('at')}
      ${sql.after('FROM')} WHERE ${theOrder('o', sql)}`,
    ],
  ]
}

const updateMoney = updateOrder(moneyColumns)
const updateAll = updateOrder(changedColumns)

/** A lock alone leaves the order's row as it is. */
function orderPart({ order, delta, keepsVersion }: OrderWrite): Part | undefined {
  if (keepsVersion) return delta.set === undefined ? undefined : waitingPart(order)
  const isMoney = Object.keys(delta.set ?? {}).every((field) =>
    (moneyFields as readonly string[]).includes(field),
  )
  return isMoney ? moneyPart(order) : wholePart(order)
}

function moneyPart(order: Order): Part {
  const values = moneyFields.map((field) => valueOf(order, field))
  return { name: 'money', columns: moneyColumns, values, text: updateMoney }
}

function wholePart(order: Order): Part {
  const values = [...changedFields.map((field) => valueOf(order, field)), ...customerValues(order)]
  return { name: 'order', columns: changedColumns, values, text: updateAll }
}

const waitingColumns = [orderColumns.mirrorWaiting]

function waitingPart(order: Order): Part {
  const values = [valueOf(order, 'mirrorWaiting')]
  return { name: 'waiting', columns: waitingColumns, values, text: updateWaiting }
}

function updateWaiting(sql: Source): Expression[] {
  const sets = assignments(waitingColumns, sql).join(', ')
  const update = `UPDATE orders o SET ${sets} ${sql.after('FROM')} WHERE ${theOrder('o', sql)}`
  return [['waiting', update]]
}

// --- locks

function lockPart({ delta, endedLockId }: OrderWrite): Part | undefined {
  if (delta.lock === undefined) return undefined
  return delta.lock === null ? unlocked(endedLockId!) : locked(delta.lock)
}

const lockColumns = [
  ['lock_id', 'text'],
  ['kind', 'lock_kind'],
  ['holder', 'text'],
  ['expires_at', 'timestamptz'],
] as const satisfies Column[]
const lockOrigin = who.map((name): Column => [`lock_${name}`, 'text'])

function locked({ lockId, kind, holder, expiresAtMs, origin }: OrderLock): Part {
  const { waiterId, product, deviceId, deviceType } = origin
  const values = [lockId, kind, holder, new Date(expiresAtMs)]
  return {
    name: 'locked',
    columns: [...lockColumns, ...lockOrigin],
    values: [...values, waiterId, product, deviceId, deviceType],
    text: insertLock,
  }
}

function insertLock({ value, rows }: Source): Expression[] {
  const names = lockColumns.map(([name]) => name)
  const origin = lockOrigin.map(([name]) => name)
  const again = [...names.slice(1), ...who].map((name) => `${name} = EXCLUDED.${name}`)
  return [
    [
      'lock',
      `INSERT INTO order_locks (location_id, order_id, created_at, ${[...names, ...who].join(', ')})
      ${rows(['location_id', 'order_id', 'at', ...names, ...origin].map(value))}
      ON CONFLICT (location_id, order_id, lock_id) DO UPDATE SET ${again.join(', ')}, ended_at = NULL`,
    ],
  ]
}

function unlocked(lockId: string): Part {
  return {
    name: 'unlocked',
    columns: [['lock_id', 'text']],
    values: [lockId],
    text: (sql) => [
      [
        'lock',
        `UPDATE order_locks k SET ended_at = ${sql.value('at')} ${sql.after('FROM')}
      WHERE ${theOrder('k', sql)} AND k.lock_id = ${sql.value('lock_id')}`,
      ],
    ],
  }
}

// --- for the bench

/** The parts of the changes that Dojo waits for. */
export function hotParts(): { recordPayment: Part[]; lock: Part[]; unlock: Part[] } {
  return {
    recordPayment: [moneyPart({} as Order), ...recordedParts()],
    lock: [locked({ lockId: '', kind: 'DojoLock', expiresAtMs: 0, origin: {} })],
    unlock: [unlocked('')],
  }
}
