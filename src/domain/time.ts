import { invalid } from './errors.ts'

/**
 * A time in a request, in milliseconds since 1970.
 * @throws Refusal InvalidRequest: no valid time (a leap second, say), or outside the years 1 to
 *   9999
 */
export function timeMs(value: string, field: string): number {
  const ms = Date.parse(value)
  const year = new Date(ms).getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) {
    throw invalid(
      `The field ${field} is ${value}, which is not a time between the years 1 and 9999.`,
    )
  }
  return ms
}

/** The same time as ISO 8601 in UTC with milliseconds. */
export function isoTime(value: string, field: string): string {
  return new Date(timeMs(value, field)).toISOString()
}

export function optionalIsoTime(value: string | undefined, field: string): string | undefined {
  return value === undefined ? undefined : isoTime(value, field)
}
