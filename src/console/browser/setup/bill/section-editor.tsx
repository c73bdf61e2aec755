// The lines above or below a bill: added, changed, moved, taken out.
import { Button } from '../../../../page/browser/form.tsx'
import { Panel } from '../../../../page/browser/parts.tsx'
import { faultOf, type Problem } from '../../../../page/browser/problem.ts'
import { LineFields } from './line-fields.tsx'
import {
  keyed,
  KINDS,
  moved,
  newLine,
  type Kind,
  type KeyedLine,
  type Section,
} from './template.ts'

const TITLES: Record<Section, string> = { header: 'Above the bill', footer: 'Below the bill' }

interface SectionEditorProps {
  section: Section
  lines: readonly KeyedLine[]
  problem: Problem | undefined
  onChange: (lines: readonly KeyedLine[]) => void
}

export function SectionEditor({ section, lines, problem, onChange }: SectionEditorProps) {
  return (
    <Panel
      title={TITLES[section]}
      aside={
        <AddLine
          label={`Add a line ${section === 'header' ? 'above' : 'below'}`}
          onAdd={(kind) => {
            onChange([...lines, keyed(newLine(kind))])
          }}
        />
      }
    >
      {lines.length === 0 ? <p class="panel__body soft">Nothing is printed here.</p> : null}
      <div class="lines">
        {lines.map((each, index) => (
          <EditedLine
            key={each.key}
            {...{ each, index, problem }}
            field={`${section}[${index}]`}
            last={lines.length - 1}
            onChange={(changed) => {
              onChange(lines.map((other) => (other === each ? { ...each, line: changed } : other)))
            }}
            onMove={(by) => {
              onChange(moved(lines, index, by))
            }}
            onRemove={() => {
              onChange(lines.filter((other) => other !== each))
            }}
          />
        ))}
      </div>
      {section === 'header' ? (
        <p class="panel__foot small soft">
          {'{table}, {waiter}, {reference}, {date} and {time} are filled in. '}A line of which
          nothing is known is left out.
        </p>
      ) : null}
    </Panel>
  )
}

function AddLine({ label, onAdd }: { label: string; onAdd: (kind: Kind) => void }) {
  return (
    <select
      class="input"
      aria-label={label}
      value=""
      onChange={({ currentTarget }) => {
        const { value } = currentTarget
        if (value !== '') onAdd(value as Kind)
        currentTarget.value = ''
      }}
    >
      <option value="">Add a line…</option>
      {KINDS.map(({ kind, label: name }) => (
        <option key={kind} value={kind}>
          {name}
        </option>
      ))}
    </select>
  )
}

interface EditedLineProps {
  each: KeyedLine
  index: number
  last: number
  field: string
  problem: Problem | undefined
  onChange: (line: KeyedLine['line']) => void
  onMove: (by: -1 | 1) => void
  onRemove: () => void
}

function EditedLine(props: EditedLineProps) {
  const { each, index, last, field, problem, onChange, onMove, onRemove } = props
  const { label } = KINDS.find(({ kind }) => kind === each.line.lineType)!
  const name = `${label}, line ${index + 1}`
  return (
    <div class="line" role="group" aria-label={name}>
      <div class="line__head">
        <span class="small soft">{label}</span>
        <span class="push row">
          <Button
            kind="quiet"
            isSmall
            icon="raise"
            label={`Move up: ${name}`}
            disabled={index === 0}
            onPress={() => {
              onMove(-1)
            }}
          />
          <Button
            kind="quiet"
            isSmall
            icon="down"
            label={`Move down: ${name}`}
            disabled={index === last}
            onPress={() => {
              onMove(1)
            }}
          />
          <Button
            kind="quiet"
            isSmall
            icon="cross"
            label={`Take out: ${name}`}
            onPress={onRemove}
          />
        </span>
      </div>
      <LineFields
        line={each.line}
        faultAt={(part) => faultWithin(problem, `${field}.${part}`)}
        onChange={onChange}
      />
    </div>
  )
}

/** What is wrong with the field, or with one of its parts: a line of an address. */
function faultWithin(problem: Problem | undefined, field: string): string | undefined {
  const part = problem?.body?.errors?.find(
    (each) => each.field === field || each.field.startsWith(`${field}[`),
  )
  return part && faultOf(problem, part.field)
}
