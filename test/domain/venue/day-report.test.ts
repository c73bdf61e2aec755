// The sums of a day, worked out by hand.
import t from 'tap'
import {
  cashbackOf,
  dayReport,
  type DayFacts,
  type Moved,
} from '../../../src/domain/venue/day-report.ts'
import { addBooked, noSales } from '../../../src/domain/venue/day-sales.ts'
import type { BookedLine, Booking } from '../../../src/domain/venue/order-booking.ts'

const bookedLine = (more: Partial<BookedLine> = {}): BookedLine => ({
  plu: 'BEER',
  name: 'Beer',
  kind: 'Item',
  quantity: 1,
  itemsMinor: 600,
  discountsMinor: 0,
  taxMinor: 100,
  ...more,
})
/** A beer at 6.00 with 20 % VAT in it, for one guest. */
const booking = (more: Partial<Booking> = {}): Booking => ({
  orders: 1,
  covers: 1,
  lines: [bookedLine()],
  taxes: [{ name: 'VAT 20%', percentageHundredths: 2000, netMinor: 500, taxMinor: 100 }],
  discounts: [],
  voids: [],
  cancellations: [],
  serviceChargeMinor: 0,
  taxesOnTopMinor: 0,
  adjustmentMinor: 0,
  totalMinor: 600,
  ...more,
})
const dayFacts = (more: Partial<DayFacts> = {}): DayFacts => ({
  floatMinor: 0,
  count: undefined,
  sales: noSales(),
  moved: [],
  movedAtDojo: [],
  refunds: [],
  refundsOwed: [],
  paidOut: {
    cashback: { count: 0, amountMinor: 0 },
    unlinkedRefunds: { count: 0, amountMinor: 0, refunds: [] },
    unlinkedRefundsUnknown: [],
  },
  unmatched: [],
  openOrders: { count: 0, totalMinor: 0, paidMinor: 0, orders: [] },
  unsettledStartMinor: 0,
  unsettledEndMinor: 0,
  ...more,
})
const garden = { id: 'area_1', name: 'Garden' }
const wendy = { id: 'w_1', name: 'Wendy' }

