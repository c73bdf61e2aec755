// The venues' sockets, from the setting to the end of the server, against a gateway on loopback.
import t, { type Test } from 'tap'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { changeSettings, type Settings } from '../../../src/operator/settings.ts'
import { setDojoKey } from '../../../src/operator/dojo-keys.ts'
import { limits } from '../../../src/limits.ts'
import { changeGateway, readGateway } from '../../../src/store/venue/socket-gateways.ts'
import {
  counterSocketLeases,
  dataSocketLeases as leases,
} from '../../../src/store/venue/socket-leases.ts'
import { startGateway, type Gateway } from '../../support/gateway.ts'
import { gbp, newIntent, newOrder } from '../../support/orders.ts'
import {
  startServer,
  type TestServer,
  type TestServerOptions,
  type Venue,
} from '../../support/server.ts'
import { memoryLog, until, untilWaiting } from '../../support/visits.ts'
import { SECRETS_KEY } from '../../support/with-dojo.ts'

interface Stand {
  gateway: Gateway
  server: TestServer
  /** Another server on the same database. */
  another: (environment?: Record<string, string>) => Promise<TestServer>
}

async function startStand(t: Test, more: TestServerOptions = {}): Promise<Stand> {
  const gateway = await startGateway(t)
  const environment = {
    DOJO_SOCKET_URL: gateway.url,
    SOFTWARE_HOUSE_ID: 'house',
    RESELLER_ID: 'reseller',
    SECRETS_KEY,
    ...more.environment,
  }
  const server = await startServer(t, { ...more, environment })
  return {
    gateway,
    server,
    another: async (other = {}) =>
      await startServer(t, {
        ...more,
        environment: { ...environment, ...other },
        databaseUrl: server.databaseUrl,
      }),
  }
}

/** Dojo reaches the venue through a socket from now on. @returns its key */
async function connectVenue(
  { store }: TestServer,
  { locationId }: Venue,
  settings: Settings = { transport: 'socket' },
): Promise<string> {
  const key = `sk_sandbox_${randomUUID()}`
  await setDojoKey(store.prisma, locationId, key, SECRETS_KEY)
  await changeSettings(store, locationId, settings)
  return key
}

t.test('a venue is served through its socket, as soon as it is set so', async (t) => {
  const { gateway, server } = await startStand(t)
  const { venue, store } = server
  const order = await newOrder(venue, 1_000)
  const key = await connectVenue(server, venue)
  const line = await gateway.line(key)
  t.match(line.headers, {
    authorization: `Basic ${key}`,
    'software-house-id': 'house',
    'reseller-id': 'reseller',
  })
  const payment = { orderId: order.id, paymentIntentId: newIntent(), paidAmount: gbp(400) }
  t.match(await line.ask('RecordOrderPaymentById', payment, { id: 'a' }), {
    jsonrpc: '2.0',
    id: 'a',
    result: { id: order.id, paidAmount: gbp(400) },
  })
  t.match(await line.ask('GetOrderById', { orderId: order.id }), { result: { payments: [{}] } })

  const statusOf = async () => await leases.status(store.database, venue.locationId)
  await until('it is written down', async () => (await statusOf())?.servedAt !== undefined)
  t.match(await statusOf(), { isHeld: true, openedAt: Date, isKeyRefused: false })
  const metrics = (await server.app.inject('/metrics')).payload
  t.match(metrics, /epos_sockets\{state="open"\} 1/)
  t.match(metrics, /epos_sockets_serving 1/)
  t.match(
    metrics,
    /epos_request_duration_seconds_count\{capability="GetOrderById",outcome="ok"\} 1/,
  )

  await changeSettings(store, venue.locationId, { transport: 'rest' })
  t.equal(await line.closed, 1001, 'and no longer than that')
})

