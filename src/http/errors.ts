// Whatever goes wrong becomes the contract's error body, with the right status.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { describeFault } from '../contract/validation.ts'
import { UnreadableJson } from '../contract/json.ts'
import type { Schemas } from '../contract/capabilities.ts'
import { Refusal, Unavailable, type RefusalType } from '../domain/errors.ts'

export type ErrorBody = Required<Schemas['EPOSError']>

export interface Answer {
  status: number
  errorType: Schemas['EPOSErrorType']
  debugMessage: string
  /** Why, in one word, for logs and metrics. */
  reason: string
  /** Seconds after which another try makes sense. */
  retryAfterSeconds?: number
}

/** Who is asking is not known, or asks too often without being known. */
export class NotAuthenticated extends Error {
  override readonly name = 'NotAuthenticated'
  readonly retryAfterSeconds: number | undefined

  /** @param retryAfterSeconds given when there were too many failures */
  constructor(message: string, retryAfterSeconds?: number) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/**
 * Of a webhook; the same words whatever is wrong, so that a stranger does not learn which venues
 * there are.
 */
export class WrongSignature extends Error {
  override readonly name = 'WrongSignature'

  constructor() {
    super(
      'The header dojo-signature is missing or wrong: sign the body as it is sent with the active secret of the subscription to this URL.',
    )
  }
}

export class MethodNotAllowed extends Error {
  override readonly name = 'MethodNotAllowed'
}

const STATUS: Record<RefusalType, number> = { InvalidRequest: 400, NotFound: 404, Conflict: 409 }

/** Faults that Fastify finds before a handler runs, in words for the sender. */
const FRAMEWORK_FAULTS: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The request body must be sent as application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body is larger than this server takes.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH:
    'The header content-length does not agree with the size of the request body.',
  FST_ERR_BAD_URL: 'The URL is not a valid one.',
  FST_ERR_MAX_PARAM_LENGTH: 'An id in the URL is longer than any that this server gives.',
  FST_BASIC_AUTH_MISSING_OR_BAD_AUTHORIZATION_HEADER:
    'The header Authorization must carry the credential of the venue, with the scheme Basic.',
}

export function answerFor(error: unknown): Answer {
  if (error instanceof Refusal) {
    return {
      status: STATUS[error.type],
      errorType: error.type,
      debugMessage: error.message,
      reason: error.reason,
    }
  }
  if (error instanceof Unavailable) {
    return {
      status: 503,
      errorType: 'UnexpectedError',
      debugMessage: error.debugMessage,
      reason: 'unavailable',
      retryAfterSeconds: 1,
    }
  }
  if (error instanceof UnreadableJson) {
    return { status: 400, errorType: 'InvalidRequest', debugMessage: error.message, reason: 'json' }
  }
  if (error instanceof MethodNotAllowed) {
    return { status: 405, errorType: 'NotFound', debugMessage: error.message, reason: 'method' }
  }
  if (error instanceof NotAuthenticated) {
    const { message: debugMessage, retryAfterSeconds } = error
    return {
      status: retryAfterSeconds === undefined ? 401 : 429,
      errorType: 'InvalidRequest',
      debugMessage,
      reason: retryAfterSeconds === undefined ? 'unauthenticated' : 'too-many-failures',
      retryAfterSeconds,
    }
  }
  if (error instanceof WrongSignature) {
    return {
      status: 401,
      errorType: 'InvalidRequest',
      debugMessage: error.message,
      reason: 'signature',
    }
  }
  const { statusCode = 500, code, validation } = (error ?? {}) as Partial<FastifyError>
  if (validation !== undefined) {
    return {
      status: 400,
      errorType: 'InvalidRequest',
      debugMessage: describeFault(validation as Parameters<typeof describeFault>[0]),
      reason: 'schema',
    }
  }
  if (statusCode >= 400 && statusCode < 500) {
    const debugMessage =
      FRAMEWORK_FAULTS[code ?? ''] ?? 'The request is not one that this server understands.'
    const status = statusCode === 414 ? 404 : statusCode // an id too long to be one of ours
    return {
      status,
      errorType: status === 404 ? 'NotFound' : 'InvalidRequest',
      debugMessage,
      reason: code ?? String(statusCode),
    }
  }
  return {
    status: 500,
    errorType: 'UnexpectedError',
    debugMessage:
      'The server failed while it worked on this request; its log has the particulars under the trace id.',
    reason: 'bug',
  }
}

export const noSuchRoute = (request: FastifyRequest): Answer => ({
  status: 404,
  errorType: 'NotFound',
  debugMessage: `There is nothing at ${request.method} ${request.url.split('?')[0]}.`,
  reason: 'route',
})

export function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): FastifyReply {
  const { status, errorType, debugMessage, reason, retryAfterSeconds } = answer
  request.refusal = answer
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (status === 401) {
    reply.header(
      'www-authenticate',
      reason === 'signature' ? 'dojo-signature' : 'Basic realm="EPOS Data API", charset="UTF-8"',
    )
  }
  const body: ErrorBody = { errorType, debugMessage, traceId: request.id }
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body)
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller was refused with, once it was. */
    refusal: Answer | null
  }
}
