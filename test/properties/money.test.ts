import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import { Refusal } from '../../src/domain/errors.ts'
import {
  discrepancyMinor,
  type OrderContent,
  type OrderItem,
} from '../../src/domain/orders/new-order.ts'
import { balanceMinor, type Order } from '../../src/domain/orders/order.ts'
import { isVoid, recordPayment, voidPayment } from '../../src/domain/payments/payment.ts'
import { orderOfDojo } from '../support/orders.ts'

const MOST = BigInt(Number.MAX_SAFE_INTEGER)

// --- what an order adds up to, reckoned apart from the source, in whole numbers without a limit

const sum = (values: bigint[]): bigint => values.reduce((total, value) => total + value, 0n)
const itemSum = ({ quantity, unitAmountMinor, modifiers = [], subItems = [] }: OrderItem): bigint =>
  BigInt(quantity) *
  (BigInt(unitAmountMinor) + sum(modifiers.map(itemSum)) + sum(subItems.map(itemSum)))

interface Sums {
  steps: bigint[]
  included: bigint
  onTop: bigint
}

function sumsOf({ items, discounts, taxLines, serviceChargeMinor = 0 }: OrderContent): Sums {
  const [itemsSum, discountsSum, taxes] = [
    sum(items.map(itemSum)),
    sum(discounts.map(({ amountMinor }) => BigInt(amountMinor))),
    sum(taxLines.map(({ amountMinor }) => BigInt(amountMinor))),
  ]
  const included = itemsSum - discountsSum + BigInt(serviceChargeMinor)
  return {
    steps: [itemsSum, discountsSum, taxes, included, included + taxes],
    included,
    onTop: included + taxes,
  }
}

function contentOf(
  amount: Arbitrary<number>,
  quantity: Arbitrary<number>,
): Arbitrary<OrderContent> {
  const line = fc.record({
    name: fc.constant('x'),
    plu: fc.constant('1'),
    quantity,
    unitAmountMinor: amount,
  })
  const modifiers = fc.array(line, { maxLength: 2 })
  const subItem = fc.tuple(line, modifiers).map(([line, modifiers]) => ({ ...line, modifiers }))
  const item = fc
    .tuple(
      line,
      fc.option(modifiers, { nil: undefined }),
      fc.option(fc.array(subItem, { maxLength: 2 }), { nil: undefined }),
    )
    .map(([line, modifiers, subItems]) => ({ ...line, modifiers, subItems }))
  return fc.record({
    orderType: fc.constant('DineIn' as const),
    items: fc.array(item, { maxLength: 5 }),
    discounts: fc.array(fc.record({ name: fc.constant('x'), amountMinor: amount }), {
      maxLength: 3,
    }),
    taxLines: fc.array(fc.record({ amountMinor: amount }), { maxLength: 3 }),
    serviceChargeMinor: fc.option(amount, { nil: undefined }),
    totalMinor: amount,
  })
}

