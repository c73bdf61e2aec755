// A booking that is made, or changed.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { SelectField, type ChoiceGroup } from '../../../page/browser/fields.tsx'
import { TextField } from '../../../page/browser/form.tsx'
import { formats } from '../live.ts'
import { book, change, type Book, type Booking, type Details } from './bookings.ts'

interface BookingDialogProps {
  /** Left out for a new one. */
  booking: Booking | undefined
  tables: Book['tables']
  nowMs: number
  onDone: () => void
  onClose: () => void
}

const SLOT_MS = 15 * 60_000
const DAYS = 3
const SLOTS = (DAYS * 24 * 3_600_000) / SLOT_MS

export function BookingDialog({ booking, tables, nowMs, onDone, onClose }: BookingDialogProps) {
  const [details, setDetails] = useState(() => firstDetails(booking, tables, nowMs))
  const { name, covers, tableId, startMs } = details
  const set = (part: Partial<Details>): void => {
    setDetails((was) => ({ ...was, ...part }))
  }
  const work = async (): Promise<void> => {
    if (booking === undefined) await book(details)
    else await change(booking, details)
    toast({ icon: 'book', title: `${name.trim()} is booked for ${formats.value.time(startMs)}.` })
    onDone()
  }
  return (
    <DialogForm
      title={booking === undefined ? 'A booking' : `Change ${booking.reservation.name}`}
      verb={booking === undefined ? 'Book' : 'Change'}
      isReady={name.trim() !== '' && tableId !== '' && covers > 0}
      work={work}
      onClose={onClose}
    >
      <Fields details={details} tables={tables} nowMs={nowMs} onChange={set} />
    </DialogForm>
  )
}

interface FieldsProps {
  details: Details
  tables: Book['tables']
  nowMs: number
  onChange: (part: Partial<Details>) => void
}

function Fields({ details, tables, nowMs, onChange: set }: FieldsProps) {
  const { name, covers, tableId, startMs, guestRequests } = details
  return (
    <>
      <TextField
        label="Name"
        value={name}
        onChange={(value) => {
          set({ name: value })
        }}
        input={{ required: true, autofocus: true, maxLength: 100 }}
      />
      <div class="pair">
        <TextField
          label="Guests"
          value={String(covers === 0 ? '' : covers)}
          onChange={(value) => {
            set({ covers: Number(value.replaceAll(/\D/g, '')) })
          }}
          input={{ inputMode: 'numeric', required: true }}
        />
        <SelectField
          label="Table"
          value={tableId}
          choices={tables.map((table) => ({ value: table.id, label: table.name }))}
          onChange={(value) => {
            set({ tableId: value })
          }}
        />
      </div>
      <SelectField
        label="Time"
        value={String(startMs)}
        choices={slotsByDay(nowMs, startMs)}
        onChange={(value) => {
          set({ startMs: Number(value) })
        }}
      />
      <TextField
        label="What the guests ask for"
        value={guestRequests}
        onChange={(value) => {
          set({ guestRequests: value })
        }}
        input={{ maxLength: 200 }}
      />
    </>
  )
}

function firstDetails(
  booking: Booking | undefined,
  tables: Book['tables'],
  nowMs: number,
): Details {
  if (booking === undefined) {
    const startMs = Math.ceil((nowMs + SLOT_MS) / SLOT_MS) * SLOT_MS
    return { name: '', covers: 2, tableId: tables[0]?.id ?? '', startMs, guestRequests: '' }
  }
  const { name, covers, tableIds, startTime, guestRequests = '' } = booking.reservation
  const startMs = Date.parse(startTime)
  return { name, covers, tableId: tableIds[0] ?? '', startMs, guestRequests }
}

/** The coming days in quarters of an hour, and the time that it has now. */
function slotsByDay(nowMs: number, chosenMs: number): ChoiceGroup<string>[] {
  const firstMs = Math.ceil(nowMs / SLOT_MS) * SLOT_MS
  const slots = Array.from({ length: SLOTS }, (_, index) => firstMs + index * SLOT_MS)
  const all = [...new Set([...slots, chosenMs])].sort((a, b) => a - b)
  const groups = new Map<string, ChoiceGroup<string>['choices']>()
  for (const ms of all) {
    const day = formats.value.day(ms)
    const choice = { value: String(ms), label: formats.value.time(ms) }
    groups.set(day, [...(groups.get(day) ?? []), choice])
  }
  return [...groups].map(([name, choices]) => ({ name, choices }))
}
