// Whatever goes wrong, the answer is the contract's error body with the right status, and says what
// to do about it.
import { randomBytes } from 'node:crypto'
import { connect, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import type { InjectOptions } from 'fastify'
import { operations } from '../../../src/contract/document.ts'
import { limits } from '../../../src/limits.ts'
import { gbp, inSeconds, newOrder, newTables, orderRequest } from '../../support/orders.ts'
import { basic, startServer } from '../../support/server.ts'
import {
  answered,
  checkRefused,
  dropDatabase,
  json,
  memoryLog,
  partyRequest,
  raw,
  reservationRequest,
  SEVEN,
  until,
} from '../../support/visits.ts'

const INVALID = { status: 400, errorType: 'InvalidRequest' }

/** Its own value for one field, wherever it is: `items[0].quantity`. */
function withField(body: object, path: string, value: unknown): object {
  const copy = structuredClone(body) as Record<string, unknown>
  const keys = path.replaceAll('[', '.').replaceAll(']', '').split('.')
  const last = keys.pop()!
  const owner = keys.reduce((node, key) => node[key] as Record<string, unknown>, copy)
  if (value === undefined) delete owner[last]
  else owner[last] = value
  return copy
}

const fullOrder = {
  ...orderRequest(1000),
  note: 'Soon',
  reference: 'A1',
  displayName: 'Table 1',
  customer: { id: 'c1', name: 'Ada', emailAddress: 'ada@example.com', phoneNumber: '07700900123' },
  details: {
    orderType: 'DineIn',
    dineIn: { readyAt: SEVEN },
    collection: { asap: true, collectAt: SEVEN },
  },
  items: [
    {
      name: 'Menu',
      plu: '1',
      quantity: 1,
      amountPerItem: gbp(1000),
      modifiers: [{ name: 'M', plu: '2', quantity: 1, amountPerModifier: gbp(0) }],
      subItems: [{ name: 'S', plu: '3', quantity: 1, amountPerItem: gbp(0), modifiers: [] }],
    },
  ],
  discounts: [{ name: 'D', amountTotal: gbp(0), amountPercentage: 100 }],
  taxLines: [{ id: 'VAT', amountTotal: gbp(0), amountPercentage: 2000 }],
  serviceChargeAmount: gbp(0),
  payments: [{ paymentIntentId: 'pi_full', paidAmount: gbp(1), tipsAmount: gbp(0) }],
}
const event = {
  id: 'evt_1',
  accountId: 'acc',
  event: 'payment_intent.created',
  createdAt: SEVEN,
  data: { paymentIntentId: 'pi', paymentStatus: 'Created', captureMode: 'Auto' },
}

t.test('what does not fit the schema', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const post = (url: string, body: unknown) =>
    raw(server, venue, { method: 'POST', url, ...json(body) })

  // Nothing is coerced: a value of another type is refused, and the message names the field and
  // what it must be.
  const strings = [
    'dojoOrderId',
    'note',
    'reference',
    'displayName',
    'customer.emailAddress',
    'details.orderType',
    'items[0].name',
    'items[0].modifiers[0].plu',
    'items[0].subItems[0].name',
    'discounts[0].name',
    'taxLines[0].id',
    'payments[0].paymentIntentId',
    'totalAmount.currencyCode',
  ]
  const integers = [
    'totalAmount.value',
    'items[0].quantity',
    'items[0].amountPerItem.value',
    'items[0].modifiers[0].quantity',
    'items[0].modifiers[0].amountPerModifier.value',
    'items[0].subItems[0].quantity',
    'discounts[0].amountPercentage',
    'taxLines[0].amountTotal.value',
    'payments[0].paidAmount.value',
    'payments[0].tipsAmount.value',
    'serviceChargeAmount.value',
  ]
  const arrays = [
    'items',
    'discounts',
    'taxLines',
    'payments',
    'items[0].modifiers',
    'items[0].subItems',
  ]
  const objects = [
    'details',
    'details.dineIn',
    'customer',
    'totalAmount',
    'items[0]',
    'payments[0].paidAmount',
  ]
  const wrong: { fields: string[]; kind: RegExp; values: unknown[] }[] = [
    { fields: strings, kind: /must be (a string|one of)/, values: [5, true, {}, []] },
    { fields: integers, kind: /must be an integer/, values: ['5', 5.5, true, {}, [5]] },
    { fields: arrays, kind: /must be an array/, values: ['x', { 0: 'x' }, 5] },
    { fields: objects, kind: /must be an object/, values: ['x', 5, []] },
    { fields: ['details.collection.asap'], kind: /must be a boolean/, values: ['true', 1, 0] },
    {
      fields: ['details.dineIn.readyAt', 'details.collection.collectAt'],
      kind: /must be a (time|string)/,
      values: [
        'tonight',
        '',
        '2026-03-06',
        '19:00',
        '2026-03-06T19:00:00',
        '2026-02-30T19:00:00Z',
        1772823600000,
      ],
    },
  ]
  for (const { fields, kind, values } of wrong) {
    for (const field of fields) {
      t.test(`${field} of another kind`, async (t) => {
        for (const value of values) {
          const answer = await post('/v1/orders', withField(fullOrder, field, value))
          checkRefused(t, answer, {
            ...INVALID,
            message: new RegExp(`^The field ${field.replaceAll(/[[\].]/g, '\\$&')} `),
          })
          t.match(answer.error.debugMessage, kind, `${JSON.stringify(value)} for ${field}`)
        }
      })
    }
  }

  const required = [
    'dojoOrderId',
    'details',
    'items',
    'totalAmount',
    'payments',
    'details.orderType',
    'items[0].name',
    'items[0].plu',
    'items[0].quantity',
    'items[0].amountPerItem',
    'items[0].modifiers[0].amountPerModifier',
    'totalAmount.value',
    'totalAmount.currencyCode',
    'payments[0].paidAmount',
  ]
  for (const field of required) {
    t.test(`${field} missing`, async (t) => {
      checkRefused(t, await post('/v1/orders', withField(fullOrder, field, undefined)), {
        ...INVALID,
        message: new RegExp(`^The field ${field.replaceAll(/[[\].]/g, '\\$&')} is missing\\.$`),
      })
    })
  }

  const optional = [
    'note',
    'displayName',
    'customer',
    'customer.emailAddress',
    'details.dineIn',
    'details.collection',
    'details.collection.asap',
    'details.dineIn.readyAt',
    'items[0].modifiers',
    'items[0].subItems',
    'items[0].subItems[0].modifiers',
    'discounts',
    'discounts[0].amountPercentage',
    'taxLines',
    'taxLines[0].id',
    'serviceChargeAmount',
    'payments[0].tipsAmount',
  ]
  t.test('null in an optional field is as if it were absent', async (t) => {
    for (const [index, field] of optional.entries()) {
      const base = {
        ...withField(fullOrder, 'payments[0].paymentIntentId', `pi_null_${index}`),
        dojoOrderId: `dojo-null-${index}`,
        ...(field === 'details.dineIn'
          ? { details: { orderType: 'Collection', collection: {}, dineIn: {} } }
          : {}),
      }
      const withNull = await post('/v1/orders', withField(base, field, null))
      t.equal(withNull.status, 200, field)
      const without = await post('/v1/orders', withField(base, field, undefined))
      t.strictSame(without.error, withNull.error, `${field}: the same request again`)
    }
  })

  t.test('null in a required field, or in a list, is refused', async (t) => {
    for (const field of [...required, 'items[0]', 'payments[0]']) {
      checkRefused(t, await post('/v1/orders', withField(fullOrder, field, null)), {
        ...INVALID,
        message: new RegExp(`^The field ${field.replaceAll(/[[\].]/g, '\\$&')} `),
      })
    }
  })

  t.test('all of it fits', async (t) => {
    const { status } = await post(
      '/v1/orders',
      withField(fullOrder, 'payments[0].paymentIntentId', 'pi_fits'),
    )
    t.equal(status, 200)
  })

  t.test('a choice of fields of which none is there names them', async (t) => {
    checkRefused(
      t,
      await post('/v1/orders', withField(fullOrder, 'details', { orderType: 'DineIn' })),
      { ...INVALID, message: /details.*dineIn.*collection/ },
    )
  })

  t.test('a value that is not in the list says the list', async (t) => {
    checkRefused(
      t,
      await post('/v1/orders', withField(fullOrder, 'details.orderType', 'Delivery')),
      { ...INVALID, message: /^The field details\.orderType must be one of DineIn, Collection\.$/ },
    )
  })

  t.test('texts too long and too short', async (t) => {
    checkRefused(
      t,
      await post('/v1/orders', withField(fullOrder, 'taxLines[0].id', 'x'.repeat(61))),
      { ...INVALID, message: /taxLines\[0\]\.id.*60/ },
    )
    checkRefused(
      t,
      await post('/v1/orders', withField(fullOrder, 'totalAmount.currencyCode', '')),
      { ...INVALID, message: /totalAmount\.currencyCode/ },
    )
    checkRefused(
      t,
      await post('/v1/orders', withField(fullOrder, 'totalAmount.currencyCode', 'x'.repeat(11))),
      { ...INVALID, message: /totalAmount\.currencyCode/ },
    )
  })

  const ignored: { name: string; url: string; body: unknown }[] = [
    {
      name: 'CreateOrder',
      url: '/v1/orders',
      body: {
        ...fullOrder,
        dojoOrderId: 'dojo-unknown',
        payments: [],
        somethingNew: { a: [null] },
      },
    },
    {
      name: 'an item',
      url: '/v1/orders',
      body: {
        ...withField(fullOrder, 'items[0].somethingNew', 5),
        dojoOrderId: 'dojo-unknown-2',
        payments: [],
      },
    },
    { name: 'SearchOrders', url: '/v1/orders/search', body: { somethingNew: true } },
    {
      name: 'a cursor',
      url: '/v1/orders/search',
      body: { cursor: { limit: 1, somethingNew: true } },
    },
    { name: 'SearchTables', url: '/v1/tables/search', body: { table: 1 } },
    {
      name: 'the data of an event',
      url: '/v1/events',
      body: withField(event, 'data.somethingNew', { deep: [1] }),
    },
    { name: 'an event', url: '/v1/events', body: { ...event, id: 'evt_2', somethingNew: null } },
  ]
  for (const { name, url, body } of ignored) {
    t.test(`an unknown field of ${name} is ignored`, async (t) => {
      t.equal((await post(url, body)).status, 200)
    })
  }

  t.test('unknown fields are ignored where the schema is closed, too', async (t) => {
    const order = await newOrder(venue, 100)
    const customer = withField(fullOrder, 'customer.nickname', 'A')
    const created = await post('/v1/orders', {
      ...withField(customer, 'taxLines[0].rate', 20),
      dojoOrderId: 'dojo-unknown-3',
      payments: [],
    })
    t.equal(created.status, 200)
    const locked = await post(`/v1/orders/${order.id}/lock`, {
      lockId: 'l',
      expiry: inSeconds(60),
      waiterId: '42',
      orderId: 'ord_other',
    })
    t.equal(locked.status, 200, 'the waiter of a lock, as in a guide of Dojo')
    const extended = await raw(server, venue, {
      method: 'PUT',
      url: `/v1/orders/${order.id}/locks/l`,
      ...json({ expiry: inSeconds(60), lockId: 'other', more: { deep: [null] } }),
    })
    t.equal(extended.status, 200)
  })

  t.test('times may be written as RFC 3339 allows', async (t) => {
    const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
    for (const startTime of [
      '2026-03-06T19:00:00Z',
      '2026-03-06T19:00:00.1Z',
      '2026-03-06T19:00:00.123456Z',
      '2026-03-06T20:00:00+01:00',
      '2026-03-06T19:00:00-00:00',
      '2026-03-06t19:00:00z',
    ]) {
      const { status, body } = await venue.call('CreateParty', partyRequest([table], { startTime }))
      t.equal(status, 200, startTime)
      t.equal(body?.startTime?.slice(0, 19), '2026-03-06T19:00:00', startTime)
    }
  })

  t.test('what the path says is not taken from the body', async (t) => {
    const order = await newOrder(venue, 100)
    const other = await newOrder(venue, 100)
    const { status, error } = await raw(server, venue, {
      method: 'POST',
      url: `/v1/orders/${order.id}/record-payment`,
      ...json({ orderId: other.id, paymentIntentId: 'pi_path', paidAmount: gbp(100) }),
    })
    t.equal(status, 200)
    t.equal((error as unknown as { id: string }).id, order.id)
    t.equal(answered(await venue.call('GetOrderById', { orderId: other.id })).paidAmount!.value, 0)
  })
})

