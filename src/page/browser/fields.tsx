// Fields that are not one line of text: several lines, one of a few choices, on or off, a search.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface FieldProps {
  label: string
  help?: ComponentChildren
  fault?: string | undefined
}

/** The ids of what is said about a field, for `aria-describedby`. */
function describing(id: string, { help, fault }: Omit<FieldProps, 'label'>): string | undefined {
  const ids = [
    ...(fault === undefined ? [] : [`${id}-fault`]),
    ...(help === undefined ? [] : [`${id}-help`]),
  ]
  return ids.length === 0 ? undefined : ids.join(' ')
}

function Said({ id, help, fault }: { id: string } & Omit<FieldProps, 'label'>) {
  return (
    <>
      {fault === undefined ? null : (
        <p class="field__fault" id={`${id}-fault`} role="alert">
          <Icon name="warn" />
          {fault}
        </p>
      )}
      {help === undefined ? null : <small id={`${id}-help`}>{help}</small>}
    </>
  )
}

interface AreaFieldProps extends FieldProps {
  value: string
  rows?: number
  onChange: (value: string) => void
}

export function AreaField({ label, value, rows = 2, onChange, ...said }: AreaFieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="input"
        rows={rows}
        value={value}
        aria-invalid={said.fault !== undefined}
        aria-describedby={describing(id, said)}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value)
        }}
      />
      <Said id={id} {...said} />
    </div>
  )
}

interface Choice<Value extends string> {
  value: Value
  label: string
}

/** Choices under a name of their own. */
export interface ChoiceGroup<Value extends string> {
  name: string
  choices: readonly Choice<Value>[]
}

interface SelectFieldProps<Value extends string> extends FieldProps {
  value: Value
  choices: readonly (Choice<Value> | ChoiceGroup<Value>)[]
  onChange: (value: Value) => void
}

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { label, value, choices, onChange, ...said } = props
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        aria-invalid={said.fault !== undefined}
        aria-describedby={describing(id, said)}
        onChange={({ currentTarget }) => {
          onChange(currentTarget.value as Value)
        }}
      >
        {choices.map((choice) =>
          'choices' in choice ? (
            <optgroup key={choice.name} label={choice.name}>
              {choice.choices.map(optionOf)}
            </optgroup>
          ) : (
            optionOf(choice)
          ),
        )}
      </select>
      <Said id={id} {...said} />
    </div>
  )
}

function optionOf({ value, label }: Choice<string>) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  )
}

interface SearchFieldProps {
  /** What it is called, where a page has several. */
  label?: string
  placeholder: string
  value: string
  onChange: (value: string) => void
}

/** The key `/` leads to it. */
export function SearchField({ label = 'Search', placeholder, value, onChange }: SearchFieldProps) {
  return (
    <label class="search">
      <Icon name="search" />
      <span class="unseen">{label}</span>
      <input
        class="input"
        type="search"
        placeholder={placeholder}
        value={value}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value)
        }}
      />
      <kbd>/</kbd>
    </label>
  )
}

interface SwitchFieldProps extends FieldProps {
  isOn: boolean
  onChange: (isOn: boolean) => void
}

/** On or off; a word says which, beside the shape. */
export function SwitchField({ label, isOn, onChange, ...said }: SwitchFieldProps) {
  const id = useId()
  return (
    <div class="field">
      <div class="split">
        <span class="label" id={`${id}-label`}>
          {label}
        </span>
        <button
          type="button"
          class="switch"
          role="switch"
          aria-checked={isOn}
          aria-labelledby={`${id}-label`}
          aria-describedby={describing(id, said)}
          onClick={() => {
            onChange(!isOn)
          }}
        >
          <i />
          {isOn ? 'On' : 'Off'}
        </button>
      </div>
      <Said id={id} {...said} />
    </div>
  )
}
