import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The trace id of the caller's traceparent (W3C Trace Context), or a new one. */
export function traceIdOf(traceparent?: unknown): string {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined
  return given ?? randomUUID().replaceAll('-', '')
}

/** Also gives a request without a traceparent one, so that spans carry the id of its log line. */
export function traceIdOfRequest(headers: IncomingHttpHeaders): string {
  const traceId = traceIdOf(headers['traceparent'])
  headers['traceparent'] ??= `00-${traceId}-${traceId.slice(16)}-01`
  return traceId
}
