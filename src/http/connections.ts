// Connections that go wrong before there is a request, and connections when the server stops.
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { noHost, type ErrorBody } from './errors.ts'
import { traceIdOf } from './trace-id.ts'

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
  let inFlight = 0
  let stopping = false
  app.addHook('onRequest', (_request, { raw }, done) => {
    inFlight++
    // No hook reports a caller that left before its answer; this event does.
    raw.once('close', () => {
      inFlight--
    })
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', (done) => {
    stopping = true
    if (app.server.listening) cutWhenIdle(app, () => inFlight === 0)
    done()
  })
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
