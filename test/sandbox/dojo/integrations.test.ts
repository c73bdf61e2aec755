// What an EPOS registers and reads back, and that nothing else is called.
import t from 'tap'
import {
  capabilities as known,
  capabilityNames,
  registerableNames,
} from '../../../src/contract/capabilities.ts'
import { startSandbox, type Body, type StartedSandbox } from '../support/dojo.ts'
import { startEpos } from '../support/epos.ts'
import { bodyOf, startRegistered } from '../support/registered.ts'

const v1 = (...names: string[]): object[] => names.map((name) => ({ name, version: 'v1' }))
const rest = (capabilities: object[], more: object = {}): object => ({
  url: 'https://epos.example.com/dojo',
  auth: { authType: 'basic', basic: { username: 'dojo', password: 'very secret' } },
  capabilities,
  ...more,
})
const namesOf = ({ body }: { body: Body }): string[] =>
  body[0].capabilities.map(({ name }: { name: string }) => name)
const PREVIEW = ['AddOrderItems', 'CalculateOrder', 'SubmitCalculatedOrder', 'SearchMenus']

t.test('a new account has nothing registered', async (t) => {
  const { call } = await startSandbox(t)
  t.match(await call('GET', '/epos/integrations'), { status: 200 })
  t.strictSame((await call('GET', '/epos/integrations')).body, {
    restIntegrations: [],
    wsIntegrations: [],
  })
  for (const path of ['rest', 'ws', 'dojo']) {
    t.strictSame((await call('GET', `/epos/integrations/${path}`)).body, [])
  }
})

t.test('a REST registration can be read, without the password', async (t) => {
  const { call } = await startSandbox(t)
  const put = await call('PUT', '/epos/integrations/rest', rest(v1('SearchOrders', 'GetOrderById')))
  t.equal(put.status, 200)
  t.match(put.body, [
    {
      url: 'https://epos.example.com/dojo',
      auth: { authType: 'basic', basic: { username: 'dojo' } },
      capabilities: [
        { name: 'SearchOrders', version: 'v1', updatedAt: String },
        { name: 'GetOrderById', version: 'v1', updatedAt: String },
      ],
      createdAt: String,
    },
  ])
  t.strictSame((await call('GET', '/epos/integrations/rest')).body, put.body)
  t.strictSame((await call('GET', '/epos/integrations')).body, {
    restIntegrations: put.body,
    wsIntegrations: [],
  })
  for (const path of ['/epos/integrations', '/epos/integrations/rest', '/sandbox/log']) {
    t.notMatch(JSON.stringify((await call('GET', path)).body), /very secret/, path)
  }
})

t.test('a WebSocket registration is separate from it', async (t) => {
  const { call } = await startSandbox(t)
  const put = await call('PUT', '/epos/integrations/ws', { capabilities: v1('ListAreas') })
  t.match(put, {
    status: 200,
    body: [
      {
        capabilities: [{ name: 'ListAreas', version: 'v1', updatedAt: String }],
        createdAt: String,
      },
    ],
  })
  t.strictSame((await call('GET', '/epos/integrations/ws')).body, put.body)
  t.strictSame((await call('GET', '/epos/integrations/rest')).body, [])
  const { body: restIntegrations } = await call(
    'PUT',
    '/epos/integrations/rest',
    rest(v1('GetOrderById')),
  )
  t.strictSame((await call('GET', '/epos/integrations')).body, {
    restIntegrations,
    wsIntegrations: put.body,
  })
})

