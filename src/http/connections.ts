// Connections that go wrong before there is a request, and connections when the server stops.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { limits } from '../limits.ts'
import type { ErrorBody } from './errors.ts'
import { traceIdOf } from './trace-id.ts'

const CLIENT_ERRORS: Record<string, { status: string; debugMessage: string }> = {
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
export function answerClientError({ code }: { code?: string }, socket: Socket): void {
  if (!socket.writable) return
  const { status, debugMessage } = CLIENT_ERRORS[code ?? ''] ?? NOT_HTTP
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
