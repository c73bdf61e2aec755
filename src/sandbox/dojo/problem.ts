// Dojo's error answers: problem details (RFC 7807).

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly errors: Record<string, string[]>

  /** @param detail one sentence for the caller */
  constructor(status: number, detail: string, errors: Record<string, string[]> = {}) {
    super(detail)
    this.status = status
    this.errors = errors
  }
}

export function badRequest(detail: string, errors?: Record<string, string[]>): Problem {
  return new Problem(400, detail, errors)
}

export function amountTooLow(): Problem {
  return badRequest('The amount must be higher than `0`.', { amount: ['must be higher than `0`'] })
}

export function notFound(kind: string, id: string): Problem {
  return new Problem(404, `There is no ${kind} with id \`${id}\` in this account.`)
}

/** The sentence that Dojo's guide for terminals quotes. */
export function wrongStatus(
  status: 400 | 405 | 409,
  paymentIntentId: string,
  intentStatus: string,
): Problem {
  return new Problem(
    status,
    `Invalid request for payment with id \`${paymentIntentId}\`. ` +
      `The status \`${intentStatus}\` does not allow this change.`,
  )
}

export function cardMustBePresent(status: 400 | 409, paymentIntentId: string): Problem {
  return new Problem(
    status,
    `The payment with id \`${paymentIntentId}\` was taken on a terminal. ` +
      'Give it back on a terminal, with a matched refund.',
  )
}

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
  426: 'Upgrade required',
  429: 'Too many requests',
  500: 'Internal server error',
}

/** The body of the answer. Dojo's schemas allow a `code` below /terminal and nowhere else. */
export function problemBody(problem: Problem, traceId: string, path: string): object {
  const { status, message, errors } = problem
  return {
    type: `https://httpstatuses.io/${status}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    traceId,
    errors,
    code: path.startsWith('/terminal') ? codeOf(problem) : undefined,
  }
}

function codeOf({ status, message }: Problem): string {
  if (status >= 500) return 'INTERNAL_ERROR'
  return status === 404 && /unavailable/.test(message) ? 'TERMINAL_UNAVAILABLE' : 'INVALID_REQUEST'
}
