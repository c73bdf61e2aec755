// Orders from inside: opened, filled line by line, described, moved along, canceled and reopened;
// and Dojo sees each change at once.
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import {
  actionsOf,
  gbp,
  lock,
  newOrder,
  newTables,
  newWaiter,
  pay,
  read,
} from '../../support/orders.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill, openOrder, type Till } from '../../support/till.ts'

const MENU = [
  { plu: 'CHEESE', kind: 'Modifier' as const, name: 'Extra cheese', priceMinor: 100 },
  { plu: 'FRIES', kind: 'SubItem' as const, name: 'Fries', priceMinor: 250, parts: ['CHEESE'] },
  { plu: 'BURGER', name: 'Burger', priceMinor: 1350, course: 'Mains', parts: ['CHEESE', 'FRIES'] },
  { plu: 'BITTER', name: 'Pint of bitter', priceMinor: 520, course: 'Drinks' },
  { plu: 'OYSTERS', name: 'Oysters', priceMinor: 1800, available: false },
]

async function start(t: Test): Promise<{ server: TestServer; till: Till; tableId: string }> {
  const server = await startServer(t)
  await newMenu(server, server.venue, MENU)
  await newWaiter(server, server.venue, '42', { name: 'Alex' })
  const [tableId] = (await newTables(server, server.venue, ['Table 1', 'Table 2'])) as [
    string,
    string,
  ]
  return {
    server,
    till: await newTill(t, server, { role: 'manager', waiterId: '42', tillName: 'Bar' }),
    tableId,
  }
}

t.test('an order is opened, and Dojo sees it', async (t) => {
  const { server, till, tableId } = await start(t)
  const body = { id: 'order-1', orderType: 'DineIn', tableId, covers: 2, note: 'window' }
  const opened = await till.call('POST /orders', {}, body)
  t.equal(opened.status, 201)
  t.match(opened.body, {
    id: 'order-1',
    version: 1,
    status: 'Accepted',
    tableName: 'Table 1',
    displayName: 'Table 1',
    waiterId: '42',
    openedBy: '42',
    covers: 2,
    totalMinor: 0,
    payable: false,
    lines: [],
  })
  t.equal(opened.headers.etag, '"1"')
  t.match(await read(server.venue, 'order-1'), {
    displayName: 'Table 1',
    totalAmount: gbp(0),
    payable: false,
    details: { dineIn: { tableId, waiterId: '42' } },
  })

  t.equal(
    (await till.call('POST /orders', {}, body)).status,
    200,
    'the same again is the order as it is',
  )
  isProblem(t, await till.call('POST /orders', {}, { ...body, covers: 3 }), 409, 'content-differs')
  const order = await newOrder(server.venue, 100)
  isProblem(
    t,
    await till.call('POST /orders', {}, { ...body, id: order.id }),
    409,
    'content-differs',
  )

  for (const [field, id] of [
    ['tableId', 'tbl_x'],
    ['partyId', 'pty_x'],
    ['waiterId', '99'],
  ]) {
    isProblem(
      t,
      await till.call('POST /orders', {}, { orderType: 'DineIn', [field!]: id }),
      400,
      'unknown-reference',
      `The field ${field} is ${id}, which this venue does not have.`,
    )
  }
  isProblem(
    t,
    await till.call('POST /orders', {}, { orderType: 'Takeaway', covers: -1, tabel: 'x' }),
    400,
    'schema',
  )
})

t.test('the orders of the venue, page by page', async (t) => {
  const { till, tableId } = await start(t)
  const ids = []
  for (let index = 0; index < 5; index++) {
    ids.unshift((await openOrder(till, index % 2 === 0 ? { tableId } : {})).id)
  }
  await till.call('POST /orders/{orderId}/cancel', { orderId: ids[0]! }, { reason: 'left' })
  const first = await till.call('GET /orders?limit=3')
  t.strictSame(
    first.body.rows.map(({ id }: { id: string }) => id),
    ids.slice(0, 3),
  )
  const second = await till.call(`GET /orders?limit=3&after=${first.body.after as string}`)
  t.strictSame(
    second.body.rows.map(({ id }: { id: string }) => id),
    ids.slice(3),
  )
  t.strictSame(
    (await till.call('GET /orders?open=true')).body.rows.map(({ id }: { id: string }) => id),
    ids.slice(1),
  )
  t.equal((await till.call(`GET /orders?tableId=${tableId}`)).body.rows.length, 3)
  isProblem(t, await till.call('GET /orders?limit=0'), 400, 'schema')
  isProblem(t, await till.call('GET /orders?after=bmljZQ'), 400, 'cursor')
})

