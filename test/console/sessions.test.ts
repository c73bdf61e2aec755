// Signing in to the console: by a till's token or a PIN, for as long as both last, and for nobody
// else.
import t from 'tap'
import type { LightMyRequestResponse } from 'fastify'
import { limits } from '../../src/limits.ts'
import { revokeToken } from '../../src/operator/tokens.ts'
import { newWaiter } from '../support/orders.ts'
import { startServer } from '../support/server.ts'
import { newTill } from '../support/till.ts'

const server = await startServer(t)
const { app, venue, sql } = server
const FROM_CONSOLE = { 'epos-console': 'person' }

type Headers = Record<string, string>

const signIn = async (
  payload: object,
  headers: Headers = FROM_CONSOLE,
): Promise<LightMyRequestResponse> =>
  await app.inject({ method: 'POST', url: '/console/session', payload, headers })

const me = async (cookie: string, headers: Headers = FROM_CONSOLE) =>
  await app.inject({ method: 'GET', url: '/till/v1/me', headers: { ...headers, cookie } })

/** `name=value`, as a browser sends it back. */
const cookieOf = ({ headers }: LightMyRequestResponse): string =>
  String(headers['set-cookie']).split(';')[0]!

t.test('a token signs in; the cookie is for this site and no script', async (t) => {
  const { token } = await newTill(t, server, { tillName: 'Office' })
  const reply = await signIn({ token })
  t.equal(reply.statusCode, 200)
  const attributes = String(reply.headers['set-cookie']).split('; ').slice(1)
  t.same(attributes.sort(), ['HttpOnly', 'Path=/', 'SameSite=Strict'])
  const answer = await me(cookieOf(reply))
  t.match(answer.json(), { role: 'manager', till: 'Office', venue: { name: 'The Red Lion' } })

  t.test('over https it is Secure', async (t) => {
    const behind = await startServer(t, { environment: { TRUST_PROXY: 'loopback' } })
    const { token } = await newTill(t, behind)
    const { headers } = await behind.app.inject({
      method: 'POST',
      url: '/console/session',
      payload: { token },
      headers: { ...FROM_CONSOLE, 'x-forwarded-proto': 'https' },
    })
    t.match(headers['set-cookie'], /; Secure/)
  })

  t.test('without the header of the console the cookie opens nothing', async (t) => {
    t.equal((await me(cookieOf(reply), {})).statusCode, 401)
    t.equal((await me(cookieOf(reply), { 'epos-console': 'else' })).statusCode, 401)
    t.equal((await signIn({ token }, {})).statusCode, 401, 'and nobody is signed in without it')
  })

  t.test('what somebody does is on record as done at the console', async (t) => {
    const opened = await app.inject({
      method: 'POST',
      url: '/till/v1/orders',
      headers: { ...FROM_CONSOLE, cookie: cookieOf(reply) },
      payload: { orderType: 'Collection', displayName: 'Ada' },
    })
    t.equal(opened.statusCode, 201)
    const [entry] = await sql(
      'SELECT caller_product, caller_device_id FROM order_history WHERE order_id = $1',
      [opened.json().id],
    )
    t.same(entry, { caller_product: 'Console', caller_device_id: 'Office' })
  })
})

t.test('a wrong token, another shape', async (t) => {
  const wrong = await signIn({ token: 'till_wrong' })
  t.equal(wrong.statusCode, 401)
  t.equal(wrong.json().detail, 'The token is wrong or was revoked.')
  t.equal(wrong.headers['set-cookie'], undefined)
  t.equal((await signIn({ token: 1 })).statusCode, 400)
  t.equal((await signIn({ waiterId: '1', pin: '2580' })).statusCode, 400)
})

t.test('a session ends', async (t) => {
  const begin = async () => {
    const till = await newTill(t, server)
    const cookie = cookieOf(await signIn({ token: till.token }))
    t.equal((await me(cookie)).statusCode, 200)
    return { ...till, cookie }
  }
  const age = async (column: string, seconds: number, tokenId: string): Promise<void> => {
    await sql(
      `UPDATE console_sessions SET ${column} = ${column} - make_interval(secs => $1) WHERE token_id = $2`,
      [seconds, tokenId],
    )
  }

  t.test('with its token', async (t) => {
    const { cookie, locationId, tokenId } = await begin()
    await revokeToken(server.store.prisma, locationId, tokenId)
    const reply = await me(cookie)
    t.equal(reply.statusCode, 401)
    t.equal(reply.json().detail, 'You are signed out. Sign in again.')
  })

  t.test('by signing out', async (t) => {
    const { cookie } = await begin()
    const reply = await app.inject({
      method: 'DELETE',
      url: '/console/session',
      headers: { ...FROM_CONSOLE, cookie },
    })
    t.match(reply.headers['set-cookie'], /epos_session=; Max-Age=0/)
    t.equal((await me(cookie)).statusCode, 401)
  })

  t.test(
    'when nobody does anything; what the page asks by itself keeps nothing open',
    async (t) => {
      const { cookie, tokenId } = await begin()
      await age('used_at', limits.sessionIdleSeconds - 60, tokenId)
      t.equal((await me(cookie, { 'epos-console': 'page' })).statusCode, 200)
      await age('used_at', 61, tokenId)
      t.equal((await me(cookie)).statusCode, 401)

      const other = await begin()
      await age('used_at', limits.sessionIdleSeconds - 60, other.tokenId)
      t.equal((await me(other.cookie)).statusCode, 200, 'a person does something')
      await age('used_at', 61, other.tokenId)
      t.equal((await me(other.cookie)).statusCode, 200)
    },
  )

  t.test('after a shift, however much it is used', async (t) => {
    const { cookie, tokenId } = await begin()
    await age('created_at', limits.sessionLongestSeconds + 1, tokenId)
    t.equal((await me(cookie)).statusCode, 401)
  })
})

