// Faults on demand: what each does, where it hits, and that a seed repeats a run.
import t, { type Test } from 'tap'
import { faultKinds, type Fault } from '../../../src/sandbox/kit/faults.ts'
import { startSandbox, type Answer, type Body, type StartedSandbox } from '../support/dojo.ts'
import type { InMemoryEpos } from '../support/epos.ts'
import { startReceiver } from '../support/receiver.ts'
import { startRegistered } from '../support/registered.ts'

const PAY_AT_TABLE = [
  'SearchOrders',
  'GetOrderById',
  'RecordOrderPaymentById',
  'CreateOrderLock',
  'ExtendOrderLock',
  'DeleteOrderLock',
  'HandleEvent:payment_intent.created',
  'HandleEvent:payment_intent.status_updated',
]
const UPDATED = 'payment_intent.status_updated'
const EPOS_TIMEOUT_MS = 1000

interface Table extends StartedSandbox {
  epos: InMemoryEpos
  orderId: string
  fault: (fault: Fault) => Promise<void>
  pay: () => Promise<Answer>
}

/** One order at a table, and a card machine that is asked to pay it. */
async function setTable(t: Test, names = PAY_AT_TABLE): Promise<Table> {
  const started = await startSandbox(t, { eposTimeoutMs: EPOS_TIMEOUT_MS })
  const epos = await startRegistered(t, started, names)
  const orderId = epos.addOrder({ totalMinor: 5000 })
  return {
    ...started,
    epos,
    orderId,
    fault: async (fault) => {
      t.equal(
        (await started.call('POST', '/sandbox/faults', fault)).status,
        200,
        `${fault.kind} is put to work`,
      )
    },
    pay: async () =>
      await started.call('POST', '/sandbox/pay-at-table', { orderId, payments: [{}] }),
  }
}

const settled = async ({ sandbox }: StartedSandbox): Promise<void> => {
  await sandbox.simulation.clock.idle()
}
const calls = ({ epos }: Table, name: string): number =>
  epos.seen.filter(({ capability }) => capability === name).length
const intentsOf = async ({ call }: StartedSandbox): Promise<Body[]> =>
  (await call('POST', '/payment-intents/search', {})).body.data
const create = async ({ call }: StartedSandbox): Promise<string> =>
  (
    await call('POST', '/payment-intents', {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'Order 1',
    })
  ).body.id

// --- faults on the way to the EPOS

t.test('without a fault the payment is recorded once', async (t) => {
  const table = await setTable(t)
  t.match(await table.pay(), {
    status: 200,
    body: {
      lockRefused: false,
      payments: [{ amountMinor: 5000, outcome: 'recorded', status: 200 }],
    },
  })
  t.match(table.epos.orders.get(table.orderId), { paidMinor: 5000, locks: [] })
  t.equal(calls(table, 'RecordOrderPaymentById'), 1)
})

t.test('reply-lost: the EPOS records the payment, Dojo reverses it and says so', async (t) => {
  const table = await setTable(t)
  await table.fault({ kind: 'reply-lost', on: 'RecordOrderPaymentById', times: 1 })
  t.match(await table.pay(), {
    status: 200,
    body: { payments: [{ outcome: 'reversed', status: null }] },
  })
  await settled(table)
  t.equal(calls(table, 'RecordOrderPaymentById'), 1, 'it had arrived')
  t.match(await intentsOf(table), [
    { status: 'Reversed', orderDetails: { externalId: table.orderId } },
  ])
  t.match(
    table.epos.orders.get(table.orderId),
    { paidMinor: 0, payments: [{ stands: false }] },
    'the EPOS heard of the reversal',
  )
})

t.test('reply-cut: the connection breaks once the request is sent', async (t) => {
  const table = await setTable(t)
  await table.fault({ kind: 'reply-cut', on: 'RecordOrderPaymentById', times: 1 })
  t.match(await table.pay(), {
    status: 200,
    body: { payments: [{ outcome: 'reversed', status: null }] },
  })
  await settled(table)
  t.match(table.epos.orders.get(table.orderId), { paidMinor: 0 })
  t.match(
    await table.pay(),
    { body: { payments: [{ outcome: 'recorded' }] } },
    'the next one gets through',
  )
})

