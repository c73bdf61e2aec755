// One line per request that says who asked for what and what came of it; and what never stands in
// any line.
import t, { type Test } from 'tap'
import type { InjectOptions } from 'fastify'
import type { CapabilityName } from '../../../src/contract/capabilities.ts'
import { gbp, inSeconds, newOrder, newTables, orderRequest } from '../../support/orders.ts'
import { basic, startServer, type TestServer, type Venue } from '../../support/server.ts'
import {
  dropDatabase,
  json,
  memoryLog,
  newParty,
  newReservation,
  partyRequest,
  raw,
  reservationRequest,
  SEVEN,
  setRules,
  type MemoryLog,
} from '../../support/visits.ts'

const EMAIL = 'ada.lovelace@example.com'
const PHONE = '+447700900123'
const CARDS = ['4111111111111111', '5555-5555-5555-4444', '3782 822463 10005']
const PERSONAL = `Ada, ${EMAIL}, ${PHONE}, ${CARDS[0]!}`

/**
 * Nothing of the outside that has no place in a log stands in it, in whatever way it was written.
 */
function checkClean(t: Test, log: MemoryLog, { username, password }: Venue): void {
  const text = log.text()
  const digits = text.replaceAll(/(?<=\d)[ -](?=\d)/g, '').replaceAll('%20', '')
  const found = [
    ['the password', text.includes(password)],
    [
      'Authorization',
      text.includes(basic(username, password).slice('Basic '.length)) ||
        /"authorization"/i.test(text),
    ],
    ['an e-mail address', /ada\.lovel/i.test(text)],
    ['a phone number', /447700900|7700 900/.test(text)],
    ...CARDS.map(
      (card) =>
        [
          'a card number, or most of it',
          digits.includes(card.replaceAll(/\D/g, '').slice(0, 12)),
        ] as const,
    ),
  ]
    .filter(([, leaked]) => leaked)
    .map(([what]) => what)
  t.strictSame(found, [], 'what stands in the log and should not', { text })
}

/** Each operation as Dojo might call it, with personal data wherever the contract takes text. */
async function calls(server: TestServer, venue: Venue): Promise<[CapabilityName, object][]> {
  const [table] = (await newTables(server, venue, [`Table ${Math.random()}`])) as [string]
  const order = await newOrder(venue, 1000)
  const locked = await newOrder(venue, 1000)
  await venue.call('CreateOrderLock', {
    orderId: locked.id,
    lockId: 'lock-1',
    expiry: inSeconds(60),
  })
  const party = await newParty(venue, [table], { dojoPartyId: `dojo-${order.id}` })
  const reservation = await newReservation(venue, [table], {
    dojoReservationId: `dojo-${order.id}`,
  })
  const texts = { name: PERSONAL, hostNotes: PERSONAL, guestRequests: PERSONAL }
  const customer = { id: PERSONAL, name: PERSONAL, emailAddress: EMAIL, phoneNumber: PHONE }
  const data = {
    paymentIntentId: PERSONAL,
    paymentStatus: PERSONAL,
    captureMode: PERSONAL,
    customer,
  }
  return [
    ['ListAreas', {}],
    ['SearchTables', { areaId: PERSONAL, waiterId: PERSONAL }],
    [
      'HandleEvent',
      {
        id: `evt_${order.id}`,
        accountId: PERSONAL,
        event: 'something.new',
        createdAt: SEVEN,
        data,
      },
    ],
    [
      'CreateOrder',
      orderRequest(1000, {
        totalAmount: gbp(1001),
        customer,
        note: PERSONAL,
        reference: PERSONAL,
        displayName: PERSONAL,
        items: [
          { name: PERSONAL, plu: PERSONAL, quantity: 1, note: PERSONAL, amountPerItem: gbp(1000) },
        ],
      }),
    ],
    ['SearchOrders', { dineIn: { tableId: PERSONAL, waiterId: PERSONAL } }],
    ['GetOrderById', { orderId: order.id }],
    ['GetOrderBillById', { orderId: order.id }],
    ['CreateOrderLock', { orderId: order.id, lockId: 'lock-2', expiry: inSeconds(60) }],
    ['ExtendOrderLock', { orderId: order.id, lockId: 'lock-2', expiry: inSeconds(90) }],
    ['CreateOrderLock', { orderId: order.id, lockId: 'lock-3', expiry: inSeconds(60) }],
    ['DeleteOrderLock', { orderId: order.id, lockId: 'lock-2' }],
    [
      'RecordOrderPaymentById',
      {
        orderId: order.id,
        paymentIntentId: `pi_${order.id}`,
        paidAmount: gbp(400),
        note: PERSONAL,
      },
    ],
    [
      'RecordOrderPaymentById',
      { orderId: order.id, paymentIntentId: 'pi_more', paidAmount: gbp(4000) },
    ],
    ['CancelOrderById', { orderId: order.id }],
    ['CancelOrderById', { orderId: locked.id }],
    [
      'CreateParty',
      partyRequest([table], {
        ...texts,
        status: PERSONAL,
        deposit: { totalAmount: gbp(1), description: PERSONAL, paymentIntentIds: [PERSONAL] },
      }),
    ],
    ['CreateParty', partyRequest([table], { ...texts, dojoPartyId: `dojo-${order.id}` })],
    ['GetPartyById', { partyId: party.id }],
    [
      'UpdateParty',
      {
        ...partyRequest([table], { ...texts, dojoPartyId: `dojo-${order.id}` }),
        partyId: party.id,
        status: PERSONAL,
      },
    ],
    ['SearchParties', { tableId: PERSONAL }],
    ['DeletePartyById', { partyId: party.id }],
    ['CreateReservation', reservationRequest([table], texts)],
    [
      'CreateReservation',
      reservationRequest([table], { ...texts, dojoReservationId: `dojo-${order.id}` }),
    ],
    ['GetReservationById', { reservationId: reservation.id }],
    [
      'UpdateReservation',
      {
        ...reservationRequest([table], { ...texts, dojoReservationId: `dojo-${order.id}` }),
        reservationId: reservation.id,
      },
    ],
    ['SearchReservations', { tableId: PERSONAL }],
    ['DeleteReservationById', { reservationId: reservation.id }],
  ]
}

