// What undici's WebSocket keeps to itself of its handshake: the status of a refusal, and the TCP
// socket of a success.
import type { Socket } from 'node:net'
import { DecoratorHandler, Dispatcher } from 'undici'

export interface Handshake {
  /** The answer was not a WebSocket. */
  onRefused: (status: number, retryAfterMs: number | undefined) => void
  onUpgraded: (socket: Socket) => void
}

/** Lets one WebSocket connect through a dispatcher that others use too, and watches it. */
export class HandshakeDispatcher extends Dispatcher {
  /** Undici reads it: a longer message ends the connection with the code 1009. */
  readonly webSocketOptions: { maxPayloadSize: number }
  readonly #shared: Dispatcher
  readonly #handshake: Handshake
  #isUsed = false

  constructor(shared: Dispatcher, maxMessageBytes: number, handshake: Handshake) {
    super()
    this.#shared = shared
    this.#handshake = handshake
    this.webSocketOptions = { maxPayloadSize: maxMessageBytes }
  }

  /**
   * Undici repeats a request that was answered 401 or 421, as browsers do. A refused handshake
   * would be sent twice, the second time without its turn to connect.
   * @throws Error on every call but the first
   */
  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    if (this.#isUsed) throw new Error('A handshake is sent once.')
    this.#isUsed = true
    return this.#shared.dispatch(options, new WatchingHandler(handler, this.#handshake))
  }
}

type Handler = Dispatcher.DispatchHandler
type Upgrade = Parameters<NonNullable<Handler['onRequestUpgrade']>>
type ResponseStart = Parameters<NonNullable<Handler['onResponseStart']>>

/** Its types leave out the methods that it has. */
const ForwardingHandler = DecoratorHandler as unknown as new (handler: Handler) => {
  onRequestUpgrade(...event: Upgrade): void
  onResponseStart(...event: ResponseStart): void
}

class WatchingHandler extends ForwardingHandler {
  readonly #handshake: Handshake

  constructor(handler: Handler, handshake: Handshake) {
    super(handler)
    this.#handshake = handshake
  }

  override onRequestUpgrade(...event: Upgrade): void {
    this.#handshake.onUpgraded(event[3] as Socket)
    super.onRequestUpgrade(...event)
  }

  override onResponseStart(...event: ResponseStart): void {
    const [, status, headers] = event
    this.#handshake.onRefused(status, retryAfterMs(headers['retry-after']))
    super.onResponseStart(...event)
  }
}

/** Seconds only: a date would need clocks that agree. */
function retryAfterMs(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) * 1_000 : undefined
}
