// Random evenings of an order that a till keeps itself: puts of any age, Dojo's locks, payments and
// reversals. Whatever the sequence, the bill is never below what is paid, the newest version that
// was taken is what the order is, and under a lock nothing that is owed changes.
import fc from 'fast-check'
import t from 'tap'
import { Refusal } from '../../src/domain/errors.ts'
import {
  changedAtTill,
  goneAtTill,
  isHere,
  movedAtTill,
  openedAtTill,
  paidAtTill,
  type MirroredOrder,
} from '../../src/domain/orders/mirror.ts'
import { releaseLock, takeLock } from '../../src/domain/orders/order-lock.ts'
import {
  balanceMinor,
  isOpen,
  type Order,
  type OrderChange,
} from '../../src/domain/orders/order.ts'
import { withPrices } from '../../src/domain/orders/price.ts'
import { isVoid, recordPayment, voidPayment } from '../../src/domain/payments/payment.ts'
import { assertRuns } from '../support/random-runs.ts'

const CALLER = {
  locationId: 'loc',
  currency: 'GBP',
  verifyPayments: 'off',
  kind: 'mirrored',
} as const
const LOCK_MS = 10_000

type Step =
  | { do: 'put'; version: number; amounts: number[]; status: MirroredOrder['status']; cash: number }
  | { do: 'snapshot' }
  | { do: 'pay'; intent: number; amount: number }
  | { do: 'void'; payment: number }
  | { do: 'lock' | 'unlock' | 'wait' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      version: fc.integer({ min: 1, max: 12 }),
      amounts: fc.array(fc.nat({ max: 300 }), { maxLength: 3 }),
      status: fc.constantFrom(undefined, undefined, 'Accepted', 'Ready', 'Finalized', 'Canceled'),
      cash: fc.constantFrom(0, 0, 50, 100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      intent: fc.nat({ max: 6 }),
      amount: fc.integer({ min: 1, max: 300 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('void' as const), payment: fc.nat({ max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('lock' as const, 'unlock' as const, 'wait' as const),
    }),
  },
)

const contentOf = ({ version, amounts, status }: Extract<Step, { do: 'put' }>): MirroredOrder => ({
  id: 'tab',
  version,
  status,
  hash: JSON.stringify([amounts, status]),
  orderType: 'DineIn',
  taxesOnTop: false,
  lines: amounts.map((amountMinor, index) => ({ id: `${index}`, name: 'Dish', amountMinor })),
  discounts: [],
  taxLines: [],
  totalMinor: amounts.reduce((sum, amount) => sum + amount, 0),
})

/** As an action applies it: priced, or refused without a trace. */
function applied(order: Order, ...steps: ((order: Order) => OrderChange | undefined)[]): Order {
  try {
    return steps.reduce((before, decide) => {
      const change = decide(before)
      return change === undefined ? before : withPrices(before, change, 'GBP').order
    }, order)
  } catch (error) {
    if (error instanceof Refusal) return order
    throw error
  }
}

function after(order: Order, each: Step, nowMs: number): Order {
  const at = { nowMs, currency: 'GBP' }
  switch (each.do) {
    case 'put': {
      const content = contentOf(each)
      const cash = { id: `cash-${each.cash}`, tender: 'Cash', amountMinor: each.cash } as const
      const taking = { nowMs, holder: 'Till', caller: CALLER }
      return applied(
        order,
        (now) => (isHere(content, now) ? undefined : changedAtTill(now, content, at)),
        (now) => (each.cash === 0 ? undefined : paidAtTill(now, cash, taking)),
        (now) => movedAtTill(now, content, at),
      )
    }
    case 'snapshot':
      return applied(order, (now) => goneAtTill(now, at))
    case 'pay': {
      const request = {
        paymentIntentId: `pi-${each.intent}`,
        amountMinor: each.amount,
        lockId: 'l',
      }
      const recording = { paymentId: `p${each.intent}`, nowMs, caller: CALLER, intent: {} }
      return applied(order, (now) => recordPayment(now, request, recording))
    }
    case 'void': {
      const payment = order.payments[each.payment]
      if (payment === undefined || isVoid(payment)) return order
      return applied(order, (now) => voidPayment(now, payment, { nowMs, reason: 'Reversed' }))
    }
    case 'lock':
      return applied(order, (now) =>
        takeLock(now, nowMs, { lockId: 'l', expiresAtMs: nowMs + LOCK_MS }, {}),
      )
    case 'unlock':
      return applied(order, (now) => releaseLock(now, nowMs, 'l', true))
    case 'wait':
      return order
  }
}

const reached = new Set<string>()

function mustHold(before: Order, order: Order, each: Step, nowMs: number): void {
  const paid = order.payments
    .filter((payment) => !isVoid(payment))
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  if (paid !== order.paidMinor) throw new Error('the paid amount is the sum of the payments')
  if (order.paidMinor > order.totalMinor) throw new Error('more is paid than the bill comes to')
  if (isOpen(order) && order.paidMinor > 0 && balanceMinor(order) === 0) {
    throw new Error('paid in full and still open')
  }
  if (order.status === 'Finalized' && balanceMinor(order) > 0) throw new Error('closed and owing')
  if (order.mirrorVersion! < before.mirrorVersion!) throw new Error('an older version was taken')
  const isLocked = before.lock !== undefined && before.lock.expiresAtMs > nowMs
  if (isLocked && order.totalMinor !== before.totalMinor) throw new Error('changed under the lock')
  if (each.do === 'put' && order !== before) {
    if (order.totalMinor !== contentOf(each).totalMinor) {
      throw new Error('not the total of the till')
    }
    reached.add(`put, then ${order.status}`)
  } else if (order !== before) reached.add(each.do)
}

t.test('the rules hold in every history', async (t) => {
  await assertRuns(
    t,
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      let nowMs = Date.parse('2026-03-01T19:00:00Z')
      const first = contentOf({ do: 'put', version: 1, amounts: [200], status: undefined, cash: 0 })
      let { order } = openedAtTill(first, { nowMs, caller: CALLER })
      for (const each of steps) {
        nowMs += each.do === 'wait' ? LOCK_MS : 1_000
        const next = after(order, each, nowMs)
        mustHold(order, next, each, nowMs)
        order = next
      }
    }),
    {
      runs: Number(process.env['MIRROR_HISTORIES'] ?? 3_000),
      missing: () =>
        [
          'put, then Accepted',
          'put, then Finalized',
          'put, then Canceled',
          'snapshot',
          'pay',
          'void',
          'lock',
          'unlock',
        ].filter((name) => !reached.has(name)),
    },
  )
})
