// The arithmetic of orders: whatever is ordered, discounted, charged, taxed, split and merged, no
// penny is lost or made.
import fc from 'fast-check'
import t from 'tap'
import { same } from '../../src/lib/same.ts'
import {
  allocate,
  includedTax,
  inProportion,
  percentOf,
} from '../../src/domain/orders/allocation.ts'
import { splitByItems, splitByPeople } from '../../src/domain/orders/fair-split.ts'
import { voidLine } from '../../src/domain/orders/change-lines.ts'
import { activeLines } from '../../src/domain/orders/lines.ts'
import { lineTotals, priceOrder, proveTotals } from '../../src/domain/orders/price.ts'
import { merge, splitOff, type NewIds } from '../../src/domain/orders/regroup.ts'
import { deltaOf, NO_ORDER, replay } from '../../src/domain/orders/order-history.ts'
import type { Discount, Order, OrderLine, Payment } from '../../src/domain/orders/order.ts'
import { changeOrderType, ratesOf } from '../../src/domain/orders/order-type.ts'
import { orderOfTill } from '../support/till-orders.ts'
import { runsOf } from '../support/random-runs.ts'

const sum = (amounts: readonly number[]): number =>
  amounts.reduce((total, amount) => total + amount, 0)

let ids = 0
const newId: NewIds = (prefix) => `${prefix}_${++ids}`

// --- arbitrary orders

const line = fc.record({
  quantity: fc.integer({ min: 1, max: 5 }),
  price: fc.oneof(fc.constantFrom(0, 1, 333, 999), fc.integer({ min: 0, max: 20_000 })),
  rate: fc.constantFrom(0, 500, 1250, 2000),
  takeaway: fc.constantFrom(undefined, 0, 500, 2000),
  below: fc.array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 3 }),
      price: fc.integer({ min: -500, max: 500 }),
    }),
    { maxLength: 2 },
  ),
  isVoid: fc.boolean(),
})

const discount = fc.record({
  onLine: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  percent: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
  amount: fc.integer({ min: 1, max: 3_000 }),
})

const service = fc.constantFrom(
  {},
  { serviceChargeHundredths: 1250 },
  { serviceChargeHundredths: 1000, serviceAdjustmentMinor: 1 },
  { serviceChargeMinor: 777 },
  { serviceChargeMinor: 777, serviceTaxRateHundredths: 2000 },
  { serviceChargeHundredths: 1250, serviceTaxRateHundredths: 2000 },
  { serviceChargeHundredths: 1250, serviceTaxRateHundredths: 900, serviceTaxAdjustmentMinor: 1 },
)

type Line = typeof line extends fc.Arbitrary<infer T> ? T : never
type GivenDiscount = typeof discount extends fc.Arbitrary<infer T> ? T : never

function linesOf(lines: readonly Line[]): OrderLine[] {
  const made: OrderLine[] = []
  const add = (plu: string, price: number, more: Partial<OrderLine>): OrderLine => {
    const added: OrderLine = {
      lineId: newId('lin'),
      kind: 'Item',
      position: made.length + 1,
      name: plu,
      plu,
      quantity: 1,
      unitAmountMinor: price,
      taxAdjustmentMinor: 0,
      orderedAt: '2026-03-01T19:00:00.000Z',
      ...more,
    }
    made.push(added)
    return added
  }
  for (const { quantity, price, rate, takeaway, below, isVoid } of lines) {
    const gone = isVoid ? { voidedAt: '2026-03-01T19:30:00.000Z', voidReason: 'dropped' } : {}
    const rates = { taxRateHundredths: rate, takeawayTaxRateHundredths: takeaway }
    const common = { ...ratesOf('DineIn', rates), ...gone }
    const { lineId: parentLineId } = add('item', price, { quantity, ...common })
    let left = price
    for (const part of below) {
      const { quantity: of } = part
      // What takes something off takes no more than there is.
      const partPrice = Math.max(part.price, 0 - Math.floor(left / of))
      left += Math.min(0, partPrice * of)
      add('part', partPrice, { kind: 'Modifier', parentLineId, quantity: of, ...common })
    }
  }
  return made
}

