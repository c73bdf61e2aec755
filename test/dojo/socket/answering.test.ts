// What comes through a socket, and what goes back.
import t from 'tap'
import type { CapabilityName, Input } from '../../../src/contract/capabilities.ts'
import { capabilityNames } from '../../../src/contract/capabilities.ts'
import { operations } from '../../../src/contract/document.ts'
import { methodOf } from '../../../src/contract/socket.ts'
import { Answering } from '../../../src/dojo/socket/answering.ts'
import { limits } from '../../../src/limits.ts'
import {
  gbp,
  inSeconds,
  newIntent,
  newOrder,
  newTables,
  orderRequest,
  read,
  statusUpdated,
} from '../../support/orders.ts'
import { findCredential } from '../../../src/store/venue/credentials.ts'
import { basic, startServer, type TestServer, type Venue } from '../../support/server.ts'
import { directSocket } from '../../support/socket.ts'
import {
  newParty,
  newReservation,
  partyRequest,
  reservationRequest,
  until,
} from '../../support/visits.ts'

const server = await startServer(t)
const { venue } = server
const socket = await directSocket(server, venue)

/** The bytes that REST answers. */
async function overRest(
  { app }: TestServer,
  { username, password }: Venue,
  name: CapabilityName,
  input: object,
): Promise<string> {
  const { method, path, pathParameters, body } = operations.find((each) => each.name === name)!
  const fields: Record<string, unknown> = { ...input }
  let url = path
  for (const parameter of pathParameters) {
    url = url.replace(`{${parameter}}`, encodeURIComponent(String(fields[parameter])))
    delete fields[parameter]
  }
  const headers = { authorization: basic(username, password) }
  const payload = body === undefined ? undefined : fields
  return (await app.inject({ method, url, headers, payload })).payload
}

const envelope = (id: string, part: string): string => `{"jsonrpc":"2.0","id":"${id}",${part}}`

/** Requests that can be repeated, as Dojo does, so that both transports have the same to answer. */
async function repeatable(): Promise<Array<[CapabilityName, object]>> {
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const order = await newOrder(venue, 1_000)
  const { id: orderId } = order
  const party = await newParty(venue, [table])
  const reservation = await newReservation(venue, [table])
  const cancelled = await newOrder(venue, 500)
  const lock = { orderId, lockId: 'lck_1' }
  const expiry = inSeconds(60)
  return [
    ['ListAreas', {}],
    ['SearchTables', {}],
    ['CreateOrder', orderRequest(1_200)],
    ['GetOrderById', { orderId }],
    ['SearchOrders', { payableOnly: true, cursor: { limit: 1 } }],
    ['GetOrderBillById', { orderId }],
    ['CreateOrderLock', { ...lock, expiry }],
    ['ExtendOrderLock', { ...lock, expiry: inSeconds(90) }],
    [
      'RecordOrderPaymentById',
      { orderId, lockId: 'lck_1', paymentIntentId: newIntent(), paidAmount: gbp(400) },
    ],
    ['DeleteOrderLock', lock],
    ['CancelOrderById', { orderId: cancelled.id }],
    ['CreateParty', partyRequest([table])],
    ['GetPartyById', { partyId: party.id }],
    ['SearchParties', {}],
    ['UpdateParty', { ...partyRequest([table]), partyId: party.id, status: 'Seated' }],
    ['DeletePartyById', { partyId: party.id }],
    ['CreateReservation', reservationRequest([table])],
    ['GetReservationById', { reservationId: reservation.id }],
    ['SearchReservations', {}],
    ['UpdateReservation', { ...reservationRequest([table]), reservationId: reservation.id }],
    ['DeleteReservationById', { reservationId: reservation.id }],
    ['HandleEvent', statusUpdated(newIntent(), 'Created')],
  ]
}