t.test('what is no JSON', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const post = (payload: string | Buffer) =>
    raw(server, venue, {
      method: 'POST',
      url: '/v1/orders/search',
      headers: { 'content-type': 'application/json' },
      payload,
    })

  const bodies: { name: string; payload: string | Buffer; message: RegExp }[] = [
    { name: 'nothing', payload: '', message: /body/ },
    { name: 'blanks', payload: '  ', message: /not JSON/ },
    { name: 'a word', payload: 'hello', message: /not JSON/ },
    { name: 'a cut object', payload: '{"payableOnly":true', message: /not JSON/ },
    { name: 'a comma too many', payload: '{"payableOnly":true,}', message: /not JSON/ },
    { name: 'something after it', payload: '{} {}', message: /not JSON/ },
    { name: 'single quotes', payload: "{'payableOnly':true}", message: /not JSON/ },
    { name: 'NaN', payload: '{"cursor":{"limit":NaN}}', message: /not JSON/ },
    {
      name: 'a control character in a text',
      payload: '{"dineIn":{"tableId":"a\u0000b"}}',
      message: /not JSON|U\+0000/,
    },
    { name: 'null', payload: 'null', message: /body must be an object, not null/ },
    { name: 'a text', payload: '"x"', message: /body must be an object, not a string/ },
    { name: 'a number', payload: '5', message: /body must be an object, not a number/ },
    { name: 'an array', payload: '[]', message: /body must be an object, not an array/ },
    { name: 'a form', payload: 'payableOnly=true', message: /not JSON/ },
    { name: 'NUL, escaped', payload: '{"dineIn":{"tableId":"a\\u0000b"}}', message: /U\+0000/ },
    { name: 'NUL in the name of a field', payload: '{"a\\u0000b":1}', message: /U\+0000/ },
    {
      name: 'nesting deeper than any message',
      payload: `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      message: /deeper/,
    },
    {
      name: 'nesting of objects',
      payload: `${'{"x":'.repeat(5000)}1${'}'.repeat(5000)}`,
      message: /deeper/,
    },
    {
      name: 'nesting that is never closed',
      payload: '['.repeat(200_000),
      message: /deeper|not JSON/,
    },
  ]
  for (const { name, payload, message } of bodies) {
    t.test(name, async (t) => {
      checkRefused(t, await post(payload), { ...INVALID, message })
    })
  }

  t.test('nesting as honest messages have it, and brackets in texts, are fine', async (t) => {
    t.equal((await post(`{"x":${'['.repeat(20)}${']'.repeat(20)}}`)).status, 200)
    t.equal((await post(JSON.stringify({ dineIn: { tableId: '[{"\\'.repeat(1000) } }))).status, 200)
  })

  t.test('no body at all', async (t) => {
    checkRefused(t, await raw(server, venue, { method: 'POST', url: '/v1/orders/search' }), INVALID)
  })

  t.test('names that JavaScript minds are only names', async (t) => {
    const answer = await post(
      '{"__proto__":{"payableOnly":"x"},"constructor":{"prototype":{"polluted":1}},"toString":1}',
    )
    t.equal(answer.status, 200)
    t.notOk('polluted' in {})
  })
})

t.test('text that cannot be stored as it is', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const escaped = (body: object): string => JSON.stringify(body).replaceAll('HALF', '\\ud83d')

  t.test('half of a surrogate pair is replaced in texts, and refused in ids', async (t) => {
    const bodies: [url: string, body: object][] = [
      [
        '/v1/orders',
        {
          ...fullOrder,
          payments: [],
          note: 'HALF',
          dojoOrderId: 'dojo-order',
          items: [{ name: 'aHALFb', plu: 'P1', quantity: 1, amountPerItem: gbp(1000) }],
        },
      ],
      [
        '/v1/parties',
        partyRequest([table], {
          dojoPartyId: 'dojo-party',
          name: 'HALF',
          guestRequests: 'xHALF',
          status: 'HALF',
        }),
      ],
      [
        '/v1/reservations',
        reservationRequest([table], { dojoReservationId: 'dojo-reservation', name: 'HALF' }),
      ],
      [
        '/v1/events',
        {
          ...event,
          id: 'evt-half',
          event: 'something.new',
          data: { HALF: ['HALF', { deep: 'HALF' }] },
        },
      ],
    ]
    for (const [url, body] of bodies) {
      const first = await raw(server, venue, { method: 'POST', url, ...json(escaped(body)) })
      t.equal(first.status, 200, url)
      t.ok(first.payload.isWellFormed())
      t.equal(
        (await raw(server, venue, { method: 'POST', url, ...json(escaped(body)) })).status,
        200,
        'the repeat too',
      )
    }
    t.strictSame(
      (await sql("SELECT data FROM dojo_events WHERE event_type = 'something.new'")).map(
        ({ data }) => data,
      ),
      [{ '\ufffd': ['\ufffd', { deep: '\ufffd' }] }],
    )
    const party = partyRequest([table], { dojoPartyId: 'dojo-HALF' })
    const refused = { method: 'POST' as const, url: '/v1/parties', ...json(escaped(party)) }
    checkRefused(t, await raw(server, venue, refused), { ...INVALID, message: /dojoPartyId/ })
    t.equal((await sql("SELECT 1 FROM parties WHERE name = '\ufffd'")).length, 1)
  })

  t.test('whole pairs, accents and combining characters come back as they went', async (t) => {
    const name = '🦁 Zoë Zoe\u0308 \u202e العربية \u0001'
    const { body } = await venue.call('CreateParty', partyRequest([table], { name }))
    t.equal(body.name, name)
    const { status, payload } = await raw(server, venue, {
      method: 'POST',
      url: '/v1/parties',
      ...json(
        JSON.stringify(partyRequest([table])).replace(
          '"tableIds"',
          '"name":"\\ud83e\\udd81","tableIds"',
        ),
      ),
    })
    t.equal(status, 200)
    t.match(payload, /🦁/)
  })

  t.test('bytes that are no UTF-8 are never a failure', async (t) => {
    const bytes = Buffer.concat([
      Buffer.from('{"dojoOrderId":"'),
      Buffer.from([0xff, 0xc0, 0x80]),
      Buffer.from(
        `",${JSON.stringify(orderRequest(100, {}))
          .replace(/"dojoOrderId":"[^"]*",/, '')
          .slice(1)}`,
      ),
    ])
    const { status } = await raw(server, venue, {
      method: 'POST',
      url: '/v1/orders',
      headers: { 'content-type': 'application/json' },
      payload: bytes,
    })
    t.ok([200, 400].includes(status), `status ${status}`)
  })

  t.test('ids of Dojo longer than any index takes are refused, naming the field', async (t) => {
    const long = randomBytes(9000).toString('base64')
    const order = await newOrder(venue, 100)
    const requests: [field: RegExp, options: InjectOptions][] = [
      [
        /dojoOrderId/,
        { method: 'POST', url: '/v1/orders', ...json({ ...orderRequest(100), dojoOrderId: long }) },
      ],
      [
        /paymentIntentId/,
        {
          method: 'POST',
          url: '/v1/orders',
          ...json({
            ...orderRequest(100),
            payments: [{ paymentIntentId: long, paidAmount: gbp(1) }],
          }),
        },
      ],
      [
        /paymentIntentId/,
        {
          method: 'POST',
          url: `/v1/orders/${order.id}/record-payment`,
          ...json({ paymentIntentId: long, paidAmount: gbp(1) }),
        },
      ],
      [
        /lockId/,
        {
          method: 'POST',
          url: `/v1/orders/${order.id}/lock`,
          ...json({ lockId: long, expiry: inSeconds(60) }),
        },
      ],
      [/\bid\b/, { method: 'POST', url: '/v1/events', ...json({ ...event, id: long }) }],
      [
        /paymentIntentId/,
        {
          method: 'POST',
          url: '/v1/events',
          ...json(withField(event, 'data.paymentIntentId', long)),
        },
      ],
    ]
    for (const [field, options] of requests) {
      checkRefused(t, await raw(server, venue, options), { ...INVALID, message: field })
    }
  })

  t.test('long texts elsewhere are taken', async (t) => {
    const guestRequests = randomBytes(50_000).toString('base64')
    const { status, body } = await venue.call(
      'CreateParty',
      partyRequest([table], { guestRequests }),
    )
    t.equal(status, 200)
    t.equal(body.guestRequests, guestRequests)
    t.equal((await venue.call('SearchParties', { tableId: guestRequests })).status, 200)
    t.equal((await venue.call('CreateParty', partyRequest([guestRequests]))).status, 400)
  })
})

t.test('what is no request that this server takes', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const send = (options: InjectOptions) => raw(server, venue, options)

  t.test('another media type', async (t) => {
    for (const type of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/vnd.api+json',
      'nonsense',
      '*/*',
    ]) {
      checkRefused(
        t,
        await send({
          method: 'POST',
          url: '/v1/orders/search',
          headers: { 'content-type': type },
          payload: '{}',
        }),
        { status: 415, errorType: 'InvalidRequest', message: /application\/json/ },
      )
    }
    checkRefused(
      t,
      await send({ method: 'POST', url: '/v1/orders/search', payload: Buffer.from('{}') }),
      { status: 415, errorType: 'InvalidRequest', message: /application\/json/ },
    )
  })

  t.test('the media type with a parameter, in any case', async (t) => {
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/json;charset=UTF-8',
    ]) {
      t.equal(
        (
          await send({
            method: 'POST',
            url: '/v1/orders/search',
            headers: { 'content-type': type },
            payload: '{}',
          })
        ).status,
        200,
        type,
      )
    }
  })

  t.test('a body that is too large, and one that is just not', async (t) => {
    const sized = (bytes: number): string => `{"x":"${'x'.repeat(bytes - 8)}"}`
    t.equal(
      (
        await send({
          method: 'POST',
          url: '/v1/orders/search',
          ...json(sized(limits.maxBodyBytes)),
        })
      ).status,
      200,
    )
    checkRefused(
      t,
      await send({
        method: 'POST',
        url: '/v1/orders/search',
        ...json(sized(limits.maxBodyBytes + 1)),
      }),
      { status: 413, errorType: 'InvalidRequest', message: /larger/ },
    )
  })

  t.test('an unknown route, saying which', async (t) => {
    for (const url of [
      '/v1/nothing',
      '/v1',
      '/v1/',
      '/v1/orders/x/nothing',
      '/v1/orders/x/locks',
      '/v1/Orders/x',
      '/v2/areas',
      '/nothing',
      '/',
      '/v1/areas/',
    ]) {
      checkRefused(t, await send({ url }), {
        status: 404,
        errorType: 'NotFound',
        message: new RegExp(`GET ${url}\\.$`),
      })
    }
    checkRefused(t, await send({ url: '/v1/orders/' }), { status: 404, errorType: 'NotFound' })
    checkRefused(t, await send({ method: 'POST', url: '/v1/nothing', ...json({ a: 1 }) }), {
      status: 404,
      errorType: 'NotFound',
      message: /POST \/v1\/nothing/,
    })
    checkRefused(
      t,
      await send({
        method: 'POST',
        url: '/v1/nothing',
        headers: { 'content-type': 'text/xml' },
        payload: '<a/>',
      }),
      { status: 404, errorType: 'NotFound', message: /POST \/v1\/nothing/ },
    )
    const { error } = await send({ url: '/v1/nothing?password=hidden' })
    t.notMatch(error.debugMessage, /hidden/, 'a query is not repeated')
  })

  const methods = new Map<string, string[]>()
  for (const { path, method } of operations) {
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  for (const [path, allowed] of methods) {
    t.test(`another method of ${path}`, async (t) => {
      const url = path.replaceAll(/\{\w+\}/g, 'x')
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
        if (allowed.includes(method) || (method === 'HEAD' && allowed.includes('GET'))) continue
        const answer = await send({
          method,
          url,
          ...(['GET', 'HEAD', 'OPTIONS'].includes(method) ? {} : json({})),
        })
        t.equal(answer.status, 405, method)
        const allow = String(answer.headers['allow'])
          .split(', ')
          .filter((each) => each !== 'HEAD')
        t.strictSame(allow.toSorted(), allowed.toSorted())
        if (method !== 'HEAD') {
          checkRefused(t, answer, {
            status: 405,
            errorType: 'NotFound',
            message: new RegExp(allowed[0]!),
          })
        }
      }
    })
  }

  t.test('HEAD where there is GET', async (t) => {
    const { status, payload } = await send({ method: 'HEAD', url: '/v1/areas' })
    t.equal(status, 200)
    t.equal(payload, '')
  })

  t.test(
    'an id longer than any id of this server is not found, or an invalid request',
    async (t) => {
      for (const length of [201, 1000, 8000]) {
        for (const options of [
          { url: `/v1/orders/${'x'.repeat(length)}` },
          { method: 'DELETE', url: `/v1/parties/${'x'.repeat(length)}` },
          { method: 'DELETE', url: `/v1/orders/x/locks/${'x'.repeat(length)}` },
        ] as InjectOptions[]) {
          const answer = await send(options)
          t.ok(
            [400, 404].includes(answer.status),
            `status ${answer.status} for ${length} characters`,
          )
          checkRefused(t, answer, {
            status: answer.status,
            errorType: answer.status === 404 ? 'NotFound' : 'InvalidRequest',
          })
        }
      }
    },
  )

  t.test('an id with NUL, which the database cannot compare', async (t) => {
    for (const [method, url] of [
      ['GET', '/v1/orders/a%00b'],
      ['DELETE', '/v1/parties/%00'],
      ['GET', '/v1/reservations/%00'],
      ['DELETE', '/v1/orders/x/locks/%00'],
      ['GET', '/v1/orders/%00/bill'],
    ] as const) {
      const answer = await send({ method, url })
      t.ok([400, 404].includes(answer.status), `status ${answer.status}`)
      checkRefused(t, answer, {
        status: answer.status,
        errorType: answer.status === 404 ? 'NotFound' : 'InvalidRequest',
      })
    }
  })

  t.test('percent-encoding that is none', async (t) => {
    for (const url of [
      '/v1/orders/%',
      '/v1/orders/%zz',
      '/v1/orders/%E0%A4%A',
      '/v1/parties/%ff',
      '/%',
    ]) {
      const answer = await send({ url })
      t.ok([400, 404].includes(answer.status), `status ${answer.status} for ${url}`)
      checkRefused(t, answer, {
        status: answer.status,
        errorType: answer.status === 404 ? 'NotFound' : 'InvalidRequest',
      })
    }
  })

  t.test('ids with anything else in them are ids that nobody has', async (t) => {
    for (const id of [
      "'; DROP TABLE orders; --",
      '%',
      '日本',
      '../areas',
      'a b',
      '\u{1f981}',
      '{orderId}',
      '$1',
    ]) {
      const { status, error } = await venue.call('GetOrderById', { orderId: id })
      t.equal(status, 404)
      t.equal(error.debugMessage, `There is no order with the id ${id} in this venue.`)
    }
  })
})

t.test('what fails in the server', async (t) => {
  const log = memoryLog()
  const secret = 'inner workings'
  const thrown: Record<string, unknown> = {
    error: new Error(secret),
    type: new TypeError(secret),
    text: secret,
    nothing: undefined,
    null: null,
    object: { statusCode: 418, message: secret },
  }
  const server = await startServer(t, {
    overrides: {
      logger: log.logger,
      handlers: {
        GetOrderById: async (_deps, _caller, { orderId }) => {
          throw thrown[orderId]
        },
        GetPartyById: async () => ({ tableIds: 5 }) as never,
        SearchTables: () => {
          throw new Error(secret)
        },
      },
    },
  })
  const { venue } = server

  for (const kind of ['error', 'type', 'text', 'nothing', 'null']) {
    t.test(
      `a handler that throws (${kind}) says nothing of the inside; the log does`,
      async (t) => {
        log.clear()
        const answer = await raw(server, venue, { url: `/v1/orders/${kind}` })
        checkRefused(t, answer, { status: 500, errorType: 'UnexpectedError' })
        t.notMatch(answer.payload, /inner|workings|stack|\.ts\b|node_modules/)
        const lines = log.lines().filter(({ level }) => level >= 50)
        t.ok(
          lines.some(({ traceId }) => traceId === answer.error.traceId),
          'the log has it under the trace id',
        )
        if (kind !== 'nothing' && kind !== 'null') t.match(log.text(), secret)
      },
    )
  }

  t.test('a handler that throws before it promises', async (t) => {
    const answer = await raw(server, venue, {
      method: 'POST',
      url: '/v1/tables/search',
      ...json({}),
    })
    checkRefused(t, answer, { status: 500, errorType: 'UnexpectedError' })
    t.notMatch(answer.payload, secret)
  })

  t.test('a handler whose answer does not fit the contract', async (t) => {
    const answer = await raw(server, venue, { url: '/v1/parties/x' })
    checkRefused(t, answer, { status: 500, errorType: 'UnexpectedError' })
  })

  t.test('the next request is answered', async (t) => {
    t.equal((await venue.call('ListAreas', {})).status, 200)
  })

  t.test('an error that the database gives is not shown', async (t) => {
    await server.sql('ALTER TABLE areas RENAME COLUMN position TO something_else')
    const answer = await raw(server, venue, { url: '/v1/areas' })
    checkRefused(t, answer, { status: 503, errorType: 'UnexpectedError' })
    t.notMatch(answer.payload, /areas|position|column|prisma/i)
  })
})

t.test('the database gone', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  await venue.call('ListAreas', {})
  const order = await newOrder(venue, 100)
  await dropDatabase(server)
  const requests: InjectOptions[] = [
    { url: '/v1/areas' },
    { url: `/v1/orders/${order.id}` },
    { method: 'POST', url: '/v1/orders', ...json(orderRequest(100)) },
    { method: 'POST', url: '/v1/parties', ...json(partyRequest(['x'])) },
    { method: 'DELETE', url: '/v1/reservations/x' },
    { method: 'POST', url: '/v1/events', ...json(event) },
    { method: 'POST', url: '/v1/tables/search', ...json({}) },
  ]
  for (const options of requests) {
    t.test(`${options.method ?? 'GET'} ${String(options.url)} answers 503`, async (t) => {
      const answer = await raw(server, venue, options)
      checkRefused(t, answer, { status: 503, errorType: 'UnexpectedError' })
      t.ok(Number(answer.headers['retry-after']) >= 1)
      t.notMatch(answer.payload, /database|postgres|connect/i)
    })
  }
  t.test('a credential that nobody has looked at is no wrong one', async (t) => {
    checkRefused(
      t,
      await raw(server, venue, {
        url: '/v1/areas',
        headers: { authorization: basic('unknown', 'x') },
      }),
      { status: 503, errorType: 'UnexpectedError' },
    )
  })
})

t.test('trace ids', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, {
    overrides: {
      logger: log.logger,
      handlers: {
        GetPartyById: async () => {
          throw new Error('bug')
        },
      },
    },
  })
  const { venue } = server
  const requests: { name: string; options: InjectOptions; status: number }[] = [
    { name: 'an answer', options: { url: '/v1/areas' }, status: 200 },
    { name: 'NotFound', options: { url: '/v1/orders/x' }, status: 404 },
    { name: 'a bug', options: { url: '/v1/parties/x' }, status: 500 },
    {
      name: 'a schema fault',
      options: { method: 'POST', url: '/v1/orders', ...json({ items: [] }) },
      status: 400,
    },
    { name: 'bad JSON', options: { method: 'POST', url: '/v1/orders', ...json('{') }, status: 400 },
    { name: 'an unknown route', options: { url: '/v1/nothing' }, status: 404 },
    { name: 'an unknown route outside', options: { url: '/nothing' }, status: 404 },
    { name: 'another method', options: { method: 'PATCH', url: '/v1/areas' }, status: 405 },
    {
      name: 'no credential',
      options: { url: '/v1/areas', headers: { authorization: '' } },
      status: 401,
    },
    {
      name: 'another media type',
      options: {
        method: 'POST',
        url: '/v1/orders',
        headers: { 'content-type': 'text/plain' },
        payload: 'x',
      },
      status: 415,
    },
    { name: 'percent-encoding that is none', options: { url: '/v1/orders/%zz' }, status: 400 },
    { name: 'health', options: { url: '/health/live' }, status: 200 },
  ]
  for (const { name, options, status } of requests) {
    t.test(
      `of ${name}: the same in the header, the body and the log, and a new one each time`,
      async (t) => {
        log.clear()
        const answer = await raw(server, venue, options)
        t.equal(answer.status, status)
        const traceId = String(answer.headers['trace-id'])
        t.match(traceId, /^[0-9a-f]{32}$/)
        if (status >= 400) t.equal(answer.error.traceId, traceId)
        t.strictSame(
          log.requests().map((line) => line.traceId),
          [traceId],
        )
        t.not((await raw(server, venue, options)).headers['trace-id'], traceId)
      },
    )
    t.test(`of ${name}: the caller's, when it sends a traceparent`, async (t) => {
      log.clear()
      const traceId = randomBytes(16).toString('hex')
      const answer = await raw(server, venue, {
        ...options,
        headers: { ...options.headers, traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      })
      t.equal(answer.headers['trace-id'], traceId)
      if (status >= 400) t.equal(answer.error.traceId, traceId)
      t.ok(log.requests().length === 1 && log.requests()[0]!.traceId === traceId)
    })
  }

  for (const traceparent of [
    '',
    'nonsense',
    '00-xyz-00f067aa0ba902b7-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ]) {
    t.test(
      `a traceparent that W3C Trace Context does not allow (${traceparent}) is not taken`,
      async (t) => {
        const traceId = String(
          (await raw(server, venue, { url: '/v1/areas', headers: { traceparent } })).headers[
            'trace-id'
          ],
        )
        t.match(traceId, /^[0-9a-f]{32}$/)
        t.notOk(traceparent.toLowerCase().includes(traceId))
      },
    )
  }
})

