// The OpenAPI document of the till API: valid, and of the routes that there are.
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { RouteOptions } from 'fastify'
import t, { type Test } from 'tap'
import { BASE, tillDocument } from '../../src/till/document.ts'
import { operations } from '../../src/till/operations.ts'
import { startServer } from '../support/server.ts'
import { newTill } from '../support/till.ts'
import { memoryLog } from '../support/visits.ts'

interface Described {
  operationId: string
  description: string
  tags: string[]
  parameters: { $ref?: string; name?: string; in?: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { headers?: object; content?: object }>
}
interface TillDocument {
  servers: object[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Described>>
  components: { schemas: Record<string, object>; parameters: object }
}

const document = tillDocument('') as unknown as TillDocument
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    ...operation,
  })),
)

t.test('is a valid OpenAPI 3.1 document', async (t) => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(
    structuredClone(tillDocument('/epos')) as never,
  )
  t.ok(valid, 'valid', { errors })
  t.equal(validator.version, '3.1')
  t.doesNotThrow(() => {
    validator.resolveRefs()
  }, 'every reference leads somewhere')
  const broken = await new Validator().validate({
    ...tillDocument(''),
    paths: { '/x': { get: { responses: 'none' } } },
  } as never)
  t.notOk(broken.valid, 'the validator sees what is wrong')
})

t.test('has every route of the server, and no other', async (t) => {
  const routes: string[] = []
  const note = ({ method, url, config }: RouteOptions): void => {
    // What a path answers to other methods is no operation.
    if (
      url.startsWith(`${BASE}/`) &&
      (config?.serves?.api === 'till' || url === `${BASE}/stream`)
    ) {
      routes.push(
        ...[method]
          .flat()
          .filter((each) => each !== 'HEAD')
          .map((each) => `${each} ${url.replaceAll(/:(\w+)/g, '{$1}')}`),
      )
    }
  }
  await startServer(t, {
    overrides: {
      prepare: (app) => {
        app.addHook('onRoute', note)
      },
    },
  })
  const ofList = routes.filter((route) => !route.endsWith('/stream'))
  t.ok(ofList.length > 0)
  t.strictSame(
    ofList.sort(),
    described
      .map(({ route }) => route)
      .filter((route) => !route.endsWith('/stream'))
      .sort(),
  )
  t.ok(
    described.some(({ route }) => route === `GET ${BASE}/stream`),
    'and the stream',
  )
})

t.test('names each operation once, with its roles and a tag that is listed', async (t) => {
  const ids = described.map(({ operationId }) => operationId)
  t.strictSame(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
  const tags = new Set(document.tags.map(({ name }) => name))
  for (const {
    route,
    description,
    tags: [tag],
  } of described) {
    t.match(description, /^Roles: ((kitchen|waiter|manager|owner)(, |\.$))+/m, route)
    t.ok(tags.has(tag!), route)
  }
})

t.test('says what an operation takes by headers, and what it answers', async (t) => {
  const of = (id: string): Described => described.find(({ operationId }) => operationId === id)!
  const headers = (id: string): string[] =>
    of(id).parameters.flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref.split('/').at(-1)!]))
  const named = (id: string): string[] =>
    of(id).parameters.flatMap(({ in: place, name, required }) =>
      name === undefined ? [] : [`${place} ${name}${required === true ? '' : '?'}`],
    )
  t.strictSame(headers('openOrder'), ['IdempotencyKey', 'WaiterId'], 'there is no version yet')
  t.strictSame(headers('changeLine'), ['IdempotencyKey', 'IfMatch', 'WaiterId'])
  t.strictSame(headers('readOrder'), [])
  t.strictSame(headers('readStream'), ['LastEventId'])
  t.strictSame(named('changeLine'), ['path orderId', 'path lineId'])
  t.ok(named('listOrders').includes('query open?'))
  t.strictSame(Object.keys(of('openOrder').responses), [
    '200',
    '201',
    '400',
    '401',
    '403',
    '404',
    '409',
    '413',
    '415',
    '422',
    '429',
    '500',
    '503',
  ])
  t.strictSame(Object.keys(of('readOrder').responses), [
    '200',
    '400',
    '401',
    '404',
    '429',
    '500',
    '503',
  ])
  t.ok(['412', '423'].every((status) => status in of('changeLine').responses))
  t.ok('ETag' in of('readOrder').responses['200']!.headers!)
  t.notOk('ETag' in of('listOrders').responses['200']!.headers!)
  t.strictSame(of('readOrder').responses['200']!.content, {
    'application/json': { schema: { $ref: '#/components/schemas/Order' } },
  })
})

