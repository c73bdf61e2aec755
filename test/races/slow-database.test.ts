// The database is slower than the server's patience. What is answered with an error has no effect
// afterwards, however late the database gets to it, and nobody else waits for it.
import pg from 'pg'
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { unhurried } from '../../src/store/database/database.ts'
import { findCredential } from '../../src/store/venue/credentials.ts'
import { freshDatabase } from '../support/database.ts'
import { delayed } from '../support/delayed.ts'
import { gbp, newOrder, orderRequest } from '../support/orders.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Runs `work` while another program holds a table. */
async function whileHeld<T>(server: TestServer, sql: string, work: () => Promise<T>): Promise<T> {
  const other = new pg.Client({ connectionString: server.databaseUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query(sql)
    return await work()
  } finally {
    await other.query('ROLLBACK')
    await other.end()
  }
}

t.test('payments answered with 503 are not recorded afterwards', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const orders = await Promise.all(
    Array.from({ length: 6 }, async () => await newOrder(venue, 500)),
  )
  const replies = await whileHeld(server, 'LOCK TABLE payments IN SHARE MODE', async () =>
    Promise.all(
      orders.map(
        async ({ id }) =>
          await venue.call('RecordOrderPaymentById', {
            orderId: id,
            paymentIntentId: `pi_${id}`,
            paidAmount: gbp(500),
          }),
      ),
    ),
  )
  t.same(
    replies.map(({ status }) => status),
    orders.map(() => 503),
  )
  // A later change of each order waits for whatever the database still had of the payment.
  for (const { id } of orders) {
    const { body } = await venue.call('CreateOrderLock', {
      orderId: id,
      lockId: 'after',
      expiry: new Date(Date.now() + 60_000).toISOString(),
    })
    t.equal(body.paidAmount?.value, 0)
  }
  t.same(await server.sql('SELECT count(*)::int AS payments FROM payments'), [{ payments: 0 }])
})

t.test(
  'equal payments wait for each other without connections, and so all are answered',
  async (t) => {
    // As long for one as on a distributed database, which is also asked as one.
    const databaseUrl = await delayed(t, await freshDatabase(t), 4)
    const server = await startServer(t, { databaseUrl, overrides: { isDistributed: true } })
    const { id: orderId } = await newOrder(server.venue, 1_000)
    const payment = { orderId, paymentIntentId: 'pi_1', paidAmount: gbp(1_000) }
    const startedAtMs = performance.now()
    const replies = await Promise.all(
      Array.from({ length: 100 }, async () => {
        return await server.venue.call('RecordOrderPaymentById', payment)
      }),
    )
    const tookMs = performance.now() - startedAtMs
    t.ok(tookMs > limits.databaseConnectTimeoutMs, `${tookMs} ms: more than a connection may take`)
    t.same([...new Set(replies.map(({ status }) => status))], [200])
    t.same(await server.sql('SELECT paid_minor::int AS paid FROM orders'), [{ paid: 1_000 }])
    t.same(await server.sql('SELECT count(*)::int AS payments FROM payments'), [{ payments: 1 }])
  },
)

t.test('the database gives up before the server does', async (t) => {
  t.ok(limits.databaseStatementTimeoutMs < limits.databaseReplyTimeoutMs)
  t.ok(limits.databaseReportStatementTimeoutMs < limits.databaseReportTimeoutMs)
  t.ok(limits.reportTransactionTimeoutMs < limits.connectionIdleTimeoutMs)
})

t.test('a transaction that takes too long is rolled back', async (t) => {
  const server = await startServer(t)
  const { database } = server.store
  const insert = {
    name: 'test_insert_area',
    text: 'INSERT INTO areas (location_id, area_id, name, position) VALUES ($1, $2, $2, 1)',
  }
  const sleep = { name: 'test_sleep', text: 'SELECT pg_sleep($1)' }
  const work = async (takesLong: boolean): Promise<void> => {
    await database.transaction(async (tx) => {
      if (takesLong) tx.takesLong()
      await tx.rows(insert, [server.venue.locationId, takesLong ? 'long' : 'short'])
      const second = 1
      for (let slept = 0; slept <= limits.transactionTimeoutMs / 1000; slept++) {
        await tx.rows(sleep, [second])
      }
    })
  }
  await t.rejects(work(false), { name: 'Unavailable' })
  await work(true)
  t.same(await server.sql('SELECT area_id FROM areas'), [{ area_id: 'long' }])
})

t.test('a report may take longer than a transaction that a guest waits for', async (t) => {
  const { store } = await startServer(t)
  const seconds = limits.transactionTimeoutMs / 1000 + 0.3
  const report = unhurried({ name: 'test_report', text: 'SELECT 1 AS one FROM pg_sleep($1)' })
  t.same(await store.database.rows(report, [seconds]), [{ one: 1 }])
})

t.test('an order of Dojo has at most so many lines and payments', async (t) => {
  const { venue } = await startServer(t)
  const cases: [name: string, change: object, message: RegExp][] = [
    ['payments', { payments: paymentsOf(limits.maxPaymentsOfNewOrder + 1) }, /payments has 101/],
    ['items', { items: itemsOf(limits.maxLinesOfOrder + 1) }, /items has 2001 lines/],
    ['modifiers', { items: [withModifiers(limits.maxLinesOfOrder)] }, /items has 2001 lines/],
  ]
  for (const [name, change, message] of cases) {
    const request = { ...orderRequest(100_000_000), dojoOrderId: name, ...change }
    const { status, error } = await venue.call('CreateOrder', request as never)
    t.equal(status, 400, name)
    t.match(error.debugMessage, message)
  }
})

function paymentsOf(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    paymentIntentId: `pi_${index}`,
    paidAmount: gbp(1),
  }))
}

const item = { name: 'Crisps', plu: '1', quantity: 1, amountPerItem: gbp(100) }

function itemsOf(count: number): object[] {
  return Array.from({ length: count }, () => item)
}

function withModifiers(count: number): object {
  const modifier = { name: 'Salt', plu: '2', quantity: 1, amountPerModifier: gbp(1) }
  return { ...item, modifiers: Array.from({ length: count }, () => modifier) }
}

t.test('a payment that is recorded without an answer is on the list for staff', async (t) => {
  const server = await startServer(t)
  const { venue } = server
  const order = await newOrder(venue, 500)
  const caller = await findCredential(server.store.database, venue.username)
  const { call } = await server.dispatch(
    'RecordOrderPaymentById',
    caller!.venue,
    { orderId: order.id, paymentIntentId: 'pi_lost', paidAmount: gbp(500) },
    { transport: 'rest', traceId: 'lost' },
  )
  call.lost()
  await t.resolves(listed(server, 'pi_lost'))
})

/** Resolves once the intent is on the list. */
async function listed(server: TestServer, paymentIntentId: string): Promise<void> {
  const unmatched =
    'SELECT 1 FROM payment_intents WHERE payment_intent_id = $1 AND unmatched_at IS NOT NULL'
  while ((await server.sql(unmatched, [paymentIntentId])).length === 0) await nextTurn()
}

const nextTurn = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve))
}
