import t from 'tap'
import { changeLine, voidLine, type LineEdit } from '../../../src/domain/orders/change-lines.ts'
import type { Order, OrderLine } from '../../../src/domain/orders/order.ts'
import { priceOrder } from '../../../src/domain/orders/price.ts'
import { splitOff } from '../../../src/domain/orders/regroup.ts'
import { bookingOf } from '../../../src/domain/venue/order-booking.ts'
import { limits } from '../../../src/limits.ts'
import { line, orderOfTill } from '../../support/till-orders.ts'

const nowMs = Date.parse('2026-03-01T20:00:00.000Z')
const EARLIER = '2026-03-01T19:30:00.000Z'

function changing() {
  let count = 0
  return { nowMs, newId: (prefix: string) => `${prefix}_${++count}` }
}

// Three pizzas of 10.00 with two olives of 0.50 each, done by the kitchen; a beer of 6.00.
const pizzas = line('l1', 1_000, { quantity: 3, readyAt: EARLIER })
const olives = line('l2', 50, { kind: 'Modifier', parentLineId: 'l1', quantity: 2 })
const order = priceOrder(orderOfTill({ lines: [pizzas, olives, line('l3', 600)] }))
const reason = 'dropped'

/** Counted by hand: what is left of the total, and what the day's report says of voids. */
function outcome({ order: after }: { order: Order }) {
  const facts = {
    area: undefined,
    waiter: undefined,
    cancelReason: undefined,
    categories: new Map(),
  }
  const { voids } = bookingOf({ ...after, status: 'Finalized' }, facts)
  return {
    totalMinor: priceOrder(after).totalMinor,
    count: voids.reduce((sum, each) => sum + each.quantity, 0),
    voidMinor: voids.reduce((sum, each) => sum + each.amountMinor, 0),
  }
}

t.test('less of a line, by either way, is void and stays on record', async (t) => {
  t.equal(order.totalMinor, 3_900)
  const cases: {
    name: string
    lineId: string
    left: number
    of: number
    totalMinor: number
    voidMinor: number
    count: number
  }[] = [
    {
      name: 'one left',
      lineId: 'l1',
      left: 1,
      of: 3,
      totalMinor: 1_700,
      voidMinor: 2_200,
      count: 2,
    },
    {
      name: 'two left',
      lineId: 'l1',
      left: 2,
      of: 3,
      totalMinor: 2_800,
      voidMinor: 1_100,
      count: 1,
    },
    // One olive of each of three pizzas.
    { name: 'a part', lineId: 'l2', left: 1, of: 2, totalMinor: 3_750, voidMinor: 150, count: 3 },
  ]
  for (const { name, lineId, left, of, ...expected } of cases) {
    const changed = changeLine(order, lineId, { quantity: left, reason }, changing())
    const voided = voidLine(order, lineId, { quantity: of - left, reason }, changing())!
    t.strictSame(outcome(changed), expected, `${name}, changed`)
    t.strictSame(outcome(voided), expected, `${name}, voided`)
    t.strictSame(changed.order, voided.order, `${name}: the same`)
    for (const { action, detail } of [changed, voided]) {
      t.equal(action, 'LineVoided')
      t.match(detail, {
        lineId,
        quantityBefore: of,
        quantityAfter: left,
        quantity: of - left,
        reason,
      })
    }
  }
})

t.test('the void part is a line of its own, with what was below it', async (t) => {
  const { order: after } = changeLine(order, 'l1', { quantity: 1, reason }, changing())
  const gone = { voidedAt: new Date(nowMs).toISOString(), voidReason: reason }
  const expected: OrderLine[] = [
    { ...pizzas, quantity: 1 },
    olives,
    order.lines[2]!,
    { ...pizzas, lineId: 'lin_1', parentLineId: undefined, position: 4, quantity: 2, ...gone },
    { ...olives, lineId: 'lin_2', parentLineId: 'lin_1', position: 5, ...gone },
  ]
  t.strictSame(after.lines, expected)
})

t.test('all of a line', async (t) => {
  const change = voidLine(order, 'l1', { reason }, changing())!
  t.strictSame(outcome(change), { totalMinor: 600, count: 3, voidMinor: 3_300 })
  t.match(change.detail, { quantity: 3, quantityBefore: 3, quantityAfter: 0, reason })
  t.strictSame(voidLine(order, 'l1', { reason, quantity: 3 }, changing()), change)
  t.equal(voidLine(change.order, 'l1', { reason }, changing()), undefined, 'again is a success')
})

