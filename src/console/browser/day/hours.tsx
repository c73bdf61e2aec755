// What the day took, by the hours of the venue's clock.
import type { Static } from 'typebox'
import { Panel } from '../../../page/browser/parts.tsx'
import { Plot, type PlotData } from '../../../page/browser/plot.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { HourShape } from '../../../till/venue/day-view.ts'
import { formats } from '../session.ts'

export type Hour = Static<typeof HourShape>

const HOUR_MS = 3_600_000
/** As many as a plot shows: what came long before is in the first. */
const MOST_HOURS = 24

export function Hours({ hours }: { hours: readonly Hour[] }) {
  const now = useNow()
  if (hours.length === 0) return null
  const { money, time } = formats.value
  const whole = filled(hours, now)
  const data: PlotData = {
    shape: 'bars',
    labels: whole.map(({ fromMs }) => time(fromMs)),
    series: [{ name: 'Taken', values: whole.map(({ takingsMinor }) => takingsMinor) }],
    write: money,
    axis: (amountMinor) => money(amountMinor).replace(/\.00$/, ''),
    short: (amountMinor) => String(Math.round(amountMinor / 100)),
  }
  return (
    <Panel title="Taken by hour" aside={<span class="faint small">without tips</span>}>
      <div class="panel__body">
        <Plot title="Taken by hour" data={data} />
      </div>
    </Panel>
  )
}

interface Filled {
  fromMs: number
  takingsMinor: number
}

/** Every hour from the first in which money moved until now. */
function filled(hours: readonly Hour[], nowMs: number): Filled[] {
  const takings = new Map(
    hours.map(({ from, takingsMinor }) => [Date.parse(from), takingsMinor] as const),
  )
  const earliestMs = Math.min(...takings.keys())
  const hoursSince = Math.floor((Math.max(...takings.keys(), nowMs) - earliestMs) / HOUR_MS)
  const lastMs = earliestMs + hoursSince * HOUR_MS
  const firstMs = Math.max(earliestMs, lastMs - (MOST_HOURS - 1) * HOUR_MS)
  const before = [...takings].filter(([fromMs]) => fromMs < firstMs)
  const result: Filled[] = []
  for (let fromMs = firstMs; fromMs <= lastMs; fromMs += HOUR_MS) {
    result.push({ fromMs, takingsMinor: takings.get(fromMs) ?? 0 })
  }
  for (const [, takingsMinor] of before) result[0]!.takingsMinor += takingsMinor
  return result
}
