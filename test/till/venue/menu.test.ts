// The menu, item by item: what tills and the kitchen may do to it, and what of it stays on orders
// that are open.
import t from 'tap'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'

const priced = { priceMinor: 1350, taxRateHundredths: 2000 }

t.test('items', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server)
  const make = async (body: object) => await till.call('POST /menu', {}, body)
  t.same(
    (
      await make({
        plu: '9001',
        kind: 'Modifier',
        name: 'Cheese',
        priceMinor: 100,
        taxRateHundredths: 2000,
      })
    ).body,
    {
      plu: '9001',
      kind: 'Modifier',
      name: 'Cheese',
      priceMinor: 100,
      taxRateHundredths: 2000,
      available: true,
      position: 0,
      parts: [],
      version: 1,
    },
  )
  t.equal(
    (await make({ plu: '5001', kind: 'SubItem', name: 'Chips', ...priced, parts: ['9001'] }))
      .status,
    201,
  )
  const burger = await make({
    plu: '1001',
    kind: 'Item',
    name: 'Burger',
    ...priced,
    course: 'Mains',
    category: 'Food',
    parts: ['5001', '9001'],
  })
  t.match(
    burger,
    { status: 201, body: { position: 2, parts: ['5001', '9001'] } },
    'parts in their order',
  )
  t.match(
    await make({
      plu: '1001',
      kind: 'Item',
      name: 'Burger',
      ...priced,
      course: 'Mains',
      category: 'Food',
      parts: ['5001', '9001'],
    }),
    { status: 200, body: burger.body },
    'the same again',
  )

  const refusals: [string, object, number, string][] = [
    [
      'POST /menu',
      { plu: '1001', kind: 'Item', name: 'Burger', priceMinor: 1, taxRateHundredths: 0 },
      409,
      'content-differs',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', priceMinor: -1, taxRateHundredths: 0 },
      400,
      'invalid',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', priceMinor: 1.5, taxRateHundredths: 0 },
      400,
      'schema',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', priceMinor: 1_000_000_001, taxRateHundredths: 0 },
      400,
      'schema',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', priceMinor: '5', taxRateHundredths: 0 },
      400,
      'schema',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', priceMinor: 1, taxRateHundredths: 10_001 },
      400,
      'schema',
    ],
    ['POST /menu', { plu: '1', kind: 'Dish', name: 'x', ...priced }, 400, 'schema'],
    ['POST /menu', { plu: '1', kind: 'Item', name: 'x' }, 400, 'schema'],
    ['POST /menu', { plu: 'a/b', kind: 'Item', name: 'x', ...priced }, 400, 'schema'],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', ...priced, parts: ['77'] },
      400,
      'unknown-reference',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'Item', name: 'x', ...priced, parts: ['1001'] },
      400,
      'invalid',
    ],
    ['POST /menu', { plu: '1', kind: 'Item', name: 'x', ...priced, parts: ['1'] }, 400, 'invalid'],
    [
      'POST /menu',
      { plu: '1', kind: 'Modifier', name: 'x', ...priced, parts: ['9001'] },
      400,
      'invalid',
    ],
    [
      'POST /menu',
      { plu: '1', kind: 'SubItem', name: 'x', ...priced, parts: ['5001'] },
      400,
      'invalid',
    ],
    ['PATCH /menu/{plu}', { kind: 'Item' }, 400, 'invalid'],
    ['PATCH /menu/{plu}', { price: 5 }, 400, 'schema'],
    ['PATCH /menu/{plu}', { name: null }, 400, 'schema'],
  ]
  for (const [operation, body, status, code] of refusals) {
    const reply = await till.call(operation, { plu: '5001' }, body)
    t.same([reply.status, reply.problem.code], [status, code], JSON.stringify(body))
  }
  t.equal((await till.call('PATCH /menu/{plu}', { plu: '1' }, { name: 'x' })).status, 404)
  t.equal(
    (await till.call('PATCH /menu/{plu}', { plu: '1001' }, { name: 'x' }, { ifMatch: 7 })).status,
    412,
  )
  t.match(
    (
      await till.call(
        'PATCH /menu/{plu}',
        { plu: '1001' },
        { course: null, parts: ['9001'], position: 0 },
        { ifMatch: 1 },
      )
    ).body,
    { category: 'Food', parts: ['9001'], position: 0, version: 2 },
  )
  t.notOk('course' in (await till.call('GET /menu/{plu}', { plu: '1001' })).body)

  t.match((await till.call('POST /menu/{plu}/retire', { plu: '9001' })).body, {
    plu: '9001',
    retiredAt: String,
  })
  t.same(
    (await till.call('GET /menu')).body.rows.map(
      ({ plu, parts }: { plu: string; parts: string[] }) => [plu, parts],
    ),
    [
      ['1001', []],
      ['5001', []],
    ],
    'and offered no longer',
  )
  t.equal(
    (await till.call('POST /menu/{plu}/retire', { plu: '9001' })).status,
    200,
    'once more changes nothing',
  )
  t.match(
    await make({ plu: '9001', kind: 'Item', name: 'Cheese board', ...priced }),
    { status: 201, body: { kind: 'Item', name: 'Cheese board', parts: [], version: 3 } },
    'and comes back as what is sent',
  )
})

