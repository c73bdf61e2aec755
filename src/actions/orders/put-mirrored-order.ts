// A till that keeps its own orders sends one of them as it is now. Its payments, its content and
// its status become the order's, in one transaction.
import type { Caller } from '../../domain/caller.ts'
import { mustBeKnown } from '../../domain/orders/details.ts'
import {
  changedAtTill,
  isHere,
  movedAtTill,
  openedAtTill,
  paidAtTill,
  paymentsGoneAtTill,
  type MirroredOrder,
  type MirroredPayment,
} from '../../domain/orders/mirror.ts'
import type { Order, OrderChange } from '../../domain/orders/order.ts'
import { voidTender } from '../../domain/payments/tender.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readMirrorOutlines } from '../../store/orders/mirror.ts'
import { readOrderForUpdate, readReferences, type OrderNow } from '../../store/orders/read-order.ts'
import { applyChange, applyNew } from './change-order.ts'
import { withTableName } from './open-order.ts'

export interface OrderToMirror {
  content: MirroredOrder
  /** What the till took itself; undefined where it does not say, and they stay as they are. */
  payments: readonly MirroredPayment[] | undefined
}

/** One after the other; each sees the order as the one before it left it. */
type Step = (order: Order, nowMs: number) => OrderChange | undefined

export type MirrorOutcome = 'created' | 'changed' | 'unchanged'

export interface Mirrored extends OrderNow {
  outcome: MirrorOutcome
}

/**
 * Once for each version: the same again changes nothing.
 * @param holder the till's name
 * @throws Refusal InvalidRequest: a table, party or reservation that the venue does not have, or
 *   what the domain lists. Conflict: an older version, or the same with other content; locked by
 *   Dojo; a total below what is paid; more paid than is owed; closed while something is owed
 */
export async function putMirroredOrder(
  tx: Transaction,
  caller: Caller,
  request: OrderToMirror,
  holder: string,
): Promise<Mirrored> {
  const { locationId } = caller
  const { id, tableId, partyId, reservationId } = request.content
  const references = { tableId, partyId, reservationId }
  const [{ nowMs, known }, found] = await Promise.all([
    readReferences(tx, locationId, references),
    readOutline(tx, locationId, id),
  ])
  if (found !== undefined) {
    return await putAgain(tx, caller, { ...request, orderId: found.orderId, holder }, () => {
      mustBeKnown(references, known)
    })
  }
  mustBeKnown(references, known)
  const opening = openedAtTill(request.content, { nowMs, caller })
  const opened = await applyNew(tx, caller, opening, nowMs, {})
  // Another request has just opened it.
  if (opened === undefined) {
    const { orderId } = (await readOutline(tx, locationId, id))!
    return await putAgain(tx, caller, { ...request, orderId, holder }, () => {})
  }
  const now = applySteps(tx, caller, opened, settling(request, caller, holder))
  return { ...(await withTableName(tx, locationId, now)), outcome: 'created' }
}

async function readOutline(tx: Transaction, locationId: string, id: string) {
  return (await readMirrorOutlines(tx, locationId, [id])).get(id)
}

async function putAgain(
  tx: Transaction,
  caller: Caller,
  { orderId, content, payments, holder }: OrderToMirror & { orderId: string; holder: string },
  mustMakeSense: () => void,
): Promise<Mirrored> {
  const before = await readOrderForUpdate(tx, caller.locationId, orderId)
  const { order } = before
  if (isHere(content, order)) return { ...before, outcome: 'unchanged' }
  mustMakeSense()
  const { currency } = caller
  const now = applySteps(tx, caller, before, [
    ...voiding(order, payments, holder),
    (each, nowMs) => changedAtTill(each, content, { nowMs, currency }),
    ...settling({ content, payments }, caller, holder),
  ])
  const isMoved = now.order.tableId !== order.tableId
  const named = isMoved ? await withTableName(tx, caller.locationId, now) : now
  return { ...named, outcome: 'changed' }
}

/** The payments that the till has no longer, before the total changes. */
function voiding(order: Order, payments: OrderToMirror['payments'], holder: string): Step[] {
  if (payments === undefined) return []
  return paymentsGoneAtTill(order, payments).map(
    (paymentId) => (each, nowMs) =>
      voidTender(each, paymentId, { nowMs, holder, reason: 'No longer on the till' }),
  )
}

/** What the till took, and then its status. */
function settling(
  { content, payments = [] }: OrderToMirror,
  caller: Caller,
  holder: string,
): Step[] {
  return [
    ...payments.map(
      (payment): Step =>
        (each, nowMs) =>
          paidAtTill(each, payment, { nowMs, holder, caller }),
    ),
    (each, nowMs) => movedAtTill(each, content, { nowMs, currency: caller.currency }),
  ]
}

function applySteps(
  tx: Transaction,
  caller: Caller,
  before: OrderNow,
  steps: readonly Step[],
): OrderNow {
  return steps.reduce(
    (now, step) => applyChange(tx, caller, now, step(now.order, now.nowMs)),
    before,
  )
}
