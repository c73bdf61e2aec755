import t from 'tap'
import type { Origin } from '../../../src/domain/caller.ts'
import {
  blockedBy,
  describeLock,
  extendLock,
  isLive,
  refusedAsLocked,
  releaseLock,
  takeLock,
} from '../../../src/domain/orders/order-lock.ts'
import type { OrderLock } from '../../../src/domain/orders/order.ts'
import { orderOfDojo } from '../../support/orders.ts'

const now = Date.parse('2026-03-01T20:00:00.000Z')
const minute = 60_000
const hour = 60 * minute
const waiter42: Origin = { waiterId: '42', deviceId: 'tm_7', product: 'PayAtTable' }
const dojoLock = (more: Partial<OrderLock> = {}): OrderLock => ({
  lockId: 'theirs',
  kind: 'DojoLock',
  holder: undefined,
  expiresAtMs: now + minute,
  origin: waiter42,
  ...more,
})
const tillHold = (more: Partial<OrderLock> = {}): OrderLock =>
  dojoLock({ kind: 'TillHold', holder: 'Till 2', origin: {}, ...more })
const expired = { expiresAtMs: now }

t.test('a lock lives until its expiry, and no longer', async (t) => {
  t.equal(isLive({ expiresAtMs: now + 1 }, now), true)
  t.equal(isLive({ expiresAtMs: now }, now), false)
})

t.test('who holds an order, and until when', async (t) => {
  const expiresAtMs = Date.parse('2026-03-01T20:14:05.999Z')
  const cases: { lock: OrderLock; said: string }[] = [
    { lock: dojoLock(), said: 'locked by waiter 42 on terminal tm_7 until 20:14:05 UTC' },
    {
      lock: dojoLock({ origin: { waiterId: '42' } }),
      said: 'locked by waiter 42 until 20:14:05 UTC',
    },
    {
      lock: dojoLock({ origin: { deviceId: 'tm_7' } }),
      said: 'locked by terminal tm_7 until 20:14:05 UTC',
    },
    {
      lock: dojoLock({ origin: { product: 'QRToPay' } }),
      said: 'locked by QRToPay until 20:14:05 UTC',
    },
    { lock: dojoLock({ origin: {} }), said: 'locked by lock theirs until 20:14:05 UTC' },
    { lock: tillHold(), said: 'held for editing by Till 2 until 20:14:05 UTC' },
    {
      lock: tillHold({ holder: undefined }),
      said: 'held for editing by a till until 20:14:05 UTC',
    },
  ]
  for (const { lock, said } of cases) t.equal(describeLock({ ...lock, expiresAtMs }), said)
  t.match(refusedAsLocked(orderOfDojo(), dojoLock()), {
    type: 'Conflict',
    reason: 'locked',
    message: 'The order ord_1 is locked by waiter 42 on terminal tm_7 until 20:01:00 UTC.',
  })
  t.match(refusedAsLocked(orderOfDojo(), tillHold()), {
    type: 'Conflict',
    reason: 'held',
    message: 'The order ord_1 is held for editing by Till 2 until 20:01:00 UTC.',
  })
})

t.test('whom a lock stands in the way of', async (t) => {
  const cases: {
    name: string
    lock: OrderLock | undefined
    caller: Origin
    lockId?: string
    blocked: boolean
  }[] = [
    { name: 'no lock', lock: undefined, caller: {}, blocked: false },
    { name: 'an expired one', lock: dojoLock(expired), caller: {}, blocked: false },
    { name: "an expired till's hold", lock: tillHold(expired), caller: {}, blocked: false },
    { name: 'one with another id', lock: dojoLock(), caller: {}, lockId: 'mine', blocked: true },
    {
      name: 'one with another id, though from the same device',
      lock: dojoLock(),
      caller: waiter42,
      lockId: 'mine',
      blocked: true,
    },
    { name: 'the own one', lock: dojoLock(), caller: {}, lockId: 'theirs', blocked: false },
    {
      name: 'the own one, from another device',
      lock: dojoLock(),
      caller: { deviceId: 'tm_8' },
      lockId: 'theirs',
      blocked: false,
    },
    {
      name: 'one of the same device, which does not say its id',
      lock: dojoLock(),
      caller: { deviceId: 'tm_7' },
      blocked: false,
    },
    {
      name: 'one of another device',
      lock: dojoLock(),
      caller: { deviceId: 'tm_8' },
      blocked: true,
    },
    {
      name: 'one of the same waiter on another device',
      lock: dojoLock(),
      caller: { waiterId: '42', deviceId: 'tm_8' },
      blocked: true,
    },
    {
      name: 'one of a caller without a device, for another one without',
      lock: dojoLock({ origin: {} }),
      caller: {},
      blocked: true,
    },
    { name: "a till's hold", lock: tillHold(), caller: {}, blocked: true },
    {
      name: "a till's hold, whatever id is said",
      lock: tillHold(),
      caller: {},
      lockId: 'theirs',
      blocked: true,
    },
  ]
  for (const { name, lock, caller, lockId, blocked } of cases) {
    t.equal(blockedBy(orderOfDojo({ lock }), now, caller, lockId), blocked ? lock : undefined, name)
  }
})

