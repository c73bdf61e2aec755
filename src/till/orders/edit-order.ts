// What every change of a tab has in common: hold it, see that it is the version that the caller
// saw, change it, answer it.
import { afterEntry } from '../../domain/orders/order-history.ts'
import type { Tab } from '../../domain/orders/tab.ts'
import type { OrderChange } from '../../store/orders/order-changes.ts'
import { writeChange } from '../../store/orders/orders.ts'
import { changeTab, holdTab, type TabChange, type TabNow } from '../../store/orders/tabs.ts'
import { mustMatch, type Answered, type TillCaller, type WriteContext } from '../kit/operation.ts'
import { answerTab } from './order-view.ts'

interface Given extends WriteContext {
  caller: TillCaller
}

/** @throws Refusal NotFound; Conflict `stale` */
export async function holdAsSeen({ tx, caller, ifMatch }: Given, orderId: string): Promise<TabNow> {
  const held = await holdTab(tx, caller.locationId, orderId)
  mustMatch(ifMatch, held.tab.version, 'order')
  return held
}

/**
 * @throws Refusal NotFound; Conflict: stale, what `decide` throws, more paid than the total would
 * be
 */
export async function editTab(
  given: Given,
  orderId: string,
  decide: (tab: Tab, nowMs: number) => TabChange | undefined,
): Promise<Answered> {
  const held = await holdAsSeen(given, orderId)
  return answerTab(changeTab(given.tx, given.caller, held, decide), given.caller.currency)
}

/**
 * Writes a change of a lock or a payment of a tab that is held, and answers the tab as it is by it.
 */
export async function changeAsSeen(
  { tx, caller }: Given,
  { tab, nowMs }: TabNow,
  change: OrderChange,
): Promise<Answered> {
  const delta = await writeChange(tx, caller, tab, nowMs, change, async (statement, values) => {
    tx.send(statement, values)
  })
  return answerTab(
    { tab: afterEntry(tab, { at: new Date(nowMs).toISOString(), delta }), nowMs },
    caller.currency,
  )
}
