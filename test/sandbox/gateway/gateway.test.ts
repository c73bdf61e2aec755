// The WebSocket gateway: who may connect, which connection is called, what becomes of calls whose
// connection breaks, and the faults of the way.
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket as UndiciWebSocket } from 'undici'
import { WebSocket, type ClientOptions } from 'ws'
import { registerableNames } from '../../../src/contract/capabilities.ts'
import type { Account } from '../../../src/sandbox/dojo/state.ts'
import type { Exchange } from '../../../src/sandbox/epos/exchange.ts'
import type { Connection } from '../../../src/sandbox/gateway/connection.ts'
import type { Line } from '../../../src/sandbox/gateway/line.ts'
import { connectEpos, type SocketEpos, type SocketFault } from '../support/epos-socket.ts'
import { startEpos, type InMemoryEpos } from '../support/epos.ts'
import { startSandbox, type Answer } from '../support/dojo.ts'

const { sandbox, url, call } = await startSandbox(t, {
  eposTimeoutMs: 1_000,
  socketTimes: { reconnectMs: 1_000, pongMs: 500 },
})
const { simulation } = sandbox
const gateway = `${url.replace('http', 'ws')}/epos`
const NAMES = registerableNames.map((name) => ({ name, version: 'v1' }))

let keys = 0

interface Venue {
  key: string
  account: Account
  line: Line
  ask: (method: string, path: string, body?: unknown) => Promise<Answer>
}

/** An account of its own, registered for the WebSocket. */
async function newVenue(): Promise<Venue> {
  const key = `sk_sandbox_gateway_${++keys}`
  const account = simulation.account(key)
  const ask: Venue['ask'] = async (method, path, body) =>
    await call(method, path, body, { authorization: `Basic ${key}` })
  await ask('PUT', '/epos/integrations/ws', { capabilities: NAMES })
  return { key, account, line: simulation.gateway.lineOf(account), ask }
}

interface Connected extends Venue {
  epos: InMemoryEpos
  client: SocketEpos
}

async function newConnected(t: Test, faults: SocketFault[] = []): Promise<Connected> {
  const venue = await newVenue()
  const epos = await startEpos()
  const opening = venue.line.nextConnection(5_000)
  const client = connectEpos(epos, { url: gateway, key: venue.key, faults })
  t.teardown(async () => {
    client.close()
    await epos.close()
  })
  await opening
  return { ...venue, epos, client }
}

const getOrder = async ({ account }: Venue, orderId: string): Promise<Exchange<'GetOrderById'>> =>
  await simulation.eposClientOf(account)!.call('GetOrderById', { orderId }, { product: 'Test' })

/** A connection that answers nothing by itself. */
async function open({ key, line }: Venue): Promise<{ socket: WebSocket; connection: Connection }> {
  const opening = line.nextConnection(5_000)
  const socket = new WebSocket(gateway, { headers: headersOf(key) })
  socket.on('error', () => {})
  await once(socket, 'open')
  return { socket, connection: (await opening)! }
}

const headersOf = (key: string): Record<string, string> => ({
  authorization: `Basic ${key}`,
  'software-house-id': 'my-place',
})

// --- the handshake

async function refusalOf(address: string, options: ClientOptions): Promise<object> {
  const socket = new WebSocket(address, options)
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number },
  ]
  let text = ''
  for await (const chunk of response) text += chunk.toString()
  return { status: response.statusCode, detail: (JSON.parse(text) as { detail: string }).detail }
}