t.test('its examples are what its shapes allow', async (t) => {
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema({ $id: 'till', components: document.components })
  let count = 0
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { examples, ...schema } = node as { examples?: unknown }
    if (Array.isArray(examples)) {
      for (const example of examples) {
        const validate = ajv.compile(
          JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"till#/')) as object,
        )
        t.ok(validate(example), 'an example fits', { example, errors: validate.errors })
        count++
      }
    }
    Object.values(node).forEach(look)
  }
  look(document)
  t.ok(count >= 5)
})

t.test('is served beside that of the EPOS Data API, and shown on the same page', async (t) => {
  const server = await startServer(t, { environment: { DOCS: 'true', ROUTE_PREFIX: '/epos' } })
  const get = async (url: string) => await server.app.inject({ url })
  const served = await get('/epos/till/openapi.json')
  t.equal(served.statusCode, 200)
  t.match(String(served.headers['content-type']), /^application\/json/)
  t.strictSame(served.json(), JSON.parse(JSON.stringify(tillDocument('/epos'))))
  t.strictSame(served.json<TillDocument>().servers, [{ url: '/epos' }])
  const page = await get('/epos/docs/static/swagger-initializer.js')
  for (const url of ['/epos/openapi.json', '/epos/till/openapi.json']) {
    t.ok(page.payload.includes(JSON.stringify(url)), `the page offers ${url}`)
    t.equal((await get(url)).statusCode, 200)
  }
  const without = await startServer(t, { environment: { DOCS: 'false' } })
  t.equal((await without.app.inject({ url: '/till/openapi.json' })).statusCode, 404)
})

t.test('operations that do not differ in what they do are not there twice', async (t) => {
  const routes = operations.map(
    ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
  )
  t.strictSame(
    routes.filter((route, index) => routes.indexOf(route) !== index),
    [],
  )
})

t.test('what is watched and logged of a call', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { overrides: { logger: log.logger } })
  await server.sql(
    "INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, '42', 'Becky')",
    [server.venue.locationId],
  )
  const till = await newTill(t, server, { role: 'waiter', waiterId: '42', tillName: 'Bar' })
  const lineOf = async (work: () => Promise<unknown>): Promise<object> => {
    log.clear()
    await work()
    const [line, ...more] = log.requests()
    t.strictSame(more, [], 'one line')
    return line!
  }
  const checkLine = async (
    t: Test,
    work: () => Promise<unknown>,
    expected: object,
  ): Promise<void> => {
    t.match(await lineOf(work), expected)
  }
  await checkLine(
    t,
    async () => await till.call('POST /orders', {}, { id: 'ord_1', orderType: 'DineIn' }),
    {
      operation: 'openOrder',
      venue: till.locationId,
      waiter: '42',
      device: 'Bar',
      product: 'Till',
      method: 'POST',
      route: `${BASE}/orders`,
      status: 201,
      msg: 'answered',
    },
  )
  await checkLine(
    t,
    async () =>
      await till.call('POST /orders/{orderId}/cancel', { orderId: 'ord_1' }, { reason: 'x' }),
    {
      operation: 'cancelOrder',
      venue: till.locationId,
      status: 403,
      reason: 'forbidden',
      msg: 'refused',
    },
  )
  await checkLine(t, async () => await till.call('GET /orders/{orderId}', { orderId: 'nothing' }), {
    operation: 'readOrder',
    status: 404,
    reason: 'not-found',
  })

  t.test('never a token', async (t) => {
    log.clear()
    const secret = till.token.slice('till_'.length)
    await till.call('GET /orders')
    const wrong = `till_${'w'.repeat(43)}`
    for (const headers of [
      { authorization: `Bearer ${wrong}` },
      { authorization: `Basic ${till.token}` },
      { authorization: `Bearer ${till.token}`, 'waiter-id': till.token },
      { authorization: `Bearer ${till.token} ` },
    ]) {
      for (const url of [
        `${BASE}/orders`,
        `${BASE}/${till.token}`,
        `${BASE}/orders/${till.token}`,
        `${BASE}/orders?open=${till.token}`,
      ]) {
        await server.app.inject({ url, headers })
      }
    }
    t.equal(log.requests().length, 17)
    t.notOk(
      log.text().includes(secret) ||
        log.text().includes(wrong) ||
        /authorization"/i.test(log.text()),
      'nor is the header there',
    )
  })

  t.test('the metrics count operations by outcome', async (t) => {
    const { payload } = await server.app.inject({ url: '/metrics' })
    const count = (operation: string, outcome: string): string | undefined =>
      new RegExp(
        `^epos_request_duration_seconds_count\\{capability="Till.${operation}",outcome="${outcome}"\\} (\\d+)$`,
        'm',
      ).exec(payload)?.[1]
    t.equal(count('openOrder', 'ok'), '1')
    t.equal(count('cancelOrder', 'forbidden'), '1')
    t.ok(Number(count('readOrder', 'not-found')) >= 1)
  })
})