t.test('reply-late: an answer in time counts, a later one does not', async (t) => {
  const table = await setTable(t)
  await table.fault({
    kind: 'reply-late',
    on: 'RecordOrderPaymentById',
    times: 1,
    delayMs: 2 * EPOS_TIMEOUT_MS,
  })
  t.match(await table.pay(), { body: { payments: [{ outcome: 'reversed', status: null }] } })
  await settled(table)
  await table.fault({ kind: 'reply-late', on: 'RecordOrderPaymentById', times: 1, delayMs: 30 })
  const {
    body: {
      payments: [{ outcome, milliseconds }],
    },
  } = await table.pay()
  t.equal(outcome, 'recorded')
  t.ok(milliseconds >= 30, 'and its wait is measured', { milliseconds })
})

t.test('sent-twice: the EPOS is called twice and counts once', async (t) => {
  const table = await setTable(t)
  await table.fault({ kind: 'sent-twice', on: 'RecordOrderPaymentById', times: 1 })
  t.match(await table.pay(), {
    status: 200,
    body: { payments: [{ outcome: 'recorded', status: 200 }] },
  })
  const [first, second] = table.epos.seen.filter(
    ({ capability }) => capability === 'RecordOrderPaymentById',
  )
  t.strictSame(second!.body, first!.body, 'with the same request')
  t.match(table.epos.orders.get(table.orderId), { paidMinor: 5000, payments: [{}] })
})

const crashes: Array<[string, object, string[]]> = [
  ['CreateOrderLock', { paidMinor: 0, locks: { length: 0 } }, []],
  ['RecordOrderPaymentById', { paidMinor: 0, locks: { length: 1 } }, ['Captured']],
  ['DeleteOrderLock', { paidMinor: 5000, locks: { length: 1 } }, ['Captured']],
]

for (const [on, order, statuses] of crashes) {
  t.test(`crash before ${on}: everything is left as it was`, async (t) => {
    const table = await setTable(t)
    await table.fault({ kind: 'crash', on, times: 1 })
    t.not((await table.pay()).status, 200, 'the call does not succeed')
    await settled(table)
    t.equal(calls(table, on), 0)
    t.match(table.epos.orders.get(table.orderId), order)
    t.strictSame(
      (await intentsOf(table)).map(({ status }) => status),
      statuses,
    )
    t.match((await table.call('GET', '/sandbox/faults')).body.active, [{ kind: 'crash', hits: 1 }])
  })
}

t.test('late-reversal: a recorded payment is reversed later', async (t) => {
  const table = await setTable(t)
  await table.fault({ kind: 'late-reversal', times: 1, delayMs: 60_000 })
  t.match(await table.pay(), { body: { payments: [{ outcome: 'recorded' }] } })
  await table.sandbox.simulation.clock.advance(50_000)
  t.match(await intentsOf(table), [{ status: 'Captured' }])
  t.match(table.epos.orders.get(table.orderId), { paidMinor: 5000 })
  await table.sandbox.simulation.clock.advance(10_000)
  t.match(await intentsOf(table), [{ status: 'Reversed' }])
  t.match(table.epos.orders.get(table.orderId), { paidMinor: 0 }, 'and the EPOS heard of it')
})

// --- faults of events

interface Heard extends Table {
  webhooks: string[]
  handled: string[]
}

async function hear(t: Test): Promise<Heard> {
  const table = await setTable(t)
  const receiver = await startReceiver(t)
  await table.call('POST', '/webhooks', {
    events: ['payment_intent.created', UPDATED],
    url: receiver.url,
  })
  return {
    ...table,
    get webhooks() {
      return receiver.deliveries.map(({ event }) => event.id)
    },
    get handled() {
      return table.epos.seen
        .filter(({ capability }) => capability === 'HandleEvent')
        .map(({ body }) => (body as { id: string }).id)
    },
  }
}

