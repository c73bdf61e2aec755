// What the report of a day counts of an order; every amount here is worked out by hand.
import t from 'tap'
import type { OrderLine, TaxLine } from '../../../src/domain/orders/order.ts'
import { bookingOf, type BookingFacts } from '../../../src/domain/venue/order-booking.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const line = (more: Partial<OrderLine> & Pick<OrderLine, 'lineId' | 'plu'>): OrderLine => ({
  kind: 'Item',
  position: 1,
  name: more.plu,
  quantity: 1,
  unitAmountMinor: 100,
  taxAdjustmentMinor: 0,
  orderedAt: '2026-03-01T19:00:00.000Z',
  ...more,
})
const facts = (more: Partial<BookingFacts> = {}): BookingFacts => ({
  area: undefined,
  waiter: undefined,
  cancelReason: undefined,
  categories: new Map(),
  ...more,
})

t.test('an order of a till: parts, discount, service charge, two rates', async (t) => {
  const order = orderOfTill({
    status: 'Finalized',
    covers: 2,
    lines: [
      line({
        lineId: '1',
        plu: 'BURGER',
        quantity: 2,
        unitAmountMinor: 1200,
        taxRateHundredths: 2000,
        course: 'Mains',
      }),
      // One for each burger, so two.
      line({
        lineId: '2',
        plu: 'CHEESE',
        parentLineId: '1',
        kind: 'Modifier',
        taxRateHundredths: 2000,
      }),
      line({ lineId: '3', plu: 'WATER', unitAmountMinor: 150, taxRateHundredths: 0 }),
    ],
    discounts: [
      {
        discountId: 'd',
        position: 1,
        name: 'Neighbours',
        rule: 'Percent',
        percentageHundredths: 1000,
        amountMinor: 275,
      },
    ],
    serviceChargeHundredths: 2000,
    // 24.00 + 2.00 + 1.50 = 27.50, less 10 % is 24.75, and 20 % service on it is 4.95.
    totalMinor: 2970,
  })
  const booking = bookingOf(
    order,
    facts({
      area: { id: 'area_1', name: 'Garden' },
      waiter: { id: 'w', name: 'Wendy' },
      categories: new Map([
        ['BURGER', 'Food'],
        ['WATER', 'Drinks'],
      ]),
    }),
  )
  t.match(booking, {
    orders: 1,
    covers: 2,
    area: { id: 'area_1', name: 'Garden' },
    waiter: { id: 'w', name: 'Wendy' },
    discounts: [{ name: 'Neighbours', amountMinor: 275 }],
    voids: [],
    cancellations: [],
    serviceChargeMinor: 495,
    taxesOnTopMinor: 0,
    adjustmentMinor: 0,
    totalMinor: 2970,
  })
  // 10 % off each line; a sixth of what is left of 20 % lines is tax.
  const line1 = { quantity: 2, itemsMinor: 2400, discountsMinor: 240, taxMinor: 360 }
  const line2 = { quantity: 2, itemsMinor: 200, discountsMinor: 20, taxMinor: 30 }
  const line3 = { quantity: 1, itemsMinor: 150, discountsMinor: 15, taxMinor: 0 }
  t.strictSame(booking.lines, [
    { plu: 'BURGER', name: 'BURGER', kind: 'Item', category: 'Food', course: 'Mains', ...line1 },
    // Without a category of its own it has that of the burger.
    { plu: 'CHEESE', name: 'CHEESE', kind: 'Modifier', category: 'Food', ...line2 },
    { plu: 'WATER', name: 'WATER', kind: 'Item', category: 'Drinks', ...line3 },
  ])
  t.strictSame(booking.taxes, [
    // 21.60 + 1.80 with 3.90 of tax in it.
    { name: 'VAT 20%', percentageHundredths: 2000, netMinor: 1950, taxMinor: 390 },
    { name: 'VAT 0%', percentageHundredths: 0, netMinor: 135, taxMinor: 0 },
  ])
})

