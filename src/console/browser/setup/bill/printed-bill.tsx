// What is printed above and below a bill, with the bill as the server would print it: an owner
// changes it, a manager sees it.
import { useMemo, useState } from 'preact/hooks'
import { toast } from '../../../../page/browser/dialog.tsx'
import { Form, useAct } from '../../../../page/browser/form.tsx'
import { Failure, Waiting } from '../../../../page/browser/parts.tsx'
import type { Problem } from '../../../../page/browser/problem.ts'
import { useLoad } from '../../../../page/browser/use-load.ts'
import { Paper, usePicture } from '../../paper.tsx'
import { me, till } from '../../session.ts'
import { Refused } from '../refused.tsx'
import { SaveBar } from '../save-bar.tsx'
import { SectionEditor } from './section-editor.tsx'
import { AlsoPrintFields } from './also-print.tsx'
import {
  keyedTemplate,
  plainTemplate,
  SECTIONS,
  type AlsoPrint,
  type PlainTemplate,
  type Template,
} from './template.ts'

interface Bill {
  template: PlainTemplate
  /** The venue's, which counts its changes. */
  version: number
  orders: readonly { id: string; displayName: string }[]
}

/** The version first: a change in between makes it stale, so that nothing is overwritten. */
async function readBill(): Promise<Bill> {
  const { version } = await till.call<{ version: number }>('GET', '/venue')
  const [template, orders] = await Promise.all([
    till.call<PlainTemplate>('GET', '/venue/bill-template'),
    till.call<{ rows: Bill['orders'] }>('GET', '/orders?open=true'),
  ])
  return { template, version, orders: orders.rows }
}

export function PrintedBill() {
  const { data, problem, reload } = useLoad(`bill ${me.value!.venue.id}`, readBill)
  if (data === undefined) {
    return problem === undefined ? <Waiting /> : <Failure problem={problem} onRetry={reload} />
  }
  return <Loaded bill={data} onChanged={reload} />
}

/** Waits until nobody types. */
const REST_MS = 200

function Loaded({ bill, onChanged }: { bill: Bill; onChanged: () => void }) {
  const [edited, setEdited] = useState<Template>()
  const [orderId, setOrderId] = useState('')
  const shown = edited === undefined ? bill.template : plainTemplate(edited)
  const text = JSON.stringify(shown)
  const of = orderId === '' ? '' : `&orderId=${encodeURIComponent(orderId)}`
  const { address, problem } = usePicture(
    `${of} ${text}`,
    async () => await till.text(`/venue/bill-template/preview?format=svg${of}`, shown),
    REST_MS,
  )
  const order = bill.orders.find(({ id }) => id === orderId)
  return (
    <div class="cols cols--wide">
      {me.value?.role === 'owner' ? (
        <Editor
          {...{ bill, problem, edited, onChanged }}
          onEdit={setEdited}
          isChanged={text !== JSON.stringify(bill.template)}
        />
      ) : (
        <p class="soft">An owner of the venue changes what is printed above and below a bill.</p>
      )}
      <aside class="stack stack--4 beside">
        <div class="split">
          <b>As it prints</b>
          <span class="row small">
            <span class="soft">of</span>
            <select
              class="input"
              aria-label="Bill to draw"
              value={orderId}
              onChange={({ currentTarget }) => {
                setOrderId(currentTarget.value)
              }}
            >
              <option value="">a sample</option>
              {bill.orders.map(({ id, displayName }) => (
                <option key={id} value={id}>
                  {displayName}
                </option>
              ))}
            </select>
          </span>
        </div>
        {problem === undefined ? null : (
          <p class="small bad" role="status">
            As it was before the last change, which cannot be printed.
          </p>
        )}
        <Paper address={address} of={order?.displayName ?? 'a sample'} />
      </aside>
    </div>
  )
}

interface EditorProps {
  bill: Bill
  /** Why what is edited cannot be printed. */
  problem: Problem | undefined
  /** Undefined while it is as it was saved. */
  edited: Template | undefined
  isChanged: boolean
  onEdit: (template: Template | undefined) => void
  onChanged: () => void
}

function Editor({ bill, problem, edited, isChanged, onEdit, onChanged }: EditorProps) {
  const { run, isBusy, problem: refusal } = useAct()
  const saved = useMemo(() => keyedTemplate(bill.template), [bill.template])
  const template = edited ?? saved
  const save = async (): Promise<void> => {
    const changing = till.ifVersion(bill.version)
    await changing.call('PUT', '/venue/bill-template', plainTemplate(template))
    toast({ icon: 'save', title: 'The printed bill is saved.' })
    onEdit(undefined)
    onChanged()
  }
  return (
    <Form
      onSubmit={() => {
        run(save)
      }}
    >
      {SECTIONS.map((section) => (
        <SectionEditor
          key={section}
          section={section}
          lines={template[section]}
          problem={problem}
          onChange={(lines) => {
            onEdit({ ...template, [section]: lines })
          }}
        />
      ))}
      <AlsoPrintFields
        alsoPrint={template.alsoPrint}
        onChange={(alsoPrint) => {
          onEdit({ ...template, alsoPrint: hasAny(alsoPrint) ? alsoPrint : undefined })
        }}
      />
      {hasPlace(problem) ? null : <Failure problem={problem!} />}
      {refusal === undefined ? null : (
        <Refused
          problem={refusal}
          onReadAgain={() => {
            run(async () => {
              onChanged()
            })
          }}
        />
      )}
      <SaveBar
        said={isChanged ? 'Changed, and not saved.' : 'Nothing is changed.'}
        isChanged={isChanged}
        isReady={!isBusy && problem === undefined}
        onUndo={() => {
          onEdit(undefined)
        }}
      />
    </Form>
  )
}

const hasAny = (alsoPrint: AlsoPrint): boolean => Object.keys(alsoPrint).length > 0

/** Whether no fault is left to be shown apart from the lines. */
function hasPlace(problem: Problem | undefined): boolean {
  return problem === undefined || (problem.body?.errors?.length ?? 0) > 0
}
