// A moment as a till writes it.
import { Type } from 'typebox'
import { invalid } from '../../domain/errors.ts'
import { timeMs } from '../../domain/time.ts'
import { lastTimeOfDay } from '../../domain/venue/day.ts'
import { limits } from '../../limits.ts'

export const PointInTime = Type.String({
  maxLength: limits.maxNameCharacters,
  description:
    'A time with its offset from UTC, or hours and minutes: the last time that the clocks of the ' +
    'venue showed them.',
  examples: ['2026-11-21T20:14:00Z', '20:14'],
})

/**
 * In milliseconds since 1970; a time in the future counts as now.
 * @throws Refusal InvalidRequest
 */
export function pointInTime(text: string, timeZone: string, nowMs: number): number {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return lastTimeOfDay(text, timeZone, nowMs)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw invalid(
      `The field at is ${text}; write a time as in 2026-11-21T20:14:00Z (with a + as %2B) ` +
        'or as in 20:14.',
    )
  }
  return Math.min(nowMs, timeMs(text, 'at'))
}