function discountsOf(given: readonly GivenDiscount[], lines: readonly OrderLine[]): Discount[] {
  const items = lines.filter(({ kind, voidedAt }) => kind === 'Item' && voidedAt === undefined)
  return given.flatMap(({ onLine, percent, amount }, index): Discount[] => {
    const target = onLine === undefined ? undefined : items[onLine % Math.max(1, items.length)]
    if (onLine !== undefined && target === undefined) return []
    const rule =
      percent === undefined
        ? { rule: 'Amount' as const, askedMinor: amount }
        : { rule: 'Percent' as const, percentageHundredths: percent }
    return [
      {
        discountId: newId('dsc'),
        position: index + 1,
        name: 'discount',
        amountMinor: 0,
        ...rule,
        lineId: target?.lineId,
      },
    ]
  })
}

const orders = (taxesOnTop: fc.Arbitrary<boolean> = fc.boolean()): fc.Arbitrary<Order> =>
  fc
    .record({
      lines: fc.array(line, { maxLength: 6 }),
      discounts: fc.array(discount, { maxLength: 3 }),
      service,
      taxesOnTop,
      covers: fc.integer({ min: 1, max: 7 }),
    })
    .map(({ lines: given, discounts, service, taxesOnTop, covers }) => {
      const lines = linesOf(given)
      return priceOrder(
        orderOfTill({
          orderId: `ord_${++ids}`,
          lines,
          discounts: discountsOf(discounts, lines),
          ...service,
          taxesOnTop,
          covers,
        }),
      )
    })

/** The rule of every total, worked out from what is shown and nothing else. */
function partsOf(order: Order): number {
  const quantities = new Map<string, number>()
  const items = activeLines(order).map(({ lineId, parentLineId, quantity, unitAmountMinor }) => {
    quantities.set(
      lineId,
      quantity * (parentLineId === undefined ? 1 : quantities.get(parentLineId)!),
    )
    return quantities.get(lineId)! * unitAmountMinor
  })
  return (
    sum(items) -
    sum(order.discounts.map((each) => each.amountMinor)) +
    (order.serviceChargeMinor ?? 0) +
    (order.taxesOnTop ? sum(order.taxLines.map((each) => each.amountMinor)) : 0)
  )
}

/** A payment of half of what is paid, for some of the items. */
function paymentFor(order: Order, paidMinor: number, items: readonly number[]): Payment {
  const ids = activeLines(order).flatMap(({ kind, lineId }) => (kind === 'Item' ? [lineId] : []))
  return {
    paymentId: 'pay_1',
    tender: 'Cash',
    amountMinor: Math.ceil(paidMinor / 2),
    refundedMinor: 0,
    refundedTipsMinor: 0,
    recordedAt: '2026-03-01T19:30:00.000Z',
    lineIds: [...new Set(items)].flatMap((index) => ids[index] ?? []),
  }
}

/** Service charges that are not taxed alike cannot be merged. */
function taxedAlike(a: Order, b: Order): boolean {
  const charged = [a, b].filter(({ serviceChargeMinor = 0 }) => serviceChargeMinor > 0)
  return charged.length < 2 || a.serviceTaxRateHundredths === b.serviceTaxRateHundredths
}

const NOW = Date.parse('2026-03-01T20:00:00.000Z')

// --- the properties

t.test(
  'an allocation sums to what was allocated, and no part is a penny from its share',
  async () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 40 }),
        fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 12 }),
        (total, weights) => {
          const parts = allocate(total, weights)
          const all = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
          return (
            sum(parts) === total &&
            parts.every((part, index) => {
              const [weight, of] =
                all === 0n ? [1n, BigInt(weights.length)] : [BigInt(weights[index]!), all]
              const off = BigInt(part) * of - BigInt(total) * weight
              return off > -of && off < of
            })
          )
        },
      ),
      { numRuns: runsOf(20_000) },
    )
  },
)

t.test('a total is the sum of its parts, and its lines sum to it', async () => {
  fc.assert(
    fc.property(orders(), (order) => {
      proveTotals(order, 'GBP')
      const lines = lineTotals(order)
      return (
        order.totalMinor === partsOf(order) &&
        sum(lines.map((each) => each.totalMinor)) ===
          order.totalMinor - (lines.length === 0 ? order.totalMinor : 0) &&
        (lines.length === 0 ||
          sum(lines.map((each) => each.taxMinor)) ===
            sum(order.taxLines.map((each) => each.amountMinor))) &&
        order.discounts.every((each) => each.amountMinor >= 0)
      )
    }),
    { numRuns: runsOf(20_000) },
  )
})

