// Faults as switches, with what each has done already.
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure } from '../../../page/browser/parts.tsx'
import { faults, type ActiveFault } from '../live.ts'
import { sandbox } from '../session.ts'

interface Switch {
  kind: string
  name: string
  /** What is switched on, besides its kind. */
  fault: { on?: string; times?: number; delayMs?: number; probability?: number }
}

interface Group {
  name: string
  switches: readonly Switch[]
}

const ONCE = { on: 'RecordOrderPaymentById', times: 1 }
const LATE_MS = 3_000
const SHUFFLED_MS = 1_500

const GROUPS: readonly Group[] = [
  {
    name: 'Calls of the till',
    switches: [
      { kind: 'reply-lost', name: 'Answer lost', fault: ONCE },
      { kind: 'reply-cut', name: 'Connection cut', fault: ONCE },
      { kind: 'reply-late', name: 'Answer late', fault: { delayMs: LATE_MS } },
      { kind: 'sent-twice', name: 'Sent twice', fault: {} },
      { kind: 'calls-shuffled', name: 'Calls shuffled', fault: { delayMs: SHUFFLED_MS } },
      { kind: 'crash', name: 'Power gone', fault: ONCE },
      { kind: 'late-reversal', name: 'Late reversal', fault: { times: 1, delayMs: LATE_MS } },
    ],
  },
  {
    name: 'Events',
    switches: [
      { kind: 'events-doubled', name: 'Events doubled', fault: {} },
      { kind: 'events-shuffled', name: 'Events shuffled', fault: { delayMs: SHUFFLED_MS } },
      { kind: 'events-lost', name: 'Events lost', fault: {} },
    ],
  },
  {
    name: 'Dojo itself',
    switches: [
      { kind: 'api-429', name: 'Dojo says slow down', fault: {} },
      { kind: 'api-500', name: 'Dojo fails', fault: {} },
      { kind: 'api-slow', name: 'Dojo is slow', fault: { delayMs: LATE_MS } },
      { kind: 'api-401', name: 'Key rejected', fault: {} },
    ],
  },
  {
    name: 'WebSocket',
    switches: [
      { kind: 'socket-closed', name: 'Socket closed', fault: { times: 1 } },
      { kind: 'socket-half-open', name: 'Socket half open', fault: { times: 1 } },
    ],
  },
]

export function Faults() {
  const { run, isBusy, problem } = useAct()
  const active = faults.value?.active ?? []
  return (
    <section class="panel" aria-labelledby="faults">
      <div class="panel__head">
        <h2 id="faults">Faults</h2>
        <span class="push">
          <Button
            isSmall
            disabled={isBusy || active.length === 0}
            onPress={() => {
              run(async () => {
                await sandbox.call('DELETE', '/faults')
              })
            }}
          >
            All off
          </Button>
        </span>
      </div>
      {problem === undefined ? null : <Failure problem={problem} />}
      {GROUPS.map(({ name, switches }) => (
        <div key={name}>
          <h3 class="faults__group">{name}</h3>
          <div class="faults">
            {switches.map((one) => (
              <FaultSwitch
                key={one.kind}
                fault={one}
                active={active.filter(({ kind }) => kind === one.kind)}
              />
            ))}
          </div>
        </div>
      ))}
      <p class="panel__foot">The same seed makes the same faults again.</p>
    </section>
  )
}

function FaultSwitch({ fault, active }: { fault: Switch; active: readonly ActiveFault[] }) {
  const { run, isBusy, problem } = useAct()
  const isOn = active.length > 0
  const { kind, name } = fault
  const toggle = async (): Promise<void> => {
    if (isOn) await sandbox.call('DELETE', `/faults/${kind}`)
    else await sandbox.call('POST', '/faults', { kind, ...fault.fault })
  }
  return (
    <div class="finding">
      <span class={isOn ? 'warn' : 'faint'}>
        <Icon name={isOn ? 'warn' : 'circle'} />
      </span>
      <div>
        <b>{name}</b>
        <p class="small soft">
          {problem?.message ?? (isOn ? active.map(doneInWords).join(' ') : sentence(fault))}
        </p>
      </div>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={isOn}
        aria-label={name}
        disabled={isBusy}
        onClick={() => {
          run(toggle)
        }}
      >
        <i />
        {isOn ? 'On' : 'Off'}
      </button>
    </div>
  )
}

/** The stand-in's own sentence, with the time that the switch gives it. */
function sentence({ kind, fault: { on, times, delayMs } }: Switch): string {
  const known = faults.value?.kinds[kind] ?? ''
  const where = on === undefined ? '' : ` At ${on}${times === 1 ? ', once' : ''}.`
  const time = delayMs === undefined ? '' : `${delayMs / 1000} s`
  return known.replace('delayMs', time) + where
}

/** `RecordOrderPaymentById, 1 of 1 done.` */
function doneInWords({ on, times, hits }: ActiveFault): string {
  const where = on === undefined ? '' : `${on}, `
  return `${where}${times === undefined ? count(hits, 'time') : `${hits} of ${times}`} done.`
}
