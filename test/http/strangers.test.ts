// What anybody can send: answered before its body is read, always with a body of ours, without a
// lookup where none is needed, and without filling the log.
import { connect } from 'node:net'
import t from 'tap'
import { expectedSignature } from '../sandbox/support/receiver.ts'
import { limits } from '../../src/limits.ts'
import { basic, startServer, type TestServer } from '../support/server.ts'
import { addressOf } from '../support/stream.ts'
import { memoryLog, raw, answerOf } from '../support/visits.ts'
import { newTill } from '../support/till.ts'
import { believe, deliver, SECRETS_KEY } from '../support/webhooks.ts'

/** What the server answers to these bytes alone, before the connection ends. */
async function answerTo(server: TestServer, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(await addressOf(server))
  const socket = connect(Number(port), hostname)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  try {
    return await new Promise<string>((resolve, reject) => {
      let answer = ''
      socket.on('data', (bytes) => {
        answer += bytes.toString()
        const [, length] = /content-length: (\d+)/i.exec(answer) ?? []
        const body = answer.split('\r\n\r\n')[1]
        if (length !== undefined && body?.length === Number(length)) resolve(answer)
      })
      socket.once('error', reject).once('close', () => {
        resolve(answer)
      })
    })
  } finally {
    socket.destroy()
  }
}

t.test('strangers are answered before their body is read', async (t) => {
  const server = await startServer(t, { environment: { SECRETS_KEY, CORS_ORIGINS: '*' } })
  await believe(server, server.venue, 'secret')
  const signature = expectedSignature('{}', 'secret')
  const known = `/webhooks/dojo/${server.venue.locationId}`
  const cases: [line: string, headers: string[], status: number][] = [
    ['POST /v1/orders', [], 401],
    ['POST /v1/nothing', [], 401],
    ['POST /till/v1/orders', [], 401],
    ['POST /till/v1/nothing', [], 401],
    ['POST /nothing', [], 404],
    ['PUT /health/live', [], 404],
    [`POST ${known}`, [], 401],
    [`POST ${known}`, ['Dojo-Signature: sha256=00'], 401],
    ['POST /webhooks/dojo/loc_nobody', [`Dojo-Signature: ${signature}`], 401],
    [`PUT ${known}`, [], 405],
  ]
  for (const [line, headers, status] of cases) {
    const answer = await answerTo(server, [
      `${line} HTTP/1.1`,
      'Host: x',
      'Content-Type: application/json',
      `Content-Length: ${limits.maxBodyBytes}`,
      ...headers,
    ])
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), `${line} ${headers.join()}`)
    t.match(answer, /"traceId":"[0-9a-f]{32}"/)
  }
})

t.test('a webhook is small', async (t) => {
  const server = await startServer(t, { environment: { SECRETS_KEY } })
  await believe(server, server.venue, 'secret')
  const body = { id: 'evt', data: 'x'.repeat(limits.maxWebhookBytes) }
  t.equal((await deliver(server, server.venue, { body, secret: 'secret' })).status, 413)
})

t.test('no answer of Node itself is without a body', async (t) => {
  const server = await startServer(t)
  const cases: [lines: string[], status: number][] = [
    [['GET /v1/areas HTTP/1.1'], 400],
    [['GET /v1/areas HTTP/1.1', 'Host: x', 'Expect: x'], 417],
    [['CONNECT db:5432 HTTP/1.1', 'Host: x'], 405],
    [['GET / HTTP/9.9', 'Host: x'], 400],
    [['GET /v1/areas HTTP/1.1', 'Host: x', `X: ${'x'.repeat(limits.maxHeaderBytes)}`], 431],
    [['nonsense'], 400],
  ]
  for (const [lines, status] of cases) {
    const answer = await answerTo(server, lines)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), lines.join())
    t.match(answer, /trace-id: [0-9a-f]{32}/i)
    t.match(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), {
      errorType: 'InvalidRequest',
      debugMessage: /\S/,
      traceId: /\S/,
    })
  }
  t.match(await answerTo(server, ['GET /health/live HTTP/1.0']), /^HTTP\/1\.1 200 /)
})

