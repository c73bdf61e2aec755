// A part of the bill by its lines: each guest pays what they had.
import { useState } from 'preact/hooks'
import { Button } from '../../../page/browser/form.tsx'
import { formatsIn } from '../live.ts'
import { ChooseLines, chosenSum } from '../choose-lines.tsx'
import type { Hand } from './hand.ts'

export function ByItems({ hand, onBack }: { hand: Hand; onBack: () => void }) {
  const { machine, touch, isBusy } = hand
  const { lines, balanceMinor, currencyCode } = machine.order!
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const { money } = formatsIn(currencyCode)
  const amountMinor = Math.min(chosenSum(lines, chosen), balanceMinor)
  return (
    <>
      <div class="screen__lines" tabIndex={0} role="group" aria-label="Lines of the bill">
        <ChooseLines lines={lines} chosen={chosen} money={money} onChoose={setChosen} />
      </div>
      <Button
        kind="main"
        isWide
        disabled={isBusy || amountMinor <= 0}
        onPress={() => {
          touch({ key: 'pay', amountMinor })
        }}
      >
        {amountMinor <= 0 ? 'Choose lines' : `Pay ${money(amountMinor)}`}
      </Button>
      <Button kind="quiet" onPress={onBack}>
        Another way
      </Button>
    </>
  )
}
