// Staff order items from the menu.
import { addLines as added } from '../../domain/orders/change-lines.ts'
import {
  linesOrdered,
  mustMaySetPrices,
  plusOf,
  type OrderedLine,
} from '../../domain/orders/ordering.ts'
import { mustMatch } from '../../domain/version.ts'
import type { Caller } from '../../domain/caller.ts'
import type { NewId } from '../../domain/ids.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate, type OrderNow } from '../../store/orders/read-order.ts'
import { readOffers } from '../../store/venue/menu.ts'
import { applyChange } from './change-order.ts'

export interface LinesToAdd {
  orderId: string
  version: number | undefined
  /** The caller's role: another price than the menu's needs more than a waiter's. */
  role: string
  lines: readonly OrderedLine[]
}

/** @throws Refusal NotFound; Conflict; InvalidRequest: as the domain lists them */
export async function addLines(
  tx: Transaction,
  caller: Caller,
  newId: NewId,
  { orderId, version, role, lines }: LinesToAdd,
): Promise<OrderNow> {
  mustMaySetPrices(role, lines)
  // One after the other in the database, one round trip.
  const [menu, now] = await Promise.all([
    readOffers(tx, caller.locationId, plusOf(lines)),
    readOrderForUpdate(tx, caller.locationId, orderId),
  ])
  const { order, nowMs } = now
  mustMatch(version, order.version, 'order')
  const { waiterId } = caller
  const fresh = linesOrdered(order, lines, menu, { newId, waiterId })
  return applyChange(tx, caller, now, added(order, fresh, nowMs))
}
