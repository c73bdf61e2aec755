// Payment intents: which report is the newest, and how an intent differs from a payment.
import t from 'tap'
import {
  differenceOf,
  keptFacts,
  meansNotPaid,
  meansPaid,
  mustBeVerified,
  newestStatus,
  refundedHere,
  refundOf,
  unpaidReason,
  type IntentFacts,
  type ReportedStatus,
} from '../../../src/domain/payments/intent.ts'
import { verdict } from '../../support/bookings.ts'

const intent: IntentFacts = {
  paymentIntentId: 'pi_1',
  status: 'Captured',
  atMs: 10,
  createdAtMs: 1,
  amountMinor: 1_000,
  tipsMinor: 100,
  currency: 'GBP',
  refundedMinor: 0,
  externalId: 'ord_1',
}

t.test('what the statuses mean', async (t) => {
  const rows: Array<[status: string, isPaid: boolean, isNotPaid: boolean]> = [
    ['Created', false, false],
    ['Authorized', true, false],
    ['Captured', true, false],
    ['Reversed', false, true],
    ['Refunded', false, true],
    ['Canceled', false, true],
    ['SomethingNew', false, false],
    ['captured', false, false],
  ]
  for (const [status, isPaid, isNotPaid] of rows) {
    t.same([meansPaid(status), meansNotPaid(status)], [isPaid, isNotPaid], status)
  }
})

t.test('the newest status, once Dojo has shown one', async (t) => {
  const at = (status: string, atMs: number): ReportedStatus => ({ status, atMs })
  const rows: Array<{
    name: string
    shown: ReportedStatus
    known: ReportedStatus | undefined
    newest: ReportedStatus
  }> = [
    { name: 'the first', shown: at('Created', 5), known: undefined, newest: at('Created', 5) },
    {
      name: 'later',
      shown: at('Captured', 6),
      known: at('Reversed', 5),
      newest: at('Captured', 6),
    },
    {
      name: 'earlier: what was known stays',
      shown: at('Captured', 4),
      known: at('Reversed', 5),
      newest: at('Reversed', 5),
    },
    {
      name: 'the same instant, further on',
      shown: at('Captured', 5),
      known: at('Authorized', 5),
      newest: at('Captured', 5),
    },
    {
      name: 'the same instant, not as far',
      shown: at('Authorized', 5),
      known: at('Captured', 5),
      newest: at('Captured', 5),
    },
    {
      name: 'money that went back earlier has gone back, as of the newest report',
      shown: at('Refunded', 4),
      known: at('Captured', 5),
      newest: at('Refunded', 5),
    },
    {
      name: 'two ways of going back: the known one stays',
      shown: at('Refunded', 4),
      known: at('Reversed', 5),
      newest: at('Reversed', 5),
    },
  ]
  for (const { name, shown, known, newest } of rows) {
    t.same(newestStatus(shown, known), newest, name)
  }
})

t.test('how an intent differs from its payment', async (t) => {
  const payment = { amountMinor: 1_000, orderId: 'ord_1', currency: 'GBP' }
  const rows: Array<{ name: string; facts?: Partial<IntentFacts>; reason: string | undefined }> = [
    { name: 'it agrees', reason: undefined },
    { name: 'another tip is no difference', facts: { tipsMinor: 5 }, reason: undefined },
    { name: 'it names no order', facts: { externalId: undefined }, reason: undefined },
    {
      name: 'another currency, before the amount',
      facts: { currency: 'EUR', amountMinor: 1 },
      reason: 'The payment intent pi_1 is in EUR at Dojo, but the payment is in GBP.',
    },
    {
      name: 'another amount, before the order',
      facts: { amountMinor: 999, externalId: 'ord_2' },
      reason: 'The payment intent pi_1 is 9.99 GBP at Dojo, but the payment is 10.00 GBP.',
    },
    {
      name: 'another order',
      facts: { externalId: 'ord_2' },
      reason:
        'The payment intent pi_1 is for the order ord_2 at Dojo, ' +
        'but the payment is on the order ord_1.',
    },
  ]
  for (const { name, facts, reason } of rows) {
    t.equal(differenceOf({ ...intent, ...facts }, payment), reason, name)
  }
  t.equal(unpaidReason(intent), undefined)
  t.equal(unpaidReason({ ...intent, status: 'Authorized' }), undefined)
  for (const status of ['Created', 'SomethingNew', 'Reversed']) {
    t.equal(
      unpaidReason({ ...intent, status }),
      `The payment intent pi_1 is ${status} at Dojo, which is not paid.`,
    )
  }
})

t.test('what went back comes from the amount first, then from the tip', async (t) => {
  const rows: Array<[goneBack: number, amount: number, tip: number]> = [
    [0, 0, 0],
    [1, 1, 0],
    [1_000, 1_000, 0],
    [1_001, 1_000, 1],
    [1_100, 1_000, 100],
    [1_101, 1_000, 100],
  ]
  for (const [goneBackMinor, refundedMinor, refundedTipsMinor] of rows) {
    t.same(
      refundOf(intent, goneBackMinor),
      { refundedMinor, refundedTipsMinor },
      String(goneBackMinor),
    )
  }
  t.same(refundOf({ amountMinor: 10 }, 12), { refundedMinor: 10, refundedTipsMinor: 0 }, 'no tip')
})

t.test('before it is recorded, a payment is what Dojo shows', async (t) => {
  const payment = { paymentIntentId: 'pi_1', amountMinor: 1_000, orderId: 'ord_1', currency: 'GBP' }
  const cases: [string, IntentFacts | undefined, string][] = [
    ['as it is', intent, 'ok'],
    ['unknown to Dojo', undefined, 'Conflict unverified'],
    ['of another amount', { ...intent, amountMinor: 999 }, 'Conflict unverified'],
    ['for another order', { ...intent, externalId: 'ord_2' }, 'Conflict unverified'],
    ['not paid', { ...intent, status: 'Created' }, 'Conflict unverified'],
  ]
  for (const [name, facts, expected] of cases) {
    t.equal(
      verdict(() => {
        mustBeVerified(facts, payment)
      }),
      expected,
      name,
    )
  }
})

t.test('only amounts in the currency of the venue are kept', async (t) => {
  const kept = { paymentIntentId: 'pi_1', refundedMinor: 0, externalId: 'ord_1' }
  t.strictSame(keptFacts(intent, 'GBP'), { ...kept, amountMinor: 1_000, tipsMinor: 100 })
  t.strictSame(keptFacts(intent, 'EUR'), kept)
})

t.test('what Dojo reports next counts over a refund that was asked for here', async (t) => {
  const here = refundedHere({ atMs: 10 })
  t.strictSame(here, { status: 'Refunded', atMs: 10 })
  t.same(newestStatus({ status: 'Captured', atMs: 11 }, here), { status: 'Captured', atMs: 11 })
})
