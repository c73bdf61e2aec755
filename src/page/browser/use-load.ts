// Data that a page shows: read when it opens, and again when something says that it changed. What
// was read stays while it is read again, so that nothing blinks.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { asProblem, type Problem } from './problem.ts'

export interface Loaded<Data> {
  data: Data | undefined
  problem: Problem | undefined
  /** Reads it again. Changes that come together are read together. */
  reload: () => void
}

/** The shortest time between two reads. */
const TOGETHER_MS = 150

/**
 * @param key what it depends on: with another key, what was read is forgotten
 * @param read may be another function each time
 */
export function useLoad<Data>(key: string, read: () => Promise<Data>): Loaded<Data> {
  const latest = useRef({ key, read })
  latest.current = { key, read }
  const running = useRef<{ again: boolean } | undefined>(undefined)
  const [state, setState] = useState<{ key: string; data?: Data; problem?: Problem }>({ key })

  const reload = useCallback(() => {
    if (running.current !== undefined) {
      running.current.again = true
      return
    }
    const work = { again: false }
    running.current = work
    void (async () => {
      do {
        work.again = false
        const { key, read } = latest.current
        const result = await read().then(
          (data) => ({ key, data }),
          (error: unknown) => ({ key, problem: asProblem(error) }),
        )
        setState((was) => (was.key === key ? { ...was, problem: undefined, ...result } : result))
        if (work.again) await new Promise((resolve) => setTimeout(resolve, TOGETHER_MS))
      } while (work.again)
      running.current = undefined
    })()
  }, [])

  // Another key while a read runs makes it run again, with that key.
  useEffect(reload, [reload, key])
  const { data, problem } = state.key === key ? state : { data: undefined, problem: undefined }
  return { data, problem, reload }
}
