// The operator's first page: every venue, the worst first, and what is wrong with it.
import { useState } from 'preact/hooks'
import { count } from '../../../page/browser/formats.ts'
import { SearchField } from '../../../page/browser/fields.tsx'
import {
  Empty,
  Failure,
  Figures,
  Segments,
  Waiting,
  type Figure,
} from '../../../page/browser/parts.tsx'
import { setServerTime } from '../../../page/browser/use-now.ts'
import { createFormats } from '../../../page/browser/formats.ts'
import { api, type Line } from './operator.ts'
import { OperatorFrame } from './operator-frame.tsx'
import { useOperator } from './use-operator.ts'
import { VenueTable } from './venue-table.tsx'
import { Wall } from './wall.tsx'
import type { Trouble } from './troubles.ts'

interface Venues {
  at: string
  rows: Line[]
}

export function VenuesPage() {
  const { data, problem, reload } = useOperator('venues', async () => {
    const venues = await api.call<Venues>('GET', '/venues')
    setServerTime(venues.at)
    return venues
  })
  const sub =
    data === undefined ? undefined : `${data.rows.length.toLocaleString('en')}, worst first`
  return (
    <OperatorFrame title="Venues" sub={sub}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? <Waiting /> : <Loaded rows={data.rows} />}
    </OperatorFrame>
  )
}

function Loaded({ rows }: { rows: readonly Line[] }) {
  if (rows.length === 0) {
    return (
      <Empty icon="venues" title="There is no venue yet">
        Create one with{' '}
        <span class="mono">npx epos location create --name NAME --currency GBP</span>, or with{' '}
        <span class="mono">POST /operator/v1/venues</span>.
      </Empty>
    )
  }
  return (
    <>
      <Figures figures={figuresOf(rows)} />
      <Wall rows={rows} />
      <Found rows={rows} />
    </>
  )
}

function figuresOf(rows: readonly Line[]): Figure[] {
  const inState = (state: Line['state']): Line[] => rows.filter((row) => row.state === state)
  const helped = inState('Help')
  const looked = inState('Look')
  const unmatched = rows.filter(({ unmatchedCount }) => unmatchedCount > 0)
  const waiting = rows.filter(({ waiting, givenUp }) => waiting + givenUp > 0)
  return [
    {
      name: 'Need help',
      value: helped.length,
      tone: helped.length === 0 ? undefined : 'bad',
      note: kindsOf(helped),
    },
    {
      name: 'Need a look',
      value: looked.length,
      tone: looked.length === 0 ? undefined : 'warn',
      note: kindsOf(looked),
    },
    { name: 'Fine', value: inState('Fine').length, note: `and ${inState('Closed').length} closed` },
    {
      name: 'On no bill',
      value: moneyOf(unmatched),
      note: `${count(sum(unmatched, 'unmatchedCount'), 'payment')}, ${count(unmatched.length, 'venue')}`,
    },
    {
      name: 'Waiting for Dojo',
      value: sum(waiting, 'waiting'),
      note: `${sum(waiting, 'givenUp')} given up, ${count(waiting.length, 'venue')}`,
    },
  ]
}

function sum(rows: readonly Line[], field: 'unmatchedCount' | 'waiting' | 'givenUp'): number {
  return rows.reduce((total, row) => total + row[field], 0)
}

/** Each currency for itself. */
function moneyOf(rows: readonly Line[]): string {
  const totals = new Map<string, number>()
  for (const { currency, unmatchedMinor } of rows) {
    totals.set(currency, (totals.get(currency) ?? 0) + unmatchedMinor)
  }
  if (totals.size === 0) return '–'
  return [...totals]
    .map(([currency, minor]) => createFormats(currency, 'UTC').money(minor))
    .join(' + ')
}

const KINDS: Record<Trouble, string> = {
  Key: 'key',
  Socket: 'socket',
  Silent: 'silent',
  Waiting: 'waiting',
  Money: 'money',
  Audit: 'audit',
}

function kindsOf(rows: readonly Line[]): string {
  const kinds = new Set(
    rows.map(({ troubles: [worst] }) => (worst === undefined ? '' : KINDS[worst])),
  )
  return kinds.size === 0 ? 'none' : [...kinds].join(', ')
}

const FILTERS: readonly { value: 'All' | Trouble; label: string }[] = [
  { value: 'All', label: 'All' },
  { value: 'Silent', label: 'Silent' },
  { value: 'Socket', label: 'Socket' },
  { value: 'Key', label: 'Key' },
  { value: 'Money', label: 'Money' },
  { value: 'Audit', label: 'Audit' },
  { value: 'Waiting', label: 'Waiting' },
]

function Found({ rows }: { rows: readonly Line[] }) {
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<'All' | Trouble>('All')
  const words = search.toLowerCase().trim()
  const has = ({ troubles }: Line, filter: 'All' | Trouble): boolean =>
    filter === 'All' || troubles.includes(filter)
  const found = rows.filter(
    (row) =>
      has(row, chosen) &&
      (row.name.toLowerCase().includes(words) || row.id.toLowerCase().includes(words)),
  )
  const choices = FILTERS.map((filter) => ({
    ...filter,
    count: rows.filter((row) => has(row, filter.value)).length,
  }))
  return (
    <section class="panel" aria-label="Venues">
      <div class="panel__head row--wrap">
        <SearchField
          label="Search venues"
          placeholder="Venue or id"
          value={search}
          onChange={setSearch}
        />
        <Segments
          label="Only venues with"
          choices={choices.filter(({ value, count }) => value === 'All' || count > 0)}
          chosen={chosen}
          onChoose={setChosen}
        />
      </div>
      {found.length === 0 ? (
        <Empty icon="search" title="No venue is like that">
          Search for a part of a name or of an id, or choose All.
        </Empty>
      ) : (
        <VenueTable key={`${chosen} ${words}`} rows={found} />
      )}
      <p class="panel__foot">
        {found.length.toLocaleString('en')} of {rows.length.toLocaleString('en')}.
      </p>
    </section>
  )
}
