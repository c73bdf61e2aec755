// Connections over a real socket: who is slow to send is cut off soon, and who waits for an answer
// gets one, however long it takes.
import { connect, type Socket } from 'node:net'
import pg from 'pg'
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { gbp, newOrder } from '../support/orders.ts'
import { rawPost } from '../support/raw-request.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { addressOf } from '../support/stream.ts'
import { untilWaiting } from '../support/visits.ts'

/** What a sender may take here, so that the test need not wait for seconds. */
const RECEIVE_MS = 200

async function startImpatient(t: Parameters<typeof startServer>[0]): Promise<TestServer> {
  return await startServer(t, {
    overrides: {
      prepare: ({ server }) => {
        server.headersTimeout = RECEIVE_MS
        server.requestTimeout = RECEIVE_MS
      },
    },
  })
}

async function open(server: TestServer, bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(await addressOf(server))
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  return socket
}

async function everything(socket: Socket): Promise<string> {
  let received = ''
  for await (const bytes of socket) received += String(bytes)
  return received
}

t.test('slow senders are cut off soon after their time', async (t) => {
  const server = await startImpatient(t)
  const { venue } = server
  const whole = rawPost(venue, '/v1/orders/search', {})
  for (const [name, part] of [
    ['nothing but a line', 'GET /v1/areas HTTP/1.1\r\n'],
    ['no end of the headers', whole.slice(0, whole.indexOf('\r\n\r\n'))],
    ['no end of the body', whole.slice(0, -1)],
  ] as const) {
    const startedAt = performance.now()
    const answer = await everything(await open(server, part))
    const tookMs = performance.now() - startedAt
    t.match(answer, /^HTTP\/1\.1 408 [^]*"errorType":"InvalidRequest"/, name)
    t.ok(tookMs < RECEIVE_MS + 5 * limits.slowSenderCheckMs, `${name}: after ${tookMs} ms`)
  }
})

t.test('a request that is worked on is answered, not cut off', async (t) => {
  const server = await startImpatient(t)
  const { venue, databaseUrl } = server
  t.ok(server.app.server.timeout > limits.reportTransactionTimeoutMs, 'idle connections too')
  const { id } = await newOrder(venue, 500)
  const other = new pg.Client({ connectionString: databaseUrl })
  await other.connect()
  await other.query('BEGIN; LOCK TABLE payments IN SHARE MODE')
  const pay = rawPost(venue, `/v1/orders/${id}/record-payment`, {
    paymentIntentId: 'pi_slow',
    paidAmount: gbp(500),
  })
  const answer = await everything(
    await open(server, pay.replace('Host: x', 'Host: x\r\nConnection: close')),
  )
  await other.query('ROLLBACK')
  await other.end()
  t.match(answer, /^HTTP\/1\.1 503 [^]*"errorType":"UnexpectedError"/)
  t.same(await server.sql('SELECT count(*)::int AS payments FROM payments'), [{ payments: 0 }])
})

t.test(
  "a caller that leaves while its credential is checked keeps none of the venue's turns",
  async (t) => {
    const server = await startServer(t)
    const padding = 'x'.repeat(limits.largeBodyBytes)
    const large = rawPost(server.venue, '/v1/orders/search', { padding })
    const other = new pg.Client({ connectionString: server.databaseUrl })
    await other.connect()
    await other.query('BEGIN; LOCK TABLE credentials')
    const hasLeft = new Promise((resolve) => {
      server.app.server.once('request', (_request, response) => response.once('close', resolve))
    })
    const leaving = await open(server, large)
    await untilWaiting(server)
    leaving.destroy()
    await hasLeft
    await other.query('ROLLBACK')
    await other.end()
    const next = large.replace('Host: x', 'Host: x\r\nConnection: close')
    t.match(await everything(await open(server, next)), /^HTTP\/1\.1 200 /)
  },
)
