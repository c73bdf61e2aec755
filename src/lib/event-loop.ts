// Whether the event loop keeps up. One stall is over when anybody can notice it, and says nothing
// of the requests that come next: a virtual machine that was paused, a collection of garbage, a
// start on a busy machine. Only a loop that is late again and again cannot serve.

export interface EventLoopWatch {
  /** Whether the newest checks were late one after the other. */
  isLate: () => boolean
  stop: () => void
}

export interface EventLoopWatchOptions {
  /** A check that comes this much after its time is late. */
  lateMs: number
  /** So many late ones in a row count. */
  checks: number
  checkMs: number
  nowMs?: () => number
}

export function watchEventLoop({
  lateMs,
  checks,
  checkMs,
  nowMs = () => performance.now(),
}: EventLoopWatchOptions): EventLoopWatch {
  let lateInARow = 0
  let dueMs = nowMs() + checkMs
  const timer = setInterval(() => {
    const isLate = nowMs() - dueMs > lateMs
    lateInARow = isLate ? lateInARow + 1 : 0
    dueMs = nowMs() + checkMs
  }, checkMs).unref()
  return {
    isLate: () => lateInARow >= checks,
    stop: () => {
      clearInterval(timer)
    },
  }
}
