// What is around every page of a venue: its pages, the newest change, and the venue's clock.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { Leave, PageFrame, Tape } from '../../page/browser/frame.tsx'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { Keys, type KeyPlace } from '../../page/browser/keys.tsx'
import { Linked, Rail, SignedIn, type Counted } from '../../page/browser/rail.tsx'
import { inWords } from './describe.ts'
import { changes, connection, unmatchedCount } from './live.ts'
import { leave as leaveAll, operator, venuesPath } from './operator/operator.ts'
import { base, formats, mayManage, mayServe, me, signOut } from './session.ts'

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
  /** Those who may open it; everybody, when it does not say. */
  mayOpen?: () => boolean
}

const PLACES: readonly Place[] = [
  { name: 'Floor', letter: 'f', path: '', icon: 'floor', also: '/orders/' },
  { name: 'Money', letter: 'm', path: '/money', icon: 'money', mayOpen: mayServe },
  { name: 'Day', letter: 'd', path: '/day', icon: 'day', mayOpen: mayManage },
  { name: 'Bookings', letter: 'b', path: '/bookings', icon: 'book' },
  { name: 'Setup', letter: 's', path: '/setup', icon: 'setup', mayOpen: mayManage },
  { name: 'Dojo', letter: 'j', path: '/dojo', icon: 'dojo', mayOpen: mayManage },
]

const counted = signal<Partial<Record<string, Counted>>>({})

export function Frame({ title, sub, counts, children }: FrameProps) {
  const key = JSON.stringify(counts)
  useEffect(() => {
    counted.value = { ...counted.value, ...counts }
  }, [key])
  return (
    <>
      <PlaceKeys />
      <PageFrame
        rail={<VenueRail />}
        title={title}
        sub={sub}
        tape={<LatestEvent />}
        formats={formats.value}
        isLive={connection.value.isLive}
        leave={<SignOut />}
      >
        {children}
      </PageFrame>
    </>
  )
}

function placesOf(): readonly Place[] {
  return PLACES.filter(({ mayOpen }) => mayOpen?.() ?? true)
}

function PlaceKeys() {
  const { route } = useLocation()
  const role = me.value?.role
  const places = useMemo(() => placesOf().map((at) => ({ ...at, path: base + at.path })), [role])
  return <Keys places={places} onGo={route} />
}

function VenueRail() {
  const { path } = useLocation()
  const { venue } = me.value!
  const below = path.slice(base.length)
  const unmatched = unmatchedCount.value
  const counts: typeof counted.value = {
    ...counted.value,
    Money: { number: unmatched, label: `${unmatched} on no bill`, tone: 'bad' },
  }
  return (
    <Rail
      label="Console"
      home={base}
      mark={initials(venue.name)}
      name={venue.name}
      note={formats.value.day(Date.now())}
      places={placesOf().map(({ name, icon, path: to, also }) => ({
        name,
        icon,
        path: base + to,
        isHere: below === to || (also !== undefined && below.startsWith(also)),
        counted: counts[name],
      }))}
    >
      <ToAllVenues />
      <Linked
        connection={connection.value}
        formats={formats.value}
        title="Live"
        note="every change is shown at once"
      />
      <Staff />
    </Rail>
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

function Staff() {
  const { waiterName, till, role } = me.value!
  return (
    <SignedIn
      name={waiterName ?? till ?? 'Signed in'}
      role={role[0]!.toUpperCase() + role.slice(1)}
      leave={<SignOut />}
    />
  )
}

function SignOut() {
  return (
    <Leave
      word="Sign out"
      onLeave={() => {
        leave()
      }}
    />
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

function LatestEvent() {
  const [newest] = changes.value
  return (
    <Tape
      label="Latest event"
      newest={newest && { time: formats.value.clock(newest.at), words: inWords(newest).title }}
    />
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
