// What every operation of the till API has in common, before and after what it does itself: tokens,
// roles, paths, keys, versions, and what goes wrong as problem details.
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { limits } from '../../../src/limits.ts'
import { BASE } from '../../../src/till/document.ts'
import { operations } from '../../../src/till/operations.ts'
import { problemCodes, isProblemCode } from '../../../src/till/kit/problem-codes.ts'
import type { Problem } from '../../../src/till/kit/problems.ts'
import type { TillRole } from '../../../src/domain/venue/till-role.ts'
import { revokeToken } from '../../../src/operator/tokens.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { isProblem, newMenu, newTill, tillAt, type Till } from '../../support/till.ts'
import { dropDatabase, dump, untilWaiting } from '../../support/visits.ts'

const ROLES: readonly TillRole[] = ['kitchen', 'waiter', 'manager', 'owner']

interface Raw {
  status: number
  headers: Record<string, unknown>
  problem: Problem
  payload: string
}

async function raw({ app }: Pick<TestServer, 'app'>, options: InjectOptions): Promise<Raw> {
  const { statusCode: status, headers, payload } = await app.inject(options)
  return {
    status,
    headers,
    payload,
    problem: (/problem\+json/.test(String(headers['content-type']))
      ? JSON.parse(payload)
      : undefined) as Problem,
  }
}

/** A problem in its whole form. */
function checkProblem(
  t: Test,
  { status, headers, problem }: Raw,
  code: string,
  detail?: RegExp | string,
): void {
  t.match(problem, {
    type: `urn:epos:problem:${code}`,
    code,
    status,
    title: /^[A-Z]/,
    detail: detail ?? /\S/,
    traceId: headers['trace-id'],
  })
  t.ok(
    isProblemCode(code) && problemCodes[code][0] === status,
    `${code} is documented with ${status}`,
  )
  t.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
}

const json = (body: unknown): InjectOptions => ({
  headers: { 'content-type': 'application/json' },
  payload: typeof body === 'string' ? body : JSON.stringify(body),
})
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const routeOf = (method: string, path: string): InjectOptions => ({
  method: method as 'GET',
  url: BASE + path.replaceAll(/\{\w+\}/g, 'x'),
  ...(method === 'GET' ? {} : json({})),
})
const withToken = (options: InjectOptions, token: string): InjectOptions => ({
  ...options,
  headers: { ...options.headers, ...bearer(token) },
})