t.test('a new key is used at once, and a refused one is not tried again', async (t) => {
  const log = memoryLog()
  const { gateway, server, another } = await startStand(t, { overrides: { logger: log.logger } })
  const { venue, store } = server
  const first = await gateway.line(await connectVenue(server, venue))
  const second = await gateway.line(await connectVenue(server, venue))
  t.not(first.key, second.key)
  t.equal(await first.closed, 1000)

  gateway.refuseWith(401)
  await connectVenue(server, venue)
  const statusOf = async () => await leases.status(store.database, venue.locationId)
  await until('it is written down', async () => (await statusOf())?.isKeyRefused === true)
  t.match(await statusOf(), { trouble: 'credential-refused', openedAt: undefined })
  const refusals = log.lines().filter(({ msg }) => msg.includes('refused the venue'))
  t.match(refusals, [{ venue: venue.locationId, status: 401 }], 'it is reported once')
  const attempts = gateway.connectedAtMs.length
  await server.close()
  const other = await another()
  await until('the other server has it', () => other.sockets!.held().length === 1)
  await other.sockets!.tick()
  t.equal(gateway.connectedAtMs.length, attempts, 'nor does another server try')
  gateway.refuseWith(undefined)
  const key = await connectVenue(other, venue)
  await gateway.line(key)
  t.notMatch(log.text(), /sk_sandbox/, 'no log has a key')
})

t.test('what was refused is tried again as another software house', async (t) => {
  const { gateway, server, another } = await startStand(t)
  const { venue, store } = server
  gateway.refuseWith(401)
  const key = await connectVenue(server, venue)
  const statusOf = async () => await leases.status(store.database, venue.locationId)
  await until('it is refused', async () => (await statusOf())?.isKeyRefused === true)
  await server.close()
  gateway.refuseWith(undefined)
  const right = await another({ SOFTWARE_HOUSE_ID: 'right' })
  const line = await gateway.line(key)
  t.equal(line.headers['software-house-id'], 'right')
  const { database } = right.store
  await until('it is written down', async () => {
    const status = await leases.status(database, venue.locationId)
    return status?.openedAt !== undefined && !status.isKeyRefused
  })
  const asked = { gatewayUrl: 'ws://a', softwareHouseId: 'a', resellerId: undefined }
  const others = [
    { gatewayUrl: 'ws://b' },
    { softwareHouseId: 'b' },
    { resellerId: 'a' },
    { resellerId: 'b' },
  ].map((other) => ({ ...asked, ...other }))
  for (const kind of [leases, counterSocketLeases]) {
    if (kind === counterSocketLeases) {
      const way = { counterTransport: 'socket', counterAccount: 'abc', eposId: 'bar' } as const
      await changeSettings(right.store, venue.locationId, way)
    }
    const fingerprints = await Promise.all(
      [asked, asked, ...others].map(
        async (account) => (await kind.list(database, account))[0]!.keyFingerprint,
      ),
    )
    t.equal(new Set(fingerprints).size, 5, 'each of them counts')
  }
})

t.test('a new key loses no answer that is under way', async (t) => {
  const { promise: served, resolve: serve } = Promise.withResolvers<void>()
  const handlers = {
    ListAreas: async () => {
      await served
      return []
    },
  }
  const { gateway, server } = await startStand(t, { overrides: { handlers } })
  const line = await gateway.line(await connectVenue(server, server.venue))
  const begun = line.ask('ListAreas', {})
  const [socket] = server.sockets!.held()
  await until('it has begun', () => socket!.talk.inFlight === 1)
  const key = await connectVenue(server, server.venue)
  await server.sockets!.tick()
  await server.sockets!.tick()
  t.equal(line.webSocket.readyState, 1, 'it stays open meanwhile')
  serve()
  t.match(await begun, { result: [] })
  t.equal(await line.closed, 1000)
  const next = await gateway.line(key)
  t.match(await next.ask('SearchTables', {}), { result: { data: [] } })
  t.equal(gateway.lines.length, 2)
})