t.test('a PIN', async (t) => {
  await newWaiter(server, venue, '7', { name: 'Maria' })
  const { locationId } = venue
  const manager = await newTill(t, server)
  const give = async (pin: string, role = 'waiter', waiterId = '7') =>
    await manager.call('PUT /waiters/{waiterId}/pin', { waiterId }, { pin, role })
  const byPin = async (pin: string, waiterId = '7') => await signIn({ locationId, waiterId, pin })

  t.equal((await byPin('2580')).statusCode, 401, 'none was given')
  t.equal((await give('2580')).status, 200)
  const reply = await byPin('2580')
  t.equal(reply.statusCode, 200)
  t.match((await me(cookieOf(reply))).json(), {
    role: 'waiter',
    waiterId: '7',
    waiterName: 'Maria',
  })
  t.equal((await byPin('2581')).json().detail, 'The waiter number or the PIN is wrong.')

  t.test('who signed in is listed, for managers', async (t) => {
    const { token } = await newTill(t, server, { tillName: 'Bar' })
    await signIn({ token })
    const { rows } = (await manager.call('GET /sign-ins')).body
    t.match(rows.slice(0, 2), [
      { with: 'Token', role: 'manager', till: 'Bar', address: '127.0.0.1' },
      { with: 'Pin', role: 'waiter', waiterId: '7', waiterName: 'Maria', address: '127.0.0.1' },
    ])
    const waiter = await newTill(t, server, { role: 'waiter' })
    t.equal((await waiter.call('GET /sign-ins')).status, 403)
  })

  t.test('another PIN ends the sessions of the one before', async (t) => {
    await give('9713')
    t.equal((await me(cookieOf(reply))).statusCode, 401)
    t.equal((await byPin('2580')).statusCode, 401)
    t.equal((await byPin('9713')).statusCode, 200)
  })

  t.test('taken away, it opens nothing', async (t) => {
    const now = cookieOf(await byPin('9713'))
    await manager.call('DELETE /waiters/{waiterId}/pin', { waiterId: '7' })
    t.equal((await me(now)).statusCode, 401)
    t.equal((await byPin('9713')).statusCode, 401)
  })

  t.test('is refused', async (t) => {
    for (const pin of ['1111', '1234', '9876', '12a4']) {
      t.equal((await give(pin)).problem.code, 'invalid', pin)
    }
    t.equal((await give('2580', 'owner')).problem.code, 'forbidden', 'a role above the giver’s')
    t.equal((await give('2580', 'waiter', 'nobody')).problem.code, 'not-found')
  })

  t.test('cannot be guessed: attempts are counted for each waiter', async (t) => {
    await newWaiter(server, venue, '8', { name: 'Noor' })
    await give('7193', 'waiter', '8')
    const statuses: number[] = []
    for (let attempt = 0; attempt <= limits.pinAttemptsPerWaiter; attempt++) {
      statuses.push((await byPin('0000', '8')).statusCode)
    }
    t.same(new Set(statuses.slice(0, -1)), new Set([401]))
    t.equal(statuses.at(-1), 429)
    t.equal((await byPin('7193', '8')).statusCode, 429, 'not even the right one')
  })
})

t.test('the page', async (t) => {
  const get = async (url: string, accept = 'text/html') =>
    await app.inject({ method: 'GET', url, headers: { accept } })
  for (const url of ['/console', '/console/orders/x', '/']) {
    const { statusCode, headers, payload } = await get(url)
    t.equal(statusCode, 200, url)
    t.match(headers['content-type'], /^text\/html/)
    const policy = String(headers['content-security-policy'])
    t.match(policy, /script-src 'self'/)
    t.notMatch(policy, /unsafe|\*|https?:/, 'nothing inline, and no other host')
    t.match(payload, '<div id="app">')
  }
  const [script] = /\/console\/assets\/console-\w+\.js/.exec((await get('/console')).payload)!
  const asset = await app.inject({
    method: 'GET',
    url: script,
    headers: { 'accept-encoding': 'br' },
  })
  t.equal(asset.headers['content-encoding'], 'br')
  t.match(asset.headers['cache-control'], /max-age=31536000, immutable/)
  t.equal((await get('/', 'application/json')).statusCode, 404, 'everybody else as before')

  const without = await startServer(t, { environment: { CONSOLE: 'false', ROUTE_PREFIX: '/epos' } })
  const { statusCode } = await without.app.inject({ method: 'GET', url: '/epos/console' })
  t.equal(statusCode, 404)
})