t.test('taking a lock', async (t) => {
  const request = { lockId: 'mine', expiresAtMs: now + minute }
  const refusals = [
    {
      name: 'an expiry of now, before a final order',
      order: orderOfDojo({ status: 'Finalized' }),
      expiresAtMs: now,
      type: 'InvalidRequest',
      message:
        'The field expiry is 2026-03-01T20:00:00.000Z, which is not in the future ' +
        '(it is 2026-03-01T20:00:00.000Z here).',
    },
    {
      name: 'an expiry in the past',
      order: orderOfDojo(),
      expiresAtMs: now - 1,
      type: 'InvalidRequest',
      message: /^The field expiry is 2026-03-01T19:59:59\.999Z/,
    },
    {
      name: 'a final order, before its lock',
      order: orderOfDojo({ status: 'Canceled', lock: dojoLock() }),
      type: 'Conflict',
      message: /is Canceled/,
    },
    {
      name: 'a final order that the same lock holds',
      order: orderOfDojo({ status: 'Finalized', lock: dojoLock({ lockId: 'mine' }) }),
      type: 'Conflict',
      message: /is Finalized/,
    },
    {
      name: "another's live lock",
      order: orderOfDojo({ lock: dojoLock() }),
      type: 'Conflict',
      message: /is locked by waiter 42 on terminal tm_7 until 20:01:00/,
    },
    {
      name: "a till's hold",
      order: orderOfDojo({ lock: tillHold() }),
      type: 'Conflict',
      message: /is held for editing by Till 2 until 20:01:00/,
    },
    {
      name: "a till's hold of the same id",
      order: orderOfDojo({ lock: tillHold({ lockId: 'mine' }) }),
      type: 'Conflict',
      message: /is held for editing/,
    },
  ]
  for (const { name, order, type, message, expiresAtMs = now + minute } of refusals) {
    t.throws(
      () => takeLock(order, now, { lockId: 'mine', expiresAtMs }, {}),
      { type, message },
      name,
    )
  }

  const mine = { lockId: 'mine', kind: 'DojoLock', expiresAtMs: now + minute, origin: waiter42 }
  const expiresAt = new Date(now + minute).toISOString()
  const took = takeLock(orderOfDojo(), now, request, waiter42)
  t.match(took, { action: 'Locked', detail: { lockId: 'mine', expiresAt }, quiet: true })
  t.match(took.order.lock, mine)
  for (const { name, more } of [
    { name: 'the same again', more: {} },
    { name: 'the same again, expired', more: expired },
  ]) {
    const own = dojoLock({ lockId: 'mine', origin: { deviceId: 'tm_1' }, ...more })
    const again = takeLock(orderOfDojo({ lock: own }), now, request, waiter42)
    t.match(again, { action: 'LockExtended', detail: { lockId: 'mine', expiresAt } }, name)
    t.same(again.order.lock, { ...own, expiresAtMs: now + minute }, 'and it stays as it was taken')
  }
  for (const lock of [dojoLock(expired), tillHold(expired)]) {
    const taken = takeLock(orderOfDojo({ lock }), now, request, waiter42)
    t.equal(taken.action, 'Locked', `an expired ${lock.kind} never blocks`)
    t.match(taken.order.lock, mine)
  }
  const cap = (expiresAtMs: number): number =>
    takeLock(orderOfDojo(), now, { lockId: 'mine', expiresAtMs }, {}).order.lock!.expiresAtMs
  t.equal(cap(now + 1), now + 1)
  t.equal(cap(now + hour), now + hour)
  t.equal(cap(now + hour + 1), now + hour, 'an hour is the most')
  t.equal(cap(Date.parse('9999-12-31T23:59:59Z')), now + hour)
})

