// How fast Dojo was answered, minute by minute.
import { Panel } from '../../../page/browser/parts.tsx'
import { Plot, type PlotData } from '../../../page/browser/plot.tsx'
import { formats } from '../session.ts'
import type { RequestFigures } from './requests.ts'

const MINUTE_MS = 60_000

export function AnswerTimes({ figures }: { figures: RequestFigures }) {
  if (figures.minutes.length === 0) return null
  const { time } = formats.value
  const minutes = filled(figures.minutes)
  const data: PlotData = {
    shape: 'line',
    labels: minutes.map(({ atMs }) => time(atMs)),
    series: [
      { name: 'Slowest in a hundred', values: minutes.map(({ slowest }) => slowest) },
      { name: 'Median', values: minutes.map(({ median }) => median) },
    ],
    write: inMs,
    axis: inMs,
    short: inMs,
  }
  return (
    <Panel
      title={`Time to answer, since ${time(minutes[0]!.atMs)}`}
      aside={<span class="faint small">slowest in a hundred, and the median, by minute</span>}
    >
      <div class="panel__body">
        <Plot title="Time to answer by minute" data={data} />
      </div>
    </Panel>
  )
}

/** `8 ms`, `0.4 ms`. */
export function inMs(ms: number): string {
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
}

interface Minute {
  atMs: number
  slowest: number | null
  median: number | null
}

/** Every minute from the first with a request to the last. */
function filled(minutes: RequestFigures['minutes']): Minute[] {
  const byMs = new Map(minutes.map((minute) => [Date.parse(minute.from), minute] as const))
  const result: Minute[] = []
  const lastMs = Math.max(...byMs.keys())
  for (let atMs = Math.min(...byMs.keys()); atMs <= lastMs; atMs += MINUTE_MS) {
    const { slowestInHundredMs: slowest = null, medianMs: median = null } = byMs.get(atMs) ?? {}
    result.push({ atMs, slowest, median })
  }
  return result
}