t.test('every capability answers the same bytes as over REST', async (t) => {
  const requests = await repeatable()
  t.same(requests.map(([name]) => name).sort(), [...capabilityNames].sort(), 'all of them')
  for (const [name, input] of requests) {
    const first = await overRest(server, venue, name, input)
    const asked = await socket.ask(name, input as Input<typeof name>, { id: 'one' })
    const again = await overRest(server, venue, name, input)
    t.ok(
      [first, again].map(inEnvelope).includes(withoutTraceId(asked)),
      `${name} answers the same`,
      { first, asked, again },
    )
  }
})

/** A result or an error as over REST. */
function inEnvelope(payload: string): string {
  if (payload === '') return envelope('one', '"result":{}')
  if (payload.startsWith('{"errorType"')) {
    return withoutTraceId(envelope('one', `"error":${payload}`))
  }
  return envelope('one', `"result":${payload}`)
}

const withoutTraceId = (text: string): string =>
  text.replace(/"traceId":"[0-9a-f]{32}"/, '"traceId":"one"')

t.test('errors are those of REST', async (t) => {
  const { id: orderId } = await newOrder(venue, 1_000)
  const unknown = { orderId: 'ord_unknown' }
  const cases: Array<[CapabilityName, object]> = [
    ['GetOrderById', unknown],
    ['RecordOrderPaymentById', { orderId, paymentIntentId: 'pi_1', paidAmount: gbp(9_999) }],
    ['RecordOrderPaymentById', { orderId, paymentIntentId: 'pi_1' }],
    ['CreateOrder', { items: 'none' }],
  ]
  for (const [name, input] of cases) {
    const rest = await overRest(server, venue, name, input)
    const asked = await socket.ask(name, input as never, { id: 'one' })
    t.equal(withoutTraceId(asked), inEnvelope(rest), name)
  }
})

t.test('a message that is no request gets an error, and does nothing', async (t) => {
  const before = await server.sql('SELECT count(*) FROM payments')
  const request = { jsonrpc: '2.0', id: 'a', method: 'ListAreasV1', params: {} }
  const INVALID = -32600
  const cases: Array<[what: string, text: string | undefined, code: number, id: unknown, RegExp]> =
    [
      ['not JSON', '{"jsonrpc":', -32700, null, /not JSON: /],
      ['nothing', '', -32700, null, /not JSON: /],
      ['a NUL', '{"id":"\\u0000"}', -32700, null, /U\+0000/],
      ['deep', `${'['.repeat(100)}${']'.repeat(100)}`, -32700, null, /deeper than 64/],
      ['a batch', JSON.stringify([request]), INVALID, null, /no batches/],
      ['text', '"hello"', INVALID, null, /JSON object/],
      ['null', 'null', INVALID, null, /JSON object/],
      ['binary', undefined, INVALID, null, /text frame/],
      ['too long', `"${'x'.repeat(limits.maxBodyBytes)}"`, INVALID, null, /1048576 bytes/],
      [
        'too long in bytes',
        `"${'é'.repeat(limits.maxBodyBytes / 2)}"`,
        INVALID,
        null,
        /1048576 bytes/,
      ],
      [
        'as long as may be',
        `"${'é'.repeat(limits.maxBodyBytes / 2 - 1)}"`,
        INVALID,
        null,
        /JSON object/,
      ],
      ['another version', JSON.stringify({ ...request, jsonrpc: '1.0' }), INVALID, 'a', /jsonrpc/],
      ['no method', JSON.stringify({ ...request, method: undefined }), INVALID, 'a', /method/],
      ['an id of another kind', JSON.stringify({ ...request, id: {} }), INVALID, null, /field id/],
      [
        'an id that is no number any more',
        '{"jsonrpc":"2.0","id":1e400,"method":"ListAreasV1"}',
        INVALID,
        null,
        /field id/,
      ],
      ['an unknown method', JSON.stringify({ ...request, method: 'PayV1' }), -32601, 'a', /PayV1/],
      [
        'an older name',
        JSON.stringify({ ...request, method: 'ListAreas' }),
        -32601,
        'a',
        /ListAreas/,
      ],
    ]
  for (const [what, text, code, id, message] of cases) {
    const answer = JSON.parse((await socket.say(text))!) as { error: { message: string } }
    t.match(
      answer,
      { jsonrpc: '2.0', id, error: { code, errorType: 'InvalidRequest', message } },
      what,
    )
    t.match(answer.error, { debugMessage: answer.error.message, traceId: /^[0-9a-f]{32}$/ })
  }
  const notification = {
    jsonrpc: '2.0',
    method: 'RecordOrderPaymentByIdV1',
    params: { orderId: 'o', paymentIntentId: 'p', paidAmount: gbp(1) },
  }
  t.equal(await socket.say(JSON.stringify(notification)), undefined, 'no answer to a notification')
  t.equal(socket.seen.badMessages.at(-1), 'notification')
  t.same(await server.sql('SELECT count(*) FROM payments'), before)
  t.match(JSON.parse((await socket.say(JSON.stringify({ ...request, id: 7 })))!), { id: 7 })
  t.match(JSON.parse(await socket.ask('ListAreas', {})), { result: [] }, 'and all goes on')
})

