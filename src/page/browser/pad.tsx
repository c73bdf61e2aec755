// Keys for digits, as a card machine has them.
import { Icon } from './icon.tsx'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

interface PadProps {
  label: string
  value: string
  mostDigits: number
  onChange: (value: string) => void
}

export function Pad({ label, value, mostDigits, onChange }: PadProps) {
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
    <div class="pad" role="group" aria-label={label}>
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
        <Icon name="back" large />
      </button>
    </div>
  )
}
