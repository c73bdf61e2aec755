// A change of one order: read it for the change, decide, make up its prices where they are
// concerned, write, commit. Two round trips.
import type { Caller } from '../../domain/caller.ts'
import type { Order, OrderChange } from '../../domain/orders/order.ts'
import { mustMatch } from '../../domain/version.ts'
import { NO_ORDER } from '../../domain/orders/order-history.ts'
import { writeOf, type OrderWrite } from '../../domain/orders/order-write.ts'
import { withPrices } from '../../domain/orders/price.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import {
  readOrderForUpdate,
  type Knowledge,
  type OrderNow,
  type OrderQuestion,
} from '../../store/orders/read-order.ts'
import { insertOrder, writeOrder } from '../../store/orders/write-order.ts'

/**
 * Undefined when there is nothing to change. It may be asked again: it changes nothing by itself.
 */
export type Decide = (order: Order, nowMs: number, knowledge: Knowledge) => OrderChange | undefined

/** A change of one order that somebody waits for. */
export interface ChangeRequest {
  caller: Caller
  orderId: string
  /** What the decision asks besides the order. */
  question?: OrderQuestion
  /** The version that the caller saw; undefined where it does not say. */
  version?: number | undefined
  decide: Decide
}

/**
 * Makes a change of one order, by itself, together with others, or in a transaction under way.
 * @throws Refusal NotFound; Conflict `stale`; what `decide` throws; more paid than the total would
 *   be. Then nothing has changed
 */
export type ChangeOrder = (request: ChangeRequest) => Promise<OrderNow>

/** A change of one order, in a transaction of its own. */
export async function changeOrder(database: Database, request: ChangeRequest): Promise<OrderNow> {
  return await database.transaction(async (tx) => await changeIn(tx, request))
}

/** A change of one order, in a transaction under way. */
export async function changeIn(tx: Transaction, request: ChangeRequest): Promise<OrderNow> {
  const { caller, orderId, question } = request
  const found = await readOrderForUpdate(tx, caller.locationId, orderId, question)
  const { now, write } = decided(request, found)
  if (write !== undefined) writeOrder(tx, caller, write, now.nowMs)
  return now
}

/** What becomes of an order that was read for a change, and what is to be written of that. */
export interface Decided {
  now: OrderNow
  write: OrderWrite | undefined
}

/** @throws Refusal as ChangeOrder */
export function decided(
  { caller, version, decide }: ChangeRequest,
  { order, nowMs, knowledge }: OrderNow & { knowledge: Knowledge },
): Decided {
  mustMatch(version, order.version, 'order')
  return priced(caller, { order, nowMs }, decide(order, nowMs, knowledge))
}

function priced(
  caller: Caller,
  { order, nowMs }: OrderNow,
  change: OrderChange | undefined,
): Decided {
  const write =
    change &&
    writeOf(order, withPrices(order, change, caller.currency), {
      nowMs,
      verifyPayments: caller.verifyPayments,
    })
  return { now: { order: write?.order ?? order, nowMs }, write }
}

/**
 * A change of one order, in the transaction of a till's request.
 * @param version that the till saw; undefined where it does not say
 * @throws Refusal as ChangeOrder
 */
export async function editOrder(
  tx: Transaction,
  caller: Caller,
  { orderId, version }: { orderId: string; version: number | undefined },
  decide: (order: Order, nowMs: number) => OrderChange | undefined,
): Promise<OrderNow> {
  return await changeIn(tx, { caller, orderId, version, decide })
}

/**
 * Writes a change of an order that was read for it, priced and proven. The commit waits for it.
 * @returns the order after it
 */
export function applyChange(
  tx: Transaction,
  caller: Caller,
  found: OrderNow,
  change: OrderChange | undefined,
): OrderNow {
  const { now, write } = priced(caller, found, change)
  if (write !== undefined) writeOrder(tx, caller, write, now.nowMs)
  return now
}

/** A change in steps, each decided on what the one before it leaves; nothing is written yet. */
export interface DecidedSteps {
  now: OrderNow
  writes: OrderWrite[]
}

/** @throws Refusal what a step throws; more paid than the total would be */
export function decideSteps(
  caller: Caller,
  found: OrderNow,
  steps: readonly ((order: Order) => OrderChange | undefined)[],
): DecidedSteps {
  const writes: OrderWrite[] = []
  let now = found
  for (const step of steps) {
    const { now: after, write } = priced(caller, now, step(now.order))
    now = after
    if (write !== undefined) writes.push(write)
  }
  return { now, writes }
}

/** Writes them to an order that was read for it. The commit waits for it. */
export function writeSteps(tx: Transaction, caller: Caller, decided: DecidedSteps): OrderNow {
  for (const write of decided.writes) writeOrder(tx, caller, write, decided.now.nowMs)
  return decided.now
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
