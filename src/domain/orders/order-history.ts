// What a change made different, and the tab as it was at any time: its history, applied from the
// first entry on.
import type { OrderLock } from './order.ts'
import {
  defined,
  type Tab,
  type TabDiscount,
  type TabLine,
  type TabPayment,
  type TabTaxLine,
} from './tab.ts'

type Scalars = Omit<Tab, 'lines' | 'discounts' | 'taxLines' | 'payments' | 'lock'>

/** What is different of a row, with its id; null for a field that is there no longer. */
type Patch<Row> = { [Name in keyof Row]?: Row[Name] | null }

/** Only what is different. */
export interface TabDelta {
  set?: Patch<Scalars>
  lines?: Patch<TabLine>[]
  discounts?: Patch<TabDiscount>[]
  taxLines?: Patch<TabTaxLine>[]
  payments?: Patch<TabPayment>[]
  /** The ids of lines, discounts, tax lines and payments that are there no longer. */
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

/**
 * Not part of what the tab is: when it changed is said by the entry, and its number by counting.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...listNames,
  'lock',
  'updatedAt',
  'version',
  'tableName',
  'taxName',
])

/** What of a tab, or of the part of it that a change knows, became different. */
export function deltaOf(before: Partial<Tab>, after: Partial<Tab>): TabDelta {
  const set: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Tab>) {
    if (!LEFT_OUT.has(name) && !same(before[name], after[name])) set[name] = after[name] ?? null
  }
  const delta: TabDelta = Object.keys(set).length === 0 ? {} : { set }
  const gone: Record<string, string[]> = {}
  for (const name of listNames) {
    const [was, is] = [
      (before[name] as Row[] | undefined) ?? [],
      (after[name] as Row[] | undefined) ?? [],
    ]
    if (was === is) continue
    const idOf = (row: Row): string => row[LISTS[name]] as string
    const known = new Map(was.map((row) => [idOf(row), row]))
    const patches = is.flatMap((row) => {
      const patch = patchOf(known.get(idOf(row)), row, LISTS[name])
      return patch === undefined ? [] : [patch]
    })
    if (patches.length > 0) Object.assign(delta, { [name]: patches })
    const still = new Set(is.map(idOf))
    const left = was.map(idOf).filter((id) => !still.has(id))
    if (left.length > 0) gone[name] = left
  }
  if (Object.keys(gone).length > 0) delta.gone = gone
  if (!same(before.lock, after.lock)) delta.lock = after.lock ?? null
  return delta
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

/** By content; what is undefined counts as not there. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [left, right] = [defined(a) as Row, defined(b) as Row]
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => same(left[name], right[name]))
  )
}

export interface HistoryEntry {
  at: string
  delta: TabDelta
}

/** What a tab has before anything happened to it. */
const NOTHING = {
  version: 0,
  lines: [],
  discounts: [],
  taxLines: [],
  payments: [],
  status: 'New',
  statusBeforeFinal: undefined,
  tableName: undefined,
  lock: undefined,
  totalMinor: 0,
  paidMinor: 0,
  tipsMinor: 0,
  taxesOnTop: false,
  taxName: '',
  serviceAdjustmentMinor: 0,
  adjustmentMinor: 0,
}

/**
 * The tab after these entries, oldest first, of which the first made it; without the names of its
 * table and of its taxes, which are the venue's.
 */
export function replay(entries: readonly HistoryEntry[]): Tab {
  const tab = entries.reduce(afterEntry, NOTHING as unknown as Tab)
  return {
    ...tab,
    lines: tab.lines.toSorted(byPosition('lineId')),
    discounts: tab.discounts.toSorted(byPosition('discountId')),
    taxLines: tab.taxLines.toSorted(byPosition('taxLineId')),
    payments: tab.payments.toSorted(
      (a, b) => compare(a.recordedAt, b.recordedAt) || compare(a.paymentId, b.paymentId),
    ),
  }
}

/** The tab after one more entry of its history. */
export function afterEntry(tab: Tab, { at, delta }: HistoryEntry): Tab {
  const next = applied(tab, delta)
  return isOfLock(delta) ? next : { ...next, version: tab.version + 1, updatedAt: at }
}

/** Locks come and go beside the tab, which has no new version by them. */
const isOfLock = (delta: TabDelta): boolean =>
  delta.lock !== undefined && Object.keys(delta).length === 1

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byPosition =
  <Name extends string>(id: Name) =>
  (
    a: { position: number } & Record<Name, string>,
    b: { position: number } & Record<Name, string>,
  ): number =>
    a.position - b.position || compare(a[id], b[id])

function applied(tab: Tab, { set = {}, gone = {}, lock, ...lists }: TabDelta): Tab {
  const next: Row = patched({ ...tab }, set)
  for (const name of listNames) {
    const patches = new Map((lists[name] ?? []).map((patch) => [idIn(patch, name), patch as Row]))
    const left = new Set(gone[name])
    if (patches.size === 0 && left.size === 0) continue
    const rows = (tab[name] as unknown as Row[]).filter((row) => !left.has(idIn(row, name)))
    const known = new Set(rows.map((row) => idIn(row, name)))
    next[name] = [
      ...rows.map((row) => patched(row, patches.get(idIn(row, name)) ?? {})),
      ...[...patches].filter(([id]) => !known.has(id)).map(([, patch]) => patched({}, patch)),
    ]
  }
  if (lock !== undefined) next['lock'] = lock ?? undefined
  return next as unknown as Tab
}

function patched(row: Row, patch: Row): Row {
  const next = { ...row, ...patch }
  for (const [name, value] of Object.entries(patch)) if (value === null) delete next[name]
  return next
}

const idIn = (row: object, name: ListName): string => (row as Row)[LISTS[name]] as string
