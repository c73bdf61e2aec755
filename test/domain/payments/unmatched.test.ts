// Money at Dojo that is on no bill: recorded on the order that it belongs to, refunded, or
// dismissed with a reason.
import t from 'tap'
import { dismissalReason } from '../../../src/domain/payments/dismissal.ts'
import { reasonOfLostReply } from '../../../src/domain/payments/lost-reply.ts'
import {
  mustBeNew,
  requestFor,
  type UnmatchedIntent,
  type UnmatchedRefund,
} from '../../../src/domain/payments/unmatched.ts'
import {
  doneByWhatIsShown,
  mustCountNowhere,
  mustNotBeRefused,
  newlyGoneBackMinor,
  refundFor,
  resolveUnmatchedRefund,
} from '../../../src/domain/payments/unmatched-refund.ts'
import type { RefundOutcome } from '../../../src/domain/payments/refund.ts'
import { newPayment } from '../../../src/domain/payments/payment.ts'
import { limits } from '../../../src/limits.ts'
import { verdict } from '../../support/bookings.ts'
import { orderOfDojo } from '../../support/orders.ts'

const NOW = Date.parse('2026-03-01T20:00:00.000Z')
const pending: UnmatchedRefund = {
  refundId: 'rfd_1',
  amountMinor: 1_000,
  refundedBeforeMinor: 100,
  reason: 'Nobody knows it',
  status: 'Pending',
  requestedAt: '2026-03-01T19:00:00.000Z',
}
const done = { ...pending, status: 'Done' } as const
const refused = { ...pending, status: 'Refused', problem: 'Too old.' } as const
const intent = (more: Partial<UnmatchedIntent> = {}): UnmatchedIntent => ({
  paymentIntentId: 'pi_1',
  status: 'Captured',
  amountMinor: 1_000,
  tipsMinor: 100,
  externalId: null,
  refundedMinor: 0,
  refund: null,
  ...more,
})

t.test('it is recorded on an order', async (t) => {
  const order = { orderId: 'ord_1', dojoOrderId: 'dojo_1' }
  const cases: [string, Partial<UnmatchedIntent>, string][] = [
    ['captured', {}, 'ok'],
    ['authorized', { status: 'Authorized' }, 'ok'],
    ['for this order', { externalId: 'ord_1' }, 'ok'],
    ["by Dojo's own id of it", { externalId: 'dojo_1' }, 'ok'],
    ['for another', { externalId: 'ord_2' }, 'Conflict other-order'],
    ['not paid', { status: 'Created' }, 'Conflict not-captured'],
    ['of no known status', { status: null }, 'Conflict not-captured'],
    ['of no known amount', { amountMinor: null }, 'Conflict amount-unknown'],
    ['its refund may be done', { refund: pending }, 'Conflict refund-unknown'],
    ['its refund was refused', { refund: refused }, 'ok'],
  ]
  for (const [name, more, expected] of cases) {
    t.equal(
      verdict(() => requestFor(intent(more), order)),
      expected,
      name,
    )
  }
  const request = { paymentIntentId: 'pi_1', amountMinor: 1_000, tipsMinor: 100 }
  t.strictSame(requestFor(intent(), order), request)
  t.equal(
    verdict(() => mustBeNew(undefined, 'pi_1')),
    'Conflict void',
  )
})

t.test('or all that is left of it goes back', async (t) => {
  const asked = { refundId: 'rfd_2', reason: 'Again' }
  const cases: [string, Partial<UnmatchedIntent>, number | string][] = [
    ['amount and tip', {}, 1_100],
    ['less what went back', { refundedMinor: 300 }, 800],
    ['without a tip', { tipsMinor: null }, 1_000],
    ['nothing is left', { refundedMinor: 1_100 }, 'Conflict more-than-refundable'],
    ['not paid', { status: 'Created' }, 'Conflict not-captured'],
    ['after one that Dojo refused', { refund: refused }, 1_100],
  ]
  for (const [name, more, expected] of cases) {
    const ask = () => refundFor(intent(more), asked, NOW)
    if (typeof expected === 'string') t.equal(verdict(ask), expected, name)
    else t.match(ask(), { ...asked, amountMinor: expected, status: 'Pending' }, name)
  }
  const again = intent({ refund: pending })
  t.equal(refundFor(again, asked, NOW), pending, 'asked for again, as it was')
})

