// How a call to Dojo fails: it was refused, nobody answered, or the answer makes no sense. Each
// message is one line that names the call and says what to do; secrets are taken out of it before
// it is made.
import { STATUS_CODES } from 'node:http'

export interface Problem {
  title?: string
  detail?: string
  traceId?: string
}

/** What the three have in common. */
export abstract class DojoFault extends Error {
  /** As `PUT /epos/integrations/rest`. */
  readonly call: string
  /** True when Dojo may have done what it was asked, false when it certainly has not. */
  readonly mayBeDone: boolean
  /** The two sentences of the message: what happened, and what to do. */
  readonly finding: string
  readonly advice: string

  constructor(
    call: string,
    mayBeDone: boolean,
    { finding, advice }: { finding: string; advice: string },
    options?: ErrorOptions,
  ) {
    super(`${finding} ${advice}`, options)
    this.call = call
    this.mayBeDone = mayBeDone
    this.finding = finding
    this.advice = advice
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

  /** @param mayBeDone an attempt before it may have been heard */
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
    super(call, mayBeDone || status >= 500, {
      finding: `Dojo answered ${call} with ${said}${traceId === undefined ? '' : ` (trace id ${traceId})`}.`,
      advice: adviceOn(status),
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
    return 'The key was refused: set it again with npm run location -- set-dojo-key.'
  }
  if (status === 403) {
    return 'The key may not do this: check that it is of this location, and SOFTWARE_HOUSE_ID and RESELLER_ID, with Dojo.'
  }
  if (status === 429) return 'Wait a while before the next try.'
  if (status >= 500) return 'The fault is at Dojo: try again later.'
  if (status < 400 || status === 404 || status === 405) {
    return 'Check that DOJO_API_URL is the Dojo API.'
  }
  return 'Change what it names before the next try.'
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
        finding: `Dojo did not answer ${call} at ${apiUrl}, tried ${attempts === 1 ? 'once' : `${attempts} times`}: ${reason}.`,
        advice: 'Check DOJO_API_URL and the way there, then try again.',
      },
      { cause },
    )
    this.attempts = attempts
  }
}

export class DojoUnreadable extends DojoFault {
  override readonly name = 'DojoUnreadable'

  constructor(call: string, status: number, fault: string) {
    super(call, true, {
      finding: `Dojo answered ${call} with ${status}, but ${fault}.`,
      advice: 'Check that DOJO_API_URL is the Dojo API.',
    })
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  ABORT_ERR: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped before its end',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is larger than any of the Dojo API',
}

/** What a code of the network means; one without words as it is. */
export const inWords = (code: string): string => reasons[code] ?? code
