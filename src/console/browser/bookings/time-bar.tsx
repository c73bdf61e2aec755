// The tables of an evening as lanes, with who sits or will sit there.
import { useEffect, useRef } from 'preact/hooks'
import { duration } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { Panel } from '../../../page/browser/parts.tsx'
import { formats } from '../session.ts'
import { columnsOf, firstHour, HOURS, STAYS, type Book, type Stay } from './bookings.ts'

const HOUR_MS = 3_600_000

interface TimeBarProps {
  book: Book
  stays: readonly Stay[]
  nowMs: number
  isToday: boolean
}

export function TimeBar({ book, stays, nowMs, isToday }: TimeBarProps) {
  const fromMs = firstHour(nowMs, stays, isToday)
  const now = isToday ? columnsOf({ startMs: nowMs, endMs: nowMs }, fromMs) : undefined
  return (
    <Panel
      title="By table"
      aside={Object.values(STAYS).map(({ word, icon }) => (
        <span key={word} class="state small soft">
          <Icon name={icon} />
          {word}
        </span>
      ))}
    >
      <div class="scroll" tabIndex={0} role="region" aria-label="Time bar by table">
        <div class="day">
          <div class="day__corner" />
          {Array.from({ length: HOURS }, (_, hour) => (
            <div key={hour} class="day__hour">
              {formats.value.time(fromMs + hour * HOUR_MS)}
            </div>
          ))}
          {book.tables.map(({ id, name }) => (
            <Lane
              key={id}
              name={name}
              stays={stays.filter(({ tableId }) => tableId === id)}
              fromMs={fromMs}
              nowMs={nowMs}
            />
          ))}
          {now === undefined ? null : <Now column={now.from} nowMs={nowMs} />}
        </div>
      </div>
    </Panel>
  )
}

interface LaneProps {
  name: string
  stays: readonly Stay[]
  fromMs: number
  nowMs: number
}

function Lane({ name, stays, fromMs, nowMs }: LaneProps) {
  return (
    <>
      <div class="day__table">{name}</div>
      <div class="day__lane">
        {stays.map((stay) => {
          const columns = columnsOf(stay, fromMs)
          if (columns === undefined) return null
          const { state, covers } = stay
          const late = state === 'late' ? `: ${duration(nowMs - stay.startMs)} late` : ''
          return (
            <span key={stay.id} class={`stay stay--${state} from-${columns.from} to-${columns.to}`}>
              <span class="stay__label">
                <Icon name={STAYS[state].icon} />
                <span class="unseen">{STAYS[state].word}: </span>
                {stay.name}
                {covers === undefined ? '' : `, ${covers}`}
                {late}
              </span>
            </span>
          )
        })}
      </div>
    </>
  )
}

function Now({ column, nowMs }: { column: number; nowMs: number }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const bar = element.current?.closest('.scroll')
    if (bar === null || bar === undefined) return
    bar.scrollLeft = (element.current?.offsetLeft ?? 0) - bar.clientWidth / 2
  }, [])
  return (
    <div class={`day__now at-${column}`} ref={element}>
      <b>{formats.value.time(nowMs)}</b>
    </div>
  )
}
