// The bookings of a day: on a time bar by table, and as a list of who is still to come.
import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { count, duration } from '../../../page/browser/formats.ts'
import { Badge, Empty, Failure, Figures, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import { Frame } from '../frame.tsx'
import { useLive } from '../live.ts'
import { base, formats, me, till } from '../session.ts'
import { readBook, staysOf, stateOf, type Book, type Reservation } from './bookings.ts'
import { BookDialog } from './book-dialog.tsx'
import { TimeBar } from './time-bar.tsx'

const DAY_MS = 24 * 3_600_000

/** `2026-11-27`, by the venue's calendar. */
function dayAt(ms: number): string {
  return formats.value.date(ms).split('/').reverse().join('-')
}

export function BookingsPage() {
  const nowMs = useNow()
  const { query, route } = useLocation()
  const today = dayAt(nowMs)
  const day = /^\d{4}-\d\d-\d\d$/.test(query.day ?? '') ? query.day! : today
  const { data, problem, reload } = useLive(
    `book ${me.value!.venue.id} ${day}`,
    async () => await readBook(day),
  )
  const [isBooking, setBooking] = useState(false)
  const noonMs = Date.parse(`${day}T12:00:00Z`)
  const isStaff = me.value?.role !== 'kitchen'
  return (
    <Frame title="Bookings" sub={formats.value.day(noonMs)}>
      <Steps
        noonMs={noonMs}
        nowMs={nowMs}
        onGo={(ms) => {
          const other = dayAt(ms)
          route(other === today ? `${base}/bookings` : `${base}/bookings?day=${other}`)
        }}
        onBook={
          isStaff
            ? () => {
                setBooking(true)
              }
            : undefined
        }
      />
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? (
        <Waiting />
      ) : (
        <Loaded book={data} nowMs={nowMs} isToday={day === today} isStaff={isStaff} />
      )}
      {isBooking && data !== undefined ? (
        <BookDialog
          day={day}
          tables={data.tables}
          onClose={() => {
            setBooking(false)
          }}
        />
      ) : null}
    </Frame>
  )
}

interface StepsProps {
  noonMs: number
  nowMs: number
  onGo: (ms: number) => void
  onBook: (() => void) | undefined
}

function Steps({ noonMs, nowMs, onGo, onBook }: StepsProps) {
  const step = (ms: number) => () => {
    onGo(ms)
  }
  return (
    <div class="row row--wrap">
      <Button icon="left" label="The day before" onPress={step(noonMs - DAY_MS)} />
      <Button onPress={step(nowMs)}>Today</Button>
      <Button icon="right" label="The day after" onPress={step(noonMs + DAY_MS)} />
      {onBook === undefined ? null : (
        <Button kind="main" icon="plus" onPress={onBook}>
          Booking
        </Button>
      )}
    </div>
  )
}

interface LoadedProps {
  book: Book
  nowMs: number
  isToday: boolean
  isStaff: boolean
}

function Loaded({ book, nowMs, isToday, isStaff }: LoadedProps) {
  return (
    <>
      <BookFigures book={book} nowMs={nowMs} />
      <TimeBar book={book} stays={staysOf(book, nowMs)} nowMs={nowMs} isToday={isToday} />
      <ToCome book={book} nowMs={nowMs} isStaff={isStaff} />
    </>
  )
}

function BookFigures({ book: { reservations, parties }, nowMs }: { book: Book; nowMs: number }) {
  const by = (wanted: string): Reservation[] =>
    reservations.filter((each) => stateOf(each, nowMs) === wanted)
  const covers = (those: readonly { covers?: number }[]): string =>
    count(
      those.reduce((sum, { covers = 0 }) => sum + covers, 0),
      'cover',
    )
  const toCome = by('booked')
  const late = by('late')
  const first = toCome[0]
  return (
    <Figures
      figures={[
        { name: 'Booked', value: reservations.length, note: covers(reservations) },
        { name: 'Seated now', value: parties.length, note: covers(parties) },
        {
          name: 'Still to come',
          value: toCome.length,
          note: first === undefined ? 'nobody' : `next ${formats.value.time(first.startTime)}`,
        },
        {
          name: 'Late',
          value: late.length,
          tone: late.length === 0 ? undefined : 'warn',
          note: late.map(({ name }) => name).join(', ') || 'nobody',
        },
        { name: 'Left again', value: by('done').length, note: 'of those who booked' },
      ]}
    />
  )
}

function ToCome({ book, nowMs, isStaff }: Omit<LoadedProps, 'isToday'>) {
  const { act, problem, isBusy } = useSeating()
  const rows = book.reservations.filter(({ seated }) => !seated)
  return (
    <Panel title="Still to come">
      {problem === undefined ? null : <Failure problem={problem} />}
      {rows.length === 0 ? (
        <Empty icon="book" title="Nobody is booked">
          Bookings of Dojo appear here by themselves; a till or this page takes others.
        </Empty>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th>Time</th>
              <th>Name</th>
              <th class="num lo">Covers</th>
              <th class="lo">Table</th>
              <th>State</th>
              <th class="lo">Note</th>
              {isStaff ? (
                <th>
                  <span class="unseen">Seat</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {rows.map((reservation) => (
              <Row
                key={reservation.id}
                reservation={reservation}
                tables={book.tables}
                nowMs={nowMs}
                onSeat={isStaff && !isBusy ? act : undefined}
              />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

function useSeating() {
  const { run, problem, isBusy } = useAct()
  const act = ({ id, name }: Reservation): void => {
    run(async () => {
      await till.call('POST', '/parties', { reservationId: id })
      toast({ icon: 'people', title: `${name} is seated.` })
    })
  }
  return { act, problem, isBusy }
}

interface RowProps {
  reservation: Reservation
  tables: Book['tables']
  nowMs: number
  onSeat: ((reservation: Reservation) => void) | undefined
}

function Row({ reservation, tables, nowMs, onSeat }: RowProps) {
  const { startTime, name, covers, tableIds, hostNotes, guestRequests } = reservation
  const awayMs = Date.parse(startTime) - nowMs
  const where = tables.filter(({ id }) => tableIds.includes(id)).map(({ name }) => name)
  return (
    <tr>
      <td class="strong nowrap">{formats.value.time(startTime)}</td>
      <td>
        <span class="strong">{name}</span>
        <span class="two narrow">
          {count(covers, 'guest')}, {where.join(', ') || 'no table yet'}
        </span>
      </td>
      <td class="num lo">{covers}</td>
      <td class="lo">{where.join(', ') || 'no table yet'}</td>
      <td>
        {awayMs < 0 ? (
          <Badge icon="warn" tone="warn">
            {duration(-awayMs)} late
          </Badge>
        ) : (
          <Badge icon="clock" tone={awayMs < 1_800_000 ? 'live' : 'plain'}>
            in {duration(awayMs)}
          </Badge>
        )}
      </td>
      <td class="lo soft">{[hostNotes, guestRequests].filter(Boolean).join(' · ')}</td>
      {onSeat === undefined ? null : (
        <td class="num">
          <Button
            isSmall
            label={`Seat ${name}`}
            onPress={() => {
              onSeat(reservation)
            }}
          >
            Seat
          </Button>
        </td>
      )}
    </tr>
  )
}
