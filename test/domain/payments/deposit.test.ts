// What comes off a bill of the deposit of a booking.
import fc from 'fast-check'
import t from 'tap'
import type { Order, Payment } from '../../../src/domain/orders/order.ts'
import {
  takeDeposit,
  type DepositRequest,
  type PartyDeposit,
} from '../../../src/domain/payments/deposit.ts'
import { voidTender } from '../../../src/domain/payments/tender.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const nowMs = Date.parse('2026-03-01T20:00:00.000Z')
const caller = { currency: 'GBP', waiterId: 'w1', deviceId: 'Bar' }
const deposit = (totalMinor: number | undefined, usedMinor = 0): PartyDeposit => ({
  partyId: 'pty_1',
  totalMinor,
  usedMinor,
})
const take = (
  order: Partial<Order>,
  request: DepositRequest,
  of: PartyDeposit | undefined = deposit(2_000),
) =>
  takeDeposit(orderOfTill({ totalMinor: 5_000, partyId: 'pty_1', ...order }), request, {
    deposit: of,
    paymentId: request.id ?? 'pay_9',
    nowMs,
    holder: 'Bar',
    caller,
  })
const known: Payment = {
  paymentId: 'p1',
  tender: 'Deposit',
  amountMinor: 500,
  refundedMinor: 0,
  refundedTipsMinor: 0,
  recordedAt: '2026-03-01T19:30:00.000Z',
  depositPartyId: 'pty_1',
}

t.test('what is taken', async (t) => {
  const cases: [string, Partial<Order>, DepositRequest, PartyDeposit, number, string][] = [
    ['all of it', {}, {}, deposit(2_000), 2_000, 'Accepted'],
    ['what is owed', { totalMinor: 1_500 }, {}, deposit(2_000), 1_500, 'Finalized'],
    ['what is left', {}, {}, deposit(2_000, 1_700), 300, 'Accepted'],
    ['a part', {}, { amountMinor: 100 }, deposit(2_000), 100, 'Accepted'],
  ]
  for (const [name, order, request, of, amountMinor, status] of cases) {
    const { action, order: after } = take(order, request, of)!
    t.equal(action, 'PaymentRecorded')
    t.match(after, { paidMinor: amountMinor, status, tipsMinor: 0 }, name)
    t.match(after.payments, [
      { paymentId: 'pay_9', tender: 'Deposit', amountMinor, depositPartyId: 'pty_1' },
    ])
  }
  const paid = { payments: [known], paidMinor: 500, status: 'Finalized' as const }
  t.equal(take(paid, { id: 'p1' }, deposit(500, 500)), undefined, 'the same again')
  const back = voidTender(orderOfTill({ ...paid, totalMinor: 500 }), 'p1', {
    nowMs,
    holder: 'Bar',
    reason: 'wrong table',
  })!
  t.match(back.order, { paidMinor: 0, status: 'Ready' }, 'and it can be given back')
})

t.test('refusals, each before those that follow', async (t) => {
  const lock = { lockId: 'lck', kind: 'DojoLock' as const, expiresAtMs: nowMs + 1, origin: {} }
  const none = { partyId: undefined }
  const cases: [string, Partial<Order>, DepositRequest, PartyDeposit | undefined, string][] = [
    [
      'the same id with another amount',
      { payments: [known], status: 'Finalized' },
      { id: 'p1', amountMinor: 400 },
      undefined,
      'content-differs',
    ],
    ['another party meanwhile', { partyId: 'pty_2', status: 'Canceled' }, {}, undefined, 'stale'],
    ['final', { status: 'Canceled', lock }, {}, deposit(undefined), 'final'],
    ['locked', { lock }, {}, deposit(undefined), 'locked'],
    ['no deposit', { paidMinor: 5_000 }, {}, deposit(undefined), 'no-deposit'],
    ['used up', { paidMinor: 5_000 }, {}, deposit(2_000, 2_000), 'no-deposit'],
    ['smaller than it was', {}, {}, deposit(1_000, 2_000), 'no-deposit'],
    ['more than is left', {}, { amountMinor: 301 }, deposit(2_000, 1_700), 'no-deposit'],
    ['more than is owed', { paidMinor: 4_900 }, { amountMinor: 101 }, deposit(2_000), 'overpaid'],
    ['nothing owed', { paidMinor: 5_000 }, {}, deposit(2_000), 'overpaid'],
  ]
  for (const [name, order, request, of, reason] of cases) {
    const refused = { reason, message: /^[A-Z].*\.$/ }
    t.throws(() => take(order, request, of ?? deposit(2_000)), refused, name)
  }
  const alone = orderOfTill({ ...none, totalMinor: 100 })
  const facts = { deposit: undefined, paymentId: 'pay_9', nowMs, holder: 'Bar', caller }
  t.throws(() => takeDeposit(alone, {}, facts), { reason: 'no-deposit', message: /no party/ })
})

t.test('however orders take of a deposit, they take no more than there is', async () => {
  fc.assert(
    fc.property(
      fc.nat(5_000),
      fc.array(
        fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.option(fc.integer({ min: 1, max: 3_000 }))),
      ),
      (totalMinor, bills) => {
        let usedMinor = 0
        for (const [billMinor, wanted] of bills) {
          const request = wanted === null ? {} : { amountMinor: wanted }
          try {
            const change = take({ totalMinor: billMinor }, request, deposit(totalMinor, usedMinor))
            const { paidMinor } = change!.order
            if (paidMinor > billMinor || (wanted !== null && paidMinor !== wanted)) return false
            usedMinor += paidMinor
          } catch (error) {
            if (!/no-deposit|overpaid/.test((error as { reason: string }).reason)) throw error
          }
        }
        return usedMinor <= totalMinor
      },
    ),
  )
})
