// A late reversal: the payment is void at once, and the bill can be paid again.
import t from 'tap'
import type { Order } from '../../../src/domain/orders/order.ts'
import { newPayment } from '../../../src/domain/payments/payment.ts'
import { reversePayment, voidByDojo } from '../../../src/domain/payments/reversal.ts'
import { orderOfDojo } from '../../support/orders.ts'

const NOW = Date.parse('2026-03-01T20:00:00.000Z')
const request = { paymentIntentId: 'pi_1', amountMinor: 1_000, tipsMinor: 100 }
const payment = newPayment('pay_1', request, NOW - 1)
const paid = (more: Partial<Order>): Order =>
  orderOfDojo({ totalMinor: 1_000, paidMinor: 1_000, tipsMinor: 100, payments: [payment], ...more })

t.test('the order owes the amount again', async (t) => {
  const open = { paidMinor: 0, tipsMinor: 0, payments: [{ paymentId: 'pay_1', voidedAt: String }] }
  const final = { status: 'Finalized', statusBeforeFinal: 'Ready' } as const
  for (const [name, before, status] of [
    ['a bill that it settled', final, 'Ready'],
    ['an order that is still open', { status: 'Preparing' }, 'Preparing'],
    ['an order that was canceled', { status: 'Canceled' }, 'Canceled'],
  ] as const) {
    const change = reversePayment(paid(before), payment, { status: 'Reversed', nowMs: NOW })
    t.match(change, { action: 'PaymentVoided', order: { ...open, status } }, name)
  }
})

t.test('with the reason, and what is known of it', async (t) => {
  const order = paid({ status: 'Accepted' })
  const detail = { eventId: 'evt_1' }
  const reversed = reversePayment(order, payment, { status: 'Refunded', nowMs: NOW, detail })
  t.match(reversed.detail, { paymentIntentId: 'pi_1', amountMinor: 1_000, eventId: 'evt_1' })
  t.match(reversed.order.payments, [{ voidReason: 'Dojo: Refunded' }])
  const never = voidByDojo(order, payment, { reason: 'Another amount.', nowMs: NOW })
  t.match(never.order.payments, [{ voidReason: 'Another amount.' }])
})
