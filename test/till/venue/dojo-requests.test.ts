// The last requests of Dojo as a manager sees them: one list for all servers, why each was refused,
// and what was said, which is kept for an hour at most and has nothing of a person in it.
import t, { type Test } from 'tap'
import { documentSchema } from '../../../src/contract/document.ts'
import { bodyWithoutPersons } from '../../../src/dojo/request-log/body-without-persons.ts'
import { namedFields, shownFields } from '../../../src/dojo/request-log/shown-fields.ts'
import { WaitingRequests, type Noted } from '../../../src/dojo/request-log/waiting.ts'
import type { CallRecord } from '../../../src/http/call.ts'
import { limits } from '../../../src/limits.ts'
import { lock, newIntent, newOrder, pay } from '../../support/orders.ts'
import { basic, onInstance, startServer } from '../../support/server.ts'
import { directSocket } from '../../support/socket.ts'
import { isProblem, newTill, tillAt } from '../../support/till.ts'
import { believe, deliver, SECRETS_KEY } from '../../support/webhooks.ts'

const server = await startServer(t, { environment: { SECRETS_KEY } })
const other = await startServer(t, { databaseUrl: server.databaseUrl })
const { sql, requestLog } = server
// Both write only when a test says so.
await Promise.all([requestLog.stop(), other.requestLog.stop()])

/** A venue with its manager, who sees what both servers have noted so far. */
async function newWorld(t: Test) {
  const venue = await server.newVenue('The Red Lion')
  const till = await newTill(t, server, { venue, tillName: 'Office' })
  const list = async (query = ''): Promise<any[]> => {
    await Promise.all([requestLog.flush(), other.requestLog.flush()])
    return (await till.call(`GET /dojo/requests${query}`)).body.rows
  }
  const read = async (requestId: string) =>
    (await till.call('GET /dojo/requests/{requestId}', { requestId })).body
  /** By capability, the newest first. */
  const bodies = async (): Promise<Record<string, any[]>> => {
    const found: Record<string, any[]> = {}
    for (const { id, capability } of await list()) {
      found[capability] = [...(found[capability] ?? []), (await read(id)).bodies]
    }
    return found
  }
  /** Switches the log on, and lets both servers know at once. */
  const keep = async () => {
    const { body } = await till.call('PUT /dojo/request-log', {}, {})
    await Promise.all([requestLog.look(), other.requestLog.look()])
    return body
  }
  return { venue, till, list, read, bodies, keep }
}

t.test('one list of all servers, with why each was refused and what to do', async (t) => {
  const { venue, till, list, read } = await newWorld(t)
  const { id } = await newOrder(venue, 1_000)
  const elsewhere = onInstance(t, other, venue)
  const device = { 'device-id': 'tm_garden', 'dojo-requesting-product': 'PayAtTable' }
  const paymentIntentId = newIntent()
  const refused = await pay(elsewhere, id, 1_500, { paymentIntentId }, device)
  t.equal(refused.status, 409)
  await server.app.inject({
    method: 'POST',
    url: `/v1/orders/${id}/record-payment`,
    headers: {
      authorization: basic(venue.username, venue.password),
      'content-type': 'application/json',
    },
    payload: '{ "paidAmount": ',
  })
  // Neither of a venue, nor of Dojo.
  await venue.call('GetOrderById', { orderId: id }, { authorization: basic('nobody', 'wrong') })
  await till.call('GET /dojo')

  const rows = await list()
  const of = (reason?: string) => rows.find((row) => row.reason === reason)
  t.equal(rows.length, 3)
  t.match(of(), { capability: 'CreateOrder', outcome: 'Answered', status: 200 })
  t.match(of('json'), { capability: 'RecordOrderPaymentById', status: 400, orderId: id })
  t.match(of('overpaid'), {
    capability: 'RecordOrderPaymentById',
    outcome: 'Refused',
    errorType: 'Conflict',
    sentence: refused.error.debugMessage,
    status: 409,
    transport: 'rest',
    traceId: refused.error.traceId,
    orderId: id,
    orderName: /./,
    paymentIntentId,
    deviceId: 'tm_garden',
    product: 'PayAtTable',
  })
  const detail = await read(of('overpaid').id)
  t.match(detail.whatToDo, /Dojo gives the money of a refused payment back/)
  t.notOk('bodies' in detail)

  t.same((await list('?refusedOnly=true')).length, 2)
  t.match(await list('?capability=CreateOrder'), [{ outcome: 'Answered' }])
  const found = async (search: string) =>
    (await list(`?search=${encodeURIComponent(search)}`)).map(({ reason }) => reason)
  for (const part of ['TM_GAR', 'more than the balance', paymentIntentId, 'PayAtTable']) {
    t.same(await found(part), ['overpaid'], `searched: ${part}`)
  }
  t.same(await found(refused.error.traceId), ['overpaid'])
  t.equal((await found(id)).length, 2, 'by the order')
  t.same(await found('%'), [], 'a search has no wildcards')
  const first = (await till.call('GET /dojo/requests?limit=2')).body
  const second = (await till.call(`GET /dojo/requests?limit=2&after=${first.after}`)).body
  t.same([...first.rows, ...second.rows], rows)
  t.same((await tillAt(t, other, till).call('GET /dojo/requests')).body.rows, rows)
})

