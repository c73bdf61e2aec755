// Whole flows of Pay at Table, as Dojo's card machines and its QR codes play them.
import t from 'tap'
import type { Schemas } from '../../src/contract/capabilities.ts'
import {
  actionsOf,
  bar,
  expireLock,
  garden,
  gbp,
  holdOnTill,
  inSeconds,
  isRefused,
  lock,
  newIntent,
  newOrder,
  newTables,
  newWaiter,
  pay,
  read,
  statusUpdated,
} from '../support/orders.ts'
import { startServer, type Headers, type TestServer, type Venue } from '../support/server.ts'

/**
 * A venue with a table, a waiter who serves it, and a bill of 62.95 on it: two pizzas, two lagers,
 * a water, two burgers, less 10 %, with service.
 */
async function openTable(server: TestServer, venue: Venue) {
  const [tableId = '', otherTableId = ''] = await newTables(server, venue, ['Table 5', 'Table 6'])
  await newWaiter(server, venue, '42', { name: 'Becky', tableIds: [tableId] })
  await newWaiter(server, venue, '7', { tableIds: [otherTableId] })
  const item = (
    quantity: number,
    name: string,
    plu: string,
    price: number,
    more: Partial<Schemas['OrderItem']> = {},
  ): Schemas['OrderItem'] => ({ quantity, name, plu, amountPerItem: gbp(price), ...more })
  const order = await newOrder(venue, 6_295, {
    details: { orderType: 'DineIn', dineIn: { tableId, waiterId: '42' } },
    items: [
      item(2, 'Pizza Pepperoni', '1234', 1_235),
      item(2, 'Lager', '1245', 510),
      item(1, 'Water', '1', 50),
      item(2, 'Burger', '234', 1_090, {
        modifiers: [
          { name: 'Extra cheese', quantity: 1, plu: '10987', amountPerModifier: gbp(72) },
        ],
      }),
    ],
    // 24.70 + 10.20 + 0.50 + 23.24 = 58.64, less 5.86, with 10.17 of service.
    discounts: [{ name: '10% discount', amountTotal: gbp(586), amountPercentage: 1_000 }],
    serviceChargeAmount: gbp(1_017),
  })
  return { tableId, order, orderId: order.id }
}

const listed = async (venue: Venue, headers?: Headers, tableId?: string) =>
  (
    await venue.call(
      'SearchOrders',
      { payableOnly: true, ...(tableId === undefined ? {} : { dineIn: { tableId } }) },
      headers,
    )
  ).body.data!

