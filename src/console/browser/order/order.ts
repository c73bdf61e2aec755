// An order with what happened to it: the history as a timeline, with what was owed after each step.
import type { Static } from 'typebox'
import type { OrderShape } from '../../../till/kit/order-view.ts'
import type { OrderAtDojoShape } from '../../../till/orders/at-dojo.ts'
import type { HistoryEntry } from '../../../till/orders/history.ts'
import type { Change } from '../live.ts'
import { till } from '../session.ts'

export type Order = Static<typeof OrderShape>
export type AtDojo = Static<typeof OrderAtDojoShape>
type Entry = Static<typeof HistoryEntry>

/** One line of the timeline: an entry, or a lock with all that it was extended. */
export interface Step extends Change {
  /** What the entry changed of what is owed. */
  changeMinor: number
  owedAfterMinor: number
  isMoney: boolean
}

export interface OrderWithHistory {
  order: Order
  steps: readonly Step[]
  atDojo: AtDojo
}

export async function readOrder(orderId: string): Promise<OrderWithHistory> {
  const path = `/orders/${encodeURIComponent(orderId)}`
  const [order, entries, atDojo] = await Promise.all([
    till.call<Order>('GET', path),
    readEntries(`${path}/history`),
    till.call<AtDojo>('GET', `${path}/dojo`),
  ])
  return { order, steps: stepsOf(orderId, entries), atDojo }
}

const SOON_MS = 60_000

/** The last change is on its way to Dojo, or Dojo checks a payment of the last minute. */
export function mayBeHeardOf({ order: { payments }, atDojo }: OrderWithHistory): boolean {
  if (atDojo.notified === 'Waiting') return true
  const shown = new Set(atDojo.payments.map(({ paymentIntentId }) => paymentIntentId))
  return payments.some(
    ({ paymentIntentId, recordedAt, voided }) =>
      paymentIntentId !== undefined &&
      !voided &&
      !shown.has(paymentIntentId) &&
      Date.now() - Date.parse(recordedAt) < SOON_MS,
  )
}

async function readEntries(path: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: { rows: Entry[]; after?: number } = await till.call('GET', `${path}?after=${after}`)
    entries.push(...page.rows)
    after = page.after
  }
  return entries
}

function stepsOf(orderId: string, entries: readonly Entry[]): Step[] {
  const steps: Step[] = []
  let totalMinor = 0
  let paidMinor = 0
  for (const entry of entries) {
    const before = totalMinor - paidMinor
    totalMinor = entry.totalMinor ?? totalMinor
    paidMinor = entry.paidMinor ?? paidMinor
    const owedAfterMinor = totalMinor - paidMinor
    const step: Step = {
      ...entry,
      detail: entry.detail as Record<string, unknown>,
      entity: 'Order',
      id: orderId,
      changeMinor: owedAfterMinor - before,
      owedAfterMinor,
      isMoney: owedAfterMinor !== before || entry.action.startsWith('Payment'),
    }
    const last = steps.at(-1)
    // A lock that is extended is one lock.
    if (entry.action === 'LockExtended' && last?.action === 'Locked') {
      steps[steps.length - 1] = { ...last, detail: { ...last.detail, ...step.detail } }
    } else steps.push(step)
  }
  return steps
}

/**
 * The step that an address names, by its number, or by a time as the venue's clock shows it: then
 * the last one until that time. Undefined for now.
 */
export function stepAt(
  steps: readonly Step[],
  { at, step }: { at?: string; step?: string },
  clock: (at: string) => string,
): number | undefined {
  const numbered = steps.findIndex(({ sequence }) => String(sequence) === step)
  if (numbered >= 0) return numbered
  if (at === undefined || !/^\d\d:\d\d(:\d\d)?$/.test(at)) return undefined
  const until = at.length === 5 ? `${at}:59` : at
  return Math.max(
    0,
    steps.findLastIndex((each) => clock(each.at) <= until),
  )
}
