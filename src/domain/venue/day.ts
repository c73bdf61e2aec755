// Calendar days by a venue's clocks: most have 24 hours, two a year have 23 or 25.
import { invalid } from '../errors.ts'

const DAY_MS = 86_400_000

/** Whether it is a date of the calendar, as 2026-11-20. */
export const isCalendarDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  Date.parse(text) >= 0 &&
  new Date(text).toISOString().startsWith(text)

/**
 * Its first instant and that of the day after, in milliseconds since 1970.
 * @param timeZone an IANA name, as Europe/London
 * @throws Refusal InvalidRequest: not a day
 */
export function boundsOfDay(day: string, timeZone: string): { startMs: number; endMs: number } {
  if (!isCalendarDay(day)) {
    throw invalid(`${day} is not a day of the calendar; write it as 2026-11-20.`)
  }
  const dateMs = Date.parse(day)
  return {
    startMs: firstInstantOf(dateMs, timeZone),
    endMs: firstInstantOf(dateMs + DAY_MS, timeZone),
  }
}

/**
 * The calendar day at an instant, as 2026-11-20.
 * @param timeZone an IANA name, as Europe/London
 */
export const dayAt = (ms: number, timeZone: string): string =>
  new Date(shownDateMs(ms, formatterOf(timeZone))).toISOString().slice(0, 10)

const MINUTE_MS = 60_000

/**
 * The latest instant, not after `nowMs`, at which the venue's clocks showed this time of day, in
 * milliseconds since 1970. When they go back, an hour comes twice: the second one, once it has
 * come.
 * @param time on a 24-hour clock, as 20:14
 */
export function lastTimeOfDay(time: string, timeZone: string, nowMs: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const minuteOfQuarter = (shown: string): number => Number(shown.slice(3)) % 15
  let ms = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
  while (minuteOfQuarter(clock.format(ms)) !== minuteOfQuarter(time)) ms -= MINUTE_MS
  // Clocks change by whole quarters of an hour; a longer step would miss a change in between.
  while (clock.format(ms) !== time) ms -= 15 * MINUTE_MS
  return ms
}

/**
 * Where the clocks change at midnight, it is missing or comes twice: the day begins when the
 * calendar first shows it. No zone is a whole day away from UTC.
 */
function firstInstantOf(dateMs: number, timeZone: string): number {
  const formatter = formatterOf(timeZone)
  let before = dateMs - DAY_MS
  let from = dateMs + DAY_MS
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (shownDateMs(middle, formatter) < dateMs) before = middle
    else from = middle
  }
  return from
}

const formatterOf = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { timeZone, day: '2-digit', month: '2-digit', year: 'numeric' })

/** Midnight, in UTC, of the date that the calendar shows at an instant. */
function shownDateMs(ms: number, formatter: Intl.DateTimeFormat): number {
  const parts = new Map(formatter.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(parts.get('year')!, parts.get('month')! - 1, parts.get('day')!)
}