t.test('what was sold', async (t) => {
  const sales = noSales()
  // Two beers, one of them half price: 6.00 + 6.00 - 3.00, and 10 % service on it.
  addBooked(sales, {
    now: booking({
      covers: 2,
      area: garden,
      waiter: wendy,
      lines: [
        bookedLine({ category: 'Drinks', course: 'First' }),
        bookedLine({ category: 'Drinks', discountsMinor: 300, taxMinor: 50 }),
      ],
      taxes: [{ name: 'VAT 20%', percentageHundredths: 2000, netMinor: 750, taxMinor: 150 }],
      discounts: [{ name: 'Half price', amountMinor: 300 }],
      voids: [{ reason: 'Dropped', quantity: 2, amountMinor: 700 }],
      serviceChargeMinor: 90,
      totalMinor: 990,
    }),
  })
  // A soup in no area, with 5 % on top and a total by Dojo that is 0.10 above its parts.
  addBooked(sales, {
    now: booking({
      covers: 1,
      lines: [
        bookedLine({ plu: 'SOUP', name: 'Soup', itemsMinor: 400, taxMinor: 20, category: 'Food' }),
      ],
      taxes: [{ name: 'VAT 5%', percentageHundredths: 500, netMinor: 400, taxMinor: 20 }],
      voids: [{ reason: 'Dropped', quantity: 1, amountMinor: 100 }],
      taxesOnTopMinor: 20,
      adjustmentMinor: 10,
      totalMinor: 430,
    }),
  })
  addBooked(sales, {
    now: booking({
      orders: 0,
      covers: 0,
      lines: [],
      taxes: [],
      cancellations: [{ reason: 'Walked out', amountMinor: 800 }],
      totalMinor: 0,
    }),
  })
  const report = dayReport(dayFacts({ sales }))
  t.strictSame(report.sales, {
    orders: 2,
    covers: 3,
    itemsMinor: 1600,
    discountsMinor: 300,
    serviceChargeMinor: 90,
    taxesOnTopMinor: 20,
    adjustmentsMinor: 10,
    totalMinor: 1420,
  })
  const beer = { plu: 'BEER', name: 'Beer', kind: 'Item' }
  const soup = { plu: 'SOUP', name: 'Soup', kind: 'Item' }
  t.match(
    report,
    {
      taxes: [
        { name: 'VAT 20%', netMinor: 750, taxMinor: 150 },
        { name: 'VAT 5%', netMinor: 400, taxMinor: 20 },
      ],
      areas: [
        { id: 'area_1', name: 'Garden', orders: 1, covers: 2, salesMinor: 990 },
        { orders: 1, covers: 1, salesMinor: 430 },
      ],
      waiters: [
        { id: 'w_1', name: 'Wendy', orders: 1, covers: 2, salesMinor: 990 },
        { orders: 1, covers: 1, salesMinor: 430 },
      ],
      items: [
        {
          ...beer,
          quantity: 2,
          itemsMinor: 1200,
          discountsMinor: 300,
          soldMinor: 900,
          taxMinor: 150,
        },
        { ...soup, quantity: 1, itemsMinor: 400, discountsMinor: 0, soldMinor: 400, taxMinor: 20 },
      ],
      categories: [
        { name: 'Drinks', quantity: 2, soldMinor: 900 },
        { name: 'Food', quantity: 1, soldMinor: 400 },
      ],
      courses: [
        { quantity: 2, soldMinor: 700 },
        { name: 'First', quantity: 1, soldMinor: 600 },
      ],
      discounts: [{ name: 'Half price', count: 1, amountMinor: 300 }],
      voids: [{ name: 'Dropped', count: 3, amountMinor: 800 }],
      cancellations: [{ name: 'Walked out', count: 1, amountMinor: 800 }],
    },
    'the most first',
  )
  t.notOk('name' in report.areas[1]!, 'no area has no name')
  t.equal(report.differenceMinor, -1420, 'nothing was paid for any of it')
})

t.test('an order that is booked again counts what is new', async (t) => {
  const first = booking({ area: garden, waiter: wendy })
  for (const [name, now, expected] of [
    ['as it was', first, { orders: 0, totalMinor: 0, areas: 0, items: 0, taxes: 0 }],
    [
      'with one more beer',
      booking({
        area: garden,
        waiter: wendy,
        lines: [bookedLine({ quantity: 2, itemsMinor: 1200, taxMinor: 200 })],
        taxes: [{ name: 'VAT 20%', percentageHundredths: 2000, netMinor: 1000, taxMinor: 200 }],
        totalMinor: 1200,
      }),
      { orders: 0, totalMinor: 600, areas: 1, items: 1, taxes: 1 },
    ],
    [
      'canceled after all',
      booking({
        area: garden,
        waiter: wendy,
        orders: 0,
        covers: 0,
        lines: [],
        taxes: [],
        cancellations: [{ reason: 'Canceled', amountMinor: 600 }],
        totalMinor: 0,
      }),
      { orders: -1, totalMinor: -600, areas: 1, items: 1, taxes: 1 },
    ],
  ] as const) {
    const sales = noSales()
    addBooked(sales, { now, before: first })
    const report = dayReport(dayFacts({ sales }))
    t.strictSame(
      {
        orders: report.sales.orders,
        totalMinor: report.sales.totalMinor,
        areas: report.areas.length,
        items: report.items.length,
        taxes: report.taxes.length,
      },
      expected,
      name,
    )
  }
})

t.test('a group has the name that it had last', async (t) => {
  const sales = noSales()
  addBooked(sales, { now: booking({ area: garden }) })
  addBooked(sales, { now: booking({ area: { ...garden, name: 'Terrace' } }) })
  t.strictSame(dayReport(dayFacts({ sales })).areas, [
    { id: 'area_1', name: 'Terrace', orders: 2, covers: 2, salesMinor: 1200 },
  ])
})

