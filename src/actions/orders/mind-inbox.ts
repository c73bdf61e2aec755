// Orders of Dojo's that no till acknowledges in time are refused or shown to staff, as the venue
// has chosen.
import type { Caller } from '../../domain/caller.ts'
import { Refusal } from '../../domain/errors.ts'
import { leftWaiting, overdueMessages, overdueRefusal } from '../../domain/orders/inbox.ts'
import { limits } from '../../limits.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { markInboxOverdue, readOverdueOrders, type OverdueOrder } from '../../store/orders/inbox.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import { applyChange } from './change-order.ts'
import { refuseOrder } from './refuse-order.ts'

/** @param tell logs what staff should know */
export async function mindInbox(
  database: Database,
  tell: (locationId: string, message: string, detail: { orderId: string }) => void,
): Promise<void> {
  for (const overdue of await readOverdueOrders(database, limits.inboxOverdueRows)) {
    const { locationId, orderId } = overdue
    const message = await database.transaction(async (tx) => await mind(tx, overdue))
    if (message !== undefined) tell(locationId, message, { orderId })
  }
}

/**
 * Refused in the transaction that marks it, so that no order is marked and then forgotten.
 * Undefined where a till has acknowledged it meanwhile, or another server has dealt with it.
 */
async function mind(
  tx: Transaction,
  { locationId, orderId, currency, verifyPayments, inboxMinutes, inboxThen }: OverdueOrder,
): Promise<string | undefined> {
  const now = await readOrderForUpdate(tx, locationId, orderId)
  if (!(await markInboxOverdue(tx, locationId, orderId, now.nowMs))) return undefined
  const caller = { locationId, currency, verifyPayments, kind: 'mirrored', isTill: true } as const
  const reason = overdueRefusal(inboxThen, inboxMinutes)
  if (reason !== undefined && (await isRefused(tx, caller, { orderId, reason }))) {
    return overdueMessages.refused
  }
  applyChange(tx, caller, now, leftWaiting(now.order, inboxMinutes))
  return overdueMessages.waits
}

/** False where somebody is paying it, or it is at the till already. */
async function isRefused(
  tx: Transaction,
  caller: Caller,
  request: { orderId: string; reason: string },
): Promise<boolean> {
  try {
    await refuseOrder(tx, caller, request)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
