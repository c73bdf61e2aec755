// Dojo Bookings and an EPOS: what Bookings does itself, and how it follows changes at the EPOS.
import type { Schemas } from '../../contract/capabilities.ts'
import { readEntity } from '../dojo/epos-events.ts'
import { ExpectationFailed, type Runner } from './runner.ts'

const caller = { product: 'Bookings' }

export interface BookedVisit {
  reservation: Schemas['Reservation']
  party: Schemas['Party']
  /** The party after it has left. */
  left: Schemas['Party']
}

/**
 * A table without a party, as far as SearchParties can tell.
 * @throws ExpectationFailed when the venue has none
 */
export async function findFreeTable(runner: Runner): Promise<Schemas['Table']> {
  let after: string | undefined
  let any: Schemas['Table'] | undefined
  do {
    const page = await runner.callOk(
      'SearchTables',
      after === undefined ? {} : { cursor: { after } },
      caller,
    )
    for (const table of page.data ?? []) {
      any ??= table
      if (!runner.isRegistered('SearchParties')) return table
      const parties = await runner.callOk('SearchParties', { tableId: table.id }, caller)
      if ((parties.data ?? []).length === 0) return table
    }
    after = page.after
  } while (after !== undefined)
  if (any === undefined) {
    throw new ExpectationFailed('SearchTables lists no tables.', [
      'List the tables where guests can be seated.',
    ])
  }
  throw new ExpectationFailed('Every table has a party.', ['Let a party leave first.'])
}

/** A random slot, far enough ahead that nobody has booked it. */
export function farFutureSlot(runner: Runner): { startTime: string; endTime: string } {
  const start = new Date(Date.now() + (200 + runner.random.below(5_000)) * 86_400_000)
  start.setUTCHours(18, 15 * runner.random.below(4), 0, 0)
  return {
    startTime: start.toISOString(),
    endTime: new Date(start.getTime() + 2 * 3_600_000).toISOString(),
  }
}

export function reservationRequest(
  runner: Runner,
  tableId: string,
  slot = farFutureSlot(runner),
): Schemas['CreateReservationRequest'] {
  return {
    dojoReservationId: `dr_sandbox_${runner.random.text(22)}`,
    name: 'Test guest',
    covers: 4,
    ...slot,
    tableIds: [tableId],
    guestRequests: 'A high chair',
  }
}

export function partyRequest(
  runner: Runner,
  tableId: string,
  reservationId?: string,
): Schemas['CreatePartyRequest'] {
  return {
    dojoPartyId: `dp_sandbox_${runner.random.text(22)}`,
    name: 'Test guest',
    covers: 4,
    tableIds: [tableId],
    status: 'Seated',
    startTime: new Date().toISOString(),
    reservationId,
  }
}

/** A visit that Bookings runs: booked, changed, seated and left. */
export async function bookSeatAndLeave(runner: Runner): Promise<BookedVisit> {
  const table = await runner.step('Find a table', async () => await findFreeTable(runner))
  const booking = reservationRequest(runner, table.id)
  const reservation = await runner.step(
    'Send the reservation',
    async () => await runner.callOk('CreateReservation', booking, caller),
  )
  const changed = { ...booking, covers: 5, guestRequests: 'A high chair, and a nut allergy' }
  await runner.step('Change the reservation', async () => {
    const after = await runner.callOk(
      'UpdateReservation',
      { reservationId: reservation.id, ...changed },
      caller,
    )
    runner.expect('the reservation has 5 covers', after.covers === 5, after.covers)
  })
  const seating = partyRequest(runner, table.id, reservation.id)
  const party = await runner.step(
    'Seat the party',
    async () => await runner.callOk('CreateParty', seating, caller),
  )
  runner.addCleanup(async () => await runner.call('DeletePartyById', { partyId: party.id }, caller))
  const { reservationId: _booked, ...stay } = seating
  await runner.step('Change the party', async () => {
    const after = await runner.callOk(
      'UpdateParty',
      { partyId: party.id, ...stay, status: 'Mains', guestRequests: 'Nut allergy' },
      caller,
    )
    runner.expect('the status of the party is Mains', after.status === 'Mains', after.status)
  })
  const left = await runner.step(
    'Let the party leave',
    async () =>
      await runner.callOk(
        'UpdateParty',
        { partyId: party.id, ...stay, status: 'Left', endTime: new Date().toISOString() },
        caller,
      ),
  )
  return { reservation, party, left }
}

/** A guest cancels: the reservation is deleted, and the party with it if there is one. */
export async function cancelBooking(
  runner: Runner,
  reservationId: string,
  partyId?: string,
): Promise<void> {
  await runner.step('Cancel the reservation', async () => {
    await runner.callOk('DeleteReservationById', { reservationId }, caller)
    if (partyId !== undefined) await runner.callOk('DeletePartyById', { partyId }, caller)
  })
}

/**
 * What Bookings does after an event of the EPOS: it reads the entity again.
 * @returns the entity as Bookings now knows it; undefined when it is gone
 */
export async function bookingsAfterEvent(
  runner: Runner,
  eventType: 'OrderUpdated' | 'PartyUpdated' | 'ReservationUpdated',
  id: string,
): Promise<Schemas['Order'] | Schemas['Party'] | Schemas['Reservation'] | undefined> {
  await readEntity(runner.simulation, runner.account, eventType, id)
  const { orders, parties, reservations } = runner.account.bookings
  if (eventType === 'OrderUpdated') return orders.get(id)
  return eventType === 'PartyUpdated' ? parties.get(id) : reservations.get(id)
}
