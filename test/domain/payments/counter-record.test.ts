// What Dojo's socket for the counter says has become of a payment, and what follows here.
import t from 'tap'
import {
  afterRecord,
  factsOf,
  followsRecord,
  overSocket,
  planOfRecord,
  strayReason,
  type CounterOutcome,
  type CounterRecord,
} from '../../../src/domain/payments/counter-record.ts'
import { verdict } from '../../support/bookings.ts'
import { cardSale } from '../../support/card-payment.ts'

const NOW = 1_000_000_000
const record = (outcome: CounterOutcome): CounterRecord => ({
  paymentId: 'pac_1',
  outcome,
  currency: 'GBP',
  amountMinor: 1_000,
  tipsMinor: 100,
  cashbackMinor: undefined,
  kept: {},
})
const sale = cardSale({ socketPaymentId: 'pac_1' })
const refund = { kind: 'MatchedRefund', refund: { refundId: 'rfd_1', isDone: false } } as const

t.test('what a record asks for', async (t) => {
  const known = (outcome: string | undefined, wasPushed = false, cardPaymentId = 'crd_1') =>
    ({ outcome, wasPushed, cardPaymentId }) as const
  const nobodys = { outcome: undefined, wasPushed: false }
  const cases: [
    string,
    Parameters<typeof planOfRecord>,
    ReturnType<typeof planOfRecord>['what'],
    boolean?,
  ][] = [
    ['asked, and new', [known(undefined), 'Captured', false], 'take'],
    ['told, and new', [known(undefined), 'Captured', true], 'take'],
    ['asked again', [known('Captured'), 'Captured', false], 'nothing'],
    ['told after it was asked', [known('Captured'), 'Captured', true], 'keep'],
    ['told again', [known('Captured', true), 'Captured', true], 'nothing', true],
    ['asked after Dojo told it', [known('Captured', true), 'Captured', false], 'nothing', true],
    ['another outcome', [known('Unknown', true), 'Captured', true], 'take'],
    ['still unknown', [known('Unknown'), 'Unknown', false], 'take'],
    ['still unknown, told again', [known('Unknown', true), 'Unknown', true], 'take', true],
    ['of no till here', [undefined, 'Captured', true], 'stray'],
    ['seen once, of no till here', [nobodys, 'Captured', true], 'stray'],
  ]
  for (const [name, given, what, wasKnown = false] of cases) {
    t.strictSame(planOfRecord(...given), { wasKnown, what }, name)
  }
})

t.test('what it makes of the card payment', async (t) => {
  t.match(afterRecord(sale, record('Captured'), NOW), {
    attempts: [{ sessionId: 'pac_1', status: 'Captured' }],
  })
  const retried = cardSale({ socketPaymentId: 'pac_2' })
  t.match(afterRecord(retried, record('Captured'), NOW), { cancelWantedAtMs: NOW }, 'paid before')
  const stopping = { ...retried, cancelWantedAtMs: 5 }
  t.equal(afterRecord(stopping, record('Captured'), NOW).cancelWantedAtMs, 5)
  const over = { ...retried, endedAtMs: 7 }
  t.equal(afterRecord(over, record('Captured'), NOW), over, 'over: nothing is left to stop')
  t.equal(afterRecord(retried, record('Declined'), NOW), retried, 'an earlier try came to nothing')
})

t.test('what follows it', async (t) => {
  const done = { outcome: 'done', dojoRefundId: 'pac_1' }
  const given = { what: 'refund', refundId: 'rfd_1', done }
  const cases: [string, Parameters<typeof followsRecord>[0], CounterOutcome, object | undefined][] =
    [
      ['a sale', sale, 'Captured', { what: 'settle' }],
      ['a sale that came to nothing', sale, 'Declined', { what: 'settle' }],
      ['a refund', refund, 'Captured', given],
      ['a refund that was not given', refund, 'Declined', undefined],
      ['a refund of which nothing is known', refund, 'Unknown', undefined],
      ['a refund without a payment', { kind: 'UnlinkedRefund' }, 'Captured', undefined],
    ]
  for (const [name, payment, outcome, next] of cases) {
    t.strictSame(followsRecord(payment, record(outcome)), next, name)
  }
})

t.test('as an intent of the REST API would show it', async (t) => {
  const statuses: Record<CounterOutcome, string> = {
    Captured: 'Captured',
    Authorized: 'Authorized',
    Declined: 'Canceled',
    Canceled: 'Canceled',
    Unknown: 'Created',
    Reversed: 'Reversed',
  }
  for (const [outcome, status] of Object.entries(statuses)) {
    const shown = factsOf(record(outcome as CounterOutcome), sale, NOW)
    t.match(shown, { status, paymentIntentId: 'pac_1', amountMinor: 1_000, tipsMinor: 100 })
  }
})

t.test('staff hear of money that no till here asked for', async (t) => {
  for (const outcome of ['Captured', 'Authorized', 'Unknown', 'Reversed'] as const) {
    const reason = strayReason(record(outcome))
    t.match(reason, `a card payment of 11.00 GBP as ${outcome}, which no till`, outcome)
  }
  for (const outcome of ['Declined', 'Canceled'] as const) {
    t.equal(strayReason(record(outcome)), undefined, outcome)
  }
})

t.test('a try over the socket has an id of its own', async (t) => {
  const before = cardSale({ paymentIntentId: 'pi_1', intentReadStatus: 'Created' })
  const next = overSocket(before, 'pac_2')
  t.match(next, { socketPaymentId: 'pac_2', paymentIntentId: 'pac_2' })
  t.equal(next.intentReadStatus, undefined, 'nothing is known of it yet')
  t.equal(overSocket({ ...before, ...refund } as typeof before, 'pac_2').paymentIntentId, 'pi_1')
  const absent = cardSale({ cardNotPresent: true })
  t.equal(
    verdict(() => overSocket(absent, 'pac_2')),
    'Conflict not-allowed',
  )
})
