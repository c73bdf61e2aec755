// Web pages of other origins, as a browser asks for them.
import http from 'node:http'
import t from 'tap'
import { BASE } from '../../../src/till/document.ts'
import { startServer } from '../../support/server.ts'
import { addressOf } from '../../support/stream.ts'
import { newTill } from '../../support/till.ts'
import { answerOf, json } from '../../support/visits.ts'

const PAGE = 'https://till.example.com'

t.test('a page of an origin that may', async (t) => {
  const server = await startServer(t, {
    environment: { CORS_ORIGINS: `${PAGE}, http://localhost:5173` },
  })
  const { token } = await newTill(t, server, { role: 'owner' })
  const authorization = `Bearer ${token}`
  const mayRead = (headers: object, origin = PAGE): void => {
    t.match(headers, {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': /ETag.*Trace-Id/,
      vary: /Origin/,
    })
  }

  for (const [method, path] of [
    ['POST', '/orders'],
    ['PATCH', '/orders/x/lines/y'],
    ['GET', '/stream'],
  ] as const) {
    const preflight = await server.app.inject({
      method: 'OPTIONS',
      url: BASE + path,
      headers: {
        origin: PAGE,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,idempotency-key,if-match',
      },
    })
    t.equal(preflight.statusCode, 204, `${method} ${path}`)
    mayRead(preflight.headers)
    t.match(preflight.headers, {
      'access-control-allow-methods': new RegExp(method),
      'access-control-allow-headers': 'authorization,idempotency-key,if-match',
      'access-control-max-age': '600',
    })
  }

  const url = `${BASE}/orders`
  const created = answerOf(
    await server.app.inject({
      method: 'POST',
      url,
      ...json({ orderType: 'DineIn' }),
      headers: { 'content-type': 'application/json', authorization, origin: PAGE },
    }),
  )
  t.ok(created.status < 300, created.payload)
  mayRead(created.headers)
  const refused = await server.app.inject({ url, headers: { origin: 'http://localhost:5173' } })
  t.equal(refused.statusCode, 401)
  mayRead(refused.headers, 'http://localhost:5173')

  const stream = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const headers = { authorization, origin: PAGE }
    void addressOf(server).then((address) => {
      http.get(`${address}${BASE}/stream`, { headers, agent: false }, resolve).once('error', reject)
    }, reject)
  })
  t.equal(stream.statusCode, 200)
  mayRead(stream.headers)
  stream.destroy()

  const stranger = await server.app.inject({
    url,
    headers: { authorization, origin: 'https://evil.example' },
  })
  t.equal(stranger.headers['access-control-allow-origin'], undefined)
  const dojo = await server.app.inject({ url: '/v1/areas', headers: { origin: PAGE } })
  t.equal(dojo.headers['access-control-allow-origin'], undefined, "not Dojo's API")
})

t.test('without CORS_ORIGINS no page may, and OPTIONS is no method', async (t) => {
  const server = await startServer(t)
  const { token } = await newTill(t, server)
  const headers = { authorization: `Bearer ${token}`, origin: PAGE }
  const asked = await server.app.inject({ method: 'OPTIONS', url: `${BASE}/orders`, headers })
  t.equal(asked.statusCode, 405)
  t.equal(asked.headers['access-control-allow-origin'], undefined)
})
