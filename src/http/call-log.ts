// One line per request: what was asked, on whose behalf, and what came of it. Never a credential,
// and of a body nothing but which payment it is.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'

export function logRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  milliseconds: number,
): void {
  const { caller, refusal, routeOptions } = request
  const { capability, webhook } = routeOptions.config ?? {} // no route, no configuration: a URL that is none
  const line = {
    traceId: request.id,
    venue: caller?.locationId,
    // Whoever has signed it: why a venue's own webhooks are refused is looked for by this.
    venueInUrl: webhook === true ? textOf(request.params, 'locationId') : undefined,
    capability,
    ...(capability === 'RecordOrderPaymentById'
      ? {
          orderId: textOf(request.params, 'orderId'),
          paymentIntentId: textOf(request.body, 'paymentIntentId'),
        }
      : {}),
    operation: routeOptions.config?.till,
    method: request.method,
    route: routeOptions.url ?? loggable(request.url.split('?')[0]),
    status: reply.statusCode,
    durationMs: Math.round(milliseconds * 10) / 10,
    waiter: loggable(caller?.waiterId),
    device: loggable(caller?.deviceId),
    deviceType: loggable(caller?.deviceType),
    product: loggable(caller?.product),
    errorType: refusal?.errorType,
    reason: refusal?.reason,
    debugMessage: loggable(refusal?.debugMessage, limits.maxLoggedMessageCharacters),
  }
  if (reply.statusCode >= 500) request.server.log.error(line, 'failed')
  else if (refusal !== null) request.server.log.info(line, 'refused')
  else request.server.log.info(line, 'answered')
}

/** A field of what came, which may be anything. */
function textOf(from: unknown, field: string): string | undefined {
  const value = (from as Record<string, unknown> | null | undefined)?.[field]
  return typeof value === 'string' ? loggable(value) : undefined
}

/**
 * 13 to 19 digits on their own, in groups or not; only those that pass the Luhn check are card
 * numbers.
 */
const LONG_NUMBER = /(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])/g
const TOKEN = /till_[\w-]{20,}/g
const EMAIL = /[^\s@"]+@[^\s@"]+\.[^\s@".]+/g

/**
 * Text of the outside as it may stand in a log: without tokens, card numbers and e-mail addresses,
 * and cut short.
 */
export function loggable(
  text: string | undefined,
  maxCharacters: number = limits.maxLoggedHeaderCharacters,
): string | undefined {
  // Cut twice: the patterns take long on long texts, and what they replace may stand across the
  // last cut.
  return (
    text &&
    plain(text.slice(0, 4 * maxCharacters))
      .replace(TOKEN, '(token)')
      .replace(LONG_NUMBER, (number) => (passesLuhn(number) ? '(card number)' : number))
      .replace(EMAIL, '(e-mail)')
      .slice(0, maxCharacters)
  )
}

/** Percent-encoded text hides what it says from the patterns. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * An unexpected error for the log. A database error's own fields, its detail above all, quote
 * customers' data.
 */
export function loggableError(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { message: loggable(String(thrown)) }
  const { name, message, stack = '', cause } = thrown
  const { code, constraint } = thrown as { code?: unknown; constraint?: unknown }
  return {
    type: name,
    message: loggable(message, limits.maxLoggedMessageCharacters),
    code,
    constraint,
    stack: stack
      .split('\n')
      .filter((line) => /^ +at /.test(line))
      .join('\n'),
    ...(cause === undefined ? {} : { cause: loggableError(cause) }),
  }
}

function passesLuhn(text: string): boolean {
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number)
  const sum = digits.reduce(
    (total, digit, index) =>
      total + (index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2),
    0,
  )
  return sum % 10 === 0
}