t.test('extending a lock', async (t) => {
  const request = { lockId: 'mine', expiresAtMs: now + minute }
  const refusals = [
    {
      name: 'an expiry of now, before a lock that was never there',
      order: orderOfDojo(),
      known: false,
      expiresAtMs: now,
      type: 'InvalidRequest',
      message: /^The field expiry is/,
    },
    {
      name: 'never there',
      order: orderOfDojo(),
      known: false,
      type: 'NotFound',
      message: 'There is no lock with the id mine in this venue.',
    },
    {
      name: "never there, before another's live lock",
      order: orderOfDojo({ lock: dojoLock() }),
      known: false,
      type: 'NotFound',
      message: /no lock with the id mine/,
    },
    {
      name: 'taken by another since',
      order: orderOfDojo({ lock: dojoLock() }),
      known: true,
      type: 'Conflict',
      message: /is locked by waiter 42 on terminal tm_7 until 20:01:00/,
    },
    {
      name: 'taken by a till since',
      order: orderOfDojo({ lock: tillHold() }),
      known: true,
      type: 'Conflict',
      message: /is held for editing by Till 2/,
    },
    {
      name: 'taken by another since, whose own has expired',
      order: orderOfDojo({ lock: dojoLock(expired) }),
      known: true,
      type: 'Conflict',
      message: /mine/,
    },
    {
      name: 'released',
      order: orderOfDojo(),
      known: true,
      type: 'Conflict',
      message: /The lock mine has been released/,
    },
    {
      name: "a till's hold, which is not Dojo's to extend",
      order: orderOfDojo({ lock: tillHold({ lockId: 'mine' }) }),
      known: true,
      type: 'Conflict',
      message: /is held for editing by Till 2/,
    },
  ]
  for (const { name, order, known, type, message, expiresAtMs = now + minute } of refusals) {
    t.throws(
      () => extendLock(order, now, { lockId: 'mine', expiresAtMs }, known),
      { type, message },
      name,
    )
  }

  const extended = [
    { name: 'live', order: orderOfDojo({ lock: dojoLock({ lockId: 'mine' }) }) },
    {
      name: 'expired, but not taken since',
      order: orderOfDojo({ lock: dojoLock({ lockId: 'mine', ...expired }) }),
    },
    {
      name: 'the order just paid',
      order: orderOfDojo({ status: 'Finalized', lock: dojoLock({ lockId: 'mine' }) }),
    },
  ]
  for (const { name, order } of extended) {
    const change = extendLock(order, now, request, true)
    const expiresAt = new Date(now + minute).toISOString()
    t.match(change, { action: 'LockExtended', detail: { lockId: 'mine', expiresAt }, quiet: true })
    t.same(change.order, { ...order, lock: { ...order.lock, expiresAtMs: now + minute } }, name)
  }
  const longer = { lockId: 'mine', expiresAtMs: now + 2 * hour }
  t.equal(
    extendLock(orderOfDojo({ lock: dojoLock({ lockId: 'mine' }) }), now, longer, true).order.lock!
      .expiresAtMs,
    now + hour,
    'an hour is the most',
  )
})

t.test('releasing a lock', async (t) => {
  t.throws(
    () => releaseLock(orderOfDojo({ lock: dojoLock() }), now, 'mine', false),
    { type: 'Conflict', message: /is locked by waiter 42 on terminal tm_7 until 20:01:00/ },
    "another's live lock",
  )
  t.throws(
    () => releaseLock(orderOfDojo({ lock: tillHold() }), now, 'mine', false),
    { type: 'Conflict', message: /is held for editing by Till 2/ },
    "a till's hold",
  )
  t.throws(
    () => releaseLock(orderOfDojo({ lock: tillHold({ lockId: 'mine' }) }), now, 'mine', false),
    { type: 'Conflict', message: /is held for editing by Till 2/ },
    "a till's hold, which is not Dojo's to release",
  )

  const cases: { name: string; lock: OrderLock | undefined; known: boolean; releases: boolean }[] =
    [
      { name: 'live', lock: dojoLock({ lockId: 'mine' }), known: true, releases: true },
      {
        name: 'expired',
        lock: dojoLock({ lockId: 'mine', ...expired }),
        known: true,
        releases: true,
      },
      { name: 'released before', lock: undefined, known: true, releases: false },
      { name: 'never there', lock: undefined, known: false, releases: false },
      {
        name: "never there, and another's has expired",
        lock: dojoLock(expired),
        known: false,
        releases: false,
      },
    ]
  for (const { name, lock, known, releases } of cases) {
    const change = releaseLock(orderOfDojo({ lock }), now, 'mine', known)
    t.equal(change !== undefined, releases, name)
    if (releases) {
      t.match(change, { action: 'Unlocked', detail: { lockId: 'mine' }, quiet: true })
      t.equal(change!.order.lock, undefined)
    }
  }
})
