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
  newIntent,
  newOrder,
  noOrder,
  pay,
  read,
  setStatus,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'

t.test('CancelOrderById', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const other = await server.newVenue('The White Hart')
  const order = async (): Promise<string> => (await newOrder(venue, 1_000)).id

  t.test('refuses an order that the venue does not have', async (t) => {
    const orderId = await order()
    isRefused(
      t,
      await venue.call('CancelOrderById', { orderId: 'ord_nobody' }),
      'NotFound',
      noOrder('ord_nobody'),
    )
    isRefused(t, await other.call('CancelOrderById', { orderId }), 'NotFound', noOrder(orderId))
    t.equal((await read(venue, orderId)).status, 'New', "another venue's order is left alone")
  })

  const paidPartly = async (orderId: string): Promise<void> => {
    await pay(venue, orderId, 400)
  }
  const lockedAtBar = async (orderId: string): Promise<void> => {
    await lock(venue, orderId, 'lock-1', 60, bar)
  }
  const lockedWords = /is locked by waiter 42 on terminal tm_bar until \d\d:\d\d:\d\d UTC\.$/
  const cases: { name: string; before: ((orderId: string) => Promise<void>)[]; message: RegExp }[] =
    [
      {
        name: 'a Finalized order',
        before: [
          async (id) => {
            await pay(venue, id, 1_000)
          },
        ],
        message: /is Finalized; no further changes are possible\.$/,
      },
      {
        name: 'a Failed order',
        before: [
          async (id) => {
            await setStatus(server, id, 'Failed')
          },
        ],
        message: /is Failed; no further changes are possible\.$/,
      },
      {
        name: 'a final order that is paid and locked, as final',
        before: [
          paidPartly,
          lockedAtBar,
          async (id) => {
            await setStatus(server, id, 'Failed')
          },
        ],
        message: /is Failed/,
      },
      {
        name: 'an order that is partly paid',
        before: [paidPartly],
        message: /has payments of 4\.00 GBP; give them back before you cancel it\.$/,
      },
      {
        name: 'an order that is paid and locked, as paid',
        before: [paidPartly, lockedAtBar],
        message: /has payments of 4\.00 GBP/,
      },
      { name: "an order under another's live lock", before: [lockedAtBar], message: lockedWords },
      {
        name: 'an order that a till holds',
        before: [
          async (id) => {
            await holdOnTill(server, venue, id)
          },
        ],
        message: /is held for editing by Till 2 until \d\d:\d\d:\d\d UTC\.$/,
      },
    ]
  for (const { name, before, message } of cases) {
    t.test(`refuses ${name}`, async (t) => {
      const orderId = await order()
      for (const step of before) await step(orderId)
      const [unchanged, history] = [await read(venue, orderId), await historyOf(server, orderId)]
      isRefused(t, await venue.call('CancelOrderById', { orderId }, garden), 'Conflict', message)
      t.same(await read(venue, orderId), unchanged)
      t.same(await historyOf(server, orderId), history)
    })
  }

  t.test('refuses food that is paid and being cooked', async (t) => {
    const { id: orderId, status } = await newOrder(venue, 1_000, {
      payments: [
        { paymentIntentId: newIntent(), paidAmount: { value: 1_000, currencyCode: 'GBP' } },
      ],
    })
    t.equal(status, 'Confirmed')
    isRefused(
      t,
      await venue.call('CancelOrderById', { orderId }),
      'Conflict',
      /has payments of 10\.00 GBP/,
    )
  })

  t.test('cancels an open order without payments', async (t) => {
    for (const status of [
      'New',
      'Submitted',
      'Confirmed',
      'Accepted',
      'Preparing',
      'Prepared',
      'Ready',
    ] as const) {
      const before = await newOrder(venue, 1_000)
      await setStatus(server, before.id, status)
      const { status: answer, body } = await venue.call(
        'CancelOrderById',
        { orderId: before.id },
        garden,
      )
      t.equal(answer, 200, status)
      const { updatedAt, ...rest } = body
      const { updatedAt: createdAt, ...restBefore } = before
      t.same(rest, { ...restBefore, status: 'Canceled', payable: false })
      t.ok(updatedAt! >= createdAt!)
      t.same(await read(venue, before.id), body, 'it stays readable')
      const history = await historyOf(server, before.id)
      t.same(
        history.map(({ action }) => action),
        ['Created', 'Canceled'],
      )
      t.strictSame(history[1], {
        action: 'Canceled',
        detail: { statusBefore: status },
        ...callerColumns(garden),
      })
    }
  })

  t.test('again', async (t) => {
    const orderId = await order()
    const { body } = await venue.call('CancelOrderById', { orderId })
    const again = await venue.call('CancelOrderById', { orderId }, bar)
    t.equal(again.status, 200)
    t.same(again.body, body, 'the same order')
    t.same(await actionsOf(server, orderId), ['Created', 'Canceled'], 'it happened once')
  })

  t.test('the holder of the lock may cancel', async (t) => {
    const [own, expired, released] = [await order(), await order(), await order()]
    for (const orderId of [own, expired, released]) await lockedAtBar(orderId)
    await expireLock(server, expired)
    await venue.call('DeleteOrderLock', { orderId: released, lockId: 'lock-1' })
    t.equal(
      (await venue.call('CancelOrderById', { orderId: own }, bar)).body.status,
      'Canceled',
      'from the device that locked it',
    )
    t.equal(
      (await venue.call('CancelOrderById', { orderId: expired }, garden)).body.status,
      'Canceled',
      'an expired lock is none',
    )
    t.equal(
      (await venue.call('CancelOrderById', { orderId: released }, garden)).body.status,
      'Canceled',
      'nor is a released one',
    )
    t.equal(
      (await venue.call('CancelOrderById', { orderId: own }, garden)).status,
      200,
      'canceled already, under a lock that is still live',
    )
  })

  t.test("money that went back stands in nobody's way", async (t) => {
    const orderId = await order()
    const paymentIntentId = newIntent()
    await pay(venue, orderId, 400, { paymentIntentId })
    t.equal((await venue.call('CancelOrderById', { orderId })).status, 409)
    await venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))
    t.equal((await venue.call('CancelOrderById', { orderId })).body.status, 'Canceled')
  })

  t.test('canceled or paid, when both come at once', async (t) => {
    for (let round = 0; round < 5; round++) {
      const orderId = await order()
      const [canceled, paid] = await Promise.all([
        venue.call('CancelOrderById', { orderId }),
        pay(venue, orderId, 1_000),
      ])
      t.same([canceled.status, paid.status].sort(), [200, 409])
      t.equal(
        (await read(venue, orderId)).status,
        canceled.status === 200 ? 'Canceled' : 'Finalized',
      )
    }
  })
})
