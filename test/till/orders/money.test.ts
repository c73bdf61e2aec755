// Discounts, service charge, taxes, cash, holds, merging, splitting: from inside, with what Dojo
// sees of it.
import t, { type Test } from 'tap'
import { brokenRules } from '../../support/load.ts'
import {
  actionsOf,
  expireLock,
  gbp,
  historyOf,
  isRefused,
  lock,
  newIntent,
  newOrder,
  newTables,
  noOrder,
  pay,
  read,
} from '../../support/orders.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill, openOrder, type Till } from '../../support/till.ts'
import { newParty } from '../../support/visits.ts'

async function start(t: Test, settings = ''): Promise<{ server: TestServer; till: Till }> {
  const server = await startServer(t)
  await newMenu(server, server.venue, [
    { plu: 'TEN', priceMinor: 1000 },
    { plu: 'THREE', priceMinor: 333 },
    { plu: 'ZERO', priceMinor: 500, taxRateHundredths: 0 },
  ])
  if (settings !== '') {
    await server.sql(`UPDATE locations SET ${settings} WHERE location_id = $1`, [
      server.venue.locationId,
    ])
  }
  return { server, till: await newTill(t, server, { tillName: 'Bar' }) }
}

async function orderOf(till: Till, lines: object[]): Promise<string> {
  const { id } = await openOrder(till)
  const { status, text } = await till.call(
    'POST /orders/{orderId}/lines',
    { orderId: id },
    { lines },
  )
  if (status !== 200) throw new Error(text)
  return id
}

t.test('discounts come off a line or off all, one after the other', async (t) => {
  const { server, till } = await start(t)
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN', quantity: 2 },
    { id: 'b', plu: 'THREE', quantity: 3 },
  ])
  const discount = async (body: object, options = {}) =>
    await till.call('POST /orders/{orderId}/discounts', { orderId }, body, options)
  // 29.99: the line's 10 % of 20.00 first, then 5 % of 27.99.
  t.match((await discount({ id: 'd5', name: 'Friends', percentageHundredths: 500 })).body, {
    discountsMinor: 150,
    totalMinor: 2849,
  })
  t.match(
    (
      await discount({
        id: 'd10',
        name: 'Happy hour',
        percentageHundredths: 1000,
        lineId: 'a',
        reason: 'late',
      })
    ).body,
    { discountsMinor: 340, totalMinor: 2659 },
  )
  t.match((await read(server.venue, orderId)).discounts, [
    { name: 'Friends', amountTotal: gbp(140), amountPercentage: 500 },
    { name: 'Happy hour', amountTotal: gbp(200), affectedPlu: 'TEN' },
  ])
  t.equal(
    (await discount({ id: 'd5', name: 'Friends', percentageHundredths: 500 })).body.totalMinor,
    2659,
    'the same again is not taken again',
  )
  isProblem(
    t,
    await discount({ id: 'd5', name: 'Friends', percentageHundredths: 600 }),
    409,
    'content-differs',
  )
  isProblem(t, await discount({ name: 'Neither' }), 400, 'invalid')
  isProblem(
    t,
    await discount({ name: 'Both', amountMinor: 1, percentageHundredths: 1 }),
    400,
    'invalid',
  )
  isProblem(t, await discount({ name: 'Too much', percentageHundredths: 10_001 }), 400, 'schema')
  isProblem(t, await discount({ name: 'Nowhere', amountMinor: 1, lineId: 'x' }), 404, 'not-found')
  isProblem(
    t,
    await discount({ id: 'all', name: 'On the house', amountMinor: 5000 }),
    400,
    'invalid',
    /2341 more than .* send 2659 at most/,
  )
  t.match((await discount({ id: 'all', name: 'On the house', amountMinor: 2659 })).body, {
    totalMinor: 0,
    discountsMinor: 2999,
  })
  t.match(
    (
      await till.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        { lines: [{ plu: 'TEN', quantity: 4 }] },
      )
    ).body,
    { totalMinor: 3800 },
    'what is ordered later is paid, less 5 %',
  )
  t.equal(
    (
      await till.call('DELETE /orders/{orderId}/discounts/{discountId}', {
        orderId,
        discountId: 'all',
      })
    ).body.totalMinor,
    6459,
  )
  isProblem(
    t,
    await till.call('DELETE /orders/{orderId}/discounts/{discountId}', {
      orderId,
      discountId: 'all',
    }),
    404,
    'not-found',
  )
  const waiter = await newTill(t, server, { role: 'waiter' })
  isProblem(
    t,
    await waiter.call(
      'POST /orders/{orderId}/discounts',
      { orderId },
      { name: 'x', amountMinor: 1 },
    ),
    403,
    'forbidden',
  )
})

