// A refund without a payment: who gives it, how much, and what somebody may say of its result.
import t from 'tap'
import type { Attempt, CardPayment } from '../../../src/domain/payments/card-payment.ts'
import {
  mustBeLookedAt,
  recordUnlinkedRefund,
  startUnlinkedRefund,
} from '../../../src/domain/payments/unlinked-refund.ts'
import { verdict } from '../../support/bookings.ts'
import { cardSale } from '../../support/card-payment.ts'

const NOW = 1_000_000_000
const request = {
  refundId: 'rfd_1',
  amountMinor: 2_000,
  reason: 'Paid elsewhere',
  terminalId: 'tm_1',
  cardNotPresent: false,
}
const start = (mostMinor: number | undefined, underWay: CardPayment[] = []): CardPayment =>
  startUnlinkedRefund(request, {
    ...{ nowMs: NOW, holder: 'Bar', currency: 'GBP', underWay, by: { tillName: 'Bar' } },
    rules: { cardTips: true, cashbackMostMinor: undefined, unlinkedRefundMostMinor: mostMinor },
  })

t.test('it is started', async (t) => {
  const cases: [string, Parameters<typeof start>, string][] = [
    ['up to the most', [2_000], 'ok'],
    ['a penny too much', [1_999], 'Conflict not-allowed'],
    ['where there are none', [undefined], 'Conflict not-allowed'],
    ['on another machine', [2_000, [cardSale({ attempts: [{ terminalId: 'tm_2' }] })]], 'ok'],
    ['on a busy machine', [2_000, [cardSale()]], 'Conflict terminal-busy'],
  ]
  for (const [name, given, expected] of cases) {
    t.equal(
      verdict(() => start(...given)),
      expected,
      name,
    )
  }
  t.match(start(2_000), { kind: 'UnlinkedRefund', cardPaymentId: 'rfd_1', amountMinor: 2_000 })
})

t.test('by hand only where nothing is known of it', async (t) => {
  const tried = (attempt: object): CardPayment => ({
    ...start(2_000),
    attempts: [{ terminalId: 'tm_1', askedAtMs: NOW, sessionId: 'ts_1', ...attempt }],
  })
  const by = { nowMs: NOW + 1, by: 'Anna', reason: 'Seen on the slip' }
  for (const [name, payment, expected] of [
    ['nothing was asked', start(2_000), 'Conflict card-payment-over'],
    ['it is at work', tried({ status: 'Initiated' }), 'Conflict card-payment-over'],
    ['declined', tried({ status: 'Declined', overAtMs: NOW }), 'Conflict card-payment-over'],
    ['lost', tried({ status: 'Expired', overAtMs: NOW }), 'ok'],
  ] as const) {
    t.equal(
      verdict(() => recordUnlinkedRefund(payment, { ...by, given: true })),
      expected,
      name,
    )
  }
  const lost = tried({ status: 'Expired', overAtMs: NOW })
  t.equal(recordUnlinkedRefund(lost, { ...by, given: true }).givenAtMs, NOW + 1)
  const notGiven = recordUnlinkedRefund(lost, { ...by, given: false })
  t.equal(notGiven.givenAtMs, undefined)
  t.match(notGiven.byHand, { by: 'Anna', given: false })
})

t.test('somebody has to look at the machine where no time will tell', async (t) => {
  const LONG_AGO = NOW - 3_600_000
  const asked = { terminalId: 'tm_1', askedAtMs: LONG_AGO, sessionId: 'ts_1', overAtMs: LONG_AGO }
  const byHand = { atMs: NOW, reason: 'Seen on the slip' }
  const cases: [string, Attempt[], boolean, Partial<CardPayment>?][] = [
    ['nothing was asked', [{ terminalId: 'tm_1' }], false, { endedAtMs: NOW }],
    ['not started', [{ terminalId: 'tm_1', askedAtMs: LONG_AGO, refused: 'busy' }], false],
    ['it is at work', [{ terminalId: 'tm_1', askedAtMs: NOW, sessionId: 'ts_1' }], false],
    ['given', [{ ...asked, status: 'Captured' }], false],
    ['declined', [{ ...asked, status: 'Declined' }], false],
    ['signature rejected', [{ ...asked, status: 'SignatureVerificationRejected' }], false],
    ['canceled just now', [{ ...asked, status: 'Canceled', overAtMs: NOW }], false],
    ['canceled long ago', [{ ...asked, status: 'Canceled' }], false],
    ['expired', [{ ...asked, status: 'Expired' }], true],
    ['the answer was lost', [{ ...asked, sessionId: undefined }], true],
    [
      'expired, then declined',
      [
        { ...asked, status: 'Expired' },
        { ...asked, status: 'Declined' },
      ],
      true,
    ],
    [
      'expired, and recorded as given',
      [{ ...asked, status: 'Expired' }],
      false,
      { byHand: { ...byHand, given: true } },
    ],
    [
      'expired, and recorded as not given',
      [{ ...asked, status: 'Expired' }],
      false,
      { byHand: { ...byHand, given: false } },
    ],
  ]
  for (const [name, attempts, expected, more] of cases) {
    t.equal(mustBeLookedAt({ ...start(2_000), attempts, ...more }, NOW), expected, name)
  }
})
