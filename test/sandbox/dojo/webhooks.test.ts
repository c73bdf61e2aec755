// Webhooks: who hears of what, how it is signed, and how often it is tried; and the same event
// through HandleEvent.
import t, { type Test } from 'tap'
import { limits } from '../../../src/sandbox/limits.ts'
import { startSandbox, type Answer, type Body, type StartedSandbox } from '../support/dojo.ts'
import { expectedSignature, startReceiver, type Receiver } from '../support/receiver.ts'
import { startRegistered } from '../support/registered.ts'

const CREATED = 'payment_intent.created'
const UPDATED = 'payment_intent.status_updated'
const RECEIPT = 'payment_intent.send-receipt'
const BACKOFF_MS = limits.deliveryBackoffSeconds * 1000

const subscribe = async (
  { call }: StartedSandbox,
  url: string,
  ...events: string[]
): Promise<Answer> => await call('POST', '/webhooks', { events, url })
const create = async ({ call }: StartedSandbox, captureMode = 'Auto'): Promise<string> =>
  (
    await call('POST', '/payment-intents', {
      amount: { value: 1000, currencyCode: 'GBP' },
      reference: 'Order 1',
      captureMode,
    })
  ).body.id
const settled = async ({ sandbox }: StartedSandbox): Promise<void> => {
  await sandbox.simulation.clock.idle()
}
const advance = async ({ sandbox }: StartedSandbox, ms: number): Promise<void> => {
  await sandbox.simulation.clock.advance(ms)
}

interface Listening {
  started: StartedSandbox
  receiver: Receiver
  subscription: Body
}

/** A sandbox with a till that hears of new intents. */
async function listen(t: Test, ...events: string[]): Promise<Listening> {
  const started = await startSandbox(t)
  const receiver = await startReceiver(t)
  const { body: subscription } = await subscribe(started, receiver.url, ...events)
  return { started, receiver, subscription }
}

// --- what is delivered

t.test('each status of an intent is announced to its subscribers', async (t) => {
  const { started, receiver } = await listen(t, CREATED, UPDATED)
  const { call } = started
  const id = await create(started, 'Manual')
  await settled(started)
  for (const [path, body] of [
    [`/sandbox/payment-intents/${id}/pay`],
    [`/payment-intents/${id}/captures`, { amount: 400 }],
    [`/payment-intents/${id}/captures`, { amount: 600 }],
    [`/payment-intents/${id}/refunds`, { amount: 1000 }],
  ] as const) {
    await call('POST', path, body, { IdempotencyKey: 'one' })
    await settled(started)
  }
  t.match(
    receiver.deliveries.map(({ event: { event, data } }) => [event, data]),
    [
      [CREATED, { paymentIntentId: id, paymentStatus: 'Created', captureMode: 'Manual' }],
      [UPDATED, { paymentIntentId: id, paymentStatus: 'Authorized' }],
      [UPDATED, { paymentIntentId: id, paymentStatus: 'Captured' }],
      [UPDATED, { paymentIntentId: id, paymentStatus: 'Captured' }],
      [UPDATED, { paymentIntentId: id, paymentStatus: 'Refunded' }],
    ],
  )
  t.equal(
    new Set(receiver.deliveries.map(({ event }) => event.id)).size,
    5,
    'each under an id of its own',
  )
})

t.test('a delivery has the documented fields and no others', async (t) => {
  const { started, receiver, subscription } = await listen(t, CREATED)
  const id = await create(started)
  await settled(started)
  const [delivery] = receiver.deliveries
  t.match(delivery, { method: 'POST', contentType: /^application\/json\b/ })
  t.match(delivery!.event.id, /^evt_/)
  const { id: eventId, createdAt } = delivery!.event
  t.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000, 'made now')
  t.strictSame(JSON.parse(delivery!.raw), {
    id: eventId,
    event: CREATED,
    accountId: subscription.accountId,
    createdAt,
    data: { paymentIntentId: id, paymentStatus: 'Created', captureMode: 'Auto' },
  })
})

t.test('events without a subscription are not delivered', async (t) => {
  const { started, receiver } = await listen(t, UPDATED)
  await create(started)
  await settled(started)
  t.strictSame(receiver.deliveries, [])
})

