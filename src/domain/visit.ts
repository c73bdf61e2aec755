// Parties (guests in the venue) and reservations (guests to come): what both know of tables and times.
// Times are ISO 8601 in UTC.
import { invalid } from './errors.ts'

export interface Deposit { totalMinor: number, description?: string, paymentIntentIds: string[] }

export interface PartyContent {
  name?: string
  covers?: number
  tableIds: string[]
  status: string
  startTime: string
  expectedEndTime?: string
  endTime?: string
  hostNotes?: string
  guestRequests?: string
  deposit?: Deposit
}

export interface Party extends PartyContent {
  partyId: string
  dojoPartyId?: string
  reservationId?: string
}

export interface ReservationContent {
  name: string
  covers: number
  tableIds: string[]
  startTime: string
  endTime: string
  hostNotes?: string
  guestRequests?: string
}

export interface Reservation extends ReservationContent {
  reservationId: string
  dojoReservationId?: string
}

/** The status of a party that was seated without saying more. */
export const SEATED = 'Seated'

/** A party sits at its tables until it has left. */
export const isSeated = (party: Pick<Party, 'endTime'>): boolean => party.endTime === undefined

/** @throws Refusal InvalidRequest: it ends before it starts, or fewer than no guests */
export function checkVisit ({ startTime, endTime, covers }: { startTime: string, endTime?: string, covers?: number }): void {
  if (endTime !== undefined && endTime < startTime) throw invalid(`The field endTime is ${endTime}, which is before startTime, ${startTime}.`)
  if (covers !== undefined && (covers < 0 || !Number.isSafeInteger(covers))) throw invalid(`The field covers is ${covers}, which is not a number of guests.`)
}
