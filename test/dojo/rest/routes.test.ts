// What this server has routes for: the operations of the document, and what a service has besides.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import type { RouteOptions } from 'fastify'
import { handlers } from '../../../src/dojo/capabilities/index.ts'
import { loadConfig } from '../../../src/config.ts'
import { capabilityNames } from '../../../src/contract/capabilities.ts'
import { operations } from '../../../src/contract/document.ts'
import { createServer } from '../../../src/server.ts'
import { emptyDatabase } from '../../support/database.ts'
import { gbp, holdOnTill, inSeconds, newOrder, orderRequest } from '../../support/orders.ts'
import { basic, startServer, type TestServer } from '../../support/server.ts'
import { checkRefused, dropDatabase, json, raw } from '../../support/visits.ts'

/** As Dojo publishes them, POST /v1/events included. */
const PUBLISHED: Record<string, string> = {
  'GET /v1/areas': 'ListAreas',
  'POST /v1/events': 'HandleEvent',
  'POST /v1/orders': 'CreateOrder',
  'POST /v1/orders/search': 'SearchOrders',
  'GET /v1/orders/{orderId}': 'GetOrderById',
  'DELETE /v1/orders/{orderId}': 'CancelOrderById',
  'GET /v1/orders/{orderId}/bill': 'GetOrderBillById',
  'POST /v1/orders/{orderId}/lock': 'CreateOrderLock',
  'PUT /v1/orders/{orderId}/locks/{lockId}': 'ExtendOrderLock',
  'DELETE /v1/orders/{orderId}/locks/{lockId}': 'DeleteOrderLock',
  'POST /v1/orders/{orderId}/record-payment': 'RecordOrderPaymentById',
  'POST /v1/parties': 'CreateParty',
  'POST /v1/parties/search': 'SearchParties',
  'GET /v1/parties/{partyId}': 'GetPartyById',
  'PUT /v1/parties/{partyId}': 'UpdateParty',
  'DELETE /v1/parties/{partyId}': 'DeletePartyById',
  'POST /v1/reservations': 'CreateReservation',
  'POST /v1/reservations/search': 'SearchReservations',
  'GET /v1/reservations/{reservationId}': 'GetReservationById',
  'PUT /v1/reservations/{reservationId}': 'UpdateReservation',
  'DELETE /v1/reservations/{reservationId}': 'DeleteReservationById',
  'POST /v1/tables/search': 'SearchTables',
}

interface YamlDocument {
  openapi: string
  paths: Record<string, Record<string, { operationId?: string }>>
}

const document = parse(
  readFileSync(join(import.meta.dirname, '../../../openapi/epos-data.yaml'), 'utf8'),
) as YamlDocument

t.test(
  'the document, the capability table and the routes are of the same 22 operations',
  async (t) => {
    t.equal(Object.keys(PUBLISHED).length, 22)
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, { operationId }]) => operationId !== undefined)
        .map(([method, { operationId }]) => [`${method.toUpperCase()} ${path}`, operationId]),
    )
    t.strictSame(Object.fromEntries(documented), PUBLISHED)
    t.equal(documented.length, 22)
    t.strictSame(capabilityNames.toSorted(), Object.values(PUBLISHED).toSorted())
    t.strictSame(Object.keys(handlers).toSorted(), Object.values(PUBLISHED).toSorted())

    const routes: RouteOptions[] = []
    const server = await startServer(t, {
      overrides: {
        prepare: (app) => {
          app.addHook('onRoute', (route) => {
            routes.push(route)
          })
        },
      },
    })
    const served = routes
      .filter(({ config }) => config?.serves?.api === 'dojo')
      .flatMap(({ method, url, config }) =>
        [method]
          .flat()
          .filter((each) => each !== 'HEAD')
          .map((each) => [`${each} ${url.replaceAll(/:(\w+)/g, '{$1}')}`, config!.serves!.name]),
      )
    t.strictSame(Object.fromEntries(served), PUBLISHED)
    t.equal(served.length, 22, 'each once')

    for (const [operation, name] of Object.entries(PUBLISHED)) {
      const [method, path] = operation.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE', string]
      const { status, error } = await raw(server, server.venue, {
        method,
        url: path.replaceAll(/\{\w+\}/g, 'x'),
        ...(['GET', 'DELETE'].includes(method) ? {} : json({})),
      })
      t.ok(
        status !== 405 &&
          (status !== 404 ||
            /There is no (order|party|reservation|lock) with the id x/.test(error.debugMessage)),
        `${name} is reached by ${operation}`,
      )
    }
  },
)