t.test('making up the prices again changes nothing', async (t) => {
  fc.assert(
    fc.property(orders(), (order) => {
      t.strictSame(priceOrder(order), order)
    }),
    { numRuns: 300 },
  )
})

t.test('two orders that are merged come to what they came to', async () => {
  fc.assert(
    fc.property(
      orders(fc.constant(false)),
      orders(fc.constant(false)),
      fc.boolean(),
      (a, b, onTop) => {
        const [into, from] = [
          priceOrder({ ...a, taxesOnTop: onTop }),
          priceOrder({ ...b, taxesOnTop: onTop }),
        ]
        if (!taxedAlike(into, from)) return true
        const merged = merge(into, from, NOW, newId)
        const [target, source] = [merged.target.order, merged.source.order]
        proveTotals(target, 'GBP')
        const taxes = (order: Order): number => sum(order.taxLines.map((each) => each.amountMinor))
        return (
          target.totalMinor === into.totalMinor + from.totalMinor &&
          source.totalMinor === 0 &&
          source.lines.length === 0 &&
          target.totalMinor === partsOf(target) &&
          target.lines.length === into.lines.length + from.lines.length &&
          taxes(target) === taxes(into) + taxes(from)
        )
      },
    ),
    { numRuns: runsOf(20_000) },
  )
})

t.test('an order that is split comes to what it came to, with every line', async () => {
  fc.assert(
    fc.property(
      orders(),
      fc.array(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 4 })), {
        minLength: 1,
        maxLength: 3,
      }),
      (order, wanted) => {
        const items = activeLines(order).filter(({ kind }) => kind === 'Item')
        if (items.length === 0) return true
        const portions = new Map(
          wanted.map(([index, quantity]) => {
            const item = items[index % items.length]!
            return [
              item.lineId,
              { lineId: item.lineId, quantity: Math.min(quantity, item.quantity) },
            ]
          }),
        )
        const split = splitOff(
          order,
          orderOfTill({ orderId: `ord_${++ids}` }),
          [...portions.values()],
          NOW,
          newId,
        )
        const [kept, taken] = [split.kept.order, split.taken.order]
        proveTotals(kept, 'GBP')
        proveTotals(taken, 'GBP')
        const amount = (each: Order): number =>
          sum(lineTotals(each).map(({ itemsMinor }) => itemsMinor))
        const taxes = (each: Order): number =>
          sum(each.taxLines.map(({ amountMinor }) => amountMinor))
        return (
          kept.totalMinor + taken.totalMinor === order.totalMinor &&
          amount(kept) + amount(taken) === amount(order) &&
          taxes(kept) + taxes(taken) === taxes(order) &&
          kept.totalMinor === partsOf(kept) &&
          taken.totalMinor === partsOf(taken)
        )
      },
    ),
    { numRuns: runsOf(20_000) },
  )
})

t.test(
  'an order for collection is taxed as such, and again as before once guests sit',
  async () => {
    const terms = { serviceChargeHundredths: undefined }
    const changed = (order: Order, type: Order['orderType']): Order =>
      priceOrder(changeOrderType(order, type, { nowMs: NOW, terms })!.order)
    fc.assert(
      fc.property(orders(), orders(fc.constant(false)), (order, other) => {
        const away = changed(order, 'Collection')
        proveTotals(away, 'GBP')
        const rates = away.lines.map((each) => each.taxRateHundredths)
        const expected = order.lines.map(
          (each) => each.takeawayTaxRateHundredths ?? each.taxRateHundredths,
        )
        const back = changed(away, 'DineIn')
        if (!taxedAlike(away, other)) return true
        const merged = merge(away, { ...other, taxesOnTop: away.taxesOnTop }, NOW, newId).target
          .order
        return (
          same(rates, expected) &&
          same(back.lines, order.lines) &&
          same(
            merged.lines.map((each) => each.taxRateHundredths),
            [...rates, ...other.lines.map((each) => each.taxRateHundredths)],
          ) &&
          (order.serviceChargeHundredths !== undefined || same(back, order))
        )
      }),
      { numRuns: runsOf(2_000) },
    )
  },
)

