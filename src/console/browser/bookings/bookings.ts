// The bookings of a day and the parties at tables now, and where each stands on the time bar.
import type { Static } from 'typebox'
import type { IconName } from '../../../page/browser/icon.tsx'
import type { ReservationShape } from '../../../till/kit/reservation-view.ts'
import { till } from '../session.ts'

export type Reservation = Static<typeof ReservationShape>

interface Party {
  id: string
  name?: string
  covers?: number
  tableIds: string[]
  startTime: string
  expectedEndTime?: string
  reservationId?: string
}

export interface Book {
  tables: { id: string; name: string }[]
  reservations: Reservation[]
  parties: Party[]
}

const PAGE_ROWS = 100

/** @param day as `2026-11-27` */
export async function readBook(day: string): Promise<Book> {
  const [tables, parties] = await Promise.all([
    till.call<{ rows: Book['tables'] }>('GET', '/tables'),
    till.call<{ rows: Party[] }>('GET', `/parties?limit=${PAGE_ROWS}`),
  ])
  const reservations: Reservation[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const cursor: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const page: { rows: Reservation[]; after?: string } = await till.call(
      'GET',
      `/reservations?day=${day}&limit=${PAGE_ROWS}${cursor}`,
    )
    reservations.push(...page.rows)
    after = page.after
  }
  return { tables: tables.rows, reservations, parties: parties.rows }
}

export type StayState = 'done' | 'seated' | 'booked' | 'late'

export const STAYS: Record<StayState, { word: string; icon: IconName }> = {
  done: { word: 'Left', icon: 'tick' },
  seated: { word: 'Seated', icon: 'disc' },
  booked: { word: 'Booked', icon: 'clock' },
  late: { word: 'Late', icon: 'warn' },
}

export function stateOf({ seated, parties, startTime }: Reservation, nowMs: number): StayState {
  if (seated) return parties.every(({ endTime }) => endTime !== undefined) ? 'done' : 'seated'
  return Date.parse(startTime) < nowMs ? 'late' : 'booked'
}

/** A booking, or guests without one, at one table. */
export interface Stay {
  id: string
  tableId: string
  name: string
  covers: number | undefined
  state: StayState
  startMs: number
  endMs: number
}

/** How long guests are drawn who gave no end. */
const STAY_MS = 90 * 60_000

export function staysOf({ reservations, parties }: Book, nowMs: number): Stay[] {
  const booked = reservations.flatMap((reservation) =>
    reservation.tableIds.map((tableId) => ({
      id: reservation.id,
      tableId,
      name: reservation.name,
      covers: reservation.covers,
      state: stateOf(reservation, nowMs),
      startMs: Date.parse(reservation.startTime),
      endMs: Date.parse(reservation.endTime),
    })),
  )
  const known = new Set(reservations.map(({ id }) => id))
  const walkIns = parties
    .filter(({ reservationId }) => reservationId === undefined || !known.has(reservationId))
    .flatMap(({ id, tableIds, name = 'Walk-in', covers, startTime, expectedEndTime }) => {
      const startMs = Date.parse(startTime)
      const endMs =
        expectedEndTime === undefined
          ? Math.max(startMs + STAY_MS, nowMs)
          : Date.parse(expectedEndTime)
      const state = 'seated' as const
      return tableIds.map((tableId) => ({ id, tableId, name, covers, state, startMs, endMs }))
    })
  return [...booked, ...walkIns]
}

const QUARTER_MS = 15 * 60_000
const HOUR_MS = 4 * QUARTER_MS
export const HOURS = 6
const COLUMNS = HOURS * 4

/** The first hour of the bar: two before now, or before the first booking of another day. */
export function firstHour(nowMs: number, stays: readonly Stay[], isToday: boolean): number {
  const from = isToday ? nowMs - 2 * HOUR_MS : Math.min(...stays.map(({ startMs }) => startMs))
  return Math.floor((Number.isFinite(from) ? from : nowMs) / HOUR_MS) * HOUR_MS
}

/** The columns of a stay, counted from 1; undefined where it is outside of the bar. */
export function columnsOf(
  { startMs, endMs }: Pick<Stay, 'startMs' | 'endMs'>,
  fromMs: number,
): { from: number; to: number } | undefined {
  const column = (ms: number): number => Math.round((ms - fromMs) / QUARTER_MS) + 1
  const from = Math.max(1, column(startMs))
  const to = Math.min(COLUMNS + 1, Math.max(column(endMs), from + 1))
  return from > COLUMNS || column(endMs) <= 1 ? undefined : { from, to }
}