t.test('events of another account are not delivered', async (t) => {
  const { started, receiver } = await listen(t, CREATED, UPDATED)
  await create({
    ...started,
    call: async (method, path, body) =>
      await started.call(method, path, body, { authorization: 'Basic sk_sandbox_other' }),
  })
  await settled(started)
  t.strictSame(receiver.deliveries, [])
})

t.test('each event can go to its own server', async (t) => {
  const { started, receiver } = await listen(t, CREATED)
  const second = await startReceiver(t)
  t.equal((await subscribe(started, second.url, UPDATED)).status, 200)
  const id = await create(started)
  await started.call('DELETE', `/payment-intents/${id}`)
  await settled(started)
  t.strictSame(
    [receiver, second].map(({ deliveries }) =>
      deliveries.map(({ event }) => event.data.paymentStatus),
    ),
    [['Created'], ['Canceled']],
  )
})

// --- signatures

t.test('a delivery is signed with the active secret, over the raw bytes', async (t) => {
  const { started, receiver, subscription } = await listen(t, CREATED)
  const { id } = subscription
  await create(started)
  await settled(started)
  const [first] = receiver.deliveries
  t.equal(subscription.secrets.length, 1)
  t.equal(first!.signature, expectedSignature(first!.raw, subscription.secrets[0].value))
  t.match(first!.signature, /^sha256=([0-9A-F]{2}-){31}[0-9A-F]{2}$/)

  const {
    body: { secrets },
  } = await started.call('POST', `/webhooks/${id}/secrets`)
  await create(started)
  await settled(started)
  t.equal(
    receiver.deliveries[1]!.signature,
    expectedSignature(receiver.deliveries[1]!.raw, secrets[0].value),
    'a new secret signs nothing yet',
  )

  t.equal(
    (await started.call('PUT', `/webhooks/${id}/secrets/${secrets[1].id}/activate`)).status,
    204,
  )
  await create(started)
  await settled(started)
  t.equal(
    receiver.deliveries[2]!.signature,
    expectedSignature(receiver.deliveries[2]!.raw, secrets[1].value),
    'until it is activated',
  )
})

t.test('a repeated delivery is signed with the secret that is active then', async (t) => {
  const { started, receiver, subscription } = await listen(t, CREATED)
  receiver.answers.push(500)
  await create(started)
  await settled(started)
  const {
    body: { secrets },
  } = await started.call('POST', `/webhooks/${subscription.id}/secrets`)
  await started.call('PUT', `/webhooks/${subscription.id}/secrets/${secrets[1].id}/activate`)
  await advance(started, BACKOFF_MS)
  t.equal(receiver.deliveries.length, 2)
  t.equal(
    receiver.deliveries[1]!.signature,
    expectedSignature(receiver.deliveries[1]!.raw, secrets[1].value),
  )
})

// --- repetitions

for (const status of [200, 201, 202, 204, 299]) {
  t.test(`the answer ${status} is a success, and it is not sent again`, async (t) => {
    const { started, receiver } = await listen(t, CREATED)
    receiver.answers.push(status)
    await create(started)
    await settled(started)
    await advance(started, 86_400_000)
    t.equal(receiver.deliveries.length, 1)
  })
}

for (const status of [400, 401, 404, 408, 409, 410, 429, 500, 502, 503, 504]) {
  t.test(`after the answer ${status} it is sent again, under the same id`, async (t) => {
    const { started, receiver } = await listen(t, CREATED)
    receiver.answers.push(status)
    await create(started)
    await settled(started)
    t.equal(receiver.deliveries.length, 1, 'not at once')
    await advance(started, BACKOFF_MS)
    const [first, second, third] = receiver.deliveries
    t.equal(second!.raw, first!.raw, 'byte by byte')
    await advance(started, 86_400_000)
    t.equal(third, undefined, 'and then it was taken')
  })
}