for (const [on, expected] of [
  ['Webhook', [2, 1]],
  ['HandleEvent', [1, 2]],
  [undefined, [2, 2]],
] as const) {
  t.test(
    `events-doubled${on === undefined ? '' : ` on ${on}`}: the same event comes twice`,
    async (t) => {
      const heard = await hear(t)
      await heard.fault({ kind: 'events-doubled', ...(on === undefined ? {} : { on }) })
      await create(heard)
      await settled(heard)
      t.strictSame([heard.webhooks.length, heard.handled.length], expected)
      t.equal(new Set([...heard.webhooks, ...heard.handled]).size, 1, 'under one id')
    },
  )

  t.test(
    `events-delayed${on === undefined ? '' : ` on ${on}`}: the event comes later`,
    async (t) => {
      const heard = await hear(t)
      await heard.fault({
        kind: 'events-delayed',
        delayMs: 30_000,
        ...(on === undefined ? {} : { on }),
      })
      await create(heard)
      await heard.sandbox.simulation.clock.advance(20_000)
      t.strictSame(
        [heard.webhooks.length, heard.handled.length],
        expected.map((count) => 2 - count),
        'what is delayed is not there yet',
      )
      await heard.sandbox.simulation.clock.advance(10_000)
      t.strictSame([heard.webhooks.length, heard.handled.length], [1, 1])
    },
  )
}

const HOUR_MS = 3_600_000

/** The order in which eight events come that were made one after the other. */
async function shuffledBy(t: Test, seed: number): Promise<number[]> {
  const started = await startSandbox(t, { seed })
  const receiver = await startReceiver(t)
  await started.call('POST', '/webhooks', { events: ['payment_intent.created'], url: receiver.url })
  await started.call('POST', '/sandbox/faults', { kind: 'events-shuffled', delayMs: HOUR_MS })
  const ids: string[] = []
  for (let i = 0; i < 8; i++) ids.push(await create(started))
  await settled(started)
  t.equal(receiver.deliveries.length, 0, 'none comes at once')
  await started.sandbox.simulation.clock.advance(HOUR_MS)
  return receiver.deliveries.map(({ event }) => ids.indexOf(event.data.paymentIntentId))
}

t.test('events-shuffled: events overtake each other, depending on the seed', async (t) => {
  const inOrder = [0, 1, 2, 3, 4, 5, 6, 7]
  const [first, again, other] = [
    await shuffledBy(t, 1),
    await shuffledBy(t, 1),
    await shuffledBy(t, 2),
  ]
  t.strictSame([...first].sort(), inOrder, 'all of them come')
  t.notSame(first, inOrder)
  t.strictSame(again, first, 'the same seed, the same order')
  t.notSame(other, first, 'another seed, another order')
})

// --- faults of the Dojo API itself

const apiFaults: Array<[Fault['kind'], number]> = [
  ['api-401', 401],
  ['api-429', 429],
  ['api-500', 500],
]

for (const [kind, status] of apiFaults) {
  t.test(`${kind}: the answer is a problem, and nothing was done`, async (t) => {
    const started = await startSandbox(t)
    await started.call('POST', '/sandbox/faults', { kind, times: 1 })
    const {
      status: answered,
      headers,
      body,
    } = await started.call('POST', '/payment-intents', {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'Order 1',
    })
    t.equal(answered, status)
    t.match(headers.get('content-type'), /^application\/problem\+json\b/)
    t.match(body, { status, detail: /./ })
    t.equal(headers.get('retry-after'), kind === 'api-429' ? '1' : null)
    t.strictSame(await intentsOf(started), [])
  })
}

