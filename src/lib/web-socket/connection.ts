// A WebSocket that is kept open: whenever it ends, the next one opens, unless it would be refused
// again. It knows nothing of what is said through it.
import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import {
  failuresAfter,
  retryWaitMs,
  verdictOn,
  type Cause,
  type Ending,
  type RetryPace,
  type Verdict,
} from './endings.ts'
import { openLink, type Link, type LinkPace } from './link.ts'

export interface ConnectionOptions {
  /** Where to, with which headers. An error counts as a failed attempt. */
  endpoint: () => Promise<{ url: string; headers: Readonly<Record<string, string>> }>
  dispatcher: Dispatcher
  pace: LinkPace & RetryPace
  /** Resolves when it is this connection's turn to connect. */
  turn: (signal: AbortSignal) => Promise<void>
  /** Hears of every link that has opened. */
  onOpen?: (link: Link) => void
  /** Undefined for a binary message. The link is the one to answer on. */
  onMessage: (text: string | undefined, link: Link) => void
  /** Hears of every ending, and what was made of it. */
  onEnding?: (ending: Ending, verdict: Verdict, error: unknown) => void
  random?: () => number
}

export type ConnectionState = 'waiting' | 'connecting' | 'open' | 'refused' | 'closed'

export interface Connection {
  readonly state: ConnectionState
  /** By `performance.now()`; undefined while it is not open. */
  readonly openedAtMs: number | undefined
  /** Reads no more; what was read can still be answered. */
  pause: () => void
  /** Ends it for good, and politely. */
  close: (code: number, reason: string) => Promise<void>
  /** Ends it for good, and at once. */
  cut: (cause: Cause) => void
}

/** Begins at once. */
export function keepOpen(options: ConnectionOptions): Connection {
  return new KeptOpen(options)
}

class KeptOpen implements Connection {
  readonly #options: ConnectionOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #state: ConnectionState = 'waiting'
  #openedAtMs: number | undefined
  #link: Link | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    // Only stopping ends it with an error.
    this.#running = this.#run()
      .catch(() => {})
      .finally(() => {
        if (this.#state !== 'refused') this.#become('closed')
      })
  }

  get state(): ConnectionState {
    return this.#state
  }

  get openedAtMs(): number | undefined {
    return this.#openedAtMs
  }

  pause(): void {
    this.#link?.pause()
  }

  async close(code: number, reason: string): Promise<void> {
    this.#stopping.abort()
    if (this.#state === 'open') this.#link?.close(code, reason)
    else this.#link?.cut('closed')
    await this.#running
  }

  cut(cause: Cause): void {
    this.#stopping.abort()
    this.#link?.cut(cause)
  }

  async #run(): Promise<void> {
    const { pace, onEnding, random } = this.#options
    const { signal } = this.#stopping
    let failures = 0
    while (!signal.aborted) {
      const { ending, error } = await this.#attempt()
      const verdict = verdictOn(ending)
      onEnding?.(ending, verdict, error)
      if (signal.aborted) return
      if (verdict.retry === 'never') {
        this.#become('refused')
        return
      }
      this.#become('waiting')
      failures = failuresAfter(ending, failures, pace)
      await wait(retryWaitMs(ending, failures, pace, random), undefined, { signal, ref: false })
    }
  }

  async #attempt(): Promise<{ ending: Ending; error?: unknown }> {
    const { endpoint, turn, dispatcher, pace, onMessage } = this.#options
    const { signal } = this.#stopping
    try {
      const { url, headers } = await endpoint()
      // Last, so that nothing between the turn and the connect can gather several of them.
      await turn(signal)
      this.#become('connecting')
      const onOpen = (): void => {
        this.#become('open')
        this.#options.onOpen?.(this.#link!)
      }
      this.#link = openLink({ url, headers, dispatcher, pace, onMessage, onOpen })
      return { ending: await this.#link.ended }
    } catch (error) {
      return { ending: signal.aborted ? { cause: 'closed' } : {}, error }
    } finally {
      this.#link = undefined
    }
  }

  #become(state: ConnectionState): void {
    this.#state = state
    this.#openedAtMs = state === 'open' ? performance.now() : undefined
  }
}
