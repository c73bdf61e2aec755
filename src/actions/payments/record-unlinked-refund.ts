import type { Caller } from '../../domain/caller.ts'
import { notFound } from '../../domain/errors.ts'
import { recordUnlinkedRefund as decide } from '../../domain/payments/unlinked-refund.ts'
import type { Database } from '../../store/database/database.ts'
import type { CardPaymentNow } from '../../store/payments/card-payments.ts'
import { changeCardPayment } from './change-card-payment.ts'

/**
 * Records what the card machine shows of a refund whose result Dojo does not have.
 * @throws Refusal NotFound; Conflict: see `recordUnlinkedRefund` of the domain
 */
export async function recordUnlinkedRefund(
  database: Database,
  caller: Caller,
  cardPaymentId: string,
  said: { by: string; given: boolean; reason: string },
): Promise<CardPaymentNow> {
  return await changeCardPayment(database, caller, { cardPaymentId }, ({ payment, nowMs }) => {
    if (payment.kind !== 'UnlinkedRefund') throw notFound('refund', cardPaymentId)
    return decide(payment, { nowMs, ...said })
  })
}
