// A part of an order becomes an order of its own. With an id of the till's own for the new one, the
// same again answers both as they are now.
import type { Caller } from '../../domain/caller.ts'
import { mustBeKnown } from '../../domain/orders/details.ts'
import { orderForPart, refusedAsTaken, type Terms } from '../../domain/orders/new-order.ts'
import { mustMatch } from '../../domain/version.ts'
import { splitOff, type NewIds, type Portion } from '../../domain/orders/regroup.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrder, readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { readReferences } from '../../store/orders/read-references.ts'
import { applyChange, applyNew } from './change-order.ts'
import { readOpenedBefore, withTableName } from './open-order.ts'

export interface Split {
  orderId: string
  version: number | undefined
  newOrderId: string
  /** Whether the till gave the id of the new order. */
  isOwnId: boolean
  /** The hash of the request. */
  hash: Buffer
  lines: readonly Portion[]
  tableId?: string
  displayName?: string
  covers?: number
  terms: Terms
}

export interface SplitOrders {
  order: OrderNow
  newOrder: OrderNow
  isNew: boolean
}

/**
 * @throws Refusal NotFound; InvalidRequest: a table that the venue does not have; Conflict: the id
 *   names another order; what the domain lists
 */
export async function splitOrder(
  tx: Transaction,
  caller: Caller,
  newId: NewIds,
  split: Split,
): Promise<SplitOrders> {
  const { locationId } = caller
  const { orderId, newOrderId, isOwnId, hash, tableId, lines } = split
  if (isOwnId) {
    const before = await readOpenedBefore(tx, locationId, newOrderId, hash)
    if (before !== undefined) {
      return { order: await readOrder(tx, locationId, orderId), newOrder: before, isNew: false }
    }
  }
  const now = await readOrderForUpdate(tx, locationId, orderId)
  mustMatch(split.version, now.order.version, 'order')
  const { known } = await readReferences(tx, locationId, { tableId })
  mustBeKnown({ tableId }, known)
  const { nowMs } = now
  const { displayName, covers, terms } = split
  const own = { tableId, displayName, covers }
  const made = { orderId: newOrderId, terms, nowMs, origin: caller }
  const fresh = orderForPart(now.order, own, made)
  const { kept, taken } = splitOff(now.order, fresh, lines, nowMs, newId)
  // The old order first: a line is on one order at a time.
  const order = applyChange(tx, caller, now, kept)
  const opened = await applyNew(tx, caller, taken, nowMs, { creationHash: hash })
  if (opened === undefined) throw refusedAsTaken(newOrderId)
  return { order, newOrder: await withTableName(tx, locationId, opened), isNew: true }
}
