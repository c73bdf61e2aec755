// What a card payment is by its facts, and what is done next: the table of card-payment.ts, row by
// row.
import t from 'tap'
import {
  doubtOf,
  judge,
  type Attempt,
  type CardPayment,
} from '../../../src/domain/payments/card-payment.ts'
import {
  recordByHand,
  recordRefundByHand,
  refundNeverShown,
} from '../../../src/domain/payments/card-payment-by-hand.ts'
import { withFinding } from '../../../src/domain/payments/card-payment-findings.ts'
import { canTryAgain, tryAgain } from '../../../src/domain/payments/card-payment-retry.ts'
import { shownOf } from '../../../src/domain/payments/card-payment-shown.ts'
import { isWatchedClosely, nextStep } from '../../../src/domain/payments/card-payment-steps.ts'
import { limits } from '../../../src/limits.ts'
import { cardSale as payment } from '../../support/card-payment.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const NOW = 1_000_000_000
const QUARTER = limits.checkUncertainSeconds * 1000

function tried(attempt: Partial<Attempt>, intent = 'Created', more: Partial<CardPayment> = {}) {
  return payment({
    paymentIntentId: 'pi_1',
    intent: { status: intent, atMs: NOW },
    ...(intent === 'Created' ? {} : { intentReadStatus: intent, intentReadAtMs: NOW }),
    attempts: [{ terminalId: 'tm_1', askedAtMs: NOW, sessionId: 'ts_1', ...attempt }],
    ...more,
  })
}

const over = (status: string): Partial<Attempt> => ({ status, overAtMs: NOW })
const signing = { status: 'SignatureVerificationRequired', signatureSinceMs: NOW }

t.test('status, chargeAgain and the next step follow from the facts', async (t) => {
  const cases: Array<[string, CardPayment, number, string, string, string | undefined]> = [
    ['nothing was asked', payment(), 0, 'Waiting', 'notSafe', 'ask-for-intent'],
    [
      'the intent was asked for',
      payment({ intentAskedAtMs: NOW }),
      0,
      'Waiting',
      'notSafe',
      'find-intent',
    ],
    [
      'it is there',
      payment({ paymentIntentId: 'pi_1' }),
      0,
      'Waiting',
      'notSafe',
      'ask-for-session',
    ],
    [
      'the session was asked for',
      tried({ sessionId: undefined }),
      1,
      'Waiting',
      'notSafe',
      'find-session',
    ],
    [
      'its answer was lost',
      tried({ sessionId: undefined }),
      60_000,
      'Unknown',
      'unknown',
      'find-session',
    ],
    ['the machine begins', tried({ status: 'Initiated' }), 1, 'Waiting', 'notSafe', 'read-session'],
    [
      'the machine asks',
      tried({ status: 'Initiated', prompt: 'EnterPin' }),
      1,
      'Prompting',
      'notSafe',
      'read-session',
    ],
    ['a signature', tried(signing), 1, 'SignatureRequired', 'notSafe', 'read-session'],
    [
      'a signature, paid already',
      tried(signing, 'Captured'),
      1,
      'SignatureRequired',
      'notSafe',
      'read-session',
    ],
    [
      'captured, says an event',
      tried(over('Captured'), 'Captured', { intentReadStatus: 'Created' }),
      1,
      'Waiting',
      'notSafe',
      'read-intent',
    ],
    [
      'nobody judged it',
      tried(signing, 'Captured'),
      100_000,
      'Captured',
      'notSafe',
      'read-session',
    ],
    [
      'rejected',
      tried(over('SignatureVerificationRejected'), 'Reversed'),
      1,
      'Declined',
      'safe',
      undefined,
    ],
    ['captured', tried(over('Captured'), 'Captured'), 1, 'Captured', 'notSafe', undefined],
    ['captured on the machine', tried(over('Captured')), 1, 'Waiting', 'notSafe', 'read-intent'],
    ['authorized', tried(over('Authorized'), 'Authorized'), 1, 'Authorized', 'notSafe', undefined],
    ['captured after all', tried(over('Expired'), 'Captured'), 1, 'Captured', 'notSafe', undefined],
    ['declined', tried(over('Declined')), 1, 'Declined', 'safe', 'read-intent'],
    ['canceled', tried(over('Canceled')), 1, 'Canceled', 'unknown', 'read-intent'],
    [
      'canceled, and read',
      tried(over('Canceled'), 'Created', { intentReadAtMs: NOW + 1 }),
      2,
      'Canceled',
      'unknown',
      'cancel-intent',
    ],
    ['canceled for good', tried(over('Canceled'), 'Canceled'), 1, 'Canceled', 'safe', undefined],
    ['expired', tried(over('Expired')), 1, 'Expired', 'unknown', 'read-intent'],
    [
      'expired long ago, unread',
      tried(over('Expired')),
      QUARTER + 1,
      'Expired',
      'unknown',
      'read-intent',
    ],
    [
      'expired long ago, read',
      tried(over('Expired'), 'Created', { intentReadAtMs: NOW + QUARTER }),
      QUARTER + 1,
      'Expired',
      'safe',
      'cancel-intent',
    ],
    ['refunded', tried(over('Captured'), 'Refunded'), 1, 'Refunded', 'safe', undefined],
    [
      'refused',
      tried({ sessionId: undefined, refused: 'in use', overAtMs: NOW }),
      1,
      'Canceled',
      'safe',
      'read-intent',
    ],
  ]
  for (const [name, card, afterMs, status, chargeAgain, step] of cases) {
    const judged = judge(card, NOW + afterMs)
    t.strictSame(
      [judged.status, judged.chargeAgain, nextStep(card, NOW + afterMs)?.step],
      [status, chargeAgain, step],
      name,
    )
  }
})

