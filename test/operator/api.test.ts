// Operators: their accounts, how they sign in, what they see of all venues and do to one, and the
// record of it.
import { Validator } from '@seriousme/openapi-schema-validator'
import t, { type Test } from 'tap'
import type { LightMyRequestResponse } from 'fastify'
import { limits } from '../../src/limits.ts'
import {
  createOperator,
  revokeOperator,
  setOperatorPassword,
  setOperatorToken,
} from '../../src/operator/accounts.ts'
import { BASE, operatorDocument } from '../../src/operator/api/document.ts'
import { operations } from '../../src/operator/api/operations.ts'
import { createToken } from '../../src/operator/tokens.ts'
import { setDojoKey } from '../../src/operator/dojo-keys.ts'
import { validatorOf } from '../../src/till/kit/validation.ts'
import { givePin } from '../../src/actions/access/give-pin.ts'
import { newId } from '../../src/domain/ids.ts'
import { heldBy } from '../support/load.ts'
import { newOrder, newWaiter } from '../support/orders.ts'
import { runEpos } from '../support/scripts.ts'
import { startServer } from '../support/server.ts'
import { untilWaiting } from '../support/visits.ts'

const SECRETS_KEY = '00'.repeat(32)
const PASSWORD = 'four words are enough'
const server = await startServer(t, { environment: { SECRETS_KEY } })
const { app, sql, venue } = server
const { prisma } = server.store
const { locationId } = venue

await createOperator(prisma, 'anna', PASSWORD)
const token = await setOperatorToken(prisma, 'anna')

type Headers = Record<string, string>

/** Every answer is held against the shape of its operation. */
async function call(
  t: Test,
  id: string,
  given: { params?: Record<string, string>; body?: object; query?: string; headers?: Headers } = {},
): Promise<{ status: number; body: any }> {
  const operation = operations.find((each) => each.id === id)!
  const { params = {}, body, query = '', headers = { authorization: `Bearer ${token}` } } = given
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name]!)
  const reply = await app.inject({
    method: operation.method,
    url: BASE + path + query,
    headers,
    ...(body === undefined ? {} : { payload: body }),
  })
  const answer = reply.json() as unknown
  if (reply.statusCode === 200) t.equal(validatorOf(operation.answer, 'body')(answer), true, id)
  return { status: reply.statusCode, body: answer }
}

const FROM_CONSOLE = { 'epos-console': 'person' }
const post = async (url: string, payload: object, headers: Headers = FROM_CONSOLE) =>
  await app.inject({ method: 'POST', url, payload, headers })
const signIn = async (name: string, password: string) =>
  await post('/console/session/operator', { name, password })
const cookieOf = ({ headers }: LightMyRequestResponse): string =>
  String(headers['set-cookie']).split(';')[0]!
const withCookie = (cookie: string): Headers => ({ ...FROM_CONSOLE, cookie })

t.test('an account is made, changed and ended by the command', async (t) => {
  const environment = { DATABASE_URL: server.databaseUrl }
  const epos = async (line: string, input = '') =>
    await runEpos(['operator', ...line.split(' ')], { environment, input })
  const made = await epos('create --name ben --json')
  const { password } = JSON.parse(made.stdout) as { password: string }
  t.equal((await signIn('ben', password)).statusCode, 200, 'with the password that was made')
  t.match((await epos('create --name ben')).stderr, /There is or was an operator ben/)
  t.match((await epos('create --name Ben')).stderr, /small letters/)
  t.match((await epos('create --name cleo --password-stdin', 'short')).stderr, /12 to 200/)
  t.equal((await epos('set-password --name ben --password-stdin', PASSWORD)).code, 0)
  t.equal((await signIn('ben', password)).statusCode, 401)
  t.equal((await signIn('ben', PASSWORD)).statusCode, 200)
  const tokenOfBen = JSON.parse((await epos('create-token --name ben --json')).stdout).token
  const headers = { authorization: `Bearer ${tokenOfBen}` }
  t.same((await call(t, 'readOperator', { headers })).body, { name: 'ben' })
  t.match((await epos('list')).stdout, /anna .*\n.*ben  +yes/)
  t.equal((await epos('revoke --name ben')).code, 0)
  t.equal((await call(t, 'readOperator', { headers })).status, 401)
  t.equal((await signIn('ben', PASSWORD)).statusCode, 401)
  t.match((await epos('revoke --name ben')).stderr, /There is no operator ben/)
  t.notMatch(JSON.stringify(await sql('SELECT * FROM operators')), PASSWORD)
})

