// wss://.../epos: the WebSocket to which an EPOS connects, so that Dojo can call it.
import { randomUUID } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { keyOf } from '../api/key.ts'
import { COUNTER_PATH, type CounterGateway } from '../counter-socket/gateway.ts'
import { badRequest, Problem, problemBody } from '../dojo/problem.ts'
import type { Account } from '../dojo/state.ts'
import type { Faults } from '../kit/faults.ts'
import { limits } from '../limits.ts'
import { defaultTimes, GOING_AWAY, type SocketTimes } from './connection.ts'
import { createLine, type Line } from './line.ts'

export const GATEWAY_PATH = '/epos'

export interface Gateway {
  /** Takes the upgrades that come to this server. */
  serve: (server: Server) => void
  lineOf: (account: Account) => Line
  /** Closes every connection with 1001. */
  end: () => void
}

export interface GatewayOptions {
  /** @throws Problem 429 */
  account: (key: string) => Account
  faultsOf: (account: Account) => Faults
  log: (account: Account, text: string) => void
  /** Takes what comes to its path. */
  counter: CounterGateway
  times?: Partial<SocketTimes>
}

export function createGateway(options: GatewayOptions): Gateway {
  const { account, faultsOf, log, counter, times } = options
  const lines = new Map<string, Line>()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxEposAnswerBytes,
    perMessageDeflate: false,
  })
  const lineOf = (owner: Account): Line => {
    const known = lines.get(owner.key)
    if (known !== undefined) return known
    const line = createLine({
      times: { ...defaultTimes, ...times },
      faults: faultsOf(owner),
      log: (text) => {
        log(owner, text)
      },
    })
    lines.set(owner.key, line)
    return line
  }
  return {
    lineOf,
    serve: (server) => {
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        try {
          if (pathOf(request) === COUNTER_PATH) {
            const accept = counter.admit(request)
            sockets.handleUpgrade(request, socket, head, accept)
            return
          }
          const owner = account(keyOf(request.headers))
          const softwareHouseId = admitted(request, lineOf(owner), faultsOf(owner))
          sockets.handleUpgrade(request, socket, head, (webSocket) => {
            lineOf(owner).accept(webSocket, softwareHouseId)
          })
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          refuse(socket, error, request.url ?? '')
        }
      })
    },
    end: () => {
      for (const line of lines.values()) line.end(GOING_AWAY)
      counter.end()
    },
  }
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?')[0]!

/** @throws Problem */
function admitted(request: IncomingMessage, line: Line, faults: Faults): string {
  const { url = '', headers } = request
  if (pathOf(request) !== GATEWAY_PATH) {
    throw new Problem(
      404,
      `There is no WebSocket at ${url}; connect to ${GATEWAY_PATH}, or to ${COUNTER_PATH} for card ` +
        'machines.',
    )
  }
  const softwareHouseId = headers['software-house-id']
  if (typeof softwareHouseId !== 'string' || softwareHouseId === '') {
    throw badRequest('The header `software-house-id` is missing.', {
      'software-house-id': ['is required'],
    })
  }
  const refused = faults.take('socket-refused', 'Socket')
  if (refused !== undefined) {
    throw new Problem(refused.code ?? 503, 'The WebSocket is refused (injected fault).')
  }
  if (line.isRefusing()) throw new Problem(503, 'The gateway restarts. Connect again in a moment.')
  if (line.connections().length >= limits.maxSocketConnections) {
    throw new Problem(
      429,
      `This key already has ${limits.maxSocketConnections} WebSockets. One is enough: ` +
        'only the newest gets the calls.',
    )
  }
  return softwareHouseId
}

/** The handshake has failed, so the answer is plain HTTP. */
function refuse(socket: Duplex, problem: Problem, url: string): void {
  const body = JSON.stringify(problemBody(problem, randomUUID(), url))
  socket.on('error', () => {})
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
      'Connection: close',
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
