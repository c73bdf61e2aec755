// One WebSocket from its handshake to its end, which comes in any case: a handshake that takes too
// long, a peer that says nothing and a peer that reads nothing are cut off by destroying the TCP
// socket, since a closing handshake would wait for them.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { ping, WebSocket, type Dispatcher } from 'undici'
import type { Cause, Ending } from './endings.ts'
import { HandshakeDispatcher } from './handshake.ts'

export interface LinkPace {
  /** For TCP, TLS and the handshake together. */
  openTimeoutMs: number
  pingMs: number
  /** After a ping: any byte from the peer counts as life. */
  silenceMs: number
  /**
   * For so long after something was sent the connection is busy. Whenever a busy one is quiet for
   * `busyPingMs` it is pinged, and has `busySilenceMs` to answer.
   */
  busyMs: number
  busyPingMs: number
  busySilenceMs: number
  /** For the closing handshake. */
  closeTimeoutMs: number
  maxBufferedBytes: number
  /** A longer message ends the connection, as the protocol has it. */
  maxMessageBytes: number
}

export interface LinkOptions {
  url: string
  headers: Readonly<Record<string, string>>
  dispatcher: Dispatcher
  pace: LinkPace
  onOpen: () => void
  /** Undefined for a binary message. */
  onMessage: (text: string | undefined, link: Link) => void
}

export interface Link {
  /**
   * @param onSent whether the operating system has taken all of it; false when the link ended
   *   first, or had ended
   */
  send: (text: string, onSent: (wasTaken: boolean) => void) => void
  /**
   * Reads no more. What the peer sends waits in its own buffers, or is lost to it. Its silence ends
   * nothing from now on: who pauses a link has to close it.
   */
  pause: () => void
  /** Says goodbye. */
  close: (code: number, reason: string) => void
  /** Ends it at once. */
  cut: (cause: Cause) => void
  ended: Promise<Ending>
}

/** How often it is looked whether what could not be sent at once has been sent. */
const UNSENT_CHECK_MS = 50

export function openLink(options: LinkOptions): Link {
  return new WebSocketLink(options)
}

class WebSocketLink implements Link {
  readonly ended: Promise<Ending>
  readonly #options: LinkOptions
  readonly #webSocket: WebSocket
  readonly #unsent: Unsent
  readonly #ending: Ending = {}
  readonly #timers = new Set<NodeJS.Timeout>()
  #resolve!: (ending: Ending) => void
  /** From the end of the handshake on. */
  #tcp: Socket | undefined
  #openedAtMs: number | undefined
  #sentAtMs = -Infinity
  #isPaused = false
  #isClosing = false
  #isOver = false

  constructor(options: LinkOptions) {
    const { url, headers, dispatcher, pace } = options
    this.#options = options
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const watched = new HandshakeDispatcher(dispatcher, pace.maxMessageBytes, {
      onRefused: (status, retryAfterMs) => {
        Object.assign(this.#ending, { status, retryAfterMs })
      },
      onUpgraded: (socket) => {
        this.#tcp = socket
        this.#ending.status = 101
      },
    })
    this.#webSocket = new WebSocket(url, { dispatcher: watched, headers })
    this.#webSocket.binaryType = 'arraybuffer'
    this.#unsent = createUnsent(this.#webSocket)
    this.#listen()
    this.#after(pace.openTimeoutMs, () => {
      if (this.#openedAtMs === undefined) this.cut('handshake-timeout')
    })
  }

  send(text: string, onSent: (wasTaken: boolean) => void): void {
    const { readyState, bufferedAmount } = this.#webSocket
    if (this.#isOver || this.#isClosing || readyState !== WebSocket.OPEN) {
      onSent(false)
      return
    }
    if (bufferedAmount > this.#options.pace.maxBufferedBytes) {
      onSent(false)
      this.cut('slow-reader')
      return
    }
    this.#sentAtMs = performance.now()
    this.#unsent.send(text, onSent)
  }