t.test('the cookie is for this site and no script, and needs the header', async (t) => {
  const reply = await signIn('anna', PASSWORD)
  const attributes = String(reply.headers['set-cookie']).split('; ').slice(1)
  t.same(attributes.sort(), ['HttpOnly', 'Path=/', 'SameSite=Strict'])
  const cookie = cookieOf(reply)
  t.same((await call(t, 'readOperator', { headers: withCookie(cookie) })).body, { name: 'anna' })
  t.equal((await call(t, 'readOperator', { headers: { cookie } })).status, 401)
  const bare = await post('/console/session/operator', { name: 'anna', password: PASSWORD }, {})
  t.equal(bare.statusCode, 401)
  const till = await app.inject({ url: '/till/v1/me', headers: withCookie(cookie) })
  t.equal(till.statusCode, 401, 'it opens no venue by itself')
})

t.test('a session ends', async (t) => {
  const begin = async (): Promise<Headers> => withCookie(cookieOf(await signIn('anna', PASSWORD)))
  const isOpen = async (headers: Headers): Promise<boolean> =>
    (await call(t, 'readOperator', { headers })).status === 200
  const age = async (column: string, seconds: number): Promise<void> => {
    await sql(`UPDATE operator_sessions SET ${column} = ${column} - make_interval(secs => $1)`, [
      seconds,
    ])
  }
  const cases: [string, (headers: Headers) => Promise<unknown>][] = [
    [
      'by signing out',
      async (headers) =>
        await app.inject({ method: 'DELETE', url: '/console/session/operator', headers }),
    ],
    ['when nobody does anything', async () => await age('used_at', limits.sessionIdleSeconds)],
    ['after a shift', async () => await age('created_at', limits.sessionLongestSeconds)],
    ['with another password', async () => await setOperatorPassword(prisma, 'anna', PASSWORD)],
  ]
  for (const [how, end] of cases) {
    const headers = await begin()
    t.ok(await isOpen(headers))
    await end(headers)
    t.notOk(await isOpen(headers), how)
  }
})

t.test('work in a venue keeps the session open from which it was entered', async (t) => {
  await createOperator(prisma, 'fay', PASSWORD)
  const begin = async (name: string) => {
    const own = cookieOf(await signIn(name, PASSWORD))
    const inVenue = cookieOf(await post('/console/session', { locationId }, withCookie(own)))
    return { own, inVenue }
  }
  /** Nobody does anything for this long, in the venue or outside. */
  const wait = async (seconds: number): Promise<void> => {
    for (const table of ['operator_sessions', 'console_sessions']) {
      await sql(`UPDATE ${table} SET used_at = used_at - make_interval(secs => $1)`, [seconds])
    }
  }
  const work = async (cookie: string, by: 'person' | 'page' = 'person') =>
    await app.inject({ url: '/till/v1/me', headers: { cookie, 'epos-console': by } })
  const isOpen = async (cookie: string): Promise<boolean> =>
    (await call(t, 'readOperator', { headers: withCookie(cookie) })).status === 200
  const almost = limits.sessionIdleSeconds - 60

  const { own, inVenue } = await begin('fay')
  await wait(almost)
  t.equal((await work(`${inVenue}; ${own}`)).statusCode, 200)
  await wait(almost)
  t.ok(await isOpen(own))

  const idle = await begin('fay')
  await wait(almost)
  t.equal((await work(`${idle.inVenue}; ${idle.own}`, 'page')).statusCode, 200)
  await wait(60)
  t.notOk(await isOpen(idle.own), 'what the page asks by itself is no work')

  const other = await begin('anna')
  const late = await begin('fay')
  await wait(almost)
  t.equal((await work(`${late.inVenue}; ${other.own}`)).statusCode, 200)
  await wait(60)
  t.notOk(await isOpen(other.own), "another operator's session stays as it is")
  t.equal((await work(`${late.inVenue}; ${other.own}`)).statusCode, 200)
  t.notOk(await isOpen(other.own), 'and one that has ended does not begin again')
})

t.test('passwords cannot be guessed for long', async (t) => {
  await createOperator(prisma, 'dora', PASSWORD)
  for (let attempt = 0; attempt < limits.passwordAttempts; attempt++) {
    const reply = await signIn('dora', 'a wrong password')
    t.equal(reply.statusCode, 401)
  }
  t.equal((await signIn('dora', PASSWORD)).statusCode, 429)
})

