// Time as the sandbox sees it: the real one, which can be moved forward, and what is to happen at
// some point of it.

/** What is to happen, as data, so that it can be kept over a restart. */
export interface Job {
  kind: string
}

interface Entry<J> {
  dueMs: number
  order: number
  job: J
}

export interface Timeline<J extends Job> {
  /** Milliseconds since 1970, with what it was moved forward by. */
  nowMs: () => number
  now: () => string
  /** Has the job performed once that time has come. */
  at: (dueMs: number, job: J) => void
  in: (milliseconds: number, job: J) => void
  /**
   * Moves the time forward; everything that falls due is done, in its order, when this resolves.
   * One move waits for the one before.
   */
  advance: (milliseconds: number) => Promise<void>
  /** Resolves once nothing is due and nothing is being done. */
  settled: () => Promise<void>
  /** What is planned, and what is being done and could be broken off. */
  pending: () => Array<{ dueMs: number; job: J }>
  offsetMs: () => number
  /** Nothing begins any more. */
  stop: () => void
}

// A timer of Node holds 31 bits; one that ends early is armed again.
const MAX_TIMER_MS = 0x7fff_ffff

export function createTimeline<J extends Job>(
  perform: (job: J) => Promise<void>,
  offsetAtStartMs = 0,
): Timeline<J> {
  let offset = offsetAtStartMs
  let planned: Array<Entry<J>> = []
  let order = 0
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let moves: Promise<void> = Promise.resolve()
  const running = new Map<Promise<void>, Entry<J>>()

  const nowMs = (): number => Date.now() + offset
  const nextMs = (): number =>
    stopped ? Infinity : planned.reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity)

  // Jobs of one moment begin in their order and do not wait for each other: a slow delivery holds
  // up nobody.
  const beginDue = (): void => {
    clearTimeout(timer)
    if (nextMs() <= nowMs()) {
      const now = nowMs()
      const due = planned
        .filter(({ dueMs }) => dueMs <= now)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)
      planned = planned.filter(({ dueMs }) => dueMs > now)
      for (const entry of due) {
        const done: Promise<void> = perform(entry.job).finally(() => {
          running.delete(done)
        })
        running.set(done, entry)
      }
    }
    if (nextMs() < Infinity) {
      timer = setTimeout(beginDue, Math.min(Math.max(0, nextMs() - nowMs()), MAX_TIMER_MS)).unref()
    }
  }

  const settled = async (): Promise<void> => {
    for (beginDue(); running.size > 0; beginDue()) await Promise.race(running.keys())
  }

  // Step by step, so that what one job plans for later within the span happens then and not at its
  // end.
  const move = async (milliseconds: number): Promise<void> => {
    const target = nowMs() + milliseconds
    for (await settled(); nextMs() <= target; await settled()) {
      offset += Math.max(0, nextMs() - nowMs())
    }
    offset += Math.max(0, target - nowMs())
    await settled()
  }

  const at = (dueMs: number, job: J): void => {
    planned.push({ dueMs, order: order++, job })
    clearTimeout(timer)
    // Not before whoever plans it goes on.
    if (dueMs <= nowMs()) setImmediate(beginDue)
    else if (!stopped) {
      timer = setTimeout(beginDue, Math.min(Math.max(0, nextMs() - nowMs()), MAX_TIMER_MS)).unref()
    }
  }

  return {
    nowMs,
    now: () => new Date(nowMs()).toISOString(),
    at,
    in: (milliseconds, job) => {
      at(nowMs() + milliseconds, job)
    },
    advance: async (milliseconds) => {
      const moved = moves.then(async () => {
        await move(milliseconds)
      })
      moves = moved
      await moved
    },
    settled,
    pending: () => [...running.values(), ...planned].map(({ dueMs, job }) => ({ dueMs, job })),
    offsetMs: () => offset,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