t.test('tokens', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server, { role: 'owner' })
  const wrong = `till_${'x'.repeat(43)}`

  t.test('every operation wants one, before anything else', async (t) => {
    // Each from an address of its own: one is not heard for long with wrong tokens.
    for (const [index, { method, path }] of operations.entries()) {
      const missing = await raw(server, {
        ...routeOf(method, path),
        remoteAddress: `10.0.0.${index}`,
      })
      checkProblem(t, missing, 'unauthenticated', /must carry a token/)
      t.equal(missing.headers['www-authenticate'], 'Bearer realm="till"')
    }
    for (const url of [`${BASE}/nothing`, BASE, `${BASE}/orders/x/y/z`]) {
      checkProblem(t, await raw(server, { url }), 'unauthenticated')
    }
  })

  t.test('which are wrong', async (t) => {
    const fresh = await startServer(t, { databaseUrl: server.databaseUrl })
    for (const authorization of [
      `Bearer ${wrong}`,
      `Bearer ${till.token}x`,
      `Bearer ${till.token.slice(0, -1)}`,
      `bearer ${till.tokenId}`,
    ]) {
      checkProblem(
        t,
        await raw(fresh, { url: `${BASE}/orders`, headers: { authorization } }),
        'unauthenticated',
        'The token is wrong or was revoked.',
      )
    }
    for (const authorization of [
      till.token,
      `Basic ${till.token}`,
      'Bearer',
      'Bearer ',
      `Bearer ${till.token} more`,
      `Token ${till.token}`,
    ]) {
      checkProblem(
        t,
        await raw(fresh, { url: `${BASE}/orders`, headers: { authorization } }),
        'unauthenticated',
        /must carry a token/,
      )
    }
    const credential = Buffer.from(`${server.venue.username}:${server.venue.password}`).toString(
      'base64',
    )
    checkProblem(
      t,
      await raw(fresh, {
        url: `${BASE}/orders`,
        headers: { authorization: `Basic ${credential}` },
      }),
      'unauthenticated',
    )
    t.equal(
      (await raw(fresh, { url: '/v1/areas', headers: bearer(till.token) })).status,
      401,
      'and a till is not Dojo',
    )
    t.equal(
      (
        await raw(fresh, {
          url: `${BASE}/orders`,
          headers: { authorization: `bearer  ${till.token}` },
        })
      ).status,
      200,
      'the scheme may be written in any way',
    )
  })

  t.test('too many wrong ones from one address', async (t) => {
    const fresh = await startServer(t, { databaseUrl: server.databaseUrl })
    const knock = async (token: string, remoteAddress = '192.0.2.1'): Promise<Raw> =>
      await raw(fresh, { url: `${BASE}/orders`, headers: bearer(token), remoteAddress })
    for (let count = 0; count < limits.authFailuresPerAddress; count++) await knock(wrong)
    const late = await knock(wrong)
    checkProblem(t, late, 'too-many-failures')
    t.ok(Number(late.headers['retry-after']) > 0)
    t.equal((await knock(wrong, '192.0.2.2')).status, 401, 'another address is another matter')
    t.equal((await knock(till.token)).status, 200, 'and the right token works')
  })

  t.test('revoked, it opens nothing from then on, at a second instance too', async (t) => {
    const second = await startServer(t, { databaseUrl: server.databaseUrl })
    const short = await newTill(t, server)
    const [here, there] = [short, tillAt(t, second, short)]
    for (const each of [here, there]) t.equal((await each.call('GET /orders')).status, 200)
    await revokeToken(server.store.prisma, short.locationId, short.tokenId)
    for (const each of [there, here]) {
      t.match((await each.call('GET /orders')).problem, { status: 401, code: 'unauthenticated' })
    }
    t.equal((await till.call('GET /orders')).status, 200, 'others work on')
  })

  t.test('the venue comes from the token', async (t) => {
    const other = await newTill(t, server, {
      venue: await server.newVenue('The White Hart'),
      role: 'owner',
    })
    const {
      body: { id },
    } = await till.call('POST /orders', {}, { orderType: 'DineIn' })
    t.strictSame((await other.call('GET /orders')).body, { rows: [] })
    t.equal((await other.call('GET /orders/{orderId}', { orderId: id })).status, 404)
    t.equal(
      (await other.call('POST /orders/{orderId}/cancel', { orderId: id }, { reason: 'x' })).status,
      404,
    )
    t.equal((await till.call('GET /orders/{orderId}', { orderId: id })).body.status, 'Accepted')
  })

  t.test(
    'who does it comes from the token, and where it names nobody from the request',
    async (t) => {
      await server.sql(
        "INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, '7', 'Becky'), ($1, '8', 'Cem')",
        [till.locationId],
      )
      const own = await newTill(t, server, { waiterId: '7', tillName: 'Bar' })
      const shared = await newTill(t, server, { tillName: 'Pass' })
      const openedBy = async (till: Till, waiterId?: string): Promise<unknown> =>
        (
          await till.call(
            'POST /orders',
            {},
            { orderType: 'Collection' },
            waiterId === undefined ? {} : { waiterId },
          )
        ).body.openedBy
      t.strictSame(
        [
          await openedBy(own),
          await openedBy(own, '7'),
          await openedBy(shared, '8'),
          await openedBy(shared),
        ],
        ['7', '7', '8', undefined],
      )
      for (const [till, waiterId] of [
        [own, '8'],
        [shared, '9'],
        [shared, '<script>'],
      ] as const) {
        isProblem(
          t,
          await till.call('POST /orders', {}, { orderType: 'DineIn' }, { waiterId }),
          400,
          'unknown-waiter',
        )
      }
    },
  )
})

t.test('roles', async (t) => {
  const server = await startServer(t)
  const tills = new Map(
    await Promise.all(
      ROLES.map(async (role) => [role, await newTill(t, server, { role })] as const),
    ),
  )
  const before = await dump(server)
  for (const { method, path, roles } of operations) {
    for (const role of ROLES.filter((each) => !roles.includes(each))) {
      const answer = await raw(server, withToken(routeOf(method, path), tills.get(role)!.token))
      checkProblem(
        t,
        answer,
        'forbidden',
        new RegExp(`^This needs the role .*; your token is a ${role}'s\\.$`),
      )
      t.strictSame(answer.problem['roles'], [...roles])
    }
  }
  t.strictSame(await dump(server), before, 'nothing has changed')
  for (const { id, method, path, roles } of operations) {
    for (const role of roles) {
      t.not(
        (await raw(server, withToken(routeOf(method, path), tills.get(role)!.token))).status,
        403,
        `${role} may ${id}`,
      )
    }
  }

  t.test('a role is looked at before a body is read', async (t) => {
    const answer = await raw(
      server,
      withToken(
        { method: 'POST', url: `${BASE}/orders`, ...json('{"half":') },
        tills.get('kitchen')!.token,
      ),
    )
    checkProblem(t, answer, 'forbidden')
  })
})

