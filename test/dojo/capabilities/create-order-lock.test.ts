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
  setStatus,
} from '../../support/orders.ts'
import { startServer, type TestServer } from '../../support/server.ts'

interface LockRow {
  lock_id: string
  kind: string
  live: boolean
  seconds: number
}

/** The locks that an order ever had: from when to when, and whether one is live. */
const locksOf = async ({ sql }: TestServer, orderId: string): Promise<LockRow[]> =>
  await sql<LockRow>(
    `SELECT lock_id, kind::text, ended_at IS NULL AND expires_at > now() AS live,
       round(extract(epoch FROM expires_at - now()))::int AS seconds
   FROM order_locks WHERE order_id = $1 ORDER BY created_at, lock_id`,
    [orderId],
  )

t.test('CreateOrderLock', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const order = async (): Promise<string> => (await newOrder(venue, 1_000)).id

  t.test('refuses a request that is not one', async (t) => {
    const orderId = await order()
    const cases: { name: string; input: object; message: RegExp }[] = [
      { name: 'no lockId', input: { expiry: inSeconds(60) }, message: /lockId is missing/ },
      { name: 'no expiry', input: { lockId: 'lock-1' }, message: /expiry is missing/ },
      {
        name: 'an expiry in words',
        input: { lockId: 'lock-1', expiry: 'soon' },
        message: /expiry must be a time/,
      },
      {
        name: 'an expiry in no time zone',
        input: { lockId: 'lock-1', expiry: '2099-01-01T00:00:00' },
        message: /expiry must be a time/,
      },
      {
        name: 'a time that no calendar has',
        input: { lockId: 'lock-1', expiry: '2099-12-31T23:59:60Z' },
        message: /expiry/,
      },
    ]
    for (const { name, input, message } of cases) {
      await t.test(name, async (t) => {
        isRefused(
          t,
          await venue.call('CreateOrderLock', { orderId, ...input } as Input<'CreateOrderLock'>),
          'InvalidRequest',
          message,
        )
      })
    }
    t.same(await locksOf(server, orderId), [])
  })

  const past = () => inSeconds(-1)
  t.test('refuses an order that the venue does not have', async (t) => {
    const orderId = await order()
    isRefused(t, await lock(venue, 'ord_nobody', 'lock-1'), 'NotFound', noOrder('ord_nobody'))
    isRefused(t, await lock(other, orderId, 'lock-1'), 'NotFound', noOrder(orderId))
    isRefused(
      t,
      await venue.call('CreateOrderLock', {
        orderId: 'ord_nobody',
        lockId: 'lock-1',
        expiry: past(),
      }),
      'NotFound',
      noOrder('ord_nobody'),
    )
    t.same(await locksOf(server, orderId), [])
  })

  t.test('refuses an expiry in the past', async (t) => {
    const [open, canceled, locked] = [await order(), await order(), await order()]
    await setStatus(server, canceled, 'Canceled')
    await lock(venue, locked, 'theirs', 60, bar)
    for (const orderId of [open, canceled, locked]) {
      isRefused(
        t,
        await venue.call('CreateOrderLock', { orderId, lockId: 'mine', expiry: past() }),
        'InvalidRequest',
        /^The field expiry is .+, which is not in the future/,
      )
    }
    isRefused(
      t,
      await venue.call(
        'CreateOrderLock',
        { orderId: locked, lockId: 'theirs', expiry: past() },
        bar,
      ),
      'InvalidRequest',
      /not in the future/,
    )
    t.equal((await locksOf(server, locked))[0]!.live, true, 'the lock that is there stays')
  })

  t.test('refuses an order that is not open', async (t) => {
    for (const status of ['Finalized', 'Canceled', 'Failed'] as const) {
      const orderId = await order()
      await lock(venue, orderId, 'theirs', 60, bar)
      await setStatus(server, orderId, status)
      for (const lockId of ['mine', 'theirs']) {
        isRefused(
          t,
          await lock(venue, orderId, lockId),
          'Conflict',
          `The order ${orderId} is ${status}; no further changes are possible.`,
        )
      }
    }
  })

  t.test("refuses while another's lock is live, and says whose and until when", async (t) => {
    const named: { headers: object; who: string }[] = [
      { headers: bar, who: 'waiter 42 on terminal tm_bar' },
      { headers: { 'waiter-id': '42' }, who: 'waiter 42' },
      { headers: { 'device-id': 'tm_bar' }, who: 'terminal tm_bar' },
    ]
    for (const { headers, who } of named) {
      const orderId = await order()
      const expiry = inSeconds(600)
      await venue.call('CreateOrderLock', { orderId, lockId: 'theirs', expiry }, headers)
      for (const caller of [garden, bar, undefined]) {
        isRefused(
          t,
          await lock(venue, orderId, 'mine', 60, caller),
          'Conflict',
          `The order ${orderId} is locked by ${who} until ${expiry.slice(11, 19)} UTC.`,
        )
      }
      const [held, ...none] = await locksOf(server, orderId)
      t.same([held!.lock_id, held!.live, none], ['theirs', true, []], 'it stays')
      t.ok(Math.abs(held!.seconds - 600) <= 5, 'until when it was')
      t.same(await actionsOf(server, orderId), ['Created', 'Locked'])
    }
  })

  t.test('refuses while a till holds the order', async (t) => {
    const orderId = await order()
    await holdOnTill(server, venue, orderId, 'Till 3')
    isRefused(
      t,
      await lock(venue, orderId, 'mine'),
      'Conflict',
      /^The order \S+ is held for editing by Till 3 until \d\d:\d\d:\d\d UTC\.$/,
    )
    await expireLock(server, orderId)
    t.equal((await lock(venue, orderId, 'mine')).status, 200, 'an expired hold never blocks')
    t.same(
      (await locksOf(server, orderId))
        .filter(({ live }) => live)
        .map(({ lock_id: id, kind }) => [id, kind]),
      [['mine', 'DojoLock']],
    )
  })

  t.test('locks, and answers the full order as it now is', async (t) => {
    const { id: orderId } = await newOrder(venue, 1_000, {
      note: 'Window seat',
      customer: { name: 'Ada' },
    })
    await pay(venue, orderId, 400)
    const before = await read(venue, orderId)
    const { status, body } = await lock(venue, orderId, 'lock-1', 60, bar)
    t.equal(status, 200)
    t.same(body, before)
    t.same(
      [body.paidAmount!.value, body.payable],
      [400, true],
      "a lock of Dojo's leaves it payable",
    )
    t.strictSame(
      await sql(
        `SELECT lock_id, kind::text, holder, ended_at, ${CALLER} FROM order_locks WHERE order_id = $1`,
        [orderId],
      ),
      [
        {
          lock_id: 'lock-1',
          kind: 'DojoLock',
          holder: null,
          ended_at: null,
          ...callerColumns(bar),
        },
      ],
    )
    t.ok(Math.abs((await locksOf(server, orderId))[0]!.seconds - 60) <= 5)
    const history = await historyOf(server, orderId)
    t.match(history[2], { action: 'Locked', detail: { lockId: 'lock-1' }, ...callerColumns(bar) })
    t.equal(history.length, 3)
  })

  t.test('a lock lasts no longer than an hour', async (t) => {
    const cases: { expiry: string; seconds: number }[] = [
      { expiry: inSeconds(3_600 - 60), seconds: 3_540 },
      { expiry: inSeconds(3_600 + 60), seconds: 3_600 },
      { expiry: '9999-12-31T23:59:59Z', seconds: 3_600 },
    ]
    for (const { expiry, seconds } of cases) {
      const orderId = await order()
      t.equal(
        (await venue.call('CreateOrderLock', { orderId, lockId: 'lock-1', expiry })).status,
        200,
      )
      const [row] = await sql<{ lasts: number }>(
        'SELECT extract(epoch FROM expires_at - created_at)::float AS lasts FROM order_locks WHERE order_id = $1',
        [orderId],
      )
      t.ok(
        row!.lasts <= 3_600 && Math.abs(row!.lasts - seconds) <= 5,
        `${expiry} lasts ${seconds} s`,
      )
      await venue.call('CreateOrderLock', { orderId, lockId: 'lock-1', expiry })
      const [again] = await locksOf(server, orderId)
      t.ok(
        again!.seconds <= 3_600 && Math.abs(again!.seconds - seconds) <= 5,
        'nor does it when it is asked for again',
      )
    }
    const orderId = await order()
    await venue.call('CreateOrderLock', {
      orderId,
      lockId: 'lock-1',
      expiry: new Date(Date.now() + 120_000).toISOString().replace('Z', '+00:00'),
    })
    t.ok(
      Math.abs((await locksOf(server, orderId))[0]!.seconds - 120) <= 5,
      'the offset from UTC is read',
    )
  })

  t.test('the same lockId again moves its expiry', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'lock-1', 600, bar)
    const again = await lock(venue, orderId, 'lock-1', 60, bar)
    t.equal(again.status, 200)
    t.same(again.body, await read(venue, orderId))
    t.equal((await locksOf(server, orderId)).length, 1)
    t.ok(Math.abs((await locksOf(server, orderId))[0]!.seconds - 60) <= 5, 'earlier')
    await lock(venue, orderId, 'lock-1', 300, bar)
    t.ok(Math.abs((await locksOf(server, orderId))[0]!.seconds - 300) <= 5, 'or later')

    await expireLock(server, orderId)
    t.equal((await lock(venue, orderId, 'lock-1', 60, bar)).status, 200, 'expired')
    t.equal((await locksOf(server, orderId))[0]!.live, true)
    await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' })
    t.equal((await lock(venue, orderId, 'lock-1', 60, garden)).status, 200, 'released')
    t.strictSame(
      await sql(`SELECT ended_at IS NULL AS live, ${CALLER} FROM order_locks WHERE order_id = $1`, [
        orderId,
      ]),
      [{ live: true, ...callerColumns(garden) }],
      'and it is whose it now is',
    )
    t.equal((await lock(venue, orderId, 'lock-2', 60, bar)).status, 409)
    t.same(await actionsOf(server, orderId), [
      'Created',
      'Locked',
      'LockExtended',
      'LockExtended',
      'LockExtended',
      'Unlocked',
      'Locked',
    ])
  })

  t.test('an expired lock never blocks', async (t) => {
    const orderId = await order()
    await lock(venue, orderId, 'theirs', 60, bar)
    await expireLock(server, orderId)
    t.equal((await lock(venue, orderId, 'mine', 60, garden)).status, 200)
    t.same(
      (await locksOf(server, orderId)).map(({ lock_id: id, live }) => [id, live]),
      [
        ['theirs', false],
        ['mine', true],
      ],
    )
    isRefused(
      t,
      await lock(venue, orderId, 'theirs', 60, bar),
      'Conflict',
      /is locked by waiter 7 on terminal tm_garden/,
    )
    await expireLock(server, orderId)
    t.equal(
      (await lock(venue, orderId, 'theirs', 60, bar)).status,
      200,
      'and the first may come back',
    )
    t.same(
      (await locksOf(server, orderId)).filter(({ live }) => live).map(({ lock_id: id }) => id),
      ['theirs'],
    )
  })

  t.test('a lockId is of its order', async (t) => {
    const [one, two] = [await order(), await order()]
    t.same(
      [(await lock(venue, one, 'lock-1')).status, (await lock(venue, two, 'lock-1')).status],
      [200, 200],
    )
  })

  t.test('of many at once, exactly one wins', async (t) => {
    const orderId = await order()
    const replies = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => await lock(venue, orderId, `lock-${n}`, 60, bar)),
    )
    t.same(replies.map(({ status }) => status).sort(), [200, ...Array<number>(11).fill(409)])
    t.same(
      (await locksOf(server, orderId)).map(({ lock_id: id }) => id),
      [`lock-${replies.findIndex(({ status }) => status === 200)}`],
    )

    await expireLock(server, orderId)
    const next = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => (await lock(venue, orderId, `next-${n}`)).status),
    )
    t.same(
      next.sort(),
      [200, ...Array<number>(11).fill(409)],
      'of those who wait for an expired one, too',
    )

    const another = await order()
    const same = await Promise.all(
      Array.from({ length: 6 }, async () => (await lock(venue, another, 'same')).status),
    )
    t.same(same, Array(6).fill(200), 'the same lockId is the same lock')
    t.equal((await locksOf(server, another)).length, 1)
  })
})
