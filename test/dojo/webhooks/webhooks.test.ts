// What Dojo sends by webhook: believed by its signature and by nothing else, then handled as
// HandleEvent is.
import t from 'tap'
import { handleEvent } from '../../../src/dojo/capabilities/handle-event.ts'
import { limits } from '../../../src/limits.ts'
import { deleteWebhookSecrets } from '../../../src/store/venue/webhook-secrets.ts'
import {
  actionsOf,
  gbp,
  historyOf,
  newIntent,
  newOrder,
  pay,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { basic, startServer, type TestServer, type Venue } from '../../support/server.ts'
import {
  answerOf,
  checkRefused,
  dropDatabase,
  memoryLog,
  type RawAnswer,
} from '../../support/visits.ts'
import { believe, deliver, retired, SECRETS_KEY, type Sent } from '../../support/webhooks.ts'
import { expectedSignature } from '../../sandbox/support/receiver.ts'

const SECRET = 'c2VjcmV0IG9mIHRoZSB2ZW51ZQ'
const environment = { SECRETS_KEY }

const eventIds = async ({ sql }: TestServer): Promise<string[]> =>
  (await sql<{ event_id: string }>('SELECT event_id FROM dojo_events ORDER BY received_at')).map(
    ({ event_id: id }) => id,
  )

/** A settled order of 10.00, and the intent that settled it. */
async function settled(venue: Venue): Promise<{ orderId: string; paymentIntentId: string }> {
  const { id: orderId } = await newOrder(venue, 1_000)
  const paymentIntentId = newIntent()
  await pay(venue, orderId, 1_000, { paymentIntentId })
  return { orderId, paymentIntentId }
}

t.test('a webhook does what HandleEvent does', async (t) => {
  const server = await startServer(t, { environment })
  const { venue } = server
  await believe(server, venue, SECRET)
  const { orderId, paymentIntentId } = await settled(venue)
  const body = statusUpdated(paymentIntentId, 'Reversed')

  const { status, payload, headers } = await deliver(server, venue, { body, secret: SECRET })
  t.strictSame([status, payload], [200, '{}'])
  t.match(String(headers['content-type']), /^application\/json/)
  t.match(await read(venue, orderId), { paidAmount: gbp(0), payable: true, payments: [] })
  t.match((await historyOf(server, orderId)).at(-1), {
    action: 'PaymentVoided',
    caller_product: 'Webhook',
    caller_waiter_id: null,
    caller_device_id: null,
  })
  t.same(await eventIds(server), [body.id])

  t.equal((await deliver(server, venue, { body, secret: SECRET })).status, 200, 'again')
  t.equal((await venue.call('HandleEvent', body)).status, 200, 'and the other way')
  t.strictSame(await actionsOf(server, orderId), ['Created', 'PaymentRecorded', 'PaymentVoided'])

  const unknown = {
    id: 'evt_receipt',
    accountId: 'acc-1',
    event: 'payment_intent.send-receipt',
    createdAt: '2026-03-01T19:00:00Z',
    data: { emails: [] },
  }
  t.equal(
    (await deliver(server, venue, { body: unknown, secret: SECRET })).status,
    200,
    'an event that changes nothing is taken too',
  )
  t.same(await eventIds(server), [body.id, unknown.id])
})

t.test('whatever stands in the bytes is what was signed', async (t) => {
  const server = await startServer(t, { environment })
  await believe(server, server.venue, SECRET)
  const event = statusUpdated(newIntent(), 'Captured')
  const cases: [name: string, body: string | Buffer, headers?: Sent['headers']][] = [
    ['spaces and line breaks', JSON.stringify({ ...event, id: 'evt_1' }, null, 2)],
    [
      'letters beyond ASCII',
      JSON.stringify({ ...event, id: 'evt_2', data: { ...event.data, note: 'é 🦁' } }),
    ],
    [
      'bytes that are no UTF-8',
      Buffer.from(
        JSON.stringify({ ...event, id: 'evt_3', note: 'x' }).replace('"x"', '"\u00ff"'),
        'latin1',
      ),
    ],
    [
      'another content type',
      JSON.stringify({ ...event, id: 'evt_4' }),
      { 'content-type': 'text/plain' },
    ],
    ['no content type', Buffer.from(JSON.stringify({ ...event, id: 'evt_5' })), {}],
    [
      'a credential that is wrong',
      JSON.stringify({ ...event, id: 'evt_6' }),
      { authorization: 'Basic d3Jvbmc6d3Jvbmc=' },
    ],
  ]
  for (const [name, body, headers] of cases) {
    t.equal(
      (await deliver(server, server.venue, { body, headers, secret: SECRET })).status,
      200,
      name,
    )
  }
  t.same(
    await eventIds(server),
    cases.map((_, index) => `evt_${index + 1}`),
  )
})

t.test('what is not signed as it should be does nothing, and does not say why', async (t) => {
  const server = await startServer(t, { environment })
  const { venue } = server
  const others = await server.newVenue('The White Hart')
  const withoutSecrets = await server.newVenue('The Plough')
  const unsubscribed = await server.newVenue('The Ship')
  await believe(server, venue, SECRET)
  await believe(server, venue, 'replaced-long-ago')
  await retired(server, 'replaced-long-ago', limits.webhookSecretGraceSeconds + 1)
  await believe(server, others, 'of-the-others')
  await believe(server, unsubscribed, 'not-believed')
  await deleteWebhookSecrets(server.store.prisma, unsubscribed.locationId)

  const { orderId, paymentIntentId } = await settled(venue)
  const body = JSON.stringify(statusUpdated(paymentIntentId, 'Reversed'))
  const right = expectedSignature(body, SECRET)
  const cases: {
    name: string
    to?: { locationId: string }
    sent: Omit<Sent, 'body'> & { body?: unknown }
  }[] = [
    { name: 'no signature', sent: {} },
    { name: 'an empty signature', sent: { signature: '' } },
    {
      name: 'the signature of another body',
      sent: { signature: expectedSignature(`${body} `, SECRET) },
    },
    { name: 'the signature of no body', sent: { signature: expectedSignature('', SECRET) } },
    {
      name: 'another body for the signature',
      sent: { body: body.replace('Reversed', 'Refunded'), signature: right },
    },
    { name: 'another secret', sent: { secret: 'another' } },
    { name: 'an empty secret', sent: { secret: '' } },
    { name: 'the id of the secret', sent: { secret: `sc_${SECRET}` } },
    { name: 'lower case', sent: { signature: right.toLowerCase() } },
    { name: 'no dashes', sent: { signature: right.replaceAll('-', '') } },
    { name: 'no scheme', sent: { signature: right.slice('sha256='.length) } },
    { name: 'a signature cut short', sent: { signature: right.slice(0, -3) } },
    { name: 'a signature that goes on', sent: { signature: `${right}-00` } },
    { name: 'a signature that is not hexadecimal', sent: { signature: `${right.slice(0, -2)}XY` } },
    {
      name: 'base64',
      sent: {
        signature: `sha256=${Buffer.from(right.slice(7).replaceAll('-', ''), 'hex').toString('base64')}`,
      },
    },
    { name: 'the signature twice', sent: { headers: { 'dojo-signature': [right, right] } } },
    { name: 'a secret that was replaced too long ago', sent: { secret: 'replaced-long-ago' } },
    { name: "another venue's secret", sent: { secret: 'of-the-others' } },
    { name: "this venue's secret, at another's", to: others, sent: { secret: SECRET } },
    { name: 'a venue without secrets', to: withoutSecrets, sent: { secret: SECRET } },
    { name: 'a venue without secrets, and an empty one', to: withoutSecrets, sent: { secret: '' } },
    { name: 'a venue that has unsubscribed', to: unsubscribed, sent: { secret: 'not-believed' } },
    { name: 'an unknown venue', to: { locationId: 'loc_nobody' }, sent: { secret: SECRET } },
    {
      name: 'an unknown venue, and an empty secret',
      to: { locationId: 'loc_nobody' },
      sent: { secret: '' },
    },
    {
      name: 'a venue with NUL',
      to: { locationId: `${venue.locationId}\0` },
      sent: { secret: SECRET },
    },
    { name: 'what is no JSON', sent: { body: '{', secret: 'another' } },
    {
      name: 'the right credential and no signature',
      sent: { headers: { authorization: basic(venue.username, venue.password) } },
    },
  ]
  const looks = ({ status, headers, error: { errorType, debugMessage } }: RawAnswer) => ({
    status,
    errorType,
    debugMessage,
    headers: { ...headers, 'trace-id': '', date: '' },
  })
  const first = looks(await deliver(server, venue, { body }))
  for (const { name, to = venue, sent } of cases) {
    const answer = await deliver(server, to, { body, ...sent })
    checkRefused(t, answer, {
      status: 401,
      errorType: 'InvalidRequest',
      message: /^The header dojo-signature is missing or wrong/,
    })
    t.strictSame(looks(answer), first, `${name} looks like any other`)
  }
  t.notMatch(String(first.headers['www-authenticate']), /Basic/, 'no credential would help')
  t.same(await eventIds(server), [])
  t.match(await read(venue, orderId), { paidAmount: gbp(1_000), status: 'Finalized' })

  t.equal(
    (await deliver(server, venue, { body, signature: right })).status,
    200,
    'and the right one does',
  )
  t.match(await read(venue, orderId), { paidAmount: gbp(0) })
})

t.test('a secret that was replaced is believed for a while', async (t) => {
  const server = await startServer(t, { environment })
  const { venue } = server
  for (const secret of ['first', 'second', SECRET]) await believe(server, venue, secret)
  const taken = async (secret: string): Promise<number> =>
    (await deliver(server, venue, { body: statusUpdated(newIntent(), 'Created'), secret })).status
  t.strictSame(
    [await taken('first'), await taken('second'), await taken(SECRET)],
    [200, 200, 200],
    'any of several',
  )
  await retired(server, 'first', limits.webhookSecretGraceSeconds - 10)
  t.equal(await taken('first'), 200)
  await retired(server, 'first', limits.webhookSecretGraceSeconds + 1)
  t.strictSame([await taken('first'), await taken('second'), await taken(SECRET)], [401, 200, 200])
})

t.test('a signed body that is no event is refused as HandleEvent refuses it', async (t) => {
  const server = await startServer(t, { environment })
  const { venue } = server
  await believe(server, venue, SECRET)
  const event = statusUpdated(newIntent(), 'Captured')
  const cases: { name: string; body: unknown; message: RegExp }[] = [
    { name: 'no body', body: '', message: /^The request body must be an object, not null\.$/ },
    { name: 'no JSON', body: '{"id":', message: /^The request body is not JSON: / },
    {
      name: 'a list',
      body: [event],
      message: /^The request body must be an object, not an array\.$/,
    },
    {
      name: 'text',
      body: '"hello"',
      message: /^The request body must be an object, not a string\.$/,
    },
    ...(['id', 'accountId', 'event', 'data', 'createdAt'] as const).map((field) => ({
      name: `no ${field}`,
      body: { ...event, [field]: undefined },
      message: new RegExp(`^The field ${field} is missing\\.$`),
    })),
    {
      name: 'a time in words',
      body: { ...event, createdAt: 'yesterday' },
      message: /^The field createdAt must be a time/,
    },
    {
      name: 'no status',
      body: { ...event, data: { paymentIntentId: 'pi', captureMode: 'Auto' } },
      message: /^In data: The field paymentStatus is missing\.$/,
    },
    { name: 'NUL', body: { ...event, id: 'a\0b' }, message: /U\+0000/ },
    {
      name: 'a deep one',
      body: `{"a":${'['.repeat(limits.maxJsonDepth)}${']'.repeat(limits.maxJsonDepth)}}`,
      message: /nests deeper than/,
    },
  ]
  for (const { name, body, message } of cases) {
    await t.test(name, async (t) => {
      const answer = await deliver(server, venue, { body, secret: SECRET })
      checkRefused(t, answer, { status: 400, errorType: 'InvalidRequest', message })
      const byRest = await server.app.inject({
        method: 'POST',
        url: '/v1/events',
        headers: {
          'content-type': 'application/json',
          authorization: basic(venue.username, venue.password),
        },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      })
      t.equal(answer.error.debugMessage, answerOf(byRest).error.debugMessage)
    })
  }
  t.same(await eventIds(server), [])
})

t.test('bounds', async (t) => {
  const server = await startServer(t, { environment: { ...environment, ROUTE_PREFIX: '/dojo' } })
  const { venue, app } = server
  await believe(server, venue, SECRET)
  const url = `/dojo/webhooks/dojo/${venue.locationId}`
  const body = JSON.stringify(statusUpdated(newIntent(), 'Captured'))
  const headers = {
    'content-type': 'application/json',
    'dojo-signature': expectedSignature(body, SECRET),
  }
  t.equal(
    (await app.inject({ method: 'POST', url, headers, payload: body })).statusCode,
    200,
    'below the prefix',
  )
  checkRefused(
    t,
    answerOf(
      await app.inject({ method: 'POST', url: url.slice('/dojo'.length), headers, payload: body }),
    ),
    { status: 404, errorType: 'NotFound' },
  )
  checkRefused(
    t,
    answerOf(
      await app.inject({
        method: 'POST',
        url: `/dojo/v1${url.slice('/dojo'.length)}`,
        headers,
        payload: body,
      }),
    ),
    { status: 401, errorType: 'InvalidRequest' },
  )

  const large = JSON.stringify({
    ...(JSON.parse(body) as object),
    more: 'x'.repeat(limits.maxBodyBytes),
  })
  checkRefused(
    t,
    answerOf(
      await app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'dojo-signature': expectedSignature(large, SECRET) },
        payload: large,
      }),
    ),
    { status: 413, errorType: 'InvalidRequest', message: /larger than/ },
  )

  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const answer = answerOf(await app.inject({ method, url }))
    checkRefused(t, answer, {
      status: 405,
      errorType: 'NotFound',
      message: new RegExp(
        `^${method} is not allowed on /webhooks/dojo/{locationId}; it takes POST\\.$`,
      ),
    })
    t.equal(answer.headers['allow'], 'POST')
  }
  t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 405)
})

