// A card machine: its screen, the paper that came out of it, and the card that is held to it.
import { useState } from 'preact/hooks'
import { Button, useAct, type Act } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Segments } from '../../../page/browser/parts.tsx'
import type { CardOutcome, MachineView } from '../../bench/views.ts'
import { sandbox } from '../session.ts'
import type { Hand } from './hand.ts'
import { Papers } from './papers.tsx'
import { ScreenOf } from './screens.tsx'

export function Machine({ machine }: { machine: MachineView }) {
  const act = useAct()
  const path = `/machines/${machine.id}`
  const hand: Hand = {
    machine,
    isBusy: act.isBusy || machine.work !== undefined,
    touch: (touch) => {
      act.run(async () => {
        await sandbox.call('POST', `${path}/touches`, touch)
      })
    },
  }
  return (
    <div class="bench__place">
      <Papers hand={hand} />
      <div class="machine" role="group" aria-label={`Card machine ${machine.id}`}>
        <div class="machine__slot" />
        <div class="screen" aria-busy={hand.isBusy}>
          <ScreenOf hand={hand} />
          <Message hand={hand} act={act} />
        </div>
        <div class="machine__tap">
          <Icon name="wave" />
          tap, insert or swipe
        </div>
      </div>
      <p class="bench__label">
        <b>{machine.id}</b>
        <br />
        <span class="small soft">
          {machine.waiterId === '' ? 'virtual' : `virtual, waiter ${machine.waiterId}`}
        </span>
      </p>
      {machine.screen === 'card' ? <Card hand={hand} /> : null}
      {machine.screen === 'waiter' ? <PutAway path={path} act={act} id={machine.id} /> : null}
    </div>
  )
}

/** Why the last touch was refused, where a hand looks next. */
function Message({ hand: { machine, isBusy }, act }: { hand: Hand; act: Act }) {
  const text = act.problem?.message ?? machine.problem
  if (text === undefined || isBusy) return null
  return (
    <p class="screen__problem" role="alert">
      <Icon name="warn" />
      <span>{text}</span>
    </p>
  )
}

const OUTCOMES: readonly { value: CardOutcome; label: string }[] = [
  { value: 'approved', label: 'Approved' },
  { value: 'declined', label: 'Declined' },
  { value: 'signature', label: 'Signature' },
  { value: 'slow', label: 'Slow' },
  { value: 'answer-lost', label: 'Answer lost' },
]

function Card({ hand: { touch, isBusy } }: { hand: Hand }) {
  const [outcome, setOutcome] = useState<CardOutcome>('approved')
  return (
    <div class="outcome">
      <button
        type="button"
        class="bankcard"
        disabled={isBusy}
        onClick={() => {
          touch({ key: 'card', outcome })
        }}
      >
        <svg class="bankcard__chip" viewBox="0 0 20 16" aria-hidden="true">
          <rect x=".5" y=".5" width="19" height="15" rx="3" />
          <path d="M0 5.5h6v5H0M20 5.5h-6v5h6M6 .5v15M14 .5v15" />
        </svg>
        <span>
          <b>Tap the card</b>
          <small>•••• 1096</small>
        </span>
        <Icon name="wave" large />
      </button>
      <p class="tiny faint">and then it is</p>
      <Segments
        label="What the card does"
        choices={OUTCOMES}
        chosen={outcome}
        onChoose={setOutcome}
      />
    </div>
  )
}

function PutAway({ path, act, id }: { path: string; act: Act; id: string }) {
  return (
    <Button
      kind="quiet"
      isSmall
      label={`Put away ${id}`}
      onPress={() => {
        act.run(async () => {
          await sandbox.call('DELETE', path)
        })
      }}
    >
      Put away
    </Button>
  )
}
