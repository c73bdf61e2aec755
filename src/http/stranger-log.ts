// Strangers can call as fast as they like. Of their calls that end alike, the first ones in a
// window have a line each, and the rest a count.
import type { FastifyBaseLogger } from 'fastify'
import { limits } from '../limits.ts'
import type { CallRecord } from './call.ts'
import { logCall } from './call-log.ts'
import { statusOf } from './errors.ts'

export interface CallLog {
  write: (record: CallRecord) => void
  /** Writes what was only counted so far. */
  end: () => void
}

interface Counted {
  status: number
  /** Why it was refused, or the route that answered. */
  of: string
  calls: number
}

export function createCallLog(log: FastifyBaseLogger): CallLog {
  const window = new Map<string, Counted>()
  let closing: NodeJS.Timeout | undefined
  const end = (): void => {
    clearTimeout(closing)
    closing = undefined
    for (const { status, of, calls } of window.values()) {
      const more = calls - limits.strangerLinesPerWindow
      if (more > 0) log.warn({ status, of, more }, 'more calls of strangers like these')
    }
    window.clear()
  }
  /** Whether there were enough like it. What failed by our own fault always has its line. */
  const isOneOfMany = ({ caller, fault, http, status = statusOf(fault) }: CallRecord): boolean => {
    if (caller !== undefined || status >= 500) return false
    closing ??= setTimeout(end, limits.strangerLogWindowMs).unref()
    // Reasons and routes are our own, so strangers do not fill the map.
    const of = fault?.reason ?? http?.route ?? ''
    const key = `${status} ${of}`
    const counted = window.get(key) ?? { status, of, calls: 0 }
    window.set(key, counted)
    counted.calls++
    return counted.calls > limits.strangerLinesPerWindow
  }
  return {
    end,
    write: (record) => {
      if (!isOneOfMany(record)) logCall(log, record)
    },
  }
}
