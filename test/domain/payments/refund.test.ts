// Refunds: which may be requested and what comes of them, as tables; and refunds by tills, refunds
// made elsewhere, lost answers and checks with Dojo, in any sequence.
import fc from 'fast-check'
import t from 'tap'
import {
  amountToRefund,
  dojoNotAsked,
  doneAsShown,
  goneBackOf,
  goneBackWith,
  isInDoubt,
  isOpenRefund,
  isShownAsDone,
  mustBeGivenByMachine,
  mustBeSameRequest,
  mustBeShown,
  mustBeTakenByDojo,
  mustNotBeDeclined,
  resolveRefund,
  takeBack,
  withdrawRefund,
  type Refund,
  type RefundOutcome,
  type RefundStatus,
} from '../../../src/domain/payments/refund.ts'
import type { Order, Payment } from '../../../src/domain/orders/order.ts'
import { isVoid, newPayment } from '../../../src/domain/payments/payment.ts'
import { orderOfDojo } from '../../support/orders.ts'

const AMOUNT = 1_000
const TIP = 150

type Step =
  | { do: 'ask'; amountMinor: number; isHeard: boolean; isCheckedFirst: boolean }
  | { do: 'elsewhere'; amountMinor: number }
  | { do: 'check' }

const amountMinor = fc.integer({ min: 1, max: 600 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('ask' as const),
    amountMinor,
    isHeard: fc.boolean(),
    isCheckedFirst: fc.boolean(),
  }),
  fc.record({ do: fc.constant('elsewhere' as const), amountMinor }),
  fc.constant({ do: 'check' as const }),
)

const NOW = Date.parse('2026-03-01T20:00:00.000Z')
const newIntent = { paymentIntentId: 'pi_1', amountMinor: AMOUNT, tipsMinor: TIP }

/** One payment: what is left of it here, and what Dojo has refunded of it. */
function play(steps: readonly Step[]): { order: Order; payment: Payment; dojoMinor: number } {
  let payment: Payment = newPayment('pay_1', newIntent, NOW)
  let order = orderOfDojo({
    totalMinor: AMOUNT,
    paidMinor: AMOUNT,
    tipsMinor: TIP,
    status: 'Finalized',
    statusBeforeFinal: 'Ready',
    payments: [payment],
  })
  let dojoMinor = 0
  const book = (goneBackMinor: number): void => {
    const change = takeBack(order, payment, goneBackMinor, { nowMs: NOW, detail: {} })
    if (change === undefined) return
    order = change.order
    payment = order.payments[0]!
  }
  const knownMinor = (): number =>
    isVoid(payment) ? AMOUNT + TIP : payment.refundedMinor + payment.refundedTipsMinor
  const mustHold = (): void => {
    if (knownMinor() > dojoMinor) {
      throw new Error(`${knownMinor()} are noted as gone back, but ${dojoMinor} have`)
    }
    const left = AMOUNT + TIP - knownMinor()
    if (order.paidMinor + order.tipsMinor !== left) {
      throw new Error(
        `${order.paidMinor} and a tip of ${order.tipsMinor} are paid, but ${left} are left`,
      )
    }
    if ((order.status === 'Finalized') !== (order.paidMinor === AMOUNT)) {
      throw new Error(`the order is ${order.status} with ${order.paidMinor} paid`)
    }
  }
  for (const each of steps) {
    if (each.do === 'check') book(dojoMinor)
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
        if (each.isCheckedFirst) book(dojoMinor)
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
        isVoid(payment) === (dojoMinor === AMOUNT + TIP)
      )
    }),
  )
  t.pass('whatever the order')
})

const refund: Refund = {
  refundId: 'rfd_1',
  paymentId: 'pay_1',
  paymentIntentId: 'pi_1',
  orderId: 'ord_1',
  amountMinor: 500,
  refundedBeforeMinor: 100,
  reason: 'Cold soup',
  status: 'Pending',
  requestedAt: '2026-03-01T19:00:00.000Z',
}

