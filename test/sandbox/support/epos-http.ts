// HTTP of the EPOS in memory: credential, route, body, error. By hand on node:http, because it also
// serves a speed test.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { CapabilityName } from '../../../src/contract/capabilities.ts'
import { operations, type Operation } from '../../../src/contract/document.ts'
import { EposRefusal, invalid, isObject, notFound, UnknownOrder } from './epos-checks.ts'
import type { EposFault } from './epos-faults.ts'
import { lockHandlers } from './epos-locks.ts'
import { orderHandlers } from './epos-orders.ts'
import { paymentHandlers } from './epos-payments.ts'
import { withPlanted } from './epos-planted.ts'
import type { Epos, Handlers } from './epos-state.ts'
import { floorHandlers, partyHandlers, reservationHandlers } from './epos-visits.ts'

/** A request that reached an operation, whatever came of it. */
export interface SeenRequest {
  capability: CapabilityName
  headers: IncomingHttpHeaders
  /** Parsed where it is JSON, else its text; undefined where there is none. */
  body: unknown
  /** When it had arrived, in milliseconds since 1970. */
  at: number
}

export interface Service {
  epos: Epos
  username: string
  password: string
  capabilities: ReadonlySet<CapabilityName>
  seen: SeenRequest[]
  onRequest: ((request: SeenRequest) => void | Promise<void>) | undefined
}

const SEEN_AT_MOST = 1000
const SLOW_MS = 3000

type AnyHandler = (epos: Epos, input: object, deviceId: string | undefined) => unknown
const handlers: Handlers = {
  ...orderHandlers,
  ...paymentHandlers,
  ...lockHandlers,
  ...partyHandlers,
  ...reservationHandlers,
  ...floorHandlers,
}

export function createEposServer(service: Service): Server {
  const expected = `Basic ${Buffer.from(`${service.username}:${service.password}`).toString('base64')}`
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.method === 'GET' || request.method === 'DELETE') {
      void answer(service, expected, request, response, '')
      return
    }
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      void answer(service, expected, request, response, text)
    })
  })
}

async function answer(
  service: Service,
  expected: string,
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
): Promise<void> {
  const {
    epos: { faults },
  } = service
  try {
    const output = await perform(service, expected, request, text)
    const body =
      output === undefined
        ? ''
        : JSON.stringify(output, faults.has('amounts-in-pounds') ? inPounds : undefined)
    if (faults.has('slow')) await dawdle()
    send(response, 200, body)
  } catch (error) {
    if (faults.has('slow')) await dawdle()
    const refusal =
      error instanceof EposRefusal
        ? error
        : new EposRefusal('UnexpectedError', (error as Error).message)
    if (refusal.status === 401) {
      response.setHeader('www-authenticate', 'Basic realm="EPOS", charset="UTF-8"')
    }
    sendRefusal(faults, response, refusal)
  }
}

/** The work is done by then; only the answer is late. */
async function dawdle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, SLOW_MS).unref()
  })
}

async function perform(
  service: Service,
  expected: string,
  request: IncomingMessage,
  text: string,
): Promise<unknown> {
  const { epos, capabilities, seen, onRequest } = service
  const { headers } = request
  const path = request.url!.split('?', 1)[0]!
  const parts = path.split('/')
  const operation = routes.get(`${request.method} ${patternOf(parts)}`)
  const body = bodyOf(text)
  if (operation !== undefined) {
    seen.push({ capability: operation.name, headers, body, at: Date.now() })
    if (seen.length > SEEN_AT_MOST) seen.splice(0, seen.length - SEEN_AT_MOST)
  }
  if (headers.authorization !== expected && !isLetIn(service, headers.authorization)) {
    const status = epos.faults.has('unauthorized-is-403') ? 403 : 401
    throw new EposRefusal('InvalidRequest', 'The credential is missing or wrong.', status)
  }
  if (operation === undefined || !capabilities.has(operation.name)) {
    throw notFound(`There is nothing at ${request.method} ${path}.`)
  }
  if (onRequest !== undefined) await onRequest(seen.at(-1)!)
  const deviceId = headers['device-id']
  const input = { ...inputOf(epos.faults, operation, body), ...idsOf(operation, parts) }
  return await (withPlanted(epos, operation.name, handlers[operation.name]) as AnyHandler)(
    epos,
    input,
    typeof deviceId === 'string' ? deviceId : undefined,
  )
}