t.test('lines are ordered from the menu', async (t) => {
  const { server, till } = await start(t)
  const { id: orderId } = await openOrder(till)
  const add = async (lines: unknown[], options = {}) =>
    await till.call('POST /orders/{orderId}/lines', { orderId }, { lines }, options)
  const added = await add([
    {
      id: 'l1',
      plu: 'BURGER',
      quantity: 2,
      note: 'rare',
      modifiers: [{ plu: 'CHEESE' }],
      subItems: [{ plu: 'FRIES', modifiers: [{ plu: 'CHEESE', quantity: 2 }] }],
    },
    { plu: 'BITTER', quantity: 3 },
  ])
  // 2 x (13.50 + 1.00 + 2.50 + 2 x 1.00) + 3 x 5.20
  t.match(added.body, {
    totalMinor: 5360,
    itemsMinor: 5360,
    balanceMinor: 5360,
    payable: true,
    version: 2,
  })
  t.match(
    added.body.lines.map(
      ({ name, kind, quantity, amountMinor, course, waiterId }: Record<string, unknown>) => [
        name,
        kind,
        quantity,
        amountMinor,
        course,
        waiterId,
      ],
    ),
    [
      ['Burger', 'Item', 2, 2700, 'Mains', '42'],
      ['Extra cheese', 'Modifier', 1, 200, 'Mains', '42'],
      ['Fries', 'SubItem', 1, 500, 'Mains', '42'],
      ['Extra cheese', 'Modifier', 2, 400, 'Mains', '42'],
      ['Pint of bitter', 'Item', 3, 1560, 'Drinks', '42'],
    ],
  )
  t.match(await read(server.venue, orderId), {
    totalAmount: gbp(5360),
    items: [
      {
        name: 'Burger',
        quantity: 2,
        amountPerItem: gbp(1350),
        note: 'rare',
        modifiers: [{ plu: 'CHEESE' }],
        subItems: [{ plu: 'FRIES', modifiers: [{ plu: 'CHEESE', quantity: 2 }] }],
      },
      { plu: 'BITTER', quantity: 3 },
    ],
  })

  t.test('the same line again is not added again', async (t) => {
    const again = await add([
      {
        id: 'l1',
        plu: 'BURGER',
        quantity: 2,
        note: 'rare',
        modifiers: [{ plu: 'CHEESE' }],
        subItems: [{ plu: 'FRIES', modifiers: [{ plu: 'CHEESE', quantity: 2 }] }],
      },
    ])
    t.strictSame(
      [again.body.version, again.body.totalMinor],
      [2, 5360],
      'nor are its parts, which have no ids to be known by',
    )
    isProblem(t, await add([{ id: 'l1', plu: 'BITTER' }]), 409, 'content-differs')
    isProblem(t, await add([{ id: 'l1', plu: 'BURGER', quantity: 2 }]), 409, 'content-differs')
    const { id: other } = await openOrder(till)
    isProblem(
      t,
      await till.call(
        'POST /orders/{orderId}/lines',
        { orderId: other },
        { lines: [{ id: 'l1', plu: 'BURGER' }] },
      ),
      409,
      'line-elsewhere',
    )
  })

  t.test(
    'what is not on the menu, or not offered, or not there, is refused, and nothing of it is added',
    async (t) => {
      const cases: Array<[unknown[], number, string, string | RegExp]> = [
        [
          [{ plu: 'BITTER' }, { plu: 'WHISKY' }],
          400,
          'unknown-reference',
          'lines[1].plu: WHISKY is not on the menu.',
        ],
        [
          [{ plu: 'CHEESE' }],
          400,
          'invalid',
          'lines[0].plu: CHEESE is of the kind Modifier on the menu, not Item.',
        ],
        [
          [{ plu: 'BITTER', modifiers: [{ plu: 'CHEESE' }] }],
          400,
          'invalid',
          'lines[0].modifiers[0].plu: CHEESE is not an option for BITTER (Pint of bitter).',
        ],
        [[{ plu: 'OYSTERS' }], 409, 'unavailable-item', 'Oysters (OYSTERS) is not available.'],
        [[{ plu: 'BITTER', quantity: 0 }], 400, 'schema', /quantity/],
        [[{ plu: 'BITTER', quantity: 1.5 }], 400, 'schema', /quantity/],
        [[{ plu: 'BITTER', unitAmountMinor: -1 }], 400, 'schema', /unitAmountMinor/],
        [[], 400, 'schema', /lines/],
        [
          Array.from({ length: limits.maxLinesAtOnce + 1 }, () => ({ plu: 'BITTER' })),
          400,
          'schema',
          /lines/,
        ],
      ]
      for (const [lines, status, code, detail] of cases) {
        isProblem(t, await add(lines), status, code, detail)
      }
      t.equal((await till.call('GET /orders/{orderId}', { orderId })).body.version, 2)
    },
  )

  t.test('another price takes a manager', async (t) => {
    const waiter = await newTill(t, server, { role: 'waiter' })
    const body = { lines: [{ plu: 'BITTER', unitAmountMinor: 1 }] }
    isProblem(
      t,
      await waiter.call('POST /orders/{orderId}/lines', { orderId }, body),
      403,
      'forbidden',
    )
    t.equal(
      (await till.call('POST /orders/{orderId}/lines', { orderId }, body)).body.totalMinor,
      5361,
    )
  })
})

