// What the guest adds.
import { useState } from 'preact/hooks'
import { Button } from '../../../page/browser/form.tsx'
import { formatsIn } from '../live.ts'
import { AmountEntry } from './amount-entry.tsx'
import { shareOf, SHARES } from './amounts.ts'
import type { Hand } from './hand.ts'
import { LockLeft, Top } from './screen-parts.tsx'

export function TipScreen({ hand }: { hand: Hand }) {
  const [isOther, setOther] = useState(false)
  const { machine, touch, isBusy } = hand
  const { order, due } = machine
  const { money } = formatsIn(order!.currencyCode)
  const { amountMinor, part, parts } = due!
  const tip = (tipMinor: number): void => {
    touch({ key: 'tip', tipMinor })
  }
  return (
    <>
      <Top title={order!.name} hand={hand}>
        <LockLeft hand={hand} />
      </Top>
      <div class="screen__body">
        <div>
          <span class="small soft">
            {parts > 1 ? `Part ${part} of ${parts}, for the guest` : 'For the guest'}
          </span>
          <p class="screen__sum">{money(amountMinor)}</p>
        </div>
        {isOther ? (
          <AmountEntry
            label="Tip"
            example="2.00"
            currencyCode={order!.currencyCode}
            isBusy={isBusy}
            words={{ without: 'Add a tip', before: 'Add' }}
            onGiven={tip}
          />
        ) : (
          <Shares hand={hand} onTip={tip} />
        )}
        <Button
          kind="quiet"
          onPress={() => {
            setOther(!isOther)
          }}
        >
          {isOther ? 'A share' : 'Another tip'}
        </Button>
      </div>
      <div class="screen__foot">
        <Button
          isWide
          disabled={isBusy}
          onPress={() => {
            tip(0)
          }}
        >
          No tip
        </Button>
      </div>
    </>
  )
}

function Shares({ hand, onTip }: { hand: Hand; onTip: (tipMinor: number) => void }) {
  const { order, due } = hand.machine
  const { money } = formatsIn(order!.currencyCode)
  return (
    <>
      {SHARES.map(({ name, hundredths }) => {
        const tipMinor = shareOf(due!.amountMinor, hundredths)
        return (
          <button
            key={name}
            type="button"
            class="pick"
            disabled={hand.isBusy}
            onClick={() => {
              onTip(tipMinor)
            }}
          >
            <b>{name} tip</b>
            <span>{money(tipMinor)}</span>
          </button>
        )
      })}
    </>
  )
}
