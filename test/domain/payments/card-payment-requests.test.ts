// What a till may ask of a card payment, and when.
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import type { OrderLock } from '../../../src/domain/orders/order.ts'
import type { Attempt, CardPayment } from '../../../src/domain/payments/card-payment.ts'
import {
  amountToTake,
  answerSignature,
  mustBeAccepted,
  mustBeFree,
  mustBeStarted,
  mustHaveReceipt,
  startCardPayment,
  wantCancel,
  type AtTheTill,
  type CardPaymentStarter,
} from '../../../src/domain/payments/card-payment-requests.ts'
import { limits } from '../../../src/limits.ts'
import { cardSale } from '../../support/card-payment.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const NOW = 1_000_000_000
/** Long enough for a machine that nothing was heard of, and for a signature. */
const LATER = NOW + limits.sessionMostSeconds * 2000
const till: AtTheTill = { nowMs: NOW, holder: 'Bar', currency: 'GBP', underWay: [] }
const rules = { cardTips: true, cashbackMostMinor: 5_000, unlinkedRefundMostMinor: undefined }
const starter = { by: { waiterId: '7', tillName: 'Bar' }, rules }
const request = {
  cardPaymentId: 'crd_2',
  share: '',
  tipsMinor: 0,
  cashbackMinor: 0,
  terminalId: 'tm_2',
  captureMode: 'Auto',
  cardNotPresent: false,
} as const

const payment = (attempt: Partial<Attempt> = {}, more: Partial<CardPayment> = {}): CardPayment =>
  cardSale({ amountMinor: 400, attempts: [{ terminalId: 'tm_1', ...attempt }], ...more })

const asked = { askedAtMs: NOW, sessionId: 'ts_1' }
const inIntent = (status: string): Partial<CardPayment> => ({
  paymentIntentId: 'pi_1',
  intent: { status, atMs: NOW },
  intentReadStatus: status,
  intentReadAtMs: NOW,
})

/** What the work is refused with; undefined when it is not. */
function refusalOf(work: () => unknown): object | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { reason: error.reason, message: error.message, ...error.facts }
  }
}

t.test('starting one', async (t) => {
  const order = orderOfTill({ totalMinor: 1_000, serviceChargeMinor: 100 })
  const started = (
    more: object = {},
    at: Partial<AtTheTill & CardPaymentStarter> = {},
    of = order,
  ): CardPayment => startCardPayment(of, { ...request, ...more }, { ...till, ...starter, ...at })
  t.match(started(), {
    cardPaymentId: 'crd_2',
    orderId: 'ord_1',
    kind: 'Sale',
    amountMinor: 1_000,
    serviceChargeMinor: 100,
    startedAtMs: NOW,
    waiterId: '7',
    tillName: 'Bar',
    attempts: [{ terminalId: 'tm_2' }],
  })
  t.match(started({ amountMinor: 999 }), { amountMinor: 999, serviceChargeMinor: 0 }, 'a part')
  t.match(started({ captureMode: 'Manual', amountMinor: 5_000 }), {
    amountMinor: 5_000,
    serviceChargeMinor: 0,
  })
  t.match(
    started({ captureMode: 'Manual', amountMinor: 1_000 }),
    { serviceChargeMinor: 0 },
    'what is only authorised pays for nothing yet',
  )
  t.match(started({ share: 'b' }, { underWay: [payment()] }), { amountMinor: 600 }, 'the rest')

  const lock = (kind: OrderLock['kind'], more: Partial<OrderLock> = {}): { lock: OrderLock } => ({
    lock: { lockId: 'l', kind, expiresAtMs: NOW + 1, origin: {}, ...more },
  })
  const cases: [name: string, refused: object | undefined, () => unknown][] = [
    ['final', { reason: 'final' }, () => started({}, {}, { ...order, status: 'Canceled' })],
    ['locked', { reason: 'locked' }, () => started({}, {}, { ...order, ...lock('DojoLock') })],
    [
      'a lock that has expired',
      undefined,
      () => started({}, { nowMs: NOW + 1 }, { ...order, ...lock('DojoLock') }),
    ],
    [
      'the hold of another card payment',
      undefined,
      () => started({}, {}, { ...order, ...lock('DojoLock', { lockId: 'card-crd_1' }) }),
    ],
    [
      'the same share',
      { reason: 'card-under-way', cardPaymentStatus: 'Waiting', chargeAgain: 'notSafe' },
      () => started({}, { underWay: [payment(asked)] }),
    ],
    [
      'the same share, of which nothing was heard since',
      { reason: 'card-under-way', cardPaymentStatus: 'Unknown', chargeAgain: 'unknown' },
      () =>
        started(
          {},
          { nowMs: NOW + limits.sessionLagMs + 1, underWay: [payment({ askedAtMs: NOW })] },
        ),
    ],
    ['another order', undefined, () => started({}, { underWay: [payment({}, { orderId: 'x' })] })],
    ['more than is left', { reason: 'overpaid' }, () => started({ amountMinor: 1_001 })],
    ['nothing', { reason: 'overpaid' }, () => started({ amountMinor: 0 })],
    [
      'a machine that is busy',
      { reason: 'terminal-busy', terminalId: 'tm_1' },
      () => started({ share: 'b', terminalId: 'tm_1' }, { underWay: [payment(asked)] }),
    ],
    [
      'no amount to authorise',
      { message: /^amountMinor is missing/ },
      () => started({ captureMode: 'Manual' }),
    ],
    [
      'a tip that the venue does not take',
      { reason: 'not-allowed' },
      () => started({ tipsMinor: 1 }, { rules: { ...rules, cardTips: false } }),
    ],
    [
      'more cashback than the venue gives',
      { reason: 'not-allowed' },
      () => started({ cashbackMinor: 5_001 }),
    ],
  ]
  for (const [name, refused, work] of cases) {
    const refusal = refusalOf(work)
    if (refused === undefined) t.equal(refusal, undefined, name)
    else t.match(refusal, refused, name)
  }
})