/** Whether a fault accepts a wrong credential. */
function isLetIn({ epos: { faults }, username, password }: Service, header = ''): boolean {
  const [, name, given] = /^([^:]*):(.*)$/.exec(
    Buffer.from(header.replace(/^Basic /, ''), 'base64').toString(),
  ) ?? ['', '', '']
  return (
    faults.has('open-door') ||
    (faults.has('empty-password-accepted') && name === username && given === '') ||
    (faults.has('username-ignored') && given === password) ||
    (faults.has('longer-password-accepted') && name === username && given!.startsWith(password))
  )
}

// --- routes: `/v1/<kind>/<id or search>/<part>/<id>`

const routes: ReadonlyMap<string, Operation> = new Map(
  operations.map((operation) => [
    `${operation.method} ${operation.path.replaceAll(/\{\w+\}/g, '*')}`,
    operation,
  ]),
)

const isId = (part: string, index: number): boolean =>
  index === 5 || (index === 3 && part !== 'search')
const patternOf = (parts: string[]): string =>
  parts.map((part, index) => (isId(part, index) ? '*' : part)).join('/')

function idsOf({ pathParameters }: Operation, parts: string[]): Record<string, string> {
  const ids: Record<string, string> = {}
  try {
    for (const [index, name] of pathParameters.entries()) {
      ids[name] = decodeURIComponent(parts[3 + 2 * index]!)
    }
  } catch {
    throw invalid('An id in the URL is not encoded as it should be.')
  }
  return ids
}

// --- bodies

function bodyOf(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function inputOf(
  faults: ReadonlySet<EposFault>,
  { body: schema }: Operation,
  body: unknown,
): object {
  if (schema === undefined) return {}
  if (isObject(body)) return body
  if (typeof body === 'string' && faults.has('bad-json-is-500')) {
    throw new Error('Unexpected token in JSON')
  }
  throw invalid('The request body must be a JSON object.')
}

const inPounds = (name: string, value: unknown): unknown =>
  name === 'value' && typeof value === 'number' ? value / 100 : value

// --- errors

let refusals = 0

function sendRefusal(
  faults: ReadonlySet<EposFault>,
  response: ServerResponse,
  refusal: EposRefusal,
): void {
  let { status, errorType } = refusal
  if (status === 401 && faults.has('unauthorized-without-body')) {
    send(response, status, '')
    return
  }
  if (refusal instanceof UnknownOrder && faults.has('unknown-order-is-empty-200')) {
    send(response, 200, '{}')
    return
  }
  if (refusal instanceof UnknownOrder && faults.has('unknown-order-is-500')) {
    ;[status, errorType] = [500, 'UnexpectedError']
  }
  if (status === 409 && faults.has('conflicts-are-400')) {
    ;[status, errorType] = [400, 'InvalidRequest']
  }
  if (faults.has('errors-are-200')) status = 200
  if (faults.has('errors-as-html')) {
    send(
      response,
      status,
      '<!doctype html><title>Error</title><h1>Something went wrong</h1>',
      'text/html; charset=utf-8',
    )
    return
  }
  const body = {
    errorType: faults.has('errors-without-type') ? undefined : errorType,
    debugMessage: refusal.message,
    traceId: `trace-${++refusals}`,
  }
  send(response, status, JSON.stringify(body))
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'application/json; charset=utf-8',
): void {
  const length = { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, body === '' ? length : { ...length, 'content-type': type }).end(body)
}
