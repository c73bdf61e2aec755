import fc from 'fast-check'
import t from 'tap'
import type { Order, OrderLock, Payment } from '../../../src/domain/orders/order.ts'
import {
  takeTender,
  voidTender,
  type CashRule,
  type TenderRequest,
} from '../../../src/domain/payments/tender.ts'
import { line, orderOfTill } from '../../support/till-orders.ts'

const now = Date.parse('2026-03-01T20:00:00.000Z')
const caller = { currency: 'GBP', waiterId: 'w1', deviceId: 'Bar' }
const take = (order: Partial<Order>, request: Partial<TenderRequest>, rule: CashRule = {}) =>
  takeTender(
    orderOfTill({ totalMinor: 2_000, ...order }),
    { tender: 'Cash', ...request },
    { paymentId: request.id ?? 'pay_9', nowMs: now, holder: 'Bar', caller: { ...caller, ...rule } },
  )
const dojoLock: OrderLock = {
  lockId: 'lck',
  kind: 'DojoLock',
  expiresAtMs: now + 60_000,
  origin: { waiterId: '42' },
}
const hold = (holder: string): OrderLock => ({ ...dojoLock, kind: 'TillHold', holder })
const known: Payment = {
  paymentId: 'p1',
  tender: 'Cash',
  amountMinor: 500,
  tipsMinor: 50,
  tenderedMinor: 1_000,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  recordedAt: '2026-03-01T19:30:00.000Z',
}

t.test('what is taken', async (t) => {
  const cases: {
    name: string
    order?: Partial<Order>
    request: Partial<TenderRequest>
    amount: number
    paid: number
    tips?: number
    status?: string
  }[] = [
    { name: 'all that is owed', request: {}, amount: 2_000, paid: 2_000, status: 'Finalized' },
    {
      name: 'the rest',
      order: { paidMinor: 1_500 },
      request: {},
      amount: 500,
      paid: 2_000,
      status: 'Finalized',
    },
    { name: 'a part', request: { amountMinor: 700 }, amount: 700, paid: 700 },
    {
      name: 'as much as was handed over',
      request: { tenderedMinor: 1_200 },
      amount: 1_200,
      paid: 1_200,
    },
    {
      name: 'less a tip',
      request: { tenderedMinor: 1_200, tipsMinor: 200 },
      amount: 1_000,
      paid: 1_000,
      tips: 200,
    },
    {
      name: 'with change',
      request: { tenderedMinor: 5_000 },
      amount: 2_000,
      paid: 2_000,
      status: 'Finalized',
    },
    {
      name: 'a tip from the change',
      request: { tenderedMinor: 5_000, tipsMinor: 300 },
      amount: 2_000,
      paid: 2_000,
      tips: 300,
      status: 'Finalized',
    },
    {
      name: 'a tip alone',
      request: { amountMinor: 0, tipsMinor: 100 },
      amount: 0,
      paid: 0,
      tips: 100,
    },
    {
      name: 'a voucher',
      request: { tender: 'Voucher', amountMinor: 1_000, reference: 'V-7' },
      amount: 1_000,
      paid: 1_000,
    },
    {
      name: 'food that is being cooked',
      order: { orderType: 'Collection', status: 'Preparing' },
      request: {},
      amount: 2_000,
      paid: 2_000,
      status: 'Preparing',
    },
    {
      name: 'held by this till',
      order: { lock: hold('Bar') },
      request: {},
      amount: 2_000,
      paid: 2_000,
      status: 'Finalized',
    },
    {
      name: 'a lock of Dojo that has expired',
      order: { lock: { ...dojoLock, expiresAtMs: now } },
      request: {},
      amount: 2_000,
      paid: 2_000,
      status: 'Finalized',
    },
  ]
  for (const { name, order = {}, request, amount, paid, tips = 0, status } of cases) {
    const change = take(order, request)!
    t.match(change.order, { paidMinor: paid, tipsMinor: tips, status: status ?? 'Accepted' }, name)
    t.equal(change.action, 'PaymentRecorded')
    t.match(change.order.payments.at(-1), {
      paymentId: 'pay_9',
      tender: request.tender ?? 'Cash',
      amountMinor: amount,
      tipsMinor: request.tipsMinor,
      tenderedMinor: request.tenderedMinor,
      reference: request.reference,
      waiterId: 'w1',
      deviceId: 'Bar',
      recordedAt: '2026-03-01T20:00:00.000Z',
    })
    t.match(change.detail, { paymentId: 'pay_9', amountMinor: amount, paidMinor: paid })
  }
})

