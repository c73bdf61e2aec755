/** Work that is repeated until it is stopped. */
export interface Repeated {
  start: () => void
  /** Resolves once a run that is under way has ended. */
  stop: () => Promise<void>
}

/** Runs `work` from time to time. A run that fails is forgotten: the next one tries again. */
export function every(intervalMs: number, work: () => Promise<unknown>): Repeated {
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<unknown> | undefined
  return {
    start: () => {
      timer = setInterval(() => {
        underWay = work().catch(() => {})
      }, intervalMs).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await underWay
    },
  }
}
