import { setTimeout as wait } from 'node:timers/promises'

/** Resolves when it is the caller's turn. @throws AbortError */
export type Turn = (signal: AbortSignal) => Promise<void>

/**
 * Lets callers pass one after the other, never closer together than the rate allows, however late
 * the timers are.
 * @param perSecond asked for each time, so that the rate may change
 */
export function createTurns(perSecond: () => number): Turn {
  let lastAtMs = -Infinity
  let queue = Promise.resolve()
  return async (signal) => {
    const before = queue
    const { promise, resolve } = Promise.withResolvers<void>()
    queue = promise
    try {
      await before
      const waitMs = lastAtMs + 1_000 / perSecond() - performance.now()
      if (waitMs > 0) await wait(waitMs, undefined, { signal, ref: false })
      signal.throwIfAborted()
      lastAtMs = performance.now()
    } finally {
      resolve()
    }
  }
}