t.test(
  'the number of attempts is limited, and each wait is twice as long as the one before',
  async (t) => {
    const { started, receiver } = await listen(t, CREATED)
    receiver.answers.push(...Array.from({ length: 100 }, () => 503))
    await create(started)
    await settled(started)
    for (let attempt = 1; attempt < limits.deliveryAttempts; attempt++) {
      const waitMs = BACKOFF_MS * 2 ** (attempt - 1)
      await advance(started, waitMs - 2_000)
      t.equal(receiver.deliveries.length, attempt, `not before ${waitMs} ms`)
      await advance(started, 2_000)
      t.equal(receiver.deliveries.length, attempt + 1, `after ${waitMs} ms`)
    }
    await advance(started, 30 * 86_400_000)
    t.equal(receiver.deliveries.length, limits.deliveryAttempts)
    t.equal(new Set(receiver.deliveries.map(({ event }) => event.id)).size, 1)
    t.match(
      (await started.call('GET', '/sandbox/log')).body,
      /not accepted: 503\n.* dropped after 5 attempts\n$/,
    )
  },
)

t.test('an unreachable server is tried again', async (t) => {
  const { started, receiver, subscription } = await listen(t, CREATED)
  await started.call('PATCH', `/webhooks/${subscription.id}`, { url: 'http://127.0.0.1:1/' })
  await create(started)
  await settled(started)
  t.match(
    (await started.call('GET', '/sandbox/log')).body,
    /Webhook payment_intent\.created .* not accepted: .*ECONNREFUSED/,
  )
  await started.call('PATCH', `/webhooks/${subscription.id}`, { url: receiver.url })
  await advance(started, BACKOFF_MS)
  t.equal(receiver.deliveries.length, 1, 'at the place that it has by then')
})

t.test('after unsubscribing nothing is delivered, repetitions included', async (t) => {
  const { started, receiver, subscription } = await listen(t, CREATED)
  receiver.answers.push(500)
  await create(started)
  await settled(started)
  t.equal((await started.call('DELETE', `/webhooks/${subscription.id}`)).status, 204)
  await create(started)
  await advance(started, 86_400_000)
  t.equal(receiver.deliveries.length, 1)
})

t.test('a slow server delays no other', async (t) => {
  const { started, receiver } = await listen(t, CREATED)
  const quick = await startReceiver(t)
  await subscribe(started, quick.url, UPDATED)
  let answer = (): void => {}
  receiver.held = new Promise((resolve) => {
    answer = resolve
  })
  const id = await create(started)
  await receiver.arrived(1)
  await started.call('DELETE', `/payment-intents/${id}`)
  await quick.arrived(1)
  t.pass('the second was delivered while the first one waited')
  answer()
  await settled(started)
})

// --- the same event through HandleEvent

t.test('the same event goes to the webhook and to HandleEvent, under one id', async (t) => {
  const { started, receiver } = await listen(t, CREATED, UPDATED)
  const epos = await startRegistered(t, started, [
    'HandleEvent:payment_intent.created',
    'HandleEvent:payment_intent.status_updated',
  ])
  const id = await create(started)
  await settled(started)
  await started.call('POST', `/sandbox/payment-intents/${id}/pay`)
  await settled(started)
  t.strictSame(
    epos.seen.map(({ body }) => body),
    receiver.deliveries.map(({ raw }) => JSON.parse(raw)),
  )
  t.match(
    receiver.deliveries.map(({ event }) => event.data.paymentStatus),
    ['Created', 'Captured'],
  )
})

t.test('HandleEvent needs no subscription, and is called again when it fails', async (t) => {
  const started = await startSandbox(t)
  let refusals = 2
  const epos = await startRegistered(t, started, ['HandleEvent:payment_intent.created'], {
    onRequest: () => {
      if (refusals-- > 0) throw new Error('Not now.')
    },
  })
  await create(started)
  await settled(started)
  t.equal(epos.seen.length, 1)
  await advance(started, BACKOFF_MS)
  t.equal(epos.seen.length, 2)
  await advance(started, 2 * BACKOFF_MS)
  t.equal(epos.seen.length, 3)
  await advance(started, 86_400_000)
  t.equal(epos.seen.length, 3, 'until it is taken')
  t.equal(new Set(epos.seen.map(({ body }) => (body as { id: string }).id)).size, 1)
})

t.test('a webhook that fails does not repeat HandleEvent, nor the other way round', async (t) => {
  const { started, receiver } = await listen(t, CREATED)
  const epos = await startRegistered(t, started, ['HandleEvent:payment_intent.created'])
  receiver.answers.push(500)
  await create(started)
  await settled(started)
  await advance(started, 86_400_000)
  t.strictSame([receiver.deliveries.length, epos.seen.length], [2, 1])
})

