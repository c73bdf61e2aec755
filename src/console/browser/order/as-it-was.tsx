// The bill at any moment: a slider whose steps are the changes, and the paper as it would have been
// printed then.
import { Icon } from '../../../page/browser/icon.tsx'
import { Panel } from '../../../page/browser/parts.tsx'
import { toast } from '../../../page/browser/dialog.tsx'
import { whatHappened } from '../describe.ts'
import { Paper, usePicture } from '../paper.tsx'
import { formats, till } from '../session.ts'
import type { Order, Step } from './order.ts'
import { sinceThen } from './since-then.ts'

interface AsItWasProps {
  order: Order
  steps: readonly Step[]
  /** Undefined for now. */
  chosen: number | undefined
  onChoose: (index: number | undefined) => void
}

export function AsItWas({ order, steps, chosen, onChoose }: AsItWasProps) {
  const { clock } = formats.value
  const step = chosen === undefined ? undefined : steps[chosen]
  return (
    <aside class="stack stack--4" id="bill">
      <Panel
        title={step === undefined ? 'The bill now' : `As it was at ${clock(step.at)}`}
        aside={
          step === undefined ? undefined : (
            <button
              type="button"
              class="btn btn--small"
              onClick={() => {
                onChoose(undefined)
              }}
            >
              Back to now
            </button>
          )
        }
      >
        <div class="panel__body stack stack--3">
          <Slider steps={steps} chosen={chosen} onChoose={onChoose} />
          <p class="small soft">
            {step === undefined
              ? 'Move the slider, or press a row, to see the bill as it was.'
              : sinceThen(steps, chosen!)}
          </p>
        </div>
      </Panel>
      <Bill order={order} at={step?.at} />
    </aside>
  )
}

const WIDTH = 1000

function Slider({ steps, chosen, onChoose }: Omit<AsItWasProps, 'order'>) {
  const last = steps.length - 1
  const value = chosen ?? last
  const step = steps[value]
  const { clock, time } = formats.value
  if (step === undefined) return null
  const placeOf = (index: number): number => (last === 0 ? 0 : (index / last) * WIDTH)
  return (
    <div class="slider">
      <input
        type="range"
        min={0}
        max={last}
        value={value}
        disabled={last === 0}
        aria-label="Moment of the bill"
        aria-valuetext={`${clock(step.at)}, ${whatHappened(step).title}`}
        onInput={({ currentTarget }) => {
          const index = Number(currentTarget.value)
          onChoose(index === last ? undefined : index)
        }}
      />
      <svg viewBox={`0 0 ${WIDTH} 12`} preserveAspectRatio="none" aria-hidden="true">
        {steps.map(({ sequence, action }, index) => (
          <rect
            key={sequence}
            class={tickOf(action, index === value)}
            x={placeOf(index) - 2}
            y="0"
            width="4"
            height="8"
          />
        ))}
      </svg>
      <div class="slider__ends">
        <span>{time(steps[0]!.at)} opened</span>
        <span class="row">
          <kbd>←</kbd> <kbd>→</kbd> one change
        </span>
        <span>now</span>
      </div>
    </div>
  )
}

function tickOf(action: string, isHere: boolean): string {
  if (isHere) return 'tick tick--here'
  return action.startsWith('Payment') ? 'tick tick--good' : 'tick'
}

/** Waits until the slider rests. */
const REST_MS = 80

function Bill({ order, at }: { order: Order; at: string | undefined }) {
  const path = `/orders/${encodeURIComponent(order.id)}/bill`
  const when = at === undefined ? '' : `&at=${encodeURIComponent(at)}`
  const draw = async (): Promise<string> => await till.text(`${path}?format=svg${when}`)
  const { address } = usePicture(`${path} ${when} ${order.version}`, draw, REST_MS)
  return (
    <>
      <Paper address={address} of={order.displayName} />
      <div class="row row--wrap">
        <button
          type="button"
          class="btn"
          onClick={() => {
            void copyAsText(`${path}?format=text${when}`)
          }}
        >
          <Icon name="copy" />
          Copy as text
        </button>
      </div>
    </>
  )
}

async function copyAsText(path: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(await till.text(path))
    toast({ icon: 'copy', title: 'The bill is copied.' })
  } catch {
    toast({ icon: 'warn', title: 'The bill could not be copied.' })
  }
}