const moved = (
  tender: Moved['tender'],
  kind: Moved['kind'],
  [count, amountMinor, tipsMinor]: [number, number, number],
  more: Partial<Moved> = {},
): Moved => ({ tender, kind, count, amountMinor, tipsMinor, roundingMinor: 0, ...more })
const byWendy = { waiterId: 'w_1', waiterName: 'Wendy' }
const byBen = { waiterId: 'w_2', waiterName: 'Ben' }

t.test('the money that moved', async (t) => {
  const report = dayReport(
    dayFacts({
      moved: [
        moved('Cash', 'Recorded', [2, 3000, 100], byWendy),
        moved('Cash', 'Voided', [1, -500, -50], byWendy),
        moved('Dojo', 'Recorded', [1, 1500, 200], byBen),
        moved('Dojo', 'Voided', [1, -1500, -200], byBen),
        moved('Dojo', 'Restored', [1, 1500, 200], byBen),
        moved('Dojo', 'Refunded', [1, -400, 0], byBen),
        moved('Voucher', 'Recorded', [1, 1000, 0]),
        // Somebody's void of what he took: he has taken nothing.
        moved('Other', 'Recorded', [1, 700, 0], { waiterId: 'w_3', waiterName: 'Cy' }),
        moved('Other', 'Voided', [1, -700, 0], { waiterId: 'w_3', waiterName: 'Cy' }),
      ],
    }),
  )
  const nothing = {
    payments: 0,
    recordedMinor: 0,
    recordedTipsMinor: 0,
    voidedMinor: 0,
    voidedTipsMinor: 0,
    restoredMinor: 0,
    restoredTipsMinor: 0,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    takingsMinor: 0,
    tipsMinor: 0,
    roundingMinor: 0,
  }
  t.strictSame(report.tenders, [
    {
      ...nothing,
      tender: 'Dojo',
      payments: 1,
      recordedMinor: 1500,
      recordedTipsMinor: 200,
      voidedMinor: 1500,
      voidedTipsMinor: 200,
      restoredMinor: 1500,
      restoredTipsMinor: 200,
      refundedMinor: 400,
      takingsMinor: 1100,
      tipsMinor: 200,
      atDojo: {
        takingsMinor: 0,
        tipsMinor: 0,
        unconfirmed: { payments: 0, amountMinor: 0 },
        differenceMinor: 0,
      },
    },
    {
      ...nothing,
      tender: 'Cash',
      payments: 2,
      recordedMinor: 3000,
      recordedTipsMinor: 100,
      voidedMinor: 500,
      voidedTipsMinor: 50,
      takingsMinor: 2500,
      tipsMinor: 50,
    },
    { ...nothing, tender: 'Voucher', payments: 1, recordedMinor: 1000, takingsMinor: 1000 },
    { ...nothing, tender: 'Other', payments: 1, recordedMinor: 700, voidedMinor: 700 },
    { ...nothing, tender: 'Deposit' },
  ])
  t.match(report, { takingsMinor: 4600, tipsMinor: 250 })
  t.strictSame(report.takingsByWaiter, [
    { takingsMinor: 2500, tipsMinor: 50, waiterId: 'w_1', name: 'Wendy', tender: 'Cash' },
    { takingsMinor: 1100, tipsMinor: 200, waiterId: 'w_2', name: 'Ben', tender: 'Dojo' },
    { takingsMinor: 1000, tipsMinor: 0, tender: 'Voucher' },
  ])
  t.strictSame(report.tipsByWaiter, [
    { tipsMinor: 200, waiterId: 'w_2', name: 'Ben' },
    { tipsMinor: 50, waiterId: 'w_1', name: 'Wendy' },
  ])
})

