// Guests who decide to take their food away, or to stay.
import t from 'tap'
import { changeOrderType, ratesOf } from '../../../src/domain/orders/order-type.ts'
import type { Order } from '../../../src/domain/orders/order.ts'
import { priceOrder } from '../../../src/domain/orders/price.ts'
import { line, orderOfTill } from '../../support/till-orders.ts'

const nowMs = Date.parse('2026-03-01T20:00:00.000Z')
const cold = { taxRateHundredths: 2_000, takeawayTaxRateHundredths: 0 }
const hot = { taxRateHundredths: 2_000 }

t.test('the rates of a line', async (t) => {
  t.strictSame(ratesOf('DineIn', hot), { taxRateHundredths: 2_000 })
  t.strictSame(ratesOf('Collection', hot), { taxRateHundredths: 2_000 })
  const both = { dineInTaxRateHundredths: 2_000, takeawayTaxRateHundredths: 0 }
  t.strictSame(ratesOf('DineIn', cold), { taxRateHundredths: 2_000, ...both })
  t.strictSame(ratesOf('Collection', cold), { taxRateHundredths: 0, ...both })
})

const lunch = (more: Partial<Order>): Order =>
  priceOrder(
    orderOfTill({
      lines: [
        line('l1', 600, ratesOf(more.orderType ?? 'DineIn', cold)),
        line('l2', 1_200, ratesOf(more.orderType ?? 'DineIn', hot)),
      ],
      ...more,
    }),
  )
const changed = (order: Order, to: Order['orderType'], percentage?: number) =>
  changeOrderType(order, to, { nowMs, terms: { serviceChargeHundredths: percentage } })

t.test('what changes with the type', async (t) => {
  const cases: [name: string, order: Order, to: Order['orderType'], is: object][] = [
    [
      'taxes, away',
      lunch({}),
      'Collection',
      { totalMinor: 1_800, taxLines: [{ amountMinor: 200 }] },
    ],
    [
      'taxes, in',
      lunch({ orderType: 'Collection' }),
      'DineIn',
      { totalMinor: 1_800 + 180, serviceChargeMinor: 180, taxLines: [{ amountMinor: 300 }] },
    ],
    [
      'taxes on top',
      lunch({ taxesOnTop: true }),
      'Collection',
      { totalMinor: 1_800 + 240, taxLines: [{ amountMinor: 240 }] },
    ],
    [
      'no service charge in percent for what is taken away',
      lunch({ serviceChargeHundredths: 1_250 }),
      'Collection',
      { totalMinor: 1_800, serviceChargeMinor: undefined, serviceChargeHundredths: undefined },
    ],
    [
      'a fixed one stays',
      lunch({ serviceChargeMinor: 500 }),
      'Collection',
      { totalMinor: 2_300, serviceChargeMinor: 500 },
    ],
    [
      'and is enough',
      lunch({ orderType: 'Collection', serviceChargeMinor: 500 }),
      'DineIn',
      { totalMinor: 2_300, serviceChargeHundredths: undefined },
    ],
  ]
  for (const [name, order, to, is] of cases) {
    const change = changed(order, to, 1_000)!
    t.match(change, { action: 'TypeChanged', detail: { from: order.orderType, to } }, name)
    t.match(priceOrder(change.order), { orderType: to, ...is }, name)
  }
  t.equal(changed(lunch({}), 'DineIn'), undefined, 'the same type changes nothing')
})

t.test('who may not change it', async (t) => {
  const lock = { lockId: 'lck', kind: 'DojoLock' as const, expiresAtMs: nowMs + 1, origin: {} }
  for (const [name, order, reason] of [
    ['a final order', lunch({ status: 'Finalized', dojoOrderId: 'dojo_1' }), 'final'],
    ['while somebody pays', lunch({ lock, dojoOrderId: 'dojo_1' }), 'locked'],
    ['made by Dojo', lunch({ dojoOrderId: 'dojo_1' }), 'ordered-by-dojo'],
  ] as const) {
    t.throws(() => changed(order, 'Collection'), { reason, message: /./ }, name)
  }
})
