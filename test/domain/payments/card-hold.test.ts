// An order while card machines work on it, and what may be done with an amount that is authorised.
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import type { Order, OrderLock } from '../../../src/domain/orders/order.ts'
import { cardHoldOf, holdForCard, withCardHold } from '../../../src/domain/payments/card-hold.ts'
import { wantOfAuthorized } from '../../../src/domain/payments/card-payment-authorized.ts'
import type { CardPayment } from '../../../src/domain/payments/card-payment.ts'
import { mustAllowCashback, mustAllowTips } from '../../../src/domain/payments/counter-rules.ts'
import { limits } from '../../../src/limits.ts'
import { cardSale } from '../../support/card-payment.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const NOW = 1_000_000_000
const HOLD_MS = limits.cardHoldSeconds * 1000
const lock = (more: Partial<OrderLock> = {}): OrderLock => ({
  lockId: 'card-crd_1',
  kind: 'DojoLock',
  expiresAtMs: NOW,
  origin: {},
  ...more,
})

const payment = (more: Partial<CardPayment> = {}): CardPayment =>
  cardSale({ cardPaymentId: 'crd_2', waiterId: '7', tillName: 'Bar', ...more })

const authorized = (more: Partial<CardPayment> = {}): CardPayment =>
  payment({
    captureMode: 'Manual',
    paymentIntentId: 'pi_1',
    intent: { status: 'Authorized', atMs: NOW },
    intentReadStatus: 'Authorized',
    intentReadAtMs: NOW,
    ...more,
  })

function refusalOf(work: () => unknown): object {
  try {
    return { none: work() }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { reason: error.reason, message: error.message, ...error.facts }
  }
}

t.test('an order is held for a card payment that starts', async (t) => {
  const held = (of: Partial<CardPayment>, before?: OrderLock): OrderLock | undefined =>
    holdForCard(orderOfTill({ lock: before }), payment(of), NOW).lock
  const own = {
    lockId: 'card-crd_2',
    kind: 'DojoLock',
    expiresAtMs: NOW + HOLD_MS,
    origin: { waiterId: '7', product: 'Bar', deviceId: 'tm_1' },
  }
  t.strictSame(held({}), own)
  t.strictSame(held({}, lock({ kind: 'TillHold' })), own, "the till's own hold ends")
  t.strictSame(held({}, lock({ lockId: 'lck_1' })), own, "Dojo's lock has expired by then")
  t.strictSame(held({}, lock()), lock({ expiresAtMs: NOW + HOLD_MS }), 'one hold for all shares')
  const later = lock({ expiresAtMs: NOW + HOLD_MS + 1 })
  t.strictSame(held({}, later), later, 'and it never ends sooner')
  t.equal(held({ kind: 'MatchedRefund' }), undefined)
  t.equal(held({ captureMode: 'Manual' }), undefined, 'a tab may grow')
  const capture = { what: 'capture', amountMinor: 1, tipsMinor: 0, atMs: NOW } as const
  t.ok(held({ captureMode: 'Manual', wanted: capture }), 'until it is taken')
  t.equal(held({ captureMode: 'Manual', wanted: { ...capture, what: 'release' } }), undefined)
})

t.test('and for as long as something is under way', async (t) => {
  const after = (
    judgement: { isUnderWay: boolean; unknownUntilMs?: number },
    othersUnderWay: boolean,
    before: OrderLock | 'none' = lock(),
  ): OrderLock | undefined => {
    const order: Order = orderOfTill(before === 'none' ? {} : { lock: before })
    const judged = { status: 'Waiting', chargeAgain: 'notSafe', ...judgement } as const
    return withCardHold(order, judged, { othersUnderWay, nowMs: NOW }).lock
  }
  const longer = lock({ expiresAtMs: NOW + HOLD_MS })
  t.strictSame(after({ isUnderWay: true }, false), longer)
  t.strictSame(after({ isUnderWay: false }, true), longer)
  t.equal(after({ isUnderWay: false }, false), undefined, 'gone with the last')
  t.strictSame(
    after({ isUnderWay: true, unknownUntilMs: NOW + 60_000 }, false),
    lock({ expiresAtMs: NOW + 60_000 + HOLD_MS }),
    'until it is certain, and some time more',
  )
  t.equal(after({ isUnderWay: true }, true, 'none'), undefined, 'broken by force')
  for (const other of [lock({ lockId: 'lck_1' }), lock({ kind: 'TillHold' })]) {
    t.strictSame(after({ isUnderWay: false }, false, other), other)
    t.equal(cardHoldOf({ lock: other }), undefined)
  }
  t.equal(cardHoldOf({ lock: lock() }), 'card-crd_1')
  t.equal(cardHoldOf({}), undefined)
})

