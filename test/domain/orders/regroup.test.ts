import t from 'tap'
import type { Discount, Order, OrderStatus, Payment } from '../../../src/domain/orders/order.ts'
import { orderForPart, type Terms } from '../../../src/domain/orders/new-order.ts'
import { priceOrder } from '../../../src/domain/orders/price.ts'
import { merge, splitOff } from '../../../src/domain/orders/regroup.ts'
import { line, orderOfTill } from '../../support/till-orders.ts'

const now = Date.parse('2026-03-01T20:00:00.000Z')
const ids = () => {
  let count = 0
  return (prefix: string): string => `${prefix}_${++count}`
}
const discount = (discountId: string, more: Partial<Discount>): Discount => ({
  discountId,
  position: 1,
  name: 'Regulars',
  rule: 'Percent',
  amountMinor: 0,
  ...more,
})
const cash = (paymentId: string, amountMinor: number, recordedAt: string): Payment => ({
  paymentId,
  tender: 'Cash',
  amountMinor,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  recordedAt,
})
const order = (orderId: string, more: Partial<Order>): Order =>
  priceOrder(orderOfTill({ orderId, ...more }))
const lock = { lockId: 'lck', kind: 'DojoLock' as const, expiresAtMs: now + 60_000, origin: {} }

const food = order('ord_1', { lines: [line('l1', 1_000), line('l2', 550)] })
const wine = order('ord_2', { lines: [line('l5', 3_000)] })

t.test('refusals of a merge, each before those that follow', async (t) => {
  const cases: { name: string; target: Order; source: Order; reason: string }[] = [
    {
      name: 'with itself',
      target: food,
      source: { ...food, status: 'Finalized' },
      reason: 'invalid',
    },
    {
      name: 'a final target',
      target: { ...food, status: 'Finalized' },
      source: { ...wine, lock },
      reason: 'final',
    },
    {
      name: 'a final source',
      target: food,
      source: { ...wine, status: 'Canceled' },
      reason: 'final',
    },
    { name: 'a locked target', target: { ...food, lock }, source: wine, reason: 'locked' },
    {
      name: 'made by Dojo',
      target: food,
      source: { ...wine, dojoOrderId: 'dojo_1' },
      reason: 'ordered-by-dojo',
    },
    {
      name: 'taxes on top of one only',
      target: food,
      source: { ...wine, taxesOnTop: true },
      reason: 'content-differs',
    },
  ]
  for (const { name, target, source, reason } of cases) {
    t.throws(() => merge(target, source, now, ids()), { reason, message: /./ }, name)
  }
  const many = { ...wine, lines: Array.from({ length: 2_000 }, (_, index) => line(`x${index}`, 1)) }
  t.throws(() => merge(food, many, now, ids()), {
    type: 'InvalidRequest',
    message: 'An order has at most 2000 lines.',
  })
})

t.test('what a merge makes of two orders', async (t) => {
  const cases: { name: string; target: Partial<Order>; source: Partial<Order>; merged: object }[] =
    [
      {
        name: 'plain',
        target: {},
        source: {},
        merged: { totalMinor: 4_550, paidMinor: 0, status: 'Accepted', covers: undefined },
      },
      {
        // 10 % of 15.50 and 12.5 % of 30.00: 1.55 + 3.75, which no percentage of 45.50 gives
        name: 'with service charges of two kinds: the first, adjusted',
        target: { serviceChargeHundredths: 1_000 },
        source: { serviceChargeHundredths: 1_250 },
        merged: {
          serviceChargeHundredths: 1_000,
          serviceAdjustmentMinor: 75,
          serviceChargeMinor: 530,
          totalMinor: 5_080,
        },
      },
      {
        name: 'with a service charge that only the other has: an amount',
        target: {},
        source: { serviceChargeHundredths: 1_000 },
        merged: { serviceChargeHundredths: undefined, serviceChargeMinor: 300, totalMinor: 4_850 },
      },
      { name: 'with guests', target: { covers: 2 }, source: { covers: 3 }, merged: { covers: 5 } },
      {
        name: 'paid in full by both together',
        target: {
          paidMinor: 1_550,
          payments: [cash('p2', 1_550, '2026-03-01T19:40:00.000Z')],
          status: 'Ready',
        },
        source: {
          paidMinor: 3_000,
          tipsMinor: 0,
          payments: [cash('p1', 3_000, '2026-03-01T19:30:00.000Z')],
        },
        merged: {
          paidMinor: 4_550,
          // The bottle is not done, so the order is no longer Ready; then it is settled.
          status: 'Finalized',
          statusBeforeFinal: 'Preparing',
          payments: [
            { paymentId: 'p1', recordedOn: 'ord_2' },
            { paymentId: 'p2', recordedOn: undefined },
          ],
        },
      },
    ]
  for (const { name, target, source, merged } of cases) {
    const into = order('ord_1', { lines: food.lines, ...target })
    const from = order('ord_2', { lines: wine.lines, ...source })
    const both = merge(into, from, now, ids())
    t.match(both.target.order, merged, name)
    t.match(both.target, {
      action: 'Merged',
      detail: { fromOrderId: 'ord_2', totalMinor: from.totalMinor },
    })
    t.match(both.source, {
      action: 'MergedInto',
      detail: { orderId: 'ord_1', totalMinor: from.totalMinor },
      order: {
        status: 'Canceled',
        mergedInto: 'ord_1',
        totalMinor: 0,
        paidMinor: 0,
        lines: [],
        payments: [],
      },
    })
  }
})

