// The write path of a party: its row, its tables and its history together.
import type { NewParty, Party, PartyContent } from '../../domain/bookings/party.ts'
import { changedFields } from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import type { Statement, Transaction, Value } from '../database/database.ts'
import { recordVisit } from './visit-history.ts'

const insertOne: Statement = {
  name: 'insertParty',
  text: `INSERT INTO parties (location_id, party_id, dojo_party_id, creation_hash, reservation_id, dojo_reservation_id, name, covers,
        status, start_time, expected_end_time, end_time, host_notes, guest_requests, deposit_total_minor, deposit_description,
        deposit_payment_intent_ids, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, clock_timestamp(), clock_timestamp())
      ON CONFLICT DO NOTHING RETURNING party_id`,
}

/**
 * Inserts a party and begins its history.
 * @param alone whether it has its tables to itself
 * @returns false where another request has just used one of its ids
 */
export async function insertParty(
  tx: Transaction,
  caller: Caller,
  party: Party,
  {
    creationHash,
    dojoReservationId,
    alone,
  }: Pick<NewParty, 'creationHash' | 'dojoReservationId'> & { alone: boolean },
): Promise<boolean> {
  const { partyId, dojoPartyId, reservationId } = party
  const inserted = await tx.rows(insertOne, [
    caller.locationId,
    partyId,
    dojoPartyId,
    creationHash,
    reservationId,
    dojoReservationId,
    ...contentValues(party),
  ])
  if (inserted.length === 0) return false
  seat(tx, caller.locationId, party, alone)
  const detail = { set: changedFields({}, party) }
  recordVisit(tx, caller, { kind: 'Party', visitId: partyId, action: 'Seated', detail })
  return true
}

const updateOne: Statement = {
  name: 'updateParty',
  text: `UPDATE parties SET dojo_party_id = $3, name = $4, covers = $5, status = $6, start_time = $7,
      expected_end_time = $8, end_time = $9, host_notes = $10, guest_requests = $11, deposit_total_minor = $12, deposit_description = $13,
      deposit_payment_intent_ids = $14, version = version + 1, updated_at = statement_timestamp()
    WHERE location_id = $1 AND party_id = $2`,
}
const deleteTables: Statement = {
  name: 'deleteTablesOfParty',
  text: 'DELETE FROM party_tables WHERE location_id = $1 AND party_id = $2',
}
const insertTable: Statement = {
  name: 'insertTableOfParty',
  text: 'INSERT INTO party_tables (location_id, party_id, table_id, position, alone) VALUES ($1, $2, $3, $4, $5)',
}

function seat(
  tx: Transaction,
  locationId: string,
  { partyId, tableIds }: Party,
  alone: boolean,
): void {
  for (const [index, tableId] of tableIds.entries()) {
    tx.send(insertTable, [locationId, partyId, tableId, index + 1, alone])
  }
}

export interface PartyChange {
  /** What the history calls it. */
  action: string
  detail?: object
  /** Whether it now has its tables to itself; left out where its tables stay as they are. */
  alone?: boolean
}

/** Writes the difference between two states of a locked party, which may be none. */
export function writeParty(
  tx: Transaction,
  caller: Caller,
  [before, after]: readonly [before: Party, after: Party],
  { action, detail, alone }: PartyChange,
): Party {
  const set = changedFields(before, after)
  if (Object.keys(set).length === 0) return before
  const { locationId } = caller
  const { partyId, dojoPartyId } = after
  tx.send(updateOne, [locationId, partyId, dojoPartyId, ...contentValues(after)])
  if (alone !== undefined) {
    tx.send(deleteTables, [locationId, partyId])
    seat(tx, locationId, after, alone)
  }
  recordVisit(tx, caller, { kind: 'Party', visitId: partyId, action, detail: { ...detail, set } })
  return { ...after, version: before.version + 1 }
}

function contentValues(content: PartyContent): Value[] {
  const { deposit } = content
  return [
    content.name,
    content.covers,
    content.status,
    content.startTime,
    content.expectedEndTime,
    content.endTime,
    content.hostNotes,
    content.guestRequests,
    deposit?.totalMinor,
    deposit?.description,
    deposit?.paymentIntentIds ?? [],
  ]
}

const linkWaiting: Statement = {
  name: 'linkWaitingParties',
  text: `UPDATE parties SET reservation_id = $2, version = version + 1, updated_at = statement_timestamp()
    WHERE location_id = $1 AND dojo_reservation_id = $3 AND reservation_id IS NULL RETURNING party_id AS "partyId"`,
}

/** Links the parties that named a reservation of Dojo's before the venue had it. */
export async function linkWaitingParties(
  tx: Transaction,
  caller: Caller,
  { reservationId, dojoReservationId }: { reservationId: string; dojoReservationId: string },
): Promise<void> {
  const values = [caller.locationId, reservationId, dojoReservationId]
  const linked = await tx.rows<{ partyId: string }>(linkWaiting, values)
  for (const { partyId } of linked) {
    const detail = { set: { reservationId } }
    recordVisit(tx, caller, { kind: 'Party', visitId: partyId, action: 'Updated', detail })
  }
}

const deleteOne: Statement = {
  name: 'deleteParty',
  text: 'DELETE FROM parties WHERE location_id = $1 AND party_id = $2',
}

/** Deletes a party to which no order is linked any more. */
export function deleteParty(tx: Transaction, caller: Caller, partyId: string): void {
  tx.send(deleteOne, [caller.locationId, partyId])
  recordVisit(tx, caller, { kind: 'Party', visitId: partyId, action: 'Deleted', detail: {} })
}
