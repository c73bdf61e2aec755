// The sockets of this server that wait to connect. All servers together decide when it is their
// turn; without the database it is nobody's.
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../limits.ts'
import type { Grant, Wish } from './connect-budget.ts'

/** Resolves to undefined when another server was faster: it has to be asked again. */
export type AskForConnects = (wish: Omit<Wish, 'most'>) => Promise<Grant | undefined>

/**
 * The gateway has answered, even if with a refusal; it has not, or could not be reached; or this
 * side gave up before that.
 */
export type Outcome = 'answered' | 'in vain' | 'given up'

export class ConnectTurns {
  readonly #ask: AskForConnects
  /** By venue. */
  readonly #waiting = new Map<string, () => void>()
  /** Those whose turn it is, until the gateway answers or does not. */
  readonly #connecting = new Set<string>()
  // What the other servers have not heard yet.
  readonly #answeredAtMs = new Map<string, number>()
  readonly #released = new Set<string>()
  #isAway = false
  #isAsking = false
  #wake: (() => void) | undefined

  constructor(ask: AskForConnects) {
    this.#ask = ask
  }

  /** How many sockets wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Resolves when the venue's socket may connect. @throws AbortError, at once */
  async take(locationId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = (): void => {
      if (this.#waiting.get(locationId) === resolve) this.#waiting.delete(locationId)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    this.#waiting.set(locationId, resolve)
    void this.#run()
    await promise.finally(() => {
      signal.removeEventListener('abort', giveUp)
    })
  }

  /** What came of a turn. */
  ended(locationId: string, outcome: Outcome): void {
    if (!this.#connecting.delete(locationId)) return
    if (outcome === 'answered') this.#answeredAtMs.set(locationId, performance.now())
    else this.#released.add(locationId)
    if (outcome === 'in vain') this.#isAway = true
    this.#wake?.()
    void this.#run()
  }

  get #hasWork(): boolean {
    return this.#waiting.size + this.#answeredAtMs.size + this.#released.size > 0
  }

  async #run(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#hasWork) {
      const { promise: news, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const waitMs = await this.#askOnce()
      if (this.#hasWork) await Promise.race([news.then(gathering), pause(waitMs)])
    }
    this.#isAsking = false
  }

  /** @returns after how long to ask again */
  async #askOnce(): Promise<number> {
    const askedAtMs = performance.now()
    const { wish, putBack } = this.#takeWish(askedAtMs)
    let grant: Grant | undefined
    try {
      grant = await this.#ask(wish)
    } catch {
      return limits.socketProbeMs
    }
    if (grant === undefined) {
      putBack()
      return Math.random() * limits.socketConnectGatherMs
    }
    // What this server was allowed long ago may not count any more.
    const isLate = performance.now() - askedAtMs > limits.socketConnectDecisionMs
    for (const { locationId, inMs } of grant.connect) {
      const letPass = this.#waiting.get(locationId)
      if (letPass === undefined || isLate) {
        this.#released.add(locationId)
        continue
      }
      this.#waiting.delete(locationId)
      this.#connecting.add(locationId)
      if (inMs > 0) setTimeout(letPass, Math.ceil(inMs)).unref()
      else letPass()
    }
    return grant.waitMs
  }

  #takeWish(nowMs: number): { wish: Omit<Wish, 'most'>; putBack: () => void } {
    const answered = [...this.#answeredAtMs]
    const released = new Set(this.#released)
    const isAway = this.#isAway
    this.#answeredAtMs.clear()
    this.#released.clear()
    this.#isAway = false
    return {
      wish: {
        waiting: [...this.#waiting.keys()].slice(0, limits.socketMostConnects),
        answeredMs: new Map(answered.map(([locationId, atMs]) => [locationId, nowMs - atMs])),
        released,
        isAway,
      },
      putBack: () => {
        for (const [locationId, atMs] of answered) this.#answeredAtMs.set(locationId, atMs)
        for (const locationId of released) this.#released.add(locationId)
        this.#isAway ||= isAway
      },
    }
  }
}

/** What comes of other turns is said together. */
async function gathering(): Promise<void> {
  await wait(limits.socketConnectGatherMs, undefined, { ref: false })
}

/** What others do may make it sooner than thought. */
async function pause(ms: number): Promise<void> {
  await wait(Math.min(limits.socketProbeMs, Math.ceil(ms)), undefined, { ref: false })
}
