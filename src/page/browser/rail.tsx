// The rail beside a page: whose it is, the places to go, and below them how the page is connected
// and who looks at it.
import type { ComponentChildren } from 'preact'
import type { Formats } from './formats.ts'
import { Icon, type IconName } from './icon.tsx'

export interface Counted {
  number: number
  /** What is counted, for those who do not see it: `1 being paid`. */
  label: string
  tone?: 'live' | 'bad' | 'warn'
}

interface RailPlace {
  name: string
  path: string
  icon: IconName
  isHere: boolean
  /** Shown unless it is zero. */
  counted?: Counted | undefined
}

interface RailProps {
  /** What it is to those who do not see it. */
  label: string
  /** Where its head leads. */
  home: string
  mark: ComponentChildren
  name: string
  note: string
  places: readonly RailPlace[]
  /** What is at its foot. */
  children: ComponentChildren
}

export function Rail({ label, home, mark, name, note, places, children }: RailProps) {
  return (
    <nav class="rail" aria-label={label}>
      <a class="rail__venue" href={home}>
        <span class="rail__mark" aria-hidden="true">
          {mark}
        </span>
        <span>
          <b>{name}</b>
          <small>{note}</small>
        </span>
      </a>
      <ul class="rail__list">
        {places.map((place) => (
          <li key={place.name}>
            <a
              class="rail__item"
              href={place.path}
              aria-current={place.isHere ? 'page' : undefined}
            >
              <Icon name={place.icon} />
              <span>{place.name}</span>
              <Count counted={place.counted} />
            </a>
          </li>
        ))}
      </ul>
      <div class="rail__foot">{children}</div>
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

interface Connection {
  isLive: boolean
  /** Since when it is, or is not. */
  sinceMs: number
}

interface LinkedProps {
  connection: Connection
  formats: Formats
  /** Whether what the page looks at is well, as far as it hears. */
  isWell?: boolean
  title: string
  note: string
}

/** Whether the page hears of changes; nothing pretends to be now when it does not. */
export function Linked({ connection, formats, isWell = true, title, note }: LinkedProps) {
  const { isLive, sinceMs } = connection
  const isGood = isLive && isWell
  return (
    <div class="rail__link" role="status">
      <span class={isGood ? 'good' : 'warn'}>
        <Icon name={isGood ? 'tickc' : 'warn'} />
      </span>
      <b>{isLive ? title : `Not live since ${formats.time(sinceMs)}`}</b>
      <small>{isLive ? note : 'connecting again by itself'}</small>
    </div>
  )
}

interface SignedInProps {
  name: string | undefined
  role: string
  leave: ComponentChildren
}

export function SignedIn({ name, role, leave }: SignedInProps) {
  return (
    <div class="rail__user">
      <Icon name="user" />
      <span>
        {name}
        <br />
        <small class="faint">{role}</small>
      </span>
      <span class="push">{leave}</span>
    </div>
  )
}
