// The small parts of every page.
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import type { Problem } from './problem.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'live' | 'plain'

interface BadgeProps {
  tone?: Tone | undefined
  icon: IconName
  children: ComponentChildren
}

/** A state: a shape and a word. */
export function Badge({ tone, icon, children }: BadgeProps) {
  return (
    <span class={tone === undefined ? 'badge' : `badge badge--${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  )
}

export interface Figure {
  name: string
  value: ComponentChildren
  /** Small, beside the value. */
  of?: string | undefined
  note?: ComponentChildren
  tone?: Tone | undefined
}

/** A line of numbers with their names, as in a ledger. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, of, note, tone }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={tone}>
            {value}
            {of === undefined ? null : <small> {of}</small>}
          </dd>
          {note === undefined ? null : <dd class="note">{note}</dd>}
        </div>
      ))}
    </dl>
  )
}

interface Choice<Value extends string> {
  value: Value
  label: string
  count?: number
}

interface SegmentsProps<Value extends string> {
  label: string
  choices: readonly Choice<Value>[]
  chosen: Value
  onChoose: (value: Value) => void
}

/** Chooses what is shown. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const { choices, chosen, onChoose } = props
  return (
    <div class="segments segments--scroll" role="group" aria-label={props.label}>
      {choices.map(({ value, label, count }) => (
        <button
          key={value}
          type="button"
          class="segment"
          aria-pressed={value === chosen}
          onClick={() => {
            onChoose(value)
          }}
        >
          {label}
          {count === undefined ? null : <span> {count}</span>}
        </button>
      ))}
    </div>
  )
}

interface NoticeProps {
  tone?: 'good' | 'warn' | 'bad' | 'live'
  icon: IconName
  children: ComponentChildren
  action?: ComponentChildren
}

export function Notice({ tone, icon, children, action }: NoticeProps) {
  return (
    <div class={tone === undefined ? 'notice' : `notice notice--${tone}`} role="status">
      <Icon name={icon} />
      <p>{children}</p>
      {action === undefined ? null : <span class="push">{action}</span>}
    </div>
  )
}

/** What could not be read or done, and how to go on. */
export function Failure({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { message, traceId = '' } = problem
  const retry = (
    <button type="button" class="btn" onClick={onRetry}>
      Try again
    </button>
  )
  return (
    <Notice tone="bad" icon="warn" action={onRetry === undefined ? undefined : retry}>
      <b>{message}</b>
      {traceId === '' ? null : (
        <>
          {' '}
          The log has it under <span class="mono">{traceId}</span>.
        </>
      )}
    </Notice>
  )
}

/** Grey lines where rows will be; they appear only when it takes long. */
export function Waiting({ rows = 6 }: { rows?: number }) {
  return (
    <div class="waiting" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  )
}

interface EmptyProps {
  icon: IconName
  title: string
  children: ComponentChildren
}

/** Says what to do where there is nothing yet. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="nothing">
      <Icon name={icon} large />
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  )
}

interface PanelProps {
  title: ComponentChildren
  aside?: ComponentChildren
  children: ComponentChildren
}

export function Panel({ title, aside, children }: PanelProps) {
  return (
    <section class="panel">
      <div class="panel__head">
        <h2>{title}</h2>
        {aside === undefined ? null : <div class="push row">{aside}</div>}
      </div>
      {children}
    </section>
  )
}
