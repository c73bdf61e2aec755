// The connection with Dojo: whether it works, what Dojo asked last and why it was refused, and the
// work that waits.
import type { Static } from 'typebox'
import { ago, duration } from '../../../page/browser/formats.ts'
import { Failure, Figures, Notice, Waiting, type Figure } from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { LinkShape } from '../../../till/venue/dojo.ts'
import { Doctor, type Diagnosis } from '../doctor-panel.tsx'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { formats, me, till } from '../session.ts'
import { isGivenUp, WorkPanel } from '../work-panel.tsx'
import { AnswerTimes, inMs } from './answer-times.tsx'
import { useRequestFigures, type RequestFigures } from './requests.ts'
import { Requests } from './requests-panel.tsx'

type Link = Static<typeof LinkShape>

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
  const { lastCallAt } = link
  const lastCall = lastCallAt === undefined ? 'never' : ago(now - Date.parse(lastCallAt))
  const { work } = link
  const [oldest] = work
  const figures = useRequestFigures()
  const givenUp = work.filter(isGivenUp).length
  const retry = async (): Promise<number> => {
    const { count } = await till.call<{ count: number }>('POST', '/dojo/retry')
    onChanged()
    return count
  }
  return (
    <>
      <KeyNotice link={link} />
      <Figures
        figures={[
          { name: 'Last call', value: lastCall, note: 'of Dojo' },
          transportFigure(link, now),
          answeredFigure(figures),
          timeFigure(figures),
          {
            name: 'Waiting',
            value: work.length - givenUp,
            tone: givenUp === 0 ? undefined : 'bad',
            note: givenUp > 0 ? `and ${givenUp} given up` : waitFor(oldest, now),
          },
        ]}
      />
      <Requests />
      <WorkPanel work={work} formats={formats.value} onRetry={retry} />
      {figures === undefined ? null : <AnswerTimes figures={figures} />}
      <Doctor examine={async () => await till.call<Diagnosis>('GET', '/dojo/doctor')} />
    </>
  )
}

function waitFor(oldest: Link['work'][number] | undefined, now: number): string {
  return oldest === undefined
    ? 'nothing'
    : `the oldest for ${duration(now - Date.parse(oldest.queuedAt))}`
}

function answeredFigure(figures: RequestFigures | undefined): Figure {
  if (figures === undefined) return { name: 'Requests', value: '–' }
  const { requests, refused, failed, since } = figures
  return {
    name: `Requests since ${formats.value.time(since)}`,
    value: requests.toLocaleString('en-GB'),
    note: `${refused} refused, ${failed} failed`,
    tone: failed === 0 ? undefined : 'bad',
  }
}

function timeFigure(figures: RequestFigures | undefined): Figure {
  const { medianMs, slowestInHundredMs } = figures ?? {}
  const name = 'Time to answer'
  if (medianMs === undefined || slowestInHundredMs === undefined) return { name, value: '–' }
  return {
    name,
    value: inMs(medianMs),
    of: 'median',
    note: `slowest in a hundred: ${inMs(slowestInHundredMs)}`,
  }
}

const TRANSPORTS = { rest: 'REST', socket: 'Socket', both: 'REST and socket' } as const

/** How Dojo reaches the venue, and whether that way is open. */
function transportFigure(link: Link, now: number): Figure {
  const { transport, socket, socketOpenedAt, socketServedAt, socketTrouble } = link
  const figure = { name: 'Transport', value: TRANSPORTS[transport] }
  if (transport === 'rest') return { ...figure, note: 'Dojo calls this server' }
  if (socket === 'None') return { ...figure, note: 'no key to open the socket with' }
  if (socket === 'Down') {
    return { ...figure, tone: 'bad', note: `the socket is down${because(socketTrouble)}` }
  }
  const used =
    socketServedAt === undefined
      ? 'nothing came through it yet'
      : `used ${duration(now - Date.parse(socketServedAt))} ago`
  return {
    ...figure,
    tone: 'good',
    note: `open for ${duration(now - Date.parse(socketOpenedAt!))}, ${used}`,
  }
}

const because = (trouble: string | undefined): string =>
  trouble === undefined ? '' : `: ${trouble}`

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
