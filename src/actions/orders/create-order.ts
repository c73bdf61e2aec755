// Dojo creates an order with everything on it, its payments included, all or nothing. The same
// again answers the order as it is now.
import type { Caller } from '../../domain/caller.ts'
import { mustBeKnown } from '../../domain/orders/details.ts'
import {
  createdOrder,
  discrepancyMinor,
  mustBeSameRequest,
  type OrderContent,
} from '../../domain/orders/new-order.ts'
import type { NewId } from '../../domain/ids.ts'
import { recordOnArrival, type PaymentRequest } from '../../domain/payments/payment.ts'
import type { Database, Transaction } from '../../store/database/database.ts'
import {
  readIntentsForUpdate,
  readMadeBefore,
  readOutline,
  type OrderNow,
  type OutlineNow,
} from '../../store/orders/read-order.ts'
import { readReferences } from '../../store/orders/read-references.ts'
import { applyChange, applyNew } from './change-order.ts'

export interface OrderToCreate {
  dojoOrderId: string
  /** The hash of everything that the request carried. */
  creationHash: Buffer
  content: OrderContent
  payments: readonly PaymentRequest[]
}

export interface CreatedOrder extends OutlineNow {
  /** How many payments came with it; none when the order was there before. */
  paymentsRecorded: number
}

/**
 * @throws Refusal InvalidRequest: a table, party or reservation that the venue does not have.
 *   Conflict: the same `dojoOrderId` with other content; a payment that cannot be recorded
 */
export async function createOrder(
  database: Database,
  newId: NewId,
  caller: Caller,
  request: OrderToCreate,
): Promise<CreatedOrder> {
  const { locationId } = caller
  const { dojoOrderId, creationHash, content, payments } = request
  return await database.transaction(async (tx) => {
    const repeated = await readRepeated(tx, caller, request)
    if (repeated !== undefined) return repeated
    const { tableId, partyId, reservationId } = content
    const references = { tableId, partyId, reservationId }
    const { nowMs, known } = await readReferences(tx, locationId, references)
    mustBeKnown(references, known)
    const change = createdOrder(content, payments, { dojoOrderId, nowMs, caller, newId })
    const made = { creationHash, discrepancyMinor: discrepancyMinor(content) }
    const inserted = await applyNew(tx, caller, change, nowMs, made)
    // Another request has just created it.
    if (inserted === undefined) return (await readRepeated(tx, caller, request))!
    const paymentsRecorded = await recordPayments(tx, newId, caller, inserted, payments)
    return { ...(await readOutline(tx, locationId, inserted.order.orderId)), paymentsRecorded }
  })
}

async function readRepeated(
  tx: Transaction,
  { locationId }: Caller,
  { dojoOrderId, creationHash }: OrderToCreate,
): Promise<CreatedOrder | undefined> {
  const before = await readMadeBefore(tx, locationId, { dojoOrderId })
  if (before === undefined) return undefined
  mustBeSameRequest(before, creationHash, dojoOrderId)
  return { ...(await readOutline(tx, locationId, before.orderId)), paymentsRecorded: 0 }
}

/** Each as RecordOrderPaymentById would, except that the order keeps its status on arrival. */
async function recordPayments(
  tx: Transaction,
  newId: NewId,
  caller: Caller,
  created: OrderNow,
  payments: readonly PaymentRequest[],
): Promise<number> {
  const intentIds = payments.map(({ paymentIntentId }) => paymentIntentId)
  const intents = await readIntentsForUpdate(tx, caller.locationId, intentIds)
  let now = created
  let recorded = 0
  for (const request of payments) {
    const change = recordOnArrival(now.order, request, {
      paymentId: newId('pay'),
      nowMs: now.nowMs,
      caller,
      intent: intents.get(request.paymentIntentId) ?? {},
    })
    if (change === undefined) continue
    now = applyChange(tx, caller, now, change)
    recorded++
  }
  return recorded
}
