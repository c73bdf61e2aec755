// Seats a party, Dojo's or the venue's own.
import { checkSeating, contentOf, seatParty as decide } from '../../domain/bookings/party.ts'
import type { NewParty, Party, Seating, SeatingFacts } from '../../domain/bookings/party.ts'
import {
  checkSameContent,
  checkTimesAndCovers,
  type Existing,
} from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import { findExistingParty, findSeatedParty, readParty } from '../../store/bookings/parties.ts'
import {
  findReservationForUpdate,
  lockNamedReservation,
} from '../../store/bookings/reservations.ts'
import { findTakenTable, lockTables, readWantedTables } from '../../store/bookings/tables.ts'
import { hasHistory } from '../../store/bookings/visit-history.ts'
import { insertParty } from '../../store/bookings/write-party.ts'
import type { Transaction } from '../../store/database/database.ts'

export interface Seated {
  party: Party
  isNew: boolean
}

/**
 * The same id again with the same content answers the party as it now is.
 * @throws Refusal InvalidRequest: times or covers. Conflict: the id came with other content. What
 *   domain/bookings/party.ts refuses
 */
export async function seatParty(tx: Transaction, caller: Caller, party: NewParty): Promise<Seated> {
  checkTimesAndCovers(party.content)
  const { existing, ...facts } = await readFacts(tx, caller.locationId, party)
  if (existing !== undefined) return await repeated(tx, caller, party, existing)
  const seated = decide(party, facts)
  const { onePartyPerTable: alone } = facts.tables.rules
  if (await insertParty(tx, caller, seated, { ...party, alone })) {
    return { party: seated, isNew: true }
  }
  const winner = await findExistingParty(tx, caller.locationId, party)
  return await repeated(tx, caller, party, winner!)
}

/**
 * Seats a walk-in, or the guests of a reservation.
 * @throws Refusal InvalidRequest: neither tables nor a reservation; as seatParty
 */
export async function seatGuests(
  tx: Transaction,
  caller: Caller,
  { seating, ...party }: Omit<NewParty, 'content' | 'dojoReservationId'> & { seating: Seating },
): Promise<Seated> {
  const { reservationId } = party
  checkSeating(seating, reservationId)
  const found =
    reservationId === undefined
      ? undefined
      : await findReservationForUpdate(tx, caller.locationId, reservationId)
  return await seatParty(tx, caller, {
    ...party,
    dojoReservationId: found?.reservation.dojoReservationId,
    content: contentOf(seating, found?.reservation, found?.nowMs ?? 0),
  })
}

async function readFacts(
  tx: Transaction,
  locationId: string,
  { partyId, dojoPartyId, reservationId, dojoReservationId, content: { tableIds } }: NewParty,
): Promise<SeatingFacts & { existing: Existing | undefined }> {
  const isVenues = dojoPartyId === undefined
  const namesReservation = (reservationId ?? dojoReservationId) !== undefined
  // Sent together and run in turn: a caller that waited for a table or a reservation sees who came
  // first, even if that was the same party.
  const [knownReservationId, , existing, wasDeleted, tables, taken, seatedAs] = await Promise.all([
    namesReservation
      ? lockNamedReservation(tx, locationId, { reservationId, dojoReservationId })
      : undefined,
    lockTables(tx, 'seat', locationId, tableIds),
    findExistingParty(tx, locationId, { dojoPartyId, partyId }),
    isVenues && hasHistory(tx, locationId, 'Party', partyId),
    readWantedTables(tx, locationId, tableIds),
    findTakenTable(tx, locationId, tableIds, partyId),
    isVenues && reservationId !== undefined
      ? findSeatedParty(tx, locationId, reservationId)
      : undefined,
  ])
  const { nowMs } = tables
  return { existing, knownReservationId, wasDeleted, tables, taken, seatedAs, nowMs }
}

async function repeated(
  tx: Transaction,
  { locationId }: Caller,
  { dojoPartyId, partyId, creationHash }: NewParty,
  existing: Existing,
): Promise<Seated> {
  const id =
    dojoPartyId === undefined
      ? ({ field: 'id', value: partyId } as const)
      : ({ field: 'dojoPartyId', value: dojoPartyId } as const)
  checkSameContent('Party', id, existing, creationHash)
  return { party: await readParty(tx, locationId, existing.id), isNew: false }
}