t.test('lines are changed and made void', async (t) => {
  const { server, till } = await start(t)
  const { id: orderId } = await openOrder(till)
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    {
      lines: [
        { id: 'l1', plu: 'BURGER', quantity: 2, modifiers: [{ id: 'm1', plu: 'CHEESE' }] },
        { id: 'l2', plu: 'BITTER' },
      ],
    },
  )
  const changed = await till.call(
    'PATCH /orders/{orderId}/lines/{lineId}',
    { orderId, lineId: 'l1' },
    { quantity: 3, note: 'no onions', course: null },
  )
  t.match(changed.body, {
    totalMinor: 3 * 1450 + 520,
    lines: [{ id: 'l1', quantity: 3, note: 'no onions', course: undefined }, {}, {}],
  })
  t.equal(
    (
      await till.call(
        'PATCH /orders/{orderId}/lines/{lineId}',
        { orderId, lineId: 'l1' },
        { note: null },
      )
    ).body.lines[0].note,
    undefined,
  )

  const voided = await till.call(
    'POST /orders/{orderId}/lines/{lineId}/void',
    { orderId, lineId: 'l1' },
    { reason: 'dropped' },
  )
  t.match(voided.body, {
    totalMinor: 520,
    lines: [
      { id: 'l1', voidReason: 'dropped', amountMinor: 0 },
      { id: 'm1', voidReason: 'dropped' },
      { id: 'l2' },
    ],
  })
  t.equal((await read(server.venue, orderId)).items!.length, 1, 'Dojo sees what stands')
  t.equal(
    (
      await till.call(
        'POST /orders/{orderId}/lines/{lineId}/void',
        { orderId, lineId: 'l1' },
        { reason: 'dropped' },
      )
    ).body.version,
    voided.body.version,
    'again changes nothing',
  )
  isProblem(
    t,
    await till.call(
      'PATCH /orders/{orderId}/lines/{lineId}',
      { orderId, lineId: 'l1' },
      { quantity: 1 },
    ),
    409,
    'void',
  )
  await till.call('POST /orders/{orderId}/lines/{lineId}/bump', { orderId, lineId: 'l2' })
  isProblem(
    t,
    await till.call(
      'PATCH /orders/{orderId}/lines/{lineId}',
      { orderId, lineId: 'l2' },
      { quantity: 2 },
    ),
    409,
    'already-ready',
  )
  isProblem(
    t,
    await till.call(
      'PATCH /orders/{orderId}/lines/{lineId}',
      { orderId, lineId: 'l9' },
      { quantity: 1 },
    ),
    404,
    'not-found',
  )
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId, lineId: 'l2' },
      { reason: '  ' },
    ),
    400,
    'schema',
  )
})

