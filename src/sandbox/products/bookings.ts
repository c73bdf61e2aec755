// Dojo Bookings towards an EPOS: what it does by itself, and how it follows what was done at the
// EPOS.
import type { Schemas } from '../../contract/capabilities.ts'
import { readEntity } from '../dojo/epos-events.ts'
import { Unmet, type Stage } from './runner.ts'

const caller = { product: 'Bookings' }

export interface Evening {
  reservation: Schemas['Reservation']
  party: Schemas['Party']
  /** The party as it left. */
  left: Schemas['Party']
}

/**
 * A table that Bookings may give away: without a party, where that can be asked.
 * @throws Unmet when there is none
 */
export async function freeTable(stage: Stage): Promise<Schemas['Table']> {
  let after: string | undefined
  let any: Schemas['Table'] | undefined
  do {
    const page = await stage.ask(
      'SearchTables',
      after === undefined ? {} : { cursor: { after } },
      caller,
    )
    for (const table of page.data ?? []) {
      any ??= table
      if (!stage.isRegistered('SearchParties')) return table
      const parties = await stage.ask('SearchParties', { tableId: table.id }, caller)
      if ((parties.data ?? []).length === 0) return table
    }
    after = page.after
  } while (after !== undefined)
  if (any === undefined) {
    throw new Unmet('The venue has no tables.', [
      'SearchTables lists the tables that guests can be seated at.',
    ])
  }
  throw new Unmet('Every table has a party.', ['Let a party leave first.'])
}

/** A slot far enough ahead that nobody has booked it, a different one each time. */
export function quietSlot(stage: Stage): { startTime: string; endTime: string } {
  const start = new Date(Date.now() + (200 + stage.random.below(5_000)) * 86_400_000)
  start.setUTCHours(18, 15 * stage.random.below(4), 0, 0)
  return {
    startTime: start.toISOString(),
    endTime: new Date(start.getTime() + 2 * 3_600_000).toISOString(),
  }
}

export function reservationRequest(
  stage: Stage,
  tableId: string,
  slot = quietSlot(stage),
): Schemas['CreateReservationRequest'] {
  return {
    dojoReservationId: `dr_sandbox_${stage.random.text(22)}`,
    name: 'Kaplan',
    covers: 4,
    ...slot,
    tableIds: [tableId],
    guestRequests: 'A high chair',
  }
}

export function partyRequest(
  stage: Stage,
  tableId: string,
  reservationId?: string,
): Schemas['CreatePartyRequest'] {
  return {
    dojoPartyId: `dp_sandbox_${stage.random.text(22)}`,
    name: 'Kaplan',
    covers: 4,
    tableIds: [tableId],
    status: 'Seated',
    startTime: new Date().toISOString(),
    ...(reservationId === undefined ? {} : { reservationId }),
  }
}

/** Booked, changed, seated and gone, all of it done in Bookings. */
export async function bookedByDojo(stage: Stage): Promise<Evening> {
  const table = await stage.step('Find a table', async () => await freeTable(stage))
  const booking = reservationRequest(stage, table.id)
  const reservation = await stage.step(
    'Send the reservation',
    async () => await stage.ask('CreateReservation', booking, caller),
  )
  const changed = { ...booking, covers: 5, guestRequests: 'A high chair, and a nut allergy' }
  await stage.step('Change the reservation', async () => {
    const after = await stage.ask(
      'UpdateReservation',
      { reservationId: reservation.id, ...changed },
      caller,
    )
    stage.expect('the reservation has 5 covers', after.covers === 5, after.covers)
  })
  const seating = partyRequest(stage, table.id, reservation.id)
  const party = await stage.step(
    'Seat the party',
    async () => await stage.ask('CreateParty', seating, caller),
  )
  stage.afterwards(async () => await stage.call('DeletePartyById', { partyId: party.id }, caller))
  const { reservationId: _booked, ...stay } = seating
  await stage.step('Change the party', async () => {
    const after = await stage.ask(
      'UpdateParty',
      { partyId: party.id, ...stay, status: 'Mains', guestRequests: 'Nut allergy' },
      caller,
    )
    stage.expect('the party is at its mains', after.status === 'Mains', after.status)
  })
  const left = await stage.step(
    'Let the party go',
    async () =>
      await stage.ask(
        'UpdateParty',
        { partyId: party.id, ...stay, status: 'Left', endTime: new Date().toISOString() },
        caller,
      ),
  )
  return { reservation, party, left }
}

/** A guest calls off: the reservation goes, and with it the party if there is one. */
export async function calledOff(
  stage: Stage,
  reservationId: string,
  partyId?: string,
): Promise<void> {
  await stage.step('Call the reservation off', async () => {
    await stage.ask('DeleteReservationById', { reservationId }, caller)
    if (partyId !== undefined) await stage.ask('DeletePartyById', { partyId }, caller)
  })
}

/**
 * What Bookings does when an EPOS says that something changed: it reads it, and then knows it as it
 * is.
 */
export async function followed(
  stage: Stage,
  eventType: 'OrderUpdated' | 'PartyUpdated' | 'ReservationUpdated',
  id: string,
): Promise<Schemas['Order'] | Schemas['Party'] | Schemas['Reservation'] | undefined> {
  await readEntity(stage.world, stage.account, eventType, id)
  const { orders, parties, reservations } = stage.account.bookings
  return eventType === 'OrderUpdated'
    ? orders.get(id)
    : eventType === 'PartyUpdated'
      ? parties.get(id)
      : reservations.get(id)
}
