// What could make the bill and the money come apart, tried: settling by regrouping, ids that are
// used twice, discounts that outlive what they were for.
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import { brokenRules } from '../../support/load.ts'
import { gbp, newOrder, newTables, newWaiter } from '../../support/orders.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill, openOrder, type Till } from '../../support/till.ts'

async function start(t: Test, settings = ''): Promise<{ server: TestServer; till: Till }> {
  const server = await startServer(t)
  await newMenu(server, server.venue, [{ plu: 'TEN', priceMinor: 1000 }])
  if (settings !== '') {
    await server.sql(`UPDATE locations SET ${settings} WHERE location_id = $1`, [
      server.venue.locationId,
    ])
  }
  return { server, till: await newTill(t, server, { tillName: 'Bar' }) }
}

async function orderOf(till: Till, lines: object[], more: object = {}): Promise<string> {
  const { id } = await openOrder(till, more)
  const { status, text } = await till.call(
    'POST /orders/{orderId}/lines',
    { orderId: id },
    { lines },
  )
  if (status !== 200) throw new Error(text)
  return id
}

t.test('an order of which only what is paid is left is settled', async (t) => {
  const { server, till } = await start(t)
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN' },
    { id: 'b', plu: 'TEN' },
  ])
  await till.call(
    'POST /orders/{orderId}/payments',
    { orderId },
    { tender: 'Cash', amountMinor: 1000 },
  )
  const { order, newOrder } = (
    await till.call('POST /orders/{orderId}/split-off', { orderId }, { lines: [{ lineId: 'b' }] })
  ).body
  t.match(
    [order, newOrder],
    [
      { balanceMinor: 0, status: 'Finalized' },
      { balanceMinor: 1000, status: 'Accepted' },
    ],
  )

  const paid = await orderOf(till, [{ plu: 'TEN' }], { orderType: 'Collection' })
  t.equal(
    (await till.call('POST /orders/{orderId}/payments', { orderId: paid }, { tender: 'Cash' })).body
      .status,
    'Accepted',
    'it is still to be collected',
  )
  const { id: table } = await openOrder(till)
  t.match(
    (await till.call('POST /orders/{orderId}/merge', { orderId: table }, { fromOrderId: paid }))
      .body,
    { balanceMinor: 0, status: 'Finalized' },
  )
  t.strictSame(await brokenRules(server.sql), [])
})

t.test('an order that items come to or go from is as far as its items are', async (t) => {
  const { till } = await start(t)
  const ready = await orderOf(till, [{ id: 'done', plu: 'TEN' }])
  t.equal(
    (await till.call('POST /orders/{orderId}/bump', { orderId: ready }, {})).body.status,
    'Ready',
  )
  const open = await orderOf(till, [{ id: 'open', plu: 'TEN' }])
  t.equal(
    (await till.call('POST /orders/{orderId}/merge', { orderId: ready }, { fromOrderId: open }))
      .body.status,
    'Preparing',
  )
  t.match(
    (
      await till.call(
        'POST /orders/{orderId}/split-off',
        { orderId: ready },
        { lines: [{ lineId: 'open' }] },
      )
    ).body,
    { order: { status: 'Ready' }, newOrder: { status: 'Preparing' } },
  )
})

t.test('an id that is used twice among new lines is refused', async (t) => {
  const { till } = await start(t)
  const { id: orderId } = await openOrder(till)
  const add = async (...ids: string[]) =>
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: ids.map((id) => ({ id, plu: 'TEN' })) },
    )
  isProblem(t, await add('a', 'a'), 400, 'invalid', 'The id a is used twice among these lines.')
  t.equal((await add('a', 'b')).body.totalMinor, 2000)
  t.equal((await add('a', 'b')).body.totalMinor, 2000, 'sent again it is no fault')
})

