// Parties, reservations and tables for the tests of the domain.
import type { Test } from 'tap'
import type { WantedTables } from '../../src/domain/bookings/occupancy.ts'
import type { Party } from '../../src/domain/bookings/party.ts'
import type { Reservation } from '../../src/domain/bookings/reservation.ts'
import { Refusal } from '../../src/domain/errors.ts'

/** A party of two at table tbl_1 since seven. */
export const party = (more: Partial<Party> = {}): Party => ({
  partyId: 'pty_1',
  version: 1,
  name: 'Ada',
  covers: 2,
  tableIds: ['tbl_1'],
  status: 'Seated',
  startTime: '2026-03-06T19:00:00.000Z',
  ...more,
})

/** A reservation for two of table tbl_1 from seven to nine. */
export const reservation = (more: Partial<Reservation> = {}): Reservation => ({
  reservationId: 'rsv_1',
  version: 1,
  name: 'Ada',
  covers: 2,
  tableIds: ['tbl_1'],
  startTime: '2026-03-06T19:00:00.000Z',
  endTime: '2026-03-06T21:00:00.000Z',
  parties: [],
  ...more,
})

/** Tables that exist and are shared, unless said otherwise. */
export const tables = (
  rules: Partial<WantedTables['rules']> = {},
  unknownIds: string[] = [],
): WantedTables => ({
  rules: { onePartyPerTable: false, refuseOverlappingReservations: false, ...rules },
  unknownIds,
})

/** What a decision comes to: `Conflict occupied` where it refuses, else `ok`. */
export function verdict(decide: () => unknown): string {
  try {
    decide()
    return 'ok'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return `${error.type} ${error.reason}`
  }
}

export function isRefused(t: Test, decide: () => unknown, expected: object): void {
  try {
    decide()
    t.fail('it is not refused')
  } catch (error) {
    t.ok(error instanceof Refusal)
    t.match(error, expected)
  }
}
