// An amount typed into a card machine, and the key that confirms it.
import { useState } from 'preact/hooks'
import { Button } from '../../../page/browser/form.tsx'
import { formatsIn } from '../live.ts'
import { minorOf } from './amounts.ts'
import { Entry } from './screen-parts.tsx'

interface AmountEntryProps {
  label: string
  /** What somebody might type. */
  example: string
  currencyCode: string
  isBusy: boolean
  /** The label of the key: alone while there is no amount, and in front of it once there is. */
  words: { without: string; before: string }
  onGiven: (amountMinor: number) => void
}

export function AmountEntry(props: AmountEntryProps) {
  const { label, example, currencyCode, isBusy, words, onGiven } = props
  const [text, setText] = useState('')
  const amountMinor = minorOf(text)
  const { money } = formatsIn(currencyCode)
  return (
    <>
      <Entry
        label={label}
        value={text}
        onChange={setText}
        input={{ inputMode: 'decimal', placeholder: example }}
      />
      <Button
        kind="main"
        disabled={isBusy || amountMinor === undefined}
        onPress={() => {
          onGiven(amountMinor!)
        }}
      >
        {amountMinor === undefined ? words.without : `${words.before} ${money(amountMinor)}`}
      </Button>
    </>
  )
}