t.test('two orders become one though their discounts have the same id', async (t) => {
  const { server, till } = await start(t)
  const [into, from] = [
    await orderOf(till, [{ id: 'a', plu: 'TEN' }]),
    await orderOf(till, [{ id: 'b', plu: 'TEN' }]),
  ]
  const discount = async (orderId: string, lineId: string, amountMinor: number) =>
    await till.call(
      'POST /orders/{orderId}/discounts',
      { orderId },
      { id: 'happy-hour', name: 'Happy hour', lineId, amountMinor },
    )
  await discount(into, 'a', 100)
  await discount(from, 'b', 200)
  const merged = await till.call(
    'POST /orders/{orderId}/merge',
    { orderId: into },
    { fromOrderId: from },
  )
  t.match(merged.body, {
    totalMinor: 1700,
    discounts: [
      { id: 'happy-hour', lineId: 'a', amountMinor: 100 },
      { lineId: 'b', amountMinor: 200 },
    ],
  })
  t.equal(
    (await discount(into, 'a', 100)).body.totalMinor,
    1700,
    'that of the order is there under its id',
  )
  t.strictSame(await brokenRules(server.sql), [])
})

t.test(
  'an order without service charge has none either once it is a part of another',
  async (t) => {
    const { till } = await start(t, 'service_charge_hundredths = 1250')
    const orderId = await orderOf(till, [
      { id: 'a', plu: 'TEN' },
      { id: 'b', plu: 'TEN' },
    ])
    const split = async (charge: object, id: string) => {
      await till.call('PUT /orders/{orderId}/service-charge', { orderId }, charge)
      await till.call(
        'POST /orders/{orderId}/split-off',
        { orderId },
        { id, lines: [{ lineId: id }] },
      )
      return (
        await till.call(
          'POST /orders/{orderId}/lines',
          { orderId: id },
          { lines: [{ plu: 'TEN', quantity: 10 }] },
        )
      ).body
    }
    t.equal((await split({}, 'a')).totalMinor, 11_000)
    t.match(
      await split({ amountMinor: 300 }, 'b'),
      { totalMinor: 11_300, serviceCharge: { amountMinor: 300 } },
      'an amount stays one',
    )
  },
)

t.test('what Dojo gave off an item goes with it when it is void', async (t) => {
  const { server, till } = await start(t)
  const order = async (affectedPlu: string) =>
    await newOrder(server.venue, 1000, {
      items: [
        { name: 'Burger', plu: 'BURGER', quantity: 1, amountPerItem: gbp(1000) },
        { name: 'Beer', plu: 'BEER', quantity: 1, amountPerItem: gbp(500) },
      ],
      discounts: [{ name: 'Half', affectedPlu, amountTotal: gbp(500) }],
    })
  for (const [affectedPlu, totalMinor] of [
    ['BURGER', 500],
    ['BEER', 0],
    ['WINE', 0],
  ] as const) {
    const { id: orderId } = await order(affectedPlu)
    const { lines, totalMinor: before } = (await till.call('GET /orders/{orderId}', { orderId }))
      .body
    t.equal(before, 1000)
    t.equal(
      (
        await till.call(
          'POST /orders/{orderId}/lines/{lineId}/void',
          { orderId, lineId: lines[0].id },
          { reason: 'burnt' },
        )
      ).body.totalMinor,
      totalMinor,
      affectedPlu,
    )
  }
  t.strictSame(await brokenRules(server.sql), [])
})

t.test('a waiter does not make a discount a larger one by merging and ordering less', async (t) => {
  const { server, till } = await start(t)
  const waiter = await newTill(t, server, { role: 'waiter' })
  const orderId = await orderOf(waiter, [{ id: 'a', plu: 'TEN', quantity: 10 }])
  await till.call(
    'POST /orders/{orderId}/discounts',
    { orderId },
    { name: 'Half', percentageHundredths: 5000 },
  )
  await waiter.call(
    'POST /orders/{orderId}/merge',
    { orderId },
    { fromOrderId: (await openOrder(waiter)).id },
  )
  const order = async (quantity: number) =>
    (
      await waiter.call(
        'PATCH /orders/{orderId}/lines/{lineId}',
        { orderId, lineId: 'a' },
        { quantity, reason: 'fewer' },
      )
    ).body.totalMinor
  t.strictSame(
    [await order(5), await order(3), await order(4)],
    [2500, 1500, 2500],
    'what is ordered more is at its full price',
  )
  t.strictSame(await brokenRules(server.sql), [])
})

