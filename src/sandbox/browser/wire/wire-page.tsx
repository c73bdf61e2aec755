// What went over the wire: the calls, and all of the one that is chosen.
import { useState } from 'preact/hooks'
import { SearchField } from '../../../page/browser/fields.tsx'
import { Badge, Empty, Segments } from '../../../page/browser/parts.tsx'
import { count } from '../../../page/browser/formats.ts'
import type { WireSummary } from '../../wire/entry.ts'
import { Frame } from '../frame.tsx'
import { calls, faults } from '../live.ts'
import { CallDetail } from './call-detail.tsx'
import { CallsTable } from './calls-table.tsx'
import { Certifier } from './certifier.tsx'
import { Faults } from './faults.tsx'
import { LogButton } from './log-button.tsx'
import { kindOf } from './words.ts'

type Filter = 'all' | 'refused' | 'lost'
const SHOWN_ROWS = 60

export function WirePage() {
  const [chosen, setChosen] = useState<number>()
  const on = faults.value?.active.length ?? 0
  const badge =
    on === 0 ? undefined : (
      <Badge icon="warn" tone="warn">
        {count(on, 'fault')} on
      </Badge>
    )
  return (
    <Frame title="Wire" sub={badge} actions={<LogButton />}>
      <div class="cols cols--wide">
        <div class="stack">
          <Calls chosen={chosen} onChoose={setChosen} />
          {chosen === undefined ? null : <CallDetail key={chosen} number={chosen} />}
          <Faults />
        </div>
        <aside class="stack stack--4" aria-label="Certifier">
          <Certifier />
        </aside>
      </div>
    </Frame>
  )
}

interface CallsProps {
  chosen: number | undefined
  onChoose: (number: number) => void
}

function Calls({ chosen, onChoose }: CallsProps) {
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<Filter>('all')
  const all = calls.value
  const found = all.filter((call) => fits(call, filter, search))
  const counted = (kind: Filter): number => all.filter((call) => fits(call, kind, '')).length
  return (
    <section class="panel" aria-labelledby="calls">
      <div class="panel__head row--wrap">
        <h2 id="calls">Calls</h2>
        <SearchField
          placeholder="Capability, order, sentence"
          value={search}
          onChange={setSearch}
        />
        <span class="push">
          <Segments
            label="Which calls"
            choices={[
              { value: 'all', label: 'All', count: all.length },
              { value: 'refused', label: 'Refused', count: counted('refused') },
              { value: 'lost', label: 'Lost', count: counted('lost') },
            ]}
            chosen={filter}
            onChoose={setFilter}
          />
        </span>
      </div>
      {found.length === 0 ? (
        <NoCall isFiltered={all.length > 0} />
      ) : (
        <div class="wire__rows" tabIndex={0} role="group" aria-label="Calls, the newest first">
          <CallsTable calls={found.slice(0, SHOWN_ROWS)} chosen={chosen} onChoose={onChoose} />
        </div>
      )}
    </section>
  )
}

function NoCall({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <Empty icon="search" title="No such call">
      Choose <b>All</b>, or search for something else.
    </Empty>
  ) : (
    <Empty icon="pulse" title="No call yet">
      Touch a <a href="/">card machine</a>, or run the tester: each call appears here.
    </Empty>
  )
}

function fits(call: WireSummary, filter: Filter, search: string): boolean {
  if (filter !== 'all' && kindOf(call) !== filter) return false
  const { name, by, about, row } = call
  return `${name} ${by} ${about} ${row?.name ?? ''}`.toLowerCase().includes(search.toLowerCase())
}
