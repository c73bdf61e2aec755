// What the scenarios of Bookings share.
import type { Schemas } from '../../contract/capabilities.ts'
import { findFreeTable, partyRequest, reservationRequest } from '../products/bookings.ts'
import type { Runner } from '../products/runner.ts'
import type { Scenario } from './scenario.ts'

export const booking = {
  section: 'Bookings',
  products: ['bookings'],
  mandatory: true,
} as const satisfies Partial<Scenario>
export const caller = { product: 'Bookings' }

export async function createReservation(
  runner: Runner,
): Promise<{ request: Schemas['CreateReservationRequest']; reservation: Schemas['Reservation'] }> {
  const table = await findFreeTable(runner)
  const request = reservationRequest(runner, table.id)
  const reservation = await runner.callOk('CreateReservation', request, caller)
  if (runner.isRegistered('DeleteReservationById')) {
    runner.addCleanup(
      async () =>
        await runner.call('DeleteReservationById', { reservationId: reservation.id }, caller),
    )
  }
  return { request, reservation }
}

export async function seat(
  runner: Runner,
): Promise<{ request: Schemas['CreatePartyRequest']; party: Schemas['Party'] }> {
  const table = await findFreeTable(runner)
  const request = partyRequest(runner, table.id)
  const party = await runner.callOk('CreateParty', request, caller)
  if (runner.isRegistered('DeletePartyById')) {
    runner.addCleanup(
      async () => await runner.call('DeletePartyById', { partyId: party.id }, caller),
    )
  }
  return { request, party }
}

export const sameTime = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && Date.parse(one) === Date.parse(other)