// --- subscriptions

t.test('the list of events', async (t) => {
  const { call } = await startSandbox(t)
  t.strictSame((await call('GET', '/webhooks/events')).body, [
    { model: 'payment_intent', events: [CREATED, UPDATED, RECEIPT] },
  ])
})

t.test('a subscription is created, listed, changed and deleted', async (t) => {
  const started = await startSandbox(t)
  const { call } = started
  const { status, body } = await subscribe(
    started,
    'https://till.example.com/hooks',
    CREATED,
    CREATED,
  )
  t.equal(status, 200)
  t.match(body, {
    id: /^ws_/,
    accountId: /^acc_/,
    events: [CREATED],
    url: 'https://till.example.com/hooks',
    secrets: [{ id: /^sc_/, value: /^\w{22,}$/, isActive: true, createdAt: String }],
    createdAt: String,
    updatedAt: String,
  })
  t.equal(body.events.length, 1, 'each event once')
  t.strictSame((await call('GET', '/webhooks')).body, [body])
  await advance(started, 1000)
  const { body: changed } = await call('PATCH', `/webhooks/${body.id}`, {
    events: [UPDATED, RECEIPT],
    url: 'https://till.example.com/others',
  })
  t.strictSame(
    { ...changed, updatedAt: null },
    {
      ...body,
      events: [UPDATED, RECEIPT],
      url: 'https://till.example.com/others',
      updatedAt: null,
    },
  )
  t.ok(changed.updatedAt > body.updatedAt, 'changed later')
  t.strictSame(
    (await call('PATCH', `/webhooks/${body.id}`, { events: null, url: null })).body.events,
    [UPDATED, RECEIPT],
    'null changes nothing',
  )
  t.equal((await call('DELETE', `/webhooks/${body.id}`)).status, 204)
  t.strictSame((await call('GET', '/webhooks')).body, [])
  t.equal((await call('DELETE', `/webhooks/${body.id}`)).status, 404, 'it can be ended once')
})

t.test('an event has at most one subscription', async (t) => {
  const started = await startSandbox(t)
  const { call } = started
  const { body: first } = await subscribe(started, 'https://till.example.com/1', CREATED)
  t.equal((await subscribe(started, 'https://till.example.com/2', UPDATED, CREATED)).status, 409)
  const { body: second } = await subscribe(started, 'https://till.example.com/2', UPDATED)
  const refused = await call('PATCH', `/webhooks/${second.id}`, {
    events: [RECEIPT, CREATED],
    url: 'https://till.example.com/3',
  })
  t.equal(refused.status, 409)
  t.strictSame((await call('GET', '/webhooks')).body, [first, second], 'and nothing changed')
  t.equal(
    (await call('PATCH', `/webhooks/${second.id}`, { events: [UPDATED, RECEIPT] })).status,
    200,
    'its own is no other',
  )
  await call('DELETE', `/webhooks/${first.id}`)
  t.equal(
    (await subscribe(started, 'https://till.example.com/4', CREATED)).status,
    200,
    'free again',
  )
})

const urls: Array<[string, number]> = [
  ['https://till.example.com/hooks', 200],
  ['https://127.0.0.1/', 200],
  ['http://127.0.0.1:8080/hooks', 200],
  ['http://127.0.0.1/', 200],
  ['http://localhost:8080/', 200],
  ['http://localhost', 200],
  ['http://[::1]:8080/', 200],
  ['http://till.example.com/', 400],
  ['http://localhost.example.com/', 400],
  ['http://127.0.0.1.example.com/', 400],
  ['http://10.0.0.1/', 400],
  ['http://0.0.0.0/', 400],
  ['http://127.0.0.1@till.example.com/', 400],
  ['http://till.example.com/?http://localhost/', 400],
  ['http://till.example.com#http://localhost', 400],
  ['', 400],
  ['/hooks', 400],
  ['till.example.com', 400],
  ['ftp://127.0.0.1/', 400],
  ['file:///etc/passwd', 400],
  ['javascript:alert(1)', 400],
  ['https:till', 400],
  ['https://a b/', 400],
]