t.test('below a prefix', async (t) => {
  const server = await startServer(t, { environment: { ROUTE_PREFIX: '/dojo/epos', DOCS: 'true' } })
  const { venue } = server
  for (const { name, method, path } of operations) {
    t.test(`${name} is there and not elsewhere`, async (t) => {
      const url = path.replaceAll(/\{\w+\}/g, 'x')
      const options = ['GET', 'DELETE'].includes(method) ? { method } : { method, ...json({}) }
      const { status, error } = await raw(server, venue, { ...options, url: `/dojo/epos${url}` })
      t.ok(status !== 405 && !/There is nothing/.test(error.debugMessage ?? ''), `status ${status}`)
      checkRefused(t, await raw(server, venue, { ...options, url }), {
        status: 404,
        errorType: 'NotFound',
        message: /There is nothing/,
      })
    })
  }
  t.test('a whole call', async (t) => {
    t.equal((await venue.call('ListAreas', {})).status, 200)
    t.equal((await newOrder(venue, 100)).totalAmount!.value, 100)
  })
  t.test('health, metrics and documentation are there too', async (t) => {
    for (const url of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs/']) {
      t.equal((await raw(server, venue, { url: `/dojo/epos${url}` })).status, 200, url)
      t.equal((await raw(server, venue, { url })).status, 404, url)
    }
  })
  t.test('the document says where it is served', async (t) => {
    const { payload } = await raw(server, venue, { url: '/dojo/epos/openapi.json' })
    t.strictSame((JSON.parse(payload) as { servers: object[] }).servers, [{ url: '/dojo/epos' }])
  })
  t.test('an unknown route below it needs the credential', async (t) => {
    checkRefused(
      t,
      await raw(server, venue, { url: '/dojo/epos/v1/nothing', headers: { authorization: '' } }),
      { status: 401, errorType: 'InvalidRequest' },
    )
  })
})

t.test('the documentation', async (t) => {
  t.test('is the document as it is', async (t) => {
    const server = await startServer(t, { environment: { DOCS: 'true' } })
    const { status, headers, payload } = await raw(server, server.venue, { url: '/openapi.json' })
    t.equal(status, 200)
    t.match(String(headers['content-type']), /application\/json/)
    const served = JSON.parse(payload) as YamlDocument
    t.equal(served.openapi, '3.1.0')
    t.strictSame({ ...served, servers: 0 }, { ...document, servers: 0 })
  })

  t.test('is shown on a page, which loads nothing from elsewhere', async (t) => {
    const server = await startServer(t, { environment: { DOCS: 'true' } })
    const first = await raw(server, server.venue, { url: '/docs' })
    const page =
      first.status === 200
        ? first
        : await raw(server, server.venue, { url: String(first.headers['location']) })
    t.equal(page.status, 200)
    t.match(String(page.headers['content-type']), /text\/html/)
    const links = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!)
    t.ok(links.length >= 3)
    for (const link of links) {
      t.notMatch(link, /^(https?:)?\/\//, 'of its own')
      t.equal(
        (await raw(server, server.venue, { url: new URL(link, 'http://x/docs/').pathname })).status,
        200,
        link,
      )
    }
  })

  t.test('can be switched off', async (t) => {
    const server = await startServer(t, { environment: { DOCS: 'false' } })
    for (const url of ['/docs', '/docs/', '/docs/json', '/openapi.json']) {
      checkRefused(t, await raw(server, server.venue, { url }), {
        status: 404,
        errorType: 'NotFound',
      })
    }
    t.equal((await server.venue.call('ListAreas', {})).status, 200)
  })
})

/** The value of a sample by its name and labels; undefined where there is none. */
async function metric(
  server: TestServer,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const { payload } = await raw(server, server.venue, {
    url: '/metrics',
    headers: { authorization: '' },
  })
  const line = payload.split('\n').find((line) => {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)
    return (
      match?.[1] === name &&
      Object.entries(labels).every(([label, value]) =>
        match[2]?.split(',').includes(`${label}="${value}"`),
      )
    )
  })
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

