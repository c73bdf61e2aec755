// A refund that a card machine gives: the guest is there, with the card. It goes through Dojo as a
// matched refund of the payment's intent, and reaches the bill as every refund does.
import { startMachineRefund } from '../../domain/payments/card-payment-refund.ts'
import { shownOf } from '../../domain/payments/card-payment-shown.ts'
import type { CardPayment } from '../../domain/payments/card-payment.ts'
import type { Database } from '../../store/database/database.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import { insertCardPayment, readUnderWay } from '../../store/payments/card-payments.ts'
import { readRefund, readRefundForUpdate } from '../../store/payments/refunds.ts'
import { applyChange } from '../orders/change-order.ts'
import type { RefundCaller } from './refund-payment.ts'
import { queueCardPayment, terminalOf } from './start-card-payment.ts'
import { asItsPayment, writeSocketPayment } from './through-socket.ts'

/**
 * Starts an open refund on a card machine.
 * @throws Refusal NotFound; Conflict: see `startMachineRefund`. InvalidRequest: no machine to use
 */
export async function giveRefund(
  database: Database,
  caller: RefundCaller,
  refundId: string,
  { cardPaymentId, terminalId: wanted }: { cardPaymentId: string; terminalId: string | undefined },
): Promise<CardPayment> {
  const { locationId, waiterId, tillName } = caller
  return await database.transaction(async (tx) => {
    const { orderId } = await readRefund(tx, locationId, refundId)
    const now = await readOrderForUpdate(tx, locationId, orderId)
    const { refund } = await readRefundForUpdate(tx, locationId, refundId)
    const terminalId = await terminalOf(tx, locationId, wanted)
    const { nowMs } = now
    const underWay = await readUnderWay(tx, locationId, { orderId, terminalId })
    const started = startMachineRefund(
      refund,
      { cardPaymentId, terminalId },
      { nowMs, underWay, by: { waiterId, tillName } },
    )
    const payment = await asItsPayment(tx, locationId, started)
    insertCardPayment(tx, locationId, payment, Buffer.alloc(0))
    await writeSocketPayment(tx, locationId, payment)
    queueCardPayment(tx, locationId, payment)
    applyChange(tx, caller, now, {
      action: 'CardPaymentWaiting',
      detail: shownOf(payment, nowMs),
      order: now.order,
      quiet: true,
      isNote: true,
    })
    return payment
  })
}
