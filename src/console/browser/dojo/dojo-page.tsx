// The connection with Dojo: whether it works, what Dojo last did, and the work that waits.
import type { Static } from 'typebox'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count, duration } from '../../../page/browser/formats.ts'
import type { IconName } from '../../../page/browser/icon.tsx'
import {
  Badge,
  Empty,
  Failure,
  Figures,
  Notice,
  Panel,
  Waiting,
  type Tone,
} from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { LinkShape } from '../../../till/venue/dojo.ts'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { formats, me, till } from '../session.ts'

type Link = Static<typeof LinkShape>
type Work = Link['work'][number]

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

export function DojoPage() {
  const { data, problem, reload } = useLive(
    `dojo ${me.value!.venue.id}`,
    async () => await till.call<Link>('GET', '/dojo'),
  )
  return (
    <Frame title="Dojo" sub={formats.value.day(useNow())}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? <Waiting /> : <Loaded link={data} onChanged={reload} />}
    </Frame>
  )
}

function Loaded({ link, onChanged }: { link: Link; onChanged: () => void }) {
  const now = useNow()
  const ago = (at: string | undefined): string =>
    at === undefined ? 'never' : `${duration(now - Date.parse(at))} ago`
  const { work } = link
  const [oldest] = work
  const givenUp = work.filter(({ state }) => state === 'GivenUp').length
  return (
    <>
      <KeyNotice link={link} />
      <Figures
        figures={[
          {
            name: 'Last call',
            value: ago(link.lastCallAt),
            note: 'of Dojo, that changed something',
          },
          { name: 'Account', value: link.accountId ?? '–', note: 'of the venue, at Dojo' },
          {
            name: 'Waiting',
            value: work.length - givenUp,
            note:
              oldest === undefined
                ? 'nothing'
                : `the oldest for ${duration(now - Date.parse(oldest.queuedAt))}`,
          },
          {
            name: 'Given up',
            value: givenUp,
            tone: givenUp === 0 ? undefined : 'bad',
            note: givenUp === 0 ? 'nothing' : 'needs somebody',
          },
        ]}
      />
      <WorkPanel work={work} givenUp={givenUp} onChanged={onChanged} />
    </>
  )
}

function KeyNotice({ link: { hasKey, keyRefusedAt } }: { link: Link }) {
  if (!hasKey) {
    return (
      <Notice tone="warn" icon="key">
        <b>The venue has no Dojo API key.</b> Payments are not checked with Dojo, and Dojo hears of
        no change. Set it with <span class="mono">npx epos location set-dojo-key</span>, then{' '}
        <span class="mono">npx epos register</span>.
      </Notice>
    )
  }
  if (keyRefusedAt === undefined) return null
  return (
    <Notice tone="bad" icon="key">
      <b>Dojo rejected the venue’s API key at {formats.value.clock(keyRefusedAt)}.</b> Calls to Dojo
      are paused until it is replaced: <span class="mono">npx epos location set-dojo-key</span>.
    </Notice>
  )
}

interface WorkPanelProps {
  work: readonly Work[]
  givenUp: number
  onChanged: () => void
}

function WorkPanel({ work, givenUp, onChanged }: WorkPanelProps) {
  const { run, isBusy, problem } = useAct()
  const retry = async (): Promise<void> => {
    const { count: number } = await till.call<{ count: number }>('POST', '/dojo/retry')
    toast({ icon: 'undo', title: `${count(number, 'job')} queued again.` })
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
      {problem === undefined ? null : <Failure problem={problem} />}
      {work.length === 0 ? (
        <Empty icon="tickc" title="Nothing waits">
          Every change has reached Dojo, and every payment is checked.
        </Empty>
      ) : (
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
              <Row key={`${job.kind} ${job.id}`} job={job} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

function Row({ job }: { job: Work }) {
  const { clock } = formats.value
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
