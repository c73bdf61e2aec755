// The menu: what can be ordered, what it costs, and whether it can be ordered now.
import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { TextField, useAct } from '../../../page/browser/form.tsx'
import { Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { ItemShape } from '../../../till/venue/setup/shapes.ts'
import { formats, till } from '../session.ts'
import { AddButton, type AddDialogProps } from './add-button.tsx'
import { minorOf } from './amounts.ts'

type Item = Static<typeof ItemShape>

const PAGE_ROWS = 100

async function readMenu(): Promise<Item[]> {
  const items: Item[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const cursor: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const page: { rows: Item[]; after?: string } = await till.call(
      'GET',
      `/menu?limit=${PAGE_ROWS}${cursor}`,
    )
    items.push(...page.rows)
    after = page.after
  }
  return items
}

export function Menu() {
  const { data: items, problem, reload } = useLoad('menu', readMenu)
  const [search, setSearch] = useState('')
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (items === undefined) return <Waiting />
  const wanted = search.trim().toLowerCase()
  const shown = items.filter(({ name, plu }) => `${name} ${plu}`.toLowerCase().includes(wanted))
  return (
    <>
      <div class="row row--wrap">
        <AddButton
          label="Add an item"
          dialog={(onClose) => <AddDialog onClose={onClose} onAdded={reload} />}
        />
        <div class="push find">
          <TextField
            label="Find"
            value={search}
            onChange={setSearch}
            input={{ type: 'search', placeholder: 'Name or PLU' }}
          />
        </div>
      </div>
      <Panel title={`${shown.length} on the menu`}>
        {shown.length === 0 ? (
          <Empty icon="bill" title="Nothing here">
            Add an item, or import the menu from a spreadsheet.
          </Empty>
        ) : (
          <Items items={shown} onChanged={reload} />
        )}
      </Panel>
    </>
  )
}

function Items({ items, onChanged }: { items: readonly Item[]; onChanged: () => void }) {
  const { run, problem } = useAct()
  const toggle = ({ plu, name, available }: Item): void => {
    run(async () => {
      await till.call('POST', `/menu/${encodeURIComponent(plu)}/availability`, {
        available: !available,
      })
      toast({ icon: 'tickc', title: `${name} is ${available ? 'sold out' : 'available'}.` })
      onChanged()
    })
  }
  return (
    <>
      {problem === undefined ? null : <Failure problem={problem} />}
      <table class="table">
        <thead>
          <tr>
            <th>Name</th>
            <th class="lo">PLU</th>
            <th class="lo">Course, category</th>
            <th class="num">Price</th>
            <th class="num lo">Tax</th>
            <th>Available</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row
              key={item.plu}
              item={item}
              onToggle={() => {
                toggle(item)
              }}
            />
          ))}
        </tbody>
      </table>
    </>
  )
}

function Row({ item, onToggle }: { item: Item; onToggle: () => void }) {
  const { plu, name, kind, course, category, priceMinor, taxRateHundredths, available } = item
  return (
    <tr>
      <td>
        <span class="strong">{name}</span>
        <span class="two">{kind}</span>
      </td>
      <td class="lo mono">{plu}</td>
      <td class="lo soft">{[course, category].filter(Boolean).join(', ') || '–'}</td>
      <td class="num">{formats.value.money(priceMinor)}</td>
      <td class="num lo">{taxRateHundredths / 100} %</td>
      <td>
        <button
          type="button"
          class="switch"
          role="switch"
          aria-checked={available}
          aria-label={`${name} is available`}
          onClick={onToggle}
        >
          <i />
          {available ? 'Yes' : 'Sold out'}
        </button>
      </td>
    </tr>
  )
}

function AddDialog({ onClose, onAdded }: AddDialogProps) {
  const [name, setName] = useState('')
  const [plu, setPlu] = useState('')
  const [price, setPrice] = useState('')
  const [tax, setTax] = useState('20')
  const [course, setCourse] = useState('')
  const priceMinor = minorOf(price)
  const taxRateHundredths = minorOf(tax)
  const add = async (): Promise<void> => {
    await till.call('POST', '/menu', {
      plu: plu.trim(),
      kind: 'Item',
      name: name.trim(),
      priceMinor,
      taxRateHundredths,
      ...(course.trim() === '' ? {} : { course: course.trim() }),
    })
    toast({ icon: 'plus', title: `${name.trim()} is on the menu.` })
    onAdded()
  }
  const isReady =
    name.trim() !== '' &&
    plu.trim() !== '' &&
    priceMinor !== undefined &&
    taxRateHundredths !== undefined
  return (
    <DialogForm title="Add an item" verb="Add" isReady={isReady} work={add} onClose={onClose}>
      <TextField label="Name" value={name} onChange={setName} input={{ autofocus: true }} />
      <div class="pair">
        <TextField label="PLU" value={plu} onChange={setPlu} help="its number on the till" />
        <TextField
          label="Price"
          value={price}
          onChange={setPrice}
          fault={price === '' || priceMinor !== undefined ? undefined : 'Write it as in 14.95.'}
          input={{ inputMode: 'decimal', placeholder: '14.95' }}
        />
      </div>
      <div class="pair">
        <TextField
          label="Tax in percent"
          value={tax}
          onChange={setTax}
          input={{ inputMode: 'decimal' }}
        />
        <TextField label="Course" value={course} onChange={setCourse} help="may be empty" />
      </div>
    </DialogForm>
  )
}