t.test('which refund may be requested, and of how much', async (t) => {
  const payment: Payment = { ...newPayment('pay_1', newIntent, NOW), refundedMinor: 300 }
  const order = orderOfDojo({
    totalMinor: AMOUNT,
    paidMinor: 700,
    tipsMinor: TIP,
    payments: [payment],
  })
  const asked = { nowMs: 1, wantedMinor: undefined, open: undefined, currency: 'GBP' }
  const tooMuch = { ...asked, wantedMinor: 851 }
  const lock: Order['lock'] = { lockId: 'l', kind: 'DojoLock', expiresAtMs: 2, origin: {} }
  const hold: Order['lock'] = { ...lock, kind: 'TillHold', holder: 'Bar' }
  t.equal(amountToRefund(order, payment, asked), 850, 'all that is left, with the tip')
  t.equal(amountToRefund(order, payment, { ...asked, wantedMinor: 850 }), 850)
  t.equal(amountToRefund(order, payment, { ...asked, wantedMinor: 1 }), 1)
  t.equal(
    amountToRefund({ ...order, lock }, payment, { ...asked, nowMs: 2 }),
    850,
    'an expired lock',
  )
  t.equal(amountToRefund({ ...order, lock: hold }, payment, asked), 850, 'a till edits it')
  const refused = [
    {
      name: 'void, before all others',
      reason: 'void',
      order: { ...order, lock },
      payment: { ...payment, voidedAt: '2026-03-01T19:30:00.000Z' },
      asked: { ...tooMuch, open: refund },
    },
    {
      name: 'locked',
      reason: 'locked',
      order: { ...order, lock },
      payment,
      asked: { ...tooMuch, open: refund },
    },
    {
      name: 'another is pending',
      reason: 'refund-unknown',
      order,
      payment,
      asked: { ...tooMuch, open: refund },
    },
    {
      name: 'another needs the card',
      reason: 'card-must-be-present',
      order,
      payment,
      asked: { ...tooMuch, open: { ...refund, status: 'CardRequired' as const } },
    },
    { name: 'more than is left', reason: 'more-than-refundable', order, payment, asked: tooMuch },
    {
      name: 'nothing is left',
      reason: 'more-than-refundable',
      order,
      payment: { ...payment, refundedMinor: AMOUNT, refundedTipsMinor: TIP },
      asked,
    },
  ]
  for (const { name, reason, order, payment, asked } of refused) {
    t.throws(
      () => amountToRefund(order, payment, asked),
      { type: 'Conflict', reason, message: /pay_1|ord_1/ },
      name,
    )
  }
  t.throws(() => amountToRefund(order, payment, tooMuch), {
    message: 'Only 8.50 GBP, tip included, can still be refunded on payment pay_1.',
    facts: { refundableMinor: 850 },
  })
})

t.test('the same request, and a payment of the venue', async (t) => {
  const hash = Buffer.from('a')
  const other = Buffer.from('b')
  mustBeSameRequest({ refundId: 'rfd_1', hash, key: undefined }, Buffer.from('a'))
  t.throws(
    () => {
      mustBeSameRequest({ refundId: 'rfd_1', hash, key: undefined }, other)
    },
    { reason: 'content-differs', message: /rfd_1/ },
  )
  t.throws(
    () => {
      mustBeSameRequest({ refundId: 'rfd_1', hash, key: 'k-1' }, other)
    },
    { reason: 'key-reused', message: /k-1/ },
  )
  mustBeTakenByDojo('pay_1', 'pi_1')
  t.throws(
    () => {
      mustBeTakenByDojo('pay_1', undefined)
    },
    { type: 'Conflict', reason: 'not-by-dojo', message: /pay_1/ },
  )
})

t.test('what an answer of Dojo makes of a refund', async (t) => {
  const done: RefundOutcome = { outcome: 'done', dojoRefundId: 'rf_dojo' }
  const cardRequired: RefundOutcome = { outcome: 'card-must-be-present', problem: 'Use the card' }
  const declined: RefundOutcome = { outcome: 'refused', problem: 'No' }
  const unknown: RefundOutcome = { outcome: 'unknown', problem: 'No answer' }
  const rows: Array<{
    before: RefundStatus
    outcome: RefundOutcome
    after: RefundStatus | undefined
    isBooked?: boolean
  }> = [
    { before: 'Pending', outcome: done, after: 'Done', isBooked: true },
    { before: 'CardRequired', outcome: done, after: 'Done', isBooked: true },
    { before: 'Refused', outcome: done, after: 'Done', isBooked: true },
    { before: 'Done', outcome: done, after: 'Done' },
    { before: 'Pending', outcome: cardRequired, after: 'CardRequired' },
    { before: 'Pending', outcome: declined, after: 'Refused' },
    { before: 'Pending', outcome: unknown, after: 'Pending' },
    ...[cardRequired, declined, unknown].flatMap((outcome) =>
      (['Done', 'CardRequired', 'Refused'] as const).map((before) => ({
        before,
        outcome,
        after: undefined,
      })),
    ),
  ]
  const EARLIER = '2026-03-01T19:10:00.000Z'
  for (const { before, outcome, after, isBooked = false } of rows) {
    const resolvedAt = before === 'Pending' ? undefined : EARLIER
    const resolution = resolveRefund({ ...refund, status: before, resolvedAt }, outcome, NOW)
    const name = `${before}, ${outcome.outcome}`
    t.equal(resolution?.status, after, name)
    if (resolution === undefined) continue
    t.equal(resolution.isBooked, isBooked, `${name}: booked once`)
    t.equal(resolution.problem, 'problem' in outcome ? outcome.problem : undefined, name)
    t.equal(resolution.dojoRefundId, outcome.outcome === 'done' ? 'rf_dojo' : undefined, name)
    const now = new Date(NOW).toISOString()
    const expected = { Done: before === 'Done' ? EARLIER : now, Pending: undefined }
    t.equal(
      resolution.resolvedAt,
      after === 'Done' || after === 'Pending' ? expected[after] : now,
      name,
    )
  }
})

