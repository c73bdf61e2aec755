// Random evenings of an order that a till keeps itself: puts of any age, Dojo's locks, payments and
// reversals. Whatever the sequence, the bill is never below what is paid, the newest version that
// was taken is what the order is, and under a lock nothing that is owed changes. Where the venue
// has such changes wait, the newest one that was taken takes effect when the lock has ended, or
// says why it cannot.
import fc from 'fast-check'
import t from 'tap'
import { Refusal } from '../../src/domain/errors.ts'
import {
  goneAtTill,
  openedAtTill,
  whereIs,
  type MirroredOrder,
} from '../../src/domain/orders/mirror.ts'
import { changeSteps, type OrderStep } from '../../src/domain/orders/mirror-steps.ts'
import {
  isDue,
  notApplied,
  orWaits,
  waitingEnd,
  waitingPut,
} from '../../src/domain/orders/mirror-waiting.ts'
import { deltaOf, keepsVersion } from '../../src/domain/orders/order-history.ts'
import { releaseLock, takeLock } from '../../src/domain/orders/order-lock.ts'
import { balanceMinor, isOpen, type Order } from '../../src/domain/orders/order.ts'
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
  id: 'order',
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

type LockedThen = 'refuse' | 'wait'

/** As an action applies it: priced, and counted. */
function decided(order: Order, steps: readonly OrderStep[]): Order {
  const after = steps.reduce((before, decide) => {
    const change = decide(before)
    return change === undefined ? before : withPrices(before, change, 'GBP').order
  }, order)
  const isCounted = after !== order && !keepsVersion(deltaOf(order, after))
  return isCounted ? { ...after, version: order.version + 1 } : after
}

/** A refusal leaves no trace. */
function orAsBefore(order: Order, work: () => Order): Order {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return order
    throw error
  }
}

const applied = (order: Order, step: OrderStep): Order =>
  orAsBefore(order, () => decided(order, [step]))

/** What waits is looked at after every step, as it is from time to time. */
function settled(order: Order, nowMs: number): Order {
  const { mirrorWaiting: waiting } = order
  if (waiting === undefined || !isDue(order, nowMs)) return order
  const speaker = { caller: CALLER, holder: 'Till', nowMs }
  const { request } = waiting
  try {
    const steps =
      request === undefined
        ? [(now: Order) => goneAtTill(now, { nowMs, currency: 'GBP' })]
        : changeSteps(order, request, speaker)
    const next = decided(order, steps)
    reached.add('took effect')
    return next
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    reached.add(`not applied: ${error.reason}`)
    return decided(order, [(now) => notApplied(now, error)])
  }
}

function after(order: Order, each: Step, lockedThen: LockedThen, nowMs: number): Order {
  const speaker = { caller: CALLER, holder: 'Till', nowMs }
  switch (each.do) {
    case 'put': {
      const content = contentOf(each)
      const cash = { id: `cash-${each.cash}`, tender: 'Cash', amountMinor: each.cash } as const
      const request = { content, payments: each.cash === 0 ? undefined : [cash] }
      return orAsBefore(order, () => {
        if (whereIs(content, order) !== 'new') return order
        return orWaits(
          order,
          { lockedThen },
          {
            decide: (now) => decided(now, changeSteps(now, request, speaker)),
            wait: () => decided(order, [() => waitingPut(order, request, speaker)]),
          },
        )
      })
    }
    case 'snapshot':
      return orAsBefore(order, () =>
        orWaits(
          order,
          { lockedThen },
          {
            decide: (now) => decided(now, [(each) => goneAtTill(each, { nowMs, currency: 'GBP' })]),
            wait: () => decided(order, [() => waitingEnd(order, speaker)]),
          },
        ),
      )
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
  if (newestOf(order) < newestOf(before)) throw new Error('an older version was taken')
  const isLocked = before.lock !== undefined && before.lock.expiresAtMs > nowMs
  const isTills = each.do === 'put' || each.do === 'snapshot'
  if (isLocked && order.totalMinor !== before.totalMinor) throw new Error('changed under the lock')
  if (isLocked && isTills && order.paidMinor !== before.paidMinor) {
    throw new Error('the till paid under the lock')
  }
  if (each.do === 'put' && order !== before) {
    const { mirrorWaiting: waiting } = order
    if ((waiting ?? order).totalMinor !== contentOf(each).totalMinor) {
      throw new Error('not the total of the till')
    }
    reached.add(waiting === undefined ? `put, then ${order.status}` : 'put, and waits')
  } else if (order !== before) reached.add(each.do)
}

const newestOf = ({ mirrorVersion, mirrorWaiting }: Order): number =>
  mirrorWaiting?.version ?? mirrorVersion!

function mustBeSettled(order: Order, nowMs: number): void {
  const { mirrorWaiting: waiting, lock } = order
  const isLocked = lock !== undefined && lock.expiresAtMs > nowMs
  if (waiting !== undefined && !isLocked && waiting.problem === undefined) {
    throw new Error('it waits although nobody pays')
  }
}

const histories = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 20 }),
  lockedThen: fc.constantFrom<LockedThen>('refuse', 'wait'),
})

t.test('the rules hold in every history', async (t) => {
  await assertRuns(
    t,
    fc.asyncProperty(histories, async ({ steps, lockedThen }) => {
      let nowMs = Date.parse('2026-03-01T19:00:00Z')
      const first = contentOf({ do: 'put', version: 1, amounts: [200], status: undefined, cash: 0 })
      let { order } = openedAtTill(first, { nowMs, caller: CALLER })
      for (const each of steps) {
        nowMs += each.do === 'wait' ? LOCK_MS : 1_000
        order = settled(order, nowMs)
        const next = after(order, each, lockedThen, nowMs)
        mustHold(order, next, each, nowMs)
        const { version } = next
        order = settled(next, nowMs)
        mustBeSettled(order, nowMs)
        mustHold(next, order, { do: 'wait' }, nowMs)
        if (lockedThen === 'refuse' && order.version !== version) {
          throw new Error('something waited')
        }
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
          'put, and waits',
          'took effect',
          'not applied: below-paid',
          'not applied: overpaid',
        ].filter((name) => !reached.has(name)),
    },
  )
})