t.test('what is ordered keeps its price, and what has run out cannot be ordered', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const till = await newTill(t, server)
  await till.call(
    'POST /menu',
    {},
    { plu: 'X', kind: 'Modifier', name: 'Cheese', priceMinor: 100, taxRateHundredths: 2000 },
  )
  await till.call(
    'POST /menu',
    {},
    { plu: 'B', kind: 'Item', name: 'Burger', ...priced, parts: ['X'] },
  )
  const {
    body: { id: orderId },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn' })
  const order = async (plu = 'B') =>
    await till.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: [{ plu, modifiers: [{ plu: 'X' }] }] },
    )
  t.equal((await order()).body.totalMinor, 1450)
  await till.call('PATCH /menu/{plu}', { plu: 'B' }, { priceMinor: 2000, name: 'Grand burger' })
  const {
    body: { totalAmount },
  } = (await venue.call('GetOrderById', { orderId })) as {
    body: { totalAmount: { value: number } }
  }
  t.equal(totalAmount.value, 1450, 'what was ordered costs what it did')
  t.equal((await order()).body.totalMinor, 3550, 'what is ordered now costs more')

  for (const [index, role] of (['kitchen', 'waiter', 'manager', 'owner'] as const).entries()) {
    const staff = await newTill(t, server, { role })
    t.match(
      await staff.call('POST /menu/{plu}/availability', { plu: 'X' }, { available: false }),
      { status: 200, body: { plu: 'X', available: false, version: 2 + 2 * index } },
      `${role} may`,
    )
    t.equal(
      (await staff.call('POST /menu/{plu}/availability', { plu: 'X' }, { available: false })).body
        .version,
      2 + 2 * index,
      'twice is once',
    )
    t.match((await order()).problem, { status: 409, code: 'unavailable-item' })
    t.equal(
      (
        await staff.call(
          'POST /menu/{plu}/availability',
          { plu: 'X' },
          { available: true },
          { ifMatch: 1 },
        )
      ).status,
      412,
    )
    t.equal(
      (
        await staff.call(
          'POST /menu/{plu}/availability',
          { plu: 'X' },
          { available: true },
          { key: role },
        )
      ).body.available,
      true,
    )
  }
  t.equal((await order()).status, 200)
  t.equal(
    (await till.call('POST /menu/{plu}/availability', { plu: 'Y' }, { available: true })).status,
    404,
  )
  t.equal(
    (await till.call('POST /menu/{plu}/availability', { plu: 'X' }, { available: 'no' })).status,
    400,
  )
  await till.call('POST /menu/{plu}/retire', { plu: 'X' })
  t.equal(
    (await till.call('POST /menu/{plu}/availability', { plu: 'X' }, { available: true })).status,
    404,
  )
  t.equal((await order()).problem.code, 'unknown-reference')
  t.equal((await venue.call('GetOrderById', { orderId })).body.items?.length, 3, 'the lines stay')
})

