// A plot: drawn once what draws it is loaded, and the same numbers as a table for those who cannot
// see it.
import { useEffect, useRef } from 'preact/hooks'
import type { DrawnPlot } from './draw-plot.ts'

export interface PlotData {
  shape: 'bars' | 'line'
  /** One for each place along the plot. */
  labels: readonly string[]
  /** Null where there is no value: a line goes on at the next. */
  series: readonly { name: string; values: readonly (number | null)[] }[]
  /** A value in the table, at the axis, and as short as it goes above a bar. */
  write: (value: number) => string
  axis: (value: number) => string
  short: (value: number) => string
}

interface PlotProps {
  title: string
  data: PlotData
}

export function Plot({ title, data }: PlotProps) {
  const element = useRef<HTMLDivElement>(null)
  const drawn = useRef<DrawnPlot | undefined>(undefined)
  const newest = useRef(data)
  newest.current = data
  useEffect(() => {
    const place = element.current!
    let isThere = true
    const redraw = (): void => {
      drawn.current?.redraw()
    }
    const sizes = new ResizeObserver(redraw)
    const theme = matchMedia('(prefers-color-scheme: dark)')
    void import('./draw-plot.ts').then(({ drawPlot }) => {
      if (!isThere) return
      drawn.current = drawPlot(place, newest.current)
      sizes.observe(place)
      theme.addEventListener('change', redraw)
    })
    return () => {
      isThere = false
      sizes.disconnect()
      theme.removeEventListener('change', redraw)
      drawn.current?.remove()
    }
  }, [])
  const { labels, series, write } = data
  useEffect(() => {
    drawn.current?.update(newest.current)
  }, [JSON.stringify([labels, series])])
  return (
    <figure class="drawn">
      <div class="drawn__canvas" ref={element} aria-hidden="true" />
      <table class="unseen">
        <caption>{title}</caption>
        <thead>
          <tr>
            <td />
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, index) => (
            <tr key={index}>
              <th scope="row">{label}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{wordFor(values[index], write)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

function wordFor(value: number | null | undefined, write: PlotData['write']): string {
  return value == null ? '–' : write(value)
}
