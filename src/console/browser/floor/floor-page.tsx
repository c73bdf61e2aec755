// All tables at a glance: who sits where, what is owed, what is being paid, and what needs a look.
import { useState } from 'preact/hooks'
import { count, countdown } from '../../../page/browser/formats.ts'
import { Empty, Failure, Figures, Segments, Waiting } from '../../../page/browser/parts.tsx'
import type { Counted } from '../../../page/browser/rail.tsx'
import { setServerTime, useNow } from '../../../page/browser/use-now.ts'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { formats, me, till } from '../session.ts'
import { Feed } from './feed.tsx'
import {
  coversAt,
  FILTERS,
  isTaken,
  liveLock,
  owedAt,
  stateOf,
  type Filter,
  type Floor,
  type FloorOrder,
  type Table,
} from './floor.ts'
import { FreeDialog } from './free-dialog.tsx'
import { Tile } from './tile.tsx'

async function readFloor(): Promise<Floor> {
  const floor = await till.call<Floor>('GET', '/floor')
  setServerTime(floor.at)
  return floor
}

export function FloorPage() {
  const { data: floor, problem, reload } = useLive(`floor ${me.value!.venue.id}`, readFloor)
  const nowMs = useNow()
  const paying = floor === undefined ? [] : payingIn(floor, nowMs)
  const counts: Record<string, Counted> = {
    Floor: { number: paying.length, label: `${paying.length} being paid`, tone: 'live' },
  }
  return (
    <Frame title="Floor" sub={formats.value.day(nowMs)} counts={counts}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {floor === undefined ? <Waiting /> : <Loaded floor={floor} nowMs={nowMs} />}
    </Frame>
  )
}

function Loaded({ floor, nowMs }: { floor: Floor; nowMs: number }) {
  const [filter, setFilter] = useState<Filter>('all')
  const [freeing, setFreeing] = useState<FloorOrder>()
  const { tables } = floor
  const states = new Map(tables.map((table) => [table.id, stateOf(table, nowMs)]))
  const holds = FILTERS.find(({ value }) => value === filter)!.holds
  if (tables.length === 0) {
    return (
      <Empty icon="floor" title="No tables yet">
        Add the areas and tables of the venue under Setup, or import them from a spreadsheet.
      </Empty>
    )
  }
  return (
    <>
      <FloorFigures floor={floor} nowMs={nowMs} />
      <Segments
        label="Show"
        chosen={filter}
        onChoose={setFilter}
        choices={FILTERS.map(({ value, label, holds }) => ({
          value,
          label,
          count: tables.filter((table) => holds(table, states.get(table.id)!)).length,
        }))}
      />
      <div class="cols">
        <div class="stack">
          {groupsOf(floor).map(({ name, tables }) => (
            <Area
              key={name}
              name={name}
              tables={tables}
              shown={tables.filter((table) => holds(table, states.get(table.id)!))}
              nowMs={nowMs}
              onFree={setFreeing}
            />
          ))}
        </div>
        <Feed />
      </div>
      {freeing === undefined ? null : (
        <FreeDialog
          order={freeing}
          onClose={() => {
            setFreeing(undefined)
          }}
        />
      )}
    </>
  )
}

interface AreaProps {
  name: string
  tables: readonly Table[]
  shown: readonly Table[]
  nowMs: number
  onFree: (order: FloorOrder) => void
}

function Area({ name, tables, shown, nowMs, onFree }: AreaProps) {
  if (shown.length === 0) return null
  const taken = tables.filter(isTaken).length
  const owed = tables.reduce((sum, table) => sum + owedAt(table), 0)
  return (
    <section>
      <div class="section__head">
        <h2>{name}</h2>
        <span class="faint small">
          {taken} of {tables.length} taken
          {owed === 0 ? '' : ` · ${formats.value.money(owed)} owed`}
        </span>
      </div>
      <div class="tiles">
        {shown.map((table) => (
          <Tile key={table.id} table={table} nowMs={nowMs} onFree={onFree} />
        ))}
      </div>
    </section>
  )
}

function FloorFigures({ floor, nowMs }: { floor: Floor; nowMs: number }) {
  const { money, time } = formats.value
  const { tables, elsewhere } = floor
  const owing = [...tables.flatMap(({ orders }) => orders), ...elsewhere].filter(
    ({ balanceMinor }) => balanceMinor > 0,
  )
  const taken = tables.filter(isTaken)
  const seats = tables.reduce((sum, { maxCovers = 0 }) => sum + maxCovers, 0)
  const paying = payingIn(floor, nowMs)
  const next = nextBooking(tables, nowMs)
  const first = paying[0]
  return (
    <Figures
      figures={[
        {
          name: 'Owed now',
          value: money(owedAt({ orders: owing })),
          note: `on ${count(owing.length, 'open order')}`,
        },
        {
          name: 'Tables taken',
          value: taken.length,
          of: `of ${tables.length}`,
          note: `${tables.length - taken.length} free`,
        },
        {
          name: 'Covers',
          value: taken.reduce((sum, table) => sum + coversAt(table), 0),
          of: seats === 0 ? undefined : `of ${seats}`,
          note: 'seated now',
        },
        {
          name: 'Being paid',
          value: paying.length,
          note: first === undefined ? 'nobody pays at the moment' : first,
        },
        {
          name: 'Next booking',
          value: next === undefined ? '–' : time(next.startTime),
          note: next === undefined ? 'none' : `${next.name}, ${next.covers}, ${next.table}`,
        },
      ]}
    />
  )
}

/** What is being paid: `Table 5, 0:42 left`. */
function payingIn({ tables }: Floor, nowMs: number): string[] {
  return tables.flatMap(({ name, orders }) => {
    const found = liveLock(orders, nowMs)
    if (found?.lock.kind !== 'DojoLock') return []
    return [`${name}, ${countdown((Date.parse(found.lock.expiresAt) - nowMs) / 1000)} left`]
  })
}

function nextBooking(tables: readonly Table[], nowMs: number) {
  return tables
    .flatMap(({ name: table, nextReservation }) => {
      if (nextReservation === undefined) return []
      const { name = 'Guests', covers = 0, startTime } = nextReservation
      return Date.parse(startTime) < nowMs ? [] : [{ name, covers, startTime, table }]
    })
    .sort((a, b) => Date.parse(a.startTime) - Date.parse(b.startTime))[0]
}

/** The areas with their tables, and the tables that are in none. */
function groupsOf({ areas, tables }: Floor): { name: string; tables: Table[] }[] {
  const known = new Set(areas.map(({ id }) => id))
  const groups = areas.map(({ id, name }) => ({
    name,
    tables: tables.filter(({ areaId }) => areaId === id),
  }))
  const rest = tables.filter(({ areaId }) => areaId === undefined || !known.has(areaId))
  return [...groups, { name: groups.length === 0 ? 'Tables' : 'Elsewhere', tables: rest }].filter(
    ({ tables }) => tables.length > 0,
  )
}
