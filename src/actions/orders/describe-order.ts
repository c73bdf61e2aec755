// Staff change what is said of an order: its table, waiter, party, names and notes.
import type { Caller } from '../../domain/caller.ts'
import { describe, mustBeKnown, type Details } from '../../domain/orders/details.ts'
import type { Transaction } from '../../store/database/database.ts'
import { type OrderNow } from '../../store/orders/read-order.ts'
import { readReferences } from '../../store/orders/read-references.ts'
import { editOrder } from './change-order.ts'
import { withTableName } from './open-order.ts'

/**
 * @throws Refusal NotFound; InvalidRequest: a table, party or waiter that the venue does not have;
 *   Conflict: stale; final
 */
export async function describeOrder(
  tx: Transaction,
  caller: Caller,
  which: { orderId: string; version: number | undefined },
  details: Details,
): Promise<OrderNow> {
  const references = {
    tableId: details.tableId ?? undefined,
    partyId: details.partyId ?? undefined,
    waiterId: details.waiterId ?? undefined,
  }
  const { known } = await readReferences(tx, caller.locationId, references)
  mustBeKnown(references, known)
  const now = await editOrder(tx, caller, which, (order) => describe(order, details))
  return details.tableId === undefined ? now : await withTableName(tx, caller.locationId, now)
}
