// The edges of the sandbox: absurd amounts and ids, damaged files, and calls at the wrong time.
import t, { type Test } from 'tap'
import api from '../../../src/contract/generated/dojo-api.json' with { type: 'json' }
import { compileSchema } from '../../../src/contract/validation.ts'
import { limits } from '../../../src/sandbox/limits.ts'
import { createSandbox } from '../../../src/sandbox/server.ts'
import { startSandbox, type Answer, type Body, type StartedSandbox } from '../support/dojo.ts'
import { startReceiver } from '../support/receiver.ts'
import { startRegistered } from '../support/registered.ts'
import { checkUnreadable, fileOf } from '../support/state-file.ts'

const gbp = (value: number): { value: number; currencyCode: string } => ({
  value,
  currencyCode: 'GBP',
})
const AMOUNT = 1000
const DAY_MS = 86_400_000

async function startAtNoon(t: Test): Promise<StartedSandbox> {
  const started = await startSandbox(t)
  const { clock } = started.sandbox.simulation
  await clock.advance(DAY_MS - (clock.nowMs() % DAY_MS) + DAY_MS / 2)
  return started
}
const create = async ({ call }: StartedSandbox, more: object = {}): Promise<Body> =>
  (await call('POST', '/payment-intents', { amount: gbp(AMOUNT), reference: 'Order 1', ...more }))
    .body
const read = async ({ call }: StartedSandbox, id: string): Promise<Body> =>
  (await call('GET', `/payment-intents/${id}`)).body
const must = async (answer: Promise<Answer>): Promise<void> => {
  const { status, body } = await answer
  if (status >= 300) throw new Error(JSON.stringify(body))
}
let keys = 0
const moves = {
  pay: async ({ call }: StartedSandbox, id: string) =>
    await call('POST', `/sandbox/payment-intents/${id}/pay`),
  capture: async ({ call }: StartedSandbox, id: string, amount: number) =>
    await call('POST', `/payment-intents/${id}/captures`, { amount }),
  refund: async ({ call }: StartedSandbox, id: string, amount: number, key = `key-${++keys}`) =>
    await call('POST', `/payment-intents/${id}/refunds`, { amount }, { IdempotencyKey: key }),
  reverse: async ({ call }: StartedSandbox, id: string) =>
    await call('POST', `/payment-intents/${id}/reversal`),
}

// --- money

t.test(
  'a partly refunded intent stays Captured, takes further refunds and nothing else',
  async (t) => {
    for (const captureMode of ['Auto', 'Manual']) {
      const place = await startAtNoon(t)
      const { id } = await create(place, { captureMode })
      await must(moves.pay(place, id))
      if (captureMode === 'Manual') await must(moves.capture(place, id, 400))
      await must(moves.refund(place, id, 300))
      t.match(await read(place, id), { status: 'Captured', refundedAmount: 300 }, captureMode)
      t.equal(
        (await moves.capture(place, id, 100)).status,
        409,
        `${captureMode}: it cannot be captured`,
      )
      t.equal((await moves.reverse(place, id)).status, 409, `${captureMode}: it cannot be reversed`)
      t.equal(
        (await moves.refund(place, id, 100)).status,
        200,
        `${captureMode}: more can be refunded`,
      )
      t.match(
        await read(place, id),
        { status: captureMode === 'Auto' ? 'Captured' : 'Refunded', refundedAmount: 400 },
        captureMode,
      )
    }
  },
)

for (const [what, more] of [
  ['more than 64 bits', { amount: gbp(1e19) }],
  ['a tip below nothing', { tipsAmount: gbp(-100) }],
  ['a tip that leaves less than nothing', { tipsAmount: gbp(-2000) }],
  ['cashback below nothing', { cashbackAmount: gbp(-100) }],
  ['a service charge below nothing', { serviceChargeAmount: gbp(-100) }],
  ['a tip of another currency', { tipsAmount: { value: 100, currencyCode: 'EUR' } }],
] as Array<[string, object]>) {
  t.test(`an intent of ${what} is refused`, async (t) => {
    const { call } = await startSandbox(t)
    t.match(
      await call('POST', '/payment-intents', {
        amount: gbp(AMOUNT),
        reference: 'Order 1',
        ...more,
      }),
      { status: 400 },
    )
    t.strictSame((await call('POST', '/payment-intents/search', {})).body.data, [])
  })
}

t.test('the rest of an authorisation cannot be captured after its release', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place, { captureMode: 'Manual' })
  await must(moves.pay(place, id))
  await must(moves.capture(place, id, 400))
  await place.sandbox.simulation.clock.advance(8 * DAY_MS)
  t.equal((await moves.capture(place, id, 600)).status, 409)
  t.match(await read(place, id), { status: 'Captured', captures: [{ amount: 400 }] })
})