t.test('refusals, each before those that follow', async (t) => {
  const cases: {
    name: string
    order?: Partial<Order>
    request: Partial<TenderRequest>
    reason: string
    message: string
  }[] = [
    {
      name: 'the same id with another amount',
      order: { payments: [known], status: 'Finalized' },
      request: { id: 'p1', amountMinor: 400, tipsMinor: 50, tenderedMinor: 1_000 },
      reason: 'content-differs',
      message: 'The payment p1 is already on this order, with other content.',
    },
    {
      name: 'change of a voucher',
      order: { status: 'Finalized' },
      request: { tender: 'Voucher', tenderedMinor: 1 },
      reason: 'invalid',
      message: 'The field tenderedMinor goes with cash only; for another tender, send amountMinor.',
    },
    {
      name: 'final',
      order: { status: 'Finalized', lock: dojoLock },
      request: { amountMinor: 9_999 },
      reason: 'final',
      message: 'The order ord_1 is Finalized; no further changes are possible.',
    },
    {
      name: 'locked by Dojo',
      order: { lock: dojoLock },
      request: { amountMinor: 9_999 },
      reason: 'locked',
      message:
        'The order ord_1 is locked by waiter 42 until 20:01:00 UTC, 60 s from now at the latest.',
    },
    {
      name: 'held by another till',
      order: { lock: hold('Till 2') },
      request: { amountMinor: 9_999 },
      reason: 'held',
      message:
        'The order ord_1 is held for editing by Till 2 until 20:01:00 UTC, 60 s from now at ' +
        'the latest.',
    },
    {
      name: 'more than the balance',
      order: { paidMinor: 1_500 },
      request: { amountMinor: 501, tenderedMinor: 1 },
      reason: 'overpaid',
      message: 'The payment of 5.01 GBP is more than the balance of 5.00 GBP on the order ord_1.',
    },
    {
      name: 'nothing owed',
      order: { paidMinor: 2_000, orderType: 'Collection' },
      request: {},
      reason: 'overpaid',
      message: 'The payment of 0.00 GBP is more than the balance of 0.00 GBP on the order ord_1.',
    },
    {
      name: 'less handed over than amount and tip',
      request: { amountMinor: 500, tipsMinor: 51, tenderedMinor: 550 },
      reason: 'invalid',
      message: 'The field tenderedMinor is 550, less than the payment and its tip, which are 551.',
    },
    {
      name: 'nothing',
      request: { amountMinor: 0 },
      reason: 'invalid',
      message: 'A payment cannot be zero.',
    },
    {
      name: 'nothing handed over',
      request: { tenderedMinor: 0 },
      reason: 'invalid',
      message: 'A payment cannot be zero.',
    },
  ]
  for (const { name, order = {}, request, reason, message } of cases) {
    t.throws(() => take(order, request), { reason, message }, name)
  }
})

t.test('the same again', async (t) => {
  const again = { id: 'p1', tipsMinor: 50, tenderedMinor: 1_000 }
  for (const [name, order] of Object.entries({
    open: {},
    final: { status: 'Finalized' },
    locked: { lock: dojoLock },
    void: { payments: [{ ...known, voidedAt: '2026-03-01T19:45:00.000Z', voidReason: 'x' }] },
  } satisfies Record<string, Partial<Order>>)) {
    t.equal(take({ payments: [known], ...order }, { ...again, amountMinor: 500 }), undefined, name)
  }
  t.equal(take({ payments: [known] }, again), undefined, 'the amount may be left out')
})