t.test('one line per request', async (t) => {
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
  const headers = { 'waiter-id': '42', 'device-id': 'tm_7' }
  const order = await newOrder(venue, 1000)

  const cases: { name: string; options: InjectOptions; status: number; line: object }[] = [
    {
      name: 'an answer',
      options: { url: `/v1/orders/${order.id}` },
      status: 200,
      line: { capability: 'GetOrderById', method: 'GET', level: 30 },
    },
    {
      name: 'NotFound',
      options: { url: '/v1/orders/x' },
      status: 404,
      line: { capability: 'GetOrderById', errorType: 'NotFound', debugMessage: /id x/ },
    },
    {
      name: 'a refusal',
      options: {
        method: 'POST',
        url: `/v1/orders/${order.id}/record-payment`,
        ...json({ paymentIntentId: 'pi', paidAmount: gbp(1001) }),
      },
      status: 409,
      line: {
        capability: 'RecordOrderPaymentById',
        errorType: 'Conflict',
        debugMessage: /10\.00 GBP/,
      },
    },
    {
      name: 'a schema fault',
      options: { method: 'POST', url: '/v1/orders', ...json({ items: [] }) },
      status: 400,
      line: { capability: 'CreateOrder', errorType: 'InvalidRequest', debugMessage: /missing/ },
    },
    {
      name: 'bad JSON',
      options: { method: 'POST', url: '/v1/orders', ...json('{') },
      status: 400,
      line: { capability: 'CreateOrder', errorType: 'InvalidRequest' },
    },
    {
      name: 'another method',
      options: { method: 'PATCH', url: '/v1/areas' },
      status: 405,
      line: { errorType: 'NotFound', method: 'PATCH' },
    },
    {
      name: 'an unknown route',
      options: { url: '/v1/nothing' },
      status: 404,
      line: { errorType: 'NotFound' },
    },
    {
      name: 'a bug',
      options: { url: '/v1/parties/x' },
      status: 500,
      line: { capability: 'GetPartyById', errorType: 'UnexpectedError', level: 50 },
    },
  ]
  for (const { name, options, status, line } of cases) {
    t.test(`for ${name}, with trace id, venue, capability, waiter and device`, async (t) => {
      log.clear()
      const answer = await raw(server, venue, {
        ...options,
        headers: { ...options.headers, ...headers },
      })
      t.equal(answer.status, status)
      t.equal(log.requests().length, 1)
      t.match(log.requests()[0], {
        ...line,
        status,
        traceId: answer.headers['trace-id'],
        venue: venue.locationId,
        waiter: '42',
        device: 'tm_7',
      })
      t.equal(
        log.lines().length,
        status === 500 ? 2 : 1,
        'and no other, but for the particulars of a bug',
      )
    })
  }

  t.test('for a payment, with its order and its intent, whatever they are', async (t) => {
    const record = async (orderId: string, body: object): Promise<object> => {
      log.clear()
      await raw(server, venue, {
        method: 'POST',
        url: `/v1/orders/${orderId}/record-payment`,
        ...json(body),
      })
      return log.requests()[0]!
    }
    t.match(await record(order.id, { paymentIntentId: 'pi_logged', paidAmount: gbp(400) }), {
      status: 200,
      orderId: order.id,
      paymentIntentId: 'pi_logged',
    })
    t.match(await record(order.id, { paymentIntentId: 'pi_more', paidAmount: gbp(4_000) }), {
      status: 409,
      orderId: order.id,
      paymentIntentId: 'pi_more',
    })
    t.match(await record(order.id, { paymentIntentId: { deep: 'pi' }, paidAmount: gbp(1) }), {
      status: 400,
      orderId: order.id,
      paymentIntentId: undefined,
    })
    t.match(
      await record('ord_none', { paymentIntentId: `${EMAIL} ${CARDS[0]!}`, paidAmount: gbp(1) }),
      { status: 404, orderId: 'ord_none', paymentIntentId: '(e-mail) (card number)' },
    )
    for (const body of ['', '{', 'null', '7']) {
      log.clear()
      await raw(server, venue, {
        method: 'POST',
        url: `/v1/orders/${order.id}/record-payment`,
        payload: body,
        headers: { 'content-type': 'application/json' },
      })
      t.match(log.requests(), [{ status: 400, orderId: order.id }], body)
    }
    log.clear()
    await raw(server, venue, { url: `/v1/orders/${order.id}` })
    t.notOk('orderId' in log.requests()[0]!, 'not of other calls')
  })

  t.test('for a webhook that is not signed, with the venue of its URL', async (t) => {
    for (const [locationId, venueInUrl] of [
      [venue.locationId, venue.locationId],
      [EMAIL, '(e-mail)'],
    ] as const) {
      log.clear()
      await server.app.inject({ method: 'POST', url: `/webhooks/dojo/${locationId}`, payload: {} })
      t.match(log.requests()[0], {
        status: 401,
        errorType: 'InvalidRequest',
        reason: 'signature',
        venueInUrl,
      })
      t.notOk('venue' in log.requests()[0]!, 'which is not known to be the one')
    }
  })

  t.test('for a wrong credential, without a venue', async (t) => {
    log.clear()
    await raw(server, venue, {
      url: '/v1/areas',
      headers: { authorization: basic(venue.username, 'wrong') },
    })
    t.equal(log.lines().length, 1)
    t.match(log.requests()[0], { status: 401, capability: 'ListAreas' })
    t.notOk('venue' in log.requests()[0]!)
  })

  t.test('for health and metrics too, without a capability', async (t) => {
    for (const url of ['/health/live', '/health/ready', '/metrics']) {
      log.clear()
      await raw(server, venue, { url })
      t.equal(log.requests().length, 1)
      t.match(log.requests()[0], { status: 200 })
      t.notOk('capability' in log.requests()[0]!)
    }
  })

  t.test('a bug has its particulars in the log', async (t) => {
    log.clear()
    await raw(server, venue, { url: '/v1/parties/x' })
    t.match(log.text(), /"type":"Error","message":"bug",.*"stack":" +at .*logging\.test/)
  })
})

t.test('what never stands in a log', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { overrides: { logger: log.logger } })
  const { venue, sql } = server

  t.test('of all operations, well and refused', async (t) => {
    const all = await calls(server, venue)
    t.equal(new Set(all.map(([name]) => name)).size, 22, 'every operation is called')
    log.clear()
    for (const [name, input] of all) await venue.call(name, input as never)
    t.equal(log.requests().length, all.length)
    checkClean(t, log, venue)
  })

  t.test('in headers', async (t) => {
    log.clear()
    for (const text of [
      ...CARDS,
      EMAIL,
      `${'x'.repeat(84)} ${CARDS[0]!}`,
      `${'x'.repeat(80)} ${EMAIL}`,
      `${'x '.repeat(45)}${CARDS[2]!}`,
    ]) {
      await raw(server, venue, {
        url: '/v1/areas',
        headers: {
          'waiter-id': text,
          'device-id': text,
          'device-type': text,
          'dojo-requesting-product': text,
          'user-agent': text,
          cookie: text,
          'x-forwarded-for': text,
        },
      })
    }
    t.equal(log.requests().length, 7)
    checkClean(t, log, venue)
  })

  t.test('in a refusal that repeats a header', async (t) => {
    await setRules(server, venue, { waiterAccess: true })
    log.clear()
    for (const text of [
      ...CARDS,
      EMAIL,
      `${'x'.repeat(500 - 'The header waiter-id is '.length - 13)} ${CARDS[0]!}`,
    ]) {
      const { status } = await venue.call('SearchOrders', {}, { 'waiter-id': text })
      t.equal(status, 400)
    }
    await setRules(server, venue, { waiterAccess: false })
    checkClean(t, log, venue)
  })

  t.test('in URLs, and in refusals that repeat them', async (t) => {
    log.clear()
    for (const text of [...CARDS, EMAIL]) {
      const part = encodeURIComponent(text)
      for (const url of [
        `/v1/orders/${part}`,
        `/v1/parties/${part}`,
        `/v1/reservations/${part}`,
        `/v1/orders/x/locks/${part}`,
        `/v1/${part}`,
        `/v1/orders/x/${part}`,
        `/${part}`,
        `/v1/areas?x=${part}`,
        `/${part}?x=${part}`,
      ]) {
        await raw(server, venue, { url })
        await raw(server, venue, { method: 'DELETE', url })
      }
      await raw(server, venue, { url: `/v1/${text.replaceAll(' ', '%20')}` })
      await venue.call('ExtendOrderLock', {
        orderId: (await newOrder(venue, 100)).id,
        lockId: text,
        expiry: inSeconds(60),
      })
    }
    t.ok(log.requests().length >= 76)
    checkClean(t, log, venue)
  })

  t.test('in bodies that are refused', async (t) => {
    const order = orderRequest(1000, {
      customer: { emailAddress: EMAIL, phoneNumber: PHONE },
      note: PERSONAL,
    })
    const text = JSON.stringify(order)
    const bodies = [
      { ...order, customer: { emailAddress: [EMAIL], phoneNumber: PHONE } },
      { ...order, customer: PERSONAL },
      { ...order, details: { orderType: PERSONAL } },
      { ...order, items: PERSONAL },
      {
        ...order,
        details: { orderType: 'DineIn', dineIn: { tableId: PERSONAL.replace(PHONE, '') } },
      },
      // What a parser says of broken JSON may quote what stands beside the fault.
      text.replace(`"${PHONE}"`, PHONE),
      text.replace(`"${PHONE}"`, `"${PHONE}'`),
      text.replace(`"${EMAIL}"`, EMAIL),
      text.replace(`"${PHONE}"`, `"${PHONE}" "`),
      `{"customer":{"phoneNumber":${PHONE}}}`,
      `${PHONE} is the number`,
      `{"phoneNumber":"${PHONE}"`,
      `{"card":${CARDS[1]!}}`,
      `{"e-mail":${EMAIL}}`,
    ]
    const statusOf = async (body: object | string): Promise<number> =>
      (await raw(server, venue, { method: 'POST', url: '/v1/orders', ...json(body) })).status
    log.clear()
    for (const body of bodies) t.equal(await statusOf(body), 400)
    const unknownField = orderRequest(1000, { customer: { [EMAIL]: PHONE } as object })
    t.equal(await statusOf(unknownField), 200, 'a field that the contract does not have')
    t.equal(log.requests().length, bodies.length + 1)
    checkClean(t, log, venue)
  })

  t.test('of credentials, wrong ones too', async (t) => {
    log.clear()
    const wrong = 'hunter2-hunter2-hunter2'
    for (const authorization of [
      basic(venue.username, wrong),
      `Bearer ${wrong}`,
      wrong,
      `Basic ${wrong}`,
    ]) {
      await raw(server, venue, { url: '/v1/areas', headers: { authorization } })
    }
    await raw(server, venue, {
      url: '/v1/areas',
      headers: { 'proxy-authorization': basic(venue.username, venue.password) },
    })
    t.equal(log.requests().length, 5)
    t.notMatch(log.text(), /hunter2/)
    t.notOk(log.text().includes(Buffer.from(`:${wrong}`).toString('base64').slice(4, 20)))
    checkClean(t, log, venue)
  })

  t.test('when the database refuses', async (t) => {
    // A rule of the database that the server does not know: the refusal of PostgreSQL quotes the
    // whole row.
    await sql(
      "ALTER TABLE orders ADD CONSTRAINT test_orders_check CHECK (reference IS DISTINCT FROM 'refuse')",
    )
    await sql(
      'ALTER TABLE parties ADD CONSTRAINT test_parties_check CHECK (host_notes IS NULL) NOT VALID',
    )
    await sql(
      'ALTER TABLE reservations ADD CONSTRAINT test_reservations_check CHECK (host_notes IS NULL) NOT VALID',
    )
    await sql(
      "ALTER TABLE dojo_events ADD CONSTRAINT test_events_check CHECK (event_type <> 'refuse')",
    )
    const [table] = (await newTables(server, venue, ['Refused'])) as [string]
    const personal: [CapabilityName, object][] = [
      [
        'CreateOrder',
        orderRequest(1000, {
          reference: 'refuse',
          customer: { emailAddress: EMAIL, phoneNumber: PHONE },
          note: PERSONAL,
        }),
      ],
      ['CreateParty', partyRequest([table], { hostNotes: PERSONAL })],
      ['CreateReservation', reservationRequest([table], { hostNotes: PERSONAL })],
      [
        'HandleEvent',
        {
          id: 'evt_refuse',
          accountId: 'a',
          event: 'refuse',
          createdAt: SEVEN,
          data: { customer: PERSONAL },
        },
      ],
    ]
    for (const [name, input] of personal) {
      t.test(name, async (t) => {
        log.clear()
        const { status } = await venue.call(name, input as never)
        t.equal(status, 500)
        t.match(log.text(), /test_\w+_check/, 'the log says which rule it was')
        checkClean(t, log, venue)
      })
    }
  })
})