for (const path of ['rest', 'ws']) {
  t.test(`${path}: every name that Dojo accepts can be registered`, async (t) => {
    const { call } = await startSandbox(t)
    const names = [...registerableNames, ...PREVIEW]
    const put = await call('PUT', `/epos/integrations/${path}`, rest(v1(...names)))
    t.equal(put.status, 200)
    t.strictSame(namesOf(put), names)
  })

  t.test(`${path}: legacy names become those of today`, async (t) => {
    const { call } = await startSandbox(t)
    for (const name of capabilityNames.filter((name) => known[name].legacyName !== undefined)) {
      t.strictSame(
        namesOf(await call('PUT', `/epos/integrations/${path}`, rest(v1(known[name].legacyName!)))),
        [name],
        name,
      )
    }
    t.strictSame(
      namesOf(
        await call(
          'PUT',
          `/epos/integrations/${path}`,
          rest(v1('GetOrderBill', 'GetOrderBillById', 'RecordOrderPayment', 'GetOrderBill')),
        ),
      ),
      ['GetOrderBillById', 'RecordOrderPaymentById'],
      'and each is there once',
    )
  })

  t.test(`${path}: an empty list is answered with 200 and changes nothing`, async (t) => {
    const { call } = await startSandbox(t)
    t.match(
      await call('PUT', `/epos/integrations/${path}`, rest([])),
      { status: 200, body: [] },
      'when nothing was registered',
    )
    const { body: before } = await call(
      'PUT',
      `/epos/integrations/${path}`,
      rest(v1('GetOrderById')),
    )
    const put = await call(
      'PUT',
      `/epos/integrations/${path}`,
      rest([], { url: 'https://elsewhere.example.com' }),
    )
    t.equal(put.status, 200)
    t.strictSame(put.body, before)
    t.strictSame((await call('GET', `/epos/integrations/${path}`)).body, before)
  })

  t.test(`${path}: each registration is the whole of it`, async (t) => {
    const { call, sandbox } = await startSandbox(t)
    const {
      body: [{ createdAt }],
    } = await call('PUT', `/epos/integrations/${path}`, rest(v1('GetOrderById', 'SearchOrders')))
    await sandbox.simulation.clock.advance(60_000)
    const put = await call('PUT', `/epos/integrations/${path}`, rest(v1('ListAreas')))
    t.strictSame(namesOf(put), ['ListAreas'])
    t.equal(put.body[0].createdAt, createdAt, 'made when the first was')
    t.ok(
      Date.parse(put.body[0].capabilities[0].updatedAt) >= Date.parse(createdAt) + 60_000,
      'updated now',
    )
  })

  t.test(`${path}: what is refused changes nothing`, async (t) => {
    const { call } = await startSandbox(t)
    const { body: before } = await call(
      'PUT',
      `/epos/integrations/${path}`,
      rest(v1('GetOrderById')),
    )
    const lists = [
      v1('GetOrderByIdV1'),
      v1('getOrderById'),
      v1('HandleEvent'),
      v1('HandleEvent:payment_intent.send-receipt'),
      v1(''),
      v1('__proto__'),
      v1('SearchOrders', 'Unknown'),
      [{ name: 'GetOrderById', version: 'v2' }],
      [{ name: 'GetOrderById', version: 'V1' }],
      [{ name: 'GetOrderById' }],
      [{ version: 'v1' }],
      ['GetOrderById'],
      [null],
    ]
    for (const list of lists) {
      t.equal(
        (await call('PUT', `/epos/integrations/${path}`, rest(list as object[]))).status,
        400,
        JSON.stringify(list),
      )
      t.strictSame((await call('GET', `/epos/integrations/${path}`)).body, before, 'as before')
    }
  })
}

const wrongAddresses: object[] = [
  { url: '' },
  { url: 'epos.example.com' },
  { url: 'ftp://epos.example.com' },
  { url: 'file:///etc/passwd' },
  { url: 'javascript:alert(1)' },
  { url: 'http://' },
  { url: null },
  { auth: { authType: 'basic' } },
  { auth: { authType: 'bearer', basic: { username: 'a', password: 'b' } } },
  { auth: { authType: 'basic', basic: { username: 'a' } } },
  { auth: {} },
]

