// What operators did, newest first.
import type { Static } from 'typebox'
import { Icon } from '../../../page/browser/icon.tsx'
import { Empty, Failure, Waiting } from '../../../page/browser/parts.tsx'
import type { ActShape } from '../../../operator/api/record.ts'
import { api, utc, venuesPath } from './operator.ts'
import { OperatorFrame } from './operator-frame.tsx'
import { useOperator } from './use-operator.ts'

type Act = Static<typeof ActShape>

export function RecordPage() {
  return (
    <OperatorFrame title="Record" sub="what operators did, newest first">
      <section class="panel">
        <Acts />
      </section>
    </OperatorFrame>
  )
}

/** Those in one venue, or in all. */
export function Acts({ venueId }: { venueId?: string }) {
  const { data, problem, reload } = useOperator(`acts ${venueId ?? ''}`, async () => {
    const query = venueId === undefined ? '' : `?venueId=${venueId}`
    return await api.call<{ rows: Act[] }>('GET', `/acts${query}`)
  })
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (data === undefined) return <Waiting />
  if (data.rows.length === 0) {
    return (
      <Empty icon="file" title="No operator has changed anything">
        Each change is written here before it is made.
      </Empty>
    )
  }
  return (
    <table class="table">
      <thead>
        <tr>
          <th>When</th>
          <th>Who</th>
          <th>What</th>
          <th class="lo">Result</th>
        </tr>
      </thead>
      <tbody>
        {data.rows.map((act) => (
          <Row key={`${act.at} ${act.operation}`} act={act} hasVenue={venueId === undefined} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ act, hasVenue }: { act: Act; hasVenue: boolean }) {
  const { at, operator, address, operation, detail, outcome } = act
  const given = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`)
  const isDone = outcome === 'done'
  return (
    <tr>
      <td class="nowrap">
        {utc.clock(at)}
        <span class="two">{utc.date(at)}</span>
      </td>
      <td>
        <span class="strong">{operator}</span>
        <span class="two">{address}</span>
      </td>
      <td>
        {inWords(operation)}
        {hasVenue && act.venueId !== undefined ? (
          <>
            {' · '}
            <a href={`${venuesPath}/${act.venueId}`}>{act.venueName ?? act.venueId}</a>
          </>
        ) : null}
        {given.length === 0 ? null : <span class="two mono">{given.join(', ')}</span>}
      </td>
      <td class="lo">
        <span class={isDone ? 'state small soft' : 'state small warn'}>
          <Icon name={isDone ? 'tick' : 'warn'} />
          {isDone ? 'done' : (outcome ?? 'not known')}
        </span>
      </td>
    </tr>
  )
}

/** `setDojoKey` is `Set Dojo key`. */
function inWords(operation: string): string {
  const words = operation.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return (words[0]!.toUpperCase() + words.slice(1)).replace(' dojo', ' Dojo')
}