t.test('how many were answered lately, and how fast', async (t) => {
  const { venue, till, list } = await newWorld(t)
  const figures = async () => (await till.call('GET /dojo/request-figures')).body
  const none = await figures()
  t.match(none, { requests: 0, refused: 0, failed: 0, minutes: [] })
  t.notOk('medianMs' in none, 'there is nothing to measure')
  await list()
  // Five minutes ago there were 100 requests of 1 to 100 ms; before that, two that went wrong.
  await sql(
    `INSERT INTO dojo_requests (location_id, request_id, at, capability, transport, status, error_type, duration_us, trace_id)
     SELECT $1, 'figure_' || n, date_trunc('minute', now()) - make_interval(mins => ago), 'GetOrderById', 'rest', status,
       CASE WHEN status > 200 THEN 'Conflict' END, ms * 1000, 'trace'
     FROM (SELECT n, 5 AS ago, 200 AS status, n AS ms FROM generate_series(1, 100) AS n
       UNION VALUES (101, 7, 409, 3), (102, 7, 500, 9), (103, 500, 200, 900)) AS x(n, ago, status, ms)`,
    [venue.locationId],
  )
  const { since, minutes, ...all } = await figures()
  t.strictSame(all, { requests: 102, refused: 1, failed: 1, medianMs: 49, slowestInHundredMs: 99 })
  t.match(minutes, [
    { requests: 2, medianMs: 3, slowestInHundredMs: 9 },
    { requests: 100, medianMs: 50, slowestInHundredMs: 99 },
  ])
  t.equal(Math.round((Date.now() - Date.parse(since)) / 60_000), limits.requestFigureMinutes)

  // As many as are kept: what is older may be gone already.
  await sql(
    `INSERT INTO dojo_requests (location_id, request_id, at, capability, transport, status, duration_us, trace_id)
     SELECT $1, 'more_' || n, now() - make_interval(mins => 1), 'GetOrderById', 'rest', 200, 1000, 'trace'
     FROM generate_series(1, $2) AS n`,
    [venue.locationId, limits.answeredRequestsKept],
  )
  t.match(await figures(), { requests: limits.answeredRequestsKept, refused: 0 })
})

t.test('no other venue, and nobody below a manager, sees them or switches', async (t) => {
  const { venue, list } = await newWorld(t)
  await newOrder(venue, 1_000)
  const [{ id }] = await list()
  const stranger = await newWorld(t)
  t.same(await stranger.list(), [])
  const reply = await stranger.till.call('GET /dojo/requests/{requestId}', { requestId: id })
  isProblem(t, reply, 404, 'not-found')
  const waiter = await newTill(t, server, { venue, role: 'waiter' })
  for (const [operation, body] of [
    ['GET /dojo/requests'],
    ['GET /dojo/requests/{requestId}'],
    ['GET /dojo/request-figures'],
    ['GET /dojo/request-log'],
    ['PUT /dojo/request-log', {}],
    ['DELETE /dojo/request-log'],
  ] as const) {
    isProblem(t, await waiter.call(operation, { requestId: id }, body), 403, 'forbidden')
  }
})

const CARD = '4111 1111 1111 1111'
const SECRETS = [
  CARD,
  CARD.replaceAll(' ', ''),
  'Ada Lovelace',
  'ada@example.com',
  '07700 900123',
  '7700900123',
  'till_abcdefghijklmnopqrstuvwxyz',
  'Allergic to nuts',
]

