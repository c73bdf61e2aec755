// Parties, reservations and the floor of the EPOS in memory.
import { isDeepStrictEqual } from 'node:util'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import {
  checkCurrency,
  checkList,
  checkOptionalFlag,
  checkOptionalText,
  checkText,
  checkWhole,
  conflict,
  invalid,
  isoTimeOf,
  minorOf,
  notFound,
  optionalIsoTimeOf,
  timeOf,
} from './epos-checks.ts'
import { pageOf } from './epos-pages.ts'
import {
  checkTables,
  type Epos,
  type EposParty,
  type EposReservation,
  type Handlers,
} from './epos-state.ts'

function checkTableIds(epos: Epos, tableIds: string[]): void {
  checkList(tableIds, 'tableIds')
  if (tableIds.length === 0) throw invalid('The field tableIds must name a table.')
  checkTables(epos, tableIds, 'tableIds')
}

function checkEnd(startTime: string, endTime: string | undefined): void {
  if (endTime !== undefined && endTime < startTime) {
    throw invalid('The field endTime must not be before startTime.')
  }
}

/** @throws EposRefusal Conflict */
function checkSameContent(known: { asked: object }, asked: object, dojoId: string): void {
  if (!isDeepStrictEqual(known.asked, asked)) {
    throw conflict(`The id ${dojoId} already stands for other content.`)
  }
}

// --- parties

type PartyContent = Omit<Schemas['Party'], 'id' | 'reservationId'>

function partyContentOf(
  epos: Epos,
  input: Schemas['CreatePartyRequest'] | Schemas['UpdatePartyRequest'],
): PartyContent {
  const { name, covers, tableIds, status, hostNotes, guestRequests, deposit } = input
  checkText(input.dojoPartyId, 'dojoPartyId')
  for (const [field, value] of Object.entries({ name, status, hostNotes, guestRequests })) {
    checkOptionalText(value, field)
  }
  if (covers !== undefined) checkWhole(covers, 'covers')
  checkTableIds(epos, tableIds)
  if (deposit !== undefined) {
    minorOf(deposit?.totalAmount, 'deposit.totalAmount')
    checkCurrency(deposit.totalAmount, epos.currency, 'deposit.totalAmount')
    checkList(deposit.paymentIntentIds, 'deposit.paymentIntentIds')
  }
  const startTime = isoTimeOf(input.startTime, 'startTime')
  const expectedEndTime = optionalIsoTimeOf(input.expectedEndTime, 'expectedEndTime')
  return {
    name,
    covers,
    tableIds,
    status: status || 'Seated',
    startTime,
    expectedEndTime,
    hostNotes,
    guestRequests,
    deposit,
  }
}

function partyOf({ parties }: Epos, partyId: string): EposParty {
  const party = parties.get(partyId)
  if (party === undefined) throw notFound(`There is no party ${partyId}.`)
  return party
}

function partyMatches(
  { faults }: Epos,
  { completedOnly = false, tableId }: Schemas['SearchPartiesRequest'],
  { party }: EposParty,
): boolean {
  const hasLeft = party.endTime !== undefined
  if (
    hasLeft !== completedOnly &&
    !(hasLeft && faults.has('completed-parties-in-default-search'))
  ) {
    return false
  }
  return (
    tableId === undefined ||
    party.tableIds.includes(tableId) ||
    faults.has('party-table-filter-ignored')
  )
}

export const partyHandlers: Pick<
  Handlers,
  'CreateParty' | 'GetPartyById' | 'UpdateParty' | 'DeletePartyById' | 'SearchParties'
> = {
  CreateParty: (epos, input) => {
    const { dojoPartyId, reservationId } = input
    const content = partyContentOf(epos, input)
    checkOptionalText(reservationId, 'reservationId')
    const asked = { ...content, reservationId }
    const known = epos.partiesOfDojo.get(dojoPartyId)
    if (known !== undefined && !epos.faults.has('create-party-twice-makes-two')) {
      checkSameContent(known, asked, dojoPartyId)
      return known.party
    }
    if (reservationId !== undefined && !epos.reservations.has(reservationId)) {
      throw invalid(`There is no reservation ${reservationId}.`)
    }
    const sequence = ++epos.lastSequence
    const party: EposParty = {
      sequence,
      dojoPartyId,
      asked,
      party: { id: `party-${sequence}`, ...asked },
    }
    epos.parties.set(party.party.id, party)
    epos.partiesOfDojo.set(dojoPartyId, party)
    return party.party
  },

  GetPartyById: (epos, { partyId }) => partyOf(epos, partyId).party,

  UpdateParty: (epos, { partyId, ...input }) => {
    if (typeof input.status !== 'string' || input.status === '') {
      throw invalid('The field status must be a string that is not empty.')
    }
    const content = partyContentOf(epos, input)
    const endTime = optionalIsoTimeOf(input.endTime, 'endTime')
    checkEnd(content.startTime, endTime)
    const known = partyOf(epos, partyId)
    if (known.dojoPartyId !== input.dojoPartyId) {
      throw conflict(`The dojoPartyId ${input.dojoPartyId} is not that of the party ${partyId}.`)
    }
    const { id, reservationId } = known.party
    const updated: Schemas['Party'] = { id, reservationId, ...content, endTime }
    // Fields that are undefined vanish on the way through JSON, so they leave what was there.
    known.party = epos.faults.has('party-update-merges')
      ? { ...known.party, ...(JSON.parse(JSON.stringify(updated)) as object) }
      : updated
    return known.party
  },

  DeletePartyById: (epos, { partyId }) => {
    const { dojoPartyId } = partyOf(epos, partyId)
    if (epos.faults.has('party-deleted-still-found')) return undefined
    epos.parties.delete(partyId)
    epos.partiesOfDojo.delete(dojoPartyId)
    return undefined
  },

  SearchParties: (epos, input) => {
    checkOptionalFlag(input.completedOnly, 'completedOnly')
    checkOptionalText(input.tableId, 'tableId')
    return pageOf(
      epos,
      epos.parties.values(),
      (party) => partyMatches(epos, input, party),
      ({ party }) => party,
      input.cursor,
    )
  },
}

