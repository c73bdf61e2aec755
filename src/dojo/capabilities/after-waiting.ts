// What the venue's own till said while somebody paid takes effect on the order.
import { applyWaiting } from '../../actions/orders/apply-waiting.ts'
import type { Caller } from '../../domain/caller.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import type { Deps } from './handler.ts'

/** Undefined where that fails: it goes on waiting, and Dojo's call succeeds all the same. */
export async function afterWaiting(
  { store: { database }, notice }: Pick<Deps, 'store' | 'notice'>,
  caller: Caller,
  orderId: string,
): Promise<OrderNow | undefined> {
  try {
    return await applyWaiting(database, caller, orderId)
  } catch (error) {
    notice(caller, "a till's change of an order could not be taken over yet", {
      orderId,
      error: (error as Error).name,
    })
    return undefined
  }
}
