// The time, for what runs out on the page: one timer for everything that shows it.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const now = signal(Date.now())
/** How far the server's clock is ahead of the browser's, in milliseconds. */
let aheadMs = 0
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

const tick = (): void => {
  now.value = Date.now() + aheadMs
}

/** @param at the server's time, as an answer of it says */
export function setServerTime(at: string): void {
  aheadMs = Date.parse(at) - Date.now()
  tick()
}

/** The server's time in milliseconds. The component is drawn again every second. */
export function useNow(): number {
  useEffect(() => {
    users++
    timer ??= setInterval(tick, 1000)
    return () => {
      users--
      if (users > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }, [])
  return now.value
}
