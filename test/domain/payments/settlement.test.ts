// What becomes of a payment once Dojo has shown its intent. The table is that of
// domain/payments/settlement.ts.
import t from 'tap'
import type { Order, Payment } from '../../../src/domain/orders/order.ts'
import type { IntentFacts } from '../../../src/domain/payments/intent.ts'
import type { Refund } from '../../../src/domain/payments/refund.ts'
import {
  factsToSettle,
  settle,
  settleRefund,
  settleUnknown,
  type Evidence,
  type Settlement,
} from '../../../src/domain/payments/settlement.ts'
import { limits } from '../../../src/limits.ts'
import { orderOfDojo } from '../../support/orders.ts'

const NOW = Date.parse('2026-03-01T20:00:00.000Z')

const facts: IntentFacts = {
  paymentIntentId: 'pi_1',
  status: 'Captured',
  atMs: NOW,
  createdAtMs: NOW,
  amountMinor: 1_000,
  tipsMinor: 100,
  currency: 'GBP',
  refundedMinor: 0,
  externalId: 'ord_1',
}
const counting: Payment = {
  paymentId: 'pay_1',
  tender: 'Dojo',
  paymentIntentId: 'pi_1',
  amountMinor: 1_000,
  tipsMinor: 100,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  recordedAt: '2026-03-01T19:00:00.000Z',
}
const voided: Payment = { ...counting, voidedAt: '2026-03-01T19:30:00.000Z', voidReason: 'x' }
const paid = orderOfDojo({
  totalMinor: 1_000,
  paidMinor: 1_000,
  tipsMinor: 100,
  status: 'Finalized',
  statusBeforeFinal: 'Accepted',
  payments: [counting],
})
const opened = orderOfDojo({ totalMinor: 1_000, status: 'Accepted', payments: [voided] })
const unpaid = orderOfDojo({ totalMinor: 1_000, status: 'Accepted', payments: [] })
const locked: Partial<Order> = {
  lock: { lockId: 'theirs', kind: 'DojoLock', expiresAtMs: NOW + 1, origin: {} },
}

interface Row {
  name: string
  order: Order | undefined
  shown?: Partial<IntentFacts>
  /** The newest status; that which is shown, unless given. */
  status?: string
  more?: Partial<Evidence>
  outcome: Settlement['outcome']
  /** The history's names of the changes. */
  actions?: string[]
  /** The order after them. */
  after?: Partial<Order>
  reason?: RegExp
  checkAgain?: boolean
}

const off = { caller: { currency: 'GBP', verifyPayments: 'off' as const } }
const late = { ageSeconds: limits.checkUncertainSeconds }

