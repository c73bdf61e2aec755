// What is around every page: the rail with the pages, the title, the newest change, and the venue's
// clock.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { Button } from '../../page/browser/form.tsx'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { Badge } from '../../page/browser/parts.tsx'
import { Keys, type KeyPlace } from '../../page/browser/keys.tsx'
import { useNow } from '../../page/browser/use-now.ts'
import { inWords } from './describe.ts'
import { changes, connection, unmatchedCount } from './live.ts'
import { leave as leaveAll, operator, venuesPath } from './operator/operator.ts'
import { base, formats, mayManage, me, signOut } from './session.ts'

export interface Counted {
  number: number
  /** What is counted, for those who do not see it: `1 being paid`. */
  label: string
  tone?: 'live' | 'bad' | 'warn'
}

interface FrameProps {
  title: ComponentChildren
  sub?: ComponentChildren
  /** What is counted beside a page's name; it stays while other pages are open. */
  counts?: Partial<Record<string, Counted>>
  children: ComponentChildren
}

interface Place extends KeyPlace {
  icon: IconName
  /** The beginnings of paths that belong to it too. */
  also?: string
  forManagers?: boolean
}

const PLACES: readonly Place[] = [
  { name: 'Floor', letter: 'f', path: '', icon: 'floor', also: '/orders/' },
  { name: 'Money', letter: 'm', path: '/money', icon: 'money' },
  { name: 'Day', letter: 'd', path: '/day', icon: 'day', forManagers: true },
  { name: 'Bookings', letter: 'b', path: '/bookings', icon: 'book' },
  { name: 'Setup', letter: 's', path: '/setup', icon: 'setup', forManagers: true },
  { name: 'Dojo', letter: 'j', path: '/dojo', icon: 'dojo', forManagers: true },
]

const counted = signal<Partial<Record<string, Counted>>>({})

export function Frame({ title, sub, counts, children }: FrameProps) {
  const key = JSON.stringify(counts)
  useEffect(() => {
    counted.value = { ...counted.value, ...counts }
  }, [key])
  const unmatched = unmatchedCount.value
  const label = `${unmatched} on no bill`
  return (
    <>
      <PlaceKeys />
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="app">
        <Rail counts={{ ...counted.value, Money: { number: unmatched, label, tone: 'bad' } }} />
        <div class="page">
          <header class="bar">
            <div class="bar__title">
              {typeof title === 'string' ? <h1>{title}</h1> : title}
              {sub === undefined ? null : <span class="bar__sub">{sub}</span>}
            </div>
            <Tape />
            <Clock />
            <Narrow />
          </header>
          <main class="main" id="main" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
    </>
  )
}

function placesOf(): readonly Place[] {
  return PLACES.filter(({ forManagers }) => forManagers !== true || mayManage())
}

function PlaceKeys() {
  const { route } = useLocation()
  const role = me.value?.role
  const places = useMemo(() => placesOf().map((at) => ({ ...at, path: base + at.path })), [role])
  return <Keys places={places} onGo={route} />
}

function Rail({ counts }: { counts: Partial<Record<string, Counted>> }) {
  const { path } = useLocation()
  const { venue } = me.value!
  const below = path.slice(base.length)
  return (
    <nav class="rail" aria-label="Console">
      <a class="rail__venue" href={base}>
        <span class="rail__mark" aria-hidden="true">
          {initials(venue.name)}
        </span>
        <span>
          <b>{venue.name}</b>
          <small>{formats.value.day(Date.now())}</small>
        </span>
      </a>
      <ul class="rail__list">
        {placesOf().map(({ name, path, icon, also }) => {
          const isHere = below === path || (also !== undefined && below.startsWith(also))
          return (
            <li key={name}>
              <a class="rail__item" href={base + path} aria-current={isHere ? 'page' : undefined}>
                <Icon name={icon} />
                <span>{name}</span>
                <Count counted={counts[name]} />
              </a>
            </li>
          )
        })}
      </ul>
      <div class="rail__foot">
        <ToAllVenues />
        <Live />
        <SignedIn />
      </div>
    </nav>
  )
}

function Count({ counted }: { counted: Counted | undefined }) {
  if (counted === undefined || counted.number === 0) return null
  const { number, label, tone } = counted
  return (
    <span class={tone === undefined ? 'count' : `count count--${tone}`}>
      <span aria-hidden="true">{number}</span>
      <span class="unseen">{label}</span>
    </span>
  )
}

function ToAllVenues() {
  if (operator.value === undefined) return null
  return (
    <a class="btn btn--quiet" href={venuesPath}>
      <Icon name="venues" />
      All venues
    </a>
  )
}

/** Whether the page hears of changes; nothing pretends to be now when it does not. */
function Live() {
  const { isLive, sinceMs } = connection.value
  return (
    <div class="rail__link" role="status">
      <span class={isLive ? 'good' : 'warn'}>
        <Icon name={isLive ? 'tickc' : 'warn'} />
      </span>
      <b>{isLive ? 'Live' : `Not live since ${formats.value.time(sinceMs)}`}</b>
      <small>{isLive ? 'every change is shown at once' : 'connecting again by itself'}</small>
    </div>
  )
}

function SignedIn() {
  const { waiterName, till, role } = me.value!
  return (
    <div class="rail__user">
      <Icon name="user" />
      <span>
        {waiterName ?? till ?? 'Signed in'}
        <br />
        <small class="faint">{role[0]!.toUpperCase() + role.slice(1)}</small>
      </span>
      <button
        type="button"
        class="btn btn--quiet btn--small push"
        onClick={() => {
          leave()
        }}
      >
        Sign out
      </button>
    </div>
  )
}

/** The next who signs in begins at the floor. */
function leave(): void {
  if (operator.value !== undefined) {
    void leaveAll()
    return
  }
  void signOut().then(() => {
    location.assign(base)
  })
}

/** What the rail says and has no room for on a narrow screen. */
function Narrow() {
  const { isLive } = connection.value
  return (
    <div class="bar__narrow row">
      {isLive ? null : (
        <Badge icon="warn" tone="warn">
          Not live
        </Badge>
      )}
      <Button
        kind="quiet"
        isSmall
        onPress={() => {
          leave()
        }}
      >
        Sign out
      </Button>
    </div>
  )
}

function Tape() {
  const [newest] = changes.value
  return (
    <div class="tape" role="log" aria-label="Latest event">
      {newest === undefined ? null : (
        <>
          <Icon name="pulse" />
          <span class="tape__line">
            <time>{formats.value.clock(newest.at)}</time> {inWords(newest).title}
          </span>
        </>
      )}
    </div>
  )
}

function Clock() {
  const now = useNow()
  return (
    <div class="bar__clock">
      <b>{formats.value.clock(now)}</b> <span class="lo-text">{formats.value.zone}</span>
    </div>
  )
}

function initials(name: string): string {
  return name
    .replace(/^The /, '')
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
}