t.test('paths and methods', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server)
  for (const path of ['', '/', '/nothing', '/orders/x/y/z', '/Orders']) {
    checkProblem(
      t,
      await raw(server, { url: BASE + path, headers: bearer(till.token) }),
      'route',
      `There is nothing at GET ${BASE}${path}.`,
    )
  }
  const byPath = Map.groupBy(operations, ({ path }) => path)
  for (const [path, group] of byPath) {
    const allowed = group.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (each) => !allowed.includes(each),
    )) {
      const answer = await raw(server, withToken(routeOf(method, path), till.token))
      checkProblem(
        t,
        answer,
        'method',
        `${method} is not allowed on ${BASE}${path}; it takes ${allowed.join(', ')}.`,
      )
      t.equal(answer.headers['allow'], allowed.join(', '))
    }
  }
  t.strictSame(
    (await raw(server, { method: 'HEAD', url: `${BASE}/orders`, headers: bearer(till.token) }))
      .payload,
    '',
  )
  const long = await raw(server, {
    url: `${BASE}/orders/${'x'.repeat(limits.maxPathParameterCharacters + 1)}`,
    headers: bearer(till.token),
  })
  checkProblem(t, long, 'not-found', 'An id in the URL is longer than any id of this server.')
  for (const path of [`${BASE}/orders/%`, '/operator/v1/venues/%', '/console/%']) {
    checkProblem(t, await raw(server, { url: path }), 'request', 'The URL is not valid.')
  }
})