t.test('Pay at Table', async (t) => {
  const server = await startServer(t)
  const { sql } = server
  const newTable = async (name: string) => {
    const venue = await server.newVenue(name)
    await sql('UPDATE locations SET waiter_access = true WHERE location_id = $1', [
      venue.locationId,
    ])
    return { venue, ...(await openTable(server, venue)) }
  }

  t.test('without locks: list, read, pay in full', async (t) => {
    const { venue, order, orderId } = await newTable('Without locks')
    t.same(
      (await listed(venue, bar)).map(({ id, displayName }) => [id, displayName]),
      [[orderId, 'Table 5']],
      'the waiter finds the table',
    )
    t.same(await listed(venue, garden), [], 'another waiter does not')
    t.same((await venue.call('GetOrderById', { orderId }, bar)).body, order)

    const paymentIntentId = newIntent()
    const { status, body } = await pay(venue, orderId, 6_295, { paymentIntentId }, bar)
    t.equal(status, 200)
    t.same(
      [body.status, body.payable, body.paidAmount, body.payments],
      ['Finalized', false, gbp(6_295), [{ paymentIntentId, paidAmount: gbp(6_295) }]],
    )
    t.same(await listed(venue, bar), [], 'there is nothing left to pay')
    t.same(await actionsOf(server, orderId), ['Created', 'PaymentRecorded'])
  })

  t.test('with locks: list, lock, bill, two parts with a tip, unlock', async (t) => {
    const { venue, order, orderId } = await newTable('With locks')
    t.equal((await listed(venue, bar)).length, 1)
    const locked = await lock(venue, orderId, 'lock-1', 30, bar)
    t.same(locked.body, order, 'the lock answers the latest and full state')
    isRefused(
      t,
      await lock(venue, orderId, 'lock-2', 30, garden),
      'Conflict',
      /is locked by waiter 42 on terminal tm_bar/,
    )

    t.same(
      (await venue.call('GetOrderById', { orderId }, garden)).body,
      order,
      'reading is always possible',
    )
    const { body: bill } = await venue.call('GetOrderBillById', { orderId }, bar)
    t.same(bill.order, order)
    t.match(JSON.stringify(bill.header), /Table 5.*Becky/s)

    const [first, second] = [newIntent(), newIntent()]
    const half = await pay(
      venue,
      orderId,
      3_148,
      { paymentIntentId: first, tipsAmount: gbp(500), lockId: 'lock-1' },
      bar,
    )
    t.same(
      [half.body.status, half.body.payable, half.body.paidAmount, half.body.tipsAmount],
      ['New', true, gbp(3_148), gbp(500)],
    )
    t.equal(
      (
        await venue.call(
          'ExtendOrderLock',
          { orderId, lockId: 'lock-1', expiry: inSeconds(30) },
          bar,
        )
      ).status,
      200,
      'it takes longer',
    )
    isRefused(
      t,
      await pay(venue, orderId, 3_147, {}, garden),
      'Conflict',
      /is locked by waiter 42 on terminal tm_bar/,
    )
    const rest = await pay(
      venue,
      orderId,
      3_147,
      { paymentIntentId: second, lockId: 'lock-1' },
      bar,
    )
    t.same(
      [rest.body.status, rest.body.payable, rest.body.paidAmount],
      ['Finalized', false, gbp(6_295)],
    )
    const unlocked = await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' }, bar)
    t.same(unlocked.body, rest.body)
    t.same(unlocked.body.payments, [
      { paymentIntentId: first, paidAmount: gbp(3_148), tipsAmount: gbp(500) },
      { paymentIntentId: second, paidAmount: gbp(3_147) },
    ])
    t.same(await listed(venue, bar), [])

    // Dojo repeats itself.
    t.same(
      (
        await pay(
          venue,
          orderId,
          3_148,
          { paymentIntentId: first, tipsAmount: gbp(500), lockId: 'lock-1' },
          bar,
        )
      ).body,
      rest.body,
    )
    t.same(
      (await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' }, bar)).body,
      rest.body,
    )
    t.same(await actionsOf(server, orderId), [
      'Created',
      'Locked',
      'BillPrinted',
      'PaymentRecorded',
      'LockExtended',
      'PaymentRecorded',
      'Unlocked',
    ])
  })

  t.test(
    'partial payment with a tip, exit, and another terminal comes back for the rest',
    async (t) => {
      const { venue, orderId } = await newTable('Partial')
      await lock(venue, orderId, 'lock-1', 60, bar)
      await pay(venue, orderId, 2_000, { tipsAmount: gbp(300), lockId: 'lock-1' }, bar)
      const left = await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-1' }, bar)
      t.same(
        [left.body.payable, left.body.totalAmount, left.body.paidAmount, left.body.tipsAmount],
        [true, gbp(6_295), gbp(2_000), gbp(300)],
        'the balance is what is left',
      )
      t.same(
        (await listed(venue, bar)).map(({ paidAmount }) => paidAmount),
        [gbp(2_000)],
        'and it is listed with it',
      )

      const garden42 = { ...garden, 'waiter-id': '42' }
      t.equal((await lock(venue, orderId, 'lock-2', 60, garden42)).status, 200)
      isRefused(
        t,
        await pay(venue, orderId, 6_295, { lockId: 'lock-2' }, garden42),
        'Conflict',
        /more than the balance of 42\.95 GBP/,
      )
      const { body } = await pay(venue, orderId, 4_295, { lockId: 'lock-2' }, garden42)
      t.same(
        [body.status, body.paidAmount, body.tipsAmount, body.payments!.length],
        ['Finalized', gbp(6_295), gbp(300), 2],
      )
      t.equal(
        (await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-2' }, garden42)).status,
        200,
      )
    },
  )

  t.test(
    'QR code: the guests of a table pay for their own, all at once and without locks',
    async (t) => {
      const { venue, tableId, orderId } = await newTable('QR')
      t.same(
        (await listed(venue, undefined, tableId)).map(({ id }) => id),
        [orderId],
      )
      t.same(await listed(venue, undefined, 'tbl_other'), [])
      const parts = [2_470, 1_020, 50, 2_324, 431]
      t.equal(
        parts.reduce((sum, part) => sum + part),
        6_295,
      )
      const replies = await Promise.all(
        parts.map(async (part) => await pay(venue, orderId, part, { tipsAmount: gbp(10) })),
      )
      t.same(
        replies.map(({ status }) => status),
        Array(5).fill(200),
      )
      const order = await read(venue, orderId)
      t.same(
        [order.status, order.paidAmount, order.tipsAmount, order.payments!.length],
        ['Finalized', gbp(6_295), gbp(50), 5],
      )
      isRefused(t, await pay(venue, orderId, 50), 'Conflict', /is Finalized/)
    },
  )

  t.test('a refused payment goes back to the guest, who tries again', async (t) => {
    const { venue, orderId } = await newTable('Refused')
    const paymentIntentId = newIntent()
    const refused = await pay(venue, orderId, 7_000, { paymentIntentId }, bar)
    isRefused(t, refused, 'Conflict', /more than the balance of 62\.95 GBP \(6295 minor units\)/)
    t.equal(
      (await venue.call('HandleEvent', statusUpdated(paymentIntentId, 'Reversed'))).status,
      200,
      'Dojo reverses it',
    )
    const order = await read(venue, orderId)
    t.same([order.payable, order.paidAmount, order.payments], [true, gbp(0), []])
    t.equal((await pay(venue, orderId, 6_295, {}, bar)).body.status, 'Finalized')
  })

  t.test('a terminal loses its connection, and its lock expires', async (t) => {
    const { venue, orderId } = await newTable('Connection lost')
    await lock(venue, orderId, 'lock-1', 60, bar)
    const paymentIntentId = newIntent()
    await expireLock(server, orderId)
    t.equal(
      (await lock(venue, orderId, 'lock-2', 60, garden)).status,
      200,
      'another terminal takes over',
    )
    isRefused(
      t,
      await pay(venue, orderId, 1_000, { paymentIntentId, lockId: 'lock-1' }, bar),
      'Conflict',
      /is locked by waiter 7 on terminal tm_garden/,
    )
    t.equal((await pay(venue, orderId, 2_000, { lockId: 'lock-2' }, garden)).status, 200)
    await venue.call('DeleteOrderLock', { orderId, lockId: 'lock-2' }, garden)
    t.equal(
      (await pay(venue, orderId, 1_000, { paymentIntentId, lockId: 'lock-1' }, bar)).status,
      200,
      'and the first comes back late, without a lock',
    )
    t.same((await read(venue, orderId)).paidAmount, gbp(3_000))
  })

  t.test('a till edits the order meanwhile', async (t) => {
    const { venue, orderId } = await newTable('Edited')
    await holdOnTill(server, venue, orderId)
    t.same(await listed(venue, bar), [], 'it is hidden while it is edited')
    isRefused(
      t,
      await lock(venue, orderId, 'lock-1', 60, bar),
      'Conflict',
      /is held for editing by Till 2/,
    )
    await sql('UPDATE order_locks SET ended_at = now() WHERE order_id = $1', [orderId])
    t.equal((await listed(venue, bar)).length, 1)
    t.equal((await lock(venue, orderId, 'lock-1', 60, bar)).status, 200)
  })

  t.test('a refund without the guest reopens the bill', async (t) => {
    const { venue, orderId } = await newTable('Refunded')
    const [first, second] = [newIntent(), newIntent()]
    await pay(venue, orderId, 6_000, { paymentIntentId: first }, bar)
    await pay(venue, orderId, 295, { paymentIntentId: second }, bar)
    for (const event of [
      statusUpdated(first, 'Captured', '2026-03-01T20:00:00Z'),
      statusUpdated(first, 'Refunded', '2026-03-01T21:00:00Z'),
    ]) {
      await venue.call('HandleEvent', event)
      await venue.call('HandleEvent', event)
    }
    const order = await read(venue, orderId)
    t.same(
      [order.status, order.payable, order.paidAmount, order.payments],
      ['New', true, gbp(295), [{ paymentIntentId: second, paidAmount: gbp(295) }]],
    )
    t.same(
      (await listed(venue, bar)).map(({ id }) => id),
      [orderId],
    )
  })
})
