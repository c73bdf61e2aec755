// Orders of Dojo's that no till acknowledges in time: refused, or put before staff, as the venue
// wants it.
import { Refusal } from '../../domain/errors.ts'
import { limits } from '../../limits.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import { markInboxOverdue, readOverdueOrders, type OverdueOrder } from '../../store/orders/inbox.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
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
 * Undefined where a till has acknowledged it, or another server minded it, meanwhile.
 */
async function mind(
  tx: Transaction,
  { locationId, orderId, currency, verifyPayments, inboxMinutes, inboxThen }: OverdueOrder,
): Promise<string | undefined> {
  const { nowMs } = await readOrderForUpdate(tx, locationId, orderId)
  if (!(await markInboxOverdue(tx, locationId, orderId, nowMs))) return undefined
  if (inboxThen === 'tell') return WAITS
  const caller = { locationId, currency, verifyPayments, kind: 'mirrored', isTill: true } as const
  const reason = `No till acknowledged it within ${inboxMinutes} minutes.`
  try {
    await refuseOrder(tx, caller, { orderId, reason })
    return REFUSED
  } catch (error) {
    // Somebody is paying it, or it is at the till already.
    if (error instanceof Refusal) return WAITS
    throw error
  }
}

const WAITS = 'an order of Dojo waits for the till; see GET /till/v1/mirror/inbox'
const REFUSED = 'an order of Dojo was refused: no till acknowledged it in time'
