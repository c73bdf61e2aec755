// What goes wrong as problem details (RFC 9457): a stable code, one sentence, the fields at fault,
// and the trace id.
import type { ErrorObject } from 'ajv'
import { faultsOf, type FieldFault } from '../../contract/validation.ts'
import { Refusal, type RefusalType } from '../../domain/errors.ts'
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

/**
 * As the transport describes what is not the till's own: a lost database, bad JSON, too large a
 * body.
 */
export interface Description {
  status: number
  debugMessage: string
  reason: string
  retryAfterSeconds?: number
}

const STATUS: Record<RefusalType, number> = { InvalidRequest: 400, NotFound: 404, Conflict: 409 }

/** What the web framework finds wrong has codes of its own, which are not stable. */
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
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Idempotency-Key used before',
  423: 'Locked',
  429: 'Too many requests',
  500: 'Unexpected error',
  503: 'Unavailable',
}

/** Faults of a body, path or query by its schema, as Fastify hands them on. */
export interface SchemaFaults {
  validation: ErrorObject[]
  validationContext: string
}

const hasSchemaFaults = (error: unknown): error is SchemaFaults =>
  Array.isArray((error as Partial<SchemaFaults> | null)?.validation)

export function problemOf(
  error: unknown,
  traceId: string,
  describe: (error: unknown) => Description,
): Problem & { retryAfterSeconds?: number | undefined } {
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
    return problem(
      isProblemCode(error.reason) ? problemCodes[error.reason][0] : STATUS[error.type],
      error.reason,
      error.message,
      traceId,
      error.facts,
    )
  }
  const { status, debugMessage, reason, retryAfterSeconds } = describe(error)
  return {
    ...problem(
      status,
      isProblemCode(reason) ? reason : (CODE_OF[status] ?? 'request'),
      debugMessage,
      traceId,
    ),
    retryAfterSeconds,
  }
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