t.test('an intent can name a customer', async (t) => {
  const place = await startSandbox(t)
  for (const customer of [
    { emailAddress: 'guest@example.com', phoneNumber: '078654321' },
    { id: 'cust_sandbox_1', secret: 'cs_sandbox_1' },
    null,
  ]) {
    const { status, body } = await place.call('POST', '/payment-intents', {
      amount: gbp(AMOUNT),
      reference: 'Order 1',
      customer,
    })
    t.equal(status, 200, JSON.stringify(customer), { body })
    t.notMatch(JSON.stringify(body), /cs_sandbox_1/, 'its secret is shown to nobody')
  }
})

t.test('a capture shows its tip', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place, { captureMode: 'Manual', tipsAmount: gbp(200) })
  await must(moves.pay(place, id))
  const { body } = await place.call('POST', `/payment-intents/${id}/captures`, {
    amount: 1000,
    tipsAmount: 200,
  })
  t.match(body, { captureId: /^cp_/, message: 'collect payment for the order Order 1' })
  const { captures } = await read(place, id)
  t.match(captures, [{ id: body.captureId, amount: 1000, tipsAmount: 200, status: 'Successful' }])
})

t.test('an idempotency key belongs to one intent of one account', async (t) => {
  const place = await startAtNoon(t)
  const [one, other] = [await create(place), await create(place)]
  for (const { id } of [one, other]) await must(moves.pay(place, id))
  const first = await moves.refund(place, one.id, 400, 'table-7')
  const second = await moves.refund(place, other.id, 400, 'table-7')
  t.equal(second.status, 200)
  t.not(second.body.refundId, first.body.refundId)
  t.match(await read(place, other.id), { refundedAmount: 400 })
})

t.test(
  'a page can be turned although the intent at its edge was paid in the meantime',
  async (t) => {
    const place = await startSandbox(t)
    const ids: string[] = []
    for (let i = 0; i < 4; i++) ids.unshift((await create(place)).id)
    const first = await place.call('POST', '/payment-intents/search', {
      statuses: ['Created'],
      cursor: { limit: 2 },
    })
    await must(moves.pay(place, ids[1]!))
    const second = await place.call('POST', '/payment-intents/search', {
      statuses: ['Created'],
      cursor: { limit: 2, after: first.body.after },
    })
    t.match(second, { status: 200 })
    t.strictSame(
      second.body.data?.map(({ id }: { id: string }) => id),
      ids.slice(2),
    )
  },
)

t.test('an idempotency key has at most a hundred characters', async (t) => {
  const place = await startAtNoon(t)
  const { id } = await create(place)
  await must(moves.pay(place, id))
  t.equal((await moves.refund(place, id, 100, 'k'.repeat(101))).status, 400)
})

// --- integrations and events

t.test('a capability registered over WebSocket alone is not called over REST', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, ['SearchOrders'])
  const names = [
    'GetOrderById',
    'HandleEvent:payment_intent.created',
    'HandleEvent:payment_intent.status_updated',
  ]
  await started.call('PUT', '/epos/integrations/ws', {
    capabilities: names.map((name) => ({ name, version: 'v1' })),
  })
  await started.call('POST', '/epos/events', {
    eventType: 'OrderUpdated',
    event: { orderId: epos.addOrder() },
  })
  await must(moves.pay(started, (await create(started)).id))
  await started.sandbox.simulation.clock.idle()
  t.strictSame(
    epos.seen.map(({ capability }) => capability),
    [],
  )
})

t.test('an unknown event name is refused', async (t) => {
  const { call } = await startSandbox(t)
  t.equal(
    (
      await call('POST', '/epos/events', {
        eventType: 'toString',
        event: { orderId: '1', undefined: '2' },
      })
    ).status,
    400,
  )
})

