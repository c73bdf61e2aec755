// What staff order, looked up on the menu.
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import type { NewId } from '../../../src/domain/ids.ts'
import type { Order, OrderLine } from '../../../src/domain/orders/order.ts'
import {
  linesOrdered,
  mustMaySetPrices,
  plusOf,
  type Offer,
  type OrderedLine,
} from '../../../src/domain/orders/ordering.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const offer = (plu: string, more: Partial<Offer> = {}): [string, Offer] => [
  plu,
  {
    plu,
    kind: 'Item',
    name: `The ${plu}`,
    priceMinor: 100,
    available: true,
    taxRateHundredths: 2_000,
    parts: new Set(),
    ...more,
  },
]
const MENU = new Map([
  offer('burger', {
    priceMinor: 1_350,
    course: 'Mains',
    parts: new Set(['cheese', 'meal', 'off']),
  }),
  offer('cheese', { kind: 'Modifier' }),
  offer('meal', { kind: 'SubItem', course: 'Sides', parts: new Set(['cheese']) }),
  offer('off', { kind: 'Modifier', available: false }),
  offer('onions', { kind: 'Modifier' }),
  offer('beer'),
])

function ordered(lines: OrderedLine[], onOrder: OrderLine[] = []): object {
  let made = 0
  const newId = ((prefix: string) => `${prefix}_${++made}`) as NewId
  const order: Order = orderOfTill({ lines: onOrder })
  try {
    return linesOrdered(order, lines, MENU, { newId, waiterId: '7' })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { reason: error.reason, message: error.message }
  }
}

t.test('as the menu has it', async (t) => {
  t.match(ordered([{ plu: 'beer' }]), [
    {
      lineId: 'lin_1',
      parentLineId: undefined,
      kind: 'Item',
      plu: 'beer',
      name: 'The beer',
      quantity: 1,
      unitAmountMinor: 100,
      taxRateHundredths: 2_000,
      course: undefined,
      note: undefined,
      waiterId: '7',
    },
  ])
  const burger = {
    id: 'b',
    plu: 'burger',
    quantity: 3,
    note: 'rare',
    unitAmountMinor: 999,
    modifiers: [{ plu: 'cheese', quantity: 2 }],
    subItems: [{ id: 'm', plu: 'meal', modifiers: [{ plu: 'cheese', course: 'Later' }] }],
  }
  t.match(ordered([burger, { plu: 'beer', course: 'Drinks' }]), [
    { lineId: 'b', quantity: 3, unitAmountMinor: 999, note: 'rare', course: 'Mains', kind: 'Item' },
    { lineId: 'lin_1', parentLineId: 'b', kind: 'Modifier', quantity: 2, course: 'Mains' },
    { lineId: 'm', parentLineId: 'b', kind: 'SubItem', course: 'Sides', unitAmountMinor: 100 },
    { lineId: 'lin_2', parentLineId: 'm', kind: 'Modifier', course: 'Later' },
    { lineId: 'lin_3', course: 'Drinks' },
  ])
  t.strictSame(plusOf([burger, { plu: 'beer' }, { plu: 'beer' }]), [
    'burger',
    'cheese',
    'meal',
    'beer',
  ])
})

t.test('what is refused names its place', async (t) => {
  const cases: [OrderedLine[], reason: string, message: RegExp][] = [
    [
      [{ plu: 'beer' }, { plu: 'x' }],
      'unknown-reference',
      /^lines\[1\]\.plu: x is not on the menu/,
    ],
    [
      [{ plu: 'cheese' }],
      'invalid',
      /^lines\[0\]\.plu: cheese is of the kind Modifier .* not Item/,
    ],
    [
      [{ plu: 'burger', modifiers: [{ plu: 'cheese' }, { plu: 'meal' }] }],
      'invalid',
      /^lines\[0\]\.modifiers\[1\]\.plu: meal is of the kind SubItem .* not Modifier/,
    ],
    [
      [{ plu: 'burger', subItems: [{ plu: 'meal', modifiers: [{ plu: 'onions' }] }] }],
      'invalid',
      /\.subItems\[0\]\.modifiers\[0\]\.plu: onions is not an option for meal \(The meal\)/,
    ],
    [
      [{ plu: 'burger', modifiers: [{ plu: 'off' }] }],
      'unavailable-item',
      /^The off \(off\) is not available\.$/,
    ],
  ]
  for (const [lines, reason, message] of cases) t.match(ordered(lines), { reason, message })
})

t.test('the same line again is not ordered again', async (t) => {
  const line = (lineId: string, plu: string, more: Partial<OrderLine> = {}): OrderLine => ({
    lineId,
    kind: 'Item',
    name: plu,
    plu,
    position: 1,
    quantity: 1,
    unitAmountMinor: 1,
    taxAdjustmentMinor: 0,
    orderedAt: '2026-11-28T19:00:00.000Z',
    ...more,
  })
  const below = { parentLineId: 'b', kind: 'Modifier' } as const
  const there = [
    line('b', 'burger', { quantity: 5 }),
    line('x', 'cheese', { ...below, quantity: 2 }),
    line('m', 'meal', { parentLineId: 'b', kind: 'SubItem' }),
  ]
  const again = { id: 'b', plu: 'burger', subItems: [{ plu: 'meal' }] }
  t.strictSame(ordered([{ ...again, modifiers: [{ plu: 'cheese', quantity: 2 }] }], there), [])
  const others: [name: string, OrderedLine][] = [
    ['a part less', again],
    ['a part more', { ...again, modifiers: [{ plu: 'cheese', quantity: 2 }, { plu: 'onions' }] }],
    ['another quantity of a part', { ...again, modifiers: [{ plu: 'cheese' }] }],
    ['another thing', { id: 'b', plu: 'beer' }],
    ['a part', { id: 'x', plu: 'cheese' }],
  ]
  for (const [name, other] of others) {
    t.match(ordered([other], there), { reason: 'content-differs' }, name)
  }
})

t.test('whose price counts', async (t) => {
  const priced = [{ plu: 'beer' }, { plu: 'burger', unitAmountMinor: 0 }]
  t.throws(() => {
    mustMaySetPrices('waiter', priced)
  }, /needs the role manager or owner/)
  for (const role of ['manager', 'owner']) {
    t.doesNotThrow(() => {
      mustMaySetPrices(role, priced)
    })
  }
  t.doesNotThrow(() => {
    mustMaySetPrices('waiter', [{ plu: 'beer' }])
  })
})
