import t from 'tap'
import { splitByItems, splitByPeople } from '../../../src/domain/orders/fair-split.ts'
import type { Payment } from '../../../src/domain/orders/order.ts'
import { priceOrder } from '../../../src/domain/orders/price.ts'
import { line, orderOfTill } from '../../support/till-orders.ts'

t.test('equal parts of the balance', async (t) => {
  const cases: { totalMinor: number; paidMinor: number; people: number; parts: number[] }[] = [
    { totalMinor: 3_000, paidMinor: 0, people: 3, parts: [1_000, 1_000, 1_000] },
    { totalMinor: 1_000, paidMinor: 0, people: 3, parts: [334, 333, 333] },
    { totalMinor: 1_000, paidMinor: 400, people: 4, parts: [150, 150, 150, 150] },
    { totalMinor: 2, paidMinor: 0, people: 3, parts: [1, 1, 0] },
    { totalMinor: 1_000, paidMinor: 1_000, people: 2, parts: [0, 0] },
    { totalMinor: 999, paidMinor: 0, people: 1, parts: [999] },
  ]
  for (const { people, parts, ...amounts } of cases) {
    const name = `${amounts.totalMinor - amounts.paidMinor} by ${people}`
    t.same(splitByPeople(orderOfTill(amounts), people), parts, name)
  }
})

// A burger of 12.00 with cheese of 1.20, a bottle of 30.00, a void pudding; 10 % service: 4.32.
const order = priceOrder(
  orderOfTill({
    lines: [
      line('l1', 1_200),
      line('l2', 120, { kind: 'Modifier', parentLineId: 'l1' }),
      line('l3', 3_000),
      line('l4', 700, { voidedAt: '2026-03-01T19:30:00.000Z', voidReason: 'dropped' }),
    ],
    serviceChargeHundredths: 1_000,
  }),
)

t.test('each their own items', async (t) => {
  t.equal(order.totalMinor, 4_752)
  const burger = {
    itemsMinor: 1_320,
    discountsMinor: 0,
    serviceMinor: 132,
    taxesMinor: 220,
    totalMinor: 1_452,
    paidMinor: 0,
  }
  const bottle = {
    itemsMinor: 3_000,
    discountsMinor: 0,
    serviceMinor: 300,
    taxesMinor: 500,
    totalMinor: 3_300,
    paidMinor: 0,
  }
  t.same(
    splitByItems(order, [['l1'], ['l3']]),
    [
      { items: [{ lineId: 'l1', sharedBy: 1 }], ...burger, toPayMinor: 1_452 },
      { items: [{ lineId: 'l3', sharedBy: 1 }], ...bottle, toPayMinor: 3_300 },
    ],
    'one each',
  )
  t.same(
    splitByItems(order, [['l1']]),
    [
      { items: [{ lineId: 'l1', sharedBy: 1 }], ...burger, toPayMinor: 1_452 },
      { items: [{ lineId: 'l3', sharedBy: 1 }], ...bottle, toPayMinor: 3_300 },
    ],
    'items that no part names are in a last part',
  )
  const half = {
    itemsMinor: 1_500,
    discountsMinor: 0,
    serviceMinor: 150,
    taxesMinor: 250,
    totalMinor: 1_650,
    paidMinor: 0,
  }
  t.match(
    splitByItems(order, [['l1', 'l3'], ['l3']]),
    [
      {
        items: [
          { lineId: 'l1', sharedBy: 1 },
          { lineId: 'l3', sharedBy: 2 },
        ],
        totalMinor: 3_102,
        toPayMinor: 3_102,
      },
      { items: [{ lineId: 'l3', sharedBy: 2 }], ...half, toPayMinor: 1_650 },
    ],
    'an item in two parts is shared',
  )
  t.same(splitByItems(orderOfTill(), []), [], 'nothing ordered')
})

t.test('what was paid comes off what no part names, and then off the named parts', async (t) => {
  // Soup 10.00, steak 20.00, wine 30.00.
  const meal = priceOrder(
    orderOfTill({ lines: [line('l1', 1_000), line('l2', 2_000), line('l3', 3_000)] }),
  )
  const cases: { name: string; paidMinor: number; parts: string[][]; toPay: number[] }[] = [
    { name: 'nothing paid', paidMinor: 0, parts: [['l2']], toPay: [2_000, 4_000] },
    { name: 'the soup is paid', paidMinor: 1_000, parts: [['l2']], toPay: [2_000, 3_000] },
    { name: 'two named', paidMinor: 1_000, parts: [['l2'], ['l3']], toPay: [2_000, 3_000, 0] },
    { name: 'nobody named', paidMinor: 1_000, parts: [], toPay: [5_000] },
    { name: 'all that is left', paidMinor: 4_000, parts: [['l2']], toPay: [2_000, 0] },
    { name: 'less is left than named', paidMinor: 4_500, parts: [['l2']], toPay: [1_500, 0] },
    {
      name: 'less is left than two named, in proportion',
      paidMinor: 3_500,
      parts: [['l2'], ['l3']],
      toPay: [1_000, 1_500, 0],
    },
    {
      name: 'all are named, in proportion',
      paidMinor: 3_000,
      parts: [['l1'], ['l2'], ['l3']],
      toPay: [500, 1_000, 1_500],
    },
    {
      name: 'a shared one',
      paidMinor: 1_000,
      parts: [['l2', 'l3'], ['l3']],
      toPay: [3_500, 1_500, 0],
    },
    { name: 'all is paid', paidMinor: 6_000, parts: [['l2']], toPay: [0, 0] },
  ]
  for (const { name, paidMinor, parts, toPay } of cases) {
    const split = splitByItems({ ...meal, paidMinor }, parts)
    t.strictSame(
      split.map(({ toPayMinor }) => toPayMinor),
      toPay,
      name,
    )
  }
})