/** Everywhere that the contract lets somebody write, and where it does not. */
const HOSTILE = {
  displayName: SECRETS[2],
  reference: SECRETS[0],
  note: SECRETS[7],
  customer: { id: SECRETS[2], name: SECRETS[2], emailAddress: SECRETS[3], phoneNumber: SECRETS[4] },
  items: [
    {
      id: SECRETS[1],
      name: SECRETS[2],
      note: SECRETS[7],
      plu: SECRETS[4],
      quantity: 4111111111111111,
    },
  ],
  payments: [
    { paymentIntentId: SECRETS[3], paidAmount: { value: 7700900123, currencyCode: 'Ada' } },
  ],
  details: {
    orderType: SECRETS[2],
    dineIn: { waiterId: `x ${SECRETS[4]}`, tableId: [[SECRETS[0]]] },
  },
  status: SECRETS[6],
  data: [SECRETS[0], { id: { nested: SECRETS[2] } }],
  [SECRETS[3]!]: 1,
  cardDetails: { cardNumber: SECRETS[1], name: SECRETS[2] },
  createdAt: `2026-11-27T20:30:00Z ${SECRETS[4]}`,
  debugMessage: `no ${SECRETS[0]} of ${SECRETS[3]} or ${SECRETS[4]}`,
}

t.test('a body without anything of a person', async (t) => {
  const shown = bodyWithoutPersons(HOSTILE)
  for (const secret of SECRETS) t.notOk(shown.includes(secret), `not ${secret}`)
  t.same(JSON.parse(shown).customer, '(left out)')
  t.equal(JSON.parse(shown)['(other fields)'], 2)
  t.match(JSON.parse(shown).debugMessage, /^no \(card number\) of \(e-mail\) or \(phone number\)$/)
  const harmless = {
    paymentIntentId: 'pi_ben',
    paidAmount: { value: 2_000, currencyCode: 'GBP' },
    details: { orderType: 'DineIn' },
    tableIds: ['5', '6'],
    payableOnly: true,
    expiry: '2026-11-27T20:31:51.402Z',
  }
  t.same(JSON.parse(bodyWithoutPersons(harmless)), harmless)
  const long = bodyWithoutPersons({ items: Array.from({ length: 2_000 }, () => harmless) })
  t.ok(long.length <= limits.requestBodyCharacters + 20, 'it is cut')
  const deep = bodyWithoutPersons(
    Array.from({ length: 60 }).reduce<object>((inside) => ({ data: inside }), { id: 'x' }),
  )
  t.match(deep, /"id": "x"/)
  t.same([undefined, null, 'text', 7].map(bodyWithoutPersons), [
    '',
    '',
    '"(left out)"',
    '"(left out)"',
  ])
})

t.test('every field of the contract is shown or left out on purpose', async (t) => {
  const names = new Set<string>()
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties } = schema as { properties?: object }
    for (const name of Object.keys(properties ?? {})) names.add(name)
    for (const part of Object.values(schema)) walk(part)
  }
  walk(documentSchema)
  t.ok(names.size > 100)
  const isOnce = (name: string): boolean => shownFields.has(name) !== namedFields.has(name)
  t.same(
    [...names].filter((name) => !isOnce(name)),
    [],
  )
})

