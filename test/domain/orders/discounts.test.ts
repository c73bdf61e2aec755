// What comes off an order, and its service charge.
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import {
  addDiscount,
  removeDiscount,
  setServiceCharge,
  type NewDiscount,
} from '../../../src/domain/orders/discounts.ts'
import type { Discount, Order } from '../../../src/domain/orders/order.ts'
import { limits } from '../../../src/limits.ts'
import { orderOfTill, untaxedLine as line } from '../../support/till-orders.ts'

const NOW = 1_000_000_000
const given = (more: Partial<Discount> = {}): Discount => ({
  discountId: 'd1',
  name: 'Regular',
  position: 1,
  rule: 'Percent',
  percentageHundredths: 1_000,
  amountMinor: 0,
  ...more,
})
const order = (more: Partial<Order> = {}): Order =>
  orderOfTill({
    lines: [line('pie', 1_000), line('beer', 500), line('void', 100, { voidedAt: 'x' })],
    totalMinor: 1_500,
    ...more,
  })
const asked = { discountId: 'd2', name: 'Sorry', code: 'S', reason: 'late' }

function outcomeOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { reason: error.reason, message: error.message }
  }
}

t.test('a discount is given', async (t) => {
  const add = (discount: Partial<NewDiscount>, to: Partial<Order> = {}, wasGiven?: boolean) =>
    outcomeOf(() => addDiscount(order(to), { ...asked, ...discount } as NewDiscount, NOW, wasGiven))
  const locked = {
    lock: { lockId: 'l', kind: 'DojoLock', expiresAtMs: NOW + 1, origin: {} },
  } as const
  const many = (rule: Discount['rule']): Discount[] =>
    Array.from({ length: limits.maxDiscountsOfOrder }, (_, n) =>
      given({ discountId: `x${n}`, rule }),
    )
  const added = (discount: object) => ({
    action: 'DiscountAdded',
    order: { discounts: [discount] },
  })
  const cases: [name: string, got: unknown, expected: object | undefined][] = [
    [
      'a part of all',
      add({ percentageHundredths: 1_000 }),
      added({
        ...asked,
        position: 1,
        rule: 'Percent',
        percentageHundredths: 1_000,
        amountMinor: 0,
      }),
    ],
    [
      'an amount of a line',
      add({ amountMinor: 1_000, lineId: 'pie' }),
      added({ position: 1, rule: 'Amount', askedMinor: 1_000, lineId: 'pie', affectedPlu: 'PIE' }),
    ],
    ['all there is', add({ amountMinor: 1_500 }), added({ askedMinor: 1_500 })],
    [
      'more than there is',
      add({ amountMinor: 1_501 }),
      { reason: 'invalid', message: /is 1501, which is 1 more than .* send 1500 at most\.$/ },
    ],
    [
      'more than a line costs',
      add({ amountMinor: 1_002, lineId: 'pie' }),
      { message: /is 1002, which is 2 more than .* send 1000 at most\.$/ },
    ],
    [
      'after another',
      add(
        { percentageHundredths: 1 },
        { discounts: [given({ position: 4 }), given({ position: 2 })] },
      ),
      { order: { discounts: [{}, {}, { position: 5 }] } },
    ],
    ['no such line', add({ amountMinor: 1, lineId: 'x' }), { reason: 'not-found' }],
    ['a void line', add({ amountMinor: 1, lineId: 'void' }), { reason: 'void' }],
    ['locked', add({ amountMinor: 1 }, locked), { reason: 'locked' }],
    ['final', add({ amountMinor: 1 }, { status: 'Finalized' }), { reason: 'final' }],
    [
      'one too many',
      add({ amountMinor: 1 }, { discounts: many('Percent') }),
      { message: /at most/ },
    ],
    [
      'shares do not count',
      add({ amountMinor: 1 }, { discounts: many('Share') }),
      { action: 'DiscountAdded' },
    ],
    ['its parts went to lines', add({ amountMinor: 1 }, {}, true), { reason: 'content-differs' }],
  ]
  for (const [name, got, expected] of cases) t.match(got, expected, name)

  const before = [
    given({ discountId: 'd2', rule: 'Amount', askedMinor: 200, percentageHundredths: undefined }),
    given({ discountId: 'd3', lineId: 'pie' }),
  ]
  const again: [name: string, Partial<NewDiscount>, isSame: boolean][] = [
    ['the amount', { amountMinor: 200 }, true],
    ['another amount', { amountMinor: 201 }, false],
    ['of a line', { amountMinor: 200, lineId: 'pie' }, false],
    ['a part', { percentageHundredths: 200 }, false],
    ['the part', { discountId: 'd3', lineId: 'pie', percentageHundredths: 1_000 }, true],
    ['another part', { discountId: 'd3', lineId: 'pie', percentageHundredths: 1_001 }, false],
    ['of another line', { discountId: 'd3', lineId: 'beer', percentageHundredths: 1_000 }, false],
    ['an amount', { discountId: 'd3', lineId: 'pie', amountMinor: 1_000 }, false],
  ]
  for (const [name, discount, isSame] of again) {
    const got = add(discount, { discounts: before, ...locked }, true)
    if (isSame) t.equal(got, undefined, `${name} again changes nothing, whatever the order is`)
    else t.match(got, { reason: 'content-differs', message: /with other content/ }, name)
  }
})

t.test('and taken back', async (t) => {
  const discounts = [given(), given({ discountId: 'd2' })]
  t.match(removeDiscount(order({ discounts }), 'd1', NOW), {
    action: 'DiscountRemoved',
    detail: { discountId: 'd1' },
    order: { discounts: [{ discountId: 'd2' }] },
  })
  t.equal(removeDiscount(order({ discounts }), 'd1', NOW).order.discounts.length, 1)
  t.match(
    outcomeOf(() => removeDiscount(order(), 'd1', NOW)),
    { reason: 'not-found' },
  )
  t.match(
    outcomeOf(() => removeDiscount(order({ discounts, status: 'Canceled' }), 'd1', NOW)),
    { reason: 'final' },
  )
})

t.test('the service charge', async (t) => {
  const before = order({ serviceAdjustmentMinor: 3, serviceTaxAdjustmentMinor: 2 })
  const of = (charge: Parameters<typeof setServiceCharge>[1]): object => {
    const { action, detail, order: after } = setServiceCharge(before, charge, NOW)
    const { serviceChargeMinor, serviceChargeHundredths } = after
    t.equal(after.serviceAdjustmentMinor, 0)
    t.equal(after.serviceTaxAdjustmentMinor, undefined)
    return { action, detail, serviceChargeMinor, serviceChargeHundredths }
  }
  const set = {
    action: 'ServiceChargeSet',
    serviceChargeMinor: undefined,
    serviceChargeHundredths: undefined,
  }
  t.strictSame(of({ amountMinor: 200 }), {
    ...set,
    detail: { amountMinor: 200 },
    serviceChargeMinor: 200,
  })
  t.strictSame(of({ percentageHundredths: 1_250 }), {
    ...set,
    detail: { percentageHundredths: 1_250 },
    serviceChargeHundredths: 1_250,
  })
  t.strictSame(of(null), { ...set, detail: { none: true } })
  t.match(
    outcomeOf(() => setServiceCharge(order({ status: 'Failed' }), null, NOW)),
    { reason: 'final' },
  )
})
