// One order takes over everything that is on another.
import type { Caller } from '../../domain/caller.ts'
import { mustMatch } from '../../domain/version.ts'
import { merge, type NewIds } from '../../domain/orders/regroup.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { applyChange } from './change-order.ts'

/** Merged already is a success. @throws Refusal NotFound; Conflict: as the domain lists them */
export async function mergeOrders(
  tx: Transaction,
  caller: Caller,
  newId: NewIds,
  { orderId, fromOrderId, version }: Merge,
): Promise<OrderNow> {
  const { locationId } = caller
  // Rows are always locked in the sequence of their ids, so that two merges wait for each other and
  // do not deadlock.
  const [first, second] = [orderId, fromOrderId].sort() as [string, string]
  const read = [
    await readOrderForUpdate(tx, locationId, first),
    await readOrderForUpdate(tx, locationId, second),
  ] as const
  const [into, from] = orderId === first ? read : [read[1], read[0]]
  if (from.order.mergedInto === orderId) return into
  mustMatch(version, into.order.version, 'order')
  const { target, source } = merge(into.order, from.order, into.nowMs, newId)
  // The source first: a line is on one order at a time.
  applyChange(tx, caller, { ...from, nowMs: into.nowMs }, source)
  return applyChange(tx, caller, into, target)
}

export interface Merge {
  orderId: string
  fromOrderId: string
  version: number | undefined
}
