// Business days: opened with a float, counted, closed with a report that no longer changes. One is
// open at a time.
import { conflict, invalid } from '../errors.ts'
import { limits } from '../../limits.ts'
import { isCalendarDay } from './day.ts'
import type { DayReport, DrawerCount, OpenOrders } from './day-report.ts'

export interface BusinessDay {
  dayId: string
  /** By the venue's calendar, as 2026-11-20. */
  day: string
  openedAt: string
  openedBy?: string
  floatMinor: number
  count?: DrawerCount
  closedAt?: string
  closedBy?: string
  /** What was paid on orders that no day had counted when it closed. */
  unsettledMinor?: number
  /** As it was when the day closed. */
  report?: DayReport
  version: number
}

export const isClosed = ({ closedAt }: Pick<BusinessDay, 'closedAt'>): boolean =>
  closedAt !== undefined

/** A day to be opened; `day` is today unless given. */
export interface NewDay {
  dayId: string
  day?: string
  openedBy: string
  floatMinor: number
}

/** @throws Refusal InvalidRequest */
export function checkNewDay({ day }: Pick<NewDay, 'day'>): void {
  if (day === undefined || isCalendarDay(day)) return
  throw invalid(`The field day is ${day}, which is not a calendar day; write it as 2026-11-20.`)
}

/**
 * What opening a day gets where it cannot be new: the day that it is, if the request is the same.
 * @param existing the day of the same id
 * @param open the day that is open now
 * @throws Refusal Conflict: another day is open; the id is that of a closed or of another day
 */
export function openedAlready(
  { dayId, day, floatMinor }: NewDay,
  existing: BusinessDay | undefined,
  open: BusinessDay | undefined,
): BusinessDay {
  if (existing === undefined) throw refusedWhileOpen(open)
  if (isClosed(existing)) {
    throw conflict(
      'day-closed',
      `The day ${dayId} (${existing.day}) is closed. Open the new day under another id.`,
      { closedAt: existing.closedAt },
    )
  }
  if (existing.floatMinor !== floatMinor || (day !== undefined && existing.day !== day)) {
    throw conflict(
      'content-differs',
      `The id ${dayId} belongs to the open day ${existing.day}, which was opened differently.`,
    )
  }
  return existing
}

const refusedWhileOpen = (open: BusinessDay | undefined): Error =>
  open === undefined
    ? conflict('day-open', 'Another day has just been closed. Try again.')
    : conflict('day-open', `The day ${open.dayId} (${open.day}) is open. Close it first.`, {
        dayId: open.dayId,
        day: open.day,
      })

/** @throws Refusal Conflict `day-closed` */
export function checkCountable({ dayId, day, closedAt }: BusinessDay): void {
  if (closedAt === undefined) return
  throw conflict(
    'day-closed',
    `The day ${dayId} (${day}) is closed, and its report no longer changes.`,
    { closedAt },
  )
}

/** @throws Refusal Conflict `open-orders`, naming them, unless they are carried over */
export function checkClosable({ count, orders }: OpenOrders, carryOpenOrders: boolean): void {
  if (count === 0 || carryOpenOrders) return
  const named = orders.slice(0, limits.maxListedFaults)
  const names = named.map(({ displayName }) => displayName).join(', ')
  const more = count > named.length ? ' and more' : ''
  const [are, them] = count === 1 ? ['One order is', 'it'] : [`${count} orders are`, 'them']
  throw conflict(
    'open-orders',
    `${are} open: ${names}${more}. Finalize or cancel ${them}, or carry ${them} over to the next day.`,
    { count, openOrders: named },
  )
}