t.test('a handshake without what Dojo wants is refused, and says why', async (t) => {
  const { key } = await newVenue()
  const good = headersOf(key)
  const encoded = `Basic ${Buffer.from(`${key}:`).toString('base64')}`
  const cases: Array<[string, ClientOptions['headers'], object, string?]> = [
    ['no key', { 'software-house-id': 'a' }, { status: 401, detail: /with the key not encoded/ }],
    ['an encoded key', { ...good, authorization: encoded }, { status: 401 }],
    ['a production key', { ...good, authorization: 'Basic sk_prod_1' }, { status: 401 }],
    ['no software house', { authorization: `Basic ${key}` }, { status: 400, detail: /software-h/ }],
    ['another path', good, { status: 404, detail: /connect to \/epos/ }, `${url}/elsewhere`],
  ]
  for (const [what, headers, refusal, address = gateway] of cases) {
    t.match(await refusalOf(address, { headers }), refusal, what)
  }
  t.match(await call('GET', '/epos'), { status: 426, body: { detail: /ws:\/\// } })
})

t.test('the fault socket-refused refuses with its status', async (t) => {
  const { key, ask } = await newVenue()
  const headers = headersOf(key)
  for (const code of [401, 503]) {
    await ask('POST', '/sandbox/faults', { kind: 'socket-refused', times: 1, code })
    t.match(await refusalOf(gateway, { headers }), { status: code })
  }
})

t.test('one key has ten connections at most', async (t) => {
  const venue = await newVenue()
  const opened = []
  for (let count = 0; count < 10; count++) opened.push(await open(venue))
  t.match(await refusalOf(gateway, { headers: headersOf(venue.key) }), { status: 429 })
  t.match((await venue.ask('GET', '/sandbox/socket')).body, {
    isRefusing: false,
    connections: opened.map(({ connection }) => ({ number: connection.number })),
  })
  for (const { socket } of opened) socket.terminate()
})

// --- calls

t.test("undici's WebSocket, which this server uses as well", async (t) => {
  const venue = await newVenue()
  const opening = venue.line.nextConnection(5_000)
  const socket = new UndiciWebSocket(gateway, { headers: headersOf(venue.key) })
  t.teardown(() => {
    socket.close()
  })
  let request: Record<string, unknown> = {}
  socket.addEventListener('message', ({ data }) => {
    request = JSON.parse(data as string) as typeof request
    const error = { errorType: 'NotFound', debugMessage: 'There is none.' }
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: request['id'], error }))
  })
  await opening
  t.match(await getOrder(venue, 'o-1'), {
    transport: 'socket',
    method: 'GetOrderByIdV1',
    status: 404,
    refusal: { errorType: 'NotFound' },
    contractErrors: [],
  })
  t.match(request, {
    jsonrpc: '2.0',
    id: String,
    method: 'GetOrderByIdV1',
    params: { orderId: 'o-1', headers: { dojoRequestingProduct: 'Test' } },
  })
})

t.test('the newest connection is called, and the one before it when that ends', async (t) => {
  const venue = await newVenue()
  const asked: string[] = []
  const answering = async (name: string): Promise<WebSocket> => {
    const { socket } = await open(venue)
    socket.on('message', (data) => {
      asked.push(name)
      const { id } = JSON.parse((data as Buffer).toString()) as { id: string }
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, error: { errorType: 'NotFound' } }))
    })
    return socket
  }
  const first = await answering('first')
  const second = await answering('second')
  await getOrder(venue, 'a')
  second.terminate()
  await once(second, 'close')
  await getOrder(venue, 'b')
  t.same(asked, ['second', 'first'])
  first.terminate()
})

t.test('without a connection a call fails at once; after a lost one it waits', async (t) => {
  const venue = await newVenue()
  t.match(await getOrder(venue, 'a'), { noAnswer: 'no EPOS is connected to the WebSocket' })
  const { socket } = await open(venue)
  socket.terminate()
  await once(socket, 'close')
  t.match(await getOrder(venue, 'a'), { noAnswer: /did not connect again in time \(1000 ms\)/ })
})

t.test('a call whose connection breaks each time is given up', async (t) => {
  const venue = await newConnected(t)
  simulation.faultsOf(venue.account).add({ kind: 'socket-closed', code: 1006 })
  t.match(await getOrder(venue, 'a'), {
    noAnswer: 'the connection was lost 5 times before the answer',
  })
  const again = venue.account.log.filter(({ text }) => /is sent again/.test(text))
  t.equal(again.length, 4)
})

t.test('messages that answer nothing are named when the call times out', async (t) => {
  const cases: Array<[string | ((id: string) => unknown), RegExp]> = [
    ['{', /not a JSON object/],
    ['[]', /not a JSON object/],
    [() => ({ result: {} }), /without an id/],
    [() => ({ id: 'another', result: {} }), /belongs to no open request/],
    [() => ({ id: 7, result: {} }), /whose id is a number/],
  ]
  // Each waits until its call is over.
  await Promise.all(
    cases.map(async ([answer, why]) => {
      const venue = await newVenue()
      const { socket, connection } = await open(venue)
      socket.once('message', (data) => {
        const { id } = JSON.parse((data as Buffer).toString()) as { id: string }
        socket.send(typeof answer === 'string' ? answer : JSON.stringify(answer(id)))
      })
      const { noAnswer } = await getOrder(venue, 'a')
      t.match(noAnswer, /^no answer in time; meanwhile the EPOS sent /)
      t.match(noAnswer, why)
      t.ok(connection.isOpen(), 'it does not end the connection')
      socket.terminate()
    }),
  )
})

