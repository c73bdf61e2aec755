// What an event about a payment intent means here. The table is that of domain/payments/event.ts.
import t from 'tap'
import {
  decideOnReport,
  isForeignEvent,
  type EventDecision,
} from '../../../src/domain/payments/event.ts'
import type { ReportedStatus } from '../../../src/domain/payments/intent.ts'
import type { Order, Payment } from '../../../src/domain/orders/order.ts'
import { limits } from '../../../src/limits.ts'
import { orderOfDojo } from '../../support/orders.ts'

const NOW = Date.parse('2026-03-01T20:00:00.000Z')

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

function orderWith(payment: Payment): Order {
  const isPaid = payment.voidedAt === undefined
  return orderOfDojo({
    totalMinor: 1_000,
    paidMinor: isPaid ? 1_000 : 0,
    tipsMinor: isPaid ? 100 : 0,
    status: isPaid ? 'Finalized' : 'Accepted',
    statusBeforeFinal: isPaid ? 'Accepted' : undefined,
    payments: [payment],
  })
}

function decide(
  status: string,
  payment: Payment | undefined,
  known?: ReportedStatus,
): EventDecision {
  return decideOnReport({
    eventId: 'evt_1',
    paymentIntentId: 'pi_1',
    reported: { status, atMs: 5 },
    known,
    now: payment && { order: orderWith(payment), nowMs: NOW },
  })
}

interface Row {
  name: string
  status: string
  payment: Payment | undefined
  known?: ReportedStatus
  outcome: EventDecision['outcome']
  isNewest?: boolean
  isReversed?: boolean
  voids?: boolean
  reason?: string
  checkAfterSeconds?: number
}

const soon = limits.unmatchedCheckSeconds
const later = { status: 'Captured', atMs: 6 }
const wanted = 'Dojo captured it, but no order has it.'
const rows: Row[] = [
  {
    name: 'not newer, money went back, payment counts: Dojo is asked',
    status: 'Reversed',
    payment: counting,
    known: later,
    outcome: 'superseded',
    isNewest: false,
    checkAfterSeconds: 0,
  },
  {
    name: 'not newer, money went back, payment is void',
    status: 'Reversed',
    payment: voided,
    known: later,
    outcome: 'superseded',
    isNewest: false,
  },
  {
    name: 'not newer, captured',
    status: 'Captured',
    payment: counting,
    known: later,
    outcome: 'superseded',
    isNewest: false,
  },
  ...['Reversed', 'Refunded', 'Canceled'].map((status): Row => ({
    name: `late reversal: ${status}`,
    status,
    payment: counting,
    outcome: 'payment-voided',
    isReversed: true,
    voids: true,
    checkAfterSeconds: soon,
  })),
  {
    name: 'money went back, payment is void',
    status: 'Reversed',
    payment: voided,
    outcome: 'noted',
    isReversed: true,
  },
  {
    name: 'money went back, no payment',
    status: 'Canceled',
    payment: undefined,
    outcome: 'noted',
    isReversed: true,
  },
  {
    name: 'captured, payment counts: a part may have been refunded',
    status: 'Captured',
    payment: counting,
    outcome: 'noted',
    checkAfterSeconds: 0,
  },
  {
    name: 'captured, payment is void',
    status: 'Captured',
    payment: voided,
    outcome: 'unmatched',
    reason: wanted,
    checkAfterSeconds: soon,
  },
  {
    name: 'captured, no payment',
    status: 'Captured',
    payment: undefined,
    outcome: 'unmatched',
    reason: wanted,
    checkAfterSeconds: soon,
  },
  { name: 'created', status: 'Created', payment: undefined, outcome: 'noted' },
  { name: 'authorized', status: 'Authorized', payment: counting, outcome: 'noted' },
  { name: 'a status of the future', status: 'Disputed', payment: counting, outcome: 'noted' },
]

for (const row of rows) {
  t.test(row.name, async (t) => {
    const { change, ...decision } = decide(row.status, row.payment, row.known)
    t.equal(decision.outcome, row.outcome)
    t.equal(decision.isNewest, row.isNewest ?? true)
    t.equal(decision.isReversed, row.isReversed ?? false)
    t.equal(decision.reason, row.reason)
    t.equal(decision.checkAfterSeconds, row.checkAfterSeconds)
    t.equal(change !== undefined, row.voids ?? false)
  })
}

t.test('a late reversal voids the payment and opens the bill', async (t) => {
  t.match(decide('Refunded', counting).change, {
    action: 'PaymentVoided',
    detail: {
      paymentIntentId: 'pi_1',
      amountMinor: 1_000,
      eventId: 'evt_1',
      reason: 'Dojo: Refunded',
      paidMinor: 0,
    },
    order: {
      status: 'Accepted',
      paidMinor: 0,
      tipsMinor: 0,
      payments: [{ voidedAt: new Date(NOW).toISOString(), voidReason: 'Dojo: Refunded' }],
    },
  })
})

t.test('an event of another account', async (t) => {
  for (const [accountId, ofVenue, isForeign] of [
    ['acc_1', 'acc_1', false],
    ['acc_2', 'acc_1', true],
    ['acc_1', null, false],
  ] as const) {
    t.equal(isForeignEvent(accountId, ofVenue), isForeign, `${accountId} ${ofVenue}`)
  }
})