t.test('plain HTTP is for this machine only', async (t) => {
  for (const [url, status] of urls) {
    const started = await startSandbox(t)
    t.equal((await subscribe(started, url, CREATED)).status, status, `made: ${url}`)
    const {
      body: { id },
    } = await subscribe(started, 'https://till.example.com/', UPDATED)
    t.equal(
      (await started.call('PATCH', `/webhooks/${id}`, { url })).status,
      status,
      `changed: ${url}`,
    )
    if (status === 200) {
      t.strictSame(
        (await started.call('GET', '/webhooks')).body.map((one: { url: string }) => one.url),
        [url, url],
        'and is shown as it was given',
      )
    }
  }
})

t.test('a subscription to no event, or to an unknown one, is refused', async (t) => {
  const { call } = await startSandbox(t)
  const url = 'https://till.example.com/'
  const {
    body: { id },
  } = await call('POST', '/webhooks', { events: [CREATED], url })
  for (const events of [
    [],
    ['payment_intent.unknown'],
    [UPDATED, 'unknown'],
    [null],
    UPDATED,
    { 0: UPDATED },
  ]) {
    t.equal((await call('POST', '/webhooks', { events, url })).status, 400, JSON.stringify(events))
    t.equal(
      (await call('PATCH', `/webhooks/${id}`, { events })).status,
      400,
      `changed: ${JSON.stringify(events)}`,
    )
  }
  for (const body of [
    { events: [UPDATED] },
    { url },
    { events: [UPDATED], url, more: 1 },
    { events: [UPDATED], url: 5 },
  ]) {
    t.equal((await call('POST', '/webhooks', body)).status, 400, JSON.stringify(body))
  }
})

// --- secrets

t.test('secrets are generated, activated and deleted', async (t) => {
  const {
    started: { call },
    subscription: {
      id,
      secrets: [first],
    },
  } = await listen(t, CREATED)
  t.strictSame((await call('GET', `/webhooks/${id}/secrets`)).body, { id, secrets: [first] })
  const {
    status,
    body: {
      secrets: [, second],
    },
  } = await call('POST', `/webhooks/${id}/secrets`)
  t.equal(status, 200)
  t.match(second, { isActive: false })
  t.not(second.value, first.value)
  const active = async (): Promise<unknown[]> =>
    (await call('GET', `/webhooks/${id}/secrets`)).body.secrets.map(({ id, isActive }: Body) => [
      id,
      isActive,
    ])
  for (const times of ['once', 'twice']) {
    t.equal((await call('PUT', `/webhooks/${id}/secrets/${second.id}/activate`)).status, 204, times)
  }
  t.strictSame(
    await active(),
    [
      [first.id, false],
      [second.id, true],
    ],
    'one is active at a time',
  )
  t.equal((await call('DELETE', `/webhooks/${id}/secrets/${first.id}`)).status, 204)
  t.strictSame(await active(), [[second.id, true]])
  for (const [method, path] of [
    ['DELETE', ''],
    ['PUT', '/activate'],
  ] as const) {
    t.equal(
      (await call(method, `/webhooks/${id}/secrets/${first.id}${path}`)).status,
      404,
      `${method} of a deleted one`,
    )
  }
})

t.test('a secret of another subscription is not found', async (t) => {
  const { started, subscription } = await listen(t, CREATED)
  const { body: other } = await subscribe(started, 'https://till.example.com/', UPDATED)
  for (const [method, path] of [
    ['DELETE', ''],
    ['PUT', '/activate'],
  ] as const) {
    t.equal(
      (
        await started.call(
          method,
          `/webhooks/${subscription.id}/secrets/${other.secrets[0].id}${path}`,
        )
      ).status,
      404,
      method,
    )
  }
  t.match((await started.call('GET', `/webhooks/${other.id}/secrets`)).body, {
    secrets: [{ isActive: true }],
  })
})

t.test('a subscription has a limited number of secrets', async (t) => {
  const {
    started: { call },
    subscription: { id },
  } = await listen(t, CREATED)
  for (let count = 2; count <= limits.webhookSecrets; count++) {
    t.equal((await call('POST', `/webhooks/${id}/secrets`)).status, 200, `${count}`)
  }
  t.equal((await call('POST', `/webhooks/${id}/secrets`)).status, 409)
})