t.test('answers that break the contract say how', async (t) => {
  const venue = await newVenue()
  const { socket } = await open(venue)
  const cases: Array<[object, RegExp]> = [
    [{ jsonrpc: '2.0' }, /neither a result nor an error/],
    [{ result: {}, error: { errorType: 'NotFound' } }, /a result and an error; send one/],
    [{ jsonrpc: '1.0', error: { errorType: 'NotFound' } }, /jsonrpc is "1\.0"; it must be "2\.0"/],
    [{ jsonrpc: '2.0', error: { code: -32601, message: 'no' } }, /errorType/],
    [{ jsonrpc: '2.0', result: { id: 7 } }, /The field status is missing/],
  ]
  for (const [answer, why] of cases) {
    socket.once('message', (data) => {
      const { id } = JSON.parse((data as Buffer).toString()) as { id: string }
      socket.send(JSON.stringify({ id, ...answer }))
    })
    t.match((await getOrder(venue, 'a')).contractErrors.join(' '), why)
  }
  socket.terminate()
})

t.test('the later of two registrations counts', async (t) => {
  const venue = await newConnected(t)
  const { username, password } = venue.epos
  const rest = {
    url: venue.epos.url,
    auth: { authType: 'basic', basic: { username, password } },
    capabilities: [{ name: 'GetOrderById', version: 'v1' }],
  }
  const orderId = venue.epos.addOrder()
  await simulation.clock.advance(1_000)
  await venue.ask('PUT', '/epos/integrations/rest', rest)
  t.match(await getOrder(venue, orderId), { transport: 'rest', status: 200 })
  await simulation.clock.advance(1_000)
  await venue.ask('PUT', '/epos/integrations/ws', { capabilities: NAMES })
  t.match(await getOrder(venue, orderId), { transport: 'socket', status: 200 })
})

t.test('products, the tester tool and events go over the WebSocket', async (t) => {
  const venue = await newConnected(t)
  const orderId = venue.epos.addOrder({ totalMinor: 5_000 })
  const paid = await venue.ask('POST', '/sandbox/pay-at-table', {
    orderId,
    payments: [{ amountMinor: 2_000, tipsMinor: 100 }, {}],
    printBill: true,
  })
  t.match(paid, { status: 200, body: { payments: [{ status: 200 }, { status: 200 }] } })
  t.equal(venue.epos.orders.get(orderId)!.paidMinor, 5_000)

  const flow = { flow: 'Get Order', params: { orderId } }
  const { body: flowId } = await venue.ask('POST', '/epos-tester-tool/flows', flow)
  await sandbox.tester.finished(flowId as string)
  const { body: result } = await venue.ask('GET', `/epos-tester-tool/flows/${flowId}`)
  t.match(result, { status: 'SUCCESS' })
  t.match(
    result.steps.flatMap((step: { additionalInformation: string[] }) => step.additionalInformation),
    [/^Sent GetOrderByIdV1 /],
  )
  const { body: flows } = await venue.ask('GET', '/epos-tester-tool/flows')
  const listed = (flows as Array<{ name: string }>).map(({ name }) => name)
  t.ok(listed.includes('WebSocket Pings') && !listed.includes('Wrong Credentials'))

  await simulation.clock.idle()
  const events = venue.epos.seen.filter(({ capability }) => capability === 'HandleEvent')
  t.ok(events.length >= 2, 'the payments were reported')
})

// --- the end of connections

t.test('each close code arrives, and a restart refuses for a while', async (t) => {
  const { line, client, ask } = await newConnected(t)
  const codes = [1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 3000, 4999]
  for (const code of codes) {
    const next = line.nextConnection(5_000)
    t.equal((await ask('POST', '/sandbox/socket/close', { code })).status, 200)
    await next
  }
  t.same(client.closeCodes, codes)
  const next = line.nextConnection(5_000)
  const { body } = await ask('POST', '/sandbox/socket/close', { refuseMs: 60 })
  t.match(body, { isRefusing: true, connections: [] })
  await next
  t.equal(client.closeCodes[codes.length], 1012)
  t.ok(client.refusals.length > 0)
  t.ok(client.refusals.every((status) => status === 503))
  for (const code of [999, 1004, 1015, 2999, 5000]) {
    t.match(await ask('POST', '/sandbox/socket/close', { code }), { status: 400 })
  }
})

