// Parties (guests in the venue) and reservations (guests to come): what both know of tables and
// times. Times are ISO 8601 in UTC.
import { invalid } from '../errors.ts'
import { same } from '../orders/order-history.ts'

export interface Deposit {
  totalMinor: number
  description?: string
  paymentIntentIds: string[]
}

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
  version: number
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
  version: number
  dojoReservationId?: string
}

/**
 * A reservation with the parties that it became, oldest first; it stays as it is when its guests
 * sit down.
 */
export interface SeatedReservation extends Reservation {
  parties: { id: string; startTime: string; endTime?: string }[]
}

/**
 * What a history tells of a change: the fields that became different, and null for one that is
 * there no longer.
 */
export function changesOf<Visit extends Party | Reservation>(
  before: Partial<Visit>,
  after: Visit,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<
    keyof Visit & string
  >) {
    if (!NOT_CONTENT.has(name) && !same(before[name], after[name])) {
      changes[name] = after[name] ?? null
    }
  }
  return changes
}

const NOT_CONTENT: ReadonlySet<string> = new Set(['partyId', 'version', 'parties'] satisfies (
  keyof Party | keyof SeatedReservation
)[])

/** The status of a party that was seated without saying more. */
export const SEATED = 'Seated'

/** A party sits at its tables until it has left. */
export const isSeated = (party: Pick<Party, 'endTime'>): boolean => party.endTime === undefined

/** @throws Refusal InvalidRequest: it ends before it starts, or fewer than no guests */
export function checkVisit({
  startTime,
  endTime,
  covers,
}: {
  startTime: string
  endTime?: string
  covers?: number
}): void {
  if (endTime !== undefined && endTime < startTime) {
    throw invalid(`The field endTime is ${endTime}, which is before startTime, ${startTime}.`)
  }
  if (covers !== undefined && (covers < 0 || !Number.isSafeInteger(covers))) {
    throw invalid(`The field covers is ${covers}, which is not a number of guests.`)
  }
}