t.test('the discrepancy of a total', async (t) => {
  const content = contentOf(fc.nat({ max: 5_000 }), fc.integer({ min: 1, max: 9 }))

  t.test(
    'is none exactly when the total is one of the two sums, else the distance to the nearer one',
    async () => {
      const total = fc.oneof(
        fc.constant((): bigint | undefined => undefined), // whatever was generated
        fc.integer({ min: -2, max: 2 }).map(
          (off) =>
            ({ included }: Sums) =>
              included + BigInt(off),
        ),
        fc.integer({ min: -2, max: 2 }).map(
          (off) =>
            ({ onTop }: Sums) =>
              onTop + BigInt(off),
        ),
      )
      let agreed = 0
      fc.assert(
        fc.property(content, total, (content, totalOf) => {
          const sums = sumsOf(content)
          const totalMinor = totalOf(sums) ?? BigInt(content.totalMinor)
          fc.pre(totalMinor >= 0n)
          const found = discrepancyMinor({ ...content, totalMinor: Number(totalMinor) })
          const distances = [totalMinor - sums.included, totalMinor - sums.onTop]
          if (distances.includes(0n)) {
            agreed++
            return found === undefined
          }
          const nearest = distances
            .map((distance) => (distance < 0n ? -distance : distance))
            .reduce((a, b) => (a < b ? a : b))
          return (
            found !== undefined &&
            distances.includes(BigInt(found)) &&
            BigInt(Math.abs(found)) === nearest
          )
        }),
        { numRuns: 1_500 },
      )
      t.ok(agreed > 100, 'both were met')
    },
  )

  t.test('is exact or refused, however large the amounts are', async () => {
    const huge = fc.oneof(
      fc.nat({ max: 10 }),
      fc.maxSafeNat(),
      fc.constantFrom(...[0, 1, 2, 3].map((below) => Number.MAX_SAFE_INTEGER - below)),
    )
    const quantity = fc.oneof(
      fc.constant(1),
      fc.maxSafeNat().map((value) => Math.max(1, value)),
      fc.integer({ min: 1, max: 3 }),
    )
    let refused = 0
    fc.assert(
      fc.property(
        fc.oneof(contentOf(huge, fc.constant(1)), contentOf(huge, quantity)),
        (content) => {
          const { steps, included, onTop } = sumsOf(content)
          const distances = [
            BigInt(content.totalMinor) - included,
            BigInt(content.totalMinor) - onTop,
          ]
          const isExact = [...steps, ...distances].every((value) => value <= MOST && value >= -MOST)
          let found: number | undefined
          try {
            found = discrepancyMinor(content)
          } catch (error) {
            refused++
            // Refused only where something of it is too large, and as the caller's fault.
            return error instanceof Refusal && error.type === 'InvalidRequest' && !isExact
          }
          return found === undefined ? distances.includes(0n) : distances.includes(BigInt(found))
        },
      ),
      { numRuns: 3_000 },
    )
    t.ok(refused > 100, 'some were refused')
  })
})

t.test('the balance', async (t) => {
  const payment = fc.record({
    amountMinor: fc.nat({ max: 4_000 }),
    tipsMinor: fc.option(fc.nat({ max: 4_000 }), { nil: undefined }),
    isVoidedLater: fc.boolean(),
  })
  const payments = fc.array(payment, { maxLength: 12 })

  /** Records those that the order takes, then voids some; says which were taken. */
  const play = (
    order: Order,
    requests: { amountMinor: number; tipsMinor: number | undefined; isVoidedLater: boolean }[],
  ): { order: Order; taken: boolean[] } => {
    const taken = requests.map(({ amountMinor, tipsMinor }, index) => {
      const paymentIntentId = `pi_${index}`
      try {
        const change = recordPayment(
          order,
          { paymentIntentId, amountMinor, tipsMinor },
          { paymentId: `pay_${index}`, nowMs: 0, caller: { currency: 'GBP' }, intent: {} },
        )
        if (change === undefined) throw new Error('this intent is new')
        order = change.order
        return true
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return false
      }
    })
    for (const payment of order.payments.filter((_, index) => requests[index]!.isVoidedLater)) {
      order = voidPayment(order, payment, { nowMs: 0, reason: 'x' }).order
    }
    return { order, taken }
  }

  t.test('is the total less the payments that are not void', async () => {
    fc.assert(
      fc.property(payments, fc.nat({ max: 10_000 }), (requests, totalMinor) => {
        const { order } = play(orderOfDojo({ totalMinor }), requests)
        const counted = order.payments.filter((payment) => !isVoid(payment))
        return (
          balanceMinor(order) ===
            totalMinor - counted.reduce((sum, { amountMinor }) => sum + amountMinor, 0) &&
          order.tipsMinor === counted.reduce((sum, { tipsMinor }) => sum + (tipsMinor ?? 0), 0) &&
          balanceMinor(order) >= 0
        )
      }),
      { numRuns: 500 },
    )
  })

  t.test('knows nothing of tips', async () => {
    fc.assert(
      fc.property(payments, fc.nat({ max: 10_000 }), (requests, totalMinor) => {
        const [tipped, untipped] = [
          play(orderOfDojo({ totalMinor }), requests),
          play(
            orderOfDojo({ totalMinor }),
            requests.map((request) => ({ ...request, tipsMinor: undefined })),
          ),
        ]
        return (
          fc.stringify(tipped.taken) === fc.stringify(untipped.taken) &&
          balanceMinor(tipped.order) === balanceMinor(untipped.order) &&
          tipped.order.status === untipped.order.status &&
          untipped.order.tipsMinor === 0
        )
      }),
      { numRuns: 500 },
    )
  })
})
