// Errors as problem details (RFC 9457): a stable code, one sentence, the fields at fault, and the
// trace id.
import type { ErrorObject } from 'ajv'
import { faultsOf, type FieldFault } from '../../contract/validation.ts'
import { Refusal, type Fault, type RefusalType } from '../../domain/errors.ts'
import { answerFor, refused, type SendError } from '../../http/errors.ts'
import { limits } from '../../limits.ts'
import { isProblemCode, problemCodes } from './problem-codes.ts'

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  traceId: string
  errors?: FieldFault[]
  [fact: string]: unknown
}

const STATUS: Record<RefusalType, number> = { InvalidRequest: 400, NotFound: 404, Conflict: 409 }

/** Fastify's own codes are not stable, so its faults get a code by their status. */
const CODE_OF: Record<number, string> = {
  400: 'request',
  404: 'not-found',
  413: 'too-large',
  415: 'media-type',
}

const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Changed since',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Idempotency-Key used before',
  423: 'Locked',
  429: 'Too many requests',
  500: 'Unexpected error',
  503: 'Unavailable',
}

/** What Fastify throws for a body, path or query that does not fit its schema. */
interface SchemaFaults {
  validation: ErrorObject[]
  validationContext: string
}

function hasSchemaFaults(error: unknown): error is SchemaFaults {
  return Array.isArray((error as Partial<SchemaFaults> | null)?.validation)
}

/** Sends an error as a problem, also one that comes before there is a route. */
export const sendProblem: SendError = (request, reply, error) => {
  const { retryAfterSeconds, challenge } = answerFor(error)
  const problem = problemOf(error, request.id)
  const { status, code: reason, detail: debugMessage } = problem
  return refused(request, reply, {
    status,
    errorType: errorTypeOf(status),
    debugMessage,
    reason,
    retryAfterSeconds,
    challenge,
  })
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem)
}

const CONFLICTS = [409, 412, 422, 423]

function errorTypeOf(status: number): Fault['errorType'] {
  if (status >= 500) return 'UnexpectedError'
  if (status === 404) return 'NotFound'
  return CONFLICTS.includes(status) ? 'Conflict' : 'InvalidRequest'
}

/** A refusal as a problem: the whole answer, or one of several in it. */
export function problemFields({ type, reason, message, facts }: Refusal): {
  status: number
  code: string
  detail: string
} {
  const status = isProblemCode(reason) ? problemCodes[reason][0] : STATUS[type]
  return { status, code: reason, detail: message, ...facts }
}

function problemOf(error: unknown, traceId: string): Problem {
  if (hasSchemaFaults(error)) {
    const errors = faultsOf(error.validation, error.validationContext).slice(
      0,
      limits.maxListedFaults,
    )
    return problem(400, 'schema', errors.map(({ message }) => message).join(' '), traceId, {
      errors,
    })
  }
  if (error instanceof Refusal) {
    const { status, code, detail, ...facts } = problemFields(error)
    return problem(status, code, detail, traceId, facts)
  }
  const { status, debugMessage, reason } = answerFor(error)
  const code = isProblemCode(reason) ? reason : (CODE_OF[status] ?? 'request')
  return problem(status, code, debugMessage, traceId)
}

const problem = (
  status: number,
  code: string,
  detail: string,
  traceId: string,
  facts: object = {},
): Problem => ({
  type: `urn:epos:problem:${code}`,
  title: TITLES[status] ?? 'The request failed',
  status,
  detail,
  code,
  traceId,
  ...facts,
})
