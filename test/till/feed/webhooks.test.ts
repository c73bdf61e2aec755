// Webhooks to a venue's own systems, held against the reference verifier of Standard Webhooks.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import t, { type Test } from 'tap'
import { typeOf } from '../../../src/till/feed/venue-events.ts'
import { limits } from '../../../src/limits.ts'
import { lock, newOrder, pay } from '../../support/orders.ts'
import { runEpos } from '../../support/scripts.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'
import { isProblem, newTill, type Till } from '../../support/till.ts'
import { until } from '../../support/visits.ts'

interface Received {
  headers: IncomingHttpHeaders
  body: string
  event: { type: string; timestamp: string; data: { locationId: string; orderId: string } }
}

/** A system of the venue's. It answers with `answer` to each request in turn, and then with 204. */
async function newSystem(t: Test, ...answers: number[]) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ headers: request.headers, body, event: JSON.parse(body) as never })
      const status = answers.shift() ?? 204
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`
  return { url, received, types: () => received.map(({ event }) => event.type) }
}

async function newVenueWithOwner(t: Test, server: TestServer, name: string) {
  const venue = await server.newVenue(name)
  return { venue, owner: await newTill(t, server, { venue, role: 'owner' }) }
}

async function add(owner: Till, url: string, more: object = {}) {
  const { status, body, text } = await owner.call('POST /webhooks', {}, { url, ...more })
  if (status !== 201) throw new Error(text)
  return body as { id: string; secret: string }
}

/** Another transaction may hold an endpoint's row for a moment, and the next round looks again. */
async function sent(
  { webhooks }: TestServer,
  { received }: { received: Received[] },
  count: number,
): Promise<void> {
  await until(`${count} events are sent`, async () => {
    await webhooks.idle()
    return received.length >= count
  })
}

/** The retries that wait are due. */
const retryNow = async ({ sql, webhooks }: TestServer, { locationId }: Venue): Promise<void> => {
  await sql('UPDATE webhook_deliveries SET next_attempt_at = now() WHERE location_id = $1', [
    locationId,
  ])
  await webhooks.idle()
}

const TEST_KEY = '0123456789abcdef'.repeat(4)

const environment = { WEBHOOKS_ALLOW_PRIVATE: 'true', SECRETS_KEY: TEST_KEY }

async function failsAndIsSentAgain(t: Test, server: TestServer): Promise<void> {
  const { venue, owner } = await newVenueWithOwner(t, server, 'The Plough')
  const system = await newSystem(t, 500, 302)
  const { id: webhookId } = await add(owner, system.url)
  const order = await newOrder(venue, 1_000)
  await pay(venue, order.id, 100)
  await sent(server, system, 1)
  t.strictSame(system.types(), ['order.created'], 'the next event of the order waits')
  const state = async () => (await owner.call('GET /webhooks')).body.webhooks[0]
  t.match(await state(), { waiting: 2, failed: 0, lastError: /answered 500/, failingSince: /^20/ })
  await retryNow(server, venue)
  t.equal(system.received.length, 2, 'a redirect is a failure, and is not followed')
  await retryNow(server, venue)
  t.strictSame(system.types(), [
    'order.created',
    'order.created',
    'order.created',
    'payment.recorded',
  ])
  const ids = system.received.map(({ headers }) => headers['webhook-id'])
  t.equal(new Set(ids.slice(0, 3)).size, 1, 'the same id')
  const quiet = await state()
  t.match(quiet, { waiting: 0, failed: 0, enabled: true })
  t.notOk(quiet.failingSince)
  const eventId = String(ids[0])
  await owner.call('POST /webhooks/{webhookId}/deliveries/{eventId}/resend', { webhookId, eventId })
  await server.webhooks.idle()
  t.equal(system.received.at(-1)!.headers['webhook-id'], eventId, 'one again by hand')
}

async function givenUpAndRecovered(t: Test, server: TestServer): Promise<void> {
  const { venue, owner } = await newVenueWithOwner(t, server, 'The Ship')
  const times = limits.webhookRetrySeconds.length + 1
  const system = await newSystem(t, ...Array.from({ length: times }, () => 503))
  const { id: webhookId } = await add(owner, system.url)
  await newOrder(venue, 500)
  await sent(server, system, 1)
  for (let attempt = 1; attempt < times; attempt++) await retryNow(server, venue)
  t.equal(system.received.length, times)
  const { body } = await owner.call('GET /webhooks/{webhookId}/deliveries', { webhookId })
  t.match(body.deliveries, [{ state: 'failed', attempts: times, status: 503 }])
  const since = new Date(Date.now() - 60_000).toISOString()
  const recovered = await owner.call('POST /webhooks/{webhookId}/recover', { webhookId }, { since })
  t.equal(recovered.body.events, 1)
  await server.webhooks.idle()
  t.equal(system.received.length, times + 1)
  t.match((await owner.call('GET /webhooks')).body.webhooks, [{ failed: 0, waiting: 0 }])
}

for (const isDistributed of [false, true]) {
  const where = isDistributed ? ', on a distributed database' : ''
  t.test(`what one endpoint fails to take${where}`, async (t) => {
    const server = await startServer(t, { environment, overrides: { isDistributed } })
    await t.test('is sent again in sequence, with the same id', async (t) => {
      await failsAndIsSentAgain(t, server)
    })
    await t.test('is given up after the schedule, and recovered by hand', async (t) => {
      await givenUpAndRecovered(t, server)
    })
  })
}

t.test('webhooks', async (t) => {
  const server = await startServer(t, { environment })

  t.test('the reference verifier accepts each event, also while a secret is rotated', async (t) => {
    const { venue, owner } = await newVenueWithOwner(t, server, 'The Red Lion')
    const system = await newSystem(t)
    const { id: webhookId, secret } = await add(owner, system.url)
    const order = await newOrder(venue, 1_000)
    await lock(venue, order.id, 'lock-1')
    await pay(venue, order.id, 1_000, { lockId: 'lock-1' })
    await sent(server, system, 3)
    t.strictSame(system.types(), ['order.created', 'order.locked', 'order.paid'], 'in sequence')
    t.match(system.received[2]!.event.data, { orderId: order.id, order: { balanceMinor: 0 } })
    const rotated = await owner.call('POST /webhooks/{webhookId}/rotate', { webhookId })
    await newOrder(venue, 100)
    await sent(server, system, 4)
    const verify = (with_: string, { body, headers }: Received): unknown =>
      new Webhook(with_).verify(body, headers as Record<string, string>)
    for (const each of system.received) t.ok(verify(secret, each))
    t.ok(verify(rotated.body.secret, system.received[3]!), 'both secrets sign meanwhile')
    t.throws(() => verify(rotated.body.secret, system.received[0]!))
  })

  t.test('disabled after five days of failures, and nothing is lost meanwhile', async (t) => {
    const { venue, owner } = await newVenueWithOwner(t, server, 'The Crown')
    const system = await newSystem(t, 500, 500)
    const { id: webhookId } = await add(owner, system.url)
    await newOrder(venue, 500)
    await sent(server, system, 1)
    await server.sql(
      "UPDATE webhook_endpoints SET failing_since = now() - interval '5 days 1 second' WHERE location_id = $1",
      [venue.locationId],
    )
    await retryNow(server, venue)
    t.match((await owner.call('GET /webhooks')).body.webhooks, [
      { enabled: false, disabledReason: /failed for 5 days.*answered 500/ },
    ])
    await newOrder(venue, 600)
    await retryNow(server, venue)
    t.equal(system.received.length, 2, 'nothing is sent')
    await owner.call('PATCH /webhooks/{webhookId}', { webhookId }, { enabled: true })
    await retryNow(server, venue)
    t.equal(system.received.length, 4, 'what happened meanwhile is sent then')
  })

  t.test(
    'an answer that is late delays its own order alone; each endpoint has its share',
    async (t) => {
      const { venue, owner } = await newVenueWithOwner(t, server, 'The Late Answer')
      const held: ServerResponse[] = []
      let most = 0
      const late = createServer((_request, response) => {
        most = Math.max(most, held.push(response))
      })
      await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve))
      t.teardown(() => {
        late.closeAllConnections()
        late.close()
      })
      await add(owner, `http://127.0.0.1:${(late.address() as AddressInfo).port}`)
      const next = async () => {
        await until('an event comes', () => Promise.resolve(held.length > 0))
        held.shift()!.writeHead(204).end()
      }
      await newOrder(venue, 1_000)
      await until('the first is being sent', () => Promise.resolve(held.length === 1))
      const first = held.shift()!
      for (let count = 0; count < 5; count++) {
        await newOrder(venue, 1_000)
        await next()
      }
      for (let count = 0; count < 6; count++) await newOrder(venue, 1_000)
      await until('the share is used', () => Promise.resolve(held.length === 3))
      for (let count = 0; count < 6; count++) await next()
      first.writeHead(204).end()
      await server.webhooks.idle()
      t.equal(most, 3, 'besides the late one')
      const waiting = await server.sql(
        'SELECT 1 FROM webhook_deliveries WHERE location_id = $1 AND delivered_at IS NULL',
        [venue.locationId],
      )
      t.strictSame(waiting, [])
    },
  )

  t.test('only the types that are wanted; a slow one delays no other; gone is gone', async (t) => {
    const { venue, owner } = await newVenueWithOwner(t, server, 'The Anchor')
    const deaf = createServer(() => {})
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      deaf.closeAllConnections()
      deaf.close()
    })
    const slow = await add(owner, `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`)
    const system = await newSystem(t)
    await add(owner, system.url, { types: ['payment.recorded'] })
    const order = await newOrder(venue, 1_000)
    await pay(venue, order.id, 100)
    const waits = server.webhooks.idle()
    while (system.received.length === 0) await new Promise(setImmediate)
    t.strictSame(system.types(), ['payment.recorded'])
    const removed = await owner.call('DELETE /webhooks/{webhookId}', { webhookId: slow.id })
    t.equal(removed.status, 200)
    deaf.closeAllConnections()
    await waits
    t.equal((await owner.call('GET /webhooks')).body.webhooks.length, 1)
  })

  t.test('days, and what card machines do, have types of their own', async (t) => {
    const { owner } = await newVenueWithOwner(t, server, 'The Swan')
    const system = await newSystem(t)
    await add(owner, system.url, { types: ['day.opened', 'day.closed'] })
    await owner.call('POST /days', {}, { id: 'day-1', floatMinor: 5_000 })
    for (const time of ['once', 'again']) {
      const closed = await owner.call('POST /days/{dayId}/close', { dayId: 'day-1' }, {})
      t.equal(closed.status, 200, time)
    }
    await sent(server, system, 2)
    t.strictSame(system.types(), ['day.opened', 'day.closed'])
    t.match(system.received[1]!.event.data, {
      dayId: 'day-1',
      detail: { salesMinor: 0, takingsMinor: 0, tipsMinor: 0, differenceMinor: 0 },
    })
    const card: Record<string, string> = {
      Waiting: 'card-payment.waiting',
      SignatureRequired: 'card-payment.signature-required',
      Captured: 'card-payment.captured',
      Declined: 'card-payment.declined',
    }
    for (const [status, type] of Object.entries(card)) {
      for (const entity of ['Order', 'Refund'] as const) {
        t.equal(typeOf({ entity, action: `CardPayment${status}`, detail: {} }), type)
      }
    }
  })

  t.test('an endpoint of the operator gets the events of every venue', async (t) => {
    const system = await newSystem(t)
    const environment = {
      DATABASE_URL: server.databaseUrl,
      SECRETS_KEY: TEST_KEY,
      WEBHOOKS_ALLOW_PRIVATE: 'true',
    }
    const epos = async (...args: string[]) => {
      const { code, stdout, stderr } = await runEpos(['endpoint', ...args, '--json'], {
        environment,
      })
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout)
    }
    const { endpointId, secret } = await epos('create', '--url', system.url)
    const { venue: old, owner } = await newVenueWithOwner(t, server, 'Made after it')
    const venues = [server.venue, old]
    for (const venue of venues) await newOrder(venue, 1_000)
    await sent(server, system, 2)
    const mine = system.received
    t.strictSame(
      mine.map(({ event }) => event.data.locationId).sort(),
      venues.map(({ locationId }) => locationId).sort(),
    )
    for (const { body, headers } of mine) {
      t.ok(new Webhook(secret).verify(body, headers as Record<string, string>))
      const id = String(headers['webhook-id'])
      t.ok(
        venues.some(({ locationId }) => id.startsWith(`${locationId}_order_1_`)),
        id,
      )
    }
    t.strictSame((await owner.call('GET /webhooks')).body.webhooks, [], 'a venue does not see it')
    const removing = await owner.call('DELETE /webhooks/{webhookId}', { webhookId: endpointId })
    t.equal(removing.status, 404, 'nor remove it')

    const rotated = await epos('rotate-secret', '--endpoint', endpointId)
    await newOrder(old, 500)
    await server.webhooks.idle()
    const newest = mine.at(-1)!
    for (const each of [secret, rotated.secret]) {
      t.ok(new Webhook(each).verify(newest.body, newest.headers as Record<string, string>))
    }
    const since = new Date(Date.now() - 3_600_000).toISOString()
    await server.sql(
      `UPDATE webhook_deliveries SET delivered_at = NULL, failed_at = now() WHERE endpoint_id = $1 AND location_id = $2`,
      [endpointId, old.locationId],
    )
    await server.sql(
      "UPDATE webhook_endpoints SET disabled_at = now(), disabled_reason = 'x' WHERE endpoint_id = $1",
      [endpointId],
    )
    t.match(await epos('list'), [{ endpointId, failed: 2, disabled: Number }])
    t.equal((await epos('recover', '--endpoint', endpointId, '--since', since)).events >= 2, true)
    await server.webhooks.idle()
    t.equal(mine.length, 3, 'nothing is sent while it is disabled')
    await epos('enable', '--endpoint', endpointId)
    await server.webhooks.idle()
    t.ok(mine.length >= 5)
    await epos('remove', '--endpoint', endpointId)
    const { length } = mine
    await newOrder(old, 500)
    await server.webhooks.idle()
    t.equal(mine.length, length, 'nothing is sent once it is removed')
    t.strictSame(await epos('list'), [])
  })

  t.test('a venue may have so many, and no more', async (t) => {
    const { owner } = await newVenueWithOwner(t, server, 'Many')
    for (let n = 1; n <= 20; n++) await add(owner, `https://example.com/${n}`)
    isProblem(
      t,
      await owner.call('POST /webhooks', {}, { url: 'https://example.com/21' }),
      409,
      'in-use',
      /^There are 20 webhooks already/,
    )
  })

  t.test('a server that stops sends no more, and keeps it for the next one', async (t) => {
    const stopping = await startServer(t, {
      environment: { WEBHOOKS_ALLOW_PRIVATE: 'true', SECRETS_KEY: TEST_KEY },
    })
    const { venue, owner } = await newVenueWithOwner(t, stopping, 'The Last Orders')
    const system = await newSystem(t)
    await add(owner, system.url)
    await stopping.webhooks.stop()
    await newOrder(venue, 100)
    await stopping.webhooks.idle()
    t.strictSame(system.received, [])
    t.strictSame(
      await stopping.sql('SELECT attempts, claimed_until FROM webhook_deliveries'),
      [{ attempts: 0, claimed_until: null }],
      'queued, and not claimed',
    )
  })

  t.test('private addresses need the operator', async (t) => {
    const strict = await startServer(t, { environment: { SECRETS_KEY: TEST_KEY } })
    const owner = await newTill(t, strict, { role: 'owner' })
    const refused: [url: string, why: RegExp][] = [
      ['http://example.com/', /https/],
      ['https://user:secret@example.com/', /password/],
      ['https://10.1.2.3/', /private/],
      ['https://[::1]/', /private/],
      ['https://localhost:8443/x', /private/],
      ['ftp://example.com/', /web address/],
    ]
    for (const [url, why] of refused) {
      isProblem(t, await owner.call('POST /webhooks', {}, { url }), 400, 'invalid', why)
    }
    // A name that leads to a private address is found out when it is connected to.
    const { id: webhookId } = await add(owner, 'https://example.com/')
    await strict.sql(
      "UPDATE webhook_endpoints SET url = 'https://localhost/' WHERE endpoint_id = $1",
      [webhookId],
    )
    await newOrder(strict.venue, 100)
    await strict.webhooks.idle()
    const { body } = await owner.call('GET /webhooks/{webhookId}/deliveries', { webhookId })
    t.match(body.deliveries, [{ state: 'waiting', error: /EPRIVATE/ }])
  })
})
