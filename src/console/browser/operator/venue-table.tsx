// The table of venues, of which only the rows near the window are drawn: a thousand venues are as
// quick as ten. Every row is equally high, and the space above and below is one row each.
import { useEffect, useRef, useState } from 'preact/hooks'
import { createFormats, duration } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import { venuesPath, type Line } from './operator.ts'
import { ICONS, wordsFor } from './troubles.ts'

const COLUMNS = 8
/** Until one was measured. */
const ROW_PX = 56
/** Drawn above and below of what is seen. */
const MARGIN_ROWS = 10

interface Seen {
  from: number
  to: number
  rowPx: number
}

export function VenueTable({ rows }: { rows: readonly Line[] }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [seen, setSeen] = useState<Seen>({ from: 0, to: 2 * MARGIN_ROWS, rowPx: ROW_PX })
  useEffect(() => {
    const look = (): void => {
      const element = body.current
      if (element === null) return
      const rowPx = element.querySelector<HTMLElement>('[data-row]')?.offsetHeight ?? ROW_PX
      const abovePx = -element.getBoundingClientRect().top
      const first = Math.floor(abovePx / rowPx) - MARGIN_ROWS
      const last = Math.ceil((abovePx + innerHeight) / rowPx) + MARGIN_ROWS
      const from = Math.min(Math.max(0, first), Math.max(0, rows.length - 1))
      const to = Math.min(rows.length, Math.max(from + 1, last))
      setSeen((was) =>
        was.from === from && was.to === to && was.rowPx === rowPx ? was : { from, to, rowPx },
      )
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look, { passive: true })
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [rows.length])
  const { from, to, rowPx } = seen
  return (
    <table class="table table--press table--even" aria-rowcount={rows.length}>
      <thead>
        <tr>
          <th>Venue</th>
          <th>State</th>
          <th class="num lo">Last call</th>
          <th class="lo mid">Socket</th>
          <th class="lo mid">Key</th>
          <th class="num lo">Oldest event</th>
          <th class="num lo">On no bill</th>
          <th class="num lo mid">Night audit</th>
        </tr>
      </thead>
      <tbody ref={body}>
        <Space px={from * rowPx} />
        {rows.slice(from, to).map((row, index) => (
          <Row key={row.id} row={row} index={from + index} />
        ))}
        <Space px={(rows.length - to) * rowPx} />
      </tbody>
    </table>
  )
}

function Space({ px }: { px: number }) {
  if (px <= 0) return null
  return (
    <tr class="space" aria-hidden="true">
      <td colSpan={COLUMNS}>
        <svg width={1} height={px} />
      </td>
    </tr>
  )
}

function Row({ row, index }: { row: Line; index: number }) {
  const now = useNow()
  const { money } = createFormatsOnce(row.currency)
  const { lastCallAt, oldestEventSeconds, unmatchedMinor, auditDifferences } = row
  const ago = lastCallAt === undefined ? 'never' : duration(now - Date.parse(lastCallAt))
  return (
    <tr data-row aria-rowindex={index + 1}>
      <td>
        <a class="strong" href={`${venuesPath}/${row.id}`}>
          {row.name}
        </a>
        <span class="two mono">{row.id}</span>
      </td>
      <td>
        <State row={row} nowMs={now} />
      </td>
      <td class="num lo">{ago}</td>
      <td class="lo mid">
        <Socket row={row} />
      </td>
      <td class="lo mid">
        <Key row={row} />
      </td>
      <td class={oldestEventSeconds === 0 ? 'num lo faint' : 'num lo strong'}>
        {oldestEventSeconds === 0 ? '–' : duration(oldestEventSeconds * 1000)}
      </td>
      <td class={unmatchedMinor === 0 ? 'num lo faint' : 'num lo strong'}>
        {money(unmatchedMinor)}
      </td>
      <td class={auditDifferences === 0 ? 'num lo mid faint' : 'num lo mid strong'}>
        {row.auditDay === undefined ? '–' : auditDifferences}
      </td>
    </tr>
  )
}

const formats = new Map<string, ReturnType<typeof createFormats>>()

/** Making one takes longer than drawing a row. */
function createFormatsOnce(currency: string): ReturnType<typeof createFormats> {
  const known = formats.get(currency) ?? createFormats(currency, 'UTC')
  formats.set(currency, known)
  return known
}

function State({ row, nowMs }: { row: Line; nowMs: number }) {
  const [worst] = row.troubles
  if (worst === undefined) {
    const isClosed = row.state === 'Closed'
    return (
      <span class="state small soft">
        <Icon name={isClosed ? 'square' : 'tickc'} />
        {isClosed ? 'Closed' : 'Fine'}
      </span>
    )
  }
  const { title, text } = wordsFor(worst, row, nowMs)
  const more = row.troubles.length - 1
  return (
    <>
      <span class={row.state === 'Help' ? 'state small bad' : 'state small warn'}>
        <Icon name={ICONS[worst]} />
        {title}
        {more === 0 ? null : <span class="faint"> and {more} more</span>}
      </span>
      <span class="two">{text}</span>
    </>
  )
}

function Socket({ row: { socket } }: { row: Line }) {
  if (socket === 'None') return <span class="faint small">REST</span>
  const isDown = socket === 'Down'
  return (
    <span class={isDown ? 'bad state small' : 'faint state small'}>
      <Icon name={isDown ? 'crossc' : 'tick'} />
      {isDown ? 'down' : 'open'}
    </span>
  )
}

function Key({ row: { key } }: { row: Line }) {
  if (key === 'None') return <span class="faint small">none</span>
  const isRefused = key === 'Refused'
  return (
    <span class={isRefused ? 'bad state small' : 'faint state small'}>
      <Icon name={isRefused ? 'crossc' : 'tick'} />
      {isRefused ? 'refused' : 'works'}
    </span>
  )
}
