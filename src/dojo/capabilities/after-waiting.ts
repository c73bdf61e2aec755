// What the venue's own till said while somebody paid takes effect on the order.
import { applyWaiting } from '../../actions/orders/apply-waiting.ts'
import type { Caller } from '../../domain/caller.ts'
import type { OrderNow } from '../../store/orders/read-order.ts'
import type { Deps } from './handler.ts'

/** Undefined where that fails: it goes on waiting, and Dojo's call succeeds all the same. */
export async function afterWaiting(
  deps: Pick<Deps, 'store' | 'notice'>,
  caller: Caller,
  orderId: string,
): Promise<OrderNow | undefined> {
  try {
    return await applyWaiting(deps.store.database, caller, orderId)
  } catch (error) {
    noticeNotTakenOver(deps, caller, { orderId, error: error as Error })
    return undefined
  }
}

export function noticeNotTakenOver(
  { notice }: Pick<Deps, 'notice'>,
  caller: Caller,
  { orderId, error }: { orderId: string; error: Error },
): void {
  const message = "a till's change of an order could not be taken over yet"
  notice(caller, message, { orderId, error: error.name })
}