t.test('what never stands in a log when a handler throws', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, {
    overrides: {
      logger: log.logger,
      handlers: {
        CreateOrder: async (_deps, _caller, input) => {
          throw Object.assign(new Error('cannot handle it'), {
            input,
            request: { body: input, headers: { phone: PHONE } },
          })
        },
        GetOrderById: async () => {
          throw new Error(`cannot handle ${EMAIL}, ${CARDS[0]!}`)
        },
        GetPartyById: async (_deps, caller) => {
          throw new Error('outer', {
            cause: Object.assign(new Error(`inner ${EMAIL}`), { caller, phone: PHONE }),
          })
        },
        GetReservationById: async () => {
          throw Object.assign(new AggregateError([new Error(EMAIL)], 'several'), {
            detail: `Failing row contains (${EMAIL}, ${PHONE})`,
          })
        },
      },
    },
  })
  const { venue } = server
  const cases: [CapabilityName, object, RegExp][] = [
    [
      'CreateOrder',
      orderRequest(1000, { customer: { emailAddress: EMAIL, phoneNumber: PHONE }, note: PERSONAL }),
      /cannot handle it/,
    ],
    ['GetOrderById', { orderId: 'x' }, /cannot handle/],
    ['GetPartyById', { partyId: 'x' }, /outer/],
    ['GetReservationById', { reservationId: 'x' }, /several/],
  ]
  for (const [name, input, message] of cases) {
    t.test(name, async (t) => {
      log.clear()
      t.equal((await venue.call(name, input as never)).status, 500)
      t.match(log.text(), message, 'the log has the error')
      t.match(log.text(), /logging\.test\.ts/, 'and where it was')
      checkClean(t, log, venue)
    })
  }
})

t.test('what never stands in a log when the database is gone', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { overrides: { logger: log.logger } })
  const { venue } = server
  await venue.call('ListAreas', {})
  await dropDatabase(server)
  log.clear()
  for (const [name, input] of [
    ['CreateOrder', orderRequest(1000, { customer: { emailAddress: EMAIL, phoneNumber: PHONE } })],
    ['ListAreas', {}],
  ] as [CapabilityName, object][]) {
    t.equal((await venue.call(name, input as never)).status, 503)
  }
  t.equal(log.requests().length, 2)
  t.notOk(
    log.text().includes(decodeURIComponent(new URL(server.databaseUrl).password)),
    'the password of the database',
  )
  checkClean(t, log, venue)
})