t.test(
  'taxes are contained in the prices, or come on top; the service charge follows the items',
  async (t) => {
    for (const [settings, totals] of [
      // 23.33 of items at 20 %, 5.00 at none; 12.5 % service.
      [
        'service_charge_hundredths = 1250',
        { itemsMinor: 2833, taxesMinor: 389, totalMinor: 2833 + 354 },
      ],
      [
        "taxes_on_top = true, tax_name = 'MwSt'",
        { itemsMinor: 2833, taxesMinor: 467, totalMinor: 2833 + 467 },
      ],
    ] as const) {
      const { server, till } = await start(t, settings)
      const orderId = await orderOf(till, [
        { id: 'a', plu: 'TEN', quantity: 2 },
        { plu: 'THREE' },
        { plu: 'ZERO' },
      ])
      const { body } = await till.call('GET /orders/{orderId}', { orderId })
      t.match(body, totals, settings)
      t.match((await read(server.venue, orderId)).totalAmount, gbp(totals.totalMinor))
      t.equal(
        (await read(server.venue, orderId)).taxLines![0]!.amountTotal.value,
        totals.taxesMinor,
      )
      t.match(
        (await till.call('PUT /orders/{orderId}/service-charge', { orderId }, { amountMinor: 100 }))
          .body.serviceCharge,
        { amountMinor: 100 },
      )
      t.equal(
        (await till.call('PUT /orders/{orderId}/service-charge', { orderId }, {})).body
          .serviceCharge,
        undefined,
      )
    }
  },
)

t.test(
  'cash, vouchers and others count in what is paid, and are not among the payments of Dojo',
  async (t) => {
    const { server, till } = await start(t)
    const orderId = await orderOf(till, [{ plu: 'TEN', quantity: 5 }])
    const take = async (body: object, options = {}) =>
      await till.call('POST /orders/{orderId}/payments', { orderId }, body, options)
    const cash = await take({
      id: 'p1',
      tender: 'Cash',
      amountMinor: 1500,
      tipsMinor: 100,
      tenderedMinor: 2000,
    })
    t.match(cash.body, {
      paidMinor: 1500,
      tipsMinor: 100,
      balanceMinor: 3500,
      payments: [{ id: 'p1', tender: 'Cash', changeMinor: 400, deviceId: 'Bar', voided: false }],
    })
    t.match(await read(server.venue, orderId), {
      paidAmount: gbp(1500),
      tipsAmount: gbp(100),
      payments: [],
      payable: true,
    })
    t.equal(
      (
        await take({
          id: 'p1',
          tender: 'Cash',
          amountMinor: 1500,
          tipsMinor: 100,
          tenderedMinor: 2000,
        })
      ).body.paidMinor,
      1500,
      'again counts once',
    )
    isProblem(
      t,
      await take({ id: 'p1', tender: 'Voucher', amountMinor: 1500 }),
      409,
      'content-differs',
    )
    isProblem(
      t,
      await take({ tender: 'Cash', amountMinor: 3501 }),
      409,
      'overpaid',
      /more than the balance of 35\.00 GBP/,
    )
    isProblem(
      t,
      await take({ tender: 'Cash', amountMinor: 1000, tenderedMinor: 999 }),
      400,
      'invalid',
    )
    isProblem(
      t,
      await take({ tender: 'Voucher', tenderedMinor: 1000 }),
      400,
      'invalid',
      /goes with cash only/,
    )
    isProblem(t, await take({ tender: 'Card', amountMinor: 1000 }), 400, 'schema')
    isProblem(t, await take({ tender: 'Cash', amountMinor: 0 }), 400, 'invalid')
    t.match(
      (await take({ tender: 'Voucher', amountMinor: 500, reference: 'GIFT-7' })).body.payments[1],
      { tender: 'Voucher', reference: 'GIFT-7' },
    )
    t.equal((await pay(server.venue, orderId, 1000)).status, 200, 'Dojo takes a part')
    isRefused(
      t,
      await pay(server.venue, orderId, 2001),
      'Conflict',
      /more than the balance of 20\.00 GBP/,
    )
    t.match(
      (await take({ tender: 'Cash', tenderedMinor: 5000 })).body,
      {
        balanceMinor: 0,
        status: 'Finalized',
        payments: [{}, {}, {}, { amountMinor: 2000, changeMinor: 3000 }],
      },
      'what is owed, unless said',
    )
    isProblem(t, await take({ tender: 'Cash' }), 409, 'final')

    const { payments } = (await till.call('GET /orders/{orderId}', { orderId })).body
    const voided = await till.call(
      'POST /orders/{orderId}/payments/{paymentId}/void',
      { orderId, paymentId: 'p1' },
      { reason: 'wrong order' },
    )
    t.match(voided.body, {
      balanceMinor: 1500,
      tipsMinor: 0,
      status: 'Accepted',
      payments: [{ id: 'p1', voided: true, voidReason: 'wrong order' }, {}, {}, {}],
    })
    t.equal(
      (
        await till.call(
          'POST /orders/{orderId}/payments/{paymentId}/void',
          { orderId, paymentId: 'p1' },
          { reason: 'wrong order' },
        )
      ).body.version,
      voided.body.version,
    )
    isProblem(
      t,
      await till.call(
        'POST /orders/{orderId}/payments/{paymentId}/void',
        { orderId, paymentId: payments[2].id },
        { reason: 'x' },
      ),
      409,
      'paid-by-dojo',
    )
    isProblem(
      t,
      await till.call(
        'POST /orders/{orderId}/payments/{paymentId}/void',
        { orderId, paymentId: 'p9' },
        { reason: 'x' },
      ),
      404,
      'not-found',
    )
    t.strictSame(await brokenRules(server.sql), [])
  },
)

