// What waits for a till that keeps its own orders, and what it may say of an order of Dojo's.
import t from 'tap'
import { Refusal } from '../../../src/domain/errors.ts'
import {
  inboxNoteOf,
  overdueRefusal,
  paymentsToGiveBack,
  refundOfRefused,
  refusedByTill,
  takenOver,
  takeOverStatuses,
  visitNoteOf,
} from '../../../src/domain/orders/inbox.ts'
import type { OrderWrite } from '../../../src/domain/orders/order-write.ts'
import {
  canBecome,
  orderStatuses,
  type Order,
  type Payment,
} from '../../../src/domain/orders/order.ts'
import { orderOfTill } from '../../support/till-orders.ts'

const NOW = 1_000_000_000
const fromDojo = (more: Partial<Order> = {}): Order =>
  orderOfTill({ dojoOrderId: 'dojo_1', status: 'Submitted', ...more })
const reasonOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return (error as Refusal).reason
  }
}

t.test('what the till hears of', async (t) => {
  const payment = (tender: string) => ({ payment: { tender, paymentId: 'pay_1' } })
  const mirrored = { kind: 'mirrored' } as const
  const order = { kind: 'Order', entityId: 'ord_1' }
  const paid = { kind: 'Payment', entityId: 'pay_1', orderId: 'ord_1' }
  const cases: [string, object, Parameters<typeof inboxNoteOf>[1], object | undefined][] = [
    ['a change of Dojo', {}, mirrored, order],
    ['its own', {}, { ...mirrored, isTill: true }, undefined],
    ['a payment', { payment: payment('Dojo') }, mirrored, paid],
    ['its own refund', { payment: payment('Dojo') }, { ...mirrored, isTill: true }, paid],
    ['cash', { payment: payment('Cash') }, mirrored, undefined],
    ['a lock', { keepsVersion: true }, mirrored, undefined],
    ['where orders are kept here', {}, { kind: 'native' }, undefined],
    [
      'a payment of what no till made',
      { payment: payment('Dojo'), order: fromDojo({ status: 'Failed' }) },
      mirrored,
      undefined,
    ],
    [
      'a payment of what failed at the till',
      { payment: payment('Dojo'), order: fromDojo({ status: 'Failed', mirrorId: 'm' }) },
      mirrored,
      paid,
    ],
  ]
  for (const [name, write, caller, note] of cases) {
    t.strictSame(inboxNoteOf({ order: fromDojo(), ...write } as OrderWrite, caller), note, name)
  }
})

t.test('and of the guests', async (t) => {
  const note = { kind: 'Party', entityId: 'party_1' }
  const cases: [string, Parameters<typeof visitNoteOf>[1], object | undefined][] = [
    ['a change of Dojo', { kind: 'mirrored' }, note],
    ['its own', { kind: 'mirrored', isTill: true }, undefined],
    ['where orders are kept here', { kind: 'native' }, undefined],
    ['by a till there', { kind: 'native', isTill: true }, undefined],
  ]
  for (const [name, caller, heard] of cases) {
    t.strictSame(visitNoteOf({ kind: 'Party', visitId: 'party_1' }, caller), heard, name)
  }
})

t.test('an order is taken over', async (t) => {
  for (const before of orderStatuses) {
    for (const status of takeOverStatuses) {
      const order = fromDojo({ status: before })
      const after = canBecome(before, status) ? status : before
      t.match(
        takenOver(order, { mirrorId: 'm1', status }),
        {
          action: 'TakenOver',
          detail: { mirrorId: 'm1', status: after, statusBefore: before },
          order: { mirrorId: 'm1', status: after },
        },
        `${before} as ${status}`,
      )
    }
  }
  const taken = fromDojo({ mirrorId: 'm1', status: 'Accepted' })
  t.equal(takenOver(taken, { mirrorId: 'm1', status: 'Accepted' }), undefined, 'again')
  t.equal(takenOver(taken, { mirrorId: 'm1', status: 'Confirmed' }), undefined, 'never backwards')
  t.match(takenOver(taken, { mirrorId: 'm1', status: 'Ready' }), { order: { status: 'Ready' } })
  t.equal(
    reasonOf(() => takenOver(taken, { mirrorId: 'm2', status: 'Ready' })),
    'content-differs',
  )
})

t.test('or refused', async (t) => {
  const refused = (more: Partial<Order> = {}): unknown =>
    reasonOf(() => refusedByTill(fromDojo(more), 'closed', NOW))
  t.match(refused(), {
    action: 'Refused',
    detail: { reason: 'closed', statusBefore: 'Submitted' },
    order: { status: 'Failed' },
  })
  t.equal(refused({ status: 'Failed' }), undefined, 'again')
  t.equal(refused({ mirrorId: 'm1' }), 'final')
  t.equal(refused({ dojoOrderId: undefined }), 'final')
  t.equal(refused({ status: 'Canceled' }), 'final')
  const lock = { lockId: 'l', kind: 'DojoLock', expiresAtMs: NOW + 1, origin: {} } as const
  t.equal(refused({ lock }), 'locked')
  t.match(refused({ lock: { ...lock, expiresAtMs: NOW } }), { action: 'Refused' })
})

t.test('a refused order gives back what Dojo took and has', async (t) => {
  const paid = (paymentId: string, more: Partial<Payment>): Payment => ({
    ...{ paymentId, tender: 'Dojo', amountMinor: 500, refundedMinor: 0, refundedTipsMinor: 0 },
    ...{ recordedAt: '2026-03-01T19:00:00.000Z', ...more },
  })
  const card = paid('pay_1', {})
  const payments = [card, paid('pay_2', { tender: 'Cash' }), paid('pay_3', { voidedAt: 'then' })]
  t.strictSame(paymentsToGiveBack(fromDojo({ payments })), [card])
  t.match(refundOfRefused(card), { refundId: 'refused-pay_1', amountMinor: undefined })
  t.equal(overdueRefusal('notify', 10), undefined)
  t.equal(overdueRefusal('refuse', 10), 'No till acknowledged it within 10 minutes.')
})
