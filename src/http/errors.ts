// Every failure as an HTTP answer: Dojo's error body with the right status.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Schemas } from '../contract/capabilities.ts'
import { UnreadableJson } from '../contract/json.ts'
import { faultOf, type Fault } from '../domain/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The error that was answered, if any. */
    refusal: ErrorAnswer | null
  }
}

export type ErrorBody = Required<Schemas['EPOSError']>

export interface ErrorAnswer extends Fault {
  status: number
  /** The authentication that a 401 asks for, as the header www-authenticate has it. */
  challenge?: string | undefined
}

/** A request refused for a reason that only HTTP knows. */
class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly answer: ErrorAnswer

  constructor(answer: ErrorAnswer) {
    super(answer.debugMessage)
    this.answer = answer
  }
}

export function notAuthenticated(
  debugMessage: string,
  challenge: string,
  reason = 'unauthenticated',
): HttpRefusal {
  return new HttpRefusal({
    status: 401,
    errorType: 'InvalidRequest',
    debugMessage,
    reason,
    challenge,
  })
}

export function tooManyFailures(debugMessage: string, retryAfterSeconds: number): HttpRefusal {
  return new HttpRefusal({
    status: 429,
    errorType: 'InvalidRequest',
    debugMessage,
    reason: 'too-many-failures',
    retryAfterSeconds,
  })
}

export function methodNotAllowed(debugMessage: string): HttpRefusal {
  return new HttpRefusal({ status: 405, errorType: 'NotFound', debugMessage, reason: 'method' })
}

/** HTTP/1.1 requires it. */
export function noHost(): HttpRefusal {
  return new HttpRefusal({
    status: 400,
    errorType: 'InvalidRequest',
    debugMessage: 'The header Host is missing.',
    reason: 'host',
  })
}

export function noSuchRoute({ method, url }: FastifyRequest): HttpRefusal {
  return new HttpRefusal({
    status: 404,
    errorType: 'NotFound',
    debugMessage: `There is nothing at ${method} ${url.split('?')[0]}.`,
    reason: 'route',
  })
}

export function answerFor(error: unknown): ErrorAnswer {
  if (error instanceof HttpRefusal) return error.answer
  if (error instanceof UnreadableJson) {
    return { status: 400, errorType: 'InvalidRequest', debugMessage: error.message, reason: 'json' }
  }
  return frameworkAnswer(error) ?? withStatus(faultOf(error))
}

const STATUS = { InvalidRequest: 400, NotFound: 404, Conflict: 409, UnexpectedError: 500 }

export function withStatus(fault: Fault): ErrorAnswer {
  return { ...fault, status: statusOf(fault) }
}

export function statusOf(fault: Fault | undefined): number {
  if (fault === undefined) return 200
  return fault.reason === 'unavailable' ? 503 : STATUS[fault.errorType]
}

/** Faults that Fastify finds before a handler runs, in words for the sender. */
const FRAMEWORK_FAULTS: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The request body must be sent as application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body is larger than this server accepts.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH:
    'The header content-length does not match the size of the request body.',
  FST_ERR_BAD_URL: 'The URL is not valid.',
  FST_ERR_MAX_PARAM_LENGTH: 'An id in the URL is longer than any id of this server.',
}

function frameworkAnswer(error: unknown): ErrorAnswer | undefined {
  const { statusCode = 500, code } = (error ?? {}) as Partial<FastifyError>
  if (statusCode < 400 || statusCode >= 500) return undefined
  const status = statusCode === 414 ? 404 : statusCode // an id too long to be one of ours
  return {
    status,
    errorType: status === 404 ? 'NotFound' : 'InvalidRequest',
    debugMessage: FRAMEWORK_FAULTS[code ?? ''] ?? 'This server cannot understand the request.',
    reason: code ?? String(statusCode),
  }
}

/** Sends an error, in the form of one of our APIs. */
export type SendError = (
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
) => FastifyReply

export const sendError: SendError = (request, reply, error) =>
  sendAnswer(request, reply, answerFor(error))

export function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: ErrorAnswer,
): FastifyReply {
  const { errorType, debugMessage } = answer
  const body: ErrorBody = { errorType, debugMessage, traceId: request.id }
  return refused(request, reply, answer)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body)
}

/** Status and headers of an error, which the log and the metrics are to see. */
export function refused(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: ErrorAnswer,
): FastifyReply {
  const { status, retryAfterSeconds, challenge } = answer
  request.refusal = answer
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  return reply.code(status)
}