t.test('fewer of a line is a void: with a reason, on record, and in the history', async (t) => {
  const { server, till } = await start(t)
  const waiter = await newTill(t, server, { role: 'waiter', tillName: 'Floor' })
  const { id: orderId } = await openOrder(waiter)
  await waiter.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    { lines: [{ id: 'l1', plu: 'BURGER', quantity: 3, modifiers: [{ id: 'm1', plu: 'CHEESE' }] }] },
  )
  await waiter.call('POST /orders/{orderId}/lines/{lineId}/bump', { orderId, lineId: 'l1' })
  const change = async (body: object) =>
    await waiter.call(
      'PATCH /orders/{orderId}/lines/{lineId}',
      { orderId, lineId: 'l1' },
      { ...body },
    )
  isProblem(
    t,
    await change({ quantity: 1 }),
    400,
    'invalid',
    'The field reason is missing: 2 of 3 would be taken off the line l1; say why.',
  )
  isProblem(t, await change({ quantity: 1, reason: ' ' }), 400, 'schema')
  const { body: left } = await change({ quantity: 1, reason: 'dropped', note: 'rare' })
  t.match(left, {
    totalMinor: 1450,
    status: 'Ready',
    lines: [
      { id: 'l1', quantity: 1, note: 'rare', amountMinor: 1350 },
      { id: 'm1', quantity: 1, amountMinor: 100 },
      { plu: 'BURGER', quantity: 2, voidReason: 'dropped', amountMinor: 0 },
      { plu: 'CHEESE', voidReason: 'dropped', amountMinor: 0 },
    ],
  })
  t.match((await read(server.venue, orderId)).items, [{ plu: 'BURGER', quantity: 1 }])
  const voidLineId = left.lines[2].id
  t.equal(left.lines[3].parentId, voidLineId)
  isProblem(
    t,
    await waiter.call(
      'POST /orders/{orderId}/lines/{lineId}/void',
      { orderId, lineId: 'l1' },
      { reason: 'x', quantity: 2 },
    ),
    400,
    'invalid',
    'The line l1 has a quantity of 1, less than 2.',
  )
  const { body: history } = await till.call('GET /orders/{orderId}/history', { orderId })
  t.match(history.rows.at(-1), {
    action: 'LineVoided',
    detail: {
      lineId: 'l1',
      voidLineId,
      quantity: 2,
      quantityBefore: 3,
      quantityAfter: 1,
      reason: 'dropped',
      note: 'rare',
    },
  })
  t.strictSame((await till.call('GET /orders/{orderId}', { orderId })).body, left, 'as it is read')
})

t.test('what is paid is never more than the total', async (t) => {
  const { server, till } = await start(t)
  const { id: orderId } = await openOrder(till)
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    {
      lines: [
        { id: 'l1', plu: 'BURGER' },
        { id: 'l2', plu: 'BITTER' },
      ],
    },
  )
  await pay(server.venue, orderId, 1500)
  const refused = await till.call(
    'POST /orders/{orderId}/lines/{lineId}/void',
    { orderId, lineId: 'l1' },
    { reason: 'cold' },
  )
  isProblem(
    t,
    refused,
    409,
    'below-paid',
    `The order ${orderId} would come to 5.20 GBP, and 15.00 GBP of it is paid; give 9.80 GBP back first.`,
  )
  t.match(refused.problem, { totalMinor: 520, paidMinor: 1500, giveBackMinor: 980 })
  const settled = await till.call(
    'POST /orders/{orderId}/discounts',
    { orderId },
    { name: 'Sorry', amountMinor: 370 },
  )
  t.match(
    settled.body,
    { totalMinor: 1500, balanceMinor: 0, status: 'Finalized' },
    'a discount that leaves nothing to pay settles it',
  )
})