t.test('what may be done with an authorised amount', async (t) => {
  const till = { nowMs: NOW, holder: 'Bar', currency: 'GBP', underWay: [] }
  const rules = { cardTips: true, cashbackMostMinor: 5_000, unlinkedRefundMostMinor: undefined }
  const order = orderOfTill({ totalMinor: 1_500, paidMinor: 300 })
  const want = (
    request: Parameters<typeof wantOfAuthorized>[2],
    of: Partial<CardPayment> = {},
    allowed = rules,
  ) =>
    refusalOf(() => wantOfAuthorized(authorized(of), order, request, { ...till, rules: allowed }))
  const capture = (amountMinor?: number, tipsMinor = 0) =>
    ({ what: 'capture', amountMinor, tipsMinor }) as const
  const wanted = (what: string, amountMinor: number, tipsMinor = 0) => ({
    none: { wanted: { what, amountMinor, tipsMinor, atMs: NOW }, problem: undefined },
  })
  const cases: [name: string, got: object, expected: object][] = [
    [
      'more',
      want({ what: 'amount', amountMinor: 1_800 }, { problem: 'x' }),
      wanted('amount', 1_800),
    ],
    ['nothing', want({ what: 'release' }), wanted('release', 0)],
    ['all that is authorised', want(capture()), wanted('capture', 1_000)],
    [
      'no more than is left to pay',
      want(capture(), { amountMinor: 2_000 }),
      wanted('capture', 1_200),
    ],
    ['a part', want(capture(999)), wanted('capture', 999)],
    ['a tip out of it', want(capture(undefined, 200)), wanted('capture', 800, 200)],
    [
      'all of it, with its tip',
      want(capture(1_000, 50), { tipsMinor: 50 }),
      wanted('capture', 1_000, 50),
    ],
    [
      'more than is authorised',
      want(capture(1_001)),
      { reason: 'overpaid', authorizedMinor: 1_000, message: /^Only 10\.00 GBP is authorised/ },
    ],
    ['with its tip', want(capture(1_000, 1)), { reason: 'overpaid', authorizedMinor: 1_000 }],
    ['a tip alone', want(capture(undefined, 1_000)), { reason: 'overpaid' }],
    [
      'more than is left',
      want(capture(1_201), { amountMinor: 2_000 }),
      { reason: 'overpaid', leftMinor: 1_200 },
    ],
    ['no tips', want(capture(1, 1), {}, { ...rules, cardTips: false }), { reason: 'not-allowed' }],
    [
      'while the last wish is open',
      want(
        { what: 'release' },
        { wanted: { what: 'release', amountMinor: 0, tipsMinor: 0, atMs: NOW } },
      ),
      { reason: 'card-under-way', cardPaymentStatus: 'Authorized' },
    ],
    [
      'when it was taken',
      want(
        { what: 'release' },
        { intent: { status: 'Captured', atMs: NOW }, intentReadStatus: 'Captured' },
      ),
      { reason: 'card-payment-over', cardPaymentStatus: 'Captured' },
    ],
  ]
  for (const [name, got, expected] of cases) t.match(got, expected, name)
})

t.test('what a venue allows at the counter', async (t) => {
  const most = { cardTips: false, cashbackMostMinor: 5_000, unlinkedRefundMostMinor: undefined }
  const asked = { cashbackMinor: 5_000, captureMode: 'Auto', cardNotPresent: false } as const
  const cashback = (more: object = {}, rules: object = {}): object =>
    refusalOf(() => {
      mustAllowCashback({ ...asked, ...more }, { ...most, ...rules }, 'GBP')
    })
  const allowed = { none: undefined }
  t.strictSame(cashback(), allowed)
  t.strictSame(
    cashback({ cashbackMinor: 0, cardNotPresent: true }, { cashbackMostMinor: undefined }),
    allowed,
  )
  for (const [more, rules, message] of [
    [
      { cashbackMinor: 5_001 },
      {},
      /at most 50\.00 GBP in cash with a card payment, not 50\.01 GBP\.$/,
    ],
    [{ captureMode: 'Manual' }, {}, /captured at once/],
    [{ cardNotPresent: true }, {}, /needs a card on the machine/],
    [{}, { cashbackMostMinor: undefined }, /gives no cashback/],
  ] as const) {
    t.match(cashback(more, rules), { reason: 'not-allowed', message })
  }
  const tips = (tipsMinor: number, cardTips: boolean): object =>
    refusalOf(() => {
      mustAllowTips({ tipsMinor }, { cardTips })
    })
  t.strictSame([tips(0, false), tips(1, true)], [allowed, allowed])
  t.match(tips(1, false), { reason: 'not-allowed', message: /^tipsMinor is 1/ })
})
