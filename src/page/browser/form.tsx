// Buttons, fields, and acts: work that a button starts, which may be refused.
import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'
import { asProblem, type Problem } from './problem.ts'

interface ButtonProps {
  kind?: 'main' | 'danger' | 'danger-main' | 'quiet'
  icon?: IconName
  isSmall?: boolean
  isWide?: boolean
  /** It submits the form around it. */
  submits?: boolean
  disabled?: boolean
  autofocus?: boolean
  /** What it is called where its text does not say it alone. */
  label?: string
  isPressed?: boolean
  isExpanded?: boolean
  onPress?: () => void
  children?: ComponentChildren
}

export function Button(props: ButtonProps) {
  const { kind, icon, isSmall = false, isWide = false, submits = false, onPress } = props
  const names = [
    'btn',
    ...(kind === undefined ? [] : [`btn--${kind}`]),
    ...(isSmall ? ['btn--small'] : []),
    ...(isWide ? ['btn--wide'] : []),
  ]
  return (
    <button
      type={submits ? 'submit' : 'button'}
      class={names.join(' ')}
      disabled={props.disabled}
      autofocus={props.autofocus}
      aria-label={props.label}
      aria-pressed={props.isPressed}
      aria-expanded={props.isExpanded}
      onClick={onPress}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {props.children}
    </button>
  )
}

/** What an input may have besides. */
interface InputAttributes {
  type?: 'text' | 'password' | 'search' | 'number' | 'date' | 'time'
  inputMode?: 'text' | 'numeric' | 'decimal'
  autocomplete?: string
  placeholder?: string
  required?: boolean
  autofocus?: boolean
  spellcheck?: boolean
  minLength?: number
  maxLength?: number
}

interface TextFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  help?: ComponentChildren
  fault?: string | undefined
  isMono?: boolean
  input?: InputAttributes
}

export function TextField(props: TextFieldProps) {
  const { label, value, onChange, help, fault, isMono = false, input = {} } = props
  const id = useId()
  const described = [
    ...(fault === undefined ? [] : [`${id}-fault`]),
    ...(help === undefined ? [] : [`${id}-help`]),
  ]
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(input as object)}
        id={id}
        class={isMono ? 'input mono' : 'input'}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={described.length === 0 ? undefined : described.join(' ')}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value)
        }}
      />
      {fault === undefined ? null : (
        <p class="field__fault" id={`${id}-fault`} role="alert">
          <Icon name="warn" />
          {fault}
        </p>
      )}
      {help === undefined ? null : <small id={`${id}-help`}>{help}</small>}
    </div>
  )
}

interface FormProps {
  onSubmit: () => void
  children: ComponentChildren
}

export function Form({ onSubmit, children }: FormProps) {
  return (
    <form
      class="stack stack--4"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
    </form>
  )
}

export interface Act {
  /** Starts the work. Nothing else starts until it is done. */
  run: (work: () => Promise<void>) => void
  isBusy: boolean
  /** Why the last one was refused. */
  problem: Problem | undefined
}

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  return {
    isBusy,
    problem,
    run: (work) => {
      if (isBusy) return
      setBusy(true)
      setProblem(undefined)
      void work()
        .catch((error: unknown) => {
          setProblem(asProblem(error))
        })
        .finally(() => {
          setBusy(false)
        })
    },
  }
}