t.test('while Dojo holds its lock, items and total are frozen, and words are not', async (t) => {
  const { server, till } = await start(t)
  const { id: orderId } = await openOrder(till)
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    { lines: [{ id: 'l1', plu: 'BURGER' }] },
  )
  await lock(server.venue, orderId, 'lock-1', 60, {
    'waiter-id': '7',
    'device-id': 'tm_bar',
    'dojo-requesting-product': 'PayAtTable',
  })
  const frozen: Array<[string, Record<string, string>, unknown]> = [
    ['POST /orders/{orderId}/lines', {}, { lines: [{ plu: 'BITTER' }] }],
    ['PATCH /orders/{orderId}/lines/{lineId}', { lineId: 'l1' }, { quantity: 2 }],
    ['POST /orders/{orderId}/lines/{lineId}/void', { lineId: 'l1' }, { reason: 'x' }],
    ['POST /orders/{orderId}/discounts', {}, { name: 'x', percentageHundredths: 1000 }],
    ['PUT /orders/{orderId}/service-charge', {}, { percentageHundredths: 1250 }],
    ['POST /orders/{orderId}/payments', {}, { tender: 'Cash' }],
    ['POST /orders/{orderId}/split-off', {}, { lines: [{ lineId: 'l1' }] }],
    ['POST /orders/{orderId}/cancel', {}, { reason: 'x' }],
    ['POST /orders/{orderId}/status', {}, { status: 'Finalized' }],
    ['PUT /orders/{orderId}/hold', {}, {}],
  ]
  for (const [operation, path, body] of frozen) {
    const reply = await till.call(operation, { orderId, ...path }, body)
    isProblem(
      t,
      reply,
      423,
      'locked',
      /is locked by waiter 7 on terminal tm_bar until .* UTC, \d+ s from now at the latest\.$/,
    )
    t.match(reply.problem['lock'], {
      kind: 'DojoLock',
      waiterId: '7',
      deviceId: 'tm_bar',
      product: 'PayAtTable',
    })
  }
  t.equal(
    (await till.call('PATCH /orders/{orderId}', { orderId }, { note: 'birthday', covers: 4 }))
      .status,
    200,
  )
  t.equal(
    (
      await till.call(
        'PATCH /orders/{orderId}/lines/{lineId}',
        { orderId, lineId: 'l1' },
        { note: 'candle' },
      )
    ).status,
    200,
  )
  t.equal(
    (await till.call('POST /orders/{orderId}/status', { orderId }, { status: 'Preparing' })).status,
    200,
  )
  t.equal((await till.call('GET /orders/{orderId}', { orderId })).body.totalMinor, 1350)
})

t.test('an order moves along its statuses, to another table, to the end and back', async (t) => {
  const { server, till, tableId } = await start(t)
  const [, second] = await server.store.prisma.table.findMany({
    where: { locationId: till.locationId },
    orderBy: { position: 'asc' },
  })
  const { id: orderId } = await openOrder(till, { tableId })
  await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'BITTER' }] })
  const moved = await till.call(
    'PATCH /orders/{orderId}',
    { orderId },
    { tableId: second!.tableId },
  )
  t.match(moved.body, { tableId: second!.tableId, tableName: 'Table 2' })
  t.equal(
    (await server.venue.call('SearchOrders', { dineIn: { tableId: second!.tableId } })).body.data!
      .length,
    1,
  )

  t.equal(
    (await till.call('PATCH /orders/{orderId}', { orderId }, { tableId: second!.tableId })).body
      .version,
    moved.body.version,
    'what changes nothing is no change',
  )
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/status', { orderId }, { status: 'Submitted' }),
    409,
    'transition',
  )
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/status', { orderId }, { status: 'Finalized' }),
    409,
    'unpaid',
    `The order ${orderId} owes 5.20 GBP.`,
  )
  await till.call('POST /orders/{orderId}/status', { orderId }, { status: 'Ready' })
  await till.call(
    'POST /orders/{orderId}/payments',
    { orderId },
    { tender: 'Cash', tenderedMinor: 1000 },
  )
  t.equal((await read(server.venue, orderId)).status, 'Finalized')
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'BITTER' }] }),
    409,
    'final',
  )
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/cancel', { orderId }, { reason: 'x' }),
    409,
    'final',
  )
  const reopened = await till.call(
    'POST /orders/{orderId}/reopen',
    { orderId },
    { reason: 'one more' },
  )
  t.match(reopened.body, { status: 'Ready', balanceMinor: 0 })
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/reopen', { orderId }, { reason: 'x' }),
    409,
    'not-final',
  )
  isProblem(
    t,
    await till.call('POST /orders/{orderId}/cancel', { orderId }, { reason: 'x' }),
    409,
    'paid',
  )
  t.strictSame(await actionsOf(server, orderId), [
    'Opened',
    'LinesAdded',
    'Moved',
    'StatusChanged',
    'PaymentRecorded',
    'Reopened',
  ])
})

