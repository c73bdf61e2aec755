// What an operator's page shows, read again every few seconds because no stream covers all venues.
import { useEffect } from 'preact/hooks'
import { useLoad, type Loaded } from '../../../page/browser/use-load.ts'
import { operatorEnded } from './operator.ts'

const EVERY_MS = 10_000

/** @param everyMs 0: only when it is asked to */
export function useOperator<Data>(
  key: string,
  read: () => Promise<Data>,
  everyMs = EVERY_MS,
): Loaded<Data> {
  const loaded = useLoad(key, read)
  const { problem, reload } = loaded
  useEffect(() => {
    if (everyMs === 0) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload()
    }, everyMs)
    return () => {
      clearInterval(timer)
    }
  }, [reload, everyMs])
  useEffect(() => {
    operatorEnded(problem)
  }, [problem])
  return loaded
}