t.test('discounts of a whole order become shares of its lines', async (t) => {
  const into = order('ord_1', {
    lines: food.lines,
    discounts: [discount('d1', { percentageHundredths: 1_000 })],
  })
  const from = order('ord_2', {
    lines: wine.lines,
    discounts: [discount('d1', { rule: 'Amount', askedMinor: 500, lineId: 'l5' })],
  })
  const { order: merged } = merge(into, from, now, ids()).target
  // 10 % of 15.50 is 1.55: 1.00 of 10.00 and 0.55 of 5.50. The bottle keeps its 5.00.
  t.match(merged.discounts, [
    { rule: 'Share', lineId: 'l1', amountMinor: 100, name: 'Regulars' },
    { rule: 'Share', lineId: 'l2', amountMinor: 55 },
    { rule: 'Amount', lineId: 'l5', amountMinor: 500, discountId: 'd1' },
  ])
  t.equal(merged.totalMinor, 1_395 + 2_500)
})

const fresh = orderOfTill({ orderId: 'ord_9', serviceChargeHundredths: 500 })

t.test('refusals of a split, each before those that follow', async (t) => {
  const parts = order('ord_1', {
    lines: [
      line('l1', 1_000, { quantity: 3 }),
      line('l2', 50, { kind: 'Modifier', parentLineId: 'l1' }),
    ],
  })
  const cases: {
    name: string
    order: Order
    portions: { lineId: string; quantity?: number }[]
    reason: string
    message?: RegExp
  }[] = [
    {
      name: 'final',
      order: { ...parts, status: 'Failed' },
      portions: [{ lineId: 'l9' }],
      reason: 'final',
    },
    {
      name: 'made by Dojo',
      order: { ...parts, dojoOrderId: 'd' },
      portions: [{ lineId: 'l9' }],
      reason: 'ordered-by-dojo',
    },
    {
      name: 'a line twice',
      order: parts,
      portions: [{ lineId: 'l1' }, { lineId: 'l1', quantity: 1 }],
      reason: 'invalid',
      message: /named twice/,
    },
    { name: 'no such line', order: parts, portions: [{ lineId: 'l9' }], reason: 'not-found' },
    {
      name: 'a part of an item',
      order: parts,
      portions: [{ lineId: 'l2' }],
      reason: 'invalid',
      message: /part of another/,
    },
    {
      name: 'more than there is',
      order: parts,
      portions: [{ lineId: 'l1', quantity: 4 }],
      reason: 'invalid',
      message: /has a quantity of 3, less than 4/,
    },
  ]
  for (const { name, order, portions, reason, message = /./ } of cases) {
    t.throws(() => splitOff(order, fresh, portions, now, ids()), { reason, message }, name)
  }
})

