// The tables, by area.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { TextField } from '../../../page/browser/form.tsx'
import { Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import { till } from '../session.ts'
import { AddButton, type AddDialogProps } from './add-button.tsx'

interface Named {
  id: string
  name: string
}
interface Table extends Named {
  areaId?: string
  maxCovers?: number
}

async function readTables(): Promise<{ areas: Named[]; tables: Table[] }> {
  const [areas, tables] = await Promise.all([
    till.call<{ rows: Named[] }>('GET', '/areas'),
    till.call<{ rows: Table[] }>('GET', '/tables'),
  ])
  return { areas: areas.rows, tables: tables.rows }
}

export function Tables() {
  const { data, problem, reload } = useLoad('tables', readTables)
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (data === undefined) return <Waiting />
  const { areas, tables } = data
  const areaOf = (id: string | undefined): string =>
    areas.find((area) => area.id === id)?.name ?? '–'
  return (
    <>
      <div class="row">
        <AddButton
          label="Add a table"
          dialog={(onClose) => <AddDialog areas={areas} onClose={onClose} onAdded={reload} />}
        />
      </div>
      <Panel title={`${tables.length} tables`}>
        {tables.length === 0 ? (
          <Empty icon="floor" title="No tables yet">
            Add one, or import the whole floor from a spreadsheet.
          </Empty>
        ) : (
          <table class="table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Area</th>
                <th class="num">Seats</th>
              </tr>
            </thead>
            <tbody>
              {tables.map(({ id, name, areaId, maxCovers }) => (
                <tr key={id}>
                  <td class="strong">{name}</td>
                  <td>{areaOf(areaId)}</td>
                  <td class="num">{maxCovers ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </>
  )
}

interface AddTableProps extends AddDialogProps {
  areas: readonly Named[]
}

function AddDialog({ areas, onClose, onAdded }: AddTableProps) {
  const [name, setName] = useState('')
  const [seats, setSeats] = useState('4')
  const [areaId, setAreaId] = useState(areas[0]?.id ?? '')
  const add = async (): Promise<void> => {
    await till.call('POST', '/tables', {
      name: name.trim(),
      maxCovers: Number(seats),
      ...(areaId === '' ? {} : { areaId }),
    })
    toast({ icon: 'floor', title: `${name.trim()} is on the floor.` })
    onAdded()
  }
  return (
    <DialogForm
      title="Add a table"
      verb="Add"
      isReady={name.trim() !== ''}
      work={add}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} input={{ autofocus: true }} />
      <div class="pair">
        <TextField
          label="Seats"
          value={seats}
          onChange={setSeats}
          input={{ inputMode: 'numeric' }}
        />
        <div class="field">
          <label for="table-area">Area</label>
          <select
            id="table-area"
            class="input"
            value={areaId}
            onChange={({ currentTarget }) => {
              setAreaId(currentTarget.value)
            }}
          >
            {areas.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
      </div>
    </DialogForm>
  )
}