const rows: Row[] = [
  // A payment that counts
  { name: 'counts, captured', order: paid, outcome: 'verified' },
  { name: 'counts, authorized', order: paid, shown: { status: 'Authorized' }, outcome: 'verified' },
  {
    name: 'counts, its answer may be lost',
    order: paid,
    more: { replyLostSeconds: 1 },
    outcome: 'verified',
    checkAgain: true,
  },
  {
    name: 'counts, its answer was lost long ago',
    order: paid,
    more: { replyLostSeconds: limits.replyLostCertainSeconds },
    outcome: 'verified',
  },
  ...['Reversed', 'Refunded', 'Canceled'].map((status): Row => ({
    name: `late reversal: ${status}`,
    order: paid,
    shown: { status },
    outcome: 'voided',
    actions: ['PaymentVoided'],
    after: { paidMinor: 0, tipsMinor: 0, status: 'Accepted' },
  })),
  {
    name: 'late reversal, known from an event and not shown yet',
    order: paid,
    status: 'Reversed',
    outcome: 'voided',
    actions: ['PaymentVoided'],
    after: { paidMinor: 0 },
  },
  {
    name: 'late reversal, where payments are not verified',
    order: paid,
    shown: { status: 'Reversed' },
    more: off,
    outcome: 'voided',
    actions: ['PaymentVoided'],
  },
  {
    name: 'counts, another amount',
    order: paid,
    shown: { amountMinor: 999 },
    outcome: 'mismatch',
    actions: ['PaymentVoided'],
    after: { paidMinor: 0, status: 'Accepted' },
    reason: /is 9\.99 GBP at Dojo/,
  },
  {
    name: 'counts, another amount, where payments are not verified',
    order: paid,
    shown: { amountMinor: 999 },
    more: off,
    outcome: 'verified',
  },
  {
    name: 'counts, another order',
    order: paid,
    shown: { externalId: 'ord_2' },
    outcome: 'mismatch',
    actions: ['PaymentVoided'],
    reason: /for the order ord_2 at Dojo/,
  },
  {
    name: 'counts, and has moved from the order that the intent names',
    order: { ...paid, payments: [{ ...counting, recordedOn: 'ord_2' }] },
    shown: { externalId: 'ord_2' },
    outcome: 'verified',
  },
  {
    name: 'counts, not charged yet',
    order: paid,
    shown: { status: 'Created' },
    outcome: 'uncertain',
    checkAgain: true,
  },
  {
    name: 'counts, never charged',
    order: paid,
    shown: { status: 'Created' },
    more: { ageSeconds: limits.dojoLagSeconds },
    outcome: 'mismatch',
    actions: ['PaymentVoided'],
    reason: /is Created at Dojo, which is not paid/,
  },
  {
    name: 'counts, shown as created, but an event said that it is captured',
    order: paid,
    shown: { status: 'Created' },
    status: 'Captured',
    more: late,
    outcome: 'verified',
  },
  {
    name: 'counts, a status of the future',
    order: paid,
    shown: { status: 'Disputed' },
    more: { ageSeconds: limits.dojoLagSeconds },
    outcome: 'uncertain',
    reason: /is Disputed at Dojo, which is not paid/,
  },
  {
    name: 'counts, part was refunded',
    order: paid,
    shown: { refundedMinor: 1_050 },
    outcome: 'refunded',
    actions: ['PaymentRefunded'],
    after: { paidMinor: 0, tipsMinor: 50, status: 'Accepted' },
  },

  // A payment that is void
  {
    name: 'void, captured: counts again',
    order: opened,
    outcome: 'restored',
    actions: ['PaymentRestored'],
    after: { paidMinor: 1_000, tipsMinor: 100, status: 'Finalized', statusBeforeFinal: 'Accepted' },
  },
  {
    name: 'void, captured, part was refunded',
    order: opened,
    shown: { refundedMinor: 300 },
    outcome: 'restored',
    actions: ['PaymentRestored', 'PaymentRefunded'],
    after: { paidMinor: 700, tipsMinor: 100, status: 'Accepted' },
  },
  {
    name: 'void, captured, another amount',
    order: opened,
    shown: { amountMinor: 999 },
    outcome: 'unmatched',
    reason: /is 9\.99 GBP at Dojo/,
  },
  {
    name: 'void, captured, the order is paid otherwise',
    order: { ...opened, paidMinor: 1 },
    outcome: 'unmatched',
    reason: /^Dojo captured it, but it cannot be recorded: .*more than the balance/,
  },
  {
    name: 'void, captured, the order is locked: tried again',
    order: { ...opened, ...locked },
    outcome: 'unmatched',
    reason: /cannot be recorded/,
    checkAgain: true,
  },
  {
    name: 'void, captured, the order has been locked for a day',
    order: { ...opened, ...locked },
    more: { ageSeconds: limits.jobGiveUpSeconds },
    outcome: 'unmatched',
    reason: /cannot be recorded/,
  },
  { name: 'void, reversed', order: opened, shown: { status: 'Reversed' }, outcome: 'nothing' },
  { name: 'void, authorized', order: opened, shown: { status: 'Authorized' }, outcome: 'nothing' },
  {
    name: 'void, reversed by an event, shown as captured',
    order: opened,
    status: 'Reversed',
    outcome: 'uncertain',
    checkAgain: true,
  },
  {
    name: 'void, reversed by an event, still shown as captured',
    order: opened,
    status: 'Reversed',
    more: late,
    outcome: 'uncertain',
    reason: /^Dojo reported the payment intent pi_1 as Reversed, but shows it as Captured\.$/,
  },

  // No payment
  {
    name: 'none, captured: recorded on the order that it names',
    order: unpaid,
    outcome: 'recorded',
    actions: ['PaymentRecorded'],
    after: { paidMinor: 1_000, tipsMinor: 100, status: 'Finalized' },
    checkAgain: true,
  },
  {
    name: 'none, captured, part was refunded',
    order: unpaid,
    shown: { refundedMinor: 1 },
    outcome: 'recorded',
    actions: ['PaymentRecorded', 'PaymentRefunded'],
    after: { paidMinor: 999, status: 'Accepted' },
    checkAgain: true,
  },
  {
    name: 'none, captured, a deposit',
    order: unpaid,
    more: { isDeposit: true },
    outcome: 'nothing',
  },
  {
    name: 'none, captured, more than the balance',
    order: unpaid,
    shown: { amountMinor: 1_001 },
    outcome: 'unmatched',
    reason: /cannot be recorded: .*more than the balance/,
  },
  {
    name: 'none, captured, another currency',
    order: unpaid,
    shown: { currency: 'EUR' },
    outcome: 'unmatched',
    reason: /^Dojo captured 10\.00 EUR, but the orders of this venue are in GBP\.$/,
  },
  {
    name: 'none, captured, no order named',
    order: undefined,
    shown: { externalId: undefined },
    outcome: 'unmatched',
    reason: /^Dojo captured it, but it names no order\.$/,
  },
  {
    name: 'none, captured, an order of somebody else',
    order: undefined,
    outcome: 'unmatched',
    reason: /^Dojo captured it for the order ord_1, which this venue does not have\.$/,
  },
  {
    name: 'none, captured by an event, not shown yet',
    order: unpaid,
    shown: { status: 'Authorized' },
    status: 'Captured',
    outcome: 'uncertain',
    reason: /as Captured, but shows it as Authorized/,
    checkAgain: true,
  },
  {
    name: 'none, captured by an event, never shown',
    order: unpaid,
    shown: { status: 'Authorized' },
    status: 'Captured',
    more: late,
    outcome: 'uncertain',
    reason: /as Captured, but shows it as Authorized/,
  },
  { name: 'none, created', order: undefined, shown: { status: 'Created' }, outcome: 'nothing' },
]