  pause(): void {
    this.#isPaused = true
    this.#tcp?.pause()
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return
    this.#ending.cause ??= 'closed'
    this.#isClosing = true
    this.#tcp?.resume()
    this.#tcp?.write(closeFrame(code, reason))
    this.#after(this.#options.pace.closeTimeoutMs, () => {
      this.cut('closed')
    })
  }

  cut(cause: Cause): void {
    if (this.#isOver) return
    this.#ending.cause ??= cause
    if (this.#tcp === undefined) this.#webSocket.close()
    else this.#tcp.destroy()
    this.#finish()
  }

  #listen(): void {
    const { onOpen, onMessage } = this.#options
    this.#webSocket.addEventListener('open', () => {
      this.#openedAtMs = performance.now()
      this.#watch(this.#bytesRead(), this.#openedAtMs)
      onOpen()
    })
    this.#webSocket.addEventListener('message', ({ data }) => {
      if (this.#isOver || this.#isClosing) return
      onMessage(typeof data === 'string' ? data : undefined, this)
    })
    this.#webSocket.addEventListener('close', ({ code }) => {
      this.#finish(code)
    })
  }

  /** Looks from time to time whether a ping is due. */
  #watch(bytesBefore: number, pingedAtMs: number): void {
    const { pace } = this.#options
    this.#after(pace.busyPingMs, () => {
      const nowMs = performance.now()
      const isBusy = nowMs - this.#sentAtMs < pace.busyMs
      const isQuiet = this.#bytesRead() === bytesBefore
      const isDue = (isBusy && isQuiet) || nowMs - pingedAtMs >= pace.pingMs
      if (isDue) this.#expectLife(isBusy ? pace.busySilenceMs : pace.silenceMs)
      this.#watch(this.#bytesRead(), isDue ? nowMs : pingedAtMs)
    })
  }

  #expectLife(withinMs: number): void {
    const bytesBefore = this.#bytesRead()
    ping(this.#webSocket)
    this.#after(withinMs, () => {
      // After a stall of this process the peer's bytes may be there, and not read yet.
      setImmediate(() => {
        if (!this.#isPaused && this.#bytesRead() === bytesBefore) this.cut('silent')
      })
    })
  }

  #bytesRead(): number {
    return this.#tcp!.bytesRead
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms).unref()
    this.#timers.add(timer)
  }

  #finish(code?: number): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#unsent.giveUp()
    const openedAtMs = this.#openedAtMs
    const openMs = openedAtMs === undefined ? undefined : performance.now() - openedAtMs
    this.#resolve({ ...this.#ending, code, openMs, hasServed: this.#sentAtMs > -Infinity })
  }
}

/**
 * A close frame from a client: masked, as all of its frames. `WebSocket.close` is a browser's, and
 * knows neither 1001 nor 1012.
 * @param reason 100 bytes at most
 */
function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  const mask = randomBytes(4)
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]!)
  return Buffer.concat([Buffer.of(0x88, 0x80 | payload.length), mask, masked])
}

interface Unsent {
  send: (text: string, onSent: (wasTaken: boolean) => void) => void
  giveUp: () => void
}

/**
 * Messages that the operating system has not taken yet. A WebSocket says of them only how many
 * bytes they have.
 */
function createUnsent(webSocket: WebSocket): Unsent {
  const waiting: Array<{ endsAt: number; onSent: (wasTaken: boolean) => void }> = []
  let handedOver = 0
  let isCheckDue = false
  const check = (): void => {
    isCheckDue = false
    const taken = handedOver - webSocket.bufferedAmount
    while (waiting.length > 0 && waiting[0]!.endsAt <= taken) waiting.shift()!.onSent(true)
    if (waiting.length === 0) return
    isCheckDue = true
    setTimeout(check, UNSENT_CHECK_MS).unref()
  }
  return {
    send: (text, onSent) => {
      const before = webSocket.bufferedAmount
      webSocket.send(text)
      handedOver += webSocket.bufferedAmount - before
      waiting.push({ endsAt: handedOver, onSent })
      if (isCheckDue) return
      isCheckDue = true
      setImmediate(check)
    },
    giveUp: () => {
      for (const { onSent } of waiting.splice(0)) onSent(false)
    },
  }
}
