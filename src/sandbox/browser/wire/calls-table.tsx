// Calls as rows, the newest first.
import { Icon } from '../../../page/browser/icon.tsx'
import type { WireSummary } from '../../wire/entry.ts'
import { formats } from '../live.ts'
import { kindOf, LOOKS, milliseconds } from './words.ts'

interface CallsTableProps {
  calls: readonly WireSummary[]
  /** Left out where rows cannot be chosen. */
  onChoose?: (number: number) => void
  chosen?: number | undefined
}

export function CallsTable({ calls, onChoose, chosen }: CallsTableProps) {
  return (
    <table class={`table table--tight wire ${onChoose === undefined ? '' : 'table--press'}`}>
      <caption class="unseen">Calls, the newest first</caption>
      <thead>
        <tr>
          <th>Time</th>
          <th>Call</th>
          <th>Answer</th>
          <th class="num lo">ms</th>
          <th class="lo">Checklist</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <Row
            key={call.number}
            call={call}
            isChosen={call.number === chosen}
            onChoose={onChoose}
          />
        ))}
      </tbody>
    </table>
  )
}

interface RowProps {
  call: WireSummary
  isChosen: boolean
  onChoose: ((number: number) => void) | undefined
}

function Row({ call, isChosen, onChoose }: RowProps) {
  const { number, at, name, to, by, about, status, row } = call
  const { icon, tone } = LOOKS[kindOf(call)]
  return (
    <tr
      aria-selected={onChoose === undefined ? undefined : isChosen}
      onClick={() => onChoose?.(number)}
    >
      <td class="faint small nowrap">{formats.value.clock(at)}</td>
      <td class="wire__call">
        {onChoose === undefined ? (
          <span class="strong small">{name}</span>
        ) : (
          <button type="button" class="wire__open strong small" aria-expanded={isChosen}>
            {name}
          </button>
        )}
        {to === 'dojo' ? <span class="badge wire__to">of Dojo</span> : null}
        <span class="two">
          {by}
          {about === '' ? null : `: ${about}`}
        </span>
      </td>
      <td>
        <span class={`status ${tone}`}>
          <Icon name={icon} />
          {status ?? 'lost'}
        </span>
      </td>
      <td class="num lo">{milliseconds(call.milliseconds)}</td>
      <td class="lo small soft">{row?.name ?? '–'}</td>
    </tr>
  )
}
