import t from 'tap'
import type { Origin } from '../../../src/domain/caller.ts'
import { isNewerReport, meansNotPaid } from '../../../src/domain/payments/intent.ts'
import type { Order, OrderStatus, Payment } from '../../../src/domain/orders/order.ts'
import {
  recordPayment,
  voidPayment,
  type IntentKnowledge,
  type PaymentRequest,
} from '../../../src/domain/payments/payment.ts'
import { orderOfDojo } from '../../support/orders.ts'

const now = Date.parse('2026-03-01T20:00:00.000Z')
const unheard: IntentKnowledge = { recordedOn: undefined, dojoStatus: undefined }
const payment = (amountMinor: number, more: Partial<Payment> = {}): Payment => ({
  paymentId: 'pay_1',
  tender: 'Dojo',
  paymentIntentId: 'pi-1',
  amountMinor,
  tipsMinor: undefined,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  recordedAt: new Date(now).toISOString(),
  ...more,
})
const record = (
  order: Order,
  amountMinor: number,
  {
    intent = unheard,
    caller = {},
    ...more
  }: Partial<PaymentRequest> & { intent?: IntentKnowledge; caller?: Origin } = {},
) =>
  recordPayment(
    order,
    { paymentIntentId: 'pi-1', amountMinor, ...more },
    { paymentId: 'pay_9', nowMs: now, caller: { ...caller, currency: 'GBP' }, intent },
  )

const locked = {
  lockId: 'theirs',
  kind: 'DojoLock' as const,
  holder: undefined,
  expiresAtMs: now + 60_000,
  origin: { waiterId: '42', deviceId: 'tm_7' },
}
const elsewhere: IntentKnowledge = { recordedOn: 'ord_2', dojoStatus: 'Reversed' }
const recorded = {
  payments: [payment(4_000, { tipsMinor: 500 })],
  paidMinor: 4_000,
  tipsMinor: 500,
}

t.test('refusals, each before all that follow it', async (t) => {
  const other =
    'The payment intent pi-1 is already recorded on this order with 40.00 GBP and a tip of ' +
    '5.00 GBP; it cannot be recorded again with other amounts.'
  const cases = [
    {
      name: 'the same intent with another amount',
      order: orderOfDojo({ ...recorded, status: 'Finalized', lock: locked }),
      amountMinor: 99_999,
      tipsMinor: 500,
      intent: elsewhere,
      message: other,
    },
    {
      name: 'the same intent with another tip',
      order: orderOfDojo({ ...recorded, status: 'Finalized', lock: locked }),
      amountMinor: 4_000,
      tipsMinor: 501,
      intent: elsewhere,
      message: other,
    },
    {
      name: 'the same intent without its tip',
      order: orderOfDojo(recorded),
      amountMinor: 4_000,
      message: other,
    },
    {
      name: 'recorded on another order',
      order: orderOfDojo({ status: 'Finalized', lock: locked }),
      amountMinor: 99_999,
      intent: elsewhere,
      message: 'The payment intent pi-1 is already recorded on another order.',
    },
    {
      name: 'final',
      order: orderOfDojo({ status: 'Finalized', lock: locked }),
      amountMinor: 99_999,
      intent: { ...elsewhere, recordedOn: undefined },
      message: 'The order ord_1 is Finalized; no further changes are possible.',
    },
    {
      name: "another's live lock",
      order: orderOfDojo({ lock: locked }),
      amountMinor: 99_999,
      intent: { ...elsewhere, recordedOn: undefined },
      message: 'The order ord_1 is locked by waiter 42 on terminal tm_7 until 20:01:00 UTC.',
    },
    {
      name: "a till's hold",
      order: orderOfDojo({ lock: { ...locked, kind: 'TillHold', holder: 'Till 2' } }),
      amountMinor: 99_999,
      message: 'The order ord_1 is held for editing by Till 2 until 20:01:00 UTC.',
    },
    {
      name: 'more than the balance',
      order: orderOfDojo({ paidMinor: 9_000 }),
      amountMinor: 1_001,
      intent: { ...elsewhere, recordedOn: undefined },
      message:
        'The payment of 10.01 GBP is more than the balance of 10.00 GBP (1000 minor units) ' +
        'on the order ord_1.',
    },
    {
      name: 'anything once it is paid',
      order: orderOfDojo({ orderType: 'Collection', paidMinor: 10_000 }),
      amountMinor: 1,
      message:
        'The payment of 0.01 GBP is more than the balance of 0.00 GBP (0 minor units) ' +
        'on the order ord_1.',
    },
    {
      name: 'money that went back',
      order: orderOfDojo(),
      amountMinor: 1_000,
      intent: { ...elsewhere, recordedOn: undefined },
      message:
        'Dojo has reported the payment intent pi-1 as Reversed; it cannot be recorded as paid.',
    },
  ]
  for (const { name, order, amountMinor, tipsMinor, intent, message } of cases) {
    t.throws(
      () => record(order, amountMinor, { tipsMinor, intent }),
      { type: 'Conflict', message },
      name,
    )
  }
  t.throws(() => record(orderOfDojo({ tipsMinor: Number.MAX_SAFE_INTEGER }), 1, { tipsMinor: 1 }), {
    type: 'InvalidRequest',
    message: /The sum of the tips/,
  })
})

