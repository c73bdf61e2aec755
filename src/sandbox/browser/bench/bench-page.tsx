// Card machines side by side, and below them what went over the wire.
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Empty, Failure, Waiting } from '../../../page/browser/parts.tsx'
import { Frame } from '../frame.tsx'
import { account, bench, calls } from '../live.ts'
import { sandbox } from '../session.ts'
import { CallsTable } from '../wire/calls-table.tsx'
import { Machine } from './machine.tsx'

const NEWEST = 6
const MOST_MACHINES = 6

export function BenchPage() {
  const { run, isBusy, problem } = useAct()
  const { machines } = bench.value ?? {}
  const ofMachines = calls.value.filter(({ by }) => by.startsWith('tm_'))
  const host = account.value?.rest === undefined ? undefined : new URL(account.value.rest.url).host
  const actions = (
    <Button
      icon="plus"
      disabled={isBusy || (machines?.length ?? 0) >= MOST_MACHINES}
      onPress={() => {
        run(async () => {
          await sandbox.call('POST', '/machines')
        })
      }}
    >
      Machine
    </Button>
  )
  return (
    <Frame title="Machines" sub={host} actions={actions}>
      {problem === undefined ? null : <Failure problem={problem} />}
      {machines === undefined ? <Waiting rows={8} /> : null}
      {machines === undefined ? null : <Bench />}
      <section class="panel" aria-labelledby="wire">
        <div class="panel__head">
          <h2 id="wire">What the machines asked</h2>
          <a class="btn btn--small push" href="/wire">
            All of it
            <Icon name="right" />
          </a>
        </div>
        {ofMachines.length === 0 ? (
          <Empty icon="pulse" title="No call yet">
            Type a waiter’s number into a machine: it asks the till for its tables.
          </Empty>
        ) : (
          <CallsTable calls={ofMachines.slice(0, NEWEST)} />
        )}
      </section>
    </Frame>
  )
}

function Bench() {
  const isRegistered = (account.value?.capabilities.length ?? 0) > 0
  if (!isRegistered) return <NotRegistered />
  return (
    <div class="bench">
      {bench.value!.machines.map((machine) => (
        <Machine key={machine.id} machine={machine} />
      ))}
    </div>
  )
}

function NotRegistered() {
  return (
    <Empty icon="dojo" title="No till is registered with this account">
      Give a venue this key with <span class="mono">npx epos location set-dojo-key</span> and
      register it with <span class="mono">npx epos register</span>, or play an evening at once:{' '}
      <span class="mono">npm run demo -- --watch</span>.
    </Empty>
  )
}