t.test('api-cut: the connection breaks, and nothing has been done', async (t) => {
  const started = await startSandbox(t)
  await started.call('POST', '/sandbox/faults', {
    kind: 'api-cut',
    on: 'PaymentIntents_CreatePaymentIntent',
    times: 1,
  })
  await t.rejects(create(started), { message: /fetch failed/ })
  t.strictSame(await intentsOf(started), [])
  t.type(await create(started), 'string', 'the next one gets through')
})

t.test('api-slow: the answer comes late, and the work is done', async (t) => {
  const started = await startSandbox(t)
  await started.call('POST', '/sandbox/faults', {
    kind: 'api-slow',
    on: 'PaymentIntents_CreatePaymentIntent',
    delayMs: 60,
    times: 1,
  })
  const startedMs = performance.now()
  const id = await create(started)
  t.ok(performance.now() - startedMs >= 55, 'not before')
  t.match(await intentsOf(started), [{ id }])
})

t.test('an API fault hits only the operation that it names, and never the controls', async (t) => {
  const started = await startSandbox(t)
  const { call } = started
  await call('POST', '/sandbox/faults', { kind: 'api-500', on: 'Terminals_ListTerminals' })
  t.equal((await call('GET', '/webhooks')).status, 200)
  t.equal((await call('GET', '/terminals')).status, 500)
  await call('POST', '/sandbox/faults', { kind: 'api-401' })
  for (const path of ['/sandbox', '/sandbox/log', '/sandbox/faults']) {
    t.equal((await call('GET', path)).status, 200, path)
  }
  t.equal((await call('DELETE', '/sandbox/faults')).status, 200)
  t.equal((await call('GET', '/terminals')).status, 200, 'until it is ended')
})

// --- where and how often

t.test('`after` and `times` decide which calls are hit', async (t) => {
  const { call } = await startSandbox(t)
  await call('POST', '/sandbox/faults', {
    kind: 'api-500',
    on: 'Terminals_ListTerminals',
    after: 2,
    times: 3,
  })
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) statuses.push((await call('GET', '/terminals')).status)
  t.strictSame(statuses, [200, 200, 500, 500, 500, 200, 200])
  t.match((await call('GET', '/sandbox/faults')).body.active, [{ kind: 'api-500', hits: 3 }])
})

async function statusesOf(t: Test, seed: number, probability: number): Promise<number[]> {
  const { call } = await startSandbox(t, { seed, faults: [{ kind: 'api-500', probability }] })
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) statuses.push((await call('GET', '/terminals')).status)
  return statuses
}

t.test('probability depends on the seed', async (t) => {
  const first = await statusesOf(t, 7, 0.5)
  t.strictSame(await statusesOf(t, 7, 0.5), first, 'the same seed')
  t.notSame(await statusesOf(t, 8, 0.5), first, 'another seed')
  t.strictSame(new Set(first), new Set([200, 500]), 'some and not all')
  t.strictSame(new Set(await statusesOf(t, 7, 0)), new Set([200]), 'never')
  t.strictSame(new Set(await statusesOf(t, 7, 1)), new Set([500]), 'always')
})

t.test('faults belong to an account', async (t) => {
  const { call } = await startSandbox(t)
  await call('POST', '/sandbox/faults', { kind: 'api-500' })
  t.equal(
    (await call('GET', '/terminals', undefined, { authorization: 'Basic sk_sandbox_other' }))
      .status,
    200,
  )
  t.equal((await call('GET', '/terminals')).status, 500)
})

t.test('faults from the start are on in every account', async (t) => {
  const { call } = await startSandbox(t, {
    faults: [{ kind: 'api-500', on: 'Terminals_ListTerminals', times: 1 }],
  })
  for (const key of ['sk_sandbox_one', 'sk_sandbox_two']) {
    const statuses = [
      await call('GET', '/terminals', undefined, { authorization: `Basic ${key}` }),
      await call('GET', '/terminals', undefined, { authorization: `Basic ${key}` }),
    ].map(({ status }) => status)
    t.strictSame(statuses, [500, 200], key)
  }
})

