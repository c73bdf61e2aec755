// Areas, tables and waiters one by one: made, changed, retired, and seen by Dojo at once.
import t from 'tap'
import { startServer } from '../../support/server.ts'
import { newTill } from '../../support/till.ts'

t.test('areas, tables and waiters', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const till = await newTill(t, server)

  const bar = await till.call('POST /areas', {}, { id: 'bar', name: 'Bar' })
  t.same(
    [bar.status, bar.body, bar.headers.etag],
    [201, { id: 'bar', name: 'Bar', position: 0, version: 1 }, '"1"'],
  )
  const garden = await till.call('POST /areas', {}, { name: 'Garden' })
  const table = await till.call(
    'POST /tables',
    {},
    { name: 'Table 1', areaId: 'Bar', maxCovers: 4 },
  )
  t.match(
    table.body,
    { id: /^tbl_/, areaId: 'bar', maxCovers: 4, position: 0, version: 1 },
    'an area by its name',
  )
  const second = await till.call(
    'POST /tables',
    {},
    { id: 't2', name: 'Table 2', areaId: garden.body.id },
  )
  t.equal(second.body.position, 1, 'new ones come last')
  const becky = await till.call(
    'POST /waiters',
    {},
    { id: '7', name: 'Becky', areaIds: ['bar'], tableIds: ['t2'] },
  )
  t.same(becky.body, { id: '7', name: 'Becky', areaIds: ['bar'], tableIds: ['t2'], version: 1 })

  const seen = async () =>
    (await venue.call('SearchTables', {})).body.data?.map(({ name, waiterIds }) => [
      name,
      waiterIds,
    ])
  t.same(await seen(), [
    ['Table 1', ['7']],
    ['Table 2', ['7']],
  ])
  t.match((await venue.call('ListAreas', {})).body, [
    { id: 'bar', waiterIds: ['7'] },
    { name: 'Garden', waiterIds: [] },
  ])

  t.match(
    (
      await till.call(
        'PATCH /tables/{tableId}',
        { tableId: 't2' },
        { position: 1, areaId: null, maxCovers: 2 },
        { ifMatch: 1 },
      )
    ).body,
    { position: 1, maxCovers: 2, version: 2 },
  )
  t.notOk('areaId' in (await till.call('GET /tables/{tableId}', { tableId: 't2' })).body)
  t.match(
    (
      await till.call(
        'PATCH /waiters/{waiterId}',
        { waiterId: '7' },
        { name: 'Rebecca', tableIds: [] },
      )
    ).body,
    { name: 'Rebecca', areaIds: ['bar'], tableIds: [], version: 2 },
  )
  t.same(
    await seen(),
    [
      ['Table 1', ['7']],
      ['Table 2', []],
    ],
    'Dojo sees the change',
  )
  await till.call('PATCH /tables/{tableId}', { tableId: table.body.id }, { position: 5 })
  t.same(
    await seen(),
    [
      ['Table 2', []],
      ['Table 1', ['7']],
    ],
    'in the new order',
  )
  t.same(
    (await till.call('PATCH /tables/{tableId}', { tableId: 't2' }, { maxCovers: 2 })).body.version,
    2,
    'no change is no change',
  )

  const refusals: [string, Record<string, string>, unknown, number, string][] = [
    ['POST /areas', {}, { name: 'Bar' }, 409, 'name-taken'],
    ['POST /areas', {}, { id: 'bar', name: 'Lounge' }, 409, 'content-differs'],
    ['POST /areas', {}, { name: ' Bar' }, 400, 'schema'],
    ['POST /areas', {}, { name: 'B\nr' }, 400, 'schema'],
    ['POST /areas', {}, { name: '' }, 400, 'schema'],
    ['POST /areas', {}, { name: 'x'.repeat(201) }, 400, 'schema'],
    ['POST /areas', {}, { id: 'a b', name: 'x' }, 400, 'schema'],
    ['POST /areas', {}, { name: 'x', colour: 'red' }, 400, 'schema'],
    ['POST /tables', {}, { name: 'Table 1' }, 409, 'name-taken'],
    ['POST /tables', {}, { name: 'Table 3', areaId: 'Roof' }, 400, 'unknown-reference'],
    ['POST /tables', {}, { name: 'Table 3', maxCovers: 0 }, 400, 'schema'],
    ['POST /waiters', {}, { name: 'Nobody' }, 400, 'schema'],
    ['POST /waiters', {}, { id: '8', name: 'Max', tableIds: ['t9'] }, 400, 'unknown-reference'],
    ['PATCH /areas/{areaId}', { areaId: 'bar' }, { name: 'Garden' }, 409, 'name-taken'],
    ['PATCH /areas/{areaId}', { areaId: 'bar' }, {}, 400, 'schema'],
    ['PATCH /areas/{areaId}', { areaId: 'roof' }, { name: 'Roof' }, 404, 'not-found'],
    [
      'PATCH /waiters/{waiterId}',
      { waiterId: '7' },
      { areaIds: ['roof'] },
      400,
      'unknown-reference',
    ],
    ['GET /waiters/{waiterId}', { waiterId: '8' }, undefined, 404, 'not-found'],
    ['POST /tables/{tableId}/retire', { tableId: 't9' }, undefined, 404, 'not-found'],
  ]
  for (const [operation, path, body, status, code] of refusals) {
    const reply = await till.call(operation, path, body)
    t.same(
      [reply.status, reply.problem.code],
      [status, code],
      `${operation} ${JSON.stringify(body)?.slice(0, 40)}`,
    )
  }
  for (const [operation, path, body] of [
    ['PATCH /areas/{areaId}', { areaId: 'bar' }, { name: 'Lounge' }],
    ['POST /waiters/{waiterId}/retire', { waiterId: '7' }, undefined],
  ] as const) {
    const stale = await till.call(operation, path, body, { ifMatch: 9 })
    t.same([stale.status, stale.problem.code], [412, 'stale'], operation)
  }
  t.match(
    await till.call('POST /areas', {}, { id: 'bar', name: 'Bar' }),
    { status: 200, body: bar.body },
    'the same again',
  )
  t.equal(
    (await till.call('POST /areas', {}, { name: 'Cellar' }, { key: 'k' })).body.id,
    (await till.call('POST /areas', {}, { name: 'Cellar' }, { key: 'k' })).body.id,
    'a repeated request',
  )
})

