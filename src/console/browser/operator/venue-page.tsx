// One venue as its operator sees it: what is wrong, and everything that the command does to it.
import { useLocation, useRoute } from 'preact-iso'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { ago, createFormats, duration } from '../../../page/browser/formats.ts'
import { Failure, Figures, Notice, Waiting } from '../../../page/browser/parts.tsx'
import { setServerTime, useNow } from '../../../page/browser/use-now.ts'
import { Doctor, type Diagnosis } from '../doctor-panel.tsx'
import { AccessPanels } from './access-panels.tsx'
import { MoneyPanels } from './money-panels.tsx'
import { api, enter, venuesPath, type Line, type Settings } from './operator.ts'
import { OperatorFrame } from './operator-frame.tsx'
import { Acts } from './record-page.tsx'
import { ICONS, wordsFor } from './troubles.ts'
import { useOperator } from './use-operator.ts'
import { VenueWork } from './venue-work.tsx'

export interface Venue {
  at: string
  line: Line
  settings: Settings
}

const PARTS = [
  ['dojo', 'Dojo'],
  ['money', 'Money'],
  ['access', 'Keys and tokens'],
  ['record', 'Record'],
] as const

export function VenuePage() {
  const id = useRoute().params['venueId']!
  const { data, problem, reload } = useOperator(`venue ${id}`, async () => {
    const venue = await api.call<Venue>('GET', `/venues/${id}`)
    setServerTime(venue.at)
    return venue
  })
  return (
    <OperatorFrame title={data?.line.name ?? 'Venue'} sub={<a href={venuesPath}>All venues</a>}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? <Waiting /> : <Loaded venue={data} onChanged={reload} />}
    </OperatorFrame>
  )
}

function Loaded({ venue, onChanged }: { venue: Venue; onChanged: () => void }) {
  const { line, settings } = venue
  const { query } = useLocation()
  const part = query['part'] ?? 'dojo'
  const now = useNow()
  const { run, isBusy, problem } = useAct()
  return (
    <>
      {problem === undefined ? null : <Failure problem={problem} />}
      {line.troubles.map((trouble) => {
        const { title, text } = wordsFor(trouble, line, now)
        return (
          <Notice key={trouble} icon={ICONS[trouble]} tone={line.state === 'Help' ? 'bad' : 'warn'}>
            <b>{title}.</b> {text}
          </Notice>
        )
      })}
      <VenueFigures line={line} nowMs={now} />
      <div class="row row--wrap">
        <nav class="tabs" aria-label="Parts of the venue">
          {PARTS.map(([name, label]) => (
            <a
              key={name}
              class="tab"
              href={`${venuesPath}/${line.id}?part=${name}`}
              aria-current={name === part ? 'page' : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
        <span class="push">
          <Button
            kind="main"
            icon="floor"
            disabled={isBusy}
            onPress={() => {
              run(async () => await enter(line.id))
            }}
          >
            Open its console
          </Button>
        </span>
      </div>
      {part === 'dojo' ? (
        <>
          <VenueWork venueId={line.id} onChanged={onChanged} />
          <DoctorOf venueId={line.id} />
        </>
      ) : null}
      {part === 'money' ? <MoneyPanels line={line} /> : null}
      {part === 'access' ? <AccessPanels settings={settings} onChanged={onChanged} /> : null}
      {part === 'record' ? (
        <section class="panel">
          <Acts venueId={line.id} />
        </section>
      ) : null}
    </>
  )
}

function DoctorOf({ venueId }: { venueId: string }) {
  const path = `/venues/${venueId}/doctor`
  return <Doctor examine={async () => await api.call<Diagnosis>('GET', path)} />
}

const KEYS = { None: 'none', Works: 'works', Refused: 'refused' } as const
const SOCKETS = { None: 'REST', Open: 'open', Down: 'down' } as const

const TRANSPORTS = {
  rest: 'Dojo calls this server',
  socket: 'this server connects to Dojo',
  both: 'Dojo calls, and a socket',
} as const

function waitingNote({ givenUp, waiting, oldestEventSeconds }: Line): string {
  if (givenUp > 0) return `${givenUp} given up`
  if (waiting === 0) return 'nothing waits'
  return `the oldest event for ${duration(oldestEventSeconds * 1000)}`
}

function VenueFigures({ line, nowMs }: { line: Line; nowMs: number }) {
  const { money, zone } = createFormats(line.currency, line.timeZone)
  const { lastCallAt } = line
  return (
    <Figures
      figures={[
        {
          name: 'Last call',
          value: lastCallAt === undefined ? 'never' : ago(nowMs - Date.parse(lastCallAt)),
          note: 'of Dojo',
        },
        {
          name: 'Key',
          value: KEYS[line.key],
          tone: line.key === 'Refused' ? 'bad' : undefined,
          note: `${line.currency}, ${zone}`,
        },
        {
          name: 'Socket',
          value: SOCKETS[line.socket],
          tone: line.socket === 'Down' ? 'bad' : undefined,
          note: line.socketTrouble ?? TRANSPORTS[line.transport],
        },
        { name: 'Waiting', value: line.waiting, note: waitingNote(line) },
        {
          name: 'On no bill',
          value: money(line.unmatchedMinor),
          note:
            line.auditDay === undefined ? 'no night compared' : `compared until ${line.auditDay}`,
        },
      ]}
    />
  )
}