t.test('over a real connection', async (t) => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let entered = 0
  const server = await startServer(t, {
    overrides: {
      handlers: {
        ListAreas: async () => {
          entered++
          await held
          return []
        },
      },
    },
  })
  const { venue } = server
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.app.server.address() as AddressInfo
  const authorization = `authorization: ${basic(venue.username, venue.password)}\r\n`

  t.test('what is no HTTP', async (t) => {
    const { status, headers, body } = parseAnswer(await talk(port, 'hello there\r\n\r\n'))
    t.equal(status, 400)
    checkRefused(t, { status, headers, payload: body, error: JSON.parse(body) }, INVALID)
  })

  t.test('headers that are too large', async (t) => {
    const { status, headers, body } = parseAnswer(
      await talk(
        port,
        `GET /v1/areas HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(limits.maxHeaderBytes)}\r\n\r\n`,
      ),
    )
    t.equal(status, 431)
    checkRefused(
      t,
      { status, headers, payload: body, error: JSON.parse(body) },
      { status: 431, errorType: 'InvalidRequest' },
    )
  })

  t.test('a length that lies', async (t) => {
    const { status, headers, body } = parseAnswer(
      await talk(
        port,
        `POST /v1/orders/search HTTP/1.1\r\nhost: x\r\n${authorization}content-type: application/json\r\ncontent-length: abc\r\n\r\n{}`,
      ),
    )
    checkRefused(t, { status, headers, payload: body, error: JSON.parse(body) }, INVALID)
  })

  t.test(
    'while the server stops: what is in flight is answered, and says that its connection ends',
    async (t) => {
      const socket = connect(port, '127.0.0.1')
      const answers = collect(socket)
      socket.write(`GET /v1/areas HTTP/1.1\r\nhost: x\r\n${authorization}\r\n`)
      await until('the first request is in its handler', () => entered === 1)
      const closing = server.app.close()
      await until('the server no longer listens', () => !server.app.server.listening)
      socket.write(`GET /v1/areas HTTP/1.1\r\nhost: x\r\n${authorization}connection: close\r\n\r\n`)
      await until(
        'the second request has been read',
        () => socket.bytesWritten > 0 && socket.writableLength === 0,
      )
      release()
      const text = await answers
      await closing
      const { status, headers } = parseAnswer(text)
      t.equal(status, 200)
      t.equal(headers['connection'], 'close')
      t.equal(
        text.split('HTTP/1.1 ').length - 1,
        1,
        'what was sent behind it is for another connection',
      )
    },
  )
})

/** Everything that comes back over a connection until it ends. */
async function collect(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await new Promise<void>((resolve, reject) => {
    socket
      .once('close', () => {
        resolve()
      })
      .once('error', reject)
  })
  return text
}

async function talk(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const text = collect(socket)
  socket.end(request)
  return await text
}

function parseAnswer(text: string): {
  status: number
  headers: Record<string, string>
  body: string
} {
  const [head, ...rest] = text.split('\r\n\r\n')
  const [first, ...lines] = head!.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  return { status: Number(first!.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}