t.test('an order that a till holds is not payable, until it lets go or forgets', async (t) => {
  const { server, till } = await start(t)
  const orderId = await orderOf(till, [{ plu: 'TEN' }])
  const other = await newTill(t, server, { role: 'waiter', tillName: 'Garden' })
  const held = await till.call('PUT /orders/{orderId}/hold', { orderId }, { seconds: 60 })
  t.match(held.body, { payable: false, lock: { kind: 'TillHold', till: 'Bar' } })
  t.equal((await read(server.venue, orderId)).payable, false)
  isRefused(
    t,
    await lock(server.venue, orderId, 'lock-1'),
    'Conflict',
    new RegExp(`^The order ${orderId} is held for editing by Bar until .* UTC\\.$`),
  )
  isRefused(t, await pay(server.venue, orderId, 1000), 'Conflict', /held for editing by Bar/)
  isProblem(
    t,
    await other.call('PUT /orders/{orderId}/hold', { orderId }, {}),
    423,
    'held',
    /held for editing by Bar until .* from now at the latest/,
  )
  isProblem(
    t,
    await other.call('POST /orders/{orderId}/payments', { orderId }, { tender: 'Cash' }),
    423,
    'held',
  )
  isProblem(t, await other.call('DELETE /orders/{orderId}/hold', { orderId }), 423, 'held')
  t.equal(
    (await other.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'ZERO' }] }))
      .status,
    200,
    'others may go on ordering',
  )
  t.equal(
    (await till.call('PUT /orders/{orderId}/hold', { orderId }, { seconds: 120 })).body.lock.id,
    held.body.lock.id,
    'the same till again moves the end',
  )
  t.equal((await till.call('DELETE /orders/{orderId}/hold', { orderId })).body.payable, true)
  t.equal(
    (await till.call('DELETE /orders/{orderId}/hold', { orderId })).status,
    200,
    'again is no fault',
  )

  await till.call('PUT /orders/{orderId}/hold', { orderId }, {})
  await expireLock(server, orderId)
  t.equal(
    (await lock(server.venue, orderId, 'lock-2')).status,
    200,
    'an expired hold blocks nobody',
  )
  isProblem(t, await till.call('PUT /orders/{orderId}/hold', { orderId }, {}), 423, 'locked')
  isProblem(
    t,
    await other.call('POST /orders/{orderId}/unlock', { orderId }, { reason: 'x' }),
    403,
    'forbidden',
  )
  isProblem(t, await till.call('POST /orders/{orderId}/unlock', { orderId }, {}), 400, 'schema')
  t.equal(
    (
      await till.call(
        'POST /orders/{orderId}/unlock',
        { orderId },
        { reason: 'machine fell into the sink' },
      )
    ).body.lock,
    undefined,
  )
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/unlock', { orderId }, { reason: 'x' }),
    409,
    'not-locked',
  )
  t.match((await historyOf(server, orderId)).at(-1), {
    action: 'UnlockedByForce',
    detail: { lockId: 'lock-2', reason: 'machine fell into the sink' },
    caller_device_id: 'Bar',
  })
  t.equal(
    (await pay(server.venue, orderId, 1500, { lockId: 'lock-2' })).status,
    200,
    'a payment that was on its way is recorded',
  )
})