t.test('what Dojo shows, and whether an open refund is in it', async (t) => {
  const rows: Array<[status: RefundStatus, shown: number | undefined, isDone: boolean]> = [
    ['Pending', undefined, true],
    ['Pending', 600, true],
    ['Pending', 601, true],
    ['Pending', 599, false],
    ['CardRequired', 600, true],
    ['CardRequired', 0, false],
    ['Done', undefined, false],
    ['Refused', undefined, false],
  ]
  for (const [status, shownMinor, isDone] of rows) {
    t.equal(isShownAsDone({ ...refund, status }, shownMinor), isDone, `${status} ${shownMinor}`)
  }
  t.same(doneAsShown(refund, NOW), {
    status: 'Done',
    problem: undefined,
    dojoRefundId: undefined,
    resolvedAt: new Date(NOW).toISOString(),
  })
  const payment = { ...newPayment('pay_1', newIntent, NOW), refundedMinor: 300 }
  t.equal(goneBackOf(payment, 299), 300, 'noted here')
  t.equal(goneBackOf(payment, 301), 301, 'shown by Dojo')
  t.equal(goneBackOf({ ...payment, refundedTipsMinor: 50 }, 349), 350, 'with its tip')
})

t.test('a refund that is given up, and what the till is answered', async (t) => {
  const as = (status: RefundStatus): Refund => ({ ...refund, status, problem: 'Use the card' })
  t.match(withdrawRefund(as('CardRequired'), 'They ate it', NOW), {
    status: 'Refused',
    problem: 'Withdrawn: They ate it',
    resolvedAt: new Date(NOW).toISOString(),
  })
  t.equal(withdrawRefund(as('Refused'), 'They ate it', NOW), undefined, 'as before')
  t.throws(() => withdrawRefund(as('Pending'), 'x', NOW), {
    reason: 'refund-unknown',
    message: /rfd_1/,
  })
  t.throws(() => withdrawRefund(as('Done'), 'x', NOW), { reason: 'final', message: /rfd_1/ })

  for (const status of ['Pending', 'Done'] as const) mustNotBeDeclined(as(status), 'GBP')
  t.throws(
    () => {
      mustNotBeDeclined(as('CardRequired'), 'GBP')
    },
    {
      reason: 'card-must-be-present',
      message: /refund 5\.00 GBP on a card machine.*Use the card/,
      facts: { refundId: 'rfd_1', amountMinor: 500 },
    },
  )
  t.throws(
    () => {
      mustNotBeDeclined(as('Refused'), 'GBP')
    },
    { reason: 'dojo-refused', message: 'The refund of 5.00 GBP was not done. Use the card' },
  )
  for (const status of ['Refused', 'Done'] as const) mustBeShown(as(status), 'GBP')
  for (const status of ['Pending', 'CardRequired'] as const) {
    t.throws(
      () => {
        mustBeShown(as(status), 'GBP')
      },
      { reason: 'refund-unknown', message: /5\.00 GBP yet.* 6\.00 GBP refunded in all/ },
    )
  }
  t.match(dojoNotAsked({ outcome: 'refused', problem: 'No key.' }), {
    reason: 'dojo-refused',
    message: 'No key.',
  })
  t.match(dojoNotAsked({ outcome: 'unknown', problem: 'No answer.' }), {
    name: 'Unavailable',
    message: 'No answer.',
    debugMessage: 'Dojo does not answer at the moment, so nothing was requested. No answer.',
  })
})

t.test('a card machine gives only what Dojo will not', async (t) => {
  const cases: Array<[RefundStatus, { reason: string; message: RegExp } | undefined]> = [
    ['CardRequired', undefined],
    ['Pending', { reason: 'refund-unknown', message: /not yet confirmed .* request it again/ }],
    ['Done', { reason: 'final', message: /is done: the money went back/ }],
    ['Refused', { reason: 'final', message: /is given up: request another/ }],
  ]
  for (const [status, refusal] of cases) {
    const give = (): void => {
      mustBeGivenByMachine({ ...refund, status })
    }
    if (refusal === undefined) t.doesNotThrow(give, status)
    else t.throws(give, { ...refusal, facts: { refundId: refund.refundId } }, status)
  }
})

t.test('the history says what took it back, a part or all of it', async (t) => {
  const payment = newPayment('pay_1', newIntent, NOW)
  const order = orderOfDojo({
    totalMinor: AMOUNT,
    paidMinor: AMOUNT,
    tipsMinor: TIP,
    status: 'Finalized',
    statusBeforeFinal: 'Ready',
    payments: [payment],
  })
  for (const goneBackMinor of [1, AMOUNT + TIP - 1, AMOUNT + TIP]) {
    const change = takeBack(order, payment, goneBackMinor, { nowMs: NOW, detail: { event: 'e1' } })
    t.match(change, { detail: { event: 'e1' } }, `${goneBackMinor}`)
  }
})

t.test('what a status of a refund means for the next request', async (t) => {
  for (const [status, isOpen, asksAgain] of [
    ['Pending', true, true],
    ['CardRequired', true, false],
    ['Done', false, false],
    ['Refused', false, false],
  ] as const) {
    t.equal(isOpenRefund({ status }), isOpen, `${status}: no other refund is started`)
    t.equal(isInDoubt({ status }), asksAgain, `${status}: Dojo is asked again`)
  }
})
