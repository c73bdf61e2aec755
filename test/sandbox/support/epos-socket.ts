// An EPOS that connects over a WebSocket: it carries out what it is asked at the EPOS in memory. It
// is correct unless a fault is switched on.
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { operations } from '../../../src/contract/document.ts'
import { capabilityOf, inputIn, rpcCodes } from '../../../src/contract/socket.ts'
import type { InMemoryEpos } from './epos.ts'

export const socketFaults = [
  'pongs-missing',
  /** Opens another connection as soon as one is open, and keeps both. */
  'second-connection',
  /** Two answers that are ready together go out under each other's ids. */
  'answers-swapped',
  'id-as-number',
  'jsonrpc-missing',
  /** An error has a code and a message, and no errorType. */
  'errors-of-json-rpc',
  /** Connects again, but late. */
  'late-after-close',
  'late-after-cut',
  /** Answers on its first connection only. */
  'deaf-after-reconnect',
  /** Connects again at once, and answers late on what it has opened then. */
  'slow-after-reconnect',
  /** What comes again under the same id. */
  'repetition-refused',
  'repetition-unanswered',
  /** Carries it out as if it was new. */
  'repetition-carried-out',
  'repetition-carried-out-after-reconnect',
  'repetition-carried-out-at-once',
  'never-pings',
  /** Pings, and does not miss the pongs. */
  'half-open-unnoticed',
] as const

export type SocketFault = (typeof socketFaults)[number]

export interface SocketEposOptions {
  url: string
  key: string
  faults?: readonly SocketFault[]
  /** How late a late reconnect is, and a late answer after one. */
  lateMs?: number
}

export interface SocketEpos {
  /** How often it has connected. */
  opened: () => number
  /** The codes with which its connections ended, oldest first. */
  closeCodes: number[]
  /** The HTTP statuses with which its handshakes were refused. */
  refusals: number[]
  close: () => void
}

const BACKOFF_MS = 10
const PING_MS = 100
const PONG_MS = 300
const CUT = 1006

interface Rpc {
  id: string
  method: string
  params: Record<string, unknown> & { headers: Record<string, string | undefined> }
}

export function connectEpos(
  epos: Pick<InMemoryEpos, 'url' | 'username' | 'password'>,
  { url, key, faults = [], lateMs = 1500 }: SocketEposOptions,
): SocketEpos {
  const has = (fault: SocketFault): boolean => faults.includes(fault)
  const carryOut = createRepetitions(epos, has)
  const closeCodes: number[] = []
  const refusals: number[] = []
  const open = new Set<WebSocket>()
  const timers = new Set<NodeJS.Timeout>()
  let opened = 0
  let isOver = false
  const isSlow = (): boolean => has('slow-after-reconnect') && opened > 1
  const later = (milliseconds: number): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      connect()
    }, milliseconds)
    timers.add(timer)
  }
  const connect = (): void => {
    const socket = new WebSocket(url, {
      headers: { authorization: `Basic ${key}`, 'software-house-id': 'my-place' },
      autoPong: !has('pongs-missing'),
    })
    open.add(socket)
    socket.on('open', () => {
      opened++
      const isDeaf = has('deaf-after-reconnect') && opened > 1
      const slowUntilMs = isSlow() ? performance.now() + lateMs : 0
      if (!isDeaf) serve(socket, carryOut, { has, slowUntilMs })
      if (!has('never-pings')) keepAlive(socket, has('half-open-unnoticed'))
      if (has('second-connection') && open.size === 1) connect()
    })
    socket.on('unexpected-response', (_request, response) => {
      refusals.push(response.statusCode!)
      socket.terminate()
    })
    socket.on('error', () => {})
    socket.on('close', (code) => {
      open.delete(socket)
      closeCodes.push(code)
      if (isOver) return
      const isLate = has(code === CUT ? 'late-after-cut' : 'late-after-close')
      later(isLate ? lateMs : BACKOFF_MS)
    })
  }
  connect()
  return {
    opened: () => opened,
    closeCodes,
    refusals,
    close: () => {
      isOver = true
      for (const timer of timers) clearTimeout(timer)
      for (const socket of open) socket.terminate()
    },
  }
}

type CarryOut = (request: Rpc, socket: WebSocket) => Promise<object | undefined>
type Has = (fault: SocketFault) => boolean

