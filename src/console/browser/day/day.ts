// The business day with its report and its exceptions, as the till API answers them.
import type { Static } from 'typebox'
import type { IconName } from '../../../page/browser/icon.tsx'
import type { Tone } from '../../../page/browser/parts.tsx'
import { asProblem } from '../../../page/browser/problem.ts'
import type { DayShape } from '../../../till/venue/day-view.ts'
import type { ExceptionShape } from '../../../till/venue/exceptions.ts'
import { till } from '../session.ts'
import type { Hour } from './hours.tsx'

export type Day = Static<typeof DayShape>
export type Report = NonNullable<Day['report']>
export type Exception = Static<typeof ExceptionShape>

export interface DayNow {
  /** Undefined when no business day is open. */
  day: Day | undefined
  exceptions: readonly Exception[]
  /** What it took, by hour. */
  hours: readonly Hour[]
}

const DAY_MS = 24 * 3_600_000

export async function readDay(): Promise<DayNow> {
  const day = await till.call<Day>('GET', '/days/current').catch((error: unknown) => {
    const problem = asProblem(error)
    if (problem.status === 404 || problem.status === 409) return undefined
    throw problem
  })
  const since = day?.openedAt ?? new Date(Date.now() - DAY_MS).toISOString()
  const [exceptions, hours] = await Promise.all([
    till.call<{ rows: Exception[] }>('GET', `/exceptions?since=${encodeURIComponent(since)}`),
    day === undefined
      ? { rows: [] }
      : till.call<{ rows: Hour[] }>('GET', `/days/${encodeURIComponent(day.id)}/hours`),
  ])
  return { day, exceptions: exceptions.rows, hours: hours.rows }
}

type Group = 'bill' | 'voids' | 'money' | 'discounts' | 'freed'

interface Shown {
  word: string
  icon: IconName
  tone?: Tone
  group: Group
}

export const KINDS: Record<Exception['kind'], Shown> = {
  TakenOffAfterBill: { word: 'Less after the bill', icon: 'move', tone: 'warn', group: 'bill' },
  LineVoided: { word: 'Taken off', icon: 'ban', group: 'voids' },
  Discount: { word: 'Discount', icon: 'tag', group: 'discounts' },
  PaymentVoided: { word: 'Payment void', icon: 'ban', tone: 'bad', group: 'money' },
  Refund: { word: 'Refunded', icon: 'undo', tone: 'warn', group: 'money' },
  ForcedUnlock: { word: 'Freed by force', icon: 'unlock', tone: 'warn', group: 'freed' },
  Cancelled: { word: 'Order cancelled', icon: 'cross', group: 'voids' },
  Reopened: { word: 'Order reopened', icon: 'undo', group: 'voids' },
  TipAboveBill: { word: 'Tip above the bill', icon: 'money', tone: 'warn', group: 'money' },
}

export type Filter = 'all' | Group

export const FILTERS: readonly { value: Filter; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'bill', label: 'After the bill' },
  { value: 'voids', label: 'Voids' },
  { value: 'money', label: 'Money' },
  { value: 'discounts', label: 'Discounts' },
  { value: 'freed', label: 'Freed' },
]
