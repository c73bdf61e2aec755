// What the doctor finds between a venue, this server and Dojo. It asks Dojo, so somebody starts it.
import type { Static } from 'typebox'
import { useState } from 'preact/hooks'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import { Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import type { CheckShape } from '../../../operator/api/dojo.ts'
import { api } from './operator.ts'

type Check = Static<typeof CheckShape>

const SIGNS: Record<Check['state'], { icon: IconName; tone: string; word: string }> = {
  broken: { icon: 'crossc', tone: 'bad', word: 'Broken' },
  warning: { icon: 'warn', tone: 'warn', word: 'To look at' },
  ok: { icon: 'tickc', tone: 'good', word: 'Fine' },
  skipped: { icon: 'circle', tone: 'faint', word: 'Not looked at' },
}
const WORST_FIRST = Object.keys(SIGNS)

export function DoctorPanel({ venueId }: { venueId: string }) {
  const [checks, setChecks] = useState<readonly Check[]>()
  const { run, isBusy, problem } = useAct()
  const examine = async (): Promise<void> => {
    const found = await api.call<{ checks: Check[] }>('GET', `/venues/${venueId}/doctor`)
    setChecks(
      found.checks.sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state)),
    )
  }
  return (
    <Panel
      title="What the doctor found"
      aside={
        <Button
          icon="pulse"
          disabled={isBusy}
          onPress={() => {
            run(examine)
          }}
        >
          Run the doctor
        </Button>
      }
    >
      {problem === undefined ? null : <Failure problem={problem} />}
      {isBusy ? <Waiting /> : <Found checks={checks} />}
    </Panel>
  )
}

function Found({ checks }: { checks: readonly Check[] | undefined }) {
  if (checks === undefined) {
    return (
      <Empty icon="pulse" title="The doctor has not looked yet">
        It looks at configuration, clocks, key, address, certificate, registration and what waits,
        and says what to do. It asks Dojo, and changes nothing.
      </Empty>
    )
  }
  return (
    <>
      {checks.map(({ name, state, finding, advice }) => (
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
