// Whole flows of Order and Pay: guests order on their own phones, and pay then or later.
import t from 'tap'
import type { Schemas } from '../../src/contract/capabilities.ts'
import { readUnmatchedPayments } from '../../src/store/payments/unmatched.ts'
import {
  actionsOf,
  gbp,
  isRefused,
  newIntent,
  newOrder,
  newTables,
  orderRequest,
  pay,
  read,
  setStatus,
  statusUpdated,
} from '../support/orders.ts'
import { startServer } from '../support/server.ts'

const phone = { 'dojo-requesting-product': 'OrderAndPay', 'device-type': 'Phone' }

t.test('Order and Pay', async (t) => {
  const server = await startServer(t)
  const {
    venue,
    sql,
    store: { database },
  } = server
  const [tableId = ''] = await newTables(server, venue, ['Table 9'])
  const atTable: Schemas['OrderDetails'] = { orderType: 'DineIn', dineIn: { tableId } }
  const collection: Schemas['OrderDetails'] = {
    orderType: 'Collection',
    collection: { asap: true },
  }
  const paid = (value: number, paymentIntentId = newIntent()): Schemas['Payment'] => ({
    paymentIntentId,
    paidAmount: gbp(value),
  })
  const openAtTable = async () =>
    (
      await venue.call('SearchOrders', { payableOnly: true, dineIn: { tableId } }, phone)
    ).body.data!.map(({ id }) => id)

  t.test('ordered and paid at once: captured, created, recorded, cooked, collected', async (t) => {
    const payment = { ...paid(1_500), tipsAmount: gbp(150) }
    await venue.call('HandleEvent', statusUpdated(payment.paymentIntentId, 'Captured'))
    t.same(
      (await readUnmatchedPayments(database, venue.locationId)).map(
        ({ paymentIntentId }) => paymentIntentId,
      ),
      [payment.paymentIntentId],
      'the event overtakes the order',
    )
    const request = orderRequest(1_500, {
      details: collection,
      customer: { name: 'Ada', phoneNumber: '+44 20 7946 0000' },
      items: [
        {
          name: 'Curry',
          plu: '77',
          quantity: 1,
          amountPerItem: gbp(1_300),
          modifiers: [{ name: 'Extra rice', plu: '78', quantity: 2, amountPerModifier: gbp(100) }],
        },
      ],
      reference: 'A-17',
      payments: [payment],
    })
    const { status, body } = await venue.call('CreateOrder', request, phone)
    t.equal(status, 200)
    t.same(
      [
        body.status,
        body.payable,
        body.paidAmount,
        body.tipsAmount,
        body.payments,
        body.displayName,
      ],
      ['Confirmed', false, gbp(1_500), gbp(150), [payment], 'A-17'],
      'it is paid, and the kitchen has it',
    )
    t.same(
      await readUnmatchedPayments(database, venue.locationId),
      [],
      'the money has found its order',
    )
    t.same((await venue.call('CreateOrder', request, phone)).body, body, 'Dojo repeats itself')

    for (const status of ['Preparing', 'Prepared', 'Ready'] as const) {
      await setStatus(server, body.id, status)
      t.equal(
        (await venue.call('GetOrderById', { orderId: body.id }, phone)).body.status,
        status,
        'the guest follows it',
      )
    }
    isRefused(
      t,
      await venue.call('CancelOrderById', { orderId: body.id }, phone),
      'Conflict',
      /has payments of 15\.00 GBP/,
    )
    t.same(await actionsOf(server, body.id), ['Created', 'PaymentRecorded'])
  })

  t.test('an order that cannot be recorded leaves nothing, and its money goes back', async (t) => {
    const payment = paid(1_600)
    const request = orderRequest(1_500, { details: atTable, payments: [payment] })
    const count = async () =>
      (
        await sql<{ n: number }>('SELECT count(*)::int AS n FROM orders WHERE location_id = $1', [
          venue.locationId,
        ])
      )[0]!.n
    const before = await count()
    isRefused(
      t,
      await venue.call('CreateOrder', request, phone),
      'Conflict',
      /more than the balance of 15\.00 GBP/,
    )
    t.equal(await count(), before)
    t.same(await openAtTable(), [])
    await venue.call('HandleEvent', statusUpdated(payment.paymentIntentId, 'Reversed'))
    t.same(await readUnmatchedPayments(database, venue.locationId), [])
    const { body } = await venue.call('CreateOrder', { ...request, payments: [paid(1_500)] }, phone)
    t.equal(body.status, 'Confirmed', 'the guest tries again')
  })

  t.test('pay only: the guests of a table pay for what they had', async (t) => {
    const order = await newOrder(venue, 4_500, { details: atTable })
    const another = await newOrder(venue, 1_000, { details: atTable })
    t.same(
      new Set(await openAtTable()),
      new Set([order.id, another.id]),
      'they choose among the orders of their table',
    )
    t.same((await venue.call('GetOrderById', { orderId: order.id }, phone)).body, order)
    const replies = await Promise.all(
      [2_000, 1_500, 1_000].map(
        async (part) => (await pay(venue, order.id, part, {}, phone)).status,
      ),
    )
    t.same(replies, [200, 200, 200])
    t.equal((await read(venue, order.id)).status, 'Finalized')
    t.same(await openAtTable(), [another.id])

    const late = newIntent()
    isRefused(
      t,
      await pay(venue, order.id, 500, { paymentIntentId: late }, phone),
      'Conflict',
      /is Finalized/,
    )
    await venue.call('HandleEvent', statusUpdated(late, 'Reversed'))
    t.same(
      (await read(venue, order.id)).paidAmount,
      gbp(4_500),
      'its reversal takes nothing back from the others',
    )
    await pay(venue, another.id, 1_000)
  })

  t.test('order now, pay later', async (t) => {
    const { body } = await venue.call(
      'CreateOrder',
      orderRequest(2_000, { details: atTable }),
      phone,
    )
    t.same([body.status, body.payable, body.displayName], ['New', true, 'Table 9'])
    t.same(await openAtTable(), [body.id])
    await setStatus(server, body.id, 'Preparing')
    t.same(await openAtTable(), [body.id])
    await pay(venue, body.id, 500, {}, phone)
    const { body: settled } = await pay(venue, body.id, 1_500, { tipsAmount: gbp(200) }, phone)
    t.same(
      [settled.status, settled.paidAmount, settled.tipsAmount],
      ['Finalized', gbp(2_000), gbp(200)],
    )
    t.same(await openAtTable(), [])
  })

  t.test('collected later: paid while it is cooked, and paid at the counter', async (t) => {
    const order = async (status: Schemas['OrderStatus']): Promise<string> => {
      const { id } = await newOrder(venue, 2_000, { details: collection })
      await setStatus(server, id, status)
      return id
    }
    const cooking = await pay(venue, await order('Preparing'), 2_000, {}, phone)
    t.same(
      [cooking.body.status, cooking.body.payable],
      ['Preparing', false],
      'it goes on being prepared',
    )
    const counter = await pay(venue, await order('Ready'), 2_000, {}, phone)
    t.same([counter.body.status, counter.body.payable], ['Finalized', false])
  })

  t.test('the guest thinks better of it', async (t) => {
    const request = orderRequest(900, { details: atTable })
    const {
      body: { id: orderId },
    } = await venue.call('CreateOrder', request, phone)
    const { status, body } = await venue.call('CancelOrderById', { orderId }, phone)
    t.same([status, body.status, body.payable], [200, 'Canceled', false])
    t.same(await openAtTable(), [])
    t.equal((await venue.call('CancelOrderById', { orderId }, phone)).status, 200)
    t.equal(
      (await venue.call('CreateOrder', request, phone)).body.status,
      'Canceled',
      'a late repetition makes no new one',
    )
    isRefused(t, await pay(venue, orderId, 900, {}, phone), 'Conflict', /is Canceled/)
  })
})