t.test(
  'two orders become one, with their payments, and Dojo is not notified of a payment twice',
  async (t) => {
    const { server, till } = await start(t, 'service_charge_hundredths = 1250')
    const into = await orderOf(till, [{ id: 'a', plu: 'TEN', quantity: 3 }])
    const from = await orderOf(till, [{ id: 'b', plu: 'THREE', quantity: 5 }])
    await till.call(
      'POST /orders/{orderId}/discounts',
      { orderId: from },
      { name: 'Friends', percentageHundredths: 1000 },
    )
    const intent = newIntent()
    await pay(server.venue, from, 700, { paymentIntentId: intent, tipsAmount: gbp(50) })
    await till.call(
      'POST /orders/{orderId}/payments',
      { orderId: from },
      { tender: 'Cash', amountMinor: 100 },
    )
    const before = await Promise.all(
      [into, from].map(
        async (orderId) => (await till.call('GET /orders/{orderId}', { orderId })).body,
      ),
    )
    const merged = await till.call(
      'POST /orders/{orderId}/merge',
      { orderId: into },
      { fromOrderId: from },
    )
    t.match(merged.body, {
      totalMinor: before[0].totalMinor + before[1].totalMinor,
      paidMinor: 800,
      tipsMinor: 50,
      lines: [{ id: 'a' }, { id: 'b' }],
      payments: [{ paymentIntentId: intent }, { tender: 'Cash' }],
    })
    t.equal(merged.body.discountsMinor, before[1].discountsMinor)
    t.match((await till.call('GET /orders/{orderId}', { orderId: from })).body, {
      status: 'Canceled',
      mergedInto: into,
      totalMinor: 0,
      lines: [],
      payments: [],
    })
    t.match(await read(server.venue, into), {
      totalAmount: gbp(merged.body.totalMinor),
      paidAmount: gbp(800),
      payments: [{ paymentIntentId: intent, paidAmount: gbp(700) }],
    })
    t.equal(
      (await till.call('POST /orders/{orderId}/merge', { orderId: into }, { fromOrderId: from }))
        .body.version,
      merged.body.version,
      'again changes nothing',
    )

    t.equal(
      (await pay(server.venue, from, 700, { paymentIntentId: intent, tipsAmount: gbp(50) })).status,
      200,
      'the same payment again, where it was recorded, is a repetition',
    )
    isRefused(
      t,
      await pay(server.venue, from, 701, { paymentIntentId: intent }),
      'Conflict',
      /already recorded/,
    )
    isRefused(t, await pay(server.venue, from, 100), 'Conflict', /is Canceled/)
    isProblem(
      t,
      await till.call('POST /orders/{orderId}/merge', { orderId: into }, { fromOrderId: into }),
      400,
      'invalid',
    )
    const dojo = await newOrder(server.venue, 500)
    isProblem(
      t,
      await till.call('POST /orders/{orderId}/merge', { orderId: into }, { fromOrderId: dojo.id }),
      409,
      'ordered-by-dojo',
    )
    t.strictSame(await actionsOf(server, from), [
      'Opened',
      'LinesAdded',
      'DiscountAdded',
      'PaymentRecorded',
      'PaymentRecorded',
      'MergedInto',
    ])
    t.strictSame(await brokenRules(server.sql), [])
  },
)

t.test('a part of an order becomes an order of its own', async (t) => {
  const { server, till } = await start(t, 'service_charge_hundredths = 1250')
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN', quantity: 3 },
    { id: 'b', plu: 'THREE' },
  ])
  await till.call(
    'POST /orders/{orderId}/discounts',
    { orderId },
    { name: 'Friends', percentageHundredths: 1234 },
  )
  const { body: before } = await till.call('GET /orders/{orderId}', { orderId })
  const body = {
    id: 'new',
    lines: [{ lineId: 'a', quantity: 1 }, { lineId: 'b' }],
    displayName: 'Ben',
  }
  const split = await till.call('POST /orders/{orderId}/split-off', { orderId }, body)
  t.equal(split.status, 201, split.text)
  const { order, newOrder: taken } = split.body
  t.equal(order.totalMinor + taken.totalMinor, before.totalMinor)
  t.match(
    [order.lines, taken.lines],
    [[{ id: 'a', quantity: 2 }], [{ plu: 'TEN', quantity: 1 }, { id: 'b' }]],
  )
  t.match(await read(server.venue, 'new'), {
    displayName: 'Ben',
    totalAmount: gbp(taken.totalMinor),
    payable: true,
  })
  const again = await till.call('POST /orders/{orderId}/split-off', { orderId }, body)
  t.strictSame(
    [again.status, again.body.order.version, again.body.newOrder.version],
    [200, order.version, taken.version],
    'again changes nothing',
  )
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      { ...body, displayName: 'Anna' },
    ),
    409,
    'content-differs',
  )
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      { lines: [{ lineId: 'a', quantity: 3 }] },
    ),
    400,
    'invalid',
  )
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      {
        lines: [
          { lineId: 'a', quantity: 1 },
          { lineId: 'a', quantity: 1 },
        ],
      },
    ),
    400,
    'invalid',
    /named twice/,
  )
  await pay(server.venue, orderId, order.totalMinor - 1)
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      { lines: [{ lineId: 'a', quantity: 1 }] },
    ),
    409,
    'below-paid',
  )
  t.strictSame(await brokenRules(server.sql), [])
})

