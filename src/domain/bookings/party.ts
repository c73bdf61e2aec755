// Parties: guests in the venue, from the moment they are seated until they have left.
import { conflict, invalid, Refusal } from '../errors.ts'
import { spoken } from '../money.ts'
import { isOpen, type Order } from '../orders/order.ts'
import type { TillRole } from '../venue/till-role.ts'
import { checkSeatFree, checkTablesExist, type TakenTable, type WantedTables } from './occupancy.ts'
import type { Reservation } from './reservation.ts'
import { distinct, refusedAsDeleted, type Existing } from './visit.ts'

export interface Deposit {
  totalMinor: number
  description?: string
  paymentIntentIds: string[]
}

/** Times are ISO 8601 in UTC. */
export interface PartyContent {
  name?: string
  covers?: number
  tableIds: string[]
  /** Where they are in their evening, in the venue's words or Dojo's. */
  status: string
  startTime: string
  expectedEndTime?: string
  /** When they left. */
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

/** The status of a party that was seated without one. */
export const SEATED = 'Seated'

/** A party has its tables until it leaves. */
export const isSeated = ({ endTime }: Pick<Party, 'endTime'>): boolean => endTime === undefined

// --- seating

/** A party to be seated. Without a `dojoPartyId` it is the venue's own. */
export interface NewParty {
  partyId: string
  dojoPartyId?: string
  creationHash: Buffer
  reservationId?: string
  /** Names the reservation where `reservationId` does not. */
  dojoReservationId?: string
  /** Dojo says when they sat down; a party that the venue seats starts now. */
  content: Omit<PartyContent, 'startTime'> & { startTime?: string }
}

export interface SeatingFacts {
  tables: WantedTables
  taken: TakenTable | undefined
  wasDeleted: boolean
  /** The venue's id of the reservation that the party names; undefined for one it does not have. */
  knownReservationId: string | undefined
  /** The party that the reservation's guests already are. Only read for the venue's own parties. */
  seatedAs: string | undefined
  nowMs: number
}

/**
 * The guests of Dojo's party are there, whether or not the venue has their reservation: one that it
 * does not have is left out.
 * @throws Refusal InvalidRequest: unknown tables, or an unknown reservation of the venue's own
 *   party. Conflict: its id was deleted; the guests of the reservation are seated already; a taken
 *   table, where the venue seats one party at a table
 */
export function seatParty(
  { partyId, dojoPartyId, reservationId, content }: NewParty,
  { tables, taken, wasDeleted, knownReservationId, seatedAs, nowMs }: SeatingFacts,
): Party {
  if (wasDeleted) throw refusedAsDeleted('Party', partyId)
  checkTablesExist(tables)
  const isVenues = dojoPartyId === undefined
  if (isVenues && reservationId !== undefined && knownReservationId === undefined) {
    throw invalid(
      `The field reservationId is ${reservationId}, but this venue has no such reservation.`,
      'unknown-reference',
    )
  }
  if (seatedAs !== undefined) {
    throw conflict(
      'in-use',
      `The guests of the reservation ${reservationId} are already seated as the party ${seatedAs}.`,
      { partyId: seatedAs },
    )
  }
  checkSeatFree(tables.rules, taken)
  return {
    partyId,
    version: 1,
    dojoPartyId,
    reservationId: knownReservationId,
    ...content,
    tableIds: distinct(content.tableIds),
    startTime: content.startTime ?? new Date(nowMs).toISOString(),
  }
}

/** What the venue says about a party that it seats; the rest comes from the reservation. */
export interface Seating {
  tableIds?: string[]
  name?: string
  covers?: number
  status?: string
  hostNotes?: string
  expectedEndTime?: string
}

/** @throws Refusal InvalidRequest: neither tables nor a reservation that has some */
export function checkSeating(
  { tableIds }: Pick<Seating, 'tableIds'>,
  reservationId: string | undefined,
): void {
  if (tableIds !== undefined || reservationId !== undefined) return
  throw invalid(
    'The field tableIds is missing. Only a party with a reservation can be seated without it.',
  )
}

/**
 * A party has the name, covers, tables, notes and requests of its reservation, unless the venue
 * says otherwise. The end of a reservation is expected of the party too, while it is still to come.
 */
export function contentOf(
  seating: Seating,
  reservation: Reservation | undefined,
  nowMs: number,
): NewParty['content'] {
  const expected = reservation !== undefined && Date.parse(reservation.endTime) > nowMs
  return {
    tableIds: seating.tableIds ?? reservation?.tableIds ?? [],
    name: seating.name ?? reservation?.name,
    covers: seating.covers ?? reservation?.covers,
    status: seating.status ?? SEATED,
    hostNotes: seating.hostNotes ?? reservation?.hostNotes,
    guestRequests: reservation?.guestRequests,
    expectedEndTime: seating.expectedEndTime ?? (expected ? reservation.endTime : undefined),
  }
}

// --- changing

/**
 * Dojo's update: replaces all content; the link to the reservation stays. A party that has left may
 * be written down at a taken table.
 * @param owner the party that has this `dojoPartyId`, if any
 * @throws Refusal InvalidRequest: unknown tables. Conflict: the `dojoPartyId` is not that of this
 *   party; a taken table, where the venue seats one party at a table
 */
export function replaceParty(
  { partyId, version, reservationId, dojoPartyId: before }: Party,
  { dojoPartyId, content }: { dojoPartyId: string; content: PartyContent },
  {
    tables,
    taken,
    owner,
  }: Pick<SeatingFacts, 'tables' | 'taken'> & { owner: Existing | undefined },
): Party {
  const isOther = before !== undefined && before !== dojoPartyId
  if (isOther || (owner !== undefined && owner.id !== partyId)) {
    throw conflict(
      'content-differs',
      `The dojoPartyId ${dojoPartyId} does not belong to the party ${partyId}.`,
    )
  }
  checkTablesExist(tables)
  if (isSeated(content)) checkSeatFree(tables.rules, taken)
  const tableIds = distinct(content.tableIds)
  return { partyId, version, dojoPartyId, reservationId, ...content, tableIds }
}

/** The venue's own change; requests and deposit are the guests'. Null clears a field. */
export interface PartyDetails {
  name?: string | null
  covers?: number | null
  status?: string
  hostNotes?: string | null
  expectedEndTime?: string | null
}

export function describeParty(before: Party, details: PartyDetails): Party {
  const {
    name = before.name,
    covers = before.covers,
    status = before.status,
    hostNotes = before.hostNotes,
    expectedEndTime = before.expectedEndTime,
  } = details
  return {
    ...before,
    name: name ?? undefined,
    covers: covers ?? undefined,
    status,
    hostNotes: hostNotes ?? undefined,
    expectedEndTime: expectedEndTime ?? undefined,
  }
}

/**
 * @throws Refusal InvalidRequest: unknown tables. Conflict: it has left; a taken table, where the
 *   venue seats one party at a table
 */
export function moveParty(
  party: Party,
  wanted: readonly string[],
  { tables, taken }: Pick<SeatingFacts, 'tables' | 'taken'>,
): Party {
  if (!isSeated(party)) {
    throw conflict('final', `The party ${party.partyId} has left and cannot be moved.`)
  }
  checkTablesExist(tables)
  checkSeatFree(tables.rules, taken)
  return { ...party, tableIds: distinct(wanted) }
}

/** Its open orders at the tables that it leaves go along, to the first of its new tables. */
export const goesAlong = (
  { partyId, tableIds }: Party,
  order: Pick<Order, 'partyId' | 'tableId' | 'status'>,
): boolean =>
  isOpen(order) &&
  order.partyId === partyId &&
  order.tableId !== undefined &&
  tableIds.includes(order.tableId)

// --- leaving

export interface OpenOrder {
  orderId: string
  balanceMinor: number
}

const MAY_FORCE: readonly TillRole[] = ['manager', 'owner']

/**
 * Who may let a party go that has not paid.
 * @throws Refusal Conflict `forbidden`. InvalidRequest: no reason given
 */
export function checkForce(role: TillRole, reason: string | undefined): void {
  if (!MAY_FORCE.includes(role)) {
    throw new Refusal(
      'Conflict',
      'forbidden',
      `Finishing a party that has not paid needs the role ${MAY_FORCE.join(' or ')}; your token ` +
        `is a ${role}'s.`,
      { roles: MAY_FORCE },
    )
  }
  if (reason === undefined) throw invalid('The field reason is missing. It is required with force.')
}

export interface Leaving {
  orders: readonly OpenOrder[]
  isForced: boolean
  currency: string
  nowMs: number
}

/**
 * The party with the time at which it left; one that has left already stays as it is.
 * @throws Refusal Conflict `unpaid`: an open order of it owes something, unless forced
 */
export function finishParty(party: Party, { orders, isForced, currency, nowMs }: Leaving): Party {
  if (!isSeated(party)) return party
  if (!isForced) checkPaid(party, owing(orders), currency)
  // Dojo may have sent a start a little ahead of our clock.
  const endMs = Math.max(nowMs, Date.parse(party.startTime))
  return { ...party, endTime: new Date(endMs).toISOString() }
}

export const owing = (orders: readonly OpenOrder[]): OpenOrder[] =>
  orders.filter(({ balanceMinor }) => balanceMinor > 0)

function checkPaid({ partyId }: Party, orders: readonly OpenOrder[], currency: string): void {
  if (orders.length === 0) return
  const named = orders.map(
    ({ orderId, balanceMinor }) => `${orderId} (${spoken(balanceMinor, currency)})`,
  )
  throw conflict(
    'unpaid',
    `The party ${partyId} has not paid: ${named.join(', ')}. Take the payment, or have a manager ` +
      'force it with a reason.',
    { orders: orders.map(({ orderId: id, balanceMinor }) => ({ id, balanceMinor })) },
  )
}
