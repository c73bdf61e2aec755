// Deletes a party; its orders stay and lose the link to it.
import type { Caller } from '../../domain/caller.ts'
import { loseParty } from '../../domain/orders/details.ts'
import { lockPartyToRemove } from '../../store/bookings/parties.ts'
import { deleteParty as deleteRow } from '../../store/bookings/write-party.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import { applyChange } from '../orders/change-order.ts'

/** @throws Refusal NotFound */
export async function deleteParty(tx: Transaction, caller: Caller, partyId: string): Promise<void> {
  const { locationId } = caller
  for (const orderId of await lockPartyToRemove(tx, locationId, partyId)) {
    const now = await readOrderForUpdate(tx, locationId, orderId)
    applyChange(tx, caller, now, loseParty(now.order, partyId))
  }
  deleteRow(tx, caller, partyId)
}