t.test('bodies while the log is on, from both servers, and none after its end', async (t) => {
  const { venue, till, bodies, keep } = await newWorld(t)
  const call = async () => {
    await onInstance(t, other, venue).call('CreateOrder', HOSTILE as never)
    await venue.call('GetOrderById', { orderId: 'order-5' })
  }
  await call()
  const none = [undefined]
  t.same(await bodies(), { CreateOrder: none, GetOrderById: none }, 'it is off')
  const log = await keep()
  t.match(log, { isOn: true, switches: [{ startedBy: { deviceId: 'Office' } }] })
  const [{ startedAt, endsAt }] = log.switches
  t.equal(Date.parse(endsAt) - Date.parse(startedAt), limits.requestLogMostSeconds * 1_000)
  isProblem(t, await till.call('PUT /dojo/request-log', {}, { seconds: 3_601 }), 400, 'schema')
  t.same((await keep()).switches, log.switches, 'on already, it does not begin anew')

  await call()
  const { GetOrderById: read = [], CreateOrder: created = [] } = await bodies()
  t.match(read[0].request, '"orderId": "order-5"')
  t.match(read[0].answer, '"errorType": "NotFound"')
  t.match(created[0].answer, '"errorType": "InvalidRequest"')
  t.same([read.slice(1), created.slice(1)], [none, none])
  const rows = await sql<{ row: string }>(
    `SELECT b::text || r::text AS row FROM dojo_request_bodies b JOIN dojo_requests r USING (location_id, request_id)
     WHERE location_id = $1`,
    [venue.locationId],
  )
  t.equal(rows.length, 2)
  for (const { row } of rows) for (const secret of SECRETS) t.notOk(row.includes(secret), secret)

  // An hour later.
  await sql('UPDATE request_log_switches SET ends_at = now() WHERE location_id = $1', [
    venue.locationId,
  ])
  const kept = async () =>
    Object.values(await bodies())
      .flat()
      .filter(Boolean)
  t.same(await kept(), [], 'before any job ran')
  t.equal((await till.call('GET /dojo/request-log')).body.isOn, false)
  await venue.call('GetOrderById', { orderId: 'late' })
  await keep()
  t.same(await kept(), [], 'and not when it is on again')
  await sql('UPDATE dojo_request_bodies SET ends_at = now() WHERE location_id = $1', [
    venue.locationId,
  ])
  await requestLog.purge()
  t.same(
    await sql('SELECT 1 FROM dojo_request_bodies WHERE location_id = $1', [venue.locationId]),
    [],
  )
})

t.test('ending the log deletes what it kept, and says who ended it', async (t) => {
  const { venue, till, bodies, keep } = await newWorld(t)
  await keep()
  await venue.call('GetOrderById', { orderId: 'order-5' })
  t.ok((await bodies())['GetOrderById']![0])
  const { body } = await till.call('DELETE /dojo/request-log')
  t.match(body, { isOn: false, switches: [{ endedBy: { deviceId: 'Office' } }] })
  t.same(
    await sql('SELECT 1 FROM dojo_request_bodies WHERE location_id = $1', [venue.locationId]),
    [],
  )
  // A server that has not heard of it yet.
  await venue.call('GetOrderById', { orderId: 'order-6' })
  t.same(await bodies(), { GetOrderById: [undefined, undefined] })
  const twice = await till.call('DELETE /dojo/request-log')
  t.same(twice.body, body, 'once more changes nothing')
})

t.test('through a socket, and texts that PostgreSQL cannot keep', async (t) => {
  const { venue, list } = await newWorld(t)
  const { ask, seen } = await directSocket(server, venue)
  await ask('GetOrderById', { orderId: 'order-5' }, { headers: { deviceId: `tm ${CARD}` } })
  const [call] = seen.calls
  requestLog.note(call!)
  const payment = { orderId: 'a\0b', paymentIntentId: '\ud800' }
  const caller = { ...call!.caller!, waiterId: '7\0', product: '\ud800 of nothing' }
  requestLog.note({ ...call!, payment, caller })
  t.match(await list(), [
    {
      orderId: 'a\ufffdb',
      paymentIntentId: '\ufffd',
      waiterId: '7\ufffd',
      product: '\ufffd of nothing',
    },
    { orderId: 'order-5', transport: 'socket', status: 404, deviceId: 'tm (card number)' },
  ])
})

t.test('an event by webhook, if its signature is right', async (t) => {
  const { venue, list } = await newWorld(t)
  await believe(server, venue, 'webhook-secret')
  await deliver(server, venue, { body: { id: 'evt_1' }, secret: 'webhook-secret' })
  await deliver(server, venue, { body: { id: 'evt_1' }, secret: 'another' })
  const rows = await list()
  t.match(rows, [{ capability: 'HandleEvent', transport: 'webhook', status: 400 }])
  t.equal(rows.length, 1)
})

// --- bounds

const noted = (locationId: string, fault?: CallRecord['fault']): Noted => ({
  locationId,
  capability: 'GetOrderById',
  transport: 'rest',
  caller: { locationId } as Noted['caller'],
  traceId: 'trace',
  fault,
  durationMs: 1,
  payment: undefined,
  status: fault === undefined ? 200 : 409,
  orderId: undefined,
  atMs: performance.now(),
  bodies: undefined,
})
const FAULT: CallRecord['fault'] = { errorType: 'Conflict', reason: 'locked', debugMessage: 'No.' }