t.test('the same again, whatever has happened since', async (t) => {
  const after: { name: string; order: Partial<Order> }[] = [
    { name: 'nothing', order: {} },
    { name: 'the order is final', order: { status: 'Finalized' } },
    { name: 'another has locked it', order: { lock: locked } },
    {
      name: 'its money went back',
      order: {
        payments: [payment(4_000, { tipsMinor: 500, voidedAt: new Date(now).toISOString() })],
        paidMinor: 0,
        tipsMinor: 0,
      },
    },
  ]
  for (const { name, order } of after) {
    t.equal(
      record(orderOfDojo({ ...recorded, ...order }), 4_000, { tipsMinor: 500, intent: elsewhere }),
      undefined,
      name,
    )
  }
  const untipped = orderOfDojo({ payments: [payment(4_000)], paidMinor: 4_000 })
  t.equal(record(untipped, 4_000, { tipsMinor: 0 }), undefined, 'a tip of nothing is no tip')
})

t.test('what is recorded', async (t) => {
  const cases: {
    name: string
    order?: Partial<Order>
    amountMinor: number
    tipsMinor?: number
    caller?: Origin
    lockId?: string
    paid: number
    tips: number
    status: OrderStatus
  }[] = [
    { name: 'a part', amountMinor: 4_000, paid: 4_000, tips: 0, status: 'New' },
    { name: 'all but a penny', amountMinor: 9_999, paid: 9_999, tips: 0, status: 'New' },
    { name: 'to the penny', amountMinor: 10_000, paid: 10_000, tips: 0, status: 'Finalized' },
    {
      name: 'the last penny',
      order: { paidMinor: 9_999 },
      amountMinor: 1,
      paid: 10_000,
      tips: 0,
      status: 'Finalized',
    },
    {
      name: 'a tip, which pays nothing',
      amountMinor: 9_999,
      tipsMinor: 5_000,
      paid: 9_999,
      tips: 5_000,
      status: 'New',
    },
    {
      name: 'another tip',
      order: { tipsMinor: 300, paidMinor: 1_000 },
      amountMinor: 1_000,
      tipsMinor: 200,
      paid: 2_000,
      tips: 500,
      status: 'New',
    },
    { name: 'a tip alone', amountMinor: 0, tipsMinor: 200, paid: 0, tips: 200, status: 'New' },
    {
      name: 'nothing on an order that costs nothing',
      order: { totalMinor: 0 },
      amountMinor: 0,
      paid: 0,
      tips: 0,
      status: 'New',
    },
    {
      name: 'food that is being cooked',
      order: { orderType: 'Collection', status: 'Preparing' },
      amountMinor: 10_000,
      paid: 10_000,
      tips: 0,
      status: 'Preparing',
    },
    {
      name: 'food that is ready',
      order: { orderType: 'Collection', status: 'Ready' },
      amountMinor: 10_000,
      paid: 10_000,
      tips: 0,
      status: 'Finalized',
    },
    {
      name: 'a part of food that is ready',
      order: { orderType: 'Collection', status: 'Ready' },
      amountMinor: 9_999,
      paid: 9_999,
      tips: 0,
      status: 'Ready',
    },
    {
      name: 'with the own lock',
      order: { lock: locked },
      amountMinor: 1,
      lockId: 'theirs',
      paid: 1,
      tips: 0,
      status: 'New',
    },
    {
      name: 'from the device that has the lock',
      order: { lock: locked },
      amountMinor: 1,
      caller: { deviceId: 'tm_7' },
      paid: 1,
      tips: 0,
      status: 'New',
    },
    {
      name: 'with the own lock, which has expired',
      order: { lock: { ...locked, expiresAtMs: now } },
      amountMinor: 1,
      lockId: 'theirs',
      paid: 1,
      tips: 0,
      status: 'New',
    },
    {
      name: 'with a lock that is not there',
      amountMinor: 1,
      lockId: 'mine',
      paid: 1,
      tips: 0,
      status: 'New',
    },
  ]
  for (const { name, order, amountMinor, paid, tips, status, ...more } of cases) {
    const before = orderOfDojo(order)
    const change = record(before, amountMinor, more)!
    const moved = status === before.status ? {} : { status, statusBefore: before.status }
    t.match(change.order, { paidMinor: paid, tipsMinor: tips, status }, name)
    t.equal(change.order.statusBeforeFinal, moved.statusBefore)
    t.equal(change.action, 'PaymentRecorded')
    const { tipsMinor, lockId, caller } = more
    t.same(
      change.detail,
      { paymentIntentId: 'pi-1', amountMinor, tipsMinor, paidMinor: paid, ...moved },
      'what the history says of it',
    )
    t.match(change.order.payments.at(-1), {
      paymentId: 'pay_9',
      tender: 'Dojo',
      paymentIntentId: 'pi-1',
      amountMinor,
      tipsMinor,
      lockId,
      ...caller,
    })
  }
  for (const dojoStatus of ['Created', 'Authorized', 'Captured', 'SomethingNew']) {
    t.match(
      record(orderOfDojo(), 1, { intent: { dojoStatus } }),
      { action: 'PaymentRecorded' },
      `an intent that is ${dojoStatus}`,
    )
  }
})

