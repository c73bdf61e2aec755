// HTTP to an EPOS: what was sent, what arrived, and why nothing did.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Pool } from 'undici'
import { limits } from '../limits.ts'

export interface HttpRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}

export type Arrival = { milliseconds: number } & (
  | {
      status: number
      headers: Record<string, string | string[] | undefined>
      text: string
      noAnswer?: undefined
    }
  | { noAnswer: string }
)

export interface Transport {
  send: (request: HttpRequest) => Promise<Arrival>
  /** Closes the connection as soon as the request is out; the server may still act on it. */
  sendAndHangUp: (request: HttpRequest) => Promise<void>
  close: () => Promise<void>
}

export function createTransport(baseUrl: string, timeoutMs: number): Transport {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/+$/, '')
  const pool = new Pool(base.origin, {
    connections: limits.eposConnections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: limits.maxEposAnswerBytes,
  })
  return {
    send: async (request) => await send(pool, prefix, request, timeoutMs),
    sendAndHangUp: async (request) => {
      await sendAndHangUp(new URL(base.origin + prefix + request.path), request)
    },
    close: async () => {
      await pool.destroy()
    },
  }
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
const TIMED_OUT = 'no answer in time'
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
