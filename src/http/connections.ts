// Connections that go wrong before there is a request, and connections when the server stops.
import { Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { noHost, type ErrorBody } from './errors.ts'
import { traceIdOf } from './trace-id.ts'

export interface Traffic {
  /** Requests that are not answered yet. */
  inFlight: number
  /** When the last one came or ended, of performance.now(). */
  lastMs: number
  /** Set before the app closes, when another process serves the clients from now on. */
  partsSlowly: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    traffic: Traffic
  }
}

interface Answer {
  status: string
  debugMessage: string
}

const CLIENT_ERRORS: Record<string, Answer> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    debugMessage: 'The request headers are larger than this server accepts.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    debugMessage: 'The request took too long to arrive.',
  },
}
const NOT_HTTP = { status: '400 Bad Request', debugMessage: 'The request is not valid HTTP.' }

/** Answers what Node could not read as a request, and ends the connection. */
export function answerClientError({ code }: { code?: string }, socket: Duplex): void {
  if (socket.writable) endWith(socket, CLIENT_ERRORS[code ?? ''] ?? NOT_HTTP)
}

const NO_TUNNELS = {
  status: '405 Method Not Allowed',
  debugMessage: 'CONNECT is not allowed: this server is no proxy.',
}
const UNKNOWN_EXPECTATION = {
  status: '417 Expectation Failed',
  debugMessage: 'The header Expect may only be 100-continue.',
}

/** Requests that Node by itself would answer without a body, or not at all. */
export function answerForNode({ server }: FastifyInstance): void {
  server.on('connect', (_request, socket) => {
    endWith(socket, NO_TUNNELS)
  })
  server.on('checkExpectation', ({ socket }) => {
    endWith(socket, UNKNOWN_EXPECTATION)
  })
}

/** By itself, Node would refuse it with an empty body. */
export function hostFault({ headers, raw }: FastifyRequest): Error | undefined {
  return headers.host === undefined && raw.httpVersion === '1.1' ? noHost() : undefined
}

function endWith(socket: Duplex, { status, debugMessage }: Answer): void {
  const body: ErrorBody = { errorType: 'InvalidRequest', debugMessage, traceId: traceIdOf() }
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `Trace-Id: ${body.traceId}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}

/**
 * A server that stops answers what is in flight with `connection: close`, then cuts the connections
 * that are left. Node alone would wait for connections that have not sent a request yet.
 */
export function endConnectionsOnClose(app: FastifyInstance): void {
  const traffic: Traffic = { inFlight: 0, lastMs: 0, partsSlowly: false }
  app.decorate('traffic', traffic)
  let stopping = false
  app.addHook('onRequest', (_request, { raw }, done) => {
    traffic.inFlight++
    traffic.lastMs = performance.now()
    // No hook reports a caller that left before its answer; this event does.
    raw.once('close', () => {
      traffic.inFlight--
      traffic.lastMs = performance.now()
    })
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', (done) => {
    stopping = true
    if (app.server.listening && !traffic.partsSlowly) {
      cutWhenIdle(app, () => traffic.inFlight === 0)
    }
    done()
  })
}

/**
 * Where another process accepts already, nobody has to be cut off: each client at work gets
 * `connection: close` with its next answer. To be added after every hook that ends streams, which
 * would never be quiet.
 */
export function partSlowlyOnClose(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    if (!app.traffic.partsSlowly) return
    // Only that: the method of http.Server cuts idle connections as well.
    NetServer.prototype.close.call(app.server)
    const longest = performance.now() + limits.workerQuietLongestMs
    while (!isQuiet(app.traffic) && performance.now() < longest) await wait(limits.closePollMs)
  })
}

function isQuiet({ inFlight, lastMs }: Traffic): boolean {
  return inFlight === 0 && performance.now() - lastMs > limits.workerQuietMs
}

function cutWhenIdle({ server }: FastifyInstance, isIdle: () => boolean): void {
  const cut = setInterval(() => {
    if (isIdle()) server.closeAllConnections()
  }, limits.closePollMs)
  cut.unref()
  server.once('close', () => {
    clearInterval(cut)
  })
}