t.test('what was checked still holds when it is written', async (t) => {
  const twice = await Promise.allSettled([1, 2].map(() => createOperator(prisma, 'gus', PASSWORD)))
  const refused = twice.flatMap((each) =>
    each.status === 'rejected' ? [each.reason as Error] : [],
  )
  t.match(refused, [{ type: 'InvalidRequest', message: /^There is or was an operator gus\./ }])
  t.equal(refused.length, 1)

  await newWaiter(server, venue, 'leaver')
  const cookie = cookieOf(await signIn('gus', PASSWORD))
  const leaver = { locationId, waiterId: 'leaver' }
  const pin = { pin: '2468', role: 'waiter', giver: 'owner' } as const
  const retire = "UPDATE waiters SET retired_at = now() WHERE waiter_id = 'leaver'"
  const newPassword = "UPDATE operators SET password_hash = 'scrypt$$' WHERE name = 'gus'"
  const revoke = "UPDATE operators SET revoked_at = now() WHERE name = 'gus'"
  const cases: [string, string, () => Promise<unknown>, object][] = [
    [
      'a PIN for a waiter who leaves',
      retire,
      async () =>
        await server.store.database.transaction(async (tx) => {
          await givePin(tx, leaver, pin, newId)
        }),
      { type: 'NotFound' },
    ],
    [
      'a token for a waiter who leaves',
      retire,
      async () => await createToken(prisma, locationId, { role: 'waiter', waiterId: 'leaver' }),
      { type: 'InvalidRequest', message: 'The venue has no waiter leaver.' },
    ],
    [
      'signing in while the password is replaced',
      newPassword,
      async () => await signIn('gus', PASSWORD),
      { statusCode: 401 },
    ],
    [
      'entering a venue while the account ends',
      revoke,
      async () => await post('/console/session', { locationId }, withCookie(cookie)),
      { statusCode: 401 },
    ],
  ]
  for (const [name, change, act, expected] of cases) {
    const other = await heldBy(server.databaseUrl, change)
    const acted = act().catch((error: unknown) => error)
    await untilWaiting(server)
    await other.release()
    t.match(await acted, expected, name)
    await sql('UPDATE waiters SET retired_at = NULL')
  }
  t.same(
    await sql("SELECT 1 FROM till_tokens WHERE waiter_id = 'leaver' OR operator_name = 'gus'"),
    [],
  )
  t.same(
    await sql(
      "SELECT count(*)::int AS sessions FROM operator_sessions WHERE operator_name = 'gus'",
    ),
    [{ sessions: 1 }],
  )
})

t.test('an operator enters a venue, and what they do there is under their name', async (t) => {
  await createOperator(prisma, 'eve', PASSWORD)
  const operator = cookieOf(await signIn('eve', PASSWORD))
  const enter = async (id: string, cookie: string) =>
    await post('/console/session', { locationId: id }, withCookie(cookie))
  const missing = await enter('loc_none', operator)
  t.equal(missing.statusCode, 404)
  t.equal((await enter(locationId, 'epos_operator=none')).statusCode, 401)
  const inVenue = cookieOf(await enter(locationId, operator))
  await enter(locationId, operator)
  const tokens = await sql('SELECT 1 FROM till_tokens WHERE operator_name = $1', ['eve'])
  t.equal(tokens.length, 1, 'by one token, however often')
  const me = await app.inject({ url: '/till/v1/me', headers: withCookie(inVenue) })
  t.match(me.json(), { role: 'owner', till: 'Operator eve', venue: { id: locationId } })
  const opened = await app.inject({
    method: 'POST',
    url: '/till/v1/orders',
    headers: withCookie(inVenue),
    payload: { orderType: 'Collection', displayName: 'Ada' },
  })
  const [entry] = await sql('SELECT caller_device_id FROM order_history WHERE order_id = $1', [
    opened.json().id,
  ])
  t.same(entry, { caller_device_id: 'Operator eve' })
  const { body } = await call(t, 'listActs', { query: `?venueId=${locationId}` })
  t.match(body.rows[0], { operator: 'eve', operation: 'enterVenue', outcome: 'done' })

  await revokeOperator(prisma, 'eve')
  const after = await app.inject({ url: '/till/v1/me', headers: withCookie(inVenue) })
  t.equal(after.statusCode, 401, 'it ends with the account')
})