t.test('a fault of ours is none of the sender', async (t) => {
  const body = statusUpdated(newIntent(), 'Captured')

  t.test('a secret that cannot be decrypted', async (t) => {
    const log = memoryLog()
    const server = await startServer(t, { environment, overrides: { logger: log.logger } })
    const { venue } = server
    await believe(server, venue, SECRET, { secretsKey: 'a1'.repeat(32) })
    checkRefused(t, await deliver(server, venue, { body, secret: SECRET }), {
      status: 500,
      errorType: 'UnexpectedError',
    })
    t.match(
      log.text(),
      `The webhook secret of ${venue.locationId} cannot be decrypted: it was stored under another SECRETS_KEY.`,
    )
    t.same(await eventIds(server), [])

    await believe(server, venue, 'the-next')
    t.equal(
      (await deliver(server, venue, { body, secret: 'the-next' })).status,
      200,
      'what is signed with one that opens is believed',
    )
    t.equal(
      (await deliver(server, venue, { body, secret: SECRET })).status,
      500,
      'of the other nobody can tell',
    )
    t.equal(
      (await deliver(server, venue, { body })).status,
      401,
      'but without a signature there is nothing to tell',
    )
  })

  t.test('no key to open it with', async (t) => {
    const server = await startServer(t, {
      environment: { DATABASE_URL: 'postgres://127.0.0.1/not-embedded' },
    })
    await believe(server, server.venue, SECRET)
    t.equal((await deliver(server, server.venue, { body, secret: SECRET })).status, 500)
  })

  t.test('no database', async (t) => {
    const server = await startServer(t, { environment })
    await believe(server, server.venue, SECRET)
    await dropDatabase(server)
    checkRefused(t, await deliver(server, server.venue, { body, secret: SECRET }), {
      status: 503,
      errorType: 'UnexpectedError',
    })
  })

  t.test('a handler that fails, and then does not', async (t) => {
    let fails = true
    const server = await startServer(t, {
      environment,
      overrides: {
        handlers: {
          HandleEvent: async (...given) =>
            fails ? await Promise.reject(new Error('bug')) : await handleEvent(...given),
        },
      },
    })
    await believe(server, server.venue, SECRET)
    t.equal((await deliver(server, server.venue, { body, secret: SECRET })).status, 500)
    fails = false
    t.equal(
      (await deliver(server, server.venue, { body, secret: SECRET })).status,
      200,
      'sent again',
    )
    t.same(await eventIds(server), [body.id])
  })
})

