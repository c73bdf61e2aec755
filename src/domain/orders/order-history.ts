// What a change made different, and the order as it was at any time: its history, applied from the
// first entry on.
import { compareIds } from '../../lib/text.ts'
import { defined, same } from '../../lib/same.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Discount, Order, OrderLine, OrderLock, Payment, TaxLine } from './order.ts'

type Scalars = Omit<Order, 'lines' | 'discounts' | 'taxLines' | 'payments' | 'lock'>

/** The fields of a row that are different, with its id; null for a field that is gone. */
type Patch<Row> = { [Name in keyof Row]?: Row[Name] | null }

/** What a change made different, and nothing else. */
export interface OrderDelta {
  set?: Patch<Scalars>
  lines?: Patch<OrderLine>[]
  discounts?: Patch<Discount>[]
  taxLines?: Patch<TaxLine>[]
  payments?: Patch<Payment>[]
  /** The ids of rows that are gone. */
  gone?: { lines?: string[]; discounts?: string[]; taxLines?: string[]; payments?: string[] }
  lock?: OrderLock | null
}

const LISTS = {
  lines: 'lineId',
  discounts: 'discountId',
  taxLines: 'taxLineId',
  payments: 'paymentId',
} as const
type ListName = keyof typeof LISTS
const listNames = Object.keys(LISTS) as ListName[]

/** Not told by a delta: the entry has the time, versions are counted, names are the venue's. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...listNames,
  'lock',
  'updatedAt',
  'version',
  'tableName',
  'taxName',
])

export function deltaOf(before: Order, after: Order): OrderDelta {
  const delta: OrderDelta = {}
  if (before === after) return delta
  const set: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Order>) {
    if (!LEFT_OUT.has(name) && !same(before[name], after[name])) set[name] = after[name] ?? null
  }
  if (Object.keys(set).length > 0) delta.set = set
  const gone: NonNullable<OrderDelta['gone']> = {}
  for (const name of listNames) {
    const { patches, left } = listDelta(before[name], after[name], LISTS[name])
    if (patches.length > 0) delta[name] = patches as never
    if (left.length > 0) gone[name] = left
  }
  if (Object.keys(gone).length > 0) delta.gone = gone
  if (!same(before.lock, after.lock)) delta.lock = after.lock ?? null
  return delta
}

function listDelta(
  before: readonly object[],
  after: readonly object[],
  id: string,
): { patches: Row[]; left: string[] } {
  if (before === after) return { patches: [], left: [] }
  // An order may have thousands of rows of which the last is new: what leads both is not compared.
  let first = 0
  while (first < before.length && before[first] === after[first]) first++
  const [was, is] = [before.slice(first), after.slice(first)] as [Row[], Row[]]
  const known = new Map(was.map((row) => [row[id], row]))
  const kept = new Set(is.map((row) => row[id]))
  return {
    patches: is
      .map((row) => patchOf(known.get(row[id]), row, id))
      .filter((patch) => patch !== undefined),
    left: was.map((row) => row[id] as string).filter((rowId) => !kept.has(rowId)),
  }
}

type Row = Record<string, unknown>

/** Undefined when nothing is different. */
function patchOf(before: Row | undefined, after: Row, id: string): Row | undefined {
  if (before === after) return undefined
  if (before === undefined) return defined(after)
  const patch: Row = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!same(before[name], after[name])) patch[name] = after[name] ?? null
  }
  return Object.keys(patch).length === 0 ? undefined : { [id]: after[id], ...patch }
}

export interface HistoryEntry {
  at: string
  delta: OrderDelta
}

/** An entry as it is kept; the oldest ones have no delta. */
export interface RecordedDelta {
  at: string
  delta: OrderDelta | undefined
}

/**
 * The order as it was.
 * @param entries the first entry, and all until then
 * @throws Refusal NotFound: no such order, not opened yet, or entries that do not say what they
 *   made different
 */
export function orderAt(orderId: string, entries: readonly RecordedDelta[], at: string): Order {
  const [first] = entries
  if (first === undefined) throw notFound('order', orderId)
  if (first.at > at) {
    throw notThen(`The order ${orderId} was opened at ${first.at}; it did not exist at ${at}.`)
  }
  const known = entries.filter((entry): entry is HistoryEntry => entry.delta !== undefined)
  if (known.length < entries.length) {
    throw notThen(`The history of the order ${orderId} does not say how it was at ${at}.`)
  }
  return replay(known)
}

function notThen(message: string): Refusal {
  return new Refusal('NotFound', 'not-found', message)
}

/** An order before anything happened to it. */
export const NO_ORDER: Order = {
  orderId: '',
  version: 0,
  orderType: 'DineIn',
  status: 'New',
  lines: [],
  discounts: [],
  taxLines: [],
  payments: [],
  taxesOnTop: false,
  taxName: '',
  serviceAdjustmentMinor: 0,
  totalMinor: 0,
  paidMinor: 0,
  tipsMinor: 0,
  createdAt: '',
  updatedAt: '',
}

/**
 * The order after these entries, oldest first, of which the first made it; without the names of its
 * table and of its taxes, which are the venue's.
 */
export function replay(entries: readonly HistoryEntry[]): Order {
  const order = entries.reduce(afterEntry, NO_ORDER)
  return {
    ...order,
    lines: order.lines.toSorted(byPosition('lineId')),
    discounts: order.discounts.toSorted(byPosition('discountId')),
    taxLines: order.taxLines.toSorted(byPosition('taxLineId')),
    payments: order.payments.toSorted(
      (a, b) => compareIds(a.recordedAt, b.recordedAt) || compareIds(a.paymentId, b.paymentId),
    ),
  }
}

function afterEntry(order: Order, { at, delta }: HistoryEntry): Order {
  const next = applied(order, delta)
  return keepsVersion(delta) ? next : { ...next, version: order.version + 1, updatedAt: at }
}

/**
 * Locks, notes, and what waits for the end of a lock come and go without a new version; a printed
 * bill changes nothing on the order.
 */
export function keepsVersion({ set = {}, ...others }: OrderDelta): boolean {
  return (
    Object.keys(others).every((field) => field === 'lock') &&
    Object.keys(set).every((field) => field === 'mirrorWaiting')
  )
}

function byPosition<Name extends string>(id: Name) {
  type Placed = { position: number } & Record<Name, string>
  return (a: Placed, b: Placed): number => a.position - b.position || compareIds(a[id], b[id])
}

function applied(order: Order, { set = {}, gone = {}, lock, ...lists }: OrderDelta): Order {
  const next: Row = patched({ ...order }, set)
  for (const name of listNames) {
    const patches = new Map((lists[name] ?? []).map((patch) => [idIn(patch, name), patch as Row]))
    const left = new Set(gone[name])
    if (patches.size === 0 && left.size === 0) continue
    const rows = (order[name] as unknown as Row[]).filter((row) => !left.has(idIn(row, name)))
    const known = new Set(rows.map((row) => idIn(row, name)))
    next[name] = [
      ...rows.map((row) => patched(row, patches.get(idIn(row, name)) ?? {})),
      ...[...patches].filter(([id]) => !known.has(id)).map(([, patch]) => patched({}, patch)),
    ]
  }
  if (lock !== undefined) next['lock'] = lock ?? undefined
  return next as unknown as Order
}

function patched(row: Row, patch: Row): Row {
  const next = { ...row, ...patch }
  for (const [name, value] of Object.entries(patch)) if (value === null) delete next[name]
  return next
}

function idIn(row: object, name: ListName): string {
  return (row as Row)[LISTS[name]] as string
}