t.test(
  'a discount that became many leaves room for another, and there are not too many of them',
  async (t) => {
    const { till } = await start(t)
    const { id: orderId } = await openOrder(till)
    const addLines = async (count: number) =>
      await till.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        { lines: Array.from({ length: count }, () => ({ plu: 'TEN' })) },
      )
    const discount = async () =>
      await till.call(
        'POST /orders/{orderId}/discounts',
        { orderId },
        { name: 'Friends', percentageHundredths: 100 },
      )
    const {
      lines: [{ id: lineId }],
    } = (await addLines(100)).body
    await addLines(10)
    await discount()
    const split = async () =>
      await till.call('POST /orders/{orderId}/split-off', { orderId }, { lines: [{ lineId }] })
    const { order } = (await split()).body
    t.equal(order.discounts.length, 109)
    t.equal((await discount()).status, 200)

    for (let more = 2; more <= limits.maxDiscountsOfOrder; more++) {
      t.equal((await discount()).status, 200, `discount ${more}`)
    }
    isProblem(t, await discount(), 400, 'invalid', /^An order has at most 100 discounts/)
    isProblem(
      t,
      await till.call(
        'POST /orders/{orderId}/split-off',
        { orderId },
        { lines: [{ lineId: order.lines[0].id }] },
      ),
      400,
      'invalid',
      /^An order has at most 5000 discounts of its lines/,
    )
    isProblem(
      t,
      await till.call(
        'POST /orders/{orderId}/merge',
        { orderId: (await openOrder(till)).id },
        { fromOrderId: orderId },
      ),
      400,
      'invalid',
      /^An order has at most 5000/,
    )
  },
)

t.test('what PostgreSQL cannot compare is refused, in whichever filter', async (t) => {
  const { server } = await start(t)
  const till = await newTill(t, server, { role: 'owner' })
  const refused = [
    'GET /kitchen/lines?course=a%00b',
    'GET /dojo/requests?capability=%00',
    'GET /dojo/requests?search=%00',
    'GET /menu?category=%00',
    'GET /menu?after=%00',
  ]
  for (const operation of refused) {
    isProblem(t, await till.call(operation), 400, 'invalid', /U\+0000/)
  }
  t.equal((await till.call('GET /kitchen/lines?course=Main%20courses')).status, 200)
})

t.test('a till is not answered what another was answered', async (t) => {
  const { server, till } = await start(t)
  const other = await newTill(t, server, { tillName: 'Garden' })
  const orderId = await orderOf(till, [{ id: 'a', plu: 'TEN' }])
  const pay = async (who: Till) =>
    await who.call(
      'POST /orders/{orderId}/payments',
      { orderId },
      { tender: 'Cash', amountMinor: 300 },
      { key: '1' },
    )
  t.equal((await pay(till)).body.paidMinor, 300)
  isProblem(t, await pay(other), 422, 'key-reused')
  t.match(await pay(till), {
    status: 200,
    headers: { 'idempotent-replay': 'true' },
    body: { paidMinor: 300 },
  })
})

t.test('a customer of whom nothing is said is none, now and in the history', async (t) => {
  const { till } = await start(t)
  const { id: orderId, customer } = await openOrder(till, { customer: {} })
  t.equal(customer, undefined)
  const describe = async (body: object) =>
    (await till.call('PATCH /orders/{orderId}', { orderId }, body)).body.customer
  t.strictSame(
    [
      await describe({ customer: { name: 'Ada' } }),
      await describe({ customer: {} }),
      await describe({ customer: null }),
    ],
    [{ name: 'Ada' }, undefined, undefined],
  )
  const replayed = (
    await till.call(`GET /orders/{orderId}?at=${new Date(Date.now() + 1000).toISOString()}`, {
      orderId,
    })
  ).body
  t.strictSame(replayed, (await till.call('GET /orders/{orderId}', { orderId })).body)
})