t.test('taxes on top of the prices', async (t) => {
  const booking = bookingOf(
    orderOfTill({
      status: 'Finalized',
      taxesOnTop: true,
      taxName: 'Sales tax',
      lines: [line({ lineId: '1', plu: 'SOUP', unitAmountMinor: 500, taxRateHundredths: 500 })],
      totalMinor: 525,
    }),
    facts(),
  )
  t.match(booking, { taxesOnTopMinor: 25, adjustmentMinor: 0, totalMinor: 525 })
  t.strictSame(booking.taxes, [
    { name: 'Sales tax 5%', percentageHundredths: 500, netMinor: 500, taxMinor: 25 },
  ])
})

t.test('the taxes that Dojo gave with its order', async (t) => {
  const lines = [
    line({ lineId: '1', plu: 'PIZZA', unitAmountMinor: 1000 }),
    line({ lineId: '2', plu: 'WINE', unitAmountMinor: 600 }),
  ]
  const tax = (name: string, givenMinor: number, affectedPlu?: string): TaxLine => ({
    taxLineId: name,
    position: 1,
    taxId: name,
    name,
    amountMinor: givenMinor,
    givenMinor,
    affectedPlu,
  })
  for (const [name, taxLines, expected] of [
    [
      'each of a PLU',
      [tax('VAT', 167, 'PIZZA'), tax('Duty', 100, 'WINE')],
      [
        { name: 'VAT', netMinor: 833, taxMinor: 167 },
        { name: 'Duty', netMinor: 500, taxMinor: 100 },
      ],
    ],
    [
      'one of a PLU',
      [tax('VAT', 167, 'PIZZA')],
      [
        { name: 'VAT', netMinor: 833, taxMinor: 167 },
        { netMinor: 600, taxMinor: 0 },
      ],
    ],
    ['a single one of all', [tax('VAT', 267)], [{ name: 'VAT', netMinor: 1333, taxMinor: 267 }]],
    [
      'two of nothing in particular',
      [tax('VAT', 167), tax('Duty', 100)],
      [
        { name: 'VAT', netMinor: 0, taxMinor: 167 },
        { name: 'Duty', netMinor: 0, taxMinor: 100 },
        { netMinor: 1333, taxMinor: 0 },
      ],
    ],
    ['none', [], [{ netMinor: 1600, taxMinor: 0 }]],
  ] as const) {
    const order = orderOfTill({
      status: 'Finalized',
      dojoOrderId: 'dojo-1',
      lines,
      taxLines: [...taxLines],
      totalMinor: 1600,
    })
    t.strictSame(bookingOf(order, facts()).taxes, expected, name)
  }
})

t.test('how far the total of Dojo is from its parts', async (t) => {
  for (const [totalMinor, expected] of [
    [1000, 0],
    [1050, 50],
    [900, -100],
  ] as const) {
    const order = orderOfTill({
      status: 'Finalized',
      lines: [line({ lineId: '1', plu: 'PIZZA', unitAmountMinor: 1000 })],
      totalMinor,
    })
    t.match(bookingOf(order, facts()), { totalMinor, adjustmentMinor: expected })
  }
})

t.test('a part that was void before its item counts by itself', async (t) => {
  const order = orderOfTill({
    status: 'Finalized',
    lines: [
      line({
        lineId: '1',
        plu: 'PIZZA',
        quantity: 2,
        voidedAt: '2026-03-01T19:30:00.000Z',
        voidReason: 'Dropped',
      }),
      line({
        lineId: '2',
        plu: 'CHEESE',
        parentLineId: '1',
        kind: 'Modifier',
        voidedAt: '2026-03-01T19:10:00.000Z',
        voidReason: 'Wrong',
      }),
    ],
  })
  t.strictSame(bookingOf(order, facts()).voids, [
    { reason: 'Dropped', quantity: 2, amountMinor: 200 },
    { reason: 'Wrong', quantity: 2, amountMinor: 200 },
  ])
})

