// A client of the part of the Dojo API that is in openapi/dojo-api.yaml.
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { ValidateFunction } from 'ajv'
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici'
import {
  dojoOperations,
  type DojoInput,
  type DojoOperation,
  type DojoOperationName,
  type DojoOutput,
} from '../../contract/dojo-api.ts'
import type { Method } from '../../contract/openapi.ts'
import { compileSchema, describeFault } from '../../contract/validation.ts'
import { limits } from '../../limits.ts'
import { DojoRefusal, DojoUnreachable, DojoUnreadable, inWords, type Problem } from './errors.ts'

/** The version of the Dojo API that this client was written for. */
export const DOJO_API_VERSION = '2026-02-27'

export interface DojoClientOptions {
  /** Without a slash at its end. */
  apiUrl: string
  key: string
  softwareHouseId: string
  resellerId?: string | undefined
  connectTimeoutMs?: number
  /** For the headers of an answer, and again for each pause in its body. */
  replyTimeoutMs?: number
  /** Connections that several clients share, closed by whoever made them. */
  agent?: Dispatcher
  /** In all, of a call that nobody answers. */
  attempts?: number
  /** Waits between two attempts. */
  delay?: (ms: number) => Promise<unknown>
  /** Told of the headers of every answer, whatever it is. */
  onAnswer?: (headers: IncomingHttpHeaders) => void
}

export interface CallOptions {
  /**
   * Makes a call that changes something safe to repeat; stored before the first try, so that it
   * outlives this process.
   */
  idempotencyKey?: string
  /** What must not be in any message, besides the key. */
  secrets?: readonly string[]
  /** For the whole call, its repetitions included. */
  timeoutMs?: number
}

export interface DojoClient {
  /**
   * @throws DojoRefusal, DojoUnreachable or DojoUnreadable; none of their messages has the key in
   * it
   */
  call: <Name extends DojoOperationName>(
    name: Name,
    input: DojoInput<Name>,
    options?: CallOptions,
  ) => Promise<DojoOutput<Name>>
  close: () => Promise<void>
}

/** One call as it is sent. */
interface Sending {
  name: string
  method: Method
  url: string
  headers: Record<string, string>
  body: string | undefined
  mayRepeat: boolean
}
interface Arrival {
  status: number
  text: string
  retryAfterMs: number | undefined
}

/**
 * Keep-alive connections to Dojo. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured, as operators
 * expect of any program.
 */
export function createDojoAgent({
  connectTimeoutMs = limits.dojoConnectTimeoutMs,
  replyTimeoutMs = limits.dojoReplyTimeoutMs,
}: Pick<DojoClientOptions, 'connectTimeoutMs' | 'replyTimeoutMs'> = {}): Dispatcher {
  return new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: replyTimeoutMs,
    bodyTimeout: replyTimeoutMs,
    maxResponseSize: limits.dojoMaxAnswerBytes,
  })
}

export function createDojoClient(options: DojoClientOptions): DojoClient {
  const { apiUrl, key, attempts = limits.dojoAttempts, delay = wait } = options
  const agent = options.agent ?? createDojoAgent(options)

  async function send(
    { method, url, headers, body }: Sending,
    signal: AbortSignal | undefined,
  ): Promise<Arrival> {
    const {
      statusCode,
      headers: answered,
      body: answer,
    } = await request(url, {
      dispatcher: agent,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    })
    options.onAnswer?.(answered)
    return {
      status: statusCode,
      text: await answer.text(),
      retryAfterMs: retryAfterMs(answered['retry-after']),
    }
  }

  /** Tries again what is safe to repeat, while nobody answers or Dojo asks to come back later. */
  async function sendUntilAnswered(
    sending: Sending,
    timeoutMs: number | undefined,
  ): Promise<Arrival & { mayBeDone: boolean }> {
    const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
    const endsAtMs = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs
    let mayBeDone = false
    for (let attempt = 1; ; attempt++) {
      const isLast = (waitMs: number): boolean =>
        attempt === attempts || !sending.mayRepeat || Date.now() + waitMs >= endsAtMs
      try {
        const arrival = await send(sending, signal)
        const waitMs = arrival.retryAfterMs ?? backoffMs(attempt)
        if (
          isLast(waitMs) ||
          !COME_BACK.has(arrival.status) ||
          waitMs > limits.dojoMaxRetryAfterMs
        ) {
          return { ...arrival, mayBeDone }
        }
        if (arrival.status >= 500) mayBeDone = true
        await delay(waitMs)
      } catch (cause) {
        const code = networkFault(cause)
        if (code === undefined) throw cause
        if (!NEVER_SENT.has(code)) mayBeDone = true
        const waitMs = backoffMs(attempt)
        if (isLast(waitMs)) {
          throw new DojoUnreachable(sending.name, {
            apiUrl,
            attempts: attempt,
            mayBeDone,
            reason: inWords(code),
            cause,
          })
        }
        await delay(waitMs)
      }
    }
  }

  return {
    call: async (name, input, { idempotencyKey, secrets = [], timeoutMs } = {}) => {
      const operation = operationOf(name)
      const sending = sendingOf(
        options,
        operation,
        input as Record<string, unknown>,
        idempotencyKey,
      )
      const { status, text, mayBeDone, retryAfterMs } = await sendUntilAnswered(sending, timeoutMs)
      if (status < 200 || status > 299) {
        throw new DojoRefusal(sending.name, status, problemOf(text, [key, ...secrets]), {
          mayBeDone,
          retryAfterMs,
        })
      }
      const check = checkOf(operation)
      if (check === undefined) return undefined as DojoOutput<typeof name>
      const value = parseJson(text)
      if (value === undefined) {
        throw new DojoUnreadable(sending.name, status, 'the answer is not JSON')
      }
      if (!check(value)) {
        throw new DojoUnreadable(
          sending.name,
          status,
          `the answer is not of the shape that the Dojo API gives it: ${describeFault(check.errors).replace('The request body', 'it').replace(/\.$/, '')}`,
        )
      }
      return value as DojoOutput<typeof name>
    },
    close: async () => {
      if (options.agent === undefined) await agent.destroy()
    },
  }
}

