// What the doctor finds between a venue, this server and Dojo, and what Dojo has registered against
// what is served here. It asks Dojo, so somebody starts it.
import type { Static } from 'typebox'
import { useState } from 'preact/hooks'
import { Button, useAct } from '../../page/browser/form.tsx'
import { count } from '../../page/browser/formats.ts'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { Badge, Empty, Failure, Panel, Waiting } from '../../page/browser/parts.tsx'
import type { CheckShape, DiagnosisShape } from '../../till/kit/shapes.ts'

type Check = Static<typeof CheckShape>
export type Diagnosis = Static<typeof DiagnosisShape>
type Extent = NonNullable<Diagnosis['extent']>

const SIGNS: Record<Check['state'], { icon: IconName; tone: string; word: string }> = {
  broken: { icon: 'crossc', tone: 'bad', word: 'Broken' },
  warning: { icon: 'warn', tone: 'warn', word: 'To look at' },
  ok: { icon: 'tickc', tone: 'good', word: 'Fine' },
  skipped: { icon: 'circle', tone: 'faint', word: 'Not looked at' },
}
const WORST_FIRST = Object.keys(SIGNS)

/** @param examine asks the doctor of that venue */
export function Doctor({ examine }: { examine: () => Promise<Diagnosis> }) {
  const [found, setFound] = useState<Diagnosis>()
  const { run, isBusy, problem } = useAct()
  return (
    <div class={found?.extent === undefined ? 'stack' : 'cols cols--half'}>
      <Panel
        title="What the doctor found"
        aside={
          <Button
            icon="pulse"
            disabled={isBusy}
            onPress={() => {
              run(async () => {
                setFound(await examine())
              })
            }}
          >
            Run the doctor
          </Button>
        }
      >
        {problem === undefined ? null : <Failure problem={problem} />}
        {isBusy ? <Waiting /> : <Checks checks={found?.checks} />}
      </Panel>
      {found?.extent === undefined ? null : <Registered extent={found.extent} />}
    </div>
  )
}

function Checks({ checks }: { checks: readonly Check[] | undefined }) {
  if (checks === undefined) {
    return (
      <Empty icon="pulse" title="The doctor has not looked yet">
        It looks at configuration, clocks, key, address, certificate, registration and what waits,
        and says what to do. It asks Dojo, and changes nothing.
      </Empty>
    )
  }
  const sorted = checks.toSorted(
    (a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state),
  )
  return (
    <>
      {sorted.map(({ name, state, finding, advice }) => (
        <div class="finding" key={`${name} ${finding}`}>
          <span class={SIGNS[state].tone}>
            <Icon name={SIGNS[state].icon} />
            <span class="unseen">{SIGNS[state].word}</span>
          </span>
          <p>
            <b>{name[0]!.toUpperCase() + name.slice(1)}.</b> {finding}
          </p>
          <span />
          {advice === undefined ? null : <p class="do small">{advice}</p>}
        </div>
      ))}
    </>
  )
}

/** The first that a name fits is its group. */
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ['Locks', /Lock/],
  ['Parties', /Part(y|ies)/],
  ['Reservations', /Reservation/],
  ['Events', /Event|_/],
  ['Floor', /Table|Area/],
  ['Orders', /Order|Bill/],
  ['Others', /./],
]

type Way = 'rest' | 'socket' | 'missing' | 'notServed'

const WAYS: Record<Way, string> = {
  rest: '',
  socket: ' over the socket',
  missing: ' not registered',
  notServed: ' registered, and not served',
}

function Registered({ extent }: { extent: Extent }) {
  const { overRest, overSocket, missing, notServed } = extent
  const ways = new Map<string, Way>([
    ...missing.map((name) => [name, 'missing'] as const),
    ...notServed.map((name) => [name, 'notServed'] as const),
    ...overSocket.map((name) => [name, 'socket'] as const),
    ...overRest.map((name) => [name, 'rest'] as const),
  ])
  const groups = Map.groupBy(
    [...ways.keys()],
    (name) => GROUPS.find(([, pattern]) => pattern.test(name))![0],
  )
  const registered = new Set([...overRest, ...overSocket]).size
  const isWhole = missing.length === 0 && notServed.length === 0
  return (
    <Panel
      title="Registered and served"
      aside={
        <Badge icon={isWhole ? 'tickc' : 'warn'} tone={isWhole ? 'good' : 'warn'}>
          {registered} of {registered + missing.length}
        </Badge>
      }
    >
      <dl class="panel__body kv">
        {GROUPS.map(([title]) => {
          const names = groups.get(title)
          if (names === undefined) return null
          return [
            <dt key={`${title} dt`}>{title}</dt>,
            <dd key={title}>
              {names.toSorted().map((name) => (
                <Capability key={name} name={name} way={ways.get(name)!} />
              ))}
            </dd>,
          ]
        })}
      </dl>
      <p class="panel__foot small soft">
        {missing.length === 0
          ? 'Dojo calls all that this server has.'
          : `Dojo never calls ${count(missing.length, 'capability', 'capabilities')} of these. ` +
            'That is right where the venue does not use their product.'}
      </p>
    </Panel>
  )
}

function Capability({ name, way }: { name: string; way: Way }) {
  const isThere = way === 'rest' || way === 'socket'
  return (
    <span class={isThere ? 'state' : 'state warn'}>
      <Icon name={isThere ? 'tick' : 'circle'} />
      {name}
      {WAYS[way] === '' ? null : <span class="faint">{WAYS[way]}</span>}
    </span>
  )
}
