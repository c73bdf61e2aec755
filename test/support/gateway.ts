// Dojo's gateway on loopback: venues connect to it, and a test asks through their sockets. What it
// does to a connection is what gateways and networks do.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'
import { WebSocketServer, type WebSocket } from 'ws'
import type { CapabilityName, Input } from '../../src/contract/capabilities.ts'
import {
  methodOf,
  paramsFor,
  type RequestHeaders,
  type SocketResponse,
} from '../../src/contract/socket.ts'

export interface Line {
  headers: IncomingHttpHeaders
  /** The Dojo key that it came with. */
  key: string
  webSocket: WebSocket
  /** Whether it answers pings. */
  pongs: boolean
  /** What the venue sent, in its order. */
  received: SocketResponse[]
  /** Asks for a capability, and resolves to the answer with the same id. */
  ask: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    more?: { headers?: RequestHeaders; id?: string },
  ) => Promise<SocketResponse>
  /** Sends a message as it is, and resolves to the next one that comes back. */
  say: (text: string | Buffer) => Promise<SocketResponse>
  /** Resolves with the code once it is closed. */
  closed: Promise<number>
  /** Stops reading and writing, and leaves the connection open: a hole in the network. */
  freeze: () => void
  thaw: () => void
}

export interface Gateway {
  url: string
  lines: Line[]
  /** When each connection came, by `performance.now()`, and when those came that were accepted. */
  connectedAtMs: number[]
  openedAtMs: number[]
  /** Refuses handshakes with this status from now on; undefined to accept them. */
  refuseWith: (status: number | undefined, headers?: Record<string, string>) => void
  /** The newest open line of a key, or of anyone; waits for one. */
  line: (key?: string) => Promise<Line>
  /** Resolves to the next line that opens. */
  nextLine: () => Promise<Line>
  /** Accepts TCP connections, but answers no handshake. */
  hold: (isHeld: boolean) => void
}

export async function startGateway(t: Test): Promise<Gateway> {
  const server = createServer()
  const lines: Line[] = []
  const connectedAtMs: number[] = []
  const openedAtMs: number[] = []
  const waiting = new Set<(line: Line) => void>()
  const manners: Manners = { refusal: undefined, isHeld: false }
  const sockets = accept(server, manners, {
    onConnect: () => connectedAtMs.push(performance.now()),
    onLine: (line) => {
      openedAtMs.push(performance.now())
      lines.push(line)
      for (const hear of [...waiting]) hear(line)
    },
  })
  await listen(server)
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const nextLine = async (): Promise<Line> => {
    const { promise, resolve } = Promise.withResolvers<Line>()
    waiting.add(resolve)
    const line = await promise
    waiting.delete(resolve)
    return line
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/epos`,
    lines,
    connectedAtMs,
    openedAtMs,
    nextLine,
    line: async (key) => {
      const isWanted = (line: Line): boolean =>
        (key === undefined || line.key === key) && line.webSocket.readyState === 1
      let line = lines.findLast(isWanted)
      while (line === undefined) {
        const next = await nextLine()
        if (isWanted(next)) line = next
      }
      return line
    },
    refuseWith: (status, headers = {}) => {
      manners.refusal = status === undefined ? undefined : { status, headers }
    },
    hold: (held) => {
      manners.isHeld = held
    },
  }
}

interface Manners {
  refusal: { status: number; headers: Record<string, string> } | undefined
  isHeld: boolean
}

/** @returns the TCP sockets of all who came */
function accept(
  server: Server,
  manners: Manners,
  { onConnect, onLine }: { onConnect: () => void; onLine: (line: Line) => void },
): Set<Socket> {
  const acceptor = new WebSocketServer({
    noServer: true,
    autoPong: false,
    maxPayload: 64 * 1024 * 1024,
  })
  const sockets = new Set<Socket>()
  server.on('upgrade', (request, socket: Socket, head) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnect()
    const { refusal, isHeld } = manners
    if (isHeld) return
    if (refusal !== undefined) {
      const headers = Object.entries(refusal.headers).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      )
      socket.end(`HTTP/1.1 ${refusal.status} No\r\n${headers.join('')}content-length: 0\r\n\r\n`)
      return
    }
    acceptor.handleUpgrade(request, socket, head, (webSocket) => {
      onLine(lineOf(webSocket, socket, request.headers))
    })
  })
  return sockets
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
}

function lineOf(webSocket: WebSocket, socket: Socket, headers: IncomingHttpHeaders): Line {
  const received: SocketResponse[] = []
  const asked = new Map<string, (answer: SocketResponse) => void>()
  const listening: Array<(answer: SocketResponse) => void> = []
  webSocket.on('error', () => {})
  webSocket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as SocketResponse
    received.push(answer)
    const hear = asked.get(String(answer.id)) ?? listening.shift()
    asked.delete(String(answer.id))
    hear?.(answer)
  })
  webSocket.on('ping', (data) => {
    if (line.pongs) webSocket.pong(data)
  })
  const line: Line = {
    headers,
    pongs: true,
    key: headers.authorization?.replace('Basic ', '') ?? '',
    webSocket,
    received,
    ask: async (name, input, { headers: from = {}, id = randomUUID() } = {}) => {
      const params = paramsFor(name, input, from)
      const { promise, resolve } = Promise.withResolvers<SocketResponse>()
      asked.set(id, resolve)
      webSocket.send(JSON.stringify({ jsonrpc: '2.0', id, method: methodOf(name), params }))
      return await promise
    },
    say: async (text) => {
      const { promise, resolve } = Promise.withResolvers<SocketResponse>()
      listening.push(resolve)
      webSocket.send(text)
      return await promise
    },
    closed: new Promise((resolve) => {
      webSocket.on('close', resolve)
    }),
    freeze: () => {
      socket.pause()
      socket.cork()
    },
    thaw: () => {
      socket.uncork()
      socket.resume()
    },
  }
  return line
}
