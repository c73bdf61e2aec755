import t from 'tap'
import type { Input } from '../../../src/contract/capabilities.ts'
import {
  actionsOf,
  bar,
  CALLER,
  callerColumns,
  expireLock,
  garden,
  historyOf,
  holdOnTill,
  inSeconds,
  isRefused,
  lock,
  newOrder,
  noOrder,
  pay,
  read,
} from '../../support/orders.ts'
import { startServer, type Headers } from '../../support/server.ts'

t.test('ExtendOrderLock', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const order = async (): Promise<string> => (await newOrder(venue, 1_000)).id
  const extend = async (orderId: string, lockId: string, seconds = 300, headers?: Headers) =>
    await venue.call('ExtendOrderLock', { orderId, lockId, expiry: inSeconds(seconds) }, headers)
  const secondsLeft = async (orderId: string, lockId: string): Promise<number> =>
    (
      await sql<{ seconds: number }>(
        'SELECT extract(epoch FROM expires_at - now())::float AS seconds FROM order_locks WHERE order_id = $1 AND lock_id = $2',
        [orderId, lockId],
      )
    )[0]!.seconds
  const about = (seconds: number, expected: number): boolean => Math.abs(seconds - expected) <= 5
  const noLock = (lockId: string): string => `There is no lock with the id ${lockId} in this venue.`

  t.test('refuses a request that is not one', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'lock-1')
    const cases: { name: string; input: object; message: RegExp }[] = [
      { name: 'no expiry', input: {}, message: /expiry is missing/ },
      { name: 'an expiry in words', input: { expiry: 'later' }, message: /expiry must be a time/ },
      {
        name: 'a time that no calendar has',
        input: { expiry: '2099-12-31T23:59:60Z' },
        message: /expiry/,
      },
    ]
    for (const { name, input, message } of cases) {
      await t.test(name, async (t) => {
        isRefused(
          t,
          await venue.call('ExtendOrderLock', {
            orderId,
            lockId: 'lock-1',
            ...input,
          } as Input<'ExtendOrderLock'>),
          'InvalidRequest',
          message,
        )
      })
    }
    t.ok(about(await secondsLeft(orderId, 'lock-1'), 60), 'the lock is as it was')
  })

  t.test('refuses an order that the venue does not have', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'lock-1')
    isRefused(t, await extend('ord_nobody', 'lock-1'), 'NotFound', noOrder('ord_nobody'))
    isRefused(t, await extend('ord_nobody', 'lock-1', -1), 'NotFound', noOrder('ord_nobody'))
    isRefused(
      t,
      await other.call('ExtendOrderLock', { orderId, lockId: 'lock-1', expiry: inSeconds(300) }),
      'NotFound',
      noOrder(orderId),
    )
    t.ok(about(await secondsLeft(orderId, 'lock-1'), 60))
  })

  t.test('refuses an expiry in the past', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'lock-1')
    for (const lockId of ['lock-1', 'never']) {
      isRefused(
        t,
        await extend(orderId, lockId, -1),
        'InvalidRequest',
        /^The field expiry is .+, which is not in the future/,
      )
    }
    t.ok(about(await secondsLeft(orderId, 'lock-1'), 60))
  })

  t.test('refuses a lock that was never there', async (t) => {
    const [free, locked, held, elsewhere] = [
      await order(),
      await order(),
      await order(),
      await order(),
    ]
    await lock(venue, locked, 'theirs', 60, bar)
    await holdOnTill(server, venue, held)
    await lock(venue, elsewhere, 'mine')
    for (const orderId of [free, locked, held]) {
      isRefused(t, await extend(orderId, 'mine'), 'NotFound', noLock('mine'))
      t.equal((await actionsOf(server, orderId)).includes('LockExtended'), false)
    }
    t.ok(about(await secondsLeft(locked, 'theirs'), 60), "another's lock is as it was")
  })

  t.test('refuses a lock that another has taken since', async (t) => {
    const [byDojo, byTill] = [await order(), await order()]
    for (const orderId of [byDojo, byTill]) {
      await lock(venue, orderId, 'mine', 60, garden)
      await expireLock(server, orderId)
    }
    await lock(venue, byDojo, 'theirs', 60, bar)
    await sql('UPDATE order_locks SET ended_at = now() WHERE order_id = $1', [byTill])
    await holdOnTill(server, venue, byTill)
    isRefused(
      t,
      await extend(byDojo, 'mine', 300, garden),
      'Conflict',
      /is locked by waiter 42 on terminal tm_bar until \d\d:\d\d:\d\d UTC\.$/,
    )
    isRefused(
      t,
      await extend(byTill, 'mine', 300, garden),
      'Conflict',
      /is held for editing by Till 2 until \d\d:\d\d:\d\d UTC\.$/,
    )
    t.ok(about(await secondsLeft(byDojo, 'theirs'), 60), 'it stays until when it was')

    await expireLock(server, byDojo)
    t.equal(
      (await extend(byDojo, 'mine')).status,
      409,
      'taken since, though that one has expired too',
    )
    t.equal((await extend(byDojo, 'theirs', 300, bar)).status, 200)
  })

  t.test('refuses a lock that was released', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine')
    await venue.call('DeleteOrderLock', { orderId, lockId: 'mine' })
    isRefused(
      t,
      await extend(orderId, 'mine'),
      'Conflict',
      'The lock mine has been released; create a new one.',
    )
    t.equal((await lock(venue, orderId, 'theirs', 60, bar)).status, 200, 'it is free for another')
  })

  t.test('extends, live or expired', async (t) => {
    for (const expired of [false, true]) {
      const orderId = await order()
      await lock(venue, orderId, 'mine', 60, bar)
      if (expired) await expireLock(server, orderId)
      const before = await read(venue, orderId)
      const { status, body } = await extend(orderId, 'mine', 300, garden)
      t.equal(status, 200)
      t.same(body, {})
      t.ok(about(await secondsLeft(orderId, 'mine'), 300))
      t.equal((await lock(venue, orderId, 'theirs', 60, garden)).status, 409, 'nobody else gets it')
      t.same(await read(venue, orderId), before)
      t.strictSame(
        await sql(`SELECT ${CALLER} FROM order_locks WHERE order_id = $1`, [orderId]),
        [callerColumns(bar)],
        'it is still whose it was',
      )
      const history = await historyOf(server, orderId)
      t.equal(history.length, 3)
      t.match(history[2], {
        action: 'LockExtended',
        detail: { lockId: 'mine' },
        ...callerColumns(garden),
      })
    }
  })

  t.test('again, shorter, and longer than an hour', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine', 600)
    const expiry = inSeconds(300)
    for (let n = 0; n < 2; n++) {
      t.same((await venue.call('ExtendOrderLock', { orderId, lockId: 'mine', expiry })).status, 200)
    }
    t.ok(about(await secondsLeft(orderId, 'mine'), 300), 'the new expiry counts, earlier or later')
    t.equal(
      (
        await venue.call('ExtendOrderLock', {
          orderId,
          lockId: 'mine',
          expiry: '9999-12-31T23:59:59Z',
        })
      ).status,
      200,
    )
    const seconds = await secondsLeft(orderId, 'mine')
    t.ok(seconds <= 3_600 && about(seconds, 3_600), 'an hour is the most')
  })

  t.test('an order that has just been paid under it', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'mine', 60, bar)
    t.equal((await pay(venue, orderId, 1_000, { lockId: 'mine' }, bar)).body.status, 'Finalized')
    t.equal((await extend(orderId, 'mine', 300, bar)).status, 200)
  })
})
