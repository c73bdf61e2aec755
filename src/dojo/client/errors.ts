// The three ways in which a call to Dojo fails: Dojo refuses it, does not answer, or answers what
// cannot be read. Each message is one line that names the call and says what to do. Secrets are
// removed before a message is made.
import { STATUS_CODES } from 'node:http'

export interface Problem {
  title?: string
  detail?: string
  traceId?: string
}

export abstract class DojoFault extends Error {
  /** Such as `PUT /epos/integrations/rest`. */
  readonly call: string
  /** False only when Dojo has certainly not done what it was asked. */
  readonly mayBeDone: boolean
  /** The two sentences of the message: what happened, and what to do. */
  readonly finding: string
  readonly advice: string
  /** What happened, for those whom our configuration does not concern: Dojo, and tills. */
  readonly forCallers: string

  constructor(
    call: string,
    mayBeDone: boolean,
    { finding, advice, forCallers }: { finding: string; advice: string; forCallers: string },
    options?: ErrorOptions,
  ) {
    super(`${finding} ${advice}`, options)
    this.call = call
    this.mayBeDone = mayBeDone
    this.finding = finding
    this.advice = advice
    this.forCallers = forCallers
  }
}

export class DojoRefusal extends DojoFault {
  override readonly name = 'DojoRefusal'
  readonly status: number
  readonly title: string | undefined
  readonly detail: string | undefined
  readonly traceId: string | undefined
  /** How long Dojo asks to wait, where it does. */
  readonly retryAfterMs: number | undefined

  /** @param mayBeDone an earlier attempt may have reached Dojo */
  constructor(
    call: string,
    status: number,
    { title, detail, traceId }: Problem,
    {
      mayBeDone = false,
      retryAfterMs,
    }: { mayBeDone?: boolean; retryAfterMs?: number | undefined } = {},
  ) {
    const reason = [title ?? STATUS_CODES[status], detail]
      .filter((part) => part !== undefined)
      .join(': ')
    const said = `${status}${reason === '' ? '' : ` ${reason}`}`.replace(/[.\s]+$/, '')
    const trace = traceId === undefined ? '' : ` (trace id ${traceId})`
    super(call, mayBeDone || status >= 500, {
      finding: `Dojo answered ${call} with ${said}${trace}.`,
      advice: adviceOn(status),
      forCallers: [`Dojo answered with ${said}${trace}.`, ...adviceForCallers(status)].join(' '),
    })
    this.status = status
    this.title = title
    this.detail = detail
    this.traceId = traceId
    this.retryAfterMs = retryAfterMs
  }
}

function adviceOn(status: number): string {
  if (status === 401) {
    return 'Dojo rejected the key: replace it with npx epos location set-dojo-key.'
  }
  if (status === 403) {
    return (
      'The key lacks this permission: check with Dojo that it belongs to this location, ' +
      'and that SOFTWARE_HOUSE_ID and RESELLER_ID are right.'
    )
  }
  if (status === 429) return 'Wait a while before trying again.'
  if (status >= 500) return 'The fault is at Dojo: try again later.'
  if (status < 400 || status === 404 || status === 405) {
    return 'Check that DOJO_API_URL is the Dojo API.'
  }
  return 'Correct what it names, then try again.'
}

/** What does not depend on how this server is configured. */
function adviceForCallers(status: number): string[] {
  return status === 401 || status === 429 || status >= 500 ? [adviceOn(status)] : []
}

export class DojoUnreachable extends DojoFault {
  override readonly name = 'DojoUnreachable'
  readonly attempts: number

  constructor(
    call: string,
    {
      apiUrl,
      attempts,
      mayBeDone,
      reason,
      cause,
    }: { apiUrl: string; attempts: number; mayBeDone: boolean; reason: string; cause: unknown },
  ) {
    super(
      call,
      mayBeDone,
      {
        finding: `Dojo did not answer ${call} at ${apiUrl}, tried ${times(attempts)}: ${reason}.`,
        advice: 'Check DOJO_API_URL and the network, then try again.',
        forCallers: `Dojo did not answer: ${reason}.`,
      },
      { cause },
    )
    this.attempts = attempts
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

export class DojoUnreadable extends DojoFault {
  override readonly name = 'DojoUnreadable'

  constructor(call: string, status: number, fault: string) {
    super(call, true, {
      finding: `Dojo answered ${call} with ${status}, but ${fault}.`,
      advice: 'Check that DOJO_API_URL is the Dojo API.',
      forCallers: `Dojo answered with ${status}, but ${fault}.`,
    })
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'no host has that name',
  EAI_AGAIN: 'the host name could not be resolved',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  ABORT_ERR: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped halfway',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large to be one of the Dojo API',
}

/** What a network error code means; the code itself when it is not a known one. */
export function inWords(code: string): string {
  return reasons[code] ?? code
}