t.test('what is left to take, besides what is on card machines', async (t) => {
  const order = orderOfTill({ totalMinor: 1_000, paidMinor: 100 })
  const cases: [CardPayment[], wanted: number | undefined, takes: number | RegExp][] = [
    [[], undefined, 900],
    [[], 900, 900],
    [[], 901, /^Only 9\.00 GBP is left to pay on the order ord_1\.$/],
    [[], -1, /^Only 9\.00 GBP is left/],
    [[payment()], undefined, 500],
    [[payment(), payment()], undefined, 100],
    [
      [payment()],
      501,
      /^Only 5\.00 GBP is left to pay on the order ord_1 besides 4\.00 GBP on card m/,
    ],
    [[payment({}, { amountMinor: 900 })], undefined, /^Nothing is left to pay/],
    [[payment({}, { kind: 'MatchedRefund' })], undefined, 900],
    [[payment({}, { captureMode: 'Manual' })], undefined, 900],
    [
      [
        payment(
          {},
          { captureMode: 'Manual', wanted: { what: 'capture', amountMinor: 300 } as never },
        ),
      ],
      undefined,
      600,
    ],
  ]
  for (const [underWay, wanted, takes] of cases) {
    const name = `${String(wanted)} beside ${underWay.length}`
    const work = (): number => amountToTake(order, wanted, { ...till, underWay })
    if (typeof takes === 'number') t.equal(work(), takes, name)
    else t.match(refusalOf(work), { reason: 'overpaid', message: takes }, name)
  }
})

t.test('a machine is busy with one at a time', async (t) => {
  const cases: [name: string, busy: object | undefined, CardPayment, nowMs?: number][] = [
    ['not asked yet', { cardPaymentStatus: 'Waiting', orderId: 'ord_1' }, payment()],
    ['a session', { cardPaymentStatus: 'Waiting' }, payment(asked)],
    ['prompting', { cardPaymentStatus: 'Prompting' }, payment({ ...asked, prompt: 'PresentCard' })],
    [
      'of which nothing was heard',
      { cardPaymentStatus: 'Unknown' },
      payment({ ...asked, expiresAtMs: NOW }),
      LATER,
    ],
    ['another machine', undefined, payment({ ...asked, terminalId: 'tm_9' })],
    ['over', undefined, payment({ ...asked, status: 'Canceled', overAtMs: NOW })],
  ]
  for (const [name, busy, other, nowMs = NOW] of cases) {
    const refusal = refusalOf(() => {
      mustBeFree('tm_1', { underWay: [other], nowMs })
    })
    if (busy === undefined) t.equal(refusal, undefined, name)
    else t.match(refusal, { reason: 'terminal-busy', terminalId: 'tm_1', ...busy }, name)
  }
})

