// Sends a request until Dojo answers it, or it is not worth trying again.
// The retries are ours, because after a failed refund we must know whether one of the attempts may
// have been done (`mayBeDone`); undici's RetryAgent does not keep account of that.
import type { IncomingHttpHeaders } from 'node:http'
import { request, type Dispatcher } from 'undici'
import { backoff } from '../../lib/backoff.ts'
import { limits } from '../../limits.ts'
import { DojoUnreachable, inWords } from './errors.ts'
import type { DojoRequest } from './request.ts'

export interface Connection {
  apiUrl: string
  agent: Dispatcher
  /** At most, for a call that Dojo does not answer. */
  attempts: number
  /** Waits between two attempts. */
  delay: (ms: number) => Promise<unknown>
  /** Hears the headers of every answer, including those that are tried again. */
  onAnswer: ((headers: IncomingHttpHeaders) => void) | undefined
}

export interface Answer {
  status: number
  text: string
  /** How long Dojo asks to wait, where it does. */
  retryAfterMs: number | undefined
}

/** @param timeoutMs for all attempts together */
export async function sendUntilAnswered(
  connection: Connection,
  toSend: DojoRequest,
  timeoutMs: number | undefined,
): Promise<Answer & { mayBeDone: boolean }> {
  const { apiUrl, attempts, delay } = connection
  const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  const endsAtMs = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs
  let mayBeDone = false
  for (let attempt = 1; ; attempt++) {
    const isLast = (waitMs: number): boolean =>
      attempt === attempts || !toSend.mayRepeat || Date.now() + waitMs >= endsAtMs
    let waitMs = backoff(attempt, limits.dojoBackoffMs)
    try {
      const answer = await send(connection, toSend, signal)
      waitMs = answer.retryAfterMs ?? waitMs
      if (
        isLast(waitMs) ||
        !WORTH_RETRYING.has(answer.status) ||
        waitMs > limits.dojoMaxRetryAfterMs
      ) {
        return { ...answer, mayBeDone }
      }
      if (answer.status >= 500) mayBeDone = true
    } catch (cause) {
      const code = networkFault(cause)
      if (code === undefined) throw cause
      if (!NEVER_SENT.has(code)) mayBeDone = true
      if (isLast(waitMs)) {
        const failure = { apiUrl, attempts: attempt, mayBeDone, reason: inWords(code), cause }
        throw new DojoUnreachable(toSend.name, failure)
      }
    }
    await delay(waitMs)
  }
}

async function send(
  { agent, onAnswer }: Connection,
  { method, url, headers, body }: DojoRequest,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const answer = await request(url, {
    dispatcher: agent,
    method,
    headers,
    body: body ?? null,
    ...(signal === undefined ? {} : { signal }),
  })
  onAnswer?.(answer.headers)
  return {
    status: answer.statusCode,
    text: await answer.body.text(),
    retryAfterMs: retryAfterMs(answer.headers['retry-after']),
  }
}

/** Statuses after which the same request may well succeed a little later. */
const WORTH_RETRYING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])

/** The header carries seconds or a date. */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const text = [header].flat()[0]
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** The connection could not be made: Dojo has not seen the request. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The code of a network failure; undefined for a fault of our own. */
function networkFault(error: unknown): string | undefined {
  if ((error as Error).name === 'TimeoutError') return 'UND_ERR_HEADERS_TIMEOUT'
  const code = (error as NodeJS.ErrnoException).code
  return typeof code !== 'string' || code === 'UND_ERR_INVALID_ARG' ? undefined : code
}
