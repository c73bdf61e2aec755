// A share of something for each key. Who asks while the share is taken waits for its turn, first
// come first served, but not for ever.

/** Gives the turn back; a second call does nothing. */
export type Release = () => void

export interface Turns {
  /**
   * @param waitMs at most, where that is not the longest wait of all
   * @returns what gives the turn back, at once where there is one
   *   The promise rejects with what `refused` makes, after the longest wait, or at once when too
   *   many wait already.
   */
  take: (key: string, waitMs?: number) => Release | Promise<Release>
}

export interface TurnOptions {
  /** Turns of one key at the same time. */
  atOnce: number
  longestWaitMs: number
  /** For one key; any number unless given. */
  mostWaiting?: number
  /** The rest after a turn, by how long the turn took, where somebody waits; none unless given. */
  restMs?: (tookMs: number) => number
  refused: (key: string) => Error
}

/** Then whatever else the process has to do comes first. */
const REFUSED_AT_ONCE = 2

interface Line {
  taken: number
  waiting: Set<() => void>
}

export function createTurns({
  atOnce,
  longestWaitMs,
  mostWaiting = Infinity,
  restMs,
  refused,
}: TurnOptions): Turns {
  const lines = new Map<string, Line>()
  const refuse = createRefuser()

  const giveBack = (key: string, line: Line): void => {
    const [next] = line.waiting
    if (next !== undefined) {
      line.waiting.delete(next)
      next()
      return
    }
    line.taken--
    if (line.taken === 0) lines.delete(key)
  }
  const releaseOf = (key: string, line: Line): Release => {
    let isGivenBack = false
    const sinceMs = performance.now()
    return () => {
      if (isGivenBack) return
      isGivenBack = true
      if (restMs === undefined || line.waiting.size === 0) giveBack(key, line)
      else setTimeout(giveBack, restMs(performance.now() - sinceMs), key, line)
    }
  }
  const wait = async (key: string, line: Line, waitMs: number): Promise<Release> =>
    await new Promise((resolve, reject) => {
      const proceed = (): void => {
        clearTimeout(patience)
        resolve(releaseOf(key, line))
      }
      const patience = setTimeout(() => {
        line.waiting.delete(proceed)
        refuse(() => reject(refused(key)))
      }, waitMs)
      line.waiting.add(proceed)
    })

  return {
    take(key, waitMs = longestWaitMs) {
      const line = lines.get(key) ?? { taken: 0, waiting: new Set() }
      if (line.taken < atOnce) {
        lines.set(key, line)
        line.taken++
        return releaseOf(key, line)
      }
      if (line.waiting.size < mostWaiting) return wait(key, line, waitMs)
      return new Promise((_resolve, reject) => {
        refuse(() => reject(refused(key)))
      })
    },
  }
}

/**
 * Who comes with a thousand requests is refused a thousand times, and each refusal is an answer
 * that has to be written: a few of them at a time, so that others are heard in between.
 */
function createRefuser(): (refusal: () => void) => void {
  const due: (() => void)[] = []
  const refuseSome = (): void => {
    for (const refusal of due.splice(0, REFUSED_AT_ONCE)) refusal()
    if (due.length > 0) setImmediate(refuseSome)
  }
  return (refusal) => {
    due.push(refusal)
    if (due.length === 1) setImmediate(refuseSome)
  }
}
