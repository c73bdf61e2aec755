// The work that waits between a venue and Dojo, for the operator.
import { Failure, Waiting } from '../../../page/browser/parts.tsx'
import { WorkPanel, type Work } from '../work-panel.tsx'
import { api, utc } from './operator.ts'
import { useOperator } from './use-operator.ts'

export function VenueWork({ venueId, onChanged }: { venueId: string; onChanged: () => void }) {
  const path = `/venues/${venueId}/outbox`
  const { data, problem, reload } = useOperator(
    path,
    async () => await api.call<{ rows: Work[] }>('GET', path),
  )
  const retry = async (): Promise<number> => {
    const { count } = await api.call<{ count: number }>('POST', `${path}/retry`)
    reload()
    onChanged()
    return count
  }
  return (
    <>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? (
        <Waiting />
      ) : (
        <WorkPanel work={data.rows} formats={utc} onRetry={retry} />
      )}
    </>
  )
}