t.test('money that goes back', async (t) => {
  const giveBack = (order: Partial<Order>, paymentId = 'p1') =>
    voidTender(
      orderOfTill({
        totalMinor: 500,
        paidMinor: 500,
        tipsMinor: 50,
        payments: [known],
        status: 'Finalized',
        statusBeforeFinal: 'Ready',
        ...order,
      }),
      paymentId,
      { nowMs: now, holder: 'Bar', reason: 'wrong order' },
    )
  const change = giveBack({})!
  t.match(change, {
    action: 'PaymentVoided',
    detail: {
      paymentId: 'p1',
      tender: 'Cash',
      amountMinor: 500,
      reason: 'wrong order',
      paidMinor: 0,
      status: 'Ready',
      statusBefore: 'Finalized',
    },
    order: {
      paidMinor: 0,
      tipsMinor: 0,
      status: 'Ready',
      payments: [
        { paymentId: 'p1', voidedAt: '2026-03-01T20:00:00.000Z', voidReason: 'wrong order' },
      ],
    },
  })
  t.equal(change.order.statusBeforeFinal, undefined)
  const voided = { ...known, voidedAt: '2026-03-01T19:45:00.000Z', voidReason: 'x' }
  t.equal(giveBack({ payments: [voided], lock: dojoLock }), undefined, 'void already')

  const refusals = [
    { name: 'no such payment', order: {}, paymentId: 'p9', reason: 'not-found' },
    {
      name: 'taken by Dojo',
      order: {
        payments: [{ ...known, tender: 'Dojo' as const, paymentIntentId: 'pi' }],
        lock: dojoLock,
      },
      paymentId: 'p1',
      reason: 'paid-by-dojo',
    },
    { name: 'locked by Dojo', order: { lock: dojoLock }, paymentId: 'p1', reason: 'locked' },
    {
      name: 'held by another till',
      order: { lock: hold('Till 2') },
      paymentId: 'p1',
      reason: 'held',
    },
  ]
  for (const { name, order, paymentId, reason } of refusals) {
    t.throws(() => giveBack(order, paymentId), { reason, message: /./ }, name)
  }
  t.ok(giveBack({ lock: hold('Bar') }), 'held by this till')
})

t.test('a payment for certain items', async (t) => {
  const lines = [
    line('l1', 1_000),
    line('l2', 400),
    line('l3', 600, { kind: 'Modifier', parentLineId: 'l2' }),
  ]
  const soup = { ...known, amountMinor: 1_000, tenderedMinor: undefined, lineIds: ['l1'] }
  const paid = { lines, payments: [soup], paidMinor: 1_000 }
  for (const [name, order, request, amountMinor] of [
    ['all of one', { lines }, { lineIds: ['l1'] }, 1_000],
    ['with what is below it', { lines }, { lineIds: ['l2'] }, 1_000],
    ['two', { lines }, { lineIds: ['l2', 'l1'] }, 2_000],
    ['less than it comes to', { lines }, { lineIds: ['l1'], amountMinor: 300 }, 300],
    ['what was handed over', { lines }, { lineIds: ['l1'], tenderedMinor: 700 }, 700],
    ['with change', { lines }, { lineIds: ['l1'], tenderedMinor: 5_000 }, 1_000],
    ['what is left of them', paid, { lineIds: ['l1', 'l2'] }, 1_000],
    ['more', paid, { lineIds: ['l2'], amountMinor: 900 }, 900],
  ] as const) {
    const change = take(order as Partial<Order>, request)!
    t.match(change.order.payments.at(-1), { amountMinor, lineIds: request.lineIds }, name)
    t.match(change.detail, { lineIds: request.lineIds }, name)
  }
  for (const [name, order, lineIds, reason] of [
    ['an item that is paid', paid, ['l1'], 'overpaid'],
    ['no item', { lines }, ['l9'], 'not-found'],
    ['a part of one', { lines }, ['l3'], 'invalid'],
    ['one twice', { lines }, ['l1', 'l1'], 'invalid'],
  ] as const) {
    t.throws(() => take(order as Partial<Order>, { lineIds }), { reason, message: /./ }, name)
  }
  const again = { id: 'p1', amountMinor: 1_000, tipsMinor: 50, lineIds: ['l1'] }
  t.equal(take(paid, again), undefined, 'the same again')
  t.throws(() => take(paid, { ...again, lineIds: ['l2'] }), {
    reason: 'content-differs',
    message: /already on this order/,
  })
})

