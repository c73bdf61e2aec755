// Calls to the till API. Every write carries an Idempotency-Key, so that it can be sent again when
// the answer is lost: it has one effect.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './generated/till-api.ts'

export type TillClient = Client<paths>

export interface TillClientOptions {
  /** The server's, without /till/v1. */
  url: string
  /** A token of the venue: npx epos token create */
  token: string
  /** In all, while the server or the network is away. */
  attempts?: number
  /** The wait after the first failure; it doubles with each further one. */
  retryMs?: number
  /** At most, for one attempt. */
  timeoutMs?: number
  /** Sends one attempt; the global fetch unless given. */
  fetch?: (request: Request) => Promise<Response>
}

const ATTEMPTS = 4
const RETRY_MS = 250
const TIMEOUT_MS = 35_000
/** The server is away or busy, or something in front of it; another try later may succeed. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])

export function createTillClient({
  url,
  token,
  attempts = ATTEMPTS,
  retryMs = RETRY_MS,
  timeoutMs = TIMEOUT_MS,
  fetch: send = fetch,
}: TillClientOptions): TillClient {
  return createClient<paths>({
    baseUrl: url.replace(/\/+$/, ''),
    headers: { authorization: `Bearer ${token}` },
    fetch: async (request) => {
      if (request.method !== 'GET' && !request.headers.has('idempotency-key')) {
        request.headers.set('idempotency-key', randomUUID())
      }
      for (let attempt = 1; ; attempt++) {
        const isLast = attempt >= attempts
        const sent = await attemptOnce(request.clone(), { send, timeoutMs, isLast })
        if (sent !== undefined && (isLast || !PASSING.has(sent.status))) return sent
        // Some proxies send a date instead of seconds.
        const askedMs = (Number(sent?.headers.get('retry-after')) || 0) * 1000
        await wait(Math.max(askedMs, retryMs * 2 ** (attempt - 1)))
      }
    },
  })
}

type Attempt = Required<Pick<TillClientOptions, 'timeoutMs'>> & {
  send: NonNullable<TillClientOptions['fetch']>
  isLast: boolean
}

/** Undefined where nothing answered. @throws what fetch throws, at the last attempt */
async function attemptOnce(
  request: Request,
  { send, timeoutMs, isLast }: Attempt,
): Promise<Response | undefined> {
  try {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)])
    return await send(new Request(request, { signal }))
  } catch (error) {
    if (isLast || request.signal.aborted) throw error
    return undefined
  }
}

type Problem = components['schemas']['Problem']

/** The server refused a call; `problem.code` says why, for programs. */
export class TillProblem extends Error {
  override readonly name = 'TillProblem'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/**
 * The answer of a call, for those who would rather catch an error.
 * @throws TillProblem
 */
export async function okay<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<NonNullable<Data>> {
  const { data, error, response } = await call
  if (data !== undefined && data !== null) return data
  throw new TillProblem(isProblem(error) ? error : problemOf(response))
}

function isProblem(error: unknown): error is Problem {
  return typeof (error as Partial<Problem> | undefined)?.detail === 'string'
}

/** Something between the server and here has answered. */
function problemOf({ status, statusText }: Response): Problem {
  return {
    type: 'about:blank',
    title: statusText,
    status,
    detail: `The answer was ${status} ${statusText}, which is not one of the till API.`,
    code: 'unavailable',
    traceId: '',
  }
}
