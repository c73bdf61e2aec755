// Work that many request and that one run does for all of them. The first request starts a run;
// those that come during the run, or in the pause after it, share the next one.

export interface Coalesced {
  /** Makes sure that a run starts after this moment. */
  request: () => void
  /** Resolves once no run is under way; none starts any more. */
  stop: () => Promise<void>
}

/**
 * @param work one run, which handles its own failures; resolves to the pause after it, in
 *   milliseconds
 */
export function coalesce(work: () => Promise<number>): Coalesced {
  let isRequested = false
  let isStopped = false
  let run: Promise<void> | undefined
  const start = (): void => {
    isRequested = false
    run = work().then(pause)
  }
  const pause = (pauseMs: number): void => {
    setTimeout(() => {
      run = undefined
      if (isRequested && !isStopped) start()
    }, pauseMs).unref()
  }
  return {
    request: () => {
      if (isStopped) return
      isRequested = true
      run ??= new Promise<void>((resolve) => {
        // The caller has an answer to send first.
        setImmediate(resolve)
      }).then(() => {
        if (!isStopped) start()
      })
    },
    stop: async () => {
      isStopped = true
      await run
    },
  }
}
