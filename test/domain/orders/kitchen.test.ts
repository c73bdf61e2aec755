// What the kitchen has done of an order, and the status that follows from it.
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import { bump, followKitchen, itemsToCook, recall } from '../../../src/domain/orders/kitchen.ts'
import type { Order, OrderLine, OrderStatus } from '../../../src/domain/orders/order.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const NOW = Date.parse('2026-11-28T19:00:00.000Z')
const BEFORE = '2026-11-28T18:50:00.000Z'

const line = (lineId: string, more: Partial<OrderLine> = {}): OrderLine => ({
  lineId,
  kind: 'Item',
  name: lineId,
  plu: lineId,
  position: 1,
  quantity: 2,
  unitAmountMinor: 100,
  taxAdjustmentMinor: 0,
  orderedAt: BEFORE,
  ...more,
})
const order = (lines: OrderLine[], more: Partial<Order> = {}): Order =>
  orderOfTill({ lines, ...more })
const readyOf = ({ lines }: Order): (string | undefined)[] => lines.map(({ readyAt }) => readyAt)
const reasonOf = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as Refusal).reason
  }
}

t.test('what is still to be cooked', async (t) => {
  const lines = [
    line('soup', { course: 'Starters' }),
    line('pie', { course: 'Mains' }),
    line('peas', { kind: 'Modifier', parentLineId: 'pie', course: 'Mains' }),
    line('done', { course: 'Mains', readyAt: BEFORE }),
    line('void', { course: 'Mains', voidedAt: BEFORE }),
    line('beer'),
  ]
  const toCook = (course?: string) => itemsToCook(order(lines), course).map(({ lineId }) => lineId)
  t.strictSame(toCook(), ['soup', 'pie', 'beer'])
  t.strictSame(toCook('Mains'), ['pie'])
  t.strictSame(toCook('Mai\u200bns'), ['pie'], 'however it is written')
  t.strictSame(toCook('Puddings'), [])
})

t.test('done, and taken back', async (t) => {
  const before = order([
    line('pie'),
    line('peas', { kind: 'Modifier', parentLineId: 'pie' }),
    line('soup', { readyAt: BEFORE }),
    line('void', { voidedAt: BEFORE }),
  ])
  const at = new Date(NOW).toISOString()
  const bumped = bump(before, ['pie'], NOW)!
  t.strictSame(readyOf(bumped.order), [at, at, BEFORE, undefined], 'with all below it')
  t.match(bumped, {
    action: 'Bumped',
    detail: { lines: [{ lineId: 'pie', name: 'pie', quantity: 2 }] },
    order: { status: 'Ready' },
  })
  t.equal(bump(bumped.order, ['pie', 'soup'], NOW + 1), undefined, 'again changes nothing')
  const recalled = recall(bumped.order, ['pie'])!
  t.strictSame(readyOf(recalled.order), [undefined, undefined, BEFORE, undefined])
  t.match(recalled, { action: 'Recalled', order: { status: 'Preparing' } })
  t.equal(recall(recalled.order, ['pie']), undefined)

  t.equal(
    reasonOf(() => bump(before, ['nothing'], NOW)),
    'not-found',
  )
  t.equal(
    reasonOf(() => bump(before, ['void'], NOW)),
    'void',
  )
  for (const status of ['Canceled', 'Failed'] as const) {
    t.equal(
      reasonOf(() => bump({ ...before, status }, ['pie'], NOW)),
      'final',
      status,
    )
  }
  const paid: Order = { ...before, status: 'Finalized', statusBeforeFinal: 'Accepted' }
  t.match(bump(paid, ['pie'], NOW), { order: { status: 'Finalized', statusBeforeFinal: 'Ready' } })
})

t.test('the status follows', async (t) => {
  const [done, open] = [line('done', { readyAt: BEFORE }), line('open')]
  const voided = line('void', { voidedAt: BEFORE })
  const modifier = line('peas', { kind: 'Modifier', parentLineId: 'done' })
  const [none, some, all] = [
    [open, voided],
    [done, open],
    [done, voided, modifier],
  ]
  const cases: [OrderStatus, none: OrderStatus, some: OrderStatus, all: OrderStatus][] = [
    ['New', 'New', 'Preparing', 'Ready'],
    ['Submitted', 'Submitted', 'Preparing', 'Ready'],
    ['Confirmed', 'Confirmed', 'Preparing', 'Ready'],
    ['Accepted', 'Accepted', 'Preparing', 'Ready'],
    ['Preparing', 'Preparing', 'Preparing', 'Ready'],
    ['Prepared', 'Preparing', 'Preparing', 'Ready'],
    ['Ready', 'Preparing', 'Preparing', 'Ready'],
    ['Canceled', 'Canceled', 'Canceled', 'Canceled'],
  ]
  for (const [status, ...expected] of cases) {
    for (const [n, lines] of [none, some, all].entries()) {
      const name = `${status} with ${['none', 'some', 'all'][n]}`
      t.equal(followKitchen(order(lines, { status })).status, expected[n], name)
      t.match(
        followKitchen(order(lines, { status: 'Finalized', statusBeforeFinal: status })),
        { status: 'Finalized', statusBeforeFinal: expected[n] },
        `${name}, when it opens again`,
      )
    }
  }
  const finalized = order(none, { status: 'Finalized' })
  t.equal(followKitchen(finalized), finalized)
})