t.test('a repeated request has one effect and one answer, under any id', async (t) => {
  const { id: orderId } = await newOrder(venue, 1_000)
  const payment = { orderId, paymentIntentId: newIntent(), paidAmount: gbp(300) }
  const answers = await Promise.all(
    ['x', 'x', 'y'].map(async (id) => await socket.ask('RecordOrderPaymentById', payment, { id })),
  )
  const paid = answers.map(
    (text) => JSON.parse(text) as { id: string; result: { paidAmount: object } },
  )
  t.same(
    paid.map(({ id }) => id),
    ['x', 'x', 'y'],
  )
  for (const { result } of paid) t.same(result.paidAmount, gbp(300))
  t.equal((await read(venue, orderId)).payments!.length, 1)

  const other = { ...payment, paymentIntentId: newIntent() }
  await socket.ask('RecordOrderPaymentById', other, { id: 'x' })
  t.equal((await read(venue, orderId)).payments!.length, 2, 'the same id with another payment')
})

t.test('requests are worked on side by side, and each says who asks', async (t) => {
  const { promise: served, resolve: serve } = Promise.withResolvers<void>()
  const slow = await startServer(t, {
    overrides: {
      handlers: {
        GetOrderBillById: async () => {
          await served
          throw new Error('no bill')
        },
      },
    },
  })
  const { id: orderId } = await newOrder(slow.venue, 1_000)
  const socket = await directSocket(slow, slow.venue)
  const bill = socket.ask('GetOrderBillById', { orderId }, { id: 'bill' })
  const headers = {
    waiterId: '7',
    dojoRequestingProduct: 'PayAtTable',
    deviceId: 'd',
    deviceType: 't',
  }
  const payment = { orderId, paymentIntentId: newIntent(), paidAmount: gbp(100) }
  t.match(
    JSON.parse(await socket.ask('RecordOrderPaymentById', payment, { headers })),
    { result: { id: orderId } },
    'the bill delays no payment',
  )
  await until('the payment is done', () => socket.answering.inFlight === 1)
  serve()
  t.match(JSON.parse(await bill), { id: 'bill', error: { errorType: 'UnexpectedError' } })
  t.match(socket.seen.calls, [
    {
      transport: 'socket',
      served: { name: 'RecordOrderPaymentById' },
      caller: { waiterId: '7', product: 'PayAtTable', deviceId: 'd', deviceType: 't' },
      payment: { orderId, paymentIntentId: payment.paymentIntentId },
    },
    { served: { name: 'GetOrderBillById' }, fault: { reason: 'bug' } },
  ])
})