t.test('what is written down of a webhook', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { environment, overrides: { logger: log.logger } })
  const { venue } = server
  await believe(server, venue, SECRET)
  const intent = newIntent()
  const body = { ...statusUpdated(intent, 'Authorized'), more: 'words of a customer' }
  const signature = expectedSignature(JSON.stringify(body), SECRET)
  const route = '/webhooks/dojo/:locationId'
  log.clear()
  const taken = await deliver(server, venue, { body, secret: SECRET })
  await deliver(server, venue, { body: { ...body, data: {} }, secret: SECRET })
  await deliver(server, venue, { body: { ...body, more: '' }, signature })
  t.match(log.requests(), [
    {
      traceId: taken.headers['trace-id'],
      venue: venue.locationId,
      method: 'POST',
      route,
      status: 200,
      product: 'Webhook',
    },
    { venue: venue.locationId, route, status: 400, reason: 'invalid' },
    { route, status: 401, reason: 'signature' },
  ])
  t.notOk('venue' in log.requests()[2]!, 'whose it is is not known then')
  t.equal(log.lines().length, 4, 'and a line about the field that the contract does not have')
  for (const secret of [SECRET, signature, signature.slice(7, 20), 'words of a customer', intent]) {
    t.notOk(log.text().includes(secret), `not ${secret}`)
  }

  const { payload } = await server.app.inject('/metrics')
  for (const outcome of ['ok', 'invalid', 'unauthenticated']) {
    t.match(
      payload,
      `epos_request_duration_seconds_count{capability="Webhook",outcome="${outcome}"} 1\n`,
    )
  }
})

t.test('one event at once on both ways, many times, on two instances: one effect', async (t) => {
  const server = await startServer(t, { environment })
  const second = await startServer(t, { environment, databaseUrl: server.databaseUrl })
  const { venue } = server
  await believe(server, venue, SECRET)
  for (let round = 0; round < 3; round++) {
    const { orderId, paymentIntentId } = await settled(venue)
    const body = statusUpdated(paymentIntentId, 'Reversed')
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        if (index % 2 === 0) return (await venue.call('HandleEvent', body)).status
        return (await deliver(index % 4 === 1 ? server : second, venue, { body, secret: SECRET }))
          .status
      }),
    )
    t.same(
      statuses.filter((status) => status !== 200),
      [],
    )
    t.strictSame(await actionsOf(server, orderId), ['Created', 'PaymentRecorded', 'PaymentVoided'])
    t.equal(
      (await server.sql('SELECT 1 FROM dojo_events WHERE event_id = $1', [body.id])).length,
      1,
    )
    t.match(await read(venue, orderId), { paidAmount: gbp(0), payable: true })
  }
})
