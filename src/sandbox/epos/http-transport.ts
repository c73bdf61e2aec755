// HTTP to an EPOS: what is sent, what arrives, and why nothing does.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Pool } from 'undici'
import type { CapabilityName } from '../../contract/capabilities.ts'
import { operations, type Operation } from '../../contract/document.ts'
import { limits } from '../limits.ts'
import { TIMED_OUT, type Arrival, type Caller, type EposCall, type Transport } from './transport.ts'

export interface EposAddress {
  url: string
  username: string
  password: string
}

interface HttpRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}

export function createHttpTransport(
  { url, username, password }: EposAddress,
  timeoutMs: number = limits.eposTimeoutMs,
): Transport {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const base = new URL(url)
  const prefix = base.pathname.replace(/\/+$/, '')
  const pool = new Pool(base.origin, {
    connections: limits.eposConnections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: limits.maxEposAnswerBytes,
  })
  return {
    prepare: (call) => {
      const { sent, ...request } = requestOf(call, { ...headersOf(call.caller), authorization })
      return {
        transport: 'rest',
        method: request.method,
        path: request.path,
        sent,
        send: async () => await send(pool, prefix, request, timeoutMs),
        sendAndHangUp: async () => {
          await sendAndHangUp(new URL(base.origin + prefix + request.path), request)
        },
      }
    },
    close: async () => {
      await pool.destroy()
    },
  }
}

const operationOf = Object.fromEntries(
  operations.map((operation) => [operation.name, operation]),
) as Record<CapabilityName, Operation>

function requestOf(
  { name, input }: EposCall,
  headers: Record<string, string>,
): HttpRequest & { sent: unknown } {
  const { method, path: template, pathParameters, body } = operationOf[name]
  const sent = { ...input }
  let path = template
  for (const parameter of pathParameters) {
    path = path.replace(`{${parameter}}`, encodeURIComponent(String(sent[parameter])))
    delete sent[parameter]
  }
  if (body === undefined) return { method, path, headers, body: undefined, sent: undefined }
  return {
    method,
    path,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(sent),
    sent,
  }
}

/** The four headers of the contract, and what is accepted. */
export function headersOf({
  product,
  deviceId,
  deviceType,
  waiterId,
}: Caller): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'dojo-requesting-product': product,
  }
  if (deviceId !== undefined) headers['device-id'] = deviceId
  if (deviceType !== undefined) headers['device-type'] = deviceType
  if (waiterId !== undefined) headers['waiter-id'] = waiterId
  return headers
}

async function send(
  pool: Pool,
  prefix: string,
  { method, path, headers, body }: HttpRequest,
  timeoutMs: number,
): Promise<Arrival> {
  const startedMs = performance.now()
  try {
    const answer = await pool.request({
      method: method as 'GET',
      path: prefix + path,
      headers,
      // For the whole call: a server that trickles bytes is as slow as a silent one.
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.body.text()
    const { statusCode: status, headers: received } = answer
    return { status, headers: received, text, milliseconds: performance.now() - startedMs }
  } catch (error) {
    return {
      noAnswer: reasonOf(error as NodeJS.ErrnoException),
      milliseconds: performance.now() - startedMs,
    }
  }
}

async function sendAndHangUp(url: URL, { method, headers, body }: HttpRequest): Promise<void> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  await new Promise<void>((resolve) => {
    const request = start(url, { method, headers, agent: false })
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

// --- why no answer arrived

export const CONNECTION_REFUSED = 'connection refused; nothing listens there'
const BROKEN = 'the connection broke'
const NOT_TLS = 'that port does not speak TLS'

const REASONS: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
  UND_ERR_HEADERS_TIMEOUT: TIMED_OUT,
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half way',
  UND_ERR_SOCKET: BROKEN,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: `the answer is larger than ${limits.maxEposAnswerBytes} bytes`,
  ECONNREFUSED: CONNECTION_REFUSED,
  ECONNRESET: BROKEN,
  ENOTFOUND: 'unknown host name',
  EPROTO: NOT_TLS,
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error
  if (inner.name === 'TimeoutError') return TIMED_OUT
  if (inner.code?.startsWith('ERR_SSL') === true) return NOT_TLS
  return REASONS[inner.code ?? ''] ?? inner.message
}
