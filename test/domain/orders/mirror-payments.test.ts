// The payments that a till with orders of its own took itself.
import t from 'tap'
import type { Order } from '../../../src/domain/orders/order.ts'
import { paidAtTill, paymentsGoneAtTill } from '../../../src/domain/orders/mirror-payments.ts'
import { newPayment } from '../../../src/domain/payments/payment.ts'
import { verdict } from '../../support/bookings.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const NOW = 1_000_000_000
const order = (more: Partial<Order> = {}): Order =>
  orderOfTill({ orderId: 'ord_1', mirrorId: 'm1', totalMinor: 1_000, status: 'Accepted', ...more })
const cash = { id: '1', tender: 'Cash', amountMinor: 600 } as const
const taking = {
  ...{ nowMs: NOW, holder: 'till' },
  caller: { locationId: 'loc', currency: 'GBP', kind: 'mirrored', verifyPayments: 'off' },
} as const

t.test('a payment of the till is taken over once', async (t) => {
  const taken = paidAtTill(order(), cash, taking)!
  t.match(taken.order, { paidMinor: 600, payments: [{ paymentId: 'ord_1/1', tender: 'Cash' }] })
  const [known] = taken.order.payments
  const voided = { ...known!, voidedAt: '2026-03-01T19:30:00.000Z' }
  const final = order({ status: 'Finalized', paidMinor: 1_000 })
  for (const [name, on, payment, expected] of [
    ['again', taken.order, cash, undefined],
    ['with another amount', taken.order, { ...cash, amountMinor: 500 }, 'Conflict content-differs'],
    ['more than is owed', order({ paidMinor: 500 }), cash, 'Conflict overpaid'],
    ['on a bill that is paid', final, cash, 'Conflict overpaid'],
    ['after it was void', order({ payments: [voided] }), cash, 'ok'],
  ] as const) {
    const take = () => paidAtTill(on, payment, taking)
    if (expected === undefined) t.equal(take(), undefined, name)
    else t.equal(verdict(take), expected, name)
  }
})

t.test('those that the till has no longer are void', async (t) => {
  const taken = paidAtTill(order(), cash, taking)!.order
  const ofDojo = newPayment('pay_1', { paymentIntentId: 'pi_1', amountMinor: 400 }, NOW)
  const both = { ...taken, payments: [...taken.payments, ofDojo] }
  t.same(paymentsGoneAtTill(both, []), ['ord_1/1'], "Dojo's stays")
  t.same(paymentsGoneAtTill(both, [cash]), [])
})
