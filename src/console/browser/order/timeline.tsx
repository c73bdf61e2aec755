// What happened to an order, oldest first: who, from where, what it changed, and what was owed
// after it. A row that is pressed shows the bill of that moment.
import { useState } from 'preact/hooks'
import { duration } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { Panel, Segments } from '../../../page/browser/parts.tsx'
import { byWhom, whatHappened } from '../describe.ts'
import { formats } from '../session.ts'
import { Notified, Shown } from './at-dojo.tsx'
import type { AtDojo, Step } from './order.ts'

interface TimelineProps {
  steps: readonly Step[]
  atDojo: AtDojo
  /** Undefined for now. */
  chosen: number | undefined
  onChoose: (index: number) => void
}

export function Timeline({ steps, atDojo, chosen, onChoose }: TimelineProps) {
  const [shown, setShown] = useState<'all' | 'money'>('all')
  const indexed = steps.map((step, index) => ({ step, index }))
  const money = indexed.filter(({ step }) => step.isMoney)
  return (
    <Panel
      title="What happened"
      aside={
        <Segments
          label="Show"
          chosen={shown}
          onChoose={setShown}
          choices={[
            { value: 'all', label: 'All', count: steps.length },
            { value: 'money', label: 'Money', count: money.length },
          ]}
        />
      }
    >
      <div class="event event--head" aria-hidden="true">
        <span>Time</span>
        <span />
        <span>What, and who</span>
        <span class="event__change">Change</span>
        <span class="event__after">Owed after</span>
      </div>
      <ol class="timeline">
        {(shown === 'all' ? indexed : money).map(({ step, index }) => [
          ...shownBefore(atDojo, steps, index),
          <Row
            key={step.sequence}
            step={step}
            gapMs={gapBefore(steps, index)}
            place={placeOf(index, chosen)}
            onChoose={() => {
              onChoose(index)
            }}
          />,
        ])}
        {shownBefore(atDojo, steps, steps.length)}
        <Notified atDojo={atDojo} />
      </ol>
    </Panel>
  )
}

/** What Dojo said of a payment after the step before `index`, and until it. */
function shownBefore({ payments }: AtDojo, steps: readonly Step[], index: number) {
  const since = steps[index - 1]?.at ?? ''
  const until = steps[index]?.at ?? '~'
  return payments
    .filter(({ at }) => at >= since && at < until)
    .map((payment) => <Shown key={payment.paymentIntentId} payment={payment} />)
}

type Place = 'before' | 'here' | 'later'

function placeOf(index: number, chosen: number | undefined): Place {
  if (chosen === undefined || index < chosen) return 'before'
  return index === chosen ? 'here' : 'later'
}

/** A long silence is worth a word. */
const LONG_MS = 20 * 60_000

function gapBefore(steps: readonly Step[], index: number): number {
  const before = steps[index - 1]
  return before === undefined ? 0 : Date.parse(steps[index]!.at) - Date.parse(before.at)
}

interface RowProps {
  step: Step
  gapMs: number
  place: Place
  onChoose: () => void
}

function Row({ step, gapMs, place, onChoose }: RowProps) {
  const { icon, tone, title } = whatHappened(step)
  const { clock, money, change } = formats.value
  const who = [byWhom(step), gapMs > LONG_MS ? `${duration(gapMs)} after the last change` : '']
  const sign = tone === undefined || tone === 'plain' ? '' : `event__node--${tone}`
  return (
    <li
      class={place === 'before' ? 'event' : `event event--${place}`}
      aria-current={place === 'here' ? 'step' : undefined}
    >
      <time dateTime={step.at}>{clock(step.at)}</time>
      <span class={`event__node ${sign}`}>
        <Icon name={icon} />
      </span>
      <div class="event__body">
        <button type="button" class="event__what" onClick={onChoose}>
          {title[0]!.toUpperCase() + title.slice(1)}
        </button>
        <p class="event__who">{who.filter((part) => part !== '').join(' · ')}</p>
      </div>
      <span class={step.changeMinor < 0 ? 'event__change good' : 'event__change'}>
        {step.changeMinor === 0 ? '' : change(step.changeMinor)}
      </span>
      <span class="event__after">
        <span class="unseen">owed after </span>
        {money(step.owedAfterMinor)}
      </span>
    </li>
  )
}
