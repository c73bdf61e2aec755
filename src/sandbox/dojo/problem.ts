// How the Dojo API refuses: problem details (RFC 7807).

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly errors: Record<string, string[]>

  /** @param detail one sentence for whoever called */
  constructor(status: number, detail: string, errors: Record<string, string[]> = {}) {
    super(detail)
    this.status = status
    this.errors = errors
  }
}

export const badRequest = (detail: string, errors?: Record<string, string[]>): Problem =>
  new Problem(400, detail, errors)
export const notFound = (kind: string, id: string): Problem =>
  new Problem(404, `There is no ${kind} with id \`${id}\` in this account.`)

/** In the words that Dojo's guide for terminals quotes. */
export const wrongStatus = (
  status: 400 | 405 | 409,
  paymentIntentId: string,
  intentStatus: string,
): Problem =>
  new Problem(
    status,
    `Invalid request for payment with id \`${paymentIntentId}\`. The status \`${intentStatus}\` does not allow this change.`,
  )

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  429: 'Too many requests',
  500: 'Internal server error',
}

/**
 * The body of the answer. Only about terminals there is a code, and elsewhere there may be none.
 */
export function problemBody(
  { status, message, errors }: Problem,
  traceId: string,
  path: string,
): object {
  const code =
    status >= 500
      ? 'INTERNAL_ERROR'
      : status === 404 && /unavailable/.test(message)
        ? 'TERMINAL_UNAVAILABLE'
        : 'INVALID_REQUEST'
  return {
    type: `https://httpstatuses.io/${status}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    traceId,
    errors,
    ...(path.startsWith('/terminal') ? { code } : {}),
  }
}