const rejected = over('SignatureVerificationRejected')

t.test('whether another try is possible is shown as it is decided', async (t) => {
  const cases: Array<[string, CardPayment, number, boolean]> = [
    ['its intent is being made', payment({ intentAskedAtMs: NOW }), 0, false],
    ['Dojo made no intent', payment({ endedAtMs: NOW, problem: 'refused' }), 0, false],
    ['the machine works', tried({ status: 'Initiated' }), 1, false],
    ['captured', tried(over('Captured'), 'Captured'), 1, false],
    ['declined', tried(over('Declined')), 1, true],
    ['declined, and given up since', tried(over('Declined'), 'Canceled'), 1, false],
    ['expired', tried(over('Expired')), 1, true],
    ['its signature rejected', tried(rejected, 'Reversed'), 1, false],
    ['rejected, which Dojo shows later', tried(rejected), 1, false],
    [
      'rejected, and the intent as before',
      tried(rejected, 'Created', { intentReadStatus: 'Created', intentReadAtMs: NOW + 1 }),
      2,
      true,
    ],
    ['given back', tried(over('Captured'), 'Refunded'), 1, false],
    ['a refund declined', tried(over('Declined'), 'Captured', { kind: 'MatchedRefund' }), 1, true],
  ]
  const order = orderOfTill({ orderId: 'ord_1', totalMinor: 1_000 })
  const till = { holder: 'Bar', currency: 'GBP', underWay: [], terminalId: 'tm_2' }
  for (const [name, card, afterMs, isPossible] of cases) {
    const nowMs = NOW + afterMs
    t.equal(canTryAgain(card, nowMs), isPossible, name)
    t.equal(shownOf(card, nowMs).canRetry, isPossible, name)
    const retry = () => tryAgain(card, order, { ...till, nowMs, isConfirmed: true })
    if (isPossible) t.equal(retry().attempts.length, card.attempts.length + 1, name)
    else t.throws(retry, { name: 'Refusal' }, name)
  }
})

