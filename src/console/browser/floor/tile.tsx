// A table as a tile. It stays in its place, so that it is found without reading.
import { duration, countdown } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { Badge } from '../../../page/browser/parts.tsx'
import { waiterNames } from '../live.ts'
import { base, formats, mayManage } from '../session.ts'
import {
  coversAt,
  liveLock,
  owedAt,
  seatedSince,
  SHOWN,
  stateOf,
  type FloorOrder,
  type Table,
  type TableState,
} from './floor.ts'

interface TileProps {
  table: Table
  nowMs: number
  onFree: (order: FloorOrder) => void
}

const LOOKS: Partial<Record<TableState, string>> = {
  paying: 'tile--live',
  held: 'tile--held',
  look: 'tile--look',
  paid: 'tile--done',
  late: 'tile--free',
  booked: 'tile--free',
  free: 'tile--free',
}

export function Tile({ table, nowMs, onFree }: TileProps) {
  const state = stateOf(table, nowMs)
  const { orders } = table
  return (
    <article class={`tile ${LOOKS[state] ?? ''}`} data-state={state}>
      <div class="tile__head">
        <Name table={table} />
        <State table={table} state={state} nowMs={nowMs} />
      </div>
      {orders.length > 0 || table.parties.length > 0 ? (
        <Sums table={table} />
      ) : (
        <p class="tile__sub">{nextGuests(table)}</p>
      )}
      <Facts table={table} nowMs={nowMs} />
      <Hold table={table} state={state} nowMs={nowMs} onFree={onFree} />
    </article>
  )
}

function Name({ table: { name, orders } }: { table: Table }) {
  const [order] = orders
  if (order === undefined) return <span class="tile__name">{name}</span>
  return (
    <a class="tile__name" href={`${base}/orders/${encodeURIComponent(order.id)}`}>
      {name}
    </a>
  )
}

function State({ table, state, nowMs }: { table: Table; state: TableState; nowMs: number }) {
  const { word, icon, tone } = SHOWN[state]
  const late = table.nextReservation
  return (
    <Badge tone={tone} icon={icon}>
      {state === 'late' && late !== undefined
        ? `${duration(nowMs - Date.parse(late.startTime))} late`
        : word}
    </Badge>
  )
}

function Sums({ table }: { table: Table }) {
  const { money, time } = formats.value
  const owed = owedAt(table)
  const total = table.orders.reduce((sum, { totalMinor }) => sum + totalMinor, 0)
  const paid = table.orders.reduce((sum, { paidMinor }) => sum + paidMinor, 0)
  const lastPaid = table.orders
    .map(({ lastPaidAt = '' }) => lastPaidAt)
    .sort()
    .at(-1)
  if (total === 0) {
    return (
      <>
        <p class="tile__sum">{money(0)}</p>
        <p class="tile__sub">nothing ordered yet</p>
      </>
    )
  }
  if (owed === 0) {
    return (
      <>
        <p class="tile__sum">{money(0)}</p>
        <p class="tile__sub">
          all of {money(total)} paid{lastPaid ? ` at ${time(lastPaid)}` : ''}
        </p>
      </>
    )
  }
  return (
    <>
      <p class="tile__sum">{money(owed)}</p>
      <p class="tile__sub">{paid === 0 ? 'owed' : `owed of ${money(total)}`}</p>
      {paid === 0 ? null : (
        <progress value={paid} max={total} aria-label={`${money(paid)} of ${money(total)} paid`} />
      )}
    </>
  )
}

function nextGuests({ nextReservation }: Table): string {
  if (nextReservation === undefined) return ''
  const { name = 'Guests', covers, startTime } = nextReservation
  return `${name}, ${covers ?? '?'} at ${formats.value.time(startTime)}`
}

function Facts({ table, nowMs }: { table: Table; nowMs: number }) {
  const { maxCovers, orders } = table
  const since = seatedSince(table)
  const covers = coversAt(table)
  const waiter = orders.find(({ waiterId }) => waiterId !== undefined)?.waiterId
  if (since === undefined) {
    return (
      <p class="tile__meta">
        {maxCovers === undefined ? null : (
          <span>
            <Icon name="people" />
            up to {maxCovers}
          </span>
        )}
      </p>
    )
  }
  return (
    <p class="tile__meta">
      <span>
        <Icon name="people" />
        {covers === 0 ? '?' : covers}
        {maxCovers === undefined ? '' : `/${maxCovers}`}
      </span>
      <span>
        <Icon name="clock" />
        {duration(nowMs - since)}
      </span>
      {waiter === undefined ? null : <span>{waiterNames.value.get(waiter) ?? waiter}</span>}
    </p>
  )
}

interface HoldProps extends TileProps {
  state: TableState
}

function Hold({ table, state, nowMs, onFree }: HoldProps) {
  const found = liveLock(table.orders, nowMs)
  if (state === 'look') return <Look orders={table.orders} />
  if (found === undefined) return null
  const { lock, order } = found
  const left = (Date.parse(lock.expiresAt) - nowMs) / 1000
  const isPaying = lock.kind === 'DojoLock'
  const waiter = lock.waiterId && (waiterNames.value.get(lock.waiterId) ?? lock.waiterId)
  const holder = isPaying ? (lock.deviceId ?? lock.product ?? 'Dojo') : (lock.till ?? 'A till')
  return (
    <div class={isPaying ? 'tile__hold' : 'tile__hold tile__hold--till'}>
      <b class="state">
        <Icon name={isPaying ? 'term' : 'till'} />
        {isPaying && lock.deviceId !== undefined ? <span class="unseen">Card machine </span> : null}
        {holder}
      </b>
      <span class="seconds">
        <span class="unseen">{isPaying ? 'lock ends in ' : 'hold ends in '}</span>
        {countdown(left)}
      </span>
      <small>{waiter === undefined ? 'changing the order' : `for ${waiter}`}</small>
      {mayManage() ? (
        <button
          type="button"
          class="btn btn--small"
          aria-label={`Free ${table.name}`}
          onClick={() => {
            onFree(order)
          }}
        >
          Free…
        </button>
      ) : null}
    </div>
  )
}

function Look({ orders }: { orders: readonly FloorOrder[] }) {
  const order = orders.find(({ takenOffAt }) => takenOffAt !== undefined)
  const printed = order?.billPrintedAt
  if (printed === undefined) return null
  return (
    <div class="tile__hold tile__hold--look">
      <small>Less than the bill of {formats.value.time(printed)}</small>
    </div>
  )
}
