// Random walks of an order through the rules of the domain, held against what must be true of every
// step.
import fc from 'fast-check'
import t from 'tap'
import { Refusal } from '../../src/domain/errors.ts'
import { takeLock } from '../../src/domain/orders/order-lock.ts'
import {
  balanceMinor,
  canBecome,
  isFinal,
  isOpen,
  isPayable,
  orderStatuses,
  type Order,
  type OrderStatus,
} from '../../src/domain/orders/order.ts'
import { withStatus } from '../../src/domain/orders/status.ts'
import { isVoid, recordPayment, voidPayment } from '../../src/domain/payments/payment.ts'
import { orderOfDojo } from '../support/orders.ts'

type Step =
  | { do: 'pay'; intent: number; amount: number; tipsMinor: number | undefined }
  | { do: 'void'; payment: number }
  | { do: 'move'; to: OrderStatus }
  | { do: 'lock'; lockId: string; seconds: number }
  | { do: 'wait'; seconds: number }

/** Whatever is left to pay. */
const REST = -1
const amountOf = (order: Order, { amount }: { amount: number }): number =>
  amount === REST ? balanceMinor(order) : amount

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      intent: fc.nat({ max: 8 }),
      amount: fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(50, 100, 200, REST, REST)),
      tipsMinor: fc.option(fc.nat({ max: 50 }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('void' as const), payment: fc.nat({ max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      to: fc.constantFrom(...orderStatuses.filter((status) => status !== 'Finalized')),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lock' as const),
      lockId: fc.constantFrom('a', 'b'),
      seconds: fc.integer({ min: -1, max: 20 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 15 }) }),
  },
)

const walk = fc.record({
  orderType: fc.constantFrom('DineIn' as const, 'Collection' as const),
  status: fc.constantFrom<OrderStatus>('New', 'Accepted', 'Ready'),
  totalMinor: fc.integer({ min: 0, max: 400 }),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
})

/** One step by the domain's own functions; a refusal leaves the order as it was. */
function taken(order: Order, nowMs: number, step: Step): { order: Order; refused: boolean } {
  try {
    switch (step.do) {
      case 'pay': {
        const { intent, tipsMinor } = step
        const amountMinor = amountOf(order, step)
        const change = recordPayment(
          order,
          { paymentIntentId: `pi_${intent}`, amountMinor, tipsMinor, lockId: 'a' },
          { paymentId: `pay_${intent}`, nowMs, caller: { currency: 'GBP' }, intent: {} },
        )
        return { order: change?.order ?? order, refused: false }
      }
      case 'void': {
        const payment = order.payments[step.payment]
        if (payment === undefined || isVoid(payment)) return { order, refused: false }
        const { order: after } = voidPayment(order, payment, { nowMs, reason: 'x' })
        return { order: after, refused: false }
      }
      case 'move': {
        if (!canBecome(order.status, step.to)) return { order, refused: true }
        return { order: withStatus(order, step.to), refused: false }
      }
      case 'lock': {
        const { order: after } = takeLock(
          order,
          nowMs,
          { lockId: step.lockId, expiresAtMs: nowMs + step.seconds * 1000 },
          {},
        )
        return { order: after, refused: false }
      }
      case 'wait':
        return { order, refused: false }
    }
  } catch (error) {
    if (error instanceof Refusal) return { order, refused: true }
    throw error
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** What is true of every order, whatever has happened to it. */
function checkOrder(order: Order, nowMs: number): void {
  const counted = order.payments.filter((payment) => !isVoid(payment))
  must(
    order.paidMinor === counted.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    'paid is the sum of the payments that are not void',
  )
  must(
    order.tipsMinor === counted.reduce((sum, { tipsMinor }) => sum + (tipsMinor ?? 0), 0),
    'so are the tips',
  )
  must(
    order.paidMinor >= 0 && order.paidMinor <= order.totalMinor,
    'paid is between nothing and the total',
  )
  must(
    isPayable(order, nowMs) === (isOpen(order) && balanceMinor(order) > 0),
    'payable is open with a balance; a lock of Dojo does not count',
  )
  must(isOpen(order) !== isFinal(order.status), 'open or final')
}

/** @param openStatus the last one in which the order was open */
function checkStatus(before: Order, order: Order, step: Step, openStatus: OrderStatus): void {
  if (isFinal(before.status)) {
    must(
      step.do === 'void' && before.status === 'Finalized',
      'a final order stays final, unless a payment is voided that settled it',
    )
    must(
      order.status === openStatus && balanceMinor(order) > 0,
      'and then it is where it was before, with something to pay',
    )
    return
  }
  must(canBecome(before.status, order.status), 'a status moves along the table')
  if (order.status !== 'Finalized') return
  must(
    step.do === 'pay' &&
      balanceMinor(order) === 0 &&
      (order.orderType === 'DineIn' || before.status === 'Ready'),
    'it is settled by paying all of it, once it is served',
  )
}

/** What was true before a step that was not refused. */
function checkStep(before: Order, step: Step, nowMs: number): void {
  const { lock } = before
  if (step.do === 'pay') {
    must(isOpen(before), 'nothing is paid on a final order')
    must(amountOf(before, step) <= balanceMinor(before), 'nothing above the balance')
    must(
      lock === undefined || lock.lockId === 'a' || lock.expiresAtMs <= nowMs,
      'nothing past the live lock of another',
    )
  }
  if (step.do === 'lock') {
    must(
      isOpen(before) &&
        (lock === undefined || lock.lockId === step.lockId || lock.expiresAtMs <= nowMs),
      'a lock takes no live one away',
    )
  }
}

t.test('whatever happens to an order, one after the other', async (t) => {
  const met = new Set<string>()

  fc.assert(
    fc.property(walk, ({ orderType, status, totalMinor, steps }) => {
      let order = orderOfDojo({ orderType, status, totalMinor })
      let openStatus = status
      let nowMs = 1_000_000
      for (const step of steps) {
        const before = order
        const { order: after, refused } = taken(before, nowMs, step)
        order = after
        if (step.do === 'wait') nowMs += step.seconds * 1000
        checkOrder(order, nowMs)
        if (refused) must(order === before, 'a refusal changes nothing')
        if (order.status !== before.status) {
          met.add(`${before.status} to ${order.status} by ${step.do}`)
          checkStatus(before, order, step, openStatus)
        }
        if (!refused && order !== before) checkStep(before, step, nowMs)
        if (isOpen(order)) openStatus = order.status
      }
    }),
    { numRuns: 1_500 },
  )

  for (const seen of [
    /^(?!Ready)\w+ to Finalized by pay/,
    /^Ready to Finalized by pay/,
    /^Finalized to (?!Ready)\w+ by void/,
    /^\w+ to Canceled by move/,
    /^\w+ to Failed by move/,
  ]) {
    t.ok(
      [...met].some((each) => seen.test(each)),
      `the walks met ${seen.source}`,
    )
  }
})