function serve(
  socket: WebSocket,
  carryOut: CarryOut,
  { has, slowUntilMs }: { has: Has; slowUntilMs: number },
): void {
  const answer = async (request: Rpc): Promise<object | undefined> => {
    const outcome = await carryOut(request, socket)
    const slowMs = slowUntilMs - performance.now()
    if (slowMs > 0) await wait(slowMs)
    return outcome
  }
  const send = (message: object): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }
  let held: { id: string } | undefined
  let inFlight = 0
  socket.on('message', (data) => {
    const request = JSON.parse((data as Buffer).toString()) as Rpc
    inFlight++
    void answer(request).then((outcome) => {
      inFlight--
      if (outcome === undefined) return
      const id = has('id-as-number') ? Number.parseInt(request.id, 16) || 0 : request.id
      const jsonrpc = has('jsonrpc-missing') ? undefined : '2.0'
      const message = { jsonrpc, id, ...outcome } as { id: string }
      if (!has('answers-swapped')) {
        send(message)
        return
      }
      if (held === undefined && inFlight > 0) {
        held = message
        return
      }
      if (held !== undefined) {
        send({ ...held, id: message.id })
        send({ ...message, id: held.id })
        held = undefined
      } else send(message)
    })
  })
}

function keepAlive(socket: WebSocket, isBlind: boolean): void {
  let answeredMs = performance.now()
  socket.on('pong', () => {
    answeredMs = performance.now()
  })
  const pinger = setInterval(() => {
    if (!isBlind && performance.now() - answeredMs > PING_MS + PONG_MS) socket.terminate()
    else socket.ping()
  }, PING_MS)
  socket.on('close', () => {
    clearInterval(pinger)
  })
}

/** The EPOS in memory knows a payment by its intent; these faults spoil that. */
function createRepetitions(epos: Parameters<typeof connectEpos>[0], has: Has): CarryOut {
  const seen = new Map<string, WebSocket>()
  const inFlight = new Set<string>()
  let copies = 0
  return async (request, socket) => {
    const { id, params } = request
    const earlier = seen.get(id)
    seen.set(id, socket)
    const isAtOnce = inFlight.has(id)
    inFlight.add(id)
    try {
      if (earlier === undefined) return await ask(epos, request, has)
      if (has('repetition-unanswered')) return undefined
      if (has('repetition-refused')) return { error: { errorType: 'Conflict' } }
      const isNew =
        has('repetition-carried-out') ||
        (has('repetition-carried-out-after-reconnect') && earlier !== socket) ||
        (has('repetition-carried-out-at-once') && isAtOnce)
      const again = isNew
        ? { ...params, paymentIntentId: `${String(params['paymentIntentId'])}_${++copies}` }
        : params
      return await ask(epos, { ...request, params: again }, has)
    } finally {
      inFlight.delete(id)
    }
  }
}

async function ask(
  { url, username, password }: Parameters<typeof connectEpos>[0],
  { method, params }: Rpc,
  has: Has,
): Promise<object> {
  const name = capabilityOf(method)!
  const { waiterId, dojoRequestingProduct, deviceId, deviceType } = params.headers
  const input = inputIn(name, params) as Record<string, unknown>
  const operation = operations.find((each) => each.name === name)!
  let path = operation.path
  for (const parameter of operation.pathParameters) {
    path = path.replace(`{${parameter}}`, encodeURIComponent(String(input[parameter])))
    delete input[parameter]
  }
  const headers: Record<string, string | undefined> = {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'waiter-id': waiterId,
    'dojo-requesting-product': dojoRequestingProduct,
    'device-id': deviceId,
    'device-type': deviceType,
    'content-type': operation.body && 'application/json',
  }
  const response = await fetch(url + path, {
    method: operation.method,
    headers: Object.fromEntries(
      Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    body: operation.body === undefined ? null : JSON.stringify(input),
  })
  const text = await response.text()
  const body = text === '' ? undefined : (JSON.parse(text) as never)
  if (response.ok) return { result: withSocketNames(text) }
  const { debugMessage = 'refused' } = body as unknown as { debugMessage?: string }
  return has('errors-of-json-rpc')
    ? { error: { code: rpcCodes.invalidRequest, message: debugMessage } }
    : { error: body }
}

/** An answer as an EPOS gives it that knows the names of the contract for WebSockets only. */
function withSocketNames(restBody: string): unknown {
  if (restBody === '') return {}
  return JSON.parse(
    restBody.replaceAll('"showQr":', '"showQR":').replaceAll('"showUrl":', '"showURL":'),
  )
}
