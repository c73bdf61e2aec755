// Refunds that tills ask for, refunds that are made elsewhere, answers that are lost and looks at
// what Dojo shows, in any order.
import fc from 'fast-check'
import t from 'tap'
import {
  amountToRefund,
  goneBackWith,
  takeBack,
  type Refund,
} from '../../../src/domain/payments/refund.ts'
import type { Order, Payment } from '../../../src/domain/orders/order.ts'
import { isVoid, newPayment } from '../../../src/domain/payments/payment.ts'
import { tab } from '../../support/orders.ts'

const AMOUNT = 1_000
const TIP = 150

type Step =
  | { do: 'ask'; amountMinor: number; isHeard: boolean; isLookedAtFirst: boolean }
  | { do: 'elsewhere'; amountMinor: number }
  | { do: 'look' }

const amountMinor = fc.integer({ min: 1, max: 600 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('ask' as const),
    amountMinor,
    isHeard: fc.boolean(),
    isLookedAtFirst: fc.boolean(),
  }),
  fc.record({ do: fc.constant('elsewhere' as const), amountMinor }),
  fc.constant({ do: 'look' as const }),
)

/** One payment: what stands of it here, and what Dojo has given back of it. */
function play(steps: readonly Step[]): { order: Order; payment: Payment; dojoMinor: number } {
  let payment: Payment = newPayment(
    'pay_1',
    { paymentIntentId: 'pi_1', amountMinor: AMOUNT, tipsMinor: TIP },
    0,
  )
  let order = tab({
    totalMinor: AMOUNT,
    paidMinor: AMOUNT,
    tipsMinor: TIP,
    status: 'Finalized',
    statusBeforeFinal: 'Ready',
    payments: [payment],
  })
  let dojoMinor = 0
  const book = (goneBackMinor: number): void => {
    const change = takeBack(order, payment, goneBackMinor, { nowMs: 1 })
    if (change === undefined) return
    order = change.order
    payment = order.payments[0]!
  }
  const knownMinor = (): number =>
    !isVoid(payment) ? payment.refundedMinor + payment.refundedTipsMinor : AMOUNT + TIP
  const mustHold = (): void => {
    if (knownMinor() > dojoMinor) {
      throw new Error(`${knownMinor()} are noted as gone back, and ${dojoMinor} have`)
    }
    const left = AMOUNT + TIP - knownMinor()
    if (order.paidMinor + order.tipsMinor !== left) {
      throw new Error(
        `${order.paidMinor} and a tip of ${order.tipsMinor} are paid, and ${left} stand`,
      )
    }
    if ((order.status === 'Finalized') !== (order.paidMinor === AMOUNT)) {
      throw new Error(`the order is ${order.status} with ${order.paidMinor} paid`)
    }
  }
  for (const each of steps) {
    if (each.do === 'look') book(dojoMinor)
    if (each.do === 'elsewhere' && dojoMinor + each.amountMinor <= AMOUNT + TIP) {
      dojoMinor += each.amountMinor
    }
    if (each.do === 'ask' && !isVoid(payment)) {
      const refund = {
        refundedBeforeMinor: knownMinor(),
        amountMinor: Math.min(each.amountMinor, AMOUNT + TIP - knownMinor()),
      }
      if (dojoMinor + refund.amountMinor <= AMOUNT + TIP) {
        dojoMinor += refund.amountMinor
        if (each.isLookedAtFirst) book(dojoMinor)
        if (each.isHeard) book(Math.max(knownMinor(), goneBackWith(refund)))
      }
    }
    mustHold()
  }
  book(dojoMinor)
  mustHold()
  return { order, payment, dojoMinor }
}

t.test('never more is noted than went back, and all of it once Dojo has shown it', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { order, payment, dojoMinor } = play(steps)
      return (
        AMOUNT + TIP - order.paidMinor - order.tipsMinor === dojoMinor &&
        isVoid(payment) === dojoMinor >= AMOUNT + TIP
      )
    }),
  )
  t.pass('whatever the order')
})

t.test('how much goes back', async (t) => {
  const payment: Payment = {
    ...newPayment('pay_1', { paymentIntentId: 'pi_1', amountMinor: AMOUNT, tipsMinor: TIP }, 0),
    refundedMinor: 300,
  }
  const order = tab({ totalMinor: AMOUNT, paidMinor: 700, tipsMinor: TIP, payments: [payment] })
  const open = {
    refundId: 'rfd_1',
    paymentId: 'pay_1',
    amountMinor: 5,
    status: 'Pending',
  } as Refund
  const asked = { wantedMinor: undefined, open: undefined, currency: 'GBP' }
  const lock: Order['lock'] = {
    lockId: 'l',
    kind: 'DojoLock',
    holder: undefined,
    expiresAtMs: 2,
    origin: {},
  }
  t.equal(amountToRefund(order, payment, 1, asked), 850)
  t.equal(amountToRefund(order, payment, 1, { ...asked, wantedMinor: 850 }), 850)
  t.equal(amountToRefund({ ...order, lock }, payment, 2, asked), 850, 'a lock that has expired')
  t.equal(
    amountToRefund({ ...order, lock: { ...lock, kind: 'TillHold' } }, payment, 1, asked),
    850,
    'a till edits it',
  )
  const refused = [
    {
      name: 'void',
      code: 'void',
      order: { ...order, lock },
      payment: { ...payment, voidedAt: '2026-03-01T20:00:00.000Z' },
      asked: { ...asked, open, wantedMinor: 851 },
    },
    {
      name: 'locked',
      code: 'locked',
      order: { ...order, lock },
      payment,
      asked: { ...asked, open, wantedMinor: 851 },
    },
    {
      name: 'another is open',
      code: 'refund-unknown',
      order,
      payment,
      asked: { ...asked, open, wantedMinor: 851 },
    },
    {
      name: 'another is owed',
      code: 'card-must-be-present',
      order,
      payment,
      asked: { ...asked, open: { ...open, status: 'CardRequired' as const }, wantedMinor: 851 },
    },
    {
      name: 'more than stands',
      code: 'more-than-stands',
      order,
      payment,
      asked: { ...asked, wantedMinor: 851 },
    },
    {
      name: 'nothing stands',
      code: 'more-than-stands',
      order,
      payment: { ...payment, refundedMinor: AMOUNT, refundedTipsMinor: TIP },
      asked,
    },
  ]
  for (const { name, code, order, payment, asked } of refused) {
    t.throws(
      () => amountToRefund(order, payment, 1, asked),
      { type: 'Conflict', reason: code, message: /pay_1|ord_1/ },
      name,
    )
  }
})
