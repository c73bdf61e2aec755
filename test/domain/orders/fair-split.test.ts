import t from 'tap'
import { splitByItems, splitByPeople } from '../../../src/domain/orders/fair-split.ts'
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
  }
  const bottle = {
    itemsMinor: 3_000,
    discountsMinor: 0,
    serviceMinor: 300,
    taxesMinor: 500,
    totalMinor: 3_300,
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
  t.match(
    splitByItems({ ...order, paidMinor: 2_376 }, [['l1'], ['l3']]).map(
      ({ toPayMinor }) => toPayMinor,
    ),
    // Half is paid: each part owes half of its own.
    [726, 1_650],
    'what is paid is taken off all parts',
  )
  t.same(splitByItems(orderOfTill(), []), [], 'nothing ordered')
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