t.test('a payment whose answer did not reach Dojo is checked', async (t) => {
  const { id: orderId } = await newOrder(venue, 1_000)
  const payment = { orderId, paymentIntentId: newIntent(), paidAmount: gbp(300) }
  socket.deliver(false)
  t.teardown(() => {
    socket.deliver(true)
  })
  await socket.ask('RecordOrderPaymentById', payment)
  await until('it is noted', async () => {
    const lost = await server.sql(
      'SELECT 1 FROM payment_intents WHERE payment_intent_id = $1 AND reply_lost_at IS NOT NULL',
      [payment.paymentIntentId],
    )
    return lost.length === 1
  })
})

t.test('a socket that is flooded refuses, and goes on', async (t) => {
  const { promise: served, resolve: serve } = Promise.withResolvers<void>()
  const busy = await startServer(t, {
    overrides: {
      handlers: {
        ListAreas: async () => {
          await served
          return []
        },
      },
    },
  })
  const socket = await directSocket(busy, busy.venue)
  const asked = Array.from(
    { length: limits.socketRequestsInFlight },
    async () => await socket.ask('ListAreas', {}),
  )
  const { id: orderId } = await newOrder(busy.venue, 1_000)
  const payment = { orderId, paymentIntentId: newIntent(), paidAmount: gbp(100) }
  t.match(JSON.parse(await socket.ask('RecordOrderPaymentById', payment)), {
    error: { errorType: 'UnexpectedError', debugMessage: /too many requests in progress/ },
  })
  t.same((await read(busy.venue, orderId)).payments ?? [], [], 'nothing was done')
  t.match(
    socket.seen.calls,
    [
      {
        served: { name: 'RecordOrderPaymentById' },
        transport: 'socket',
        caller: { locationId: busy.venue.locationId },
        payment: { paymentIntentId: payment.paymentIntentId },
        fault: { reason: 'unavailable' },
      },
    ],
    'it is logged and counted as any other',
  )
  serve()
  for (const answer of await Promise.all(asked)) t.match(JSON.parse(answer), { result: [] })
})

t.test('an answer that cannot be put into words is a fault of the server, and lost', async (t) => {
  const heard: unknown[] = []
  const answering = new Answering({
    dispatch: async (...asked) => {
      const { call } = await server.dispatch(...asked)
      const fates = { answered: () => heard.push('answered'), lost: () => heard.push('lost') }
      return { call: Object.assign(call, fates), output: 'no words for it' as never }
    },
    onCall: ({ fault }) => heard.push(fault?.errorType),
    onBadMessage: () => {},
    unexpected: (traceId, error) => heard.push(/^[0-9a-f]{32}$/.test(traceId), error),
  })
  let sent = ''
  const { venue: asking } = (await findCredential(server.store.database, venue.username))!
  answering.receive(envelope('1', `"method":"${methodOf('ListAreas')}","params":{}`), asking, {
    send: (text, onSent) => {
      sent = text
      onSent(true)
    },
  })
  await answering.idle()
  t.match(heard, [true, /does not match/, 'lost', 'UnexpectedError'])
  t.match(JSON.parse(sent), { id: '1', error: { errorType: 'UnexpectedError' } })
  t.notMatch(sent, /no words/)
})

t.test('a fault after the answer is heard, and holds up nobody', async (t) => {
  const heard: unknown[] = []
  const fault = new Error('the log is full')
  const answering = new Answering({
    dispatch: server.dispatch,
    onCall: () => {
      throw fault
    },
    onBadMessage: () => {},
    unexpected: (traceId, error) => heard.push(/^[0-9a-f]{32}$/.test(traceId), error),
  })
  const { venue: asking } = (await findCredential(server.store.database, venue.username))!
  answering.receive(envelope('1', `"method":"${methodOf('ListAreas')}","params":{}`), asking, {
    send: (_text, onSent) => {
      onSent(true)
    },
  })
  await answering.idle()
  t.strictSame(heard, [true, fault])
})
