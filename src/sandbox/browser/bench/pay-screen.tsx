// How the bill is paid: whole, in equal parts, by an amount, or by what a guest had.
import { useState } from 'preact/hooks'
import { Button } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { formatsIn } from '../live.ts'
import { AmountEntry } from './amount-entry.tsx'
import { shareOf, SHARES } from './amounts.ts'
import { ByItems } from './by-items.tsx'
import type { Hand } from './hand.ts'
import { LockLeft, Top } from './screen-parts.tsx'

type Way = 'choose' | 'split' | 'amount' | 'items'

export function PayScreen({ hand }: { hand: Hand }) {
  const [way, setWay] = useState<Way>('choose')
  const { order } = hand.machine
  const { money } = formatsIn(order!.currencyCode)
  const back = (): void => {
    setWay('choose')
  }
  return (
    <>
      <Top title={order!.name} hand={hand}>
        <LockLeft hand={hand} />
      </Top>
      <div class="screen__body">
        <div>
          <span class="small soft">To pay</span>
          <p class="screen__sum">{money(order!.balanceMinor)}</p>
          <p class="small faint">
            {order!.paidMinor > 0
              ? `${money(order!.paidMinor)} of ${money(order!.totalMinor)} is paid`
              : order!.place}
          </p>
        </div>
        {way === 'choose' ? <Ways hand={hand} onChoose={setWay} /> : null}
        {way === 'split' ? <Split hand={hand} onBack={back} /> : null}
        {way === 'amount' ? <ByAmount hand={hand} onBack={back} /> : null}
        {way === 'items' ? <ByItems hand={hand} onBack={back} /> : null}
      </div>
      <div class="screen__foot">
        <Button
          icon="print"
          isWide
          disabled={hand.isBusy}
          onPress={() => {
            hand.touch({ key: 'bill' })
          }}
        >
          Print the bill
        </Button>
      </div>
    </>
  )
}

function Ways({ hand, onChoose }: { hand: Hand; onChoose: (way: Way) => void }) {
  const { machine, touch, isBusy } = hand
  const { balanceMinor, currencyCode } = machine.order!
  const { money } = formatsIn(currencyCode)
  return (
    <>
      <button
        type="button"
        class="pick pick--main"
        disabled={isBusy}
        onClick={() => {
          touch({ key: 'pay' })
        }}
      >
        <b>Pay in full</b>
        <span>{money(balanceMinor)}</span>
      </button>
      <WithTip hand={hand} />
      <Way
        title="Split equally"
        text={`2 times ${money(Math.ceil(balanceMinor / 2))}, or more`}
        onPress={() => {
          onChoose('split')
        }}
      />
      <Way
        title="By amount"
        text={`anything up to ${money(balanceMinor)}`}
        onPress={() => {
          onChoose('amount')
        }}
      />
      {machine.order!.lines.length === 0 ? null : (
        <Way
          title="By items"
          text="choose lines"
          onPress={() => {
            onChoose('items')
          }}
        />
      )}
    </>
  )
}

/** In full with a tip, in one touch. */
function WithTip({ hand: { machine, touch, isBusy } }: { hand: Hand }) {
  const { balanceMinor, currencyCode } = machine.order!
  const { money } = formatsIn(currencyCode)
  return (
    <div class="screen__grid">
      {SHARES.slice(0, 2).map(({ name, hundredths }) => {
        const tipMinor = shareOf(balanceMinor, hundredths)
        return (
          <button
            key={name}
            type="button"
            class="pick"
            disabled={isBusy}
            onClick={() => {
              touch({ key: 'pay', tipMinor })
            }}
          >
            <span>
              <b>and {name} tip</b>
              <small>{money(balanceMinor + tipMinor)}</small>
            </span>
          </button>
        )
      })}
    </div>
  )
}

function Way({ title, text, onPress }: { title: string; text: string; onPress: () => void }) {
  return (
    <button type="button" class="pick" onClick={onPress}>
      <span>
        <b>{title}</b>
        <small>{text}</small>
      </span>
      <Icon name="right" />
    </button>
  )
}

const PARTS = [2, 3, 4, 5, 6, 8] as const

function Split({ hand, onBack }: { hand: Hand; onBack: () => void }) {
  const { machine, touch, isBusy } = hand
  const { balanceMinor, currencyCode } = machine.order!
  const { money } = formatsIn(currencyCode)
  return (
    <>
      <div class="screen__grid">
        {PARTS.map((parts) => (
          <button
            key={parts}
            type="button"
            class="pick"
            disabled={isBusy || balanceMinor < parts}
            onClick={() => {
              touch({ key: 'pay', parts })
            }}
          >
            <span>
              <b>{parts} ways</b>
              <small>{money(Math.floor(balanceMinor / parts))}</small>
            </span>
          </button>
        ))}
      </div>
      <Button kind="quiet" onPress={onBack}>
        Another way
      </Button>
    </>
  )
}

function ByAmount({ hand, onBack }: { hand: Hand; onBack: () => void }) {
  const { machine, touch, isBusy } = hand
  return (
    <>
      <AmountEntry
        label="Amount"
        example="10.00"
        currencyCode={machine.order!.currencyCode}
        isBusy={isBusy}
        words={{ without: 'Pay a part', before: 'Pay' }}
        onGiven={(amountMinor) => {
          touch({ key: 'pay', amountMinor })
        }}
      />
      <Button kind="quiet" onPress={onBack}>
        Another way
      </Button>
    </>
  )
}
