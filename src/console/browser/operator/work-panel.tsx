// What is still to be done between a venue and Dojo, for the operator.
import type { Static } from 'typebox'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import { Badge, Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import type { WorkShape } from '../../../operator/api/dojo.ts'
import { api, utc } from './operator.ts'
import { useOperator } from './use-operator.ts'

type Work = Static<typeof WorkShape>

export function WorkPanel({ venueId, onChanged }: { venueId: string; onChanged: () => void }) {
  const path = `/venues/${venueId}/outbox`
  const { data, problem, reload } = useOperator(
    path,
    async () => await api.call<{ rows: Work[] }>('GET', path),
  )
  const { run, isBusy, problem: refused } = useAct()
  const givenUp = (data?.rows ?? []).filter(({ givenUpAt }) => givenUpAt !== undefined).length
  const retry = async (): Promise<void> => {
    const { count: number } = await api.call<{ count: number }>('POST', `${path}/retry`)
    toast({ icon: 'undo', title: `${count(number, 'job')} queued again.` })
    reload()
    onChanged()
  }
  return (
    <Panel
      title="Still to be done with Dojo"
      aside={
        givenUp === 0 ? undefined : (
          <Button
            icon="undo"
            disabled={isBusy}
            onPress={() => {
              run(retry)
            }}
          >
            Try {givenUp} again
          </Button>
        )
      }
    >
      {[problem, refused].map((each) =>
        each === undefined ? null : <Failure key={each.message} problem={each} onRetry={reload} />,
      )}
      {data === undefined ? <Waiting /> : <Rows rows={data.rows} />}
    </Panel>
  )
}

function Rows({ rows }: { rows: readonly Work[] }) {
  if (rows.length === 0) {
    return (
      <Empty icon="tickc" title="Nothing waits">
        Every change has reached Dojo, and every payment is checked.
      </Empty>
    )
  }
  return (
    <table class="table">
      <thead>
        <tr>
          <th>What</th>
          <th>State</th>
          <th class="lo">Since</th>
          <th class="lo">Last answer</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ kind, id, givenUpAt, attempts, queuedAt, lastError }) => (
          <tr key={`${kind} ${id}`}>
            <td>
              <span class="strong">{kind}</span>
              <span class="two mono">{id}</span>
            </td>
            <td>
              <Badge
                icon={givenUpAt === undefined ? 'wait' : 'crossc'}
                tone={givenUpAt === undefined ? 'plain' : 'bad'}
              >
                {givenUpAt === undefined ? 'Waiting' : 'Given up'}
              </Badge>
              {attempts === 0 ? null : <span class="two">tried {count(attempts, 'time')}</span>}
            </td>
            <td class="lo">{utc.clock(queuedAt)}</td>
            <td class="lo soft">{lastError ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
