// Bookings as Dojo sees them: the reservations of the till, with the parties that came of them.
import type { Schemas } from '../../../contract/capabilities.ts'
import { ask, BOOKINGS, readParties, readReservations, readTables } from '../phone/venue.ts'
import { sandbox } from '../session.ts'

type Reservation = Schemas['Reservation']
type Party = Schemas['Party']

export interface Booking {
  reservation: Reservation
  /** Who came of it; undefined while nobody has. */
  party: Party | undefined
  state: 'booked' | 'late' | 'seated' | 'left'
}

export interface Book {
  bookings: Booking[]
  tables: Schemas['Table'][]
}

export interface Details {
  name: string
  covers: number
  tableId: string
  startMs: number
  guestRequests: string
}

const HOUR_MS = 3_600_000
/** How long a table is booked for. */
const STAY_MS = 2 * HOUR_MS
const BACK_MS = 6 * HOUR_MS
const AHEAD_MS = 7 * 24 * HOUR_MS
const LATE_MS = 5 * 60_000

export async function readBook(nowMs: number): Promise<Book> {
  const fromTime = new Date(nowMs - BACK_MS).toISOString()
  const toTime = new Date(nowMs + AHEAD_MS).toISOString()
  const [reservations, parties, left, tables] = await Promise.all([
    readReservations(fromTime, toTime),
    readParties(false),
    readParties(true),
    readTables(BOOKINGS),
  ])
  const partyOf = new Map([...left, ...parties].map((party) => [party.reservationId, party]))
  const bookings = reservations
    .map((reservation) => bookingOf(reservation, partyOf.get(reservation.id), nowMs))
    .sort((a, b) => a.reservation.startTime.localeCompare(b.reservation.startTime))
  return { bookings, tables }
}

function bookingOf(reservation: Reservation, party: Party | undefined, nowMs: number): Booking {
  if (party !== undefined) {
    return { reservation, party, state: party.status === 'Left' ? 'left' : 'seated' }
  }
  const isLate = Date.parse(reservation.startTime) + LATE_MS < nowMs
  return { reservation, party, state: isLate ? 'late' : 'booked' }
}

function requestOf({ name, covers, tableId, startMs, guestRequests }: Details) {
  return {
    name,
    covers,
    tableIds: [tableId],
    startTime: new Date(startMs).toISOString(),
    endTime: new Date(startMs + STAY_MS).toISOString(),
    guestRequests: guestRequests === '' ? undefined : guestRequests,
  }
}

export async function book(details: Details): Promise<void> {
  const dojoReservationId = `dr_sandbox_${crypto.randomUUID()}`
  await ask('CreateReservation', { dojoReservationId, ...requestOf(details) }, BOOKINGS)
}

/** What the page does not show stays as it was. */
export async function change({ reservation }: Booking, details: Details): Promise<void> {
  const { id, hostNotes } = reservation
  const dojoReservationId = await dojoIdOf(id)
  const input = { dojoReservationId, hostNotes, ...requestOf(details) }
  await ask('UpdateReservation', { reservationId: id, ...input }, BOOKINGS)
}

export async function seat({ reservation }: Booking): Promise<void> {
  const { id, name, covers, tableIds, guestRequests } = reservation
  const input = {
    dojoPartyId: `dp_sandbox_${crypto.randomUUID()}`,
    reservationId: id,
    name,
    covers,
    tableIds,
    guestRequests,
    status: 'Seated',
    startTime: new Date().toISOString(),
  }
  await ask('CreateParty', input, BOOKINGS)
}

export async function leave({ party }: Booking): Promise<void> {
  const { id, name, covers, tableIds, startTime, hostNotes, guestRequests } = party!
  const input = {
    dojoPartyId: await dojoIdOf(id),
    name,
    covers,
    tableIds,
    startTime,
    hostNotes,
    guestRequests,
    status: 'Left',
    endTime: new Date().toISOString(),
  }
  await ask('UpdateParty', { partyId: id, ...input }, BOOKINGS)
}

export async function cancel({ reservation: { id } }: Booking): Promise<void> {
  await ask('DeleteReservationById', { reservationId: id }, BOOKINGS)
}

/** Dojo has an id of its own for each; one that the till made gets it now. */
async function dojoIdOf(id: string): Promise<string> {
  const { ids } = await sandbox.call<{ ids: Record<string, string> }>('GET', '/dojo-ids')
  return ids[id] ?? `dojo_${id}`
}
