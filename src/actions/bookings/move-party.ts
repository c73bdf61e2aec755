// Moves a party to other tables, together with its open orders at the tables that it leaves.
import { goesAlong, moveParty as decide, type Party } from '../../domain/bookings/party.ts'
import { distinct } from '../../domain/bookings/visit.ts'
import type { Caller } from '../../domain/caller.ts'
import { moveWithParty } from '../../domain/orders/details.ts'
import { mustMatch } from '../../domain/version.ts'
import { findOrdersLeftBehind, readPartyForUpdate } from '../../store/bookings/parties.ts'
import { findTakenTable, lockTables, readWantedTables } from '../../store/bookings/tables.ts'
import { writeParty } from '../../store/bookings/write-party.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import { applyChange } from '../orders/change-order.ts'

/** @throws Refusal NotFound; Conflict `stale`; what domain/bookings/party.ts refuses */
export async function moveParty(
  tx: Transaction,
  caller: Caller,
  partyId: string,
  { tableIds: given, ifMatch }: { tableIds: readonly string[]; ifMatch: number | undefined },
): Promise<Party> {
  const { locationId } = caller
  const tableIds = distinct(given)
  const [{ party }, tables, , taken, orderIds] = await Promise.all([
    readPartyForUpdate(tx, locationId, partyId),
    readWantedTables(tx, locationId, tableIds),
    lockTables(tx, 'seat', locationId, tableIds),
    findTakenTable(tx, locationId, tableIds, partyId),
    findOrdersLeftBehind(tx, locationId, partyId, tableIds),
  ])
  mustMatch(ifMatch, party.version, 'party')
  const after = decide(party, tableIds, { tables, taken })
  // Locked in the order of their ids, as everywhere.
  const orders = await Promise.all(
    orderIds.map(async (orderId) => await readOrderForUpdate(tx, locationId, orderId)),
  )
  const moved = orders.filter(({ order }) => goesAlong(party, order))
  const [to] = after.tableIds
  for (const now of moved) {
    applyChange(tx, caller, now, moveWithParty(now.order, to))
  }
  const detail = {
    from: party.tableIds,
    to: after.tableIds,
    orderIds: moved.map(({ order }) => order.orderId),
  }
  const { onePartyPerTable: alone } = tables.rules
  return writeParty(tx, caller, [party, after], { action: 'Moved', detail, alone })
}
