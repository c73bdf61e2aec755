// A till opens an order. If it chose the id, a repeated request returns the order as it is now.
import type { Caller } from '../../domain/caller.ts'
import { mustBeKnown } from '../../domain/orders/details.ts'
import {
  mustBeSameRequest,
  openedOrder,
  type Opening,
  type Terms,
} from '../../domain/orders/new-order.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readMadeBefore, readOrder, type OrderNow } from '../../store/orders/read-order.ts'
import { readReferences } from '../../store/orders/read-references.ts'
import { applyNew } from './change-order.ts'

export interface OrderToOpen {
  orderId: string
  /** Whether the till gave the id. */
  isOwnId: boolean
  /** The hash of the request. */
  hash: Buffer
  opening: Opening
  terms: Terms
}

/**
 * @throws Refusal InvalidRequest: a table, party or waiter that the venue does not have; Conflict:
 *   the id names another order
 */
export async function openOrder(
  tx: Transaction,
  caller: Caller,
  { orderId, isOwnId, hash, opening, terms }: OrderToOpen,
): Promise<OrderNow & { isNew: boolean }> {
  const { locationId } = caller
  if (isOwnId) {
    const before = await readOpenedBefore(tx, locationId, orderId, hash)
    if (before !== undefined) return { ...before, isNew: false }
  }
  const { tableId, partyId, waiterId } = opening
  const references = { tableId, partyId, waiterId }
  const { nowMs, known, party } = await readReferences(tx, locationId, references)
  mustBeKnown(references, known)
  const change = openedOrder({ ...party, ...opening }, { orderId, terms, nowMs, origin: caller })
  const opened = await applyNew(tx, caller, change, nowMs, { creationHash: hash })
  // Another request has just opened it.
  if (opened === undefined) {
    return { ...(await readOpenedBefore(tx, locationId, orderId, hash))!, isNew: false }
  }
  return { ...(await withTableName(tx, locationId, opened)), isNew: true }
}

/**
 * The order that the same request opened before; undefined when there is no order of this id.
 * @throws Refusal Conflict: the id names another order
 */
export async function readOpenedBefore(
  tx: Transaction,
  locationId: string,
  orderId: string,
  hash: Buffer,
): Promise<OrderNow | undefined> {
  const before = await readMadeBefore(tx, locationId, { orderId })
  if (before === undefined) return undefined
  mustBeSameRequest(before, hash, orderId)
  return await readOrder(tx, locationId, orderId)
}

/** The name of a table is not known before the order is written. */
export async function withTableName(
  tx: Transaction,
  locationId: string,
  now: OrderNow,
): Promise<OrderNow> {
  const { tableId, orderId } = now.order
  return tableId === undefined ? now : await readOrder(tx, locationId, orderId)
}