t.test('the log has one line per event, whatever an id contains', async (t) => {
  const started = await startSandbox(t)
  await started.call('POST', '/epos/events', {
    eventType: 'OrderUpdated',
    event: { orderId: 'ord-1\n2026-03-06T19:00:00.000Z Payment intent pi_1 is Refunded' },
  })
  const lines = (await started.call('GET', '/sandbox/log')).body.trimEnd().split('\n')
  t.ok(
    lines.every((line: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /.test(line)),
    'each begins with its time',
  )
  t.notOk(
    lines.some((line: string) => /^\S+Z Payment intent/.test(line)),
    'and none is made up',
  )
})

// --- webhooks

t.test('a sent receipt is announced to its subscribers', async (t) => {
  const started = await startSandbox(t)
  const receiver = await startReceiver(t)
  await started.call('POST', '/webhooks', {
    events: ['payment_intent.send-receipt'],
    url: receiver.url,
  })
  const { id } = await create(started)
  await started.call('POST', `/sandbox/payment-intents/${id}/pay`)
  t.equal(
    (
      await started.call('POST', `/payment-intents/${id}/receipt`, {
        emails: ['guest@example.com'],
      })
    ).status,
    204,
  )
  await started.sandbox.simulation.clock.idle()
  t.match(
    receiver.deliveries.map(({ event }) => event),
    [
      {
        event: 'payment_intent.send-receipt',
        data: { paymentIntentId: id, paymentStatus: 'Captured' },
      },
    ],
  )
})

t.test('a description is kept', async (t) => {
  const { call } = await startSandbox(t)
  const { body } = await call('POST', '/webhooks', {
    events: ['payment_intent.created'],
    url: 'https://till.example.com/',
    description: 'The till at the bar',
  })
  t.equal(body.description, 'The till at the bar')
  t.equal(
    (await call('PATCH', `/webhooks/${body.id}`, { description: 'The till at the door' })).body
      .description,
    'The till at the door',
  )
})

t.test('a delivery without an active secret is logged', async (t) => {
  const started = await startSandbox(t)
  const receiver = await startReceiver(t)
  const {
    body: {
      id,
      secrets: [only],
    },
  } = await started.call('POST', '/webhooks', {
    events: ['payment_intent.created'],
    url: receiver.url,
  })
  const { status } = await started.call('DELETE', `/webhooks/${id}/secrets/${only.id}`)
  await create(started)
  await started.sandbox.simulation.clock.idle()
  const { body: log } = await started.call('GET', '/sandbox/log')
  t.ok(
    status >= 400 || receiver.deliveries.length > 0 || /Webhook/.test(log),
    'it is refused to delete the active one, or delivered, or told in the log',
    { status, log },
  )
})

for (const url of [
  'http://127.0.0.1:80@till.example.com/',
  'http://localhost:secret@till.example.com/',
  'https://',
]) {
  t.test(`a subscription to ${url} is refused`, async (t) => {
    const { call } = await startSandbox(t)
    t.equal(
      (await call('POST', '/webhooks', { events: ['payment_intent.created'], url })).status,
      400,
    )
  })
}

// --- refusals

t.test('an error about webhooks has no field beyond its schema', async (t) => {
  const { call } = await startSandbox(t)
  t.type(api.components.schemas.ErrorResponse, 'object')
  const fits = compileSchema({ $ref: 'dojo-api#/components/schemas/ErrorResponse' })
  t.ok(fits((await call('GET', '/webhooks/nobody/secrets')).body))
})

t.test('an invalid date is not a version', async (t) => {
  const { call } = await startSandbox(t)
  t.equal((await call('GET', '/webhooks', undefined, { version: '2026-13-45' })).status, 400)
})

for (const [what, id] of [
  ['cannot be decoded', '%zz'],
  ['is longer than any', 'a'.repeat(limits.maxPathParameterCharacters + 1)],
] as const) {
  t.test(`an id that ${what} is a problem as well`, async (t) => {
    const { call } = await startSandbox(t)
    const { status, headers } = await call('GET', `/payment-intents/${id}`)
    t.ok(status >= 400 && status < 500)
    t.match(headers.get('content-type'), /^application\/problem\+json\b/)
  })
}

t.test('an injected crash is reported as such', async (t) => {
  const started = await startSandbox(t)
  const epos = await startRegistered(t, started, [
    'SearchOrders',
    'GetOrderById',
    'RecordOrderPaymentById',
  ])
  await started.call('POST', '/sandbox/faults', { kind: 'crash', on: 'RecordOrderPaymentById' })
  const { status } = await started.call('POST', '/sandbox/pay-at-table', {
    orderId: epos.addOrder(),
    payments: [{}],
  })
  t.ok(status < 500, 'and not as an error of the server', { status })
})

// --- the state file

const account = '{"key":"sk_sandbox_test"}'
const damaged: Array<[string, string]> = [
  [
    'an account without its parts',
    `{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":[["sk_sandbox_test",${account}]]},"jobs":[]}`,
  ],
  ['jobs that are none', '{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":[]},"jobs":5}'],
  ['no jobs', '{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":[]}}'],
  ['a job of no kind', '{"version":1,"seed":1,"offsetMs":0,"accounts":{"$map":[]},"jobs":[{}]}'],
  ['no clock', '{"version":1,"seed":1,"accounts":{"$map":[]},"jobs":[]}'],
  [
    'a clock that is none',
    '{"version":1,"seed":1,"offsetMs":"noon","accounts":{"$map":[]},"jobs":[]}',
  ],
]

for (const [what, text] of damaged) {
  t.test(`a file with ${what} is an error that says so, and stays as it is`, async (t) => {
    await checkUnreadable(t, text)
  })
}

t.test('a folder in place of the state file is an error that names it', async (t) => {
  const stateFile = t.testdir({})
  await t.rejects(createSandbox({ stateFile }), { message: new RegExp(stateFile) })
})

t.test('names that the state file uses may occur in requests', async (t) => {
  const stateFile = fileOf(t)
  const started = await startSandbox(t, { stateFile })
  const metadata = [
    { $map: 'a' },
    { $map: '' },
    { __proto__: null, $set: 'a' },
    JSON.parse('{"__proto__":"a","constructor":"b"}'),
  ]
  const intents: Body[] = []
  for (const each of metadata) intents.unshift(await create(started, { metadata: each }))
  await started.sandbox.close()
  const again = await startSandbox(t, { stateFile })
  t.strictSame((await again.call('POST', '/payment-intents/search', {})).body.data, intents)
})
