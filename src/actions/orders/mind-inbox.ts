// Orders of Dojo's that no till acknowledges in time: refused, or put before staff, as the venue
// wants it.
import { Refusal } from '../../domain/errors.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
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
    const message = await database.transaction(async (tx) => {
      const { nowMs } = await readOrderForUpdate(tx, locationId, orderId)
      if (!(await markInboxOverdue(tx, locationId, orderId, nowMs))) return undefined
      return 'an order of Dojo waits for the till; see GET /till/v1/mirror/inbox'
    })
    if (message === undefined) continue
    const isRefused = overdue.inboxThen === 'refuse' && (await isRefusedNow(database, overdue))
    tell(locationId, isRefused ? REFUSED : message, { orderId })
  }
}

const REFUSED = 'an order of Dojo was refused: no till acknowledged it in time'

/** An order that cannot be refused, because somebody is paying it or has taken it over, is not. */
async function isRefusedNow(
  database: Database,
  { locationId, orderId, currency, verifyPayments, inboxMinutes }: OverdueOrder,
): Promise<boolean> {
  const caller = { locationId, currency, verifyPayments, kind: 'mirrored', isTill: true } as const
  const reason = `No till acknowledged it within ${inboxMinutes} minutes.`
  try {
    await database.transaction(async (tx) => await refuseOrder(tx, caller, { orderId, reason }))
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
