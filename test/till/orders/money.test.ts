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
  noOrder,
  pay,
  read,
} from '../../support/orders.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill, openOrder, type Till } from '../../support/till.ts'

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

async function tabOf(till: Till, lines: object[]): Promise<string> {
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
  const orderId = await tabOf(till, [
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
  t.match(
    (await discount({ id: 'all', name: 'On the house', amountMinor: 5000 })).body,
    { totalMinor: 0, discountsMinor: 2999 },
    'never more than there is',
  )
  t.match(
    (
      await till.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        { lines: [{ plu: 'TEN', quantity: 4 }] },
      )
    ).body,
    { totalMinor: 1459 },
    'and it takes the rest when there is more',
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
      const orderId = await tabOf(till, [
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
    const orderId = await tabOf(till, [{ plu: 'TEN', quantity: 5 }])
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
      { reason: 'wrong tab' },
    )
    t.match(voided.body, {
      balanceMinor: 1500,
      tipsMinor: 0,
      status: 'Accepted',
      payments: [{ id: 'p1', voided: true, voidReason: 'wrong tab' }, {}, {}, {}],
    })
    t.equal(
      (
        await till.call(
          'POST /orders/{orderId}/payments/{paymentId}/void',
          { orderId, paymentId: 'p1' },
          { reason: 'wrong tab' },
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

t.test('a tab that a till holds is not payable, until it lets go or forgets', async (t) => {
  const { server, till } = await start(t)
  const orderId = await tabOf(till, [{ plu: 'TEN' }])
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
  'two tabs become one, with their payments, and Dojo is not told of a payment twice',
  async (t) => {
    const { server, till } = await start(t, 'service_charge_hundredths = 1250')
    const into = await tabOf(till, [{ id: 'a', plu: 'TEN', quantity: 3 }])
    const from = await tabOf(till, [{ id: 'b', plu: 'THREE', quantity: 5 }])
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

t.test('a part of a tab becomes a tab of its own', async (t) => {
  const { server, till } = await start(t, 'service_charge_hundredths = 1250')
  const orderId = await tabOf(till, [
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
  const orderId = await tabOf(till, [
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
    const orderId = await tabOf(till, [
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

t.test("another venue's tabs are not there", async (t) => {
  const { server, till } = await start(t)
  const orderId = await tabOf(till, [{ id: 'a', plu: 'TEN' }])
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