t.test('the difference of a total that Dojo gave goes to the items in proportion', async (t) => {
  const given = orderOfTill({
    dojoOrderId: 'dojo_1',
    lines: [
      line('l1', 1_000, { taxRateHundredths: undefined }),
      line('l2', 3_000, { taxRateHundredths: undefined }),
    ],
    totalMinor: 3_600,
  })
  t.match(splitByItems(given, [['l1'], ['l2']]), [
    { itemsMinor: 1_000, totalMinor: 900, toPayMinor: 900 },
    { itemsMinor: 3_000, totalMinor: 2_700, toPayMinor: 2_700 },
  ])
})

t.test('what cannot be named', async (t) => {
  const cases = [
    { name: 'no such line', parts: [['l9']], type: 'NotFound', message: /no line with the id l9/ },
    {
      name: 'a part of an item',
      parts: [['l2']],
      type: 'InvalidRequest',
      message: 'The line l2 is a part of another; name that one.',
    },
    { name: 'a void line', parts: [['l4']], type: 'Conflict', message: 'The line l4 is void.' },
    {
      name: 'twice in one part',
      parts: [['l1', 'l1']],
      type: 'InvalidRequest',
      message: 'The item l1 is named twice in one part; name it once.',
    },
  ]
  for (const { name, parts, type, message } of cases) {
    t.throws(() => splitByItems(order, parts), { type, message }, name)
  }
})

t.test('a payment that names its items comes off those', async (t) => {
  // Soup 10.00, steak 20.00, wine 30.00.
  const lines = [line('l1', 1_000), line('l2', 2_000), line('l3', 3_000)]
  const paid = (amountMinor: number, lineIds?: string[], more: Partial<Payment> = {}): Payment => ({
    paymentId: `pay_${amountMinor}`,
    tender: 'Cash',
    amountMinor,
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: '2026-03-01T19:30:00.000Z',
    lineIds,
    ...more,
  })
  const gone = { voidedAt: '2026-03-01T19:40:00.000Z', voidReason: 'wrong card' }
  const all = [['l1'], ['l2'], ['l3']]
  const cases: { name: string; payments: Payment[]; parts?: string[][]; toPay: number[] }[] = [
    { name: 'the soup', payments: [paid(1_000, ['l1'])], toPay: [0, 2_000, 3_000] },
    { name: 'a part of it', payments: [paid(400, ['l1'])], toPay: [600, 2_000, 3_000] },
    { name: 'two at once', payments: [paid(2_000, ['l1', 'l3'])], toPay: [500, 2_000, 1_500] },
    {
      name: 'one after the other',
      payments: [paid(1_000, ['l3']), paid(3_000, ['l2', 'l3'])],
      toPay: [1_000, 500, 500],
    },
    {
      name: 'more than they come to: the rest is for all',
      payments: [paid(3_500, ['l1'])],
      toPay: [0, 1_000, 1_500],
    },
    { name: 'void', payments: [paid(1_000, ['l1'], gone)], toPay: [1_000, 2_000, 3_000] },
    {
      name: 'of which a part went back',
      payments: [paid(1_000, ['l1'], { refundedMinor: 300 })],
      toPay: [300, 2_000, 3_000],
    },
    {
      name: 'of an item that is gone: for all',
      payments: [paid(3_000, ['l9'])],
      toPay: [500, 1_000, 1_500],
    },
    {
      name: 'beside one that names nothing, which comes off what no part names',
      payments: [paid(2_000, ['l2']), paid(1_000)],
      parts: [['l2'], ['l3']],
      toPay: [0, 3_000, 0],
    },
    {
      name: 'of an item that is shared',
      payments: [paid(2_000, ['l3'])],
      parts: [['l1', 'l3'], ['l3']],
      toPay: [1_500, 500, 2_000],
    },
  ]
  for (const { name, payments, parts = all, toPay } of cases) {
    const counted = payments.filter(({ voidedAt }) => voidedAt === undefined)
    const paidMinor = counted.reduce((sum, each) => sum + each.amountMinor - each.refundedMinor, 0)
    const split = splitByItems(priceOrder(orderOfTill({ lines, payments, paidMinor })), parts)
    t.strictSame(
      split.map(({ toPayMinor }) => toPayMinor),
      toPay,
      name,
    )
  }
})