t.test('the drawers', async (t) => {
  // Cash: 100.00 float, 25.00 taken and 1.00 of tips. Vouchers: 10.00.
  const money = [
    moved('Cash', 'Recorded', [1, 2500, 100]),
    moved('Voucher', 'Recorded', [1, 1000, 0]),
  ]
  for (const [name, count, expected] of [
    [
      'not counted',
      undefined,
      [{ expectedMinor: 12_600 }, { expectedMinor: 1000 }, { expectedMinor: 0 }],
    ],
    [
      'cash alone, and it is right',
      { cashMinor: 12_600 },
      [
        { expectedMinor: 12_600, countedMinor: 12_600, overMinor: 0 },
        { expectedMinor: 1000 },
        { expectedMinor: 0 },
      ],
    ],
    [
      'after 10.00 were paid out, 0.50 short',
      { cashMinor: 11_550, paidOutMinor: 1000 },
      [
        { expectedMinor: 11_600, countedMinor: 11_550, overMinor: -50 },
        { expectedMinor: 1000 },
        { expectedMinor: 0 },
      ],
    ],
    [
      'slips too, one voucher too many',
      { cashMinor: 12_600, vouchersMinor: 1500, otherMinor: 0 },
      [
        { expectedMinor: 12_600, countedMinor: 12_600, overMinor: 0 },
        { expectedMinor: 1000, countedMinor: 1500, overMinor: 500 },
        { expectedMinor: 0, countedMinor: 0, overMinor: 0 },
      ],
    ],
  ] as const) {
    t.strictSame(
      dayReport(dayFacts({ floatMinor: 10_000, moved: money, count })).drawers,
      ['Cash', 'Voucher', 'Other'].map((tender, index) => ({ tender, ...expected[index] })),
      name,
    )
  }
})

t.test('takings prove sales', async (t) => {
  const sales = noSales()
  addBooked(sales, { now: booking() })
  for (const [name, takingsMinor, unsettledStartMinor, unsettledEndMinor, differenceMinor] of [
    ['what was sold was paid', 600, 0, 0, 0],
    ['more was paid, on an open order', 850, 0, 250, 0],
    ['some of it was paid the day before', 400, 200, 0, 0],
    ['both', 650, 200, 250, 0],
    ['money is missing', 500, 0, 0, -100],
    ['money is too much', 601, 0, 0, 1],
  ] as const) {
    const money = [moved('Cash', 'Recorded', [1, takingsMinor, 50])]
    const given = dayFacts({ sales, moved: money, unsettledStartMinor, unsettledEndMinor })
    t.equal(dayReport(given).differenceMinor, differenceMinor, name)
  }
})

t.test('rounded cash is shown apart, and expected in the drawer', async (t) => {
  const report = dayReport(
    dayFacts({
      floatMinor: 1000,
      count: { cashMinor: 3498 },
      moved: [
        moved('Cash', 'Recorded', [2, 2502, 0], { roundingMinor: -4 }),
        moved('Cash', 'Voided', [1, -1001, 0], { roundingMinor: 1 }),
        moved('Voucher', 'Recorded', [1, 999, 0]),
      ],
    }),
  )
  t.match(
    report.tenders.filter(({ payments }) => payments > 0),
    [
      { tender: 'Cash', takingsMinor: 1501, roundingMinor: -3 },
      { tender: 'Voucher', takingsMinor: 999, roundingMinor: 0 },
    ],
  )
  t.equal(report.takingsMinor, 2500, 'takings are what was paid off the orders')
  t.match(report.drawers[0], { tender: 'Cash', expectedMinor: 2498, overMinor: 1000 })
})

t.test('cashback is paid out once its payment is recorded, whatever becomes of that', async (t) => {
  const moved = (kind: Moved['kind'], count = 1) => ({ kind, count, amountMinor: 2_000 * count })
  for (const [name, rows, count] of [
    ['none', [], 0],
    ['recorded', [moved('Recorded', 3)], 3],
    ['recorded, and void', [moved('Recorded'), moved('Voided')], 1],
    ['refunded', [moved('Recorded'), moved('Refunded')], 1],
    ['of another day, void and restored today', [moved('Voided'), moved('Restored')], 0],
  ] as const) {
    t.strictSame(cashbackOf(rows), { count, amountMinor: 2_000 * count }, name)
  }
})
