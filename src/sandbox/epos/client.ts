// Dojo's side of the EPOS Data API: calls a server as Dojo does, measures it, and checks every
// answer against the contract.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import type { ValidateFunction } from 'ajv'
import { Pool } from 'undici'
import type { CapabilityName, Input, Output, Schemas } from '../../contract/capabilities.ts'
import { operations, type Operation } from '../../contract/document.ts'
import { compileComponent, compileSchema, describeFault } from '../../contract/validation.ts'
import { limits } from '../limits.ts'
import type { Faults } from '../kit/faults.ts'

/** Where an EPOS is, and how Dojo shows itself to it. */
export interface EposAddress {
  url: string
  username: string
  password: string
}

/** Who asks, in the four headers of the contract. */
export interface Caller {
  product: string
  deviceId?: string
  deviceType?: string
  waiterId?: string
}

/** One call and what came of it. */
export interface Exchange<Name extends CapabilityName = CapabilityName> {
  capability: Name
  method: string
  path: string
  sent: unknown
  /** Absent where no answer arrived. */
  status?: number
  /** The body, where it is JSON; otherwise its text. */
  received?: unknown
  milliseconds: number
  /** What the answer has wrong by the contract, a sentence each. */
  faults: string[]
  /** Why there is no answer. */
  noAnswer?: string
  /** The answer, where it is a success that fits the contract. */
  output?: Output<Name>
  /** The refusal, where it is one. */
  refusal?: Schemas['EPOSError']
}

export interface Epos {
  call: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller: Caller,
  ) => Promise<Exchange<Name>>
  close: () => Promise<void>
}

/** The product broke off before this call; whoever plays it must leave everything as it is. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export interface EposOptions {
  timeoutMs?: number
  faults?: Faults
  /** Hears of every call once it is over. */
  onExchange?: (exchange: Exchange) => void
}

const operationOf = Object.fromEntries(
  operations.map((operation) => [operation.name, operation]),
) as Record<CapabilityName, Operation>

export function createEpos(
  { url, username, password }: EposAddress,
  { timeoutMs = limits.eposTimeoutMs, faults, onExchange }: EposOptions = {},
): Epos {
  const base = new URL(url)
  const prefix = base.pathname.replace(/\/+$/, '')
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const pool = new Pool(base.origin, {
    connections: limits.eposConnections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: limits.maxEposAnswerBytes,
  })

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<Arrival> {
    const startedMs = performance.now()
    try {
      // In all: a server that sends a byte now and then is as slow as one that sends none.
      const signal = AbortSignal.timeout(timeoutMs)
      const {
        statusCode,
        headers: answered,
        body: stream,
      } = await pool.request({
        method: method as 'GET',
        path: prefix + path,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      })
      const text = await stream.text()
      return {
        status: statusCode,
        headers: answered,
        text,
        milliseconds: performance.now() - startedMs,
      }
    } catch (error) {
      return {
        noAnswer: reasonOf(error as NodeJS.ErrnoException),
        milliseconds: performance.now() - startedMs,
      }
    }
  }

  async function sendUnderFaults(
    name: CapabilityName,
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<Arrival> {
    if (faults === undefined) return await send(method, path, headers, body)
    if (faults.take('crash', name) !== undefined) {
      throw new Crash(`The product broke off before ${name}.`)
    }
    if (faults.take('reply-cut', name) !== undefined) {
      const startedMs = performance.now()
      await sendAndHangUp(new URL(base.origin + prefix + path), method, headers, body)
      return {
        noAnswer: 'the connection broke once the request was sent (a fault on demand)',
        milliseconds: performance.now() - startedMs,
      }
    }
    const twice = faults.take('sent-twice', name) !== undefined
    const arrivals = await Promise.all(
      Array.from({ length: twice ? 2 : 1 }, async () => await send(method, path, headers, body)),
    )
    const arrival = arrivals.at(-1)!
    if (faults.take('reply-lost', name) !== undefined) {
      return {
        noAnswer: 'the answer was lost on its way (a fault on demand)',
        milliseconds: arrival.milliseconds,
      }
    }
    const late = faults.take('reply-late', name)?.delayMs
    if (late === undefined) return arrival
    if (arrival.milliseconds + late > timeoutMs) {
      return {
        noAnswer: `no answer within ${timeoutMs} ms (a fault on demand)`,
        milliseconds: timeoutMs,
      }
    }
    await wait(late)
    return { ...arrival, milliseconds: arrival.milliseconds + late }
  }

  return {
    call: async (name, input, caller) => {
      const { method, path, sent } = requestOf(operationOf[name], input as Record<string, unknown>)
      const body = sent === undefined ? undefined : JSON.stringify(sent)
      const arrival = await sendUnderFaults(
        name,
        method,
        path,
        headersOf(caller, authorization, body !== undefined),
        body,
      )
      const exchange = readAnswer(
        name,
        { capability: name, method, path, sent, milliseconds: arrival.milliseconds, faults: [] },
        arrival,
      )
      onExchange?.(exchange)
      return exchange
    },
    close: async () => {
      await pool.destroy()
    },
  }
}

type Arrival = { milliseconds: number } & (
  | {
      status: number
      headers: Record<string, string | string[] | undefined>
      text: string
      noAnswer?: undefined
    }
  | { noAnswer: string }
)

function requestOf(
  { method, path, pathParameters, body }: Operation,
  input: Record<string, unknown>,
): { method: string; path: string; sent: unknown } {
  const rest = { ...input }
  const filled = pathParameters.reduce((text, name) => {
    const value = String(rest[name])
    delete rest[name]
    return text.replace(`{${name}}`, encodeURIComponent(value))
  }, path)
  return { method, path: filled, sent: body === undefined ? undefined : rest }
}

function headersOf(
  { product, deviceId, deviceType, waiterId }: Caller,
  authorization: string,
  hasBody: boolean,
): Record<string, string> {
  return {
    authorization,
    accept: 'application/json',
    'dojo-requesting-product': product,
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(deviceId === undefined ? {} : { 'device-id': deviceId }),
    ...(deviceType === undefined ? {} : { 'device-type': deviceType }),
    ...(waiterId === undefined ? {} : { 'waiter-id': waiterId }),
  }
}

/** Ends the connection once the request is with the network; the server may still act on it. */
async function sendAndHangUp(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      headers,
      agent: false,
    })
    request.on('error', () => {
      resolve()
    })
    request.on('close', () => {
      resolve()
    })
    request.end(body, () => {
      request.destroy()
    })
  })
}

