// The connection with Dojo: whether it works, what Dojo asked last and why it was refused, and the
// work that waits.
import type { Static } from 'typebox'
import { duration } from '../../../page/browser/formats.ts'
import { Failure, Figures, Notice, Waiting } from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { LinkShape } from '../../../till/venue/dojo.ts'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { formats, me, till } from '../session.ts'
import { isGivenUp, WorkPanel } from '../work-panel.tsx'
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
  const ago = (at: string | undefined): string =>
    at === undefined ? 'never' : `${duration(now - Date.parse(at))} ago`
  const { work } = link
  const [oldest] = work
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
      <Requests />
      <WorkPanel work={work} formats={formats.value} onRetry={retry} />
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