t.test('who pays what', async (t) => {
  const { till } = await start(t, 'service_charge_hundredths = 1000')
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN' },
    { id: 'b', plu: 'THREE', quantity: 2 },
    { id: 'wine', plu: 'ZERO' },
  ])
  const split = async (query: string) =>
    await till.call(`GET /orders/{orderId}/split?${query}`, { orderId })
  // 21.66 and 10 % of it.
  t.strictSame((await split('by=people&people=3')).body, {
    balanceMinor: 2383,
    parts: [{ toPayMinor: 795 }, { toPayMinor: 794 }, { toPayMinor: 794 }],
  })
  const { body } = await split('by=items&part=a,wine&part=wine')
  t.match(body.parts, [
    {
      items: [
        { lineId: 'a', sharedBy: 1 },
        { lineId: 'wine', name: 'Item ZERO', sharedBy: 2 },
      ],
      itemsMinor: 1250,
    },
    { items: [{ lineId: 'wine' }], itemsMinor: 250 },
    { items: [{ lineId: 'b' }], itemsMinor: 666 },
  ])
  t.equal(
    body.parts.reduce((sum: number, { toPayMinor }: { toPayMinor: number }) => sum + toPayMinor, 0),
    2383,
  )
  await till.call(
    'POST /orders/{orderId}/payments',
    { orderId },
    { tender: 'Cash', amountMinor: 1000 },
  )
  // 10.00 and 10 % of it, in full; what was paid comes off the others.
  t.match((await split('by=items&part=a')).body, {
    balanceMinor: 1383,
    parts: [{ toPayMinor: 1100 }, { toPayMinor: 283 }],
  })
  isProblem(t, await split('by=items&part=x'), 404, 'not-found')
  isProblem(t, await split('by=halves'), 400, 'schema')
  isProblem(t, await split('by=people&people=0'), 400, 'schema')
})

t.test(
  'a guest who pays by items pays all of them, also after another guest has paid',
  async (t) => {
    const { server, till } = await start(t)
    const orderId = await orderOf(till, [
      { id: 'soup', plu: 'TEN' },
      { id: 'steak', plu: 'TEN', quantity: 2 },
    ])
    const owed = async (part: string): Promise<number[]> => {
      const { body } = await till.call(`GET /orders/{orderId}/split?by=items&part=${part}`, {
        orderId,
      })
      return body.parts.map(({ toPayMinor }: { toPayMinor: number }) => toPayMinor)
    }
    t.strictSame(await owed('soup'), [1000, 2000])
    await pay(server.venue, orderId, 1000)
    t.strictSame(await owed('steak'), [2000, 0])
    await pay(server.venue, orderId, 2000)
    t.strictSame(await owed('steak'), [0, 0])
    t.equal((await till.call('GET /orders/{orderId}', { orderId })).body.status, 'Finalized')
  },
)