t.test('retired', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const till = await newTill(t, server)
  await till.call('POST /areas', {}, { id: 'bar', name: 'Bar' })
  await till.call('POST /tables', {}, { id: 't1', name: 'Table 1', areaId: 'bar' })
  await till.call(
    'POST /waiters',
    {},
    { id: '7', name: 'Becky', areaIds: ['bar'], tableIds: ['t1'] },
  )
  const beckys = await newTill(t, server, { role: 'waiter', waiterId: '7' })
  const retire = async (what: string, id: string) =>
    await till.call(`POST /${what}s/{${what}Id}/retire`, { [`${what}Id`]: id })

  t.match((await retire('area', 'bar')).problem, {
    code: 'in-use',
    detail: /table Table 1 \(t1\) is in it/,
    tableIds: ['t1'],
  })
  const {
    body: { id: orderId },
  } = await beckys.call('POST /orders', {}, { orderType: 'DineIn', tableId: 't1' })
  const { body: party } = await venue.call('CreateParty', {
    dojoPartyId: 'dp1',
    tableIds: ['t1'],
    startTime: '2020-01-01T19:00:00.000Z',
    covers: 2,
    status: 'Seated',
  } as never)
  t.match((await retire('table', 't1')).problem, {
    status: 409,
    code: 'in-use',
    orderIds: [orderId],
    partyIds: [(party as { id: string }).id],
  })
  t.match((await retire('waiter', '7')).problem, {
    status: 409,
    code: 'in-use',
    orderIds: [orderId],
  })
  t.equal((await beckys.call('GET /orders/{orderId}', { orderId })).status, 200)

  await till.call('POST /orders/{orderId}/cancel', { orderId }, { reason: 'gone' })
  t.match(
    (await retire('table', 't1')).problem,
    { orderIds: [], partyIds: [(party as { id: string }).id] },
    'the party still sits there',
  )
  await sql('UPDATE parties SET end_time = now() WHERE location_id = $1', [venue.locationId])
  const retired = await retire('table', 't1')
  t.match(retired.body, { id: 't1', name: 'Table 1', retiredAt: String, version: 2 })
  t.same((await retire('table', 't1')).body, retired.body, 'once more changes nothing')
  t.same((await venue.call('SearchTables', {})).body.data, [], 'Dojo does not see it any more')
  t.match(
    (await till.call('GET /tables/{tableId}', { tableId: 't1' })).body,
    { retiredAt: String },
    'it can still be looked up',
  )
  t.same((await till.call('GET /waiters')).body.rows, [
    { id: '7', name: 'Becky', areaIds: ['bar'], tableIds: [], version: 2 },
  ])
  t.equal(
    (await till.call('PATCH /tables/{tableId}', { tableId: 't1' }, { name: 'x' })).status,
    404,
  )
  t.match((await till.call('POST /orders', {}, { orderType: 'DineIn', tableId: 't1' })).problem, {
    code: 'unknown-reference',
  })

  t.match((await retire('waiter', '7')).body, { retiredAt: String })
  t.equal(
    (await beckys.call('GET /orders/{orderId}', { orderId })).status,
    401,
    'the waiter is signed out',
  )
  t.equal((await till.call('GET /orders/{orderId}', { orderId })).status, 200, 'nobody else is')
  t.equal((await retire('area', 'bar')).status, 200)
  t.same((await till.call('GET /areas')).body.rows, [])

  t.match(
    await till.call('POST /tables', {}, { name: 'Table 1' }),
    { status: 201, body: { id: /^tbl_/ } },
    'its name is free',
  )
  t.match(
    await till.call('POST /waiters', {}, { id: '7', name: 'Max' }),
    { status: 201, body: { id: '7', name: 'Max', areaIds: [], tableIds: [], version: 4 } },
    'its number too',
  )
  t.equal(
    (await beckys.call('GET /orders/{orderId}', { orderId })).status,
    401,
    'the old token stays ended',
  )
})

