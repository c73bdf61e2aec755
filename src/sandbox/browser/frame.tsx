// What is around every page of the stand-in: its places, its faults, the till, and the newest call.
import type { ComponentChildren } from 'preact'
import { useLocation } from 'preact-iso'
import { count } from '../../page/browser/formats.ts'
import { Leave, PageFrame, Tape } from '../../page/browser/frame.tsx'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { Keys, type KeyPlace } from '../../page/browser/keys.tsx'
import { Failure } from '../../page/browser/parts.tsx'
import { Linked, Rail } from '../../page/browser/rail.tsx'
import { account, calls, connection, faults, formats, problem } from './live.ts'
import { leaveAccount } from './session.ts'
import { answerInWords } from './wire/words.ts'

interface Place extends KeyPlace {
  icon: IconName
}

const PLACES: readonly Place[] = [
  { name: 'Machines', letter: 'm', path: '/', icon: 'term' },
  { name: 'Phone', letter: 'p', path: '/phone', icon: 'phone' },
  { name: 'Bookings', letter: 'b', path: '/bookings', icon: 'book' },
  { name: 'Wire', letter: 'w', path: '/wire', icon: 'pulse' },
  { name: 'Tester', letter: 't', path: '/tester', icon: 'flask' },
]

interface FrameProps {
  title: string
  sub?: ComponentChildren
  actions?: ComponentChildren
  children: ComponentChildren
}

export function Frame({ title, sub, actions, children }: FrameProps) {
  const { value } = problem
  const { route } = useLocation()
  return (
    <>
      <Keys places={PLACES} onGo={route} />
      <PageFrame
        rail={<SandboxRail />}
        title={title}
        sub={sub}
        tape={<LatestCall />}
        actions={actions}
        formats={formats.value}
        isLive={connection.value.isLive}
        leave={<LeaveAccount />}
      >
        {value === undefined ? null : <Failure problem={value} />}
        {children}
      </PageFrame>
    </>
  )
}

function SandboxRail() {
  const { path } = useLocation()
  const on = faults.value?.active.length ?? 0
  const faultsOn = { number: on, label: `${count(on, 'fault')} on`, tone: 'warn' } as const
  return (
    <Rail
      label="Stand-in for Dojo"
      home="/"
      mark={<Icon name="flask" />}
      name="Stand-in for Dojo"
      note="no money moves"
      places={PLACES.map((place) => ({
        ...place,
        isHere: path === place.path,
        counted: place.path === '/wire' ? faultsOn : undefined,
      }))}
    >
      <Till />
      <div class="rail__user">
        <span class="mono faint tiny">seed {account.value?.seed ?? '–'}</span>
        <span class="push">
          <LeaveAccount />
        </span>
      </div>
    </Rail>
  )
}

function LeaveAccount() {
  return (
    <Leave
      word="Leave"
      onLeave={() => {
        leaveAccount()
      }}
    />
  )
}

/** The EPOS that is registered, and whether the page hears of what happens. */
function Till() {
  const { rest, ws, capabilities = [] } = account.value ?? {}
  return (
    <Linked
      connection={connection.value}
      formats={formats.value}
      isWell={rest !== undefined || ws?.isConnected === true}
      title={rest === undefined ? socketInWords(ws) : new URL(rest.url).host}
      note={`${count(capabilities.length, 'capability', 'capabilities')} registered`}
    />
  )
}

function socketInWords(ws: { isConnected: boolean } | undefined): string {
  if (ws === undefined) return 'No till registered'
  return ws.isConnected ? 'WebSocket open' : 'WebSocket not open'
}

function LatestCall() {
  const [newest] = calls.value
  return (
    <Tape
      label="Latest call"
      newest={
        newest && {
          time: formats.value.clock(newest.at),
          words: `${newest.name}, ${answerInWords(newest)}`,
        }
      }
    />
  )
}