t.test('ten megabytes get an error, and the socket stays open', async (t) => {
  const { gateway, server } = await startStand(t)
  const line = await gateway.line(await connectVenue(server, server.venue))
  const size = 10 * 1024 * 1024
  const tooLong = { error: { code: -32600, message: /1048576 bytes/ } }
  t.match(await line.say(JSON.stringify('é'.repeat(size / 2))), tooLong)
  t.match(await line.say(Buffer.alloc(size)), { error: { code: -32600, message: /text frame/ } })
  t.match(await line.ask('SearchTables', {}), { result: { data: [] } })
  t.equal(gateway.lines.length, 1)
})

t.test('a server that stops answers what it has begun, and hands its venues over', async (t) => {
  const { promise: served, resolve: serve } = Promise.withResolvers<void>()
  const { gateway, server, another } = await startStand(t, {
    overrides: {
      handlers: {
        ListAreas: async () => {
          await served
          return []
        },
      },
    },
  })
  const key = await connectVenue(server, server.venue)
  const line = await gateway.line(key)
  const begun = line.ask('ListAreas', {})
  await until('it has begun', () => server.sockets!.held()[0]!.talk.inFlight === 1)
  const stopped = server.close()
  await until('it reads no more', () => server.sockets!.held()[0]!.isClosing)
  const late = line.ask('SearchTables', {})
  serve()
  t.match(await begun, { result: [] })
  t.equal(await line.closed, 1001)
  await stopped
  t.equal(line.received.length, 1, 'what came afterwards is left to the next server')
  late.catch(() => {})
  const other = await another()
  const next = await gateway.line(key)
  t.match(await next.ask('SearchTables', {}), { result: { data: [] } })
  t.equal(other.sockets!.held().length, 1)
})

t.test('servers share the venues, and none has a socket twice', async (t) => {
  const { gateway, server, another } = await startStand(t)
  const venues = [server.venue]
  for (let count = 2; count <= 6; count++) venues.push(await server.newVenue(`Venue ${count}`))
  const keys = await Promise.all(venues.map(async (venue) => await connectVenue(server, venue)))
  await Promise.all(keys.map(gateway.line))
  const second = await another()
  const sizes = (): number[] => [server, second].map(({ sockets }) => sockets!.held().length)
  await until('both have three', () => sizes().join() === '3,3')
  await until('all are open', () => openKeys(gateway).length === 6)
  t.same(openKeys(gateway), keys.toSorted(), 'each venue has one socket')
  await second.close()
  await until('the first has all', () => server.sockets!.held().length === 6)
  await until('all are open again', () => openKeys(gateway).length === 6)
  t.same(openKeys(gateway), keys.toSorted())
})

t.test('the venue that another server asks for is handed over, and no other', async (t) => {
  const { gateway, server } = await startStand(t)
  const asked = await server.newVenue('The White Hart')
  const [kept, wanted] = await Promise.all(
    [server.venue, asked].map(async (venue) => {
      return await gateway.line(await connectVenue(server, venue))
    }),
  )
  const apply = "UPDATE socket_leases SET applicant = 'another' WHERE location_id = $1"
  await server.sql(apply, [asked.locationId])
  await server.sockets!.tick()
  t.equal(await wanted!.closed, 1001)
  await until("it is the other server's", async () => {
    const holder = 'SELECT holder FROM socket_leases WHERE location_id = $1'
    const [lease] = await server.sql(holder, [asked.locationId])
    return lease!['holder'] === 'another'
  })
  const held = server.sockets!.held().map(({ locationId }) => locationId)
  t.same(held, [server.venue.locationId])
  t.match(await kept!.ask('SearchTables', {}), { result: { data: [] } })
})

const openKeys = ({ lines }: Gateway): string[] =>
  lines
    .filter(({ webSocket }) => webSocket.readyState === 1)
    .map(({ key }) => key)
    .sort()