t.test('an order of Dojo is changed from inside too', async (t) => {
  const { server, till } = await start(t)
  const dojo = await newOrder(server.venue, 2400, {
    items: [
      { name: 'Soup', plu: 'S', quantity: 2, amountPerItem: gbp(500) },
      { name: 'Bread', plu: 'B', quantity: 1, amountPerItem: gbp(1000) },
    ],
    taxLines: [{ id: 'VAT', amountTotal: gbp(400) }],
  })
  const orderId = dojo.id
  const { body: order } = await till.call('GET /orders/{orderId}', { orderId })
  t.match(order, { totalMinor: 2400, taxesOnTop: true, taxesMinor: 400 })
  const bread = order.lines.find(({ plu }: { plu: string }) => plu === 'B').id as string
  isProblem(
    t,
    await till.call(
      'PATCH /orders/{orderId}/lines/{lineId}',
      { orderId, lineId: bread },
      { quantity: 2 },
    ),
    409,
    'ordered-by-dojo',
  )
  // Half of the goods go, and half of the tax with them.
  t.match(
    (
      await till.call(
        'POST /orders/{orderId}/lines/{lineId}/void',
        { orderId, lineId: bread },
        { reason: 'none left' },
      )
    ).body,
    { totalMinor: 1200, taxesMinor: 200 },
  )
  t.equal(
    (await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'BITTER' }] }))
      .body.totalMinor,
    1200 + 520 + 104,
    'what is added is taxed by its own rate',
  )
  t.match((await read(server.venue, orderId)).totalAmount, gbp(1824))
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/split-off',
      { orderId },
      { lines: [{ lineId: order.lines[0].id }] },
    ),
    409,
    'ordered-by-dojo',
  )

  const odd = await newOrder(server.venue, 999, {
    items: [{ name: 'Soup', plu: 'S', quantity: 1, amountPerItem: gbp(1000) }],
  })
  t.match(
    (
      await till.call(
        'POST /orders/{orderId}/lines',
        { orderId: odd.id },
        { lines: [{ plu: 'BITTER' }] },
      )
    ).body,
    { totalMinor: 1519, adjustmentMinor: -1 },
    'the total that the guest saw stays, with what is added',
  )
})

t.test('two devices at one table lose nothing of each other', async (t) => {
  const { till } = await start(t)
  const { id: orderId } = await openOrder(till)
  const lines = Array.from({ length: 12 }, (_, index) => ({
    id: `l${index}`,
    plu: index % 2 === 0 ? 'BITTER' : 'BURGER',
  }))
  const replies = await Promise.all(
    lines.map(
      async (line) =>
        await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [line] }),
    ),
  )
  t.ok(replies.every(({ status }) => status === 200))
  const { body } = await till.call('GET /orders/{orderId}', { orderId })
  t.strictSame(
    body.lines.map(({ id }: { id: string }) => id).sort(),
    lines.map(({ id }) => id).sort(),
  )
  t.equal(body.totalMinor, 6 * 520 + 6 * 1350)
  t.equal(body.version, 13)
  isProblem(
    t,
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: [{ plu: 'BITTER' }] },
      { ifMatch: 12 },
    ),
    412,
    'stale',
  )
  t.equal(
    (
      await till.call(
        'POST /orders/{orderId}/lines',
        { orderId },
        { lines: [{ plu: 'BITTER' }] },
        { ifMatch: 13 },
      )
    ).body.version,
    14,
  )
})
