// The page before the pages: what there is to fill in or to choose, and beside it a slip of paper.
import type { ComponentChildren } from 'preact'

interface DoorProps {
  mark: ComponentChildren
  name: string
  /** A `Slip`, for the eye alone. */
  slip: ComponentChildren
  children: ComponentChildren
}

export function Door({ mark, name, slip, children }: DoorProps) {
  return (
    <main class="door">
      <div class="door__form">
        <div class="row row--3">
          <span class="rail__mark" aria-hidden="true">
            {mark}
          </span>
          <b>{name}</b>
        </div>
        {children}
      </div>
      <div class="door__side" aria-hidden="true">
        {slip}
      </div>
    </main>
  )
}

interface SlipProps {
  title: string
  note?: string
  lines: readonly (readonly [name: string, value: string])[]
  foot: string
}

export function Slip({ title, note, lines, foot }: SlipProps) {
  return (
    <figure class="paper">
      <div class="paper__sheet">
        <h3>{title}</h3>
        {note === undefined ? null : <p class="c paper__note">{note}</p>}
        <hr class="double" />
        {lines.map(([name, value]) => (
          <div class="paper__line" key={name}>
            <span>{name}</span>
            <span>{value}</span>
          </div>
        ))}
        <hr />
        <p class="c">{foot}</p>
      </div>
    </figure>
  )
}