t.test('a part of an order is answered with the name of its table', async (t) => {
  const { server, till } = await start(t)
  const [tableId, other] = (await newTables(server, server.venue, ['Window', 'Door'])) as [
    string,
    string,
  ]
  const orderId = await orderOf(
    till,
    [
      { id: 'a', plu: 'TEN' },
      { id: 'b', plu: 'TEN' },
      { id: 'c', plu: 'TEN' },
    ],
    { tableId },
  )
  for (const [lineId, more, displayName] of [
    ['a', {}, 'Window'],
    ['b', { tableId: other }, 'Door'],
  ] as const) {
    const { newOrder } = (
      await till.call(
        'POST /orders/{orderId}/split-off',
        { orderId },
        { lines: [{ lineId }], ...more },
      )
    ).body
    t.equal(newOrder.displayName, displayName)
    t.strictSame(
      (await till.call('GET /orders/{orderId}', { orderId: newOrder.id })).body,
      newOrder,
    )
  }
})

t.test(
  'naming a waiter takes no hold of another, and a till that several share keeps its own',
  async (t) => {
    const { server } = await start(t)
    for (const waiterId of ['42', '7', '8']) await newWaiter(server, server.venue, waiterId)
    const ann = await newTill(t, server, { role: 'waiter', waiterId: '42' })
    const shared = await newTill(t, server, { role: 'waiter' })
    const orderId = await orderOf(shared, [{ plu: 'TEN' }])
    t.equal(
      (await ann.call('PUT /orders/{orderId}/hold', { orderId }, {})).body.lock.till,
      'waiter 42',
    )
    isProblem(
      t,
      await shared.call(
        'POST /orders/{orderId}/payments',
        { orderId },
        { tender: 'Cash' },
        { waiterId: '42' },
      ),
      423,
      'held',
    )
    isProblem(
      t,
      await shared.call('DELETE /orders/{orderId}/hold', { orderId }, undefined, {
        waiterId: '42',
      }),
      423,
      'held',
    )
    await ann.call('DELETE /orders/{orderId}/hold', { orderId })
    t.match(
      (await shared.call('PUT /orders/{orderId}/hold', { orderId }, {}, { waiterId: '7' })).body
        .lock,
      { waiterId: '7' },
    )
    t.equal(
      (
        await shared.call(
          'POST /orders/{orderId}/payments',
          { orderId },
          { tender: 'Cash' },
          { waiterId: '8' },
        )
      ).status,
      200,
    )
  },
)

t.test('a discount that is sent again after its order was split is not taken twice', async (t) => {
  const { till } = await start(t)
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN' },
    { id: 'b', plu: 'TEN' },
  ])
  const add = async () =>
    await till.call(
      'POST /orders/{orderId}/discounts',
      { orderId },
      { id: 'friends', name: 'Friends', percentageHundredths: 1000 },
    )
  const remove = async () =>
    await till.call('DELETE /orders/{orderId}/discounts/{discountId}', {
      orderId,
      discountId: 'friends',
    })
  t.strictSame(
    [
      (await add()).body.totalMinor,
      (await remove()).body.totalMinor,
      (await add()).body.totalMinor,
    ],
    [1800, 2000, 1800],
    'one that was taken back may come again',
  )
  await till.call('POST /orders/{orderId}/split-off', { orderId }, { lines: [{ lineId: 'b' }] })
  isProblem(t, await add(), 409, 'content-differs')
  t.equal((await till.call('GET /orders/{orderId}', { orderId })).body.totalMinor, 900)
})