t.test('the venues, the worst first, with what is wrong', async (t) => {
  const names = ['Silent', 'Refused', 'Money', 'Audit', 'Waiting', 'Given up', 'Down', 'Fine']
  const venues = await Promise.all(names.map(async (name) => await server.newVenue(name)))
  const idOf = (name: string): string => venues[names.indexOf(name)]!.locationId
  for (const { locationId } of venues) {
    await setDojoKey(prisma, locationId, 'sk_sandbox_1', SECRETS_KEY)
  }
  await newOrder(venues[0]!, 1000)
  await newOrder(venues[7]!, 1000)
  await server.contacts.flush()
  const changes: [string, string][] = [
    ['Silent', "UPDATE dojo_contacts SET last_call_at = now() - interval '1 h'"],
    ['Refused', 'INSERT INTO dojo_key_refusals SELECT location_id, now() FROM locations'],
    ['Down', "UPDATE locations SET transport = 'socket'"],
  ]
  for (const [name, text] of changes) {
    await sql(`${text} WHERE location_id = $1`, [idOf(name)])
  }
  await sql(
    `INSERT INTO payment_intents (location_id, payment_intent_id, amount_minor, tips_minor, unmatched_at, unmatched_reason)
     VALUES ($1, 'pi_1', 1000, 200, now(), 'no order')`,
    [idOf('Money')],
  )
  await sql("INSERT INTO day_audits VALUES ($1, '2026-11-26', now(), 2, '{}')", [idOf('Audit')])
  for (const [name, dead] of [
    ['Waiting', null],
    ['Given up', new Date()],
  ] as const) {
    await sql(
      `INSERT INTO jobs (location_id, kind, entity_id, queued_at, changed_at, next_attempt_at, dead_at)
       VALUES ($1, 'OrderUpdated', 'o', now() - interval '5 min', now(), now(), $2)`,
      [idOf(name), dead],
    )
  }
  const { body } = await call(t, 'listVenues')
  const lines = (body.rows as Record<string, any>[]).filter(({ name }) => names.includes(name))
  t.same(
    lines.map(({ name, state, troubles }) => [name, state, ...troubles]),
    [
      ['Refused', 'Help', 'Key'],
      ['Down', 'Help', 'Socket'],
      ['Silent', 'Help', 'Silent'],
      ['Given up', 'Help', 'Waiting'],
      ['Waiting', 'Look', 'Waiting'],
      ['Money', 'Look', 'Money'],
      ['Audit', 'Look', 'Audit'],
      ['Fine', 'Fine'],
    ],
  )
  const line = (name: string) => lines.find((each) => each['name'] === name)
  t.match(line('Money'), { unmatchedCount: 1, unmatchedMinor: 1200 })
  t.match(line('Audit'), { auditDay: '2026-11-26', auditDifferences: 2 })
  t.match(line('Given up'), { givenUp: 1, waiting: 0 })
  t.match(line('Refused'), { key: 'Refused' })
  t.match(line('Down'), { socket: 'Down' })

  t.test('each is read alone as well', async (t) => {
    const one = await call(t, 'readVenue', { params: { venueId: idOf('Money') } })
    t.match(one.body, { line: { troubles: ['Money'] }, settings: { hasKey: true } })
    const list = await call(t, 'listUnmatched', { params: { venueId: idOf('Money') } })
    t.match(list.body.rows, [{ paymentIntentId: 'pi_1', amountMinor: 1000, reason: 'no order' }])
    const audits = await call(t, 'listAudits', { params: { venueId: idOf('Audit') } })
    t.match(audits.body.rows, [{ day: '2026-11-26', differences: 2 }])
    const params = { venueId: idOf('Given up') }
    const work = await call(t, 'listWork', { params })
    t.match(work.body.rows, [{ kind: 'OrderUpdated', id: 'o', givenUpAt: String }])
    t.same((await call(t, 'retryWork', { params })).body, { count: 1 })
    const again = await call(t, 'listWork', { params })
    t.equal(again.body.rows[0].givenUpAt, undefined)
  })
})

