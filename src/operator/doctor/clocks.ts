// How far apart two clocks are. One request and its answer show it to within half the round trip.
import { limits } from '../../limits.ts'
import { broken, ok, spoken, warning, type ClockReading, type Finding } from './examination.ts'

/** HTTP dates are whole seconds, so the true time is half a second later on average. */
const HALF_A_SECOND_MS = 500

/** @param date the answer's; the reading is undefined when it has none that can be read */
export function readingOfDate(
  date: string | undefined,
  askedAtMs: number,
  answeredAtMs: number,
): ClockReading | undefined {
  const theirsMs = Date.parse(date ?? '') + HALF_A_SECOND_MS
  if (Number.isNaN(theirsMs)) return undefined
  return {
    aheadMs: (askedAtMs + answeredAtMs) / 2 - theirsMs,
    uncertaintyMs: (answeredAtMs - askedAtMs) / 2 + HALF_A_SECOND_MS,
  }
}

/** @param whose as in "this machine's clock is ahead of Dojo's" */
export function judgeClock(
  { aheadMs, uncertaintyMs }: ClockReading,
  whose: string,
  advice: string,
): Finding {
  const certainSeconds = Math.max(0, Math.abs(aheadMs) - uncertaintyMs) / 1000
  const side = aheadMs > 0 ? 'ahead of' : 'behind'
  const differs = `This machine's clock is at least ${spoken(certainSeconds)} ${side} ${whose}.`
  if (certainSeconds > limits.clockBrokenSeconds) return broken(differs, advice)
  if (certainSeconds > limits.clockWarningSeconds) return warning(differs, advice)
  const withinSeconds = (Math.abs(aheadMs) + uncertaintyMs) / 1000
  return ok(`This machine's clock agrees with ${whose} to within ${withinSeconds.toFixed(1)} s.`)
}