for (const row of rows) {
  t.test(row.name, async (t) => {
    const shown = { ...facts, ...row.shown }
    const { outcome, changes, reason, checkAgain } = settle({
      facts: shown,
      status: row.status ?? shown.status,
      now: row.order && { order: row.order, nowMs: NOW },
      isDeposit: false,
      replyLostSeconds: undefined,
      ageSeconds: 0,
      caller: { currency: 'GBP', verifyPayments: 'after' },
      newPaymentId: 'pay_new',
      ...row.more,
    })
    t.equal(outcome, row.outcome)
    t.same(
      changes.map(({ action }) => action),
      row.actions ?? [],
    )
    if (row.after !== undefined) t.match(changes.at(-1)!.order, row.after)
    if (row.reason === undefined) t.equal(reason, undefined)
    else t.match(reason, row.reason)
    t.equal(checkAgain, row.checkAgain ?? false)
  })
}

t.test('an intent that Dojo does not know', async (t) => {
  const nothing = { outcome: 'uncertain', changes: [], checkAgain: true }
  t.same(settleUnknown('pi_1', limits.checkUncertainSeconds - 1), nothing)
  t.same(settleUnknown('pi_1', limits.checkUncertainSeconds), {
    outcome: 'unmatched',
    changes: [],
    reason: "Dojo does not know the payment intent pi_1 under this venue's API key.",
    checkAgain: false,
  })
})

t.test('the intent as it is settled', async (t) => {
  const till = { isOfTill: false, orderId: undefined, refundedMinor: 0 }
  const shown = { ...facts, serviceChargeMinor: 50, refundedMinor: 200 }
  const cases: [string, Parameters<typeof factsToSettle>[1], Partial<IntentFacts>][] = [
    ['as it is', till, { amountMinor: 1_000, externalId: 'ord_1', refundedMinor: 200 }],
    ['of a card payment', { ...till, isOfTill: true }, { amountMinor: 1_050 }],
    ['by our id of the order', { ...till, orderId: 'ord_9' }, { externalId: 'ord_9' }],
    ['more went back before', { ...till, refundedMinor: 300 }, { refundedMinor: 300 }],
    ['less went back before', { ...till, refundedMinor: 100 }, { refundedMinor: 200 }],
  ]
  for (const [name, known, expected] of cases) {
    t.match(factsToSettle(shown, known), expected, name)
  }
  t.equal(factsToSettle(facts, { ...till, isOfTill: true }).amountMinor, 1_000, 'without a charge')
})

t.test('an open refund of the payment', async (t) => {
  const refund: Refund = {
    refundId: 'rfd_1',
    paymentId: 'pay_1',
    paymentIntentId: 'pi_1',
    orderId: 'ord_1',
    amountMinor: 400,
    refundedBeforeMinor: 100,
    reason: 'Cold',
    status: 'Pending',
    requestedAt: '2026-03-01T19:00:00.000Z',
  }
  const onCard = { ...refund, status: 'CardRequired' } as const
  const late = limits.checkUncertainSeconds
  // The refund, the newest status, what is shown as gone back, and since when it is checked.
  const cases: [string, Refund, string, number, number, boolean, boolean][] = [
    ['shown', refund, 'Captured', 500, 0, true, false],
    ['a penny less', refund, 'Captured', 499, 0, false, true],
    ['a penny less, and for long', refund, 'Captured', 499, late, false, false],
    ['all went back', refund, 'Refunded', 0, 0, true, false],
    ['waits for the card', onCard, 'Captured', 0, 0, false, false],
    ['given by the card', onCard, 'Captured', 500, 0, true, false],
  ]
  for (const [name, open, status, refundedMinor, ageSeconds, isDone, checkAgain] of cases) {
    const shown = { status, ageSeconds, facts: { ...facts, refundedMinor } }
    t.strictSame(settleRefund(open, shown), { isDone, checkAgain }, name)
  }
})