export const NOBODY_LISTENS = 'nobody listens there'
const NOT_IN_TIME = 'no answer in time'

const REASONS: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
  UND_ERR_HEADERS_TIMEOUT: NOT_IN_TIME,
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half way',
  UND_ERR_SOCKET: 'the connection broke off',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer was far too large',
  ECONNREFUSED: NOBODY_LISTENS,
  EPROTO: 'it does not speak TLS at that port',
  ECONNRESET: 'the connection broke off',
  ENOTFOUND: 'the host name is unknown',
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error
  if (inner.name === 'TimeoutError') return NOT_IN_TIME
  return (
    REASONS[inner.code ?? ''] ??
    (inner.code?.startsWith('ERR_SSL') === true ? REASONS['EPROTO']! : inner.message)
  )
}

// --- reading an answer

interface Check {
  check: ValidateFunction | undefined
}

const checks = new Map<CapabilityName, Check>()
let checkRefusal: ValidateFunction | undefined

function checkOf(name: CapabilityName): ValidateFunction | undefined {
  let known = checks.get(name)
  if (known === undefined) {
    const { answer } = operationOf[name]
    known = { check: answer === undefined ? undefined : compileSchema(answer) }
    checks.set(name, known)
  }
  return known.check
}

const TYPE_OF_STATUS: Record<number, Schemas['EPOSErrorType']> = {
  400: 'InvalidRequest',
  404: 'NotFound',
  409: 'Conflict',
}

function readAnswer<Name extends CapabilityName>(
  name: Name,
  exchange: Exchange<Name>,
  arrival: Arrival,
): Exchange<Name> {
  if (arrival.noAnswer !== undefined) return { ...exchange, noAnswer: arrival.noAnswer }
  const { status, headers, text } = arrival
  const contentType = String(headers['content-type'] ?? '')
  const received = parsed(text)
  const read: Exchange<Name> = { ...exchange, status, received: received ?? text }
  if (status === 200) {
    const check = checkOf(name)
    if (check === undefined) return { ...read, output: undefined as Output<Name> }
    if (received === undefined) return { ...read, faults: [unreadable(text, headers)] }
    if (!/^application\/json\b/i.test(contentType)) {
      read.faults.push(
        `The answer is sent as ${contentType === '' ? 'nothing' : contentType}, not as application/json.`,
      )
    }
    if (!check(received)) {
      read.faults.push(describeFault(check.errors).replace('The request body', 'The answer'))
    } else read.output = received as Output<Name>
    return read
  }
  if (status >= 300 && status < 400) {
    return {
      ...read,
      faults: [
        `The answer is ${status}, a redirection${headers['location'] === undefined ? '' : ` to ${String(headers['location'])}`}: Dojo calls the address that is registered and follows none.`,
      ],
    }
  }
  if (status < 400) {
    return {
      ...read,
      faults: [`The answer has the status ${status}; the contract knows 200, and errors.`],
    }
  }
  checkRefusal ??= compileComponent('EPOSError')
  // Frameworks answer 401 by themselves, often without a body; Dojo reads nothing from it.
  if (status === 401) return read
  if (!checkRefusal(received)) {
    return {
      ...read,
      faults: [
        `The error of status ${status} has no body as the contract wants it: ${describeFault(checkRefusal.errors).replace('The request body', 'it')}`,
      ],
    }
  }
  read.refusal = received as Schemas['EPOSError']
  const expected = TYPE_OF_STATUS[status] ?? (status >= 500 ? 'UnexpectedError' : undefined)
  if (expected !== undefined && read.refusal.errorType !== expected) {
    read.faults.push(
      `The status ${status} comes with the errorType ${read.refusal.errorType}; it goes with ${expected}.`,
    )
  }
  return read
}

function unreadable(text: string, headers: Record<string, string | string[] | undefined>): string {
  if (headers['content-encoding'] !== undefined) {
    return `The answer is encoded as ${String(headers['content-encoding'])}, which nobody asked for.`
  }
  if (text === '') return 'The answer has no body.'
  return /^\s*</.test(text)
    ? 'The answer is HTML and not JSON: is the url of the registration the base of the EPOS Data API?'
    : 'The answer is not JSON.'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A call in one line, as `POST /v1/orders/ord_1/record-payment answered 409 Conflict: ...`. */
export function spoken({ method, path, status, refusal, noAnswer, faults }: Exchange): string {
  const came =
    noAnswer === undefined
      ? `answered ${status}${refusal === undefined ? '' : ` ${refusal.errorType}${refusal.debugMessage === undefined ? '' : `: ${refusal.debugMessage}`}`}`
      : `got no answer: ${noAnswer}`
  return [`${method} ${path} ${came}`, ...faults].join(' ')
}
