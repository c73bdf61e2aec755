// Takes a booking.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { TextField } from '../../../page/browser/form.tsx'
import { formats, me, till } from '../session.ts'
import { timeInZone } from './time-in-zone.ts'
import type { Book } from './bookings.ts'

interface BookDialogProps {
  day: string
  tables: Book['tables']
  onClose: () => void
}

/** How long a table is booked for. */
const MINUTES = 90

export function BookDialog({ day, tables, onClose }: BookDialogProps) {
  const [name, setName] = useState('')
  const [covers, setCovers] = useState('2')
  const [time, setTime] = useState('19:00')
  const [tableId, setTableId] = useState(tables[0]?.id ?? '')
  const book = async (): Promise<void> => {
    const startMs = timeInZone(day, time, me.value!.venue.timeZone)
    await till.call('POST', '/reservations', {
      name: name.trim(),
      covers: Number(covers),
      tableIds: [tableId],
      startTime: new Date(startMs).toISOString(),
      endTime: new Date(startMs + MINUTES * 60_000).toISOString(),
    })
    toast({ icon: 'book', title: `${name.trim()} is booked for ${formats.value.time(startMs)}.` })
  }
  return (
    <DialogForm
      title="A booking"
      verb="Book"
      isReady={name.trim() !== '' && tableId !== ''}
      work={book}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        input={{ required: true, autofocus: true, maxLength: 100 }}
      />
      <div class="pair">
        <TextField
          label="Guests"
          value={covers}
          onChange={setCovers}
          input={{ inputMode: 'numeric', required: true }}
        />
        <TextField
          label="Time"
          value={time}
          onChange={setTime}
          help={`for ${MINUTES} minutes`}
          input={{ type: 'time', required: true }}
        />
      </div>
      <Tables tables={tables} chosen={tableId} onChoose={setTableId} />
    </DialogForm>
  )
}

interface TablesProps {
  tables: Book['tables']
  chosen: string
  onChoose: (id: string) => void
}

function Tables({ tables, chosen, onChoose }: TablesProps) {
  return (
    <div class="field">
      <label for="book-table">Table</label>
      <select
        id="book-table"
        class="input"
        value={chosen}
        onChange={({ currentTarget }) => {
          onChoose(currentTarget.value)
        }}
      >
        {tables.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