t.test('a server that has lost a lease stops at once', async (t) => {
  const { gateway, server, another } = await startStand(t)
  const { venue, sql } = server
  const key = await connectVenue(server, venue)
  const line = await gateway.line(key)
  // What a server that was frozen finds when it wakes up.
  await sql(
    "UPDATE socket_leases SET holder = 'another', term = term + 1, ends_at = now() + interval '2 seconds'",
  )
  await line.closed
  t.same(server.sockets!.held(), [], 'its socket is cut')
  const next = await gateway.line(key)
  t.not(next, line, 'and opens again when the lease of the other has ended')
  const [lease] = await sql('SELECT holder, term FROM socket_leases')
  t.match(lease, { term: '3' })
  await another()
})

t.test('a lease that was released is not taken back by a renewal on its way', async (t) => {
  const { store, venue } = await startServer(t)
  const { database } = store
  const [lease] = await leases.claim(database, 'a', [venue.locationId])
  const status = { openMs: 0, servedMs: undefined, trouble: undefined, refusedKey: undefined }
  const held = [{ ...lease!, ...status }]
  t.equal((await leases.renew(database, 'a', held)).length, 1)
  await leases.release(database, 'a', lease!)
  t.same(await leases.renew(database, 'a', held), [])
  t.match(await leases.status(database, venue.locationId), { isHeld: false })
  t.equal((await leases.claim(database, 'b', [venue.locationId])).length, 1)
})

t.test('one server at a time changes which sockets connect', async (t) => {
  const { store, sql } = await startServer(t)
  const { database } = store
  const url = 'wss://gateway.example/epos'
  const seen = await readGateway(database, url)
  t.match(seen, { connects: [], probedAtMs: undefined, version: 0 })
  const connect = { locationId: 'a', isOpen: false, sinceMs: seen.nowMs }
  const one = { connects: [connect], probedAtMs: undefined }
  const two = { connects: [], probedAtMs: Math.floor(seen.nowMs) }
  t.equal(await changeGateway(database, url, one, seen.version), true)
  t.equal(await changeGateway(database, url, two, seen.version), false, 'another was first')
  const now = await readGateway(database, url)
  t.match(now, { ...one, version: 1 })
  t.ok(now.nowMs >= seen.nowMs)
  t.equal(await changeGateway(database, url, two, now.version), true)
  t.match(await readGateway(database, url), { ...two, version: 2 })
  t.equal((await sql('SELECT 1 FROM socket_gateways')).length, 1)
})

t.test('a venue that was handed over is kept, however slowly its lease is renewed', async (t) => {
  const { gateway, server } = await startStand(t)
  const { venue, sql, databaseUrl } = server
  const line = await gateway.line(await connectVenue(server, venue))
  const [lease] = await sql('SELECT holder FROM socket_leases')
  const give = `UPDATE socket_leases SET holder = $1, term = term + 1, ends_at = now() + interval '9 seconds'`
  await sql(give, ['another'])
  await line.closed
  await server.sockets!.tick()
  const other = new pg.Client({ connectionString: databaseUrl })
  await other.connect()
  await other.query('BEGIN')
  await other.query(give, [lease!['holder']])
  await other.query('COMMIT; BEGIN; SELECT 1 FROM socket_leases FOR UPDATE')
  const looking = server.sockets!.tick()
  await untilWaiting(server)
  const waitsSinceMs = performance.now()
  await until('its leases were checked meanwhile', () => {
    return performance.now() - waitsSinceMs > 2 * limits.socketLeaseCheckMs
  })
  await other.query('COMMIT')
  await other.end()
  await looking
  t.equal(server.sockets!.held().length, 1)
})

t.test('one socket for the software house, where Dojo wants it so', async (t) => {
  const { gateway, server } = await startStand(t, {
    environment: { DOJO_SOCKET_PER: 'software-house' },
  })
  const venues = [server.venue, await server.newVenue('Another')]
  for (const venue of venues) await connectVenue(server, venue)
  await gateway.line()
  await server.sockets!.tick()
  t.equal(server.sockets!.held().length, 1)
})
