// Newest first, by every filter given. Refusals: InvalidRequest for a page out of range, a cursor
// that this venue did not give, or a filter that is not well formed; InvalidRequest for a waiter-id
// that the venue does not know, where it limits waiters to the orders they serve.
import { invalid } from '../../domain/errors.ts'
import { wellFormedFilter } from '../../domain/ids.ts'
import { pageRequest } from '../../domain/page.ts'
import { readWaiterAccess, searchOutlines } from '../../store/orders/search-orders.ts'
import type { VenueCaller } from '../../domain/caller.ts'
import type { Handler } from './handler.ts'
import type { Store } from '../../store/index.ts'
import { orderView } from './order-view.ts'
import { pageView } from './page-view.ts'

export const searchOrders: Handler<'SearchOrders'> = async (
  { store },
  caller,
  { dineIn = {}, payableOnly, cursor },
) => {
  const page = pageRequest('orders', caller.cursorKey, cursor)
  const servedBy = await limitedTo(store, caller)
  const { tableId, waiterId, partyId, reservationId } = dineIn
  const wanted = wellFormedFilter({ tableId, waiterId, partyId, reservationId }, 'dineIn.')
  const found = await searchOutlines(
    store.reads,
    caller.locationId,
    { ...wanted, payableOnly, servedBy },
    page,
  )
  return pageView('orders', caller.cursorKey, found, (order) => orderView(order, caller.currency))
}

/** The waiter whose orders alone are listed, where the venue limits waiters to their own. */
async function limitedTo(
  store: Store,
  { locationId, waiterId }: VenueCaller,
): Promise<string | undefined> {
  if (waiterId === undefined) return undefined
  const { limited, known } = await readWaiterAccess(store.reads, locationId, waiterId)
  if (!limited) return undefined
  if (!known) {
    throw invalid(
      `The header waiter-id is ${waiterId}, a waiter that this venue does not have.`,
      'unknown-waiter',
    )
  }
  return waiterId
}