t.test('the parts of a fair split sum to the balance', async () => {
  fc.assert(
    fc.property(
      orders(),
      fc.nat({ max: 100 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 4 }), { maxLength: 4 }),
      fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
      (order, paidPercent, people, wanted, paidFor) => {
        const paidMinor = Math.floor((order.totalMinor * paidPercent) / 100)
        const paid = { ...order, paidMinor, payments: [paymentFor(order, paidMinor, paidFor)] }
        const balance = paid.totalMinor - paid.paidMinor
        const equal = splitByPeople(paid, people)
        const items = activeLines(order)
          .filter(({ kind }) => kind === 'Item')
          .map(({ lineId }) => lineId)
        const parts = splitByItems(
          paid,
          wanted.map((part) => [...new Set(part)].flatMap((index) => items[index] ?? [])),
        )
        // What no part names pays first; the named owe their own in full while it lasts.
        const named = parts.slice(0, wanted.length)
        const owed = named.map((part) => part.totalMinor - part.paidMinor)
        const namedMinor = sum(owed)
        const inFull = named.every((part, index) => part.toPayMinor === owed[index])
        return (
          sum(equal) === balance &&
          (items.length === 0 || inFull === namedMinor <= balance) &&
          named.every((part, index) => items.length === 0 || part.toPayMinor <= owed[index]!) &&
          sum(parts.map((part) => part.paidMinor)) <= paidMinor &&
          Math.max(...equal) - Math.min(...equal) <= 1 &&
          (parts.length === 0 ||
            items.length === 0 ||
            (sum(parts.map((part) => part.toPayMinor)) === balance &&
              sum(parts.map((part) => part.totalMinor)) === order.totalMinor))
        )
      },
    ),
    { numRuns: runsOf(20_000) },
  )
})

t.test('what became different, applied again, is the order', async (t) => {
  fc.assert(
    fc.property(orders(), fc.nat({ max: 5 }), (order, index) => {
      const items = activeLines(order).filter(({ kind }) => kind === 'Item')
      const item = items[index % Math.max(1, items.length)]
      const after =
        item === undefined
          ? order
          : priceOrder(
              voidLine(order, item.lineId, { reason: 'dropped' }, { nowMs: NOW, newId })!.order,
            )
      const at = '2026-03-01T20:00:00.000Z'
      const [first, second] = [deltaOf(NO_ORDER, order), deltaOf(order, after)].map((delta) => ({
        at,
        delta: JSON.parse(JSON.stringify(delta)) as typeof delta,
      })) as [
        { at: string; delta: ReturnType<typeof deltaOf> },
        { at: string; delta: ReturnType<typeof deltaOf> },
      ]
      // What counts and names itself is not in the record of changes.
      const bare = ({
        version: _,
        updatedAt: __,
        taxName: ___,
        tableName: ____,
        ...rest
      }: Order): object => rest
      t.ok(same(bare(replay([first])), bare(order)))
      t.ok(same(bare(replay([first, second])), bare(after)))
    }),
    { numRuns: 300 },
  )
})

t.test('a million splits, discounts and taxes sum exactly', async (t) => {
  // Its own generator: it is fast, and the same every time.
  let state = 0x2545f491
  const random = (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  let wrong = 0
  for (let round = 0; round < 1_000_000; round++) {
    const weights = Array.from({ length: 1 + random(6) }, () => random(100_000))
    const total = sum(weights)
    const off = percentOf(total, random(10_001))
    const shares = allocate(off, weights)
    const nets = weights.map((weight, index) => weight - shares[index]!)
    const rate = random(2_501)
    const contained = nets.map((net) => includedTax(net, rate))
    const people = allocate(
      total - off,
      Array.from({ length: 1 + random(9) }, () => 1),
    )
    const kept = inProportion(total, random(50), 50)
    const fits =
      sum(shares) === off &&
      sum(people) === total - off &&
      sum(nets) + off === total &&
      nets.every((net) => net >= 0) &&
      contained.every(
        (tax, index) => Math.abs(tax * (10_000 + rate) - nets[index]! * rate) * 2 <= 10_000 + rate,
      ) &&
      kept >= 0 &&
      kept <= total
    if (!fits) wrong++
  }
  t.equal(wrong, 0)
})
