// A change of one order: read it for the change, decide, make up its prices where they are
// concerned, write, commit. Two round trips.
import type { Caller } from '../../domain/caller.ts'
import type { Order, OrderChange } from '../../domain/orders/order.ts'
import { mustMatch } from '../../domain/version.ts'
import { NO_ORDER } from '../../domain/orders/order-history.ts'
import { writeOf } from '../../domain/orders/order-write.ts'
import { withPrices } from '../../domain/orders/price.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import {
  readOrderForUpdate,
  type Knowledge,
  type OrderNow,
  type OrderQuestion,
} from '../../store/orders/read-order.ts'
import { insertOrder, writeOrder } from '../../store/orders/write-order.ts'

/** Undefined when there is nothing to change. */
export type Decide = (order: Order, nowMs: number, knowledge: Knowledge) => OrderChange | undefined

/**
 * A change of one order, in a transaction of its own.
 * @throws Refusal NotFound, and what `decide` throws; then nothing has changed
 */
export async function changeOrder(
  database: Database,
  caller: Caller,
  orderId: string,
  question: OrderQuestion,
  decide: Decide,
): Promise<OrderNow> {
  return await database.transaction(async (tx) => {
    const now = await readOrderForUpdate(tx, caller.locationId, orderId, question)
    return applyChange(tx, caller, now, decide(now.order, now.nowMs, now.knowledge))
  })
}

/**
 * A change of one order, in the transaction of a till's request.
 * @param version that the till saw; undefined where it does not say
 * @throws Refusal NotFound; Conflict `stale`; what `decide` throws; more paid than the total would
 *   be
 */
export async function editOrder(
  tx: Transaction,
  caller: Caller,
  { orderId, version }: { orderId: string; version: number | undefined },
  decide: (order: Order, nowMs: number) => OrderChange | undefined,
): Promise<OrderNow> {
  const now = await readOrderForUpdate(tx, caller.locationId, orderId)
  mustMatch(version, now.order.version, 'order')
  return applyChange(tx, caller, now, decide(now.order, now.nowMs))
}

/**
 * Writes a change of an order that was read for it, priced and proven. The commit waits for it.
 * @returns the order after it
 */
export function applyChange(
  tx: Transaction,
  caller: Caller,
  { order, nowMs }: OrderNow,
  change: OrderChange | undefined,
): OrderNow {
  if (change === undefined) return { order, nowMs }
  const priced = withPrices(order, change, caller.currency)
  const write = writeOf(order, priced, { nowMs, verifyPayments: caller.verifyPayments })
  if (write === undefined) return { order, nowMs }
  writeOrder(tx, caller, write, nowMs)
  return { order: write.order, nowMs }
}

/**
 * Writes an order that is new.
 * @param made the hash of the request that makes it, and for Dojo's how far its total is off; a
 *   till's own order has the hash of each version on it
 * @returns undefined when there is an order of this id, or of Dojo's id, already
 */
export async function applyNew(
  tx: Transaction,
  caller: Caller,
  change: OrderChange,
  nowMs: number,
  made: { creationHash?: Buffer; discrepancyMinor?: number },
): Promise<OrderNow | undefined> {
  const { verifyPayments } = caller
  const write = writeOf(NO_ORDER, change, { nowMs, verifyPayments })!
  const isNew = await insertOrder(tx, caller, write, nowMs, made)
  return isNew ? { order: write.order, nowMs } : undefined
}
