// Bookings of Dojo: made, changed, seated and canceled at the till.
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count } from '../../../page/browser/formats.ts'
import type { IconName } from '../../../page/browser/icon.tsx'
import { Badge, Empty, Failure, Waiting, type Tone } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import { useNow } from '../../../page/browser/use-now.ts'
import { Frame } from '../frame.tsx'
import { formats } from '../live.ts'
import { BookingDialog } from './booking-dialog.tsx'
import { cancel, leave, readBook, seat, type Book, type Booking } from './bookings.ts'

/** What is open besides the list: the dialog of a booking, or of a new one. */
type Opened = Booking | 'new' | undefined

export function BookingsPage() {
  const nowMs = useNow()
  const { data, problem, reload } = useLoad('book', async () => await readBook(nowMs))
  const [opened, setOpened] = useState<Opened>()
  const close = (): void => {
    setOpened(undefined)
  }
  const actions = (
    <Button
      icon="plus"
      disabled={data === undefined}
      onPress={() => {
        setOpened('new')
      }}
    >
      Booking
    </Button>
  )
  return (
    <Frame title="Bookings" sub="as Dojo reads and changes them at the till" actions={actions}>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined && problem === undefined ? <Waiting /> : null}
      {data === undefined ? null : <List book={data} onOpen={setOpened} onChange={reload} />}
      {data === undefined || opened === undefined ? null : (
        <BookingDialog
          booking={opened === 'new' ? undefined : opened}
          tables={data.tables}
          nowMs={nowMs}
          onDone={reload}
          onClose={close}
        />
      )}
    </Frame>
  )
}

interface ListProps {
  book: Book
  onOpen: (booking: Booking) => void
  onChange: () => void
}

function List({ book: { bookings, tables }, onOpen, onChange }: ListProps) {
  if (bookings.length === 0) {
    return (
      <Empty icon="book" title="No booking in the coming week">
        Press <b>Booking</b>: Dojo sends it to the till, and the till lists it.
      </Empty>
    )
  }
  const names = new Map(tables.map(({ id, name }) => [id, name]))
  return (
    <section class="panel" aria-label="Bookings">
      <table class="table bookings">
        <caption class="unseen">Bookings of the coming week</caption>
        <thead>
          <tr>
            <th>Time</th>
            <th>Who</th>
            <th class="lo">Table</th>
            <th>State</th>
            <th>
              <span class="unseen">What to do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {bookings.map((booking) => (
            <Row
              key={booking.reservation.id}
              booking={booking}
              names={names}
              onOpen={onOpen}
              onChange={onChange}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

const LOOKS: Record<Booking['state'], { icon: IconName; tone: Tone; name: string }> = {
  booked: { icon: 'clock', tone: 'live', name: 'Booked' },
  late: { icon: 'warn', tone: 'warn', name: 'Late' },
  seated: { icon: 'disc', tone: 'good', name: 'Seated' },
  left: { icon: 'tick', tone: 'plain', name: 'Left' },
}

interface RowProps extends Omit<ListProps, 'book'> {
  booking: Booking
  names: ReadonlyMap<string, string>
}

function Row({ booking, names, onOpen, onChange }: RowProps) {
  const { reservation, state } = booking
  const { name, covers, tableIds, startTime, guestRequests } = reservation
  const { icon, tone, name: word } = LOOKS[state]
  const places = tableIds.map((id) => names.get(id) ?? id).join(', ')
  return (
    <tr>
      <td>
        <span class="strong">{formats.value.time(startTime)}</span>
        <span class="two">{formats.value.day(startTime)}</span>
      </td>
      <td class="bookings__who">
        <span class="strong">{name}</span>
        <span class="two">
          {count(covers, 'guest')}
          {guestRequests === undefined ? '' : `: ${guestRequests}`}
        </span>
      </td>
      <td class="lo">{places}</td>
      <td>
        <Badge icon={icon} tone={tone}>
          {word}
        </Badge>
      </td>
      <td class="bookings__last">
        <Acts booking={booking} onOpen={onOpen} onChange={onChange} />
      </td>
    </tr>
  )
}

function Acts({ booking, onOpen, onChange }: Omit<RowProps, 'names'>) {
  const { run, isBusy, problem } = useAct()
  const { name } = booking.reservation
  const { state } = booking
  const act = (work: (booking: Booking) => Promise<void>, done: string) => (): void => {
    run(async () => {
      await work(booking)
      toast({ icon: 'book', title: `${name} ${done}.` })
      onChange()
    })
  }
  const button = (text: string, onPress: () => void, isMain = false) => (
    <Button
      key={text}
      isSmall
      kind={isMain ? 'main' : undefined}
      label={`${text} ${name}`}
      disabled={isBusy}
      onPress={onPress}
    >
      {text}
    </Button>
  )
  const open = (): void => {
    onOpen(booking)
  }
  return (
    <div class="bookings__acts">
      {state === 'booked' || state === 'late' ? (
        <>
          {button('Seat', act(seat, 'is seated'), true)}
          {button('Change', open)}
          {button('Cancel', act(cancel, 'is canceled'))}
        </>
      ) : null}
      {state === 'seated' ? button('Let leave', act(leave, 'has left')) : null}
      {problem === undefined ? null : (
        <p class="small bad" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  )
}