// --- reservations

function reservationContentOf(
  epos: Epos,
  input: Schemas['CreateReservationRequest'],
): Omit<Schemas['Reservation'], 'id'> {
  const { name, covers, tableIds, hostNotes, guestRequests } = input
  checkText(input.dojoReservationId, 'dojoReservationId')
  checkText(name, 'name')
  checkWhole(covers, 'covers')
  checkOptionalText(hostNotes, 'hostNotes')
  checkOptionalText(guestRequests, 'guestRequests')
  const startTime = isoTimeOf(input.startTime, 'startTime')
  const endTime = isoTimeOf(input.endTime, 'endTime')
  checkEnd(startTime, endTime)
  checkTableIds(epos, tableIds)
  return { name, covers, tableIds, startTime, endTime, hostNotes, guestRequests }
}

function reservationOf({ reservations }: Epos, reservationId: string): EposReservation {
  const reservation = reservations.get(reservationId)
  if (reservation === undefined) throw notFound(`There is no reservation ${reservationId}.`)
  return reservation
}

interface WantedReservations {
  tableId: string | undefined
  fromMs: number
  toMs: number
}

function reservationMatches(
  { faults }: Epos,
  { tableId, fromMs, toMs }: WantedReservations,
  { reservation }: EposReservation,
): boolean {
  const isInTime =
    Date.parse(reservation.endTime) > fromMs && Date.parse(reservation.startTime) <= toMs
  if (!isInTime && !faults.has('reservation-times-ignored')) return false
  return (
    tableId === undefined ||
    reservation.tableIds.includes(tableId) ||
    faults.has('reservation-table-filter-ignored')
  )
}

export const reservationHandlers: Pick<
  Handlers,
  | 'CreateReservation'
  | 'GetReservationById'
  | 'UpdateReservation'
  | 'DeleteReservationById'
  | 'SearchReservations'
> = {
  CreateReservation: (epos, input) => {
    const { dojoReservationId } = input
    const asked = reservationContentOf(epos, input)
    const known = epos.reservationsOfDojo.get(dojoReservationId)
    if (known !== undefined && !epos.faults.has('create-reservation-twice-makes-two')) {
      checkSameContent(known, asked, dojoReservationId)
      return known.reservation
    }
    const sequence = ++epos.lastSequence
    const reservation: EposReservation = {
      sequence,
      dojoReservationId,
      asked,
      reservation: { id: `reservation-${sequence}`, ...asked },
    }
    epos.reservations.set(reservation.reservation.id, reservation)
    epos.reservationsOfDojo.set(dojoReservationId, reservation)
    return reservation.reservation
  },

  GetReservationById: (epos, { reservationId }) => reservationOf(epos, reservationId).reservation,

  UpdateReservation: (epos, { reservationId, ...input }) => {
    const content = reservationContentOf(epos, input)
    const known = reservationOf(epos, reservationId)
    if (known.dojoReservationId !== input.dojoReservationId) {
      throw conflict(
        `The dojoReservationId ${input.dojoReservationId} is not that of the reservation ${reservationId}.`,
      )
    }
    const updated: Schemas['Reservation'] = { id: reservationId, ...content }
    if (!epos.faults.has('reservation-update-lost')) known.reservation = updated
    return updated
  },

  DeleteReservationById: (epos, { reservationId }) => {
    const { dojoReservationId } = reservationOf(epos, reservationId)
    if (epos.faults.has('reservation-deleted-still-found')) return undefined
    epos.reservations.delete(reservationId)
    epos.reservationsOfDojo.delete(dojoReservationId)
    return undefined
  },

  SearchReservations: (epos, { tableId, fromTime, toTime, cursor }) => {
    checkOptionalText(tableId, 'tableId')
    const wanted: WantedReservations = {
      tableId,
      fromMs: fromTime === undefined ? -Infinity : timeOf(fromTime, 'fromTime'),
      toMs: toTime === undefined ? Infinity : timeOf(toTime, 'toTime'),
    }
    return pageOf(
      epos,
      epos.reservations.values(),
      (reservation) => reservationMatches(epos, wanted, reservation),
      ({ reservation }) => reservation,
      cursor,
    )
  },
}

// --- the floor

export const floorHandlers: Pick<Handlers, 'SearchTables' | 'ListAreas'> = {
  SearchTables: (epos, { areaId, waiterId, cursor }) => {
    checkOptionalText(areaId, 'areaId')
    checkOptionalText(waiterId, 'waiterId')
    const isInArea = (table: Schemas['Table']): boolean =>
      areaId === undefined || table.areaId === areaId || epos.faults.has('area-filter-ignored')
    const isServed = (table: Schemas['Table']): boolean =>
      waiterId === undefined || table.waiterIds?.includes(waiterId) === true
    const page = pageOf(
      epos,
      epos.tables.values(),
      ({ table }) => isInArea(table) && isServed(table),
      ({ table }) => table,
      cursor,
    )
    return epos.faults.has('tables-without-page') ? ([page] as never) : page
  },

  ListAreas: ({ areas }) => [...areas.values()],
}