t.test('Idempotency-Key', async (t) => {
  const server = await startServer(t)
  await newMenu(server, server.venue, [{ plu: 'B', priceMinor: 1000 }])
  const till = await newTill(t, server)
  const {
    body: { id: orderId },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn' })
  const order = async (key: string, quantity = 1, who = till) =>
    await who.call(
      'POST /orders/{orderId}/lines',
      { orderId },
      { lines: [{ plu: 'B', quantity }] },
      { key },
    )
  const count = async (): Promise<number> =>
    Number(
      (
        await server.sql<{ count: string }>(
          'SELECT count(*) FROM order_lines WHERE order_id = $1',
          [orderId],
        )
      )[0]!.count,
    )

  t.test('sent again it has no second effect, and the same answer', async (t) => {
    const first = await order('again')
    await order('between')
    const second = await order('again')
    t.strictSame(
      [second.status, second.text, second.headers['etag']],
      [first.status, first.text, first.headers['etag']],
    )
    t.strictSame(
      [first.headers['idempotent-replay'], second.headers['idempotent-replay']],
      [undefined, 'true'],
    )
    t.equal(second.headers['content-type'], first.headers['content-type'])
    t.equal(await count(), 2)
    const opened = await till.call('POST /orders', {}, { orderType: 'DineIn' }, { key: 'open' })
    const reopened = await till.call('POST /orders', {}, { orderType: 'DineIn' }, { key: 'open' })
    t.strictSame([opened.status, reopened.status, reopened.body], [201, 201, opened.body])
  })

  t.test('for another request it is refused', async (t) => {
    const before = await count()
    t.match((await order('again', 2)).problem, { status: 422, code: 'key-reused' })
    t.match(
      (await till.call('POST /orders', {}, { orderType: 'DineIn' }, { key: 'again' })).problem,
      { status: 422, code: 'key-reused' },
    )
    t.equal(await count(), before)
    const other = await newTill(t, server, { venue: await server.newVenue('The White Hart') })
    t.equal(
      (await other.call('POST /orders', {}, { orderType: 'DineIn' }, { key: 'again' })).status,
      201,
      "another venue's is another",
    )
  })

  t.test('two at once have one effect, and the same answer', async (t) => {
    const second = await startServer(t, { databaseUrl: server.databaseUrl })
    const before = await count()
    await server.sql('BEGIN')
    await server.sql('SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE', [orderId])
    const both = Promise.all([order('race'), order('race', 1, tillAt(t, second, till))])
    const watcher = await startServer(t, { databaseUrl: server.databaseUrl })
    await untilWaiting(watcher, 2)
    await server.sql('COMMIT')
    const [one, two] = await both
    t.strictSame([one.status, two.status, one.text], [200, 200, two.text])
    t.strictSame([one, two].map(({ headers }) => headers['idempotent-replay']).sort(), [
      'true',
      undefined,
    ])
    t.equal(await count(), before + 1)
  })

  t.test('a refused call is not kept', async (t) => {
    await server.sql("UPDATE menu_items SET available = false WHERE plu = 'B'")
    t.match((await order('refused')).problem, { status: 409, code: 'unavailable-item' })
    t.strictSame(await server.sql("SELECT 1 FROM idempotency_keys WHERE key = 'refused'"), [])
    await server.sql("UPDATE menu_items SET available = true WHERE plu = 'B'")
    const later = await order('refused')
    t.strictSame(
      [later.status, later.headers['idempotent-replay']],
      [200, undefined],
      'so that it can be sent again once it may',
    )
  })

  t.test('is kept for a day, by the clock of the database', async (t) => {
    const first = await order('old')
    const make = async (seconds: number) =>
      await server.sql(
        "UPDATE idempotency_keys SET created_at = clock_timestamp() - make_interval(secs => $1) WHERE key = 'old'",
        [seconds],
      )
    await make(limits.idempotencyKeptSeconds - 60)
    t.equal((await order('old')).text, first.text)
    t.equal((await order('old', 2)).status, 422)
    await make(limits.idempotencyKeptSeconds + 60)
    const renewed = await order('old', 2)
    t.strictSame(
      [renewed.status, renewed.headers['idempotent-replay']],
      [200, undefined],
      'then it is new',
    )
    t.equal((await order('old', 2)).text, renewed.text, 'and kept anew')
    t.equal((await order('old')).status, 422)
  })

  t.test('what is none', async (t) => {
    for (const key of ['', ' ', 'two words', 'ü', 'x'.repeat(limits.tillKeyCharacters + 1)]) {
      t.match((await order(key)).problem, { status: 400, code: 'invalid' }, key)
    }
    t.equal((await order('x'.repeat(limits.tillKeyCharacters))).status, 200)
    t.equal(
      (await till.call('GET /orders', {}, undefined, { key: 'two words' })).status,
      200,
      'a read has none',
    )
  })
})

t.test('If-Match', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server)
  const {
    body: { id: orderId },
    headers,
  } = await till.call('POST /orders', {}, { orderType: 'DineIn' })
  t.equal(headers['etag'], '"1"')
  const describe = async (ifMatch: string | number) =>
    await till.call('PATCH /orders/{orderId}', { orderId }, { note: `at ${ifMatch}` }, { ifMatch })
  const changed = await describe('"1"')
  t.strictSame([changed.status, changed.headers['etag'], changed.body.version], [200, '"2"', 2])
  t.match((await describe('"1"')).problem, {
    status: 412,
    code: 'stale',
    version: 2,
    detail:
      'The order has changed: it is at version 2 now, and the request was made for version 1. ' +
      'Read it again.',
  })
  for (const [index, ifMatch] of ['W/"2"', '3', ' "4" ', '*'].entries()) {
    t.equal((await describe(ifMatch)).body.version, index + 3, ifMatch)
  }
  for (const ifMatch of ['', '"x"', '"1", "2"', '-1', '1.5', '"12345678901"']) {
    t.match((await describe(ifMatch)).problem, { status: 400, code: 'invalid' }, ifMatch)
  }
  t.equal((await till.call('GET /orders/{orderId}', { orderId })).headers['etag'], '"6"')
  const both = await Promise.all([describe(6), describe(6)])
  t.strictSame(
    both.map(({ status }) => status).sort(),
    [200, 412],
    'of two who saw the same, one is first',
  )
})