t.test('money that went back', async (t) => {
  for (const status of ['Reversed', 'Refunded', 'Canceled']) {
    t.equal(meansNotPaid(status), true, status)
  }
  for (const status of ['Created', 'Authorized', 'Captured', 'SomethingNew', 'reversed', '']) {
    t.equal(meansNotPaid(status), false, status)
  }

  const cases: { name: string; order: Partial<Order>; amountMinor: number; status: OrderStatus }[] =
    [
      {
        name: 'an order returns to where it was',
        order: { status: 'Finalized', statusBeforeFinal: 'Accepted' },
        amountMinor: 4_000,
        status: 'Accepted',
      },
      {
        name: 'and is ready where that is not known',
        order: { status: 'Finalized' },
        amountMinor: 4_000,
        status: 'Ready',
      },
      {
        name: 'an open order stays where it is',
        order: { status: 'Preparing' },
        amountMinor: 4_000,
        status: 'Preparing',
      },
      {
        name: 'a failed order stays failed',
        order: { status: 'Failed' },
        amountMinor: 4_000,
        status: 'Failed',
      },
      {
        name: 'a tip alone reopens nothing',
        order: { status: 'Finalized', statusBeforeFinal: 'New' },
        amountMinor: 0,
        status: 'Finalized',
      },
    ]
  for (const { name, order, amountMinor, status } of cases) {
    const taken = payment(amountMinor, { tipsMinor: 500 })
    const paid = orderOfDojo({ ...order, paidMinor: 10_000, tipsMinor: 700, payments: [taken] })
    const change = voidPayment(paid, taken, { nowMs: now, reason: 'Dojo: Reversed' })
    t.equal(change.action, 'PaymentVoided')
    t.match(change.order, { paidMinor: 10_000 - amountMinor, tipsMinor: 200, status }, name)
    t.match(change.order.payments, [
      { paymentId: 'pay_1', voidedAt: new Date(now).toISOString(), voidReason: 'Dojo: Reversed' },
    ])
  }
  const untipped = payment(4_000)
  t.match(
    voidPayment(orderOfDojo({ paidMinor: 4_000, tipsMinor: 700, payments: [untipped] }), untipped, {
      nowMs: now,
      reason: 'Dojo: Reversed',
    }).order,
    { paidMinor: 0, tipsMinor: 700, status: 'New' },
    'a payment without a tip',
  )
})

t.test('which of two words is the newer', async (t) => {
  const captured = { status: 'Captured', atMs: now }
  const reversed = { status: 'Reversed', atMs: now }
  const cases: {
    name: string
    word: typeof captured
    known: typeof captured | undefined
    newer: boolean
  }[] = [
    { name: 'the first', word: captured, known: undefined, newer: true },
    { name: 'a later one', word: { ...captured, atMs: now + 1 }, known: reversed, newer: true },
    { name: 'an earlier one', word: { ...reversed, atMs: now - 1 }, known: captured, newer: false },
    {
      name: 'of one instant, that the money went back',
      word: reversed,
      known: captured,
      newer: true,
    },
    { name: 'of one instant, that it did not', word: captured, known: reversed, newer: false },
    {
      name: 'of one instant, that it was paid',
      word: captured,
      known: { status: 'Created', atMs: now },
      newer: true,
    },
    {
      name: 'of one instant, that it was made',
      word: { status: 'Created', atMs: now },
      known: captured,
      newer: false,
    },
    {
      name: 'of one instant, that it is captured',
      word: captured,
      known: { status: 'Authorized', atMs: now },
      newer: true,
    },
    { name: 'the same again', word: reversed, known: reversed, newer: false },
  ]
  for (const { name, word, known, newer } of cases) t.equal(isNewerReport(word, known), newer, name)
})