t.test('the sentence for the cashier', async (t) => {
  const problem = 'Dojo has a fault at the moment: wait, or try again.'
  const refused = 'The card machine tm_1 is not available.'
  const cases: Array<[string, CardPayment, string | undefined]> = [
    ['Dojo fails', tried({ status: 'Initiated' }, 'Created', { problem }), problem],
    ['it failed on the way', tried(over('Canceled'), 'Canceled', { problem }), undefined],
    ['and before it expired', tried(over('Expired'), 'Canceled', { problem }), undefined],
    ['no machine took it', tried({ refused, overAtMs: NOW }, 'Canceled', { problem }), refused],
    ['no intent', payment({ endedAtMs: NOW, problem }), problem],
    [
      'too late to cancel',
      tried({ status: 'Initiated' }, 'Created', { problem, cancelWantedAtMs: NOW }),
      `It could not be canceled and goes on. ${problem}`,
    ],
    ['declined', tried(over('Declined')), 'The card was declined. Try again with another card.'],
    [
      'declined long ago',
      tried(over('Declined'), 'Canceled'),
      'The card was declined. Start a new payment with another card.',
    ],
    [
      'its signature was judged, and the machine has not heard',
      tried({ ...signing, signature: 'rejected' }),
      'The signature was rejected: wait for the card machine.',
    ],
    [
      'recorded by hand',
      tried(over('Expired'), 'Created', { byHand: { atMs: NOW, reason: 'seen' } }),
      'Recorded by hand as paid. If Dojo does not show the payment within a quarter of an hour, ' +
        'the bill opens again, and staff see it on the list.',
    ],
    [
      'its signature rejected',
      tried(rejected, 'Reversed'),
      'The signature was rejected. Start a new payment with another card.',
    ],
  ]
  for (const [name, card, message] of cases) t.equal(shownOf(card, NOW + 1).message, message, name)
})

t.test('a refund without a payment that was canceled is in doubt up to a moment', async (t) => {
  const attempts = [{ terminalId: 'tm_1', askedAtMs: NOW, sessionId: 'ts_1', ...over('Canceled') }]
  const card = payment({ kind: 'UnlinkedRefund', attempts })
  const { chargeAgain, unknownUntilMs } = judge(card, NOW)
  t.equal(chargeAgain, 'unknown')
  t.ok(unknownUntilMs! > NOW)
  t.match(judge(card, unknownUntilMs! - 1), { chargeAgain: 'unknown', unknownUntilMs })
  t.strictSame(judge(card, unknownUntilMs!), {
    status: 'Canceled',
    chargeAgain: 'safe',
    isUnderWay: false,
  })
})

t.test('a cancellation is sent at once, and again once a second at most', async (t) => {
  const read = { intentReadStatus: 'Created', intentReadAtMs: NOW + 100 }
  const late = 60_000
  for (const [name, card, afterMs, pauseMs] of [
    ['the machine has just canceled', tried(over('Canceled'), 'Created', read), 200, 0],
    ['Dojo refuses', tried(over('Canceled'), 'Created', read), 5_000, limits.sessionPollMs],
    [
      'wanted long after the end',
      tried(over('Expired'), 'Created', { ...read, cancelWantedAtMs: NOW + late }),
      late + 1,
      0,
    ],
    [
      'and refused then',
      tried(over('Expired'), 'Created', { ...read, cancelWantedAtMs: NOW + late }),
      late + 5_000,
      limits.sessionPollMs,
    ],
  ] as const) {
    t.same(nextStep(card, NOW + afterMs), { step: 'cancel-intent', afterMs: pauseMs }, name)
    t.ok(isWatchedClosely(card, NOW + afterMs), name)
  }
})

t.test(
  'what an event said is compared with Dojo at once, and then as often as all else',
  async (t) => {
    // The event says Captured, and Dojo's API shows the intent as it was before.
    const seen = (intentReadAtMs: number): CardPayment =>
      tried(over('Captured'), 'Captured', { intentReadStatus: 'Authorized', intentReadAtMs })
    for (const [name, card, afterMs, pauseMs] of [
      ['not read since the end', seen(NOW - 1), 200, 0],
      ['read, and it differs', seen(NOW), 200, limits.sessionPollMs],
      ['it differs for long', seen(NOW + 100), 40_000, 10_000],
    ] as const) {
      t.same(nextStep(card, NOW + afterMs), { step: 'read-intent', afterMs: pauseMs }, name)
    }
    t.equal(nextStep(seen(NOW), NOW + QUARTER + 1), undefined, 'and not for ever')
  },
)

t.test('one try in doubt keeps the whole payment in doubt', async (t) => {
  const { attempts } = tried(over('Expired'))
  const second = { terminalId: 'tm_2', askedAtMs: NOW + 1, sessionId: 'ts_2', ...over('Declined') }
  const both = tried({}, 'Created', { attempts: [...attempts, second] })
  t.match(judge(both, NOW + 2), { status: 'Declined', chargeAgain: 'unknown' })
})

t.test('a refund that is done by an event ends, so that its machine is free', async (t) => {
  const refund = { refundId: 'rfd_1', isDone: true }
  const done = tried({ status: 'Initiated' }, 'Captured', { kind: 'MatchedRefund', refund })
  t.match(nextStep(done, NOW), { step: 'end', afterMs: 0 })
  t.equal(nextStep({ ...done, endedAtMs: NOW }, NOW), undefined)
})

