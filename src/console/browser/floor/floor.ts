// The floor as the till API answers it, and what each table is at the moment: one state with its
// shape and its word.
import type { Static } from 'typebox'
import type { IconName } from '../../../page/browser/icon.tsx'
import type { Tone } from '../../../page/browser/parts.tsx'
import type { FloorShape } from '../../../till/venue/floor-now.ts'

export type Floor = Static<typeof FloorShape>
export type Table = Floor['tables'][number]
export type FloorOrder = Table['orders'][number]

export type TableState =
  'paying' | 'held' | 'look' | 'printed' | 'open' | 'paid' | 'seated' | 'late' | 'booked' | 'free'

interface Shown {
  word: string
  icon: IconName
  tone: Tone
}

export const SHOWN: Record<TableState, Shown> = {
  paying: { word: 'Being paid', icon: 'lock', tone: 'live' },
  held: { word: 'Held by a till', icon: 'hand', tone: 'plain' },
  look: { word: 'Look', icon: 'warn', tone: 'warn' },
  printed: { word: 'Bill printed', icon: 'bill', tone: 'plain' },
  open: { word: 'Open', icon: 'disc', tone: 'plain' },
  paid: { word: 'Paid', icon: 'tickc', tone: 'good' },
  seated: { word: 'Just seated', icon: 'people', tone: 'plain' },
  late: { word: 'Late', icon: 'warn', tone: 'warn' },
  booked: { word: 'Booked', icon: 'clock', tone: 'plain' },
  free: { word: 'Free', icon: 'circle', tone: 'plain' },
}

/** A lock or hold that has not run out by now. */
export function liveLock(orders: readonly FloorOrder[], nowMs: number) {
  const order = orders.find(({ lock }) => lock !== undefined && Date.parse(lock.expiresAt) > nowMs)
  return order?.lock === undefined ? undefined : { order, lock: order.lock }
}

export function stateOf({ orders, parties, nextReservation }: Table, nowMs: number): TableState {
  const held = liveLock(orders, nowMs)
  if (held !== undefined) return held.lock.kind === 'DojoLock' ? 'paying' : 'held'
  if (orders.some(({ takenOffAt }) => takenOffAt !== undefined)) return 'look'
  if (orders.some(isOwing)) {
    return orders.some(({ billPrintedAt }) => billPrintedAt !== undefined) ? 'printed' : 'open'
  }
  if (orders.some(({ totalMinor, paidMinor }) => totalMinor > 0 && paidMinor >= totalMinor)) {
    return 'paid'
  }
  if (orders.length > 0 || parties.length > 0) return 'seated'
  if (nextReservation === undefined) return 'free'
  const startMs = Date.parse(nextReservation.startTime)
  if (startMs + LATE_MS < nowMs) return 'late'
  return startMs - nowMs < SOON_MS ? 'booked' : 'free'
}

const LATE_MS = 10 * 60_000
const SOON_MS = 3 * 3_600_000

function isOwing({ balanceMinor }: FloorOrder): boolean {
  return balanceMinor > 0
}

export function isTaken({ orders, parties }: Table): boolean {
  return orders.length > 0 || parties.length > 0
}

export function owedAt({ orders }: Pick<Table, 'orders'>): number {
  return orders.reduce((sum, { balanceMinor }) => sum + Math.max(0, balanceMinor), 0)
}

export function coversAt({ orders, parties }: Table): number {
  const seated = parties.reduce((sum, { covers = 0 }) => sum + covers, 0)
  return seated > 0 ? seated : orders.reduce((sum, { covers = 0 }) => sum + covers, 0)
}

/** Since when somebody sits there; undefined for a table that is free. */
export function seatedSince({ orders, parties }: Table): number | undefined {
  const times = [
    ...parties.map(({ startTime }) => Date.parse(startTime)),
    ...orders.map(({ openedAt }) => Date.parse(openedAt)),
  ]
  return times.length === 0 ? undefined : Math.min(...times)
}

export type Filter = 'all' | 'owing' | 'paying' | 'look' | 'paid' | 'free' | 'booked'

export const FILTERS: readonly { value: Filter; label: string; holds: Holds }[] = [
  { value: 'all', label: 'All', holds: () => true },
  { value: 'owing', label: 'Owing', holds: ({ orders }) => orders.some(isOwing) },
  { value: 'paying', label: 'Being paid', holds: (_, state) => state === 'paying' },
  { value: 'look', label: 'Look', holds: (_, state) => state === 'look' || state === 'late' },
  { value: 'paid', label: 'Paid, still here', holds: (_, state) => state === 'paid' },
  { value: 'free', label: 'Free', holds: (table) => !isTaken(table) },
  {
    value: 'booked',
    label: 'Booked next',
    holds: ({ nextReservation }) => nextReservation !== undefined,
  },
]
type Holds = (table: Table, state: TableState) => boolean