t.test('what a split makes of an order', async (t) => {
  const cases: {
    name: string
    order: Partial<Order>
    portions: { lineId: string; quantity?: number }[]
    kept: object
    taken: object
  }[] = [
    {
      name: 'a whole line',
      order: { lines: food.lines },
      portions: [{ lineId: 'l2' }],
      kept: { totalMinor: 1_000, lines: [{ lineId: 'l1' }] },
      taken: { orderId: 'ord_9', totalMinor: 550, lines: [{ lineId: 'l2' }] },
    },
    {
      // The new order's own 5 % does not come on top: both have the old one's 10 %.
      name: 'with its part of the service charge',
      order: { lines: food.lines, serviceChargeHundredths: 1_000 },
      portions: [{ lineId: 'l2' }],
      kept: { totalMinor: 1_100, serviceChargeMinor: 100, serviceChargeHundredths: 1_000 },
      taken: { totalMinor: 605, serviceChargeMinor: 55, serviceChargeHundredths: 1_000 },
    },
    {
      // 3 * 3.33 = 9.99 holds 1.665 of tax, rounded to 1.67; 6.66 holds 1.11, and 3.33 holds 0.555,
      // rounded to 0.56: they sum to it.
      name: 'some of a line, with the lines below it',
      order: {
        lines: [
          line('l1', 333, { quantity: 3 }),
          line('l2', 10, { kind: 'Modifier', parentLineId: 'l1' }),
        ],
      },
      portions: [{ lineId: 'l1', quantity: 1 }],
      kept: {
        totalMinor: 686,
        lines: [
          { lineId: 'l1', quantity: 2 },
          { lineId: 'l2', quantity: 1 },
        ],
      },
      taken: {
        totalMinor: 343,
        lines: [
          { lineId: 'lin_1', quantity: 1 },
          { lineId: 'lin_2', parentLineId: 'lin_1', quantity: 1 },
        ],
      },
    },
    {
      // 1.00 off three: two of three keep 0.67, one takes 0.33.
      name: 'with its part of a discount',
      order: {
        lines: [line('l1', 1_000, { quantity: 3 })],
        discounts: [discount('d1', { rule: 'Amount', askedMinor: 100, lineId: 'l1' })],
      },
      portions: [{ lineId: 'l1', quantity: 1 }],
      kept: { totalMinor: 1_933, discounts: [{ rule: 'Share', amountMinor: 67 }] },
      taken: { totalMinor: 967, discounts: [{ rule: 'Share', amountMinor: 33 }] },
    },
    {
      name: 'until what is left is paid',
      order: {
        lines: food.lines,
        paidMinor: 1_000,
        payments: [cash('p1', 1_000, '2026-03-01T19:30:00.000Z')],
      },
      portions: [{ lineId: 'l2' }],
      kept: { totalMinor: 1_000, paidMinor: 1_000, status: 'Finalized' as OrderStatus },
      taken: { totalMinor: 550, paidMinor: 0, payments: [] },
    },
  ]
  for (const { name, order: given, portions, kept, taken } of cases) {
    const before = order('ord_1', given)
    const split = splitOff(before, fresh, portions, now, ids())
    t.match(split.kept.order, kept, `${name}: what is kept`)
    t.match(split.taken.order, taken, `${name}: what is taken`)
    t.match(split.kept, { action: 'SplitOff', detail: { newOrderId: 'ord_9', lines: portions } })
    t.match(split.taken, { action: 'Opened', detail: { fromOrderId: 'ord_1' } })
    t.equal(split.kept.order.totalMinor + split.taken.order.totalMinor, before.totalMinor)
  }
})

t.test('what a part that becomes an order has of the other, and what of its own', async (t) => {
  const from = order('ord_1', {
    status: 'Preparing',
    tableId: 'tbl_1',
    waiterId: 'w_1',
    partyId: 'pty_1',
    displayName: 'Birthday',
    covers: 6,
    reference: 'A1',
  })
  const made = {
    ...{ orderId: 'ord_2', nowMs: now, origin: { waiterId: 'w_2' } },
    terms: { taxesOnTop: false, taxName: 'VAT' } as Terms,
  }
  const served = { orderId: 'ord_2', status: 'Preparing', partyId: 'pty_1', waiterId: 'w_1' }
  t.match(orderForPart(from, {}, made), {
    ...{ ...served, tableId: 'tbl_1', openedBy: 'w_2', totalMinor: 0, lines: [], payments: [] },
    ...{ displayName: undefined, covers: undefined, reference: undefined },
  })
  const own = { tableId: 'tbl_2', displayName: 'Ann', covers: 1 }
  t.match(orderForPart(from, own, made), { ...served, ...own })
})