t.test('lines that were taken off the bill', async (t) => {
  const gone = { voidedAt: '2026-03-01T19:30:00.000Z', voidReason: 'Dropped' }
  const order = orderOfTill({
    status: 'Finalized',
    lines: [
      line({ lineId: '1', plu: 'CHIPS', quantity: 3, unitAmountMinor: 350, ...gone }),
      // Two for each: six at 0.10, which went with the chips.
      line({
        lineId: '2',
        plu: 'DIP',
        parentLineId: '1',
        quantity: 2,
        unitAmountMinor: 10,
        ...gone,
      }),
      line({
        lineId: '3',
        plu: 'BURGER',
        quantity: 2,
        unitAmountMinor: 1000,
        taxRateHundredths: 0,
      }),
      // By itself, off both burgers.
      line({
        lineId: '4',
        plu: 'BACON',
        parentLineId: '3',
        unitAmountMinor: 150,
        ...gone,
        voidReason: 'Out',
      }),
    ],
    totalMinor: 2000,
  })
  const booking = bookingOf(order, facts())
  t.strictSame(booking.voids, [
    { reason: 'Dropped', quantity: 3, amountMinor: 1050 },
    { reason: 'Dropped', quantity: 0, amountMinor: 60 },
    { reason: 'Out', quantity: 2, amountMinor: 300 },
  ])
  t.strictSame(
    booking.lines.map(({ plu }) => plu),
    ['BURGER'],
  )
})

t.test('an order that was not sold', async (t) => {
  const lines = [line({ lineId: '1', plu: 'SOUP', unitAmountMinor: 800, taxRateHundredths: 0 })]
  for (const [name, more, cancelReason, cancellations] of [
    [
      'canceled for a reason',
      { status: 'Canceled' },
      'Walked out',
      [{ reason: 'Walked out', amountMinor: 800 }],
    ],
    ['canceled', { status: 'Canceled' }, undefined, [{ reason: 'Canceled', amountMinor: 800 }]],
    ['failed', { status: 'Failed' }, undefined, [{ reason: 'Failed', amountMinor: 800 }]],
    ['merged into another', { status: 'Canceled', mergedInto: 'ord_2' }, 'Merged', []],
  ] as const) {
    const order = orderOfTill({ ...more, covers: 4, lines, totalMinor: 800 })
    t.strictSame(
      bookingOf(order, facts({ cancelReason })),
      {
        voids: [],
        orders: 0,
        covers: 0,
        lines: [],
        taxes: [],
        discounts: [],
        cancellations,
        serviceChargeMinor: 0,
        taxesOnTopMinor: 0,
        adjustmentMinor: 0,
        totalMinor: 0,
      },
      name,
    )
  }
})

t.test('a service charge that is taxed is among the taxes, and not among the items', async (t) => {
  const order = orderOfTill({
    status: 'Finalized',
    lines: [line({ lineId: '1', plu: 'CAKE', unitAmountMinor: 1000, taxRateHundredths: 500 })],
    serviceChargeHundredths: 1000,
    serviceTaxRateHundredths: 2000,
    // 10.00 with 5 % in it, and a service charge of 1.00 with 20 % in it.
    totalMinor: 1100,
  })
  t.match(bookingOf(order, facts()), {
    lines: [{ plu: 'CAKE', itemsMinor: 1000, taxMinor: 48 }],
    taxes: [
      { percentageHundredths: 500, netMinor: 952, taxMinor: 48 },
      { percentageHundredths: 2000, netMinor: 83, taxMinor: 17 },
    ],
    serviceChargeMinor: 100,
    taxesOnTopMinor: 0,
    adjustmentMinor: 0,
  })
  const onTop = { ...order, taxesOnTop: true, totalMinor: 1000 + 100 + 50 + 20 }
  t.match(bookingOf(onTop, facts()), {
    taxes: [
      { percentageHundredths: 500, netMinor: 1000, taxMinor: 50 },
      { percentageHundredths: 2000, netMinor: 100, taxMinor: 20 },
    ],
    taxesOnTopMinor: 70,
    adjustmentMinor: 0,
  })
})