t.test('who may, and whose', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server, { role: 'manager' })
  await till.call('POST /areas', {}, { id: 'bar', name: 'Bar' })
  await till.call('POST /tables', {}, { id: 't1', name: 'Table 1', areaId: 'bar' })
  await till.call('POST /waiters', {}, { id: '7', name: 'Becky' })
  const writes: [string, Record<string, string>, object | undefined][] = [
    ['POST /areas', {}, { name: 'A' }],
    ['PATCH /areas/{areaId}', { areaId: 'bar' }, { name: 'A' }],
    ['POST /areas/{areaId}/retire', { areaId: 'bar' }, undefined],
    ['POST /tables', {}, { name: 'A' }],
    ['PATCH /tables/{tableId}', { tableId: 't1' }, { name: 'A' }],
    ['POST /tables/{tableId}/retire', { tableId: 't1' }, undefined],
    ['POST /waiters', {}, { id: '1', name: 'A' }],
    ['PATCH /waiters/{waiterId}', { waiterId: '7' }, { name: 'A' }],
    ['POST /waiters/{waiterId}/retire', { waiterId: '7' }, undefined],
  ]
  for (const role of ['kitchen', 'waiter'] as const) {
    const other = await newTill(t, server, { role })
    for (const [operation, path, body] of writes) {
      t.match(
        (await other.call(operation, path, body)).problem,
        { status: 403, code: 'forbidden' },
        `${role} ${operation}`,
      )
    }
    for (const part of ['areas', 'tables', 'waiters']) {
      t.equal((await other.call(`GET /${part}`)).body.rows.length, 1, `${role} ${part}`)
    }
  }
  const elsewhere = await newTill(t, server, {
    role: 'owner',
    venue: await server.newVenue('The White Hart'),
  })
  for (const [operation, path, body] of writes) {
    if (Object.keys(path).length > 0) {
      t.equal((await elsewhere.call(operation, path, body)).status, 404, `elsewhere ${operation}`)
    }
  }
  for (const [what, id] of [
    ['area', 'bar'],
    ['table', 't1'],
    ['waiter', '7'],
  ]) {
    t.equal((await elsewhere.call(`GET /${what}s/{${what}Id}`, { [`${what}Id`]: id! })).status, 404)
  }
  t.match((await elsewhere.call('POST /tables', {}, { name: 'x', areaId: 'bar' })).problem, {
    code: 'unknown-reference',
  })
  t.match((await till.call('GET /areas')).body.rows, [{ name: 'Bar', version: 1 }])
})

t.test('races', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const till = await newTill(t, server)
  const names = await Promise.all(
    Array.from({ length: 8 }, async () => await till.call('POST /areas', {}, { name: 'Bar' })),
  )
  t.same(names.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)], 'one of a name')
  const changes = await Promise.all(
    Array.from(
      { length: 8 },
      async (_, index) =>
        await till.call(
          'PATCH /areas/{areaId}',
          { areaId: names.find(({ status }) => status === 201)!.body.id },
          { name: `Bar ${index}` },
          { ifMatch: 1 },
        ),
    ),
  )
  t.same(
    changes.map(({ status }) => status).sort(),
    [200, ...Array(7).fill(412)],
    'one of a version',
  )

  for (let round = 0; round < 12; round++) {
    await till.call('POST /tables', {}, { id: `t${round}`, name: `Table ${round}` })
    await till.call('POST /waiters', {}, { id: `w${round}`, name: 'Max' })
    const open = async () =>
      await till.call(
        'POST /orders',
        {},
        { orderType: 'DineIn', tableId: `t${round}`, waiterId: `w${round}` },
      )
    const retire = async (what: string, id: string) =>
      await till.call(`POST /${what}s/{${what}Id}/retire`, { [`${what}Id`]: id })
    await Promise.all([
      ...Array.from({ length: 3 }, open),
      retire('table', `t${round}`),
      retire('waiter', `w${round}`),
      venue.call('CreateParty', {
        dojoPartyId: `dp${round}`,
        tableIds: [`t${round}`],
        startTime: '2020-01-01T19:00:00.000Z',
        status: 'Seated',
      } as never),
    ])
  }
  const [{ wrong }] = (await sql<{ wrong: string }>(`SELECT
    (SELECT count(*) FROM orders o JOIN tables x
      ON x.location_id = o.location_id AND x.table_id = o.table_id WHERE x.retired_at IS NOT NULL)
    + (SELECT count(*) FROM orders o JOIN waiters x
      ON x.location_id = o.location_id AND x.waiter_id = o.waiter_id WHERE x.retired_at IS NOT NULL)
    + (SELECT count(*) FROM party_tables o JOIN tables x
      ON x.location_id = o.location_id AND x.table_id = o.table_id WHERE x.retired_at IS NOT NULL) AS wrong`)) as [
    { wrong: string },
  ]
  t.equal(Number(wrong), 0, 'nobody is at what is retired')
})
