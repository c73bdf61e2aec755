// The venue's settings and what it prints, changed by its owner.
import t from 'tap'
import { defaultBillTemplate } from '../../../src/domain/paper/bill.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { showLocation } from '../../../src/operator/locations.ts'
import { startServer } from '../../support/server.ts'
import { newMenu, newTill } from '../../support/till.ts'

t.test('settings', async (t) => {
  const server = await startServer(t)
  const {
    venue,
    store: { prisma },
  } = server
  const till = await newTill(t, server, { role: 'owner' })
  const start = {
    name: 'The Red Lion',
    currency: 'GBP',
    timeZone: 'Europe/London',
    waiterAccess: false,
    onePartyPerTable: false,
    refuseOverlappingReservations: false,
    verifyPayments: 'off',
    taxesOnTop: false,
    taxName: 'VAT',
    cardTips: true,
    kind: 'native',
    inboxMinutes: 10,
    inboxThen: 'notify',
    lockedThen: 'refuse',
    version: 1,
  }
  const read = await till.call('GET /venue')
  t.same([read.body, read.headers.etag], [start, '"1"'])

  const changed = await till.call(
    'PATCH /venue',
    {},
    {
      name: 'The Crown',
      timeZone: 'Europe/Paris',
      waiterAccess: true,
      onePartyPerTable: true,
      refuseOverlappingReservations: true,
      taxName: 'TVA',
      serviceChargeHundredths: 1250,
    },
    { ifMatch: 1 },
  )
  const after = {
    ...start,
    name: 'The Crown',
    timeZone: 'Europe/Paris',
    waiterAccess: true,
    onePartyPerTable: true,
    refuseOverlappingReservations: true,
    taxName: 'TVA',
    serviceChargeHundredths: 1250,
    version: 2,
  }
  t.same([changed.body, changed.headers.etag], [after, '"2"'])
  t.match(
    await showLocation(prisma, venue.locationId),
    {
      name: 'The Crown',
      timeZone: 'Europe/Paris',
      waiterAccess: true,
      onePartyPerTable: true,
      refuseOverlappingReservations: true,
    },
    'as the operator sees it',
  )
  t.same(
    (await till.call('PATCH /venue', {}, { serviceChargeHundredths: null })).body,
    {
      ...Object.fromEntries(
        Object.entries(after).filter(([name]) => name !== 'serviceChargeHundredths'),
      ),
      version: 3,
    },
    'emptied, and nothing else',
  )

  const refusals: [unknown, number, string, string?][] = [
    [{ cashRoundingMinor: 5 }, 400, 'invalid', 'cashRoundingMinor'],
    [{ cashRoundingMinor: 10 }, 400, 'schema'],
    [{ currency: 'EUR' }, 400, 'schema'],
    [{}, 400, 'schema'],
    [{ name: ' ' }, 400, 'schema'],
    [{ name: null }, 400, 'schema'],
    [{ timeZone: 'Mars/Base' }, 400, 'invalid', 'timeZone'],
    [{ timeZone: '' }, 400, 'schema'],
    [{ verifyPayments: 'before' }, 400, 'invalid', 'verifyPayments'],
    [{ verifyPayments: 'always' }, 400, 'schema'],
    [{ serviceChargeHundredths: 10_001 }, 400, 'schema', 'serviceChargeHundredths'],
    [{ serviceChargeHundredths: 12.5 }, 400, 'schema'],
    [{ waiterAccess: 'yes' }, 400, 'schema'],
    [{ dojoAccountId: 'x' }, 400, 'schema'],
    [{ name: 'x'.repeat(201) }, 400, 'schema'],
  ]
  for (const [body, status, code, field] of refusals) {
    const { problem } = await till.call('PATCH /venue', {}, body)
    t.match(problem, { status, code }, JSON.stringify(body).slice(0, 40))
    if (field !== undefined) t.match(problem, { errors: [{ field }] }, 'beside that field')
  }
  t.match((await till.call('PATCH /venue', {}, { name: 'x' }, { ifMatch: 1 })).problem, {
    status: 412,
    code: 'stale',
    version: 3,
  })
  await setDojoKey(prisma, venue.locationId, 'sk_sandbox_x', '00'.repeat(32))
  t.equal((await till.call('GET /venue')).body.verifyPayments, 'after', 'as it is at work')
  t.equal(
    (await till.call('PATCH /venue', {}, { verifyPayments: 'before' }, { key: 'k' })).body
      .verifyPayments,
    'before',
  )
  t.equal(
    (await till.call('PATCH /venue', {}, { verifyPayments: 'before' }, { key: 'k' })).body.version,
    4,
    'a repeated request',
  )
  t.equal(
    (await till.call('PATCH /venue', {}, { verifyPayments: null })).body.verifyPayments,
    'after',
  )
  const raced = await Promise.all(
    Array.from(
      { length: 8 },
      async (_, index) =>
        await till.call('PATCH /venue', {}, { name: `Name ${index}` }, { ifMatch: 5 }),
    ),
  )
  t.same(raced.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)], 'one of a version')
})

