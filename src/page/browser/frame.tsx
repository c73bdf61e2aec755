// What is around every page of a room: the rail, and the bar with the title, the news, and a clock.
import type { ComponentChildren } from 'preact'
import type { Formats } from './formats.ts'
import { Button } from './form.tsx'
import { Icon } from './icon.tsx'
import { Badge } from './parts.tsx'
import { useNow } from './use-now.ts'

interface PageFrameProps {
  rail: ComponentChildren
  title: ComponentChildren
  sub?: ComponentChildren
  /** The newest of what happens: a `Tape`. */
  tape?: ComponentChildren
  /** What the page can do; below the bar where that is narrow. */
  actions?: ComponentChildren
  /** Whose clock it is. */
  formats: Formats
  /** Whether the page hears of changes. The rail says it, and has no room for it when narrow. */
  isLive?: boolean
  /** How one leaves, which has no room there either. */
  leave: ComponentChildren
  children: ComponentChildren
}

export function PageFrame(props: PageFrameProps) {
  const { rail, title, sub, tape = <div class="tape" />, actions, isLive = true } = props
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="app">
        {rail}
        <div class="page">
          <header class="bar">
            <div class="bar__title">
              {typeof title === 'string' ? <h1>{title}</h1> : title}
              {sub === undefined ? null : <span class="bar__sub">{sub}</span>}
            </div>
            {tape}
            {actions}
            <Clock formats={props.formats} />
            <div class="bar__narrow row">
              {isLive ? null : (
                <Badge icon="warn" tone="warn">
                  Not live
                </Badge>
              )}
              {props.leave}
            </div>
          </header>
          <main class="main" id="main" tabIndex={-1}>
            {actions === undefined ? null : <div class="narrow-row">{actions}</div>}
            {props.children}
          </main>
        </div>
      </div>
    </>
  )
}

function Clock({ formats: { clock, zone } }: { formats: Formats }) {
  return (
    <div class="bar__clock">
      <b>{clock(useNow())}</b> <span class="lo-text">{zone}</span>
    </div>
  )
}

interface TapeProps {
  label: string
  /** Undefined while nothing has happened. */
  newest: { time: string; words: string } | undefined
}

export function Tape({ label, newest }: TapeProps) {
  return (
    <div class="tape" role="log" aria-label={label}>
      {newest === undefined ? null : (
        <>
          <Icon name="pulse" />
          <span class="tape__line">
            <time>{newest.time}</time> {newest.words}
          </span>
        </>
      )}
    </div>
  )
}

/** A button that ends the visit. */
export function Leave({ word, onLeave }: { word: string; onLeave: () => void }) {
  return (
    <Button kind="quiet" isSmall onPress={onLeave}>
      {word}
    </Button>
  )
}
