// Plots on a canvas, by uPlot. Loaded only by a page that has one, see plot.tsx.
import UPlot from 'uplot'
import type { PlotData } from './plot.tsx'

const HEIGHT_PX = 220
const FONT = '12px "Hanken Grotesk Variable", system-ui, sans-serif'
const TOP_SHARE = 1.12

/** A canvas knows no CSS variables: each is read as the colour that it is in the theme of now. */
function colourOf(element: HTMLElement): (name: string) => string {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  return read
}

export interface DrawnPlot {
  update: (data: PlotData) => void
  /** Draws again, as wide as the element and in the colours of now. */
  redraw: () => void
  remove: () => void
}

export function drawPlot(element: HTMLElement, first: PlotData): DrawnPlot {
  const colour = colourOf(element)
  let data = first
  let plot: UPlot | undefined
  const draw = (): void => {
    plot?.destroy()
    plot = new UPlot(optionsOf(data, element.clientWidth, colour), columnsOf(data), element)
  }
  draw()
  return {
    update: (next) => {
      data = next
      draw()
    },
    redraw: draw,
    remove: () => {
      plot?.destroy()
    },
  }
}

function columnsOf({ labels, series }: PlotData): UPlot.AlignedData {
  return [labels.map((_, index) => index), ...series.map(({ values }) => [...values])]
}

type Colour = (name: string) => string

function optionsOf(data: PlotData, width: number, colour: Colour): UPlot.Options {
  const { labels, series, shape } = data
  const last = labels.length - 1
  const axis = {
    stroke: colour('ink-3'),
    font: FONT,
    ticks: { show: false },
    border: { show: false },
  }
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.5, last + 0.5] },
      y: { range: (_, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * TOP_SHARE] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        splits: () => labels.map((_, index) => index).filter((index) => isLabelled(data, index)),
        values: (_, splits) => splits.map((index) => labels[index] ?? ''),
      },
      {
        ...axis,
        size: 64,
        grid: { stroke: colour('line'), width: 1 },
        values: (_, splits) => splits.map((value) => data.axis(value)),
      },
    ],
    series: [
      {},
      ...series.map((_, index) =>
        shape === 'bars' ? bars(last, colour) : line(index === 0, colour),
      ),
    ],
    hooks: shape === 'bars' ? { draw: [writeAbove(data, colour)] } : {},
  }
}

const MOST_LABELS = 12

/** As many labels as have room, the last one always. */
function isLabelled({ labels }: PlotData, index: number): boolean {
  const step = Math.ceil(labels.length / MOST_LABELS)
  return (labels.length - 1 - index) % step === 0
}

/** What goes on now is in the accent, what is over in its line. */
function bars(last: number, colour: Colour): UPlot.Series {
  const fills = Array.from({ length: last + 1 }, (_, index) =>
    colour(index === last ? 'accent' : 'accent-line'),
  )
  return {
    fill: fills[0]!,
    points: { show: false },
    paths: UPlot.paths.bars!({
      size: [0.6, 56],
      radius: 0.04,
      disp: { fill: { unit: 3, values: () => fills as unknown as number[] } },
    }),
  }
}

function line(isFirst: boolean, colour: Colour): UPlot.Series {
  const stroke = colour(isFirst ? 'accent' : 'ink-3')
  const look = { stroke, width: 1.5, spanGaps: true, points: { size: 4, fill: stroke } }
  return isFirst ? { ...look, fill: colour('accent-soft') } : look
}

/** The amount above each bar, where there is room for it. */
function writeAbove({ series: [bars], labels, short }: PlotData, colour: Colour) {
  return (plot: UPlot): void => {
    const room = plot.bbox.width / labels.length
    const { ctx } = plot
    ctx.save()
    ctx.fillStyle = colour('ink-2')
    ctx.font = FONT.replace('12px', `${12 * devicePixelRatio}px`)
    ctx.textAlign = 'center'
    bars?.values.forEach((value, index) => {
      if (value === null || value === 0) return
      const text = short(value)
      if (ctx.measureText(text).width > room) return
      const x = plot.valToPos(index, 'x', true)
      ctx.fillText(text, x, plot.valToPos(Math.max(0, value), 'y', true) - 6 * devicePixelRatio)
    })
    ctx.restore()
  }
}
