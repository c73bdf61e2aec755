/** Resolves when it is the caller's turn. @throws AbortError, at once */
export type Throttle = (signal: AbortSignal) => Promise<void>

/**
 * Lets callers pass one after the other, never closer together than the rate allows, however late
 * the timers are.
 * @param perSecond asked for each time, so that the rate may change
 */
export function createThrottle(perSecond: () => number): Throttle {
  const waiting = new Set<() => void>()
  let lastAtMs = -Infinity
  let timer: NodeJS.Timeout | undefined

  const letPass = (): void => {
    timer = undefined
    const [first] = waiting
    if (first === undefined) return
    const waitMs = lastAtMs + 1_000 / perSecond() - performance.now()
    if (waitMs > 0) {
      timer = setTimeout(letPass, waitMs).unref()
      return
    }
    lastAtMs = performance.now()
    waiting.delete(first)
    first()
    letPass()
  }
  return async (signal) => {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = (): void => {
      waiting.delete(resolve)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    waiting.add(resolve)
    if (timer === undefined) letPass()
    await promise.finally(() => {
      signal.removeEventListener('abort', giveUp)
    })
  }
}