t.test('a venue is made, changed and opened, and the record has no secret', async (t) => {
  const made = await call(t, 'createVenue', { body: { name: 'The Anchor', currency: 'GBP' } })
  const venueId: string = made.body.id
  const params = { venueId }
  const authorization = `Basic ${Buffer.from(`${made.body.username}:${made.body.password}`).toString('base64')}`
  const tables = await app.inject({
    method: 'POST',
    url: '/v1/tables/search',
    headers: { authorization },
    payload: {},
  })
  t.equal(tables.statusCode, 200, 'its credential works')
  const changed = await call(t, 'changeVenue', { params, body: { name: 'The Anchor Inn' } })
  t.equal(changed.body.name, 'The Anchor Inn')
  const key = 'sk_sandbox_very_secret'
  t.same((await call(t, 'setDojoKey', { params, body: { key } })).body, { hasKey: true })
  const wrong = await call(t, 'setDojoKey', { params, body: { key: 'pk_1' } })
  t.match(wrong.body, { status: 400, detail: /begins with sk_/ })
  const { body: credential } = await call(t, 'createCredential', { params })
  const { username } = made.body
  await call(t, 'revokeCredential', { params: { venueId, username } })
  const { body: till } = await call(t, 'createTillToken', {
    params,
    body: { role: 'manager', till: 'Office' },
  })
  const me = async () =>
    await app.inject({ url: '/till/v1/me', headers: { authorization: `Bearer ${till.token}` } })
  t.match((await me()).json(), { role: 'manager', till: 'Office' })
  await call(t, 'revokeTillToken', { params: { venueId, tokenId: till.id } })
  t.equal((await me()).statusCode, 401)
  const tokens = await call(t, 'listTillTokens', { params })
  t.match(tokens.body.rows, [{ id: till.id, till: 'Office', revokedAt: String }])
  const { body } = await call(t, 'readVenue', { params })
  t.match(body.settings.credentials, [
    { username: credential.username, revokedAt: undefined },
    { username, revokedAt: String },
  ])

  const acts = await call(t, 'listActs', { query: `?venueId=${venueId}` })
  t.same(
    acts.body.rows.map(({ operation, outcome }: Record<string, string>) => [operation, outcome]),
    [
      ['revokeTillToken', 'done'],
      ['createTillToken', 'done'],
      ['revokeCredential', 'done'],
      ['createCredential', 'done'],
      ['setDojoKey', 'A Dojo API key begins with sk_sandbox_ or sk_prod_.'],
      ['setDojoKey', 'done'],
      ['changeVenue', 'done'],
    ],
  )
  t.ok(acts.body.rows.every((act: object) => 'address' in act))
  const record = JSON.stringify(acts.body)
  for (const secret of [key, till.token, credential.password]) t.notMatch(record, secret)
})

t.test('the doctor looks, and says what to do', async (t) => {
  const { body } = await call(t, 'examineVenue', { params: { venueId: locationId } })
  t.equal(body.healthy, false)
  const dojoKey = body.checks.find(({ name }: { name: string }) => name === 'Dojo key')
  t.match(dojoKey, { state: 'broken', advice: /set-dojo-key/ })
  const registered = await call(t, 'registerVenue', { params: { venueId: locationId }, body: {} })
  t.match(registered.body, { status: 400, detail: /PUBLIC_URL is not set/ })
})

t.test('nothing is answered to others, and every operation knows its venue', async (t) => {
  for (const { id, method, path } of operations) {
    const url = BASE + path.replaceAll(/\{\w+\}/g, 'x')
    const nobody = await app.inject({ method, url })
    t.equal(nobody.statusCode, 401, `${id} without a token`)
    const wrong = { authorization: 'Bearer oper_wrong' }
    if (id === 'listVenues') {
      t.equal((await app.inject({ method, url, headers: wrong })).statusCode, 401)
    }
  }
  const reads = operations.filter(({ method, path }) => method === 'GET' && path.includes('{'))
  for (const { id } of reads) {
    const params = { venueId: 'loc_none', day: '2026-11-20' }
    const { status } = await call(t, id, { params })
    t.equal(status, id === 'auditDay' ? 400 : 404, `${id} of a venue that is not there`)
  }
})

t.test('the document is valid', async (t) => {
  const { valid, errors } = await new Validator().validate(operatorDocument('/prefix'))
  t.ok(valid, JSON.stringify(errors))
})

t.test('a thousand venues are read in well under a second', async (t) => {
  await sql(
    `INSERT INTO locations (location_id, name, currency, time_zone, cursor_key, bill_template)
     SELECT 'loc_many_' || n, 'Venue ' || n, 'GBP', 'Europe/London', '\\x00', '{}' FROM generate_series(1, 1000) AS n`,
  )
  await call(t, 'listVenues')
  const startedAtMs = performance.now()
  const { body } = await call(t, 'listVenues')
  const tookMs = performance.now() - startedAtMs
  t.ok(body.rows.length > 1000)
  t.ok(tookMs < 1_000, `it took ${Math.round(tookMs)} ms`)
})