t.test('what opens nothing is looked up once a second, and a malformed token never', async (t) => {
  let nowMs = Date.now()
  const server = await startServer(t, { overrides: { nowMs: () => nowMs } })
  const asked = recordStatements(server)
  const knock = async (authorization: string, url: string): Promise<number> =>
    answerOf(await server.app.inject({ url, headers: { authorization } })).status

  for (let times = 0; times < 5; times++) {
    t.equal(await knock(basic('nobody', `guess ${times}`), '/v1/areas'), 401)
  }
  t.same(asked.splice(0), ['credential_find'])
  nowMs += limits.unknownCredentialMs
  t.equal(await knock(basic('nobody', 'again'), '/v1/areas'), 401)
  t.same(asked.splice(0), ['credential_find'])
  const atOnce = Array.from(
    { length: 5 },
    async (_, n) => await knock(basic('two', `${n}`), '/v1/areas'),
  )
  t.same(await Promise.all(atOnce), [401, 401, 401, 401, 401])
  t.same(asked.splice(0), ['credential_find'], 'and those of one moment together')
  t.equal(await knock(basic('x'.repeat(limits.maxCredentialCharacters + 1), ''), '/v1/areas'), 401)
  t.same(asked.splice(0), [])

  const url = '/till/v1/orders'
  for (const token of ['guess', 'till_short', `till_${'x'.repeat(44)}`, `till_${'%'.repeat(43)}`]) {
    t.equal(await knock(`Bearer ${token}`, url), 401, token)
  }
  t.same(asked.splice(0), [])
  for (let times = 0; times < 3; times++) {
    t.equal(await knock(`Bearer till_${'x'.repeat(43)}`, url), 401)
  }
  t.same(asked.splice(0), ['till_token_find'])
})

/** The names of the statements that go to the pool without a transaction. */
function recordStatements({ pool }: TestServer): string[] {
  const asked: string[] = []
  const query = pool.query.bind(pool)
  pool.query = ((statement: { name: string }, ...rest: never[]) => {
    asked.push(statement.name)
    return query(statement as never, ...rest)
  }) as never
  return asked
}

t.test('a flood of strangers has few lines in the log, and its count', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { overrides: { logger: log.logger } })
  const { venue, app } = server
  const flood = limits.strangerLinesPerWindow + 40
  for (const url of ['/v1/areas', '/nothing', '/health/live']) {
    log.clear()
    for (let times = 0; times < flood; times++) await app.inject({ url })
    t.equal(log.requests().length, limits.strangerLinesPerWindow, url)
  }
  log.clear()
  await app.inject({ url: '/till/v1/areas' })
  t.match(log.requests(), [{ status: 401, errorType: 'InvalidRequest', reason: 'unauthenticated' }])
  log.clear()
  for (let times = 0; times < flood; times++) await raw(server, venue, { url: '/v1/orders/x' })
  t.equal(log.requests().length, flood, 'a venue has a line for each')
  log.clear()
  await app.close()
  t.same(
    log.lines().flatMap(({ of, more }) => (more === undefined ? [] : [{ of, more }])),
    [
      { of: 'FST_BASIC_AUTH_MISSING_OR_BAD_AUTHORIZATION_HEADER', more: 40 },
      { of: 'route', more: 40 },
      { of: '/health/live', more: 40 },
    ],
  )
})

t.test('no number that may be a person is logged, however the URL has it', async (t) => {
  const log = memoryLog()
  const server = await startServer(t, { overrides: { logger: log.logger } })
  const till = await newTill(t, server)
  const numbers = [
    '+447700900123',
    '07700%20900123',
    '07700%2520900%2520123',
    '447700900123',
    '(020)7946-0018',
    '0044.20.7946.0018',
    '4111.1111.1111.1111',
    '4111_1111_1111_1111',
    '4111%2E1111%2F1111+1111',
    '%zz07700%20900123',
  ]
  for (const number of numbers) {
    log.clear()
    const url = `/customers/${number};a?phone=${number}`
    await server.app.inject({ url })
    await server.app.inject({
      url: `/till/v1${url}`,
      headers: { authorization: `Bearer ${till.token}` },
    })
    await raw(server, server.venue, { url: `/v1${url}` })
    const routes = log.requests().map(({ route }) => String(route))
    t.notMatch(routes.join(), /\d{4}/, number)
    t.equal(routes.length, 3)
  }
})
