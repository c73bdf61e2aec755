// One WebSocket that an EPOS has opened: its pings, what arrives on it, and its end.
import type { RawData, WebSocket } from 'ws'
import { limits } from '../limits.ts'

/** How long the gateway waits for what. Tests wait less. */
export interface SocketTimes {
  /** Between two pings of the gateway. */
  pingMs: number
  /** For the pong to a ping. */
  pongMs: number
  /** An EPOS that sends nothing else pings at least this often. */
  keepaliveMs: number
  /** For an EPOS to connect again. */
  reconnectMs: number
}

export const defaultTimes: SocketTimes = {
  pingMs: limits.socketPingMs,
  pongMs: limits.socketPongMs,
  keepaliveMs: limits.socketKeepaliveMs,
  reconnectMs: limits.socketReconnectMs,
}

/** Not a close frame: the TCP connection is destroyed. The protocol keeps this code for that. */
export const CUT = 1006
/** A close frame without a code. */
const NO_CODE = 1005
export const GOING_AWAY = 1001
export const SERVICE_RESTART = 1012

export interface Connection {
  /** 1 for the first connection of the account. */
  number: number
  /** By `performance.now()`. */
  openedMs: number
  isOpen: () => boolean
  /** Whether the gateway has stopped reading. */
  isFrozen: () => boolean
  send: (text: string) => void
  /** Resolves to the milliseconds until the pong; to undefined when none comes in time. */
  ping: (withinMs: number) => Promise<number | undefined>
  /** How long the EPOS has sent nothing, in milliseconds. */
  quietMs: () => number
  /** Resolves to true with the next ping of the EPOS, and to false when none comes in time. */
  nextPing: (withinMs: number) => Promise<boolean>
  /** Nothing that arrives afterwards is read. `CUT` destroys the TCP connection. */
  close: (code: number) => void
  /** Stops reading: the connection stays open, and nothing comes of what the EPOS sends. */
  freeze: () => void
}

export interface ConnectionEvents {
  onMessage: (text: string) => void
  /** Called once, as soon as nothing can be sent any more. */
  onEnd: (why: string) => void
}

export function openConnection(
  socket: WebSocket,
  { number, times, onMessage, onEnd }: { number: number; times: SocketTimes } & ConnectionEvents,
): Connection {
  let isOpen = true
  let isFrozen = false
  let lastFrameMs = performance.now()
  const end = (why: string): void => {
    if (!isOpen) return
    isOpen = false
    clearInterval(pinger)
    onEnd(why)
  }
  const close = (code: number): void => {
    if (!isOpen) return
    end(`closed by the gateway with ${code}`)
    closeSocket(socket, code)
  }
  const pinger = setInterval(() => {
    if (isFrozen) return
    void ping(socket, times.pongMs).then((milliseconds) => {
      if (milliseconds !== undefined || !isOpen || isFrozen) return
      end(`no pong within ${times.pongMs} ms`)
      socket.terminate()
    })
  }, times.pingMs).unref()
  const onFrame = (): void => {
    lastFrameMs = performance.now()
  }
  socket.on('ping', onFrame)
  socket.on('pong', onFrame)
  socket.on('message', (data, isBinary) => {
    onFrame()
    // What had arrived already may still come out of a frozen connection when it ends.
    if (isOpen && !isFrozen) onMessage(isBinary ? '' : textOf(data))
  })
  socket.on('close', (code, reason) => {
    end(`closed by the EPOS with ${code}${reason.length === 0 ? '' : ` ${reason.toString()}`}`)
  })
  // A protocol error closes the socket, and `close` says so.
  socket.on('error', () => {})
  return {
    number,
    openedMs: performance.now(),
    isOpen: () => isOpen,
    isFrozen: () => isFrozen,
    send: (text) => {
      if (isOpen && !isFrozen) socket.send(text)
    },
    ping: async (withinMs) => await ping(socket, withinMs),
    quietMs: () => performance.now() - lastFrameMs,
    nextPing: async (withinMs) => await nextEvent(socket, 'ping', withinMs),
    close,
    freeze: () => {
      isFrozen = true
      socket.pause()
    },
  }
}

async function ping(socket: WebSocket, withinMs: number): Promise<number | undefined> {
  const startedMs = performance.now()
  socket.ping()
  const isAnswered = await nextEvent(socket, 'pong', withinMs)
  return isAnswered ? performance.now() - startedMs : undefined
}

function closeSocket(socket: WebSocket, code: number): void {
  if (code === CUT) {
    socket.terminate()
    return
  }
  if (code === NO_CODE) socket.close()
  else socket.close(code)
  // A frozen connection reads no answer to the close frame, and some EPOS sends none.
  const timer = setTimeout(() => {
    socket.terminate()
  }, limits.socketCloseMs)
  socket.once('close', () => {
    clearTimeout(timer)
  })
}

/** Whether this event comes before the time is up and before the socket closes. */
async function nextEvent(
  socket: WebSocket,
  event: 'ping' | 'pong',
  withinMs: number,
): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const done = (isThere: boolean): void => {
      clearTimeout(timer)
      socket.off(event, onEvent)
      socket.off('close', onClose)
      resolve(isThere)
    }
    const onEvent = (): void => {
      done(true)
    }
    const onClose = (): void => {
      done(false)
    }
    const timer = setTimeout(onClose, withinMs)
    socket.on(event, onEvent)
    socket.on('close', onClose)
  })
}

function textOf(data: RawData): string {
  return Array.isArray(data)
    ? Buffer.concat(data).toString()
    : Buffer.from(data as Buffer).toString()
}