t.test("another venue's orders are not there", async (t) => {
  const { server, till } = await start(t)
  const orderId = await orderOf(till, [{ id: 'a', plu: 'TEN' }])
  const other = await newTill(t, server, {
    role: 'owner',
    venue: await server.newVenue('The White Hart'),
  })
  const before = (await till.call('GET /orders/{orderId}', { orderId })).body
  const mine = await openOrder(other)
  const calls: Array<[string, unknown?]> = [
    ['GET /orders/{orderId}'],
    ['PATCH /orders/{orderId}', { note: 'x' }],
    ['POST /orders/{orderId}/lines', { lines: [{ plu: 'TEN' }] }],
    ['PATCH /orders/{orderId}/lines/{lineId}', { quantity: 2 }],
    ['POST /orders/{orderId}/lines/{lineId}/void', { reason: 'x' }],
    ['POST /orders/{orderId}/discounts', { name: 'x', amountMinor: 1 }],
    ['PUT /orders/{orderId}/service-charge', {}],
    ['POST /orders/{orderId}/status', { status: 'Ready' }],
    ['POST /orders/{orderId}/cancel', { reason: 'x' }],
    ['POST /orders/{orderId}/reopen', { reason: 'x' }],
    ['PUT /orders/{orderId}/hold', {}],
    ['DELETE /orders/{orderId}/hold'],
    ['POST /orders/{orderId}/unlock', { reason: 'x' }],
    ['POST /orders/{orderId}/payments', { tender: 'Cash' }],
    ['GET /orders/{orderId}/split?by=people'],
    ['POST /orders/{orderId}/split-off', { lines: [{ lineId: 'a' }] }],
    ['POST /orders/{orderId}/merge', { fromOrderId: mine.id }],
  ]
  for (const [operation, body] of calls) {
    isProblem(
      t,
      await other.call(operation, { orderId, lineId: 'a' }, body),
      404,
      'not-found',
      noOrder(orderId),
    )
  }
  isProblem(
    t,
    await other.call(
      'POST /orders/{orderId}/merge',
      { orderId: mine.id },
      { fromOrderId: orderId },
    ),
    404,
    'not-found',
  )
  t.strictSame((await till.call('GET /orders/{orderId}', { orderId })).body, before)
})

t.test('what is taken away has its own tax rate, and an order changes its type', async (t) => {
  const { server, till } = await start(t, 'service_charge_hundredths = 1000')
  const rates = { taxRateHundredths: 2000, takeawayTaxRateHundredths: 0 }
  await newMenu(server, server.venue, [{ plu: 'WRAP', priceMinor: 600, ...rates }])
  const orderId = await orderOf(till, [{ id: 'wrap', plu: 'WRAP', quantity: 2 }, { plu: 'TEN' }])
  const change = async (orderType: string) =>
    await till.call('PUT /orders/{orderId}/type', { orderId }, { orderType })
  const sit = { orderType: 'DineIn', totalMinor: 2420, taxesMinor: 367 }
  t.match((await till.call('GET /orders/{orderId}', { orderId })).body, sit)
  const away = { orderType: 'Collection', totalMinor: 2200, taxesMinor: 167 }
  t.match((await change('Collection')).body, away)
  t.equal((await read(server.venue, orderId)).details.orderType, 'Collection')
  const [again, before] = [await change('Collection'), await change('DineIn')]
  t.match([again.body, before.body], [away, sit])
  await change('Collection')

  const { body: split } = await till.call(
    'POST /orders/{orderId}/split-off',
    { orderId },
    { id: 'half', lines: [{ lineId: 'wrap', quantity: 1 }] },
  )
  t.match(split.newOrder, { orderType: 'Collection', totalMinor: 600, taxesMinor: 0 })
  const sitting = await till.call(
    'PUT /orders/{orderId}/type',
    { orderId: 'half' },
    { orderType: 'DineIn' },
  )
  t.match(sitting.body, { totalMinor: 660, taxesMinor: 100 }, 'the half has both rates')
  const path = { orderId }
  const merged = await till.call('POST /orders/{orderId}/merge', path, { fromOrderId: 'half' })
  t.match(
    merged.body,
    { orderType: 'Collection', totalMinor: 2260, taxesMinor: 267 },
    'as they were',
  )
  t.match((await change('DineIn')).body.taxesMinor, 367, 'and all have both')
  t.match((await till.call('GET /orders/{orderId}/history', path)).body.rows.at(-1), {
    action: 'TypeChanged',
    detail: { from: 'Collection', to: 'DineIn' },
  })
  await lock(server.venue, orderId, 'paying')
  isProblem(t, await change('Collection'), 423, 'locked')
})