t.test('by what Dojo answers, or shows', async (t) => {
  const answers: [RefundOutcome, UnmatchedRefund['status'], number | undefined][] = [
    [{ outcome: 'done', dojoRefundId: 'd' }, 'Done', 1_100],
    [{ outcome: 'unknown', problem: 'no answer' }, 'Pending', undefined],
    [{ outcome: 'refused', problem: 'no' }, 'Refused', undefined],
    [{ outcome: 'card-must-be-present', problem: 'card' }, 'Refused', undefined],
  ]
  for (const [answer, status, goneBackMinor] of answers) {
    const after = resolveUnmatchedRefund(pending, answer)
    t.equal(after.status, status, answer.outcome)
    t.equal(newlyGoneBackMinor(pending, after), goneBackMinor, answer.outcome)
    for (const certain of [done, refused]) {
      t.equal(resolveUnmatchedRefund(certain, answer), certain, 'what is certain stays')
      t.equal(newlyGoneBackMinor(certain, certain), undefined)
    }
  }
  const shown: [string, UnmatchedRefund | undefined, string | undefined, number, boolean][] = [
    ['as much as went back with it', pending, 'Captured', 1_100, true],
    ['a penny less', pending, 'Captured', 1_099, false],
    ['all of it', pending, 'Refunded', 0, true],
    ['of no known status', pending, undefined, 0, false],
    ['one that is done', done, 'Refunded', 1_100, false],
    ['one that was refused', refused, 'Refunded', 1_100, false],
    ['none', undefined, 'Refunded', 1_100, false],
  ]
  for (const [name, refund, status, refundedMinor, isDone] of shown) {
    t.equal(
      doneByWhatIsShown(refund, { status, refundedMinor })?.status,
      isDone ? 'Done' : undefined,
      name,
    )
  }
  t.equal(
    verdict(() => {
      mustNotBeRefused(refused, 'GBP')
    }),
    'Conflict dojo-refused',
  )
})

t.test('never while a bill has it', async (t) => {
  const request = { paymentIntentId: 'pi_1', amountMinor: 1_000 }
  const counting = newPayment('pay_1', request, NOW)
  const voided = { ...counting, voidedAt: '2026-03-01T19:30:00.000Z' }
  for (const [name, payments, expected] of [
    ['no payment', [], 'ok'],
    ['one that is void', [voided], 'ok'],
    ['one that counts', [counting], 'Conflict on-a-bill'],
  ] as const) {
    t.equal(
      verdict(() => {
        mustCountNowhere(orderOfDojo({ payments: [...payments] }), 'pi_1')
      }),
      expected,
      name,
    )
  }
})

t.test('or somebody says why it needs nobody', async (t) => {
  const most = 'x'.repeat(limits.maxReasonCharacters)
  for (const [text, reason] of [
    ['  Paid twice ', 'Paid twice'],
    ['two\nlines', 'two lines'],
    [most, most],
  ] as const) {
    t.equal(dismissalReason(text), reason)
  }
  for (const text of ['', ' \n\u0000', `${most}x`]) {
    t.match(
      verdict(() => dismissalReason(text)),
      /^InvalidRequest/,
    )
  }
})

t.test('a payment whose answer was lost is for staff where Dojo cannot be asked', async (t) => {
  t.equal(reasonOfLostReply(true), undefined)
  t.match(reasonOfLostReply(false), /may not have got the answer/)
})