t.test('settings are at work for orders that are opened then', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server, { role: 'owner' })
  await newMenu(server, server.venue, [{ plu: 'B', priceMinor: 1000 }])
  const total = async (): Promise<[number, string]> => {
    const {
      body: { id: orderId },
    } = await till.call('POST /orders', {}, { orderType: 'DineIn' })
    return [
      (await till.call('POST /orders/{orderId}/lines', { orderId }, { lines: [{ plu: 'B' }] })).body
        .totalMinor,
      orderId,
    ]
  }
  const [before, orderId] = await total()
  t.equal(before, 1000)
  await till.call('PATCH /venue', {}, { taxesOnTop: true, serviceChargeHundredths: 1000 })
  t.equal((await total())[0], 1300, '20 % of tax and 10 % of service on top')
  t.equal(
    (await till.call('GET /orders/{orderId}', { orderId })).body.totalMinor,
    1000,
    'not for one that was open',
  )
})

t.test('bill template', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server, { role: 'owner' })
  const read = await till.call('GET /venue/bill-template')
  t.same([read.body, read.headers.etag], [defaultBillTemplate('The Red Lion'), '"1"'])
  const template = {
    header: [{ lineType: 'Text', text: { value: 'Bonjour {table}', size: 'Header1' } }],
    footer: [],
  }
  t.same((await till.call('PUT /venue/bill-template', {}, template, { ifMatch: 1 })).body, template)
  t.equal((await till.call('GET /venue')).body.version, 2)
  const {
    body: { id: orderId },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn', displayName: 'x' })
  t.same(
    (await server.venue.call('GetOrderBillById', { orderId })).body.footer?.lines,
    [],
    'Dojo prints it at once',
  )

  const refusals: [unknown, number, string][] = [
    [{ header: [] }, 400, 'schema'],
    [{ header: [], footer: [{}] }, 400, 'schema'],
    [{ header: [{ lineType: 'Poem' }], footer: [] }, 400, 'invalid'],
    [{ header: [], footer: Array(61).fill(template.header[0]) }, 400, 'schema'],
    [{ ...template, middle: [] }, 400, 'schema'],
    ['x', 400, 'schema'],
    [
      { header: [{ lineType: 'Text', text: { value: 'x', size: 'Huge' } }], footer: [] },
      400,
      'invalid',
    ],
  ]
  for (const [body, status, code] of refusals) {
    const { problem } = await till.call('PUT /venue/bill-template', {}, JSON.stringify(body), {
      headers: { 'content-type': 'application/json' },
    })
    t.match(problem, { status, code }, JSON.stringify(body).slice(0, 60))
  }
  t.equal((await till.call('PUT /venue/bill-template', {}, template, { ifMatch: 1 })).status, 412)
  t.same((await till.call('GET /venue/bill-template')).body, template)
})

t.test('who may, and whose', async (t) => {
  const server = await startServer(t)
  for (const role of ['kitchen', 'waiter', 'manager'] as const) {
    const till = await newTill(t, server, { role })
    t.equal((await till.call('GET /venue')).status, 200, role)
    t.equal((await till.call('GET /venue/bill-template')).status, 200, role)
    t.match(
      (await till.call('PATCH /venue', {}, { name: 'x' })).problem,
      { status: 403, code: 'forbidden' },
      role,
    )
    t.match(
      (await till.call('PUT /venue/bill-template', {}, { header: [], footer: [] })).problem,
      { status: 403, code: 'forbidden' },
      role,
    )
  }
  const elsewhere = await newTill(t, server, {
    role: 'owner',
    venue: await server.newVenue('The White Hart', 'EUR'),
  })
  t.match((await elsewhere.call('PATCH /venue', {}, { name: 'The Swan' })).body, {
    name: 'The Swan',
    currency: 'EUR',
  })
  const till = await newTill(t, server)
  t.match(
    (await till.call('GET /venue')).body,
    { name: 'The Red Lion', version: 1 },
    "another venue's is left alone",
  )
})