t.test('each kind is explained and can be switched on', async (t) => {
  const { call } = await startSandbox(t)
  const {
    body: { kinds },
  } = await call('GET', '/sandbox/faults')
  t.strictSame(kinds, faultKinds)
  for (const kind of Object.keys(kinds)) {
    t.equal((await call('POST', '/sandbox/faults', { kind })).status, 200, kind)
  }
  t.strictSame(
    (await call('GET', '/sandbox/faults')).body.active,
    Object.keys(kinds).map((kind) => ({ kind, hits: 0 })),
  )
  t.strictSame((await call('DELETE', '/sandbox/faults')).body, { active: [] })
})

t.test('an invalid fault is refused and switches nothing on', async (t) => {
  const { call } = await startSandbox(t)
  const wrong = [
    undefined,
    {},
    [],
    'reply-lost',
    { kind: 'unknown' },
    { kind: '__proto__' },
    { kind: 'toString' },
    { on: 'GetOrderById' },
    { kind: 'reply-lost', times: 0 },
    { kind: 'reply-lost', times: 1.5 },
    { kind: 'reply-lost', times: '1' },
    { kind: 'reply-lost', after: -1 },
    { kind: 'reply-lost', probability: 1.1 },
    { kind: 'reply-lost', probability: -0.1 },
    { kind: 'reply-lost', delayMs: -1 },
    { kind: 'reply-lost', delayMs: 1e12 },
    { kind: 'reply-lost', on: '' },
    { kind: 'reply-lost', on: null },
    { kind: 'reply-lost', more: 1 },
  ]
  for (const body of wrong) {
    t.equal((await call('POST', '/sandbox/faults', body)).status, 400, JSON.stringify(body))
  }
  t.strictSame((await call('GET', '/sandbox/faults')).body.active, [])
  for (const method of ['GET', 'POST', 'DELETE']) {
    t.equal(
      (await call(method, '/sandbox/faults', undefined, { authorization: undefined })).status,
      401,
      `${method} without a key`,
    )
  }
})

// --- the same seed, the same run

/** Everything that a run with chance in it leaves behind, without the times and the port. */
async function run(t: Test, seed: number): Promise<string> {
  const started = await startSandbox(t, {
    seed,
    faults: [
      { kind: 'reply-lost', on: 'RecordOrderPaymentById', probability: 0.4 },
      { kind: 'events-doubled', probability: 0.5 },
      { kind: 'sent-twice', on: 'GetOrderById', probability: 0.5 },
    ],
  })
  const { call } = started
  const epos = await startRegistered(t, started, PAY_AT_TABLE)
  const { body: subscription } = await call('POST', '/webhooks', {
    events: ['payment_intent.send-receipt'],
    url: 'https://till.example.com/',
  })
  const outcomes: unknown[] = [subscription, (await call('GET', '/terminals')).body]
  for (let i = 0; i < 6; i++) {
    const orderId = epos.addOrder({ totalMinor: 1000 + i })
    const { body } = await call('POST', '/sandbox/pay-at-table', {
      orderId,
      payments: [{ amountMinor: 400 }, {}],
    })
    await settled(started)
    outcomes.push(
      body.payments.map(({ paymentIntentId, outcome, status }: Body) => [
        paymentIntentId,
        outcome,
        status,
      ]),
      epos.orders.get(orderId)!.paidMinor,
    )
    await call('POST', '/epos/events', { eventType: 'OrderUpdated', event: { orderId } })
    await settled(started)
  }
  outcomes.push(
    epos.seen.map(({ capability, body }) => [capability, body]),
    (await call('GET', '/sandbox/log')).body,
    (await call('GET', '/sandbox/faults')).body.active,
  )
  return JSON.stringify(outcomes)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')
    .replaceAll(epos.url, 'there')
}

t.test('the same seed gives the same run, to the last id', async (t) => {
  const first = await run(t, 42)
  t.equal(await run(t, 42), first)
  t.not(await run(t, 43), first)
})
