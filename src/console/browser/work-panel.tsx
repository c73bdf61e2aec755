// What is still to be done between a venue and Dojo.
import type { Static } from 'typebox'
import { toast } from '../../page/browser/dialog.tsx'
import { Button, useAct } from '../../page/browser/form.tsx'
import { count, type Formats } from '../../page/browser/formats.ts'
import type { IconName } from '../../page/browser/icon.tsx'
import { Badge, Empty, Failure, Panel, type Tone } from '../../page/browser/parts.tsx'
import type { WorkShape } from '../../till/kit/work-view.ts'

export type Work = Static<typeof WorkShape>

const KINDS: Record<string, string> = {
  OrderUpdated: 'Tell Dojo of an order',
  PartyUpdated: 'Tell Dojo of guests',
  ReservationUpdated: 'Tell Dojo of a booking',
  PaymentCheck: 'Check a payment with Dojo',
  DayAudit: 'Compare a day with Dojo',
}

const STATES: Record<Work['state'], { word: string; icon: IconName; tone: Tone }> = {
  Waiting: { word: 'Waiting', icon: 'wait', tone: 'plain' },
  Retrying: { word: 'Trying again', icon: 'undo', tone: 'warn' },
  Paused: { word: 'Paused', icon: 'pause', tone: 'warn' },
  GivenUp: { word: 'Given up', icon: 'crossc', tone: 'bad' },
}

export function isGivenUp({ state }: Work): boolean {
  return state === 'GivenUp'
}

interface WorkPanelProps {
  work: readonly Work[]
  formats: Formats
  /** Queues again what was given up. @returns how much that was */
  onRetry: () => Promise<number>
}

export function WorkPanel({ work, formats, onRetry }: WorkPanelProps) {
  const { run, isBusy, problem } = useAct()
  const givenUp = work.filter(isGivenUp).length
  const retry = async (): Promise<void> => {
    toast({ icon: 'undo', title: `${count(await onRetry(), 'job')} queued again.` })
  }
  const again = (
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
  return (
    <Panel title="Still to be done with Dojo" aside={givenUp === 0 ? undefined : again}>
      {problem === undefined ? null : <Failure problem={problem} />}
      {work.length === 0 ? (
        <Empty icon="tickc" title="Nothing waits">
          Every change has reached Dojo, and every payment is checked.
        </Empty>
      ) : (
        <WorkTable work={work} formats={formats} />
      )}
    </Panel>
  )
}

function WorkTable({ work, formats }: { work: readonly Work[]; formats: Formats }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th>What</th>
          <th>State</th>
          <th class="lo">Since</th>
          <th class="lo">Next</th>
          <th class="lo">Last answer</th>
        </tr>
      </thead>
      <tbody>
        {work.map((job) => (
          <Row key={`${job.kind} ${job.id}`} job={job} clock={formats.clock} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ job, clock }: { job: Work; clock: Formats['clock'] }) {
  const { word, icon, tone } = STATES[job.state]
  return (
    <tr>
      <td>
        <span class="strong">{KINDS[job.kind] ?? job.kind}</span>
        <span class="two mono">{job.id}</span>
      </td>
      <td>
        <Badge icon={icon} tone={tone}>
          {word}
        </Badge>
        {job.attempts === 0 ? null : <span class="two">tried {count(job.attempts, 'time')}</span>}
      </td>
      <td class="lo">{clock(job.queuedAt)}</td>
      <td class="lo">{job.nextAttemptAt === undefined ? '–' : clock(job.nextAttemptAt)}</td>
      <td class="lo soft">{job.lastError ?? ''}</td>
    </tr>
  )
}