t.test('canceling', async (t) => {
  t.match(wantCancel(payment(asked), NOW + 5), { cancelWantedAtMs: NOW + 5 })
  t.equal(wantCancel(payment(asked, { cancelWantedAtMs: NOW }), NOW + 5), undefined, 'again')
  for (const status of ['Captured', 'Authorized', 'Refunded']) {
    t.match(
      refusalOf(() => wantCancel(payment(asked, inIntent(status)), NOW)),
      { reason: 'card-payment-over', cardPaymentStatus: status },
    )
  }
  const signed = payment(
    { ...asked, status: 'SignatureVerificationRequired', signatureSinceMs: NOW },
    inIntent('Captured'),
  )
  t.match(wantCancel(signed, NOW), { cancelWantedAtMs: NOW }, 'while the signature is looked at')
  t.match(
    refusalOf(() => wantCancel(signed, LATER)),
    { cardPaymentStatus: 'Captured' },
  )
})

t.test('judging a signature', async (t) => {
  const waits = { ...asked, status: 'SignatureVerificationRequired', signatureSinceMs: NOW }
  const signed = payment(waits, inIntent('Captured'))
  for (const [isAccepted, signature] of [
    [true, 'accepted'],
    [false, 'rejected'],
  ] as const) {
    const answered = answerSignature(signed, isAccepted, NOW)!
    t.match(answered.attempts, [{ ...waits, signature }])
    t.equal(answerSignature(answered, isAccepted, LATER), undefined, 'the same again')
    t.match(
      refusalOf(() => answerSignature(answered, !isAccepted, NOW)),
      { reason: 'card-payment-over' },
    )
  }
  t.match(
    refusalOf(() => answerSignature(signed, false, LATER)),
    {
      reason: 'card-payment-over',
      message: /is Captured\. A signature that nobody judged in time counts as accepted\.$/,
    },
  )
  t.match(
    refusalOf(() => answerSignature(payment(asked), true, NOW)),
    { message: /the card payment is Waiting\./ },
  )
})

t.test('what no machine took', async (t) => {
  const started = (of: CardPayment, nowMs = NOW) =>
    refusalOf(() => {
      mustBeStarted(of, nowMs)
    })
  t.equal(started(payment(asked)), undefined)
  t.equal(started(payment({}, { problem: 'The key is wrong.' })), undefined, 'it is tried again')
  t.match(started(payment({ askedAtMs: NOW, refused: 'The machine is off.' })), {
    reason: 'dojo-refused',
    message: 'The machine is off.',
    cardPaymentId: 'crd_1',
    chargeAgain: 'safe',
    terminalId: 'tm_1',
  })
  t.match(started(payment({}, { problem: 'The key is wrong.', endedAtMs: NOW })), {
    message: 'The key is wrong.',
    cardPaymentStatus: 'Canceled',
    chargeAgain: 'safe',
  })
  t.equal(
    started(payment({}, { ...inIntent('Canceled'), problem: 'Off.', endedAtMs: NOW })),
    undefined,
    'it had an intent, so there is something to look at',
  )
})

t.test('what Dojo did not do with an authorised amount', async (t) => {
  const accepted = (more: Partial<CardPayment>) =>
    refusalOf(() => {
      mustBeAccepted(payment(asked, { ...inIntent('Authorized'), ...more }))
    })
  t.equal(accepted({}), undefined)
  t.equal(accepted({ problem: 'x', wanted: { what: 'release' } as never }), undefined, 'not yet')
  t.equal(accepted({ problem: 'x', ...inIntent('Captured') }), undefined, 'it was done')
  t.match(accepted({ problem: 'Too much.' }), { reason: 'dojo-refused', message: 'Too much.' })
})

t.test('a receipt', async (t) => {
  const of = (attempts: Partial<Attempt>[], more: Partial<CardPayment> = {}): CardPayment => ({
    ...payment({}, { ...inIntent('Captured'), ...more }),
    attempts: attempts.map((attempt) => ({ terminalId: 'tm_1', ...attempt })),
  })
  const failed = { sessionId: 'ts_0', status: 'Declined' }
  const cases: [CardPayment, sessionId: string | RegExp][] = [
    [of([failed, { sessionId: 'ts_1', status: 'Captured' }]), 'ts_1'],
    [of([{ sessionId: 'ts_1', status: 'Authorized' }]), 'ts_1'],
    [of([failed]), /has no receipt: no card machine has finished it\.$/],
    [of([{ status: 'Captured' }]), /has no receipt/],
    [
      of([{ sessionId: 'ts_1', status: 'Captured' }], { socketPaymentId: 'p' }),
      /over Dojo's socket/,
    ],
  ]
  for (const [taken, expected] of cases) {
    if (typeof expected === 'string') {
      t.strictSame(mustHaveReceipt(taken), { sessionId: expected, paymentIntentId: 'pi_1' })
    } else {
      t.match(
        refusalOf(() => mustHaveReceipt(taken)),
        { message: expected },
      )
    }
  }
})