t.test('the metrics', async (t) => {
  t.test('are in the format of Prometheus', async (t) => {
    const server = await startServer(t)
    const { status, headers, payload } = await raw(server, server.venue, {
      url: '/metrics',
      headers: { authorization: '' },
    })
    t.equal(status, 200)
    t.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
    t.ok(
      payload
        .split('\n')
        .every(
          (line) =>
            line === '' || line.startsWith('# ') || /^[a-zA-Z_:][\w:]*(\{.*\})? \S+$/.test(line),
        ),
    )
  })

  t.test('count requests by capability and outcome, with their time', async (t) => {
    const server = await startServer(t)
    const { venue } = server
    const requests = (capability: string, outcome: string) =>
      metric(server, 'epos_request_duration_seconds_count', { capability, outcome })
    await venue.call('ListAreas', {})
    await venue.call('ListAreas', {})
    await venue.call('GetOrderById', { orderId: 'x' })
    await venue.call('CreateOrder', { items: [] } as never)
    await raw(server, venue, { url: '/v1/areas', headers: { authorization: '' } })
    t.equal(await requests('ListAreas', 'ok'), 2)
    t.equal(await requests('ListAreas', 'unauthenticated'), 1)
    t.equal(await requests('GetOrderById', 'not-found'), 1)
    t.equal(await requests('CreateOrder', 'invalid'), 1)
    t.ok(
      (await metric(server, 'epos_request_duration_seconds_sum', {
        capability: 'ListAreas',
        outcome: 'ok',
      }))! > 0,
    )
    t.equal(
      await metric(server, 'epos_request_duration_seconds_bucket', {
        capability: 'ListAreas',
        outcome: 'ok',
        le: '+Inf',
      }),
      2,
    )
  })

  t.test('count failures of the server', async (t) => {
    const server = await startServer(t, {
      overrides: {
        handlers: {
          ListAreas: async () => {
            throw new Error('bug')
          },
        },
      },
    })
    await server.venue.call('ListAreas', {})
    t.equal(
      await metric(server, 'epos_request_duration_seconds_count', {
        capability: 'ListAreas',
        outcome: 'failed',
      }),
      1,
    )
  })

  t.test('count payments recorded, and refused by reason', async (t) => {
    const server = await startServer(t)
    const { venue } = server
    const recorded = (outcome: string) => metric(server, 'epos_payments_total', { outcome })
    const refused = (reason: string) => metric(server, 'epos_payments_refused_total', { reason })
    const order = await newOrder(venue, 1000)
    const pay = (orderId: string, paymentIntentId: string, value: number) =>
      venue.call('RecordOrderPaymentById', { orderId, paymentIntentId, paidAmount: gbp(value) })
    await pay(order.id, 'pi_1', 400)
    await pay(order.id, 'pi_1', 400)
    await pay(order.id, 'pi_2', 601)
    await pay(order.id, 'pi_1', 500)
    await pay('ord_nobody', 'pi_3', 1)
    await venue.call('CreateOrderLock', {
      orderId: order.id,
      lockId: 'lock',
      expiry: inSeconds(60),
    })
    await pay(order.id, 'pi_4', 100)
    await venue.call('DeleteOrderLock', { orderId: order.id, lockId: 'lock' })
    await pay(order.id, 'pi_5', 600)
    await pay(order.id, 'pi_6', 1)
    t.equal(await recorded('recorded'), 2)
    t.equal(await recorded('repeated'), 1)
    t.equal(await refused('overpaid'), 1)
    t.equal(await refused('content-differs'), 1)
    t.equal(await refused('not-found'), 1)
    t.equal(await refused('locked'), 1)
    t.equal(await refused('final'), 1)
  })

  t.test('count the payments that an order brings with it as any others', async (t) => {
    const server = await startServer(t)
    const { venue } = server
    const payments = [
      { paymentIntentId: 'pi_a', paidAmount: gbp(400) },
      { paymentIntentId: 'pi_b', paidAmount: gbp(600) },
    ]
    t.equal((await venue.call('CreateOrder', orderRequest(1000, { payments }))).status, 200)
    t.equal(await metric(server, 'epos_payments_total', { outcome: 'recorded' }), 2)
    t.equal(
      (
        await venue.call(
          'CreateOrder',
          orderRequest(1000, { payments: [{ paymentIntentId: 'pi_c', paidAmount: gbp(1001) }] }),
        )
      ).status,
      409,
    )
    t.equal(await metric(server, 'epos_payments_refused_total', { reason: 'overpaid' }), 1)
    t.equal(
      await metric(server, 'epos_payments_total', { outcome: 'recorded' }),
      2,
      'what was refused was not recorded',
    )
  })

  t.test('show the locks that are held', async (t) => {
    const server = await startServer(t)
    const { venue } = server
    const held = (kind: string) => metric(server, 'epos_order_locks_held', { kind })
    const [first, second, third] = [
      await newOrder(venue, 100),
      await newOrder(venue, 100),
      await newOrder(venue, 100),
    ]
    t.notOk(await held('DojoLock'))
    for (const { id } of [first, second]) {
      await venue.call('CreateOrderLock', { orderId: id, lockId: 'lock', expiry: inSeconds(60) })
    }
    await holdOnTill(server, venue, third.id)
    t.equal(await held('DojoLock'), 2)
    t.equal(await held('TillHold'), 1)
    await venue.call('DeleteOrderLock', { orderId: first.id, lockId: 'lock' })
    t.equal(await held('DojoLock'), 1)
    await server.sql("UPDATE order_locks SET expires_at = now() - interval '1 second'")
    t.notOk(await held('DojoLock'), 'expired ones are not held')
  })

  t.test('show the pool', async (t) => {
    const server = await startServer(t)
    await server.venue.call('ListAreas', {})
    t.ok((await metric(server, 'epos_database_connections'))! >= 1)
    t.equal(typeof (await metric(server, 'epos_database_connections_idle')), 'number')
    t.equal(await metric(server, 'epos_database_waiting'), 0)
  })

  t.test('are there while the database is not', async (t) => {
    const server = await startServer(t)
    await server.venue.call('ListAreas', {})
    await dropDatabase(server)
    await server.venue.call('GetOrderById', { orderId: 'x' })
    t.equal(
      await metric(server, 'epos_request_duration_seconds_count', {
        capability: 'GetOrderById',
        outcome: 'unavailable',
      }),
      1,
    )
  })

  t.test('can be switched off', async (t) => {
    const server = await startServer(t, { environment: { METRICS: 'false' } })
    checkRefused(t, await raw(server, server.venue, { url: '/metrics' }), {
      status: 404,
      errorType: 'NotFound',
    })
    t.equal((await server.venue.call('ListAreas', {})).status, 200)
  })
})