t.test('what goes wrong', async (t) => {
  const server = await startServer(t)
  const till = await newTill(t, server, { role: 'owner' })
  const before = await dump(server)
  const post = async (options: InjectOptions, url = '/orders'): Promise<Raw> =>
    await raw(server, withToken({ method: 'POST', url: BASE + url, ...options }, till.token))

  t.test('bodies that are none', async (t) => {
    for (const body of [
      '{',
      '{"orderType":',
      'DineIn',
      "{'orderType': 'DineIn'}",
      '{"note": "\\u0000", "orderType": "DineIn"}',
      '['.repeat(100) + ']'.repeat(100),
    ]) {
      checkProblem(t, await post(json(body)), 'json')
    }
    t.notMatch(
      (await post(json('{"note": "secret')))!.payload,
      'secret',
      'what was sent is not said back',
    )
    checkProblem(t, await post(json('')), 'schema', 'The request body must be an object, not null.')
    checkProblem(t, await post({}), 'schema')
    for (const body of ['null', '[]', '1', '"x"', 'true']) {
      checkProblem(t, await post(json(body)), 'schema')
    }
    checkProblem(t, await post(json(`{"note":"${'x'.repeat(limits.maxBodyBytes)}"}`)), 'too-large')
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      checkProblem(
        t,
        await post({ headers: { 'content-type': type }, payload: '{}' }),
        'media-type',
      )
    }
    t.equal(
      (
        await post({
          headers: { 'content-type': 'application/json; charset=utf-8' },
          payload: '{"orderType":"x"}',
        })
      ).problem.code,
      'schema',
      'with its letters named it is JSON',
    )
  })

  t.test('fields that are not as they should be, all of them at once', async (t) => {
    const answer = await post(
      json({ orderType: 'Takeaway', covers: -1, tabelId: 'x', customer: { phone: '1' }, note: 7 }),
    )
    checkProblem(t, answer, 'schema')
    t.strictSame(answer.problem.errors!.map(({ field }) => field).sort(), [
      'covers',
      'customer.phone',
      'note',
      'orderType',
      'tabelId',
    ])
    for (const { field, message } of answer.problem.errors!) {
      t.ok(message.includes(field) && answer.problem.detail.includes(message), message)
    }
    const query = await raw(server, {
      url: `${BASE}/orders?limit=0&open=perhaps&sort=name`,
      headers: bearer(till.token),
    })
    checkProblem(t, query, 'schema')
    t.strictSame(query.problem.errors!.map(({ field }) => field).sort(), ['limit', 'open', 'sort'])
    const path = await raw(server, {
      url: `${BASE}/orders/${encodeURIComponent('a b/../c')}`,
      headers: bearer(till.token),
    })
    checkProblem(t, path, 'schema', /orderId/)
    const many = await post(
      json(
        Object.fromEntries(
          Array.from({ length: 3 * limits.maxListedFaults }, (_, index) => [`field${index}`, 1]),
        ),
      ),
    )
    t.equal(many.problem.errors!.length, limits.maxListedFaults)
  })

  t.test('references and ids', async (t) => {
    checkProblem(
      t,
      await post(json({ orderType: 'DineIn', tableId: 'nothing' })),
      'unknown-reference',
      /tableId/,
    )
    checkProblem(
      t,
      await raw(server, { url: `${BASE}/orders/nothing`, headers: bearer(till.token) }),
      'not-found',
      'There is no order with the id nothing in this venue.',
    )
    checkProblem(
      t,
      await raw(server, { url: `${BASE}/orders?after=nonsense`, headers: bearer(till.token) }),
      'cursor',
    )
  })

  t.test('the trace of the caller goes on', async (t) => {
    const traceId = 'a'.repeat(32)
    const answer = await raw(server, {
      url: `${BASE}/orders/nothing`,
      headers: { ...bearer(till.token), traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
    })
    t.strictSame([answer.problem.traceId, answer.headers['trace-id']], [traceId, traceId])
  })

  t.strictSame(await dump(server), before, 'nothing has changed')

  t.test('a bug is logged whole, and told without particulars', async (t) => {
    const broken = await startServer(t, {
      databaseUrl: server.databaseUrl,
      overrides: {
        newId: () => {
          throw new Error('the secret of the house')
        },
      },
    })
    const answer = await raw(
      broken,
      withToken(
        { method: 'POST', url: `${BASE}/orders`, ...json({ orderType: 'DineIn' }) },
        till.token,
      ),
    )
    checkProblem(t, answer, 'bug')
    t.notMatch(answer.payload, /secret of the house/)
  })

  t.test('the database away', async (t) => {
    const away = await startServer(t)
    const till = await newTill(t, away)
    await dropDatabase(away)
    for (const options of [
      { url: `${BASE}/orders` },
      { method: 'POST' as const, url: `${BASE}/orders`, ...json({ orderType: 'DineIn' }) },
    ]) {
      const answer = await raw(away, withToken(options, till.token))
      checkProblem(t, answer, 'unavailable')
      t.ok(Number(answer.headers['retry-after']) > 0)
    }
  })
})
