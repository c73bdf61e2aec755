// What is around every page: the rail, the title, the newest call, and the clock.
import type { ComponentChildren } from 'preact'
import { useLocation } from 'preact-iso'
import { Button } from '../../page/browser/form.tsx'
import { count } from '../../page/browser/formats.ts'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { Badge, Failure } from '../../page/browser/parts.tsx'
import { useNow } from '../../page/browser/use-now.ts'
import { account, calls, connection, faults, formats, problem } from './live.ts'
import { leaveAccount } from './session.ts'
import { answerInWords } from './wire/words.ts'

const PLACES: readonly { name: string; path: string; icon: IconName }[] = [
  { name: 'Machines', path: '/', icon: 'term' },
  { name: 'Phone', path: '/phone', icon: 'phone' },
  { name: 'Bookings', path: '/bookings', icon: 'book' },
  { name: 'Wire', path: '/wire', icon: 'pulse' },
  { name: 'Tester', path: '/tester', icon: 'flask' },
]

interface FrameProps {
  title: string
  sub?: ComponentChildren
  actions?: ComponentChildren
  children: ComponentChildren
}

export function Frame({ title, sub, actions, children }: FrameProps) {
  const { value } = problem
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="app">
        <Rail />
        <div class="page">
          <header class="bar">
            <div class="bar__title">
              <h1>{title}</h1>
              {sub === undefined ? null : <span class="bar__sub">{sub}</span>}
            </div>
            <Tape />
            {actions}
            <Clock />
            <Narrow />
          </header>
          <main class="main" id="main" tabIndex={-1}>
            {actions === undefined ? null : <div class="narrow-row">{actions}</div>}
            {value === undefined ? null : <Failure problem={value} />}
            {children}
          </main>
        </div>
      </div>
    </>
  )
}

function Rail() {
  const { path } = useLocation()
  const on = faults.value?.active.length ?? 0
  return (
    <nav class="rail" aria-label="Stand-in for Dojo">
      <a class="rail__venue" href="/">
        <span class="rail__mark" aria-hidden="true">
          <Icon name="flask" />
        </span>
        <span>
          <b>Stand-in for Dojo</b>
          <small>no money moves</small>
        </span>
      </a>
      <ul class="rail__list">
        {PLACES.map((place) => (
          <li key={place.name}>
            <a
              class="rail__item"
              href={place.path}
              aria-current={path === place.path ? 'page' : undefined}
            >
              <Icon name={place.icon} />
              <span>{place.name}</span>
              {place.path === '/wire' && on > 0 ? (
                <span class="count count--warn">
                  <span aria-hidden="true">{on}</span>
                  <span class="unseen">{count(on, 'fault')} on</span>
                </span>
              ) : null}
            </a>
          </li>
        ))}
      </ul>
      <div class="rail__foot">
        <Till />
        <div class="rail__user">
          <span class="mono faint tiny">seed {account.value?.seed ?? '–'}</span>
          <span class="push">
            <Leave />
          </span>
        </div>
      </div>
    </nav>
  )
}

function Leave() {
  return (
    <Button
      kind="quiet"
      isSmall
      onPress={() => {
        leaveAccount()
      }}
    >
      Leave
    </Button>
  )
}

/** The EPOS that is registered, and whether the page hears of what happens. */
function Till() {
  const { isLive, sinceMs } = connection.value
  const { rest, ws, capabilities = [] } = account.value ?? {}
  const isReached = rest !== undefined || ws?.isConnected === true
  const name = rest === undefined ? socketInWords(ws) : new URL(rest.url).host
  return (
    <div class="rail__link" role="status">
      <span class={isLive && isReached ? 'good' : 'warn'}>
        <Icon name={isLive && isReached ? 'tickc' : 'warn'} />
      </span>
      <b>{isLive ? name : `Not live since ${formats.value.time(sinceMs)}`}</b>
      <small>
        {isLive
          ? `${count(capabilities.length, 'capability', 'capabilities')} registered`
          : 'connecting again by itself'}
      </small>
    </div>
  )
}

function socketInWords(ws: { isConnected: boolean } | undefined): string {
  if (ws === undefined) return 'No till registered'
  return ws.isConnected ? 'WebSocket open' : 'WebSocket not open'
}

/** What the rail says and has no room for on a narrow screen. */
function Narrow() {
  return (
    <div class="bar__narrow row">
      {connection.value.isLive ? null : (
        <Badge icon="warn" tone="warn">
          Not live
        </Badge>
      )}
      <Leave />
    </div>
  )
}

function Tape() {
  const [newest] = calls.value
  return (
    <div class="tape" role="log" aria-label="Latest call">
      {newest === undefined ? null : (
        <>
          <Icon name="pulse" />
          <span class="tape__line">
            <time>{formats.value.clock(newest.at)}</time> {newest.name}, {answerInWords(newest)}
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