t.test('a payment names its items, and comes off those', async (t) => {
  const { till } = await start(t)
  const orderId = await orderOf(till, [
    { id: 'soup', plu: 'TEN' },
    { id: 'steak', plu: 'TEN', quantity: 2 },
    { id: 'wine', plu: 'ZERO', quantity: 2 },
  ])
  const take = async (body: object) =>
    await till.call('POST /orders/{orderId}/payments', { orderId }, { tender: 'Cash', ...body })
  const paid = await take({ id: 'p1', lineIds: ['soup'], tenderedMinor: 2000 })
  t.match(paid.body.payments, [{ amountMinor: 1000, changeMinor: 1000, lineIds: ['soup'] }])
  t.match((await take({ id: 'p1', lineIds: ['soup'], tenderedMinor: 2000 })).body, paid.body)
  await take({ lineIds: ['wine'], amountMinor: 300 })
  const url = 'GET /orders/{orderId}/split?by=items&part=soup&part=wine'
  t.match((await till.call(url, { orderId })).body.parts, [
    { paidMinor: 1000, toPayMinor: 0 },
    { paidMinor: 300, toPayMinor: 700 },
    { paidMinor: 0, toPayMinor: 2000 },
  ])
  isProblem(t, await take({ lineIds: ['soup'] }), 409, 'overpaid')
  isProblem(t, await take({ lineIds: ['cake'] }), 404, 'not-found')
  t.match((await take({ lineIds: ['steak', 'wine'] })).body, {
    balanceMinor: 0,
    status: 'Finalized',
  })
})

t.test('a modifier takes something off its item', async (t) => {
  const { server, till } = await start(t)
  const owner = await newTill(t, server, { role: 'owner' })
  const priced = { taxRateHundredths: 2000 }
  const less = { plu: 'LESS', kind: 'Modifier', name: 'No cheese', priceMinor: -50, ...priced }
  const cake = { plu: 'CAKE', kind: 'Item', name: 'Cake', priceMinor: -1, ...priced }
  isProblem(t, await owner.call('POST /menu', {}, cake), 400, 'invalid', /only a modifier's may be/)
  t.equal((await owner.call('POST /menu', {}, less)).status, 201)
  const parts = { parts: ['LESS'] }
  t.equal((await owner.call('PATCH /menu/{plu}', { plu: 'THREE' }, parts)).status, 200)
  t.match((await owner.call('GET /setup?format=csv')).text, /modifier,LESS,No cheese,,,,,-0\.50,20/)

  const modifiers = [{ id: 'less', plu: 'LESS', quantity: 2 }]
  const orderId = await orderOf(till, [{ id: 'burger', plu: 'THREE', quantity: 3, modifiers }])
  const path = { orderId }
  const change = async (lineId: string, quantity: number) =>
    await till.call('PATCH /orders/{orderId}/lines/{lineId}', { orderId, lineId }, { quantity })
  t.match((await till.call('GET /orders/{orderId}', path)).body, {
    totalMinor: 699,
    lines: [{ amountMinor: 699 }, { unitAmountMinor: -50, amountMinor: 0 }],
  })
  t.match((await read(server.venue, orderId)).items, [
    {
      amountPerItem: gbp(233),
      quantity: 3,
      modifiers: [{ amountPerModifier: gbp(0), quantity: 2 }],
    },
  ])
  t.equal((await change('less', 6)).body.totalMinor, 99)
  isProblem(t, await change('less', 7), 400, 'invalid', /takes off more than is left/)
  const off = { name: 'Off', percentageHundredths: 1000 }
  t.equal((await till.call('POST /orders/{orderId}/discounts', path, off)).body.totalMinor, 89)
  const url = 'POST /orders/{orderId}/lines/{lineId}/void'
  const voided = await till.call(url, { orderId, lineId: 'less' }, { reason: 'cheese after all' })
  t.equal(voided.body.totalMinor, 899)
})

t.test('an amount comes off whole, or not at all', async (t) => {
  const { till } = await start(t)
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN' },
    { id: 'b', plu: 'THREE' },
  ])
  const off = async (body: object) =>
    await till.call('POST /orders/{orderId}/discounts', { orderId }, { name: 'Off', ...body })
  isProblem(t, await off({ amountMinor: 1334 }), 400, 'invalid', /1 more .* send 1333 at most/)
  isProblem(t, await off({ amountMinor: 334, lineId: 'b' }), 400, 'invalid', /send 333 at most/)
  t.equal((await off({ amountMinor: 1000 })).body.totalMinor, 333)
  isProblem(t, await off({ amountMinor: 500, lineId: 'a' }), 400, 'invalid', /send 333 at most/)
  t.equal((await off({ amountMinor: 333, lineId: 'b' })).body.totalMinor, 0)
  const more = { lines: [{ plu: 'TEN' }] }
  const later = await till.call('POST /orders/{orderId}/lines', { orderId }, more)
  t.equal(later.body.totalMinor, 1000, 'what is ordered later is paid')
})

