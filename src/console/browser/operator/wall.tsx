// One mark for each venue, the worst first: what a wall screen shows from afar.
import { useLocation } from 'preact-iso'
import { Icon } from '../../../page/browser/icon.tsx'
import { venuesPath, type Line } from './operator.ts'

const COLUMNS = 100
const STEP = 11
const SIZE = 9
const HALF = SIZE / 2

const NAMES: readonly [Line['state'], string][] = [
  ['Help', 'need help'],
  ['Look', 'need a look'],
  ['Fine', 'fine'],
  ['Closed', 'closed'],
]

/** Below this many, the table says it all. */
const LEAST = 20

export function Wall({ rows }: { rows: readonly Line[] }) {
  const { route } = useLocation()
  if (rows.length < LEAST) return null
  const counts = NAMES.map(
    ([state, name]) => [state, name, rows.filter((row) => row.state === state).length] as const,
  )
  const label = counts.map(([, name, number]) => `${number} ${name}`).join(', ')
  const height = Math.ceil(rows.length / COLUMNS) * STEP
  return (
    <section class="stack stack--2">
      <svg
        class="wall"
        viewBox={`0 0 ${COLUMNS * STEP} ${height}`}
        role="img"
        aria-label={`${rows.length} venues: ${label}`}
        onClick={({ target }) => {
          const { venue } = (target as SVGElement).dataset
          if (venue !== undefined) route(`${venuesPath}/${venue}`)
        }}
      >
        {rows.map((row, index) => (
          <Mark key={row.id} row={row} index={index} />
        ))}
      </svg>
      <div class="row row--4 row--wrap small soft">
        <span class="state bad">
          <Icon name="crossc" /> Need help {counts[0]![2]}
        </span>
        <span class="state warn">
          <Icon name="warn" /> Need a look {counts[1]![2]}
        </span>
        <span class="state">
          <Icon name="tickc" /> Fine {counts[2]![2]}
        </span>
        <span class="state">
          <Icon name="square" /> Closed {counts[3]![2]}
        </span>
        <span class="faint push lo-text">one mark a venue, worst first; choose one to open it</span>
      </div>
    </section>
  )
}

function Mark({ row: { id, state }, index }: { row: Line; index: number }) {
  const x = (index % COLUMNS) * STEP
  const y = Math.floor(index / COLUMNS) * STEP
  if (state === 'Help') {
    const d = `M${x + HALF} ${y}l${HALF} ${HALF}-${HALF} ${HALF}-${HALF}-${HALF}z`
    return <path class="bad" d={d} data-venue={id} />
  }
  if (state === 'Look') {
    return <path class="warn" d={`M${x + HALF} ${y}l${HALF} ${SIZE}h-${SIZE}z`} data-venue={id} />
  }
  const isClosed = state === 'Closed'
  return (
    <rect
      class={isClosed ? 'off' : 'ok'}
      x={isClosed ? x + 0.5 : x}
      y={isClosed ? y + 0.5 : y}
      width={isClosed ? SIZE - 1 : SIZE}
      height={isClosed ? SIZE - 1 : SIZE}
      rx={1}
      data-venue={id}
    />
  )
}
