import t from 'tap'
import {
  actionsOf,
  bar,
  callerColumns,
  expireLock,
  garden,
  historyOf,
  holdOnTill,
  isRefused,
  lock,
  newOrder,
  noOrder,
  pay,
  read,
} from '../../support/orders.ts'
import { startServer, type Headers } from '../../support/server.ts'

t.test('DeleteOrderLock', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const order = async (): Promise<string> => (await newOrder(venue, 1_000)).id
  const release = async (orderId: string, lockId: string, headers?: Headers) =>
    await venue.call('DeleteOrderLock', { orderId, lockId }, headers)
  const liveLock = async (orderId: string): Promise<string | undefined> =>
    (
      await sql<{ lock_id: string }>(
        'SELECT lock_id FROM order_locks WHERE order_id = $1 AND ended_at IS NULL AND expires_at > now()',
        [orderId],
      )
    )[0]?.lock_id

  t.test('refuses an order that the venue does not have', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'lock-1')
    isRefused(t, await release('ord_nobody', 'lock-1'), 'NotFound', noOrder('ord_nobody'))
    isRefused(
      t,
      await other.call('DeleteOrderLock', { orderId, lockId: 'lock-1' }),
      'NotFound',
      noOrder(orderId),
    )
    t.equal(await liveLock(orderId), 'lock-1')
  })

  t.test("refuses another's live lock, which stays", async (t) => {
    const [locked, held] = [await order(), await order()]
    await lock(venue, locked, 'theirs', 60, bar)
    await holdOnTill(server, venue, held)
    for (const headers of [garden, bar, undefined]) {
      isRefused(
        t,
        await release(locked, 'mine', headers),
        'Conflict',
        /is locked by waiter 42 on terminal tm_bar until \d\d:\d\d:\d\d UTC\.$/,
      )
      isRefused(
        t,
        await release(held, 'mine', headers),
        'Conflict',
        /is held for editing by Till 2 until \d\d:\d\d:\d\d UTC\.$/,
      )
    }
    t.equal(await liveLock(locked), 'theirs')
    t.type(await liveLock(held), 'string')
    t.same(await actionsOf(server, locked), ['Created', 'Locked'])
    t.equal((await lock(venue, locked, 'mine', 60, garden)).status, 409)
  })

  t.test('releases, and answers the order', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine', 60, bar)
    await pay(venue, orderId, 400, { lockId: 'mine' }, bar)
    const { status, body } = await release(orderId, 'mine', garden)
    t.equal(status, 200)
    t.same(body, await read(venue, orderId))
    t.same([body.paidAmount!.value, body.payable], [400, true])
    t.equal(await liveLock(orderId), undefined)
    const history = await historyOf(server, orderId)
    t.same(
      history.map(({ action }) => action),
      ['Created', 'Locked', 'PaymentRecorded', 'Unlocked'],
    )
    t.strictSame(history[3], {
      action: 'Unlocked',
      detail: { lockId: 'mine' },
      ...callerColumns(garden),
    })
    t.equal(
      (await lock(venue, orderId, 'theirs', 60, garden)).status,
      200,
      'it is free for another',
    )
  })

  t.test('again', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine')
    const first = await release(orderId, 'mine')
    for (let n = 0; n < 3; n++) {
      const { status, body } = await release(orderId, 'mine')
      t.equal(status, 200)
      t.same(body, first.body)
    }
    t.same(await actionsOf(server, orderId), ['Created', 'Locked', 'Unlocked'], 'it happened once')
  })

  t.test('what is not there any more is released', async (t) => {
    const [never, expired, otherExpired] = [await order(), await order(), await order()]
    t.equal((await release(never, 'mine')).status, 200, 'a lock that never was')
    await lock(venue, expired, 'mine')
    await expireLock(server, expired)
    t.equal((await release(expired, 'mine')).status, 200, 'an expired one')
    t.equal((await release(expired, 'mine')).status, 200, 'an expired one, again')
    await lock(venue, otherExpired, 'theirs')
    await expireLock(server, otherExpired)
    t.equal((await release(otherExpired, 'mine')).status, 200, "where another's has expired")
    for (const orderId of [never, expired, otherExpired]) {
      t.equal((await lock(venue, orderId, 'next')).status, 200)
    }
  })

  t.test('a lock that another has taken since stays', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine', 60, garden)
    await expireLock(server, orderId)
    await lock(venue, orderId, 'theirs', 60, bar)
    t.equal(
      (await release(orderId, 'mine', garden)).status,
      200,
      'it has expired, which is what was asked for',
    )
    t.equal(await liveLock(orderId), 'theirs')

    await release(orderId, 'theirs', bar)
    await lock(venue, orderId, 'mine', 60, garden)
    t.equal((await release(orderId, 'theirs', bar)).status, 200)
    t.equal(
      await liveLock(orderId),
      'mine',
      'nor does a late repetition release what came after it',
    )
  })

  t.test('an order that is final', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine', 60, bar)
    await pay(venue, orderId, 1_000, { lockId: 'mine' }, bar)
    const { status, body } = await release(orderId, 'mine', bar)
    t.same([status, body.status], [200, 'Finalized'])
    t.equal(await liveLock(orderId), undefined)
  })
})