t.test('a refund recorded by hand: no machine gives it, and Dojo has the last word', async (t) => {
  const refund = { refundId: 'rfd_1', isDone: false }
  const inDoubt = tried(over('Expired'), 'Captured', { kind: 'MatchedRefund', refund })
  t.equal(judge(inDoubt, NOW).chargeAgain, 'unknown')
  const said = { nowMs: NOW, by: 'Office', reason: 'seen', given: true }
  t.throws(() => recordRefundByHand(inDoubt, { ...said, given: undefined }), {
    message: /given is missing/,
  })
  t.throws(() => recordByHand(tried(over('Expired')), said), { message: /given is for refunds/ })

  const given = recordRefundByHand(inDoubt, said)
  t.match(judge(given, NOW), { chargeAgain: 'notSafe', isUnderWay: true })
  t.equal(canTryAgain(given, NOW), false)
  t.throws(() => recordRefundByHand(given, said), { message: /only one whose result is unknown/ })
  t.match(shownOf(given, NOW).message, /The bill follows once Dojo shows the refund/)
  t.equal(nextStep(given, NOW + QUARTER)!.step, 'read-intent')
  t.equal(refundNeverShown(given, NOW + QUARTER), undefined, 'not before Dojo was asked then')
  const readAtLast = { ...given, intentReadAtMs: NOW + QUARTER }
  t.match(judge(readAtLast, NOW + QUARTER), { chargeAgain: 'safe', isUnderWay: false })
  t.match(
    refundNeverShown(readAtLast, NOW + QUARTER),
    /^The refund rfd_1 was .* \(seen\), but Dojo/,
  )
  t.equal(nextStep(readAtLast, NOW + QUARTER), undefined)
  const done = { ...readAtLast, refund: { ...refund, isDone: true } }
  t.match(judge(done, NOW), { status: 'Refunded', chargeAgain: 'notSafe' })
  t.equal(refundNeverShown(done, NOW + QUARTER), undefined)

  const notGiven = recordRefundByHand(inDoubt, { ...said, given: false })
  t.match(judge(notGiven, NOW), { chargeAgain: 'safe', isUnderWay: false })
  t.ok(canTryAgain(notGiven, NOW))
  const read = { ...notGiven, intentReadAtMs: NOW + 1 }
  t.equal(nextStep(read, NOW + 2)!.step, 'read-intent', 'it is still compared with Dojo')
  t.equal(nextStep({ ...read, intentReadAtMs: NOW + QUARTER }, NOW + QUARTER), undefined)
})

t.test('what is certain is not taken back by a late look', async (t) => {
  const session = (status: string) =>
    ({ found: 'session', session: { sessionId: 'ts_1', status, lastsMs: 1 } }) as const
  const captured = withFinding(tried({ status: 'Initiated' }), session('Captured'), NOW)
  t.equal(withFinding(captured, session('Initiated'), NOW).attempts[0]!.status, 'Captured')
  t.equal(withFinding(captured, session('Declined'), NOW).attempts[0]!.status, 'Captured')
  const expired = withFinding(tried({ status: 'Initiated' }), session('Expired'), NOW)
  t.equal(withFinding(expired, session('Initiated'), NOW).attempts[0]!.status, 'Expired')
  t.equal(withFinding(expired, session('Captured'), NOW).attempts[0]!.status, 'Captured')
})

t.test('what is unknown for a quarter of an hour is a case for staff', async (t) => {
  for (const [card, isDoubtful] of [
    [tried(over('Expired')), true],
    [tried(over('Captured')), true],
    [tried({ sessionId: undefined }), false],
    [tried(over('Expired'), 'Created', { endedAtMs: NOW }), false],
  ] as const) {
    t.equal(doubtOf(card, NOW + QUARTER - 1), undefined)
    t.equal(doubtOf(card, NOW + QUARTER + 1) !== undefined, isDoubtful)
  }
  const lost = tried({ sessionId: undefined })
  const laterMs = limits.sessionMostSeconds * 1000 + QUARTER
  t.match(doubtOf(lost, NOW + laterMs + 1), /crd_1 is Unknown/)
})
