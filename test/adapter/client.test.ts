// The client of the till API: what may be sent again is, money is exact, webhooks are verified.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import {
  createTillCalls,
  createTillClient,
  followEvents,
  fromMinor,
  okay,
  TillProblem,
  toMinor,
  verifyWebhook,
} from '../../src/till-client/index.ts'
import { createVersions } from '../../src/adapter/versions.ts'
import { newOrder } from '../support/orders.ts'
import { startServer } from '../support/server.ts'
import { newTill } from '../support/till.ts'

t.test('a call is sent again under one key until it is answered', async (t) => {
  const keys: unknown[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length === 1) request.socket.destroy()
    else if (keys.length === 2) response.writeHead(503, { 'retry-after': '0' }).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const client = createTillClient({ url: `http://127.0.0.1:${port}/`, token: 'till_x', retryMs: 1 })
  const { results } = await okay(client.PUT('/till/v1/mirror/orders', { body: { orders: [] } }))
  t.strictSame(results, [])
  t.equal(keys.length, 3)
  t.equal(new Set(keys).size, 1)
  t.match(keys[0], /^[0-9a-f-]{36}$/)
})

t.test('problems are errors with a code, and events follow each other', async (t) => {
  const server = await startServer(t)
  await server.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.app.server.address() as AddressInfo
  const { token } = await newTill(t, server)
  const client = createTillClient({ url: `http://127.0.0.1:${port}`, token })
  const missing = client.GET('/till/v1/orders/{orderId}', { params: { path: { orderId: 'x' } } })
  const error = await okay(missing).catch((thrown: unknown) => thrown)
  t.ok(error instanceof TillProblem)
  t.match((error as TillProblem).problem, { status: 404, code: 'not-found' })

  const stopping = new AbortController()
  const followed = followEvents(client, { signal: stopping.signal })
  t.match((await followed.next()).value, { events: [], position: /:/ })
  const next = followed.next()
  const order = await newOrder(server.venue, 500)
  t.match((await next).value, { events: [{ type: 'order.created', orderId: order.id }] })
  const last = followed.next()
  stopping.abort()
  t.equal((await last).done, true)
})

t.test('short calls say what goes where, and answer or throw', async (t) => {
  const sent: object[] = []
  const client = createTillClient({
    url: 'http://till.example/epos/',
    token: 'till_x',
    fetch: async (request) => {
      const { method, url } = request
      sent.push({ method, url, body: await request.text() })
      const isFine = !url.endsWith('/gone')
      const answer = isFine ? { id: 'o/1' } : { detail: 'There is none.', code: 'not-found' }
      return Response.json(answer, { status: isFine ? 200 : 404 })
    },
  })
  const till = createTillCalls(client)
  const { id: orderId } = await till.post('/orders', { orderType: 'DineIn' })
  await till.post('/orders/{orderId}/bump', { orderId }, {})
  await till.put('/setup', { waiters: [{ id: '1', name: 'Becky' }] }, { dryRun: true })
  await till.get('/events', { after: 'x', waitSeconds: 5 })
  await till.patch('/venue', { kind: 'mirrored' })
  const gone = { webhookId: 'gone' }
  const error = await till.delete('/webhooks/{webhookId}', gone).catch((thrown: unknown) => thrown)
  t.match((error as TillProblem).problem, { code: 'not-found', detail: 'There is none.' })
  const base = 'http://till.example/epos/till/v1'
  t.strictSame(sent, [
    { method: 'POST', url: `${base}/orders`, body: '{"orderType":"DineIn"}' },
    { method: 'POST', url: `${base}/orders/o%2F1/bump`, body: '{}' },
    {
      method: 'PUT',
      url: `${base}/setup?dryRun=true`,
      body: '{"waiters":[{"id":"1","name":"Becky"}]}',
    },
    { method: 'GET', url: `${base}/events?after=x&waitSeconds=5`, body: '' },
    { method: 'PATCH', url: `${base}/venue`, body: '{"kind":"mirrored"}' },
    { method: 'DELETE', url: `${base}/webhooks/gone`, body: '' },
  ])
})

t.test('money', async (t) => {
  const amounts: [number | string, number][] = [
    [12.34, 1234],
    ['12.34', 1234],
    [0.1 + 0.2, 30],
    [1.005, 101],
    [33.33 * 3, 9999],
    [-0.05, -5],
    [0, 0],
  ]
  for (const [amount, minor] of amounts) t.equal(toMinor(amount), minor, String(amount))
  for (const minor of [0, 5, 99, 100, 123456, -5, -1234]) t.equal(toMinor(fromMinor(minor)), minor)
  t.equal(fromMinor(-5), '-0.05')
  for (const text of ['twelve', '', ' ', '1,50']) {
    t.throws(() => toMinor(text), { name: 'RangeError', message: /is not an amount/ }, text)
  }
})

t.test('webhooks are verified as the reference signs them', async (t) => {
  const secret = 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0'
  const now = new Date()
  const body = '{"type":"order.paid"}'
  const signature = new Webhook(secret).sign('msg_1', now, body)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,AAAA ${signature}`,
  }
  t.strictSame(verifyWebhook(secret, headers, body), { type: 'order.paid' })
  const broken: [string, () => unknown][] = [
    ['another body', () => verifyWebhook(secret, headers, `${body} `)],
    ['another secret', () => verifyWebhook('whsec_b3RoZXJvdGhlcm90aGVy', headers, body)],
    ['another time', () => verifyWebhook(secret, headers, body, now.getTime() + 301_000)],
    ['no signature', () => verifyWebhook(secret, { 'webhook-id': 'msg_1' }, body)],
  ]
  for (const [what, verify] of broken) t.throws(verify, what)
})

t.test('versions rise with every change, also over a restart', async (t) => {
  let now = 1_000
  const versions = createVersions(() => now)
  const order = (totalMinor: number) => ({ id: 'a', lines: [], totalMinor })
  const versionOf = (totalMinor: number) => versions.count([order(totalMinor)])[0]!.version
  t.equal(versionOf(1), 1_000)
  t.equal(versionOf(1), 1_000, 'the same content has the same version')
  t.equal(versionOf(2), 1_001, 'two changes within a millisecond')
  now = 500
  t.equal(versionOf(3), 1_002, 'the clock went back')
  versions.catchUp('a', 9_000)
  t.equal(versionOf(3), 9_001, 'the server has a later one')
  t.equal(createVersions(() => 10_000).count([{ ...order(1), version: 7 }])[0]!.version, 7)
})

t.test('epos adapter init makes a program that runs', async (t) => {
  const folder = join(t.testdir(), 'my-till')
  const epos = (...args: string[]): string =>
    execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/epos.ts'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  t.match(epos('adapter', 'init', folder, '--till', 'http'), 'npm install')
  t.match(readFileSync(join(folder, 'till.ts'), 'utf8'), "from './adapter/index.ts'")
  t.ok(existsSync(join(folder, 'till-client/generated/till-api.ts')))
  t.match(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), {
    dependencies: { 'openapi-fetch': /^\d/ },
  })
  t.throws(() => epos('adapter', 'init', folder), /exists already/)
  for (const name of ['sqlite', 'http']) {
    const example = readFileSync(join(import.meta.dirname, `../../examples/${name}.ts`), 'utf8')
    t.ok(
      example.split('\n').length <= 150,
      `${name} is short enough to be read before it is changed`,
    )
  }
})
