// Deletes a party; its orders stay and lose the link to it.
import type { Caller } from '../../domain/caller.ts'
import { deleteParty as deleteRow, lockPartyToRemove } from '../../store/bookings/parties.ts'
import type { Transaction } from '../../store/database/database.ts'
import { holdOrder, writeChange } from '../../store/orders/orders.ts'

/** @throws Refusal NotFound */
export async function deleteParty(tx: Transaction, caller: Caller, partyId: string): Promise<void> {
  const { locationId } = caller
  for (const orderId of await lockPartyToRemove(tx, locationId, partyId)) {
    const { order, nowMs } = await holdOrder(tx, locationId, orderId, {})
    if (order.partyId === partyId) {
      await writeChange(tx, caller, order, nowMs, { kind: 'lose-party', partyId }, tx.rows)
    }
  }
  deleteRow(tx, caller, partyId)
}
