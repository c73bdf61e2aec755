// The job that gives back what Dojo took for an order that the venue's till refused.
import type { RefundAtDojo } from '../../actions/payments/refund-at-dojo.ts'
import { refundRefusedOrder } from '../../actions/orders/refuse-order.ts'
import type { NewId } from '../../domain/ids.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../../store/database/database.ts'
import type { JobRunner } from './run-job.ts'

export interface RefusedOrderDeps {
  database: Database
  newId: NewId
  refundAtDojo: RefundAtDojo
}

export function refusedOrderJob(deps: RefusedOrderDeps): JobRunner {
  return async (_, { locationId, entityId, currency, verifyPayments, venueKind: kind }) => {
    const caller = { locationId, currency, verifyPayments, kind }
    const isPending = await refundRefusedOrder(deps, caller, entityId)
    return isPending ? limits.refusedOrderAgainSeconds : undefined
  }
}
