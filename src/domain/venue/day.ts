// Days of the calendar, as the clocks of a venue have them: most have 24 hours, two of the year
// have 23 or 25.
import { invalid } from '../errors.ts'

const DAY_MS = 86_400_000

/** A day as it is written: 2026-11-20. */
export const isCalendarDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  Date.parse(text) >= 0 &&
  new Date(text).toISOString().startsWith(text)

/**
 * From its first instant to the first of the day after, in milliseconds since 1970.
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
 * The day of the calendar that it is then, as 2026-11-20.
 * @param timeZone an IANA name, as Europe/London
 */
export const dayAt = (ms: number, timeZone: string): string =>
  new Date(shownDateMs(ms, formatterOf(timeZone))).toISOString().slice(0, 10)

const MINUTE_MS = 60_000

/**
 * The last time, not after `nowMs`, at which the clocks of a venue showed this time of day, in
 * milliseconds since 1970: of the hour that comes twice when they go back the second, once it has
 * come.
 * @param time as 20:14, of a day of 24 hours
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
  // Clocks are changed by whole quarters of an hour; a longer step would miss what they did in
  // between.
  while (clock.format(ms) !== time) ms -= 15 * MINUTE_MS
  return ms
}

/**
 * Midnight is not always there, and sometimes there twice: where the clocks are changed then, the
 * day begins when the calendar first shows it. No zone is a whole day away from UTC.
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

/** Midnight, by UTC, of the date that a calendar shows then. */
function shownDateMs(ms: number, formatter: Intl.DateTimeFormat): number {
  const parts = new Map(formatter.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(parts.get('year')!, parts.get('month')! - 1, parts.get('day')!)
}