const operationOf = (name: DojoOperationName): DojoOperation =>
  dojoOperations.find((operation) => operation.name === name)!

const checks = new Map<DojoOperationName, ValidateFunction>()

function checkOf({ name, tolerantAnswer }: DojoOperation): ValidateFunction | undefined {
  if (tolerantAnswer === undefined) return undefined
  let check = checks.get(name)
  if (check === undefined) {
    check = compileSchema(tolerantAnswer)
    checks.set(name, check)
  }
  return check
}

function sendingOf(
  options: DojoClientOptions,
  { name, method, path, pathParameters, query, body }: DojoOperation,
  input: Record<string, unknown>,
  idempotencyKey: string | undefined,
): Sending {
  const rest = { ...input }
  const take = (field: string): unknown => {
    const value = rest[field]
    delete rest[field]
    return value
  }
  const filled = pathParameters.reduce(
    (text, field) => text.replace(`{${field}}`, encodeURIComponent(String(take(field)))),
    path,
  )
  const asked = new URLSearchParams(
    query.flatMap(({ name: field }) =>
      [take(field)]
        .flat()
        .filter((value) => value !== undefined)
        .map((value): [string, string] => [field, String(value)]),
    ),
  )
  return {
    name: `${method} ${path}`,
    method,
    url: `${options.apiUrl}${filled}${asked.size === 0 ? '' : `?${asked.toString()}`}`,
    headers: headersOf(options, path, body !== undefined, idempotencyKey),
    body: body === undefined ? undefined : JSON.stringify(rest),
    mayRepeat:
      method === 'GET' ||
      method === 'PUT' ||
      idempotencyKey !== undefined ||
      READING_POSTS.has(name),
  }
}

/** They change nothing, although they are sent with POST. */
const READING_POSTS: ReadonlySet<DojoOperationName> = new Set(['PaymentIntents_Search'])

/** A card and a terminal belong to the venue and not to who sold it the software. */
const WITHOUT_RESELLER = /^\/(payment-intents|terminal-sessions)/

function headersOf(
  { key, softwareHouseId, resellerId }: DojoClientOptions,
  path: string,
  hasBody: boolean,
  idempotencyKey: string | undefined,
): Record<string, string> {
  return {
    // Dojo takes the key as it is, although the scheme is named Basic.
    authorization: `Basic ${key}`,
    version: DOJO_API_VERSION,
    'software-house-id': softwareHouseId,
    ...(resellerId === undefined || WITHOUT_RESELLER.test(path)
      ? {}
      : { 'reseller-id': resellerId }),
    accept: 'application/json',
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  }
}

/** Answers after which the same may well succeed a little later. */
const COME_BACK: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])

/** Seconds, or a date. */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const text = [header].flat()[0]
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/**
 * Grows from attempt to attempt, at random in its upper half, so that many servers do not come back
 * at one moment.
 */
const backoffMs = (attempt: number): number =>
  (limits.dojoBackoffMs * 2 ** (attempt - 1) * (1 + Math.random())) / 2

/** Faults of making the connection: Dojo has not seen the request. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The code of a failure on the way, undefined for a fault of our own. */
function networkFault(error: unknown): string | undefined {
  if ((error as Error).name === 'TimeoutError') return 'UND_ERR_HEADERS_TIMEOUT'
  const code = (error as NodeJS.ErrnoException).code
  return typeof code !== 'string' || code === 'UND_ERR_INVALID_ARG' ? undefined : code
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Problem details, whose fields Dojo writes in either letter case. */
function problemOf(text: string, secrets: readonly string[]): Problem {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return {}
  const fields = Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]),
  )
  const line = (field: unknown): string | undefined => {
    if (typeof field !== 'string' || field.trim() === '') return undefined
    return secrets
      .reduce((text, secret) => text.replaceAll(secret, '(hidden)'), field)
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, limits.maxLoggedMessageCharacters)
  }
  return {
    title: line(fields['title']),
    detail: line(fields['detail']) ?? line(faultsOf(fields['errors'])),
    traceId: line(fields['traceid']),
  }
}

/** What is wrong with which field, where Dojo lists that instead of a detail. */
function faultsOf(errors: unknown): string | undefined {
  if (typeof errors !== 'object' || errors === null) return undefined
  return Object.entries(errors)
    .map(([field, faults]) => `${field}: ${[faults].flat().join(' ')}`)
    .join('; ')
}
