// One venue's socket to Dojo, for as long as this server holds its lease. What is said through it
// is the business of its talk.
import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { keepOpen, type Connection } from '../../lib/web-socket/connection.ts'
import type { Ending, Verdict } from '../../lib/web-socket/endings.ts'
import { limits } from '../../limits.ts'
import type { Link } from '../../lib/web-socket/link.ts'
import type { HeldLease, SocketVenue } from '../../store/venue/socket-leases.ts'
import type { ConnectTurns, Outcome } from './connect-turns.ts'

export type SocketOwner = SocketVenue['venue']

/** What is said through a venue's socket, however often it reconnects. */
export interface Talk {
  /** When the socket was last of use, by `performance.now()`. */
  readonly servedAtMs: number | undefined
  readonly inFlight: number
  /** Resolves once nothing is in flight. */
  idle: () => Promise<void>
  /** @param text undefined for a binary message */
  receive: (text: string | undefined, venue: SocketOwner, link: Link) => void
  /** A link has opened. */
  opened?: (link: Link, venue: SocketOwner) => void
}

export interface SocketDeps<T extends Talk> {
  dispatcher: Dispatcher
  turns: ConnectTurns
  /** @throws Error when the venue has no key, or it cannot be decrypted */
  endpoint: (locationId: string) => Promise<{ url: string; headers: Record<string, string> }>
  /** @param isHeld whether the lease has not ended, as far as this server knows */
  newTalk: (isHeld: () => boolean) => T
  onEnding: (locationId: string, ending: Ending, verdict: Verdict, error: unknown) => void
}

export class VenueSocket<T extends Talk = Talk> {
  readonly locationId: string
  readonly talk: T
  readonly #deps: SocketDeps<T>
  readonly #term: number
  #venue: SocketVenue
  #connection: Connection | undefined
  #refusedKey: string | undefined
  #trouble: string | undefined
  #heldUntilMs = 0
  #isReplacing = false
  #isClosing = false

  constructor(deps: SocketDeps<T>, venue: SocketVenue, term: number) {
    this.locationId = venue.venue.locationId
    this.talk = deps.newTalk(() => performance.now() < this.#heldUntilMs)
    this.#deps = deps
    this.#term = term
    this.#venue = venue
    this.#refusedKey = venue.refusedKey
  }

  /** The venue as it was last seen. */
  get owner(): SocketOwner {
    return this.#venue.venue
  }

  /** Undefined while Dojo refuses the key: no connection is tried then. */
  get connection(): Connection | undefined {
    return this.#connection
  }

  /** The end of the lease as far as this server knows, by `performance.now()`. */
  get heldUntilMs(): number {
    return this.#heldUntilMs
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  /** What is to be written down with the lease. */
  status(): HeldLease {
    return {
      locationId: this.locationId,
      term: this.#term,
      openMs: since(this.#connection?.openedAtMs),
      servedMs: since(this.talk.servedAtMs),
      trouble: this.#trouble,
      refusedKey: this.#refusedKey,
    }
  }

  /** The lease has been renewed until then, by `performance.now()`. */
  renewed(untilMs: number): void {
    this.#heldUntilMs = untilMs
  }

  /** As the venue is now. Opens the socket, and opens it anew when the key was set again. */
  update(venue: SocketVenue): void {
    const isOtherKey = venue.keyFingerprint !== this.#venue.keyFingerprint
    this.#venue = venue
    if (this.#isClosing || this.#isReplacing || this.#isRefused) return
    if (isOtherKey && this.#connection !== undefined) void this.#replace(this.#connection)
    else if (this.#connection === undefined || this.#connection.state === 'closed') this.#open()
  }

  get #isRefused(): boolean {
    return this.#venue.keyFingerprint === this.#refusedKey
  }

  /**
   * The next one opens once the old one is closed, not meanwhile: Dojo routes to one connection of
   * an account, and so the requests in flight are only those of the old one. Mostly there are none.
   */
  async #replace(connection: Connection): Promise<void> {
    this.#isReplacing = true
    await this.#drain()
    await connection.close(1000, 'The key has changed.')
    this.#isReplacing = false
    if (!this.#isClosing && !this.#isRefused) this.#open()
  }

  /** Reads no more, and answers what is in flight. */
  async #drain(): Promise<void> {
    this.#connection?.pause()
    await Promise.race([this.talk.idle(), wait(limits.socketDrainMs, undefined, { ref: false })])
  }

  /** Reads no more, answers what is in flight, and says goodbye. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#drain()
    await this.#connection?.close(1001, 'This server hands the venue over.')
  }

  /** Ends at once: another server may hold the lease already. */
  cut(): void {
    this.#isClosing = true
    this.#connection?.cut('closed')
  }

  #open(): void {
    const { dispatcher, turns, endpoint, onEnding } = this.#deps
    const { keyFingerprint } = this.#venue
    this.#refusedKey = undefined
    this.#connection = keepOpen({
      dispatcher,
      pace,
      turn: async (signal) => {
        await turns.take(this.locationId, signal)
      },
      endpoint: async () => await endpoint(this.locationId),
      onOpen: (link) => {
        turns.ended(this.locationId, 'answered')
        this.talk.opened?.(link, this.#venue.venue)
      },
      onMessage: (text, link) => {
        const isHeld = performance.now() < this.#heldUntilMs
        if (isHeld) this.talk.receive(text, this.#venue.venue, link)
        else this.cut()
      },
      onEnding: (ending, verdict, error) => {
        turns.ended(this.locationId, outcomeOf(ending, verdict))
        if (ending.cause !== 'closed') this.#trouble = verdict.reason
        if (verdict.retry === 'never' && ending.cause === undefined) {
          this.#refusedKey = keyFingerprint
        }
        onEnding(this.locationId, ending, verdict, error)
      },
    })
  }
}

const pace = {
  openTimeoutMs: limits.socketOpenTimeoutMs,
  pingMs: limits.socketPingMs,
  silenceMs: limits.socketSilenceMs,
  busyMs: limits.socketBusyMs,
  busyPingMs: limits.socketBusyPingMs,
  busySilenceMs: limits.socketBusySilenceMs,
  closeTimeoutMs: limits.socketCloseTimeoutMs,
  maxBufferedBytes: limits.socketBufferBytes,
  maxMessageBytes: limits.socketMaxMessageBytes,
  firstRetryMs: limits.socketFirstRetryMs,
  soonRetryMs: limits.socketSoonRetryMs,
  longestRetryMs: limits.socketLongestRetryMs,
  healthyMs: limits.socketHealthyMs,
}

/** What came of the turn to connect. A later ending has nothing to do with it. */
function outcomeOf({ cause }: Ending, { retry }: Verdict): Outcome {
  if (cause === 'closed') return 'given up'
  return retry === 'growing' ? 'in vain' : 'answered'
}

const since = (atMs: number | undefined): number | undefined =>
  atMs === undefined ? undefined : performance.now() - atMs