const toFive = { cashRoundingMinor: 5 }

t.test('cash that pays what is left is rounded, where the venue rounds it', async (t) => {
  for (const [name, totalMinor, request, expected] of [
    ['down', 1_002, {}, { amountMinor: 1_002, roundingMinor: -2 }],
    ['up', 1_003, {}, { amountMinor: 1_003, roundingMinor: 2 }],
    ['not at all', 1_005, {}, { amountMinor: 1_005, roundingMinor: undefined }],
    ['to nothing', 2, { tenderedMinor: 0 }, { amountMinor: 2, roundingMinor: -2 }],
    ['asked for', 1_002, { amountMinor: 1_002 }, { amountMinor: 1_002, roundingMinor: -2 }],
    [
      'with the round sum',
      1_002,
      { tenderedMinor: 1_000 },
      { amountMinor: 1_002, roundingMinor: -2 },
    ],
    ['with change', 1_003, { tenderedMinor: 2_000 }, { amountMinor: 1_003, roundingMinor: 2 }],
    [
      'with a tip',
      1_002,
      { tenderedMinor: 1_200, tipsMinor: 200 },
      { amountMinor: 1_002, tipsMinor: 200, roundingMinor: -2 },
    ],
    [
      'not with the coins',
      1_003,
      { tenderedMinor: 1_003 },
      { amountMinor: 1_003, roundingMinor: undefined },
    ],
    ['not a part', 1_002, { amountMinor: 501 }, { amountMinor: 501, roundingMinor: undefined }],
    ['not a card', 1_002, { tender: 'Other' }, { amountMinor: 1_002, roundingMinor: undefined }],
  ] as const) {
    t.match(take({ totalMinor }, request, toFive)!.order.payments.at(-1), expected, name)
  }
  t.throws(() => take({ totalMinor: 1_003 }, { tenderedMinor: 1_004 }, toFive), {
    message: /^The field tenderedMinor is 1004, .* which are 1005\.$/,
  })
  t.match(take({ totalMinor: 1_002 }, {})!.order.payments.at(-1), { roundingMinor: undefined })
})

t.test('whatever is owed, the cash is round, near it, and settles the order', async () => {
  const minor = fc.integer({ min: 1, max: 100_000 })
  fc.assert(
    fc.property(minor, fc.nat(500), fc.nat(500), (totalMinor, tipsMinor, change) => {
      const due = Math.round(totalMinor / 5) * 5 + tipsMinor
      const rounded = take({ totalMinor }, { tipsMinor }, toFive)!.order
      const request = { tipsMinor, tenderedMinor: due + 5 * change }
      const handed = take({ totalMinor }, request, toFive)!.order
      return [rounded, handed].every(({ payments, status }) => {
        const { amountMinor, roundingMinor = 0 } = payments[0]!
        const isExact = request.tenderedMinor === totalMinor + tipsMinor
        const cash = amountMinor + roundingMinor + tipsMinor
        return status === 'Finalized' && amountMinor === totalMinor && (isExact || cash === due)
      })
    }),
  )
})