t.test('a service charge is taxed where the venue says so', async (t) => {
  const { server, till } = await start(t, 'service_charge_hundredths = 1250')
  const owner = await newTill(t, server, { role: 'owner' })
  const before = await orderOf(till, [{ plu: 'TEN' }])
  const setting = { serviceChargeTaxRateHundredths: 2000 }
  t.match((await owner.call('PATCH /venue', {}, setting)).body, setting)
  const orderId = await orderOf(till, [
    { id: 'a', plu: 'TEN' },
    { id: 'b', plu: 'ZERO' },
  ])
  const untaxed = (await till.call('GET /orders/{orderId}', { orderId: before })).body
  t.match(untaxed, { totalMinor: 1125, taxesMinor: 167 }, 'open orders keep their terms')
  // 12.5 % of 15.00 is 1.88, with 0.31 tax in it, beside 1.67 in the food.
  const path = { orderId }
  t.match((await till.call('GET /orders/{orderId}', path)).body, {
    totalMinor: 1688,
    taxesMinor: 198,
  })
  const half = { id: 'half', lines: [{ lineId: 'a' }] }
  const { order, newOrder } = (await till.call('POST /orders/{orderId}/split-off', path, half)).body
  t.match([newOrder.serviceCharge.amountMinor, newOrder.taxesMinor], [125, 167 + 21])
  t.match([order.serviceCharge.amountMinor, order.taxesMinor], [63, 10])
  const merge = async (fromOrderId: string) =>
    await till.call('POST /orders/{orderId}/merge', path, { fromOrderId })
  isProblem(t, await merge(before), 409, 'content-differs', /not taxed alike/)
  t.match((await merge('half')).body, { totalMinor: 1688, taxesMinor: 198 })
  t.match(
    (await owner.call('PATCH /venue', {}, { serviceChargeTaxRateHundredths: null })).status,
    200,
  )
})

t.test('the deposit of a booking comes off the bills of its party', async (t) => {
  const { server, till } = await start(t)
  const [tableId] = (await newTables(server, server.venue, ['7'])) as [string]
  const deposit = { totalAmount: gbp(1500), paymentIntentIds: ['pi_deposit'] }
  const { id: partyId } = await newParty(server.venue, [tableId], { deposit })
  const order = async (more: object = { partyId }): Promise<string> => {
    const { id: orderId } = await openOrder(till, more)
    await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'TEN' }] })
    return orderId
  }
  const take = async (orderId: string, body: object = {}) =>
    await till.call('POST /orders/{orderId}/deposit', { orderId }, body)
  const [first, second, alone] = [await order(), await order(), await order({})]
  isProblem(t, await take(alone), 409, 'no-deposit')
  const paid = await take(first, { id: 'dep' })
  t.match(paid.body, { status: 'Finalized', payments: [{ tender: 'Deposit', amountMinor: 1000 }] })
  t.match((await take(first, { id: 'dep' })).body, { paidMinor: 1000 }, 'the same again')
  t.match((await till.call('GET /payments')).body.rows, [{ tender: 'Deposit', state: 'Taken' }])
  isProblem(
    t,
    await take(second, { amountMinor: 501 }),
    409,
    'no-deposit',
    /Only 5\.00 GBP is left/,
  )
  const { rows } = (await till.call('GET /payments')).body
  t.match(rows[0], { id: 'dep', tender: 'Deposit', state: 'Taken', amountMinor: 1000 })
  const shown = await read(server.venue, first)
  t.match([shown.paidAmount, shown.payments], [gbp(1000), []], 'Dojo sees the sum')

  // Two tills at once take what is left once.
  const both = await Promise.all([take(second), take(second), take(await order())])
  t.strictSame(both.map(({ status }) => status).sort(), [200, 409, 409])
  const url = 'POST /orders/{orderId}/payments/{paymentId}/void'
  const owner = await newTill(t, server, { role: 'owner' })
  const path = { orderId: first, paymentId: 'dep' }
  t.match((await owner.call(url, path, { reason: 'wrong party' })).body, { balanceMinor: 1000 })
  t.match((await take(first)).body, { balanceMinor: 0 }, 'what was given back can be taken again')
  await owner.call('POST /days', {}, { floatMinor: 0 })
  const { report } = (await owner.call('GET /days/current')).body
  t.match(report.tenders.at(-1), { tender: 'Deposit', takingsMinor: 1500, voidedMinor: 1000 })
  t.match(report, { drawers: [{ tender: 'Cash', expectedMinor: 0 }], differenceMinor: 0 })
})