t.test('a payment survives each fault of the connection, and is counted once', async (t) => {
  const venue = await newConnected(t)
  const faults = [
    { kind: 'socket-closed', code: 1001 },
    { kind: 'socket-closed', code: 1006 },
    { kind: 'socket-answer-dropped' },
    { kind: 'socket-restart', delayMs: 40 },
    { kind: 'sent-twice' },
    { kind: 'calls-shuffled', delayMs: 20 },
  ]
  for (const fault of faults) {
    const orderId = venue.epos.addOrder({ totalMinor: 3_000 })
    const on = 'RecordOrderPaymentById'
    const added = await venue.ask('POST', '/sandbox/faults', { ...fault, on, times: 1 })
    t.equal(added.status, 200)
    const { body } = await venue.ask('POST', '/sandbox/pay-at-table', { orderId, payments: [{}] })
    t.match(body, { payments: [{ status: 200 }] }, fault.kind)
    const order = venue.epos.orders.get(orderId)!
    t.match(
      { paid: order.paidMinor, payments: order.payments.length },
      { paid: 3_000, payments: 1 },
    )
    t.match(simulation.faultsOf(venue.account).list().at(-1), { ...fault, hits: 1 })
  }
})

t.test('a half-open connection ends when the EPOS has noticed', async (t) => {
  const venue = await newConnected(t)
  const next = venue.line.nextConnection(5_000)
  const { body } = await venue.ask('POST', '/sandbox/socket/freeze')
  t.match(body, { connections: [{ isFrozen: true }] })
  const orderId = venue.epos.addOrder()
  t.match(await getOrder(venue, orderId), { status: 200 }, 'the call is sent again')
  await next
  t.equal(venue.line.connections().length, 1)
})

t.test('a call on a connection that falls half-open is carried out, and comes again', async (t) => {
  const venue = await newConnected(t)
  const on = 'RecordOrderPaymentById'
  const orderId = venue.epos.addOrder({ totalMinor: 3_000 })
  await venue.ask('POST', '/sandbox/faults', { kind: 'socket-half-open', on, times: 1 })
  const { body } = await venue.ask('POST', '/sandbox/pay-at-table', { orderId, payments: [{}] })
  t.match(body, { payments: [{ status: 200 }] })
  const seen = venue.epos.seen.filter(({ capability }) => capability === on)
  t.equal(seen.length, 2, 'the EPOS has got it before the connection was given up')
  t.match(venue.account.log.map(({ text }) => text).join('\n'), /ById \S+ is sent again/)
  t.equal(venue.epos.orders.get(orderId)!.payments.length, 1)
})

t.test('an EPOS that answers no ping loses its connection', async (t) => {
  const impatient = await startSandbox(t, { socketTimes: { pingMs: 20, pongMs: 20 } })
  const epos = await startEpos()
  const line = impatient.sandbox.simulation.gateway.lineOf(
    impatient.sandbox.simulation.account(impatient.key),
  )
  const opening = line.nextConnection(5_000)
  const client = connectEpos(epos, {
    url: `${impatient.url.replace('http', 'ws')}/epos`,
    key: impatient.key,
    faults: ['pongs-missing'],
  })
  t.teardown(async () => {
    client.close()
    await epos.close()
  })
  await opening
  t.ok(await line.nextConnection(5_000), 'it had to connect again')
  t.match(
    impatient.sandbox.simulation
      .account(impatient.key)
      .log.map(({ text }) => text)
      .join('\n'),
    /WebSocket 1: no pong within 20 ms/,
  )
})

t.test('a sandbox that ends closes its connections with 1001', async (t) => {
  const ending = await startSandbox(t)
  const line = ending.sandbox.simulation.gateway.lineOf(
    ending.sandbox.simulation.account(ending.key),
  )
  const opening = line.nextConnection(5_000)
  const socket = new WebSocket(`${ending.url.replace('http', 'ws')}/epos`, {
    headers: headersOf(ending.key),
  })
  await opening
  const closed = once(socket, 'close')
  await ending.sandbox.close()
  const [code] = (await closed) as [number]
  t.equal(code, 1001)
})