t.test('an unusable address or credential is refused', async (t) => {
  const { call } = await startSandbox(t)
  for (const more of wrongAddresses) {
    t.equal(
      (await call('PUT', '/epos/integrations/rest', rest(v1('GetOrderById'), more))).status,
      400,
      JSON.stringify(more),
    )
  }
  t.strictSame((await call('GET', '/epos/integrations/rest')).body, [])
})

// --- what is called

const happens = async ({ call, sandbox }: StartedSandbox, orderId: string): Promise<void> => {
  await call('POST', '/epos/events', { eventType: 'OrderUpdated', event: { orderId } })
  const {
    body: { id },
  } = await call('POST', '/payment-intents', {
    amount: { value: 100, currencyCode: 'GBP' },
    reference: orderId,
  })
  await call('POST', `/sandbox/payment-intents/${id}/pay`)
  await sandbox.simulation.clock.idle()
}

const registrations: Array<[string[], string[]]> = [
  [['SearchOrders'], []],
  [['GetOrderById'], ['GetOrderById']],
  [['HandleEvent:payment_intent.created'], ['HandleEvent created']],
  [['HandleEvent:payment_intent.status_updated'], ['HandleEvent status_updated']],
  [
    [
      'GetOrderById',
      'HandleEvent:payment_intent.created',
      'HandleEvent:payment_intent.status_updated',
    ],
    ['GetOrderById', 'HandleEvent created', 'HandleEvent status_updated'],
  ],
]

for (const [names, expected] of registrations) {
  t.test(
    `with ${names.join(', ')} registered, ${expected.length === 0 ? 'nothing else is called' : 'that is called and nothing else'}`,
    async (t) => {
      const started = await startSandbox(t)
      const epos = await startRegistered(t, started, names)
      await happens(started, epos.addOrder())
      const called = epos.seen.map(({ capability, body }) =>
        capability === 'HandleEvent'
          ? `HandleEvent ${(body as { event: string }).event.split('.')[1]}`
          : capability,
      )
      t.strictSame(called.sort(), expected)
    },
  )
}

t.test('a capability that is no longer registered is not called', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, [
    'GetOrderById',
    'HandleEvent:payment_intent.created',
  ])
  await started.call('PUT', '/epos/integrations/rest', bodyOf(epos, ['SearchOrders']))
  await happens(started, epos.addOrder())
  t.strictSame(epos.seen, [])
})

t.test('the EPOS of one account gets no calls for another', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, [
    'GetOrderById',
    'HandleEvent:payment_intent.created',
  ])
  const other: StartedSandbox = {
    ...started,
    call: async (method, path, body, headers) =>
      await started.call(method, path, body, {
        authorization: 'Basic sk_sandbox_other',
        ...headers,
      }),
  }
  await happens(other, epos.addOrder())
  t.strictSame(epos.seen, [])
})

t.test('a call carries the credential, the path below the url, and the product', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, ['GetOrderById'])
  await happens(started, epos.addOrder({ id: 'ord/1 ä' }))
  t.match(epos.seen, [
    {
      capability: 'GetOrderById',
      headers: {
        authorization: `Basic ${Buffer.from('dojo:secret').toString('base64')}`,
        'dojo-requesting-product': 'Bookings',
      },
    },
  ])
  t.match((await started.call('GET', '/sandbox/log')).body, /Bookings read the order ord\/1 ä/)
})

t.test('a new address moves the calls there', async (t) => {
  const started = await startSandbox(t)
  const first = await startRegistered(t, started, ['GetOrderById'])
  const second = await startEpos({ password: 'another' })
  t.teardown(second.close)
  const orderId = first.addOrder({ id: 'ord-1' })
  second.addOrder({ id: 'ord-1' })
  await happens(started, orderId)
  await started.call('PUT', '/epos/integrations/rest', bodyOf(second, ['GetOrderById']))
  await happens(started, orderId)
  t.strictSame([first.seen.length, second.seen.length], [1, 1])
})
