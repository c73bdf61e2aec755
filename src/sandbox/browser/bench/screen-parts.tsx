// What several screens of a card machine have.
import type { ComponentChildren } from 'preact'
import { countdown } from '../../../page/browser/formats.ts'
import { Icon } from '../../../page/browser/icon.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import type { Hand } from './hand.ts'

interface TopProps {
  title: string
  children?: ComponentChildren
  hand?: Hand
}

/** With a key to go back when a hand is given. */
export function Top({ title, children, hand }: TopProps) {
  return (
    <div class="screen__top">
      <span class="row">
        {hand === undefined ? null : (
          <button
            type="button"
            class="screen__back"
            aria-label="Back"
            disabled={hand.isBusy}
            onClick={() => {
              hand.touch({ key: 'back' })
            }}
          >
            <Icon name="left" />
          </button>
        )}
        <b>{title}</b>
      </span>
      {children}
    </div>
  )
}

/** How long the order is locked, running. */
export function LockLeft({ hand }: { hand: Hand }) {
  const now = useNow()
  const { lockedUntil } = hand.machine
  if (lockedUntil === undefined) return null
  const seconds = Math.max(0, (Date.parse(lockedUntil) - now) / 1000)
  return (
    <span class="badge badge--live">
      <Icon name="lock" />
      <span class="unseen">Locked for</span>
      {seconds === 0 ? 'ended' : countdown(seconds)}
    </span>
  )
}

interface EntryProps {
  label: string
  value: string
  onChange: (value: string) => void
  input: { inputMode: 'numeric' | 'decimal'; maxLength?: number; placeholder?: string }
}

/** What a hand types. */
export function Entry({ label, value, onChange, input }: EntryProps) {
  return (
    <label class="screen__entry">
      <span class="small soft">{label}</span>
      <input
        {...input}
        class="input"
        autocomplete="off"
        value={value}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value)
        }}
      />
    </label>
  )
}
