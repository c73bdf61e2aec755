// Work that many ask for and that is done for all of them at once: the first asks and it is done;
// whoever asks meanwhile, or before a pause is over, is served together by the next turn.

export interface Paced {
  /** Sees to it that a turn begins after this moment. */
  want: () => void
  /** Resolves once no turn is under way; none begins any more. */
  stop: () => Promise<void>
}

/**
 * @param work one turn, told of by its own means when it fails; resolves to the pause after it, in
 * milliseconds
 */
export function createPaced(work: () => Promise<number>): Paced {
  let wanted = false
  let stopped = false
  let turn: Promise<void> | undefined
  const begin = (): void => {
    wanted = false
    turn = work().then(pause)
  }
  const pause = (pauseMs: number): void => {
    setTimeout(() => {
      turn = undefined
      if (wanted && !stopped) begin()
    }, pauseMs).unref()
  }
  return {
    want: () => {
      if (stopped) return
      wanted = true
      turn ??= new Promise<void>((resolve) => {
        // Whoever asks has an answer to send first.
        setImmediate(resolve)
      }).then(() => {
        if (!stopped) begin()
      })
    },
    stop: async () => {
      stopped = true
      await turn
    },
  }
}