t.test('what waits: the oldest go first, those that were refused last', async (t) => {
  const most = limits.requestsPerVenueFlush
  const waiting = new WaitingRequests()
  for (let number = 0; number < 10; number++) waiting.add(noted('a', FAULT))
  for (let number = 0; number < most + 20; number++) waiting.add(noted('a'))
  const { requests, dropped } = waiting.take()
  t.equal(requests.length, most)
  t.equal(requests.filter(({ fault }) => fault !== undefined).length, 10)
  t.same([...dropped], [['a', 30]])
  t.same(waiting.take().requests, [])

  for (let number = 0; number < most + 1; number++) waiting.add(noted('a', FAULT))
  const first = noted('b')
  waiting.add(first)
  const venues = Math.ceil(limits.requestsPerFlush / most)
  for (let venue = 0; venue < venues; venue++) {
    for (let number = 0; number < most; number++) waiting.add(noted(`c${venue}`))
  }
  const all = waiting.take()
  t.equal(all.requests.length, limits.requestsPerFlush)
  t.notOk(all.requests.includes(first), 'the oldest that was answered')
  t.equal(all.requests.filter(({ locationId }) => locationId === 'a').length, most)
  t.equal(
    [...all.dropped.values()].reduce((sum, number) => sum + number),
    2 + most,
  )
})

t.test(
  'more than a venue may have: the list says how many are missing, and keeps the newest',
  async (t) => {
    const { venue, list } = await newWorld(t)
    const record: CallRecord = {
      ...noted(venue.locationId),
      served: { api: 'dojo', name: 'ListAreas' },
    }
    const more = limits.requestsPerVenueFlush + 7
    for (let number = 0; number < more; number++) requestLog.note(record)
    const rows = await list('?limit=100')
    t.equal(rows.length, limits.requestsPerVenueFlush)
    t.equal(rows.at(-1).droppedBefore, 7)
    t.match(
      (await server.app.inject('/metrics')).payload,
      /request_log_dropped_total\{reason="too-many"\} 7/,
    )

    await sql(
      `INSERT INTO dojo_requests (location_id, request_id, at, capability, transport, status, error_type, duration_us, trace_id)
     SELECT $1, 'old-' || n || coalesce(kind, ''), now() - interval '1 day', 'ListAreas', 'rest', 200, kind, 1, 'trace'
     FROM generate_series(1, 1100) AS n, unnest(ARRAY['Conflict', NULL]) AS kind`,
      [venue.locationId],
    )
    for (
      let written = 0;
      written <= limits.requestTrimRows;
      written += limits.requestsPerVenueFlush
    ) {
      for (let number = 0; number < limits.requestsPerVenueFlush; number++) requestLog.note(record)
      await requestLog.flush()
    }
    const counts = await sql<{ refused: boolean; count: number }>(
      `SELECT error_type IS NOT NULL AS refused, count(*)::int FROM dojo_requests WHERE location_id = $1 GROUP BY 1 ORDER BY 1`,
      [venue.locationId],
    )
    t.same(counts, [
      { refused: false, count: limits.answeredRequestsKept },
      { refused: true, count: limits.refusedRequestsKept },
    ])
    await sql("UPDATE dojo_requests SET at = now() - interval '15 days' WHERE location_id = $1", [
      venue.locationId,
    ])
    await requestLog.purge()
    t.same(await list(), [])
  },
)

t.test('a database that is away loses rows, and delays no call', async (t) => {
  const { venue, list } = await newWorld(t)
  const { id } = await newOrder(venue, 1_000)
  await list()
  await sql('ALTER TABLE dojo_requests RENAME TO dojo_requests_away')
  t.equal((await lock(venue, id, 'lock-1')).status, 200)
  await t.rejects(requestLog.flush())
  await sql('ALTER TABLE dojo_requests_away RENAME TO dojo_requests')
  t.equal((await pay(venue, id, 1_000, { lockId: 'lock-1' })).status, 200)
  t.match(await list(), [{ capability: 'RecordOrderPaymentById' }, { capability: 'CreateOrder' }])
  t.match(
    (await server.app.inject('/metrics')).payload,
    /request_log_dropped_total\{reason="database"\} 1/,
  )
})
