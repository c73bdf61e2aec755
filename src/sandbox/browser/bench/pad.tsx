// The keys of a machine.
import { Icon } from '../../../page/browser/icon.tsx'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

interface PadProps {
  value: string
  onChange: (value: string) => void
  mostDigits: number
}

export function Pad({ value, onChange, mostDigits }: PadProps) {
  const key = (digit: string) => (
    <button
      key={digit}
      type="button"
      class="key"
      onClick={() => {
        onChange((value + digit).slice(0, mostDigits))
      }}
    >
      {digit}
    </button>
  )
  return (
    <div class="pad pad--machine" role="group" aria-label="Keys">
      {DIGITS.map(key)}
      <span />
      {key('0')}
      <button
        type="button"
        class="key key--quiet"
        aria-label="Delete the last digit"
        onClick={() => {
          onChange(value.slice(0, -1))
        }}
      >
        <Icon name="back" />
      </button>
    </div>
  )
}
