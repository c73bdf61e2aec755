// One line per call: what was asked, on whose behalf, and how it ended. Never a credential, and of
// a body nothing but which payment it records.
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import type { CallRecord } from './call.ts'
import { statusOf } from './errors.ts'
import { loggable, loggablePath } from './loggable.ts'

export function logCall(log: FastifyBaseLogger, record: CallRecord): void {
  const { traceId, served, caller, payment, fault, durationMs, http } = record
  const status = record.status ?? statusOf(fault)
  const line = {
    traceId,
    venue: caller?.locationId,
    venueInUrl: loggable(http?.venueInUrl),
    capability: served?.api === 'dojo' ? served.name : undefined,
    orderId: loggable(payment?.orderId),
    paymentIntentId: loggable(payment?.paymentIntentId),
    transport: http === undefined ? record.transport : undefined,
    operation: served?.api === 'till' || served?.api === 'operator' ? served.name : undefined,
    method: http?.method,
    route: http?.route,
    status,
    durationMs: Math.round(durationMs * 10) / 10,
    waiter: loggable(caller?.waiterId),
    device: loggable(caller?.deviceId),
    deviceType: loggable(caller?.deviceType),
    product: loggable(caller?.product),
    errorType: fault?.errorType,
    reason: fault?.reason,
    // For an unknown path it repeats the path.
    debugMessage:
      fault?.reason === 'route'
        ? undefined
        : loggable(fault?.debugMessage, limits.maxLoggedMessageCharacters),
  }
  if (status >= 500) log.error(line, 'failed')
  else log.info(line, fault === undefined ? 'answered' : 'refused')
}

/** The record of a call over HTTP, also of one that was refused before anything served it. */
export function httpRecord(request: FastifyRequest, reply: FastifyReply): CallRecord {
  // A malformed URL has no route, and so no configuration.
  const served = request.routeOptions.config?.serves
  return {
    traceId: request.id,
    served,
    caller: request.caller ?? undefined,
    payment: paymentOf(request),
    input: request.call?.input,
    output: request.call?.output,
    fault: request.refusal ?? undefined,
    status: reply.statusCode,
    durationMs: reply.elapsedTime,
    http: {
      method: request.method,
      route: request.routeOptions.url ?? loggablePath(pathOf(request.url)),
      venueInUrl: served?.api === 'webhook' ? textOf(request.params, 'locationId') : undefined,
    },
  }
}

function pathOf(url: string): string {
  return url.split(/[?#;]/, 1)[0]!
}

/** Known in part even when the body could not be read. */
function paymentOf({ routeOptions, params, call }: FastifyRequest): CallRecord['payment'] {
  if (routeOptions.config?.serves?.name !== 'RecordOrderPaymentById') return undefined
  return { orderId: textOf(params, 'orderId'), paymentIntentId: call?.payment?.paymentIntentId }
}

/** A field of an unchecked value. */
function textOf(from: unknown, field: string): string | undefined {
  const value = (from as Record<string, unknown> | null | undefined)?.[field]
  return typeof value === 'string' ? value : undefined
}
