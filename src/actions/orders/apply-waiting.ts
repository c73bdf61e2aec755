// What a till said while somebody paid takes effect: when Dojo unlocks the order, before it is
// locked again, and for locks that only expire, by looking for it from time to time. It stays on
// the order's row until then, so that neither a process that dies nor a failure can lose it.
import type { Caller } from '../../domain/caller.ts'
import { Refusal } from '../../domain/errors.ts'
import { goneAtTill } from '../../domain/orders/mirror.ts'
import { changeSteps, type OrderStep } from '../../domain/orders/mirror-steps.ts'
import {
  isDue,
  notApplied,
  STILL_WAITS,
  type MirrorWaiting,
} from '../../domain/orders/mirror-waiting.ts'
import { limits } from '../../limits.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { readDueOrders } from '../../store/orders/mirror.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { decideSteps, writeSteps, type DecidedSteps } from './change-order.ts'
import { readNamed } from './put-mirrored-order.ts'

export type MirroredVenue = Pick<Caller, 'locationId' | 'currency' | 'verifyPayments'>

/** @param tell logs what operators should know */
export async function applyAllWaiting(
  database: Database,
  tell: (locationId: string, message: string, detail: { orderId: string }) => void,
): Promise<void> {
  for (const { orderId, ...venue } of await readDueOrders(database, limits.mirrorDueRows)) {
    try {
      await applyWaiting(database, venue, orderId)
    } catch {
      // One failure does not hold up the others.
      tell(venue.locationId, STILL_WAITS, { orderId })
    }
  }
}

/**
 * In a transaction of its own. Where it is refused, the order keeps the reason.
 * @returns the order after it; as it is where nothing is due
 * @throws Refusal NotFound
 */
export async function applyWaiting(
  database: Database,
  venue: MirroredVenue,
  orderId: string,
): Promise<OrderNow> {
  return await database.transaction(async (tx) => await applyWaitingIn(tx, venue, orderId))
}

/** The same, in a transaction under way. */
export async function applyWaitingIn(
  tx: Transaction,
  venue: MirroredVenue,
  orderId: string,
): Promise<OrderNow> {
  const { locationId } = venue
  const before = await readOrderForUpdate(tx, locationId, orderId)
  const { order, nowMs } = before
  const { mirrorWaiting: waiting } = order
  if (waiting === undefined || !isDue(order, nowMs)) return before
  const named = waiting.request && (await readNamed(tx, locationId, waiting.request))
  const caller = callerOf(venue, waiting)
  return writeSteps(tx, caller, decidedOf(caller, before, { waiting, named }))
}

function decidedOf(
  caller: Caller,
  before: OrderNow,
  { waiting, named }: { waiting: MirrorWaiting; named?: { mustBeKnownHere: () => void } },
): DecidedSteps {
  try {
    named?.mustBeKnownHere()
    return decideSteps(caller, before, stepsOf(before, waiting, caller))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return decideSteps(caller, before, [(order) => notApplied(order, error)])
  }
}

function stepsOf(
  { order, nowMs }: OrderNow,
  { request, holder }: MirrorWaiting,
  caller: Caller,
): OrderStep[] {
  if (request !== undefined) return changeSteps(order, request, { caller, holder, nowMs })
  return [(each) => goneAtTill(each, { nowMs, currency: caller.currency })]
}

/** The till that said it. */
function callerOf(
  { locationId, currency, verifyPayments }: MirroredVenue,
  { origin }: MirrorWaiting,
): Caller {
  return { ...origin, locationId, currency, verifyPayments, kind: 'mirrored', isTill: true }
}