t.test('voids count once, whatever becomes of the lines afterwards', async (t) => {
  // One olive of each is void, 1.50; whatever happens to the pizzas later.
  const before = voidLine(order, 'l2', { quantity: 1, reason: 'forgotten' }, changing())!.order
  t.strictSame(outcome({ order: before }), { totalMinor: 3_750, count: 3, voidMinor: 150 })
  const ids = { count: 100 }
  const newId = (prefix: string) => `${prefix}_${++ids.count}`
  const fewer = changeLine(before, 'l1', { quantity: 1, reason }, { nowMs: nowMs + 1, newId })
  t.strictSame(
    outcome(fewer),
    // Two pizzas with an olive each: 21.00.
    { totalMinor: 1_650, count: 3 + 2, voidMinor: 150 + 2_100 },
    'some of the line',
  )
  const none = voidLine(before, 'l1', { reason }, { nowMs: nowMs + 1, newId })!
  t.strictSame(
    outcome(none),
    { totalMinor: 600, count: 3 + 3, voidMinor: 150 + 3_150 },
    'all of the line',
  )
  const { kept, taken } = splitOff(
    before,
    orderOfTill({ orderId: 'ord_2' }),
    [{ lineId: 'l1', quantity: 1 }],
    nowMs,
    newId,
  )
  t.strictSame(
    [outcome(kept), outcome(taken)],
    [
      { totalMinor: 2_700, count: 2, voidMinor: 100 },
      { totalMinor: 1_050, count: 1, voidMinor: 50 },
    ],
    'some of it to another order',
  )
})

t.test('a discount of a moved line shrinks with it', async (t) => {
  const share = {
    discountId: 'd',
    position: 1,
    name: 'Regulars',
    rule: 'Share' as const,
    lineId: 'l1',
    amountMinor: 300,
    askedMinor: 300,
  }
  const { order: after } = changeLine(
    { ...order, discounts: [share] },
    'l1',
    { quantity: 1, reason },
    changing(),
  )
  t.match(after.discounts, [{ askedMinor: 100 }])
})

t.test('as many, or more, needs no reason', async (t) => {
  const edits: { edit: LineEdit; quantity: number }[] = [
    { edit: { quantity: 1 }, quantity: 1 },
    { edit: { quantity: 4 }, quantity: 4 },
    { edit: { note: 'cold' }, quantity: 1 },
  ]
  for (const { edit, quantity } of edits) {
    const { action, order: after, detail } = changeLine(order, 'l3', edit, changing())
    t.equal(action, 'LineChanged')
    t.equal(after.lines.length, 3)
    t.equal(after.lines[2]!.quantity, quantity)
    if (edit.quantity !== undefined) {
      t.match(detail, { quantityBefore: 1, quantityAfter: quantity })
    }
  }
})

t.test('refusals', async (t) => {
  const locked = {
    ...order,
    lock: { lockId: 'k', kind: 'DojoLock' as const, expiresAtMs: nowMs + 60_000, origin: {} },
  }
  const partVoid = voidLine(order, 'l2', { reason }, changing())!.order
  const cooking = {
    ...partVoid,
    lines: partVoid.lines.map((each) => ({ ...each, readyAt: undefined })),
  }
  const ofDojo = orderOfTill({ lines: [line('l1', 500, { taxRateHundredths: undefined })] })
  const full = {
    ...order,
    lines: [
      ...order.lines,
      ...Array.from({ length: limits.maxLinesOfOrder - 4 }, (_, index) =>
        line(`x${index}`, 1, { position: 4 + index }),
      ),
    ],
  }
  const change = (of: Order, edit: LineEdit) => () => changeLine(of, 'l1', edit, changing())
  const taken = (of: Order, quantity: number) => () =>
    voidLine(of, 'l1', { quantity, reason }, changing())
  const cases: { name: string; act: () => unknown; reason: string }[] = [
    { name: 'fewer, nobody says why', act: change(order, { quantity: 1 }), reason: 'invalid' },
    { name: 'more void than there is', act: taken(order, 4), reason: 'invalid' },
    { name: 'no room for the void part', act: taken(full, 1), reason: 'invalid' },
    {
      name: 'fewer while Dojo pays',
      act: change(locked, { quantity: 1, reason }),
      reason: 'locked',
    },
    { name: 'void while Dojo pays', act: taken(locked, 1), reason: 'locked' },
    {
      name: 'fewer of a final order',
      act: change({ ...order, status: 'Finalized' }, { quantity: 1, reason }),
      reason: 'final',
    },
    { name: 'more of what is done', act: change(order, { quantity: 4 }), reason: 'already-ready' },
    { name: 'more, with a void part', act: change(cooking, { quantity: 4 }), reason: 'void' },
    { name: 'more, from Dojo', act: change(ofDojo, { quantity: 2 }), reason: 'ordered-by-dojo' },
  ]
  for (const { name, act, reason } of cases) t.throws(act, { name: 'Refusal', reason }, name)
})