t.test('POST /v1/orders with the body of a search is a search, as in an older guide', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const { id } = await newOrder(venue, 1_000)
  await newOrder(venue, 500)
  const post = async (url: string, body: unknown) => {
    const response = await server.app.inject({
      method: 'POST',
      url,
      headers: { authorization: basic(venue.username, venue.password) },
      payload: body as object,
    })
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      payload: response.payload.replace(/"traceId":"\w+"/, ''),
    }
  }
  for (const search of [
    {},
    { payableOnly: true },
    { cursor: { limit: 1 } },
    { dineIn: { tableId: 'tbl_nobody' }, unknown: 1 },
    { cursor: { limit: 1_000_000 } },
  ]) {
    t.strictSame(await post('/v1/orders', search), await post('/v1/orders/search', search))
  }
  const [first] = (JSON.parse((await post('/v1/orders', {})).payload) as { data: object[] }).data
  t.match(first, { status: 'New', totalAmount: gbp(500) })
  const created = await post('/v1/orders', orderRequest(700))
  t.match([created.status, JSON.parse(created.payload)], [200, { totalAmount: gbp(700) }])
  for (const neither of [{ unknown: 1 }, { payableOnly: true, items: [] }, [], { orderId: id }]) {
    const { status, payload } = await post('/v1/orders', neither)
    t.equal(status, 400, payload)
  }
})

t.test('health', async (t) => {
  const ready = async (server: Pick<TestServer, 'app'>): Promise<number> =>
    (await server.app.inject('/health/ready')).statusCode
  const live = async (server: Pick<TestServer, 'app'>): Promise<number> =>
    (await server.app.inject('/health/live')).statusCode

  t.test('live and ready', async (t) => {
    const server = await startServer(t)
    t.equal(await live(server), 200)
    t.equal(await ready(server), 200)
  })

  t.test('live and not ready, without any migration', async (t) => {
    const databaseUrl = await emptyDatabase(t)
    const server = await createServer({ config: loadConfig({ LOG_LEVEL: 'silent' }), databaseUrl })
    t.teardown(async () => {
      await server.close()
    })
    t.equal(await live(server), 200)
    const response = await server.app.inject('/health/ready')
    t.equal(response.statusCode, 503)
    t.match(response.payload, /migration/)
    t.match(response.payload, /not ready/)
  })

  t.test('live and not ready, with a migration that is missing or did not finish', async (t) => {
    const server = await startServer(t)
    await server.sql('UPDATE _prisma_migrations SET finished_at = NULL')
    t.equal(await ready(server), 503)
    await server.sql('UPDATE _prisma_migrations SET finished_at = now(), rolled_back_at = now()')
    t.equal(await ready(server), 503)
    await server.sql('UPDATE _prisma_migrations SET rolled_back_at = NULL')
    t.equal(await ready(server), 200)
    await server.sql('DELETE FROM _prisma_migrations')
    t.equal(await ready(server), 503)
    t.equal(await live(server), 200)
  })

  t.test('ready with a migration more than it knows: the next version is on its way', async (t) => {
    const server = await startServer(t)
    await server.sql(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
      VALUES ('next', 'x', '99990101000000_next', now(), 1)`,
    )
    t.equal(await ready(server), 200)
  })

  t.test('live and not ready, with the database gone', async (t) => {
    const server = await startServer(t)
    await dropDatabase(server)
    t.equal(await live(server), 200)
    const response = await server.app.inject('/health/ready')
    t.equal(response.statusCode, 503)
    t.notMatch(response.payload, /postgres|127\.0\.0\.1/, 'saying nothing of where it was')
  })
})