t.test('pages and filters', async (t) => {
  const server = await startServer(t)
  const owner = await newTill(t, server, { role: 'owner' })
  const plus = Array.from({ length: 25 }, (_, index) => `P${index}`)
  await owner.call(
    'PUT /setup',
    {},
    {
      menu: plus.map((plu, index) => ({
        plu,
        name: plu,
        kind: index % 5 === 0 ? 'Modifier' : 'Item',
        ...priced,
        category: index % 2 === 0 ? 'Food' : 'Drinks',
        available: index % 3 !== 0,
      })),
    },
  )
  const list = async (query: string): Promise<string[]> =>
    (await owner.call(`GET /menu?${query}`)).body.rows.map(({ plu }: { plu: string }) => plu)

  const seen: string[] = []
  for (let after: string | undefined, pages = 0; pages < 10; pages++) {
    const { body } = await owner.call(
      `GET /menu?limit=7${after === undefined ? '' : `&after=${after}`}`,
    )
    seen.push(...body.rows.map(({ plu }: { plu: string }) => plu))
    after = body.after
    if (after === undefined) break
  }
  t.same(seen, plus, 'every item once, in the order of the menu')
  t.same(
    await list('category=Drinks&limit=100'),
    plus.filter((_, index) => index % 2 === 1),
  )
  t.same(
    await list('kind=Modifier'),
    plus.filter((_, index) => index % 5 === 0),
  )
  t.same(
    await list('available=false&kind=Item&category=Food'),
    plus.filter((_, index) => index % 3 === 0 && index % 5 !== 0 && index % 2 === 0),
  )
  t.same(await list('category=Nothing'), [])
  for (const query of [
    'limit=0',
    'limit=101',
    'kind=Dish',
    'after=x',
    'colour=red',
    'available=perhaps',
  ]) {
    t.equal((await owner.call(`GET /menu?${query}`)).status, 400, query)
  }
})

t.test('who may, and whose', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server)
  await till.call('POST /menu', {}, { plu: 'B', kind: 'Item', name: 'Burger', ...priced })
  const writes: [string, object | undefined][] = [
    ['POST /menu', { plu: 'C', kind: 'Item', name: 'Cod', ...priced }],
    ['PATCH /menu/{plu}', { name: 'x' }],
    ['POST /menu/{plu}/retire', undefined],
  ]
  for (const role of ['kitchen', 'waiter'] as const) {
    const other = await newTill(t, server, { role })
    for (const [operation, body] of writes) {
      t.match(
        (await other.call(operation, { plu: 'B' }, body)).problem,
        { status: 403, code: 'forbidden' },
        `${role} ${operation}`,
      )
    }
    t.equal((await other.call('GET /menu')).body.rows.length, 1)
  }
  const elsewhere = await newTill(t, server, {
    role: 'owner',
    venue: await server.newVenue('The White Hart'),
  })
  for (const [operation, body] of [
    ...writes.slice(1),
    ['GET /menu/{plu}', undefined],
    ['POST /menu/{plu}/availability', { available: false }],
  ] as [string, object | undefined][]) {
    t.equal((await elsewhere.call(operation, { plu: 'B' }, body)).status, 404, operation)
  }
  t.same((await elsewhere.call('GET /menu')).body.rows, [])
  t.match((await till.call('GET /menu')).body.rows, [
    { name: 'Burger', available: true, version: 1 },
  ])

  const raced = await Promise.all(
    Array.from(
      { length: 8 },
      async (_, index) =>
        await till.call('PATCH /menu/{plu}', { plu: 'B' }, { priceMinor: index }, { ifMatch: 1 }),
    ),
  )
  t.same(raced.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)], 'one of a version')
})

t.test('an import and the kitchen at once lose nothing of each other', async (t) => {
  const server = await startServer(t)
  const owner = await newTill(t, server, { role: 'owner' })
  const kitchen = await newTill(t, server, { role: 'kitchen' })
  await owner.call('POST /menu', {}, { plu: 'B', kind: 'Item', name: 'Burger', ...priced })
  for (let round = 1; round <= 10; round++) {
    await Promise.all([
      owner.call('PUT /setup', {}, { menu: [{ plu: 'B', priceMinor: round }] }),
      kitchen.call('POST /menu/{plu}/availability', { plu: 'B' }, { available: round % 2 === 0 }),
    ])
    t.match((await owner.call('GET /menu/{plu}', { plu: 'B' })).body, {
      priceMinor: round,
      available: round % 2 === 0,
      version: 1 + 2 * round,
    })
  }
})
