import type { Caller } from '../../domain/caller.ts'
import {
  dojoNotAsked,
  isOpenRefund,
  mustBeShown,
  type Refund,
} from '../../domain/payments/refund.ts'
import { readRefund } from '../../store/payments/refunds.ts'
import { catchUp, type RefundDeps } from './catch-up.ts'

/**
 * An open refund, once Dojo shows that its money went back.
 * @throws Refusal NotFound; Conflict: Dojo does not show it. Unavailable: Dojo does not answer
 */
export async function checkRefund(
  deps: RefundDeps,
  caller: Caller,
  refundId: string,
): Promise<Refund> {
  const { database } = deps
  const before = await readRefund(database, caller.locationId, refundId)
  if (!isOpenRefund(before)) return before
  const fault = await catchUp(deps, caller, before.paymentIntentId)
  if (fault !== undefined) throw dojoNotAsked(fault)
  const refund = await readRefund(database, caller.locationId, refundId)
  mustBeShown(refund, caller.currency)
  return refund
}
