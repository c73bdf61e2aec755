// The settings of the venue: an owner changes them, a manager sees them.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { SelectField, SwitchField } from '../../../page/browser/fields.tsx'
import { Form, TextField, useAct } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import { Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { faultOf, type Problem } from '../../../page/browser/problem.ts'
import { useLoad } from '../../../page/browser/use-load.ts'
import { findOut, formats, me, till } from '../session.ts'
import { Refused } from './refused.tsx'
import { SaveBar } from './save-bar.tsx'
import {
  enteredOf,
  GROUPS,
  HOW_TO_WRITE,
  valueOf,
  type Entered,
  type Group,
  type Setting,
  type Venue,
} from './settings-list.ts'

export function Settings() {
  const { data, problem, reload } = useLoad(
    `settings ${me.value!.venue.id}`,
    async () => await till.call<Venue>('GET', '/venue'),
  )
  if (data === undefined) {
    return problem === undefined ? <Waiting /> : <Failure problem={problem} onRetry={reload} />
  }
  if (me.value?.role !== 'owner') return <AsTheyAre venue={data} />
  return <Editor venue={data} onChanged={reload} />
}

type Edits = ReadonlyMap<string, Entered>

function Editor({ venue, onChanged }: { venue: Venue; onChanged: () => void }) {
  const [edits, setEdits] = useState<Edits>(new Map())
  const { run, isBusy, problem } = useAct()
  const enteredIn = (setting: Setting): Entered =>
    edits.get(setting.field) ?? enteredOf(setting, venue[setting.field])
  const shownVenue = { ...venue, kind: (edits.get('kind') ?? venue.kind) as Venue['kind'] }
  const groups = groupsFor(shownVenue)
  const changed = groups
    .flatMap(({ settings }) => settings)
    .filter((setting) => enteredIn(setting) !== enteredOf(setting, venue[setting.field]))
  const change = changed.map((setting) => [setting.field, valueOf(setting, enteredIn(setting))])
  const undo = (): void => {
    setEdits(new Map())
  }
  const save = async (): Promise<void> => {
    await till.ifVersion(venue.version).call('PATCH', '/venue', Object.fromEntries(change))
    toast({ icon: 'save', title: `${count(change.length, 'setting')} saved.` })
    undo()
    onChanged()
    await findOut()
  }
  return (
    <Form
      onSubmit={() => {
        run(save)
      }}
    >
      <InTwo
        groups={groups}
        content={(settings) => (
          <FieldsOf
            {...{ settings, enteredIn, problem }}
            onEnter={(field, entered) => {
              setEdits(new Map([...edits, [field, entered]]))
            }}
          />
        )}
      />
      {problem === undefined ? null : (
        <Refused
          problem={problem}
          onReadAgain={() => {
            run(async () => {
              onChanged()
            })
          }}
        />
      )}
      <SaveBar
        said={changed.length === 0 ? 'Nothing is changed.' : `${count(changed.length, 'change')}.`}
        isChanged={changed.length > 0}
        isReady={!isBusy && change.every(([, value]) => value !== undefined)}
        onUndo={undo}
      />
    </Form>
  )
}

/** What does not apply to the venue is not shown. */
function groupsFor(venue: Venue): Group[] {
  return GROUPS.map(({ title, settings }) => ({
    title,
    settings: settings.filter(({ applies }) => applies === undefined || applies(venue)),
  }))
}

interface InTwoProps {
  groups: readonly Group[]
  content: (settings: readonly Setting[]) => ComponentChildren
}

/** The groups as panels, in two columns where there is room. */
function InTwo({ groups, content }: InTwoProps) {
  return (
    <div class="cols cols--half">
      {[groups.slice(0, 2), groups.slice(2)].map((column) => (
        <div class="stack" key={column[0]!.title}>
          {column.map(({ title, settings }) => (
            <Panel key={title} title={title}>
              {content(settings)}
            </Panel>
          ))}
        </div>
      ))}
    </div>
  )
}

interface FieldsOfProps {
  settings: readonly Setting[]
  enteredIn: (setting: Setting) => Entered
  problem: Problem | undefined
  onEnter: (field: string, entered: Entered) => void
}

function FieldsOf({ settings, enteredIn, problem, onEnter }: FieldsOfProps) {
  return (
    <div class="panel__body stack stack--4">
      {settings.map((setting) => (
        <Field
          key={setting.field}
          {...{ setting, problem }}
          entered={enteredIn(setting)}
          onEnter={(entered) => {
            onEnter(setting.field, entered)
          }}
        />
      ))}
    </div>
  )
}

interface FieldProps {
  setting: Setting
  entered: Entered
  problem: Problem | undefined
  onEnter: (entered: Entered) => void
}

function Field({ setting, entered, problem, onEnter }: FieldProps) {
  const { field, label, help, as } = setting
  const badly = valueOf(setting, entered) === undefined ? HOW_TO_WRITE[as] : undefined
  const said = { label, help, fault: badly ?? faultOf(problem, field) }
  if (setting.as === 'switch') {
    return <SwitchField {...said} isOn={entered === true} onChange={onEnter} />
  }
  const value = String(entered)
  if (setting.as === 'choice') {
    return <SelectField {...said} value={value} choices={setting.choices} onChange={onEnter} />
  }
  const isNumber = as !== 'text' && as !== 'zone'
  return (
    <TextField
      {...said}
      value={value}
      onChange={onEnter}
      input={{ inputMode: isNumber ? 'decimal' : 'text' }}
    />
  )
}

function AsTheyAre({ venue }: { venue: Venue }) {
  return (
    <>
      <p class="soft">An owner of the venue changes these.</p>
      <InTwo
        groups={groupsFor(venue)}
        content={(settings) => (
          <table class="table table--tight">
            <tbody>
              {settings.map((setting) => (
                <tr key={setting.field}>
                  <td class="soft">{setting.label}</td>
                  <td class="num">{asWords(setting, venue[setting.field])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      />
    </>
  )
}

function asWords(setting: Setting, value: unknown): string {
  switch (setting.as) {
    case 'switch':
      return enteredOf(setting, value) === true ? 'On' : 'Off'
    case 'choice':
      return setting.choices.find((choice) => choice.value === value)?.label ?? String(value)
    case 'percent':
      return value === undefined ? 'none' : `${(value as number) / 100} %`
    case 'money':
      return value === undefined ? 'none' : formats.value.money(value as number)
    default:
      return String(value)
  }
}
